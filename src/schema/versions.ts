/** The protocol versions, oldest first, as they stand in MS-ASProtocolVersions (MS-ASHTTP_R158). */
export const versions = ["2.5", "12.0", "12.1", "14.0", "14.1", "16.0", "16.1"] as const;

export type Version = (typeof versions)[number];

/** A span of versions, both ends included; an end left out is open. */
export interface VersionRange {
  readonly since?: Version;
  readonly until?: Version;
}

export const all: VersionRange = {};

export function since(first: Version): VersionRange {
  return { since: first };
}

export function until(last: Version): VersionRange {
  return { until: last };
}

export function between(first: Version, last: Version): VersionRange {
  return { since: first, until: last };
}

/** Whether `version` lies in `range`. */
export function within(version: Version, range: VersionRange): boolean {
  return (
    (range.since === undefined || atLeast(version, range.since)) &&
    (range.until === undefined || atLeast(range.until, version))
  );
}

/** Whether `version` is `other` or a later one. */
export function atLeast(version: Version, other: Version): boolean {
  return versions.indexOf(version) >= versions.indexOf(other);
}

export function isVersion(text: string): text is Version {
  return (versions as readonly string[]).includes(text);
}
