/**
 * What clients do that the standard does not say, as data: `mappings/clients.ts` holds the rows, and the rest of the code
 * asks for the effect it needs and never for a client's name. A client of no row gets the standard.
 */
import type { KnownName } from "../schema/pages.ts";
import { all, type Version, type VersionRange, within } from "../schema/versions.ts";
import type { ClassName } from "./item.ts";

/** Everything that may differ from one client to another. */
export interface Profile {
  /** Classes of which the client handles one folder only: its folders of such a class are shown to it as one. */
  readonly singleFolder: readonly ClassName[];
  /**
   * The moment of a day (a birthday, an anniversary) that is sent, of which the client shows the day by some clock.
   * The standard says that the time means nothing (MS-ASCNTC_R999). `local` is the configured zone.
   */
  readonly daySent: "11:59 UTC" | "00:00 UTC" | "11:59 local";
  /**
   * The day that the client means by a moment: that of UTC; that of the midnight next to it by the local clock, from
   * which the phone may be hours away; that of the local clock.
   */
  readonly dayReceived: "UTC" | "nearest local midnight" | "local";
  /** What a Supported list without a tag means (MS-ASCMD_R5909: all that can be ghosted is). */
  readonly emptySupported: "all is ghosted" | "no list was sent";
  /** What an empty Picture means. */
  readonly emptyPicture: "the picture goes" | "the picture stays";
  /** Tags that are sent empty rather than left out where there is no value. */
  readonly sentEmpty: readonly KnownName[];
  /** Whether an event that is cancelled must name somebody who was to come. */
  readonly cancelledNeedsAttendee: boolean;
  /** What the Sync of a folder says of messages that the client has moved there (MS-ASCMD_R289: they are new). */
  readonly movedMessages: "are new" | "are there";
  /** What a Sync without a collection asks for (MS-ASCMD_R4542: nothing, Status 4). */
  readonly noCollections: "refused" | "those of the last Sync";
  /** Whether it knows of Provision (MS-ASCMD_R4903: who does not is refused where policies are forced). */
  readonly provisions: "when told to" | "never";
}

/** What the standard has: for a client of no row, and wherever a row says nothing. */
export const standardProfile: Profile = {
  singleFolder: [],
  daySent: "11:59 UTC",
  dayReceived: "UTC",
  emptySupported: "all is ghosted",
  emptyPicture: "the picture goes",
  sentEmpty: [],
  cancelledNeedsAttendee: false,
  movedMessages: "are new",
  noCollections: "refused",
  provisions: "when told to",
};

/** What a client says of itself, as it came: nothing of it is to be believed further than this table. */
export interface Client {
  readonly deviceId: string;
  readonly deviceType: string;
  readonly userAgent: string;
  readonly version: Version;
}

/**
 * All that is named must fit. The groups that the pattern captures are a version's parts, of the client or its system
 * as the name has it; `since` and `before` compare them as numbers (10.0 is later than 9.1), `before` excluded. A
 * version that cannot be read lies in no span.
 */
export interface ClientMatch {
  readonly deviceId?: RegExp;
  readonly deviceType?: RegExp;
  readonly userAgent?: RegExp;
  readonly since?: string;
  readonly before?: string;
}

interface Known {
  /** As people name it. */
  readonly client: string;
  /** What it does, in a sentence. */
  readonly quirk: string;
  /** Who has seen it, and where. */
  readonly evidence: string;
}

/** A quirk that is answered to those who have it, and to nobody else. */
export interface ClientRow extends Known {
  /** One of them is enough. */
  readonly match: readonly [ClientMatch, ...ClientMatch[]];
  /** Protocol versions in which it shows; left out = all. */
  readonly versions?: VersionRange;
  readonly effect: Partial<Profile>;
  /** Title of the test that proves it. */
  readonly test: string;
}

/** A quirk that every client's answer bears. */
export interface EveryRow extends Known {
  /** What is done for every client, in a sentence. */
  readonly kept: string;
  /** Title of the test that proves it. */
  readonly test: string;
}

/** A quirk of a part that is not served yet. */
export interface LaterRow extends Known {
  /** The part it belongs to, in a sentence. */
  readonly belongs: string;
}

export interface ClientTable {
  readonly rows: readonly ClientRow[];
  readonly everybody: readonly EveryRow[];
  readonly later: readonly LaterRow[];
  /** The effects of all rows that fit; of two rows that name the same effect the later one counts. */
  profileOf(client: Client): Profile;
}

/** Makes the table. Throws when a span has no pattern to read a version from: that is a mistake of ours, found at start. */
export function defineClients(
  rows: readonly ClientRow[],
  everybody: readonly EveryRow[] = [],
  later: readonly LaterRow[] = [],
): ClientTable {
  for (const { client, match } of rows) {
    for (const one of match) {
      if (patternsOf(one).length === 0) throw new TypeError(`the row of ${client} fits everybody`);
      const isSpan = one.since !== undefined || one.before !== undefined;
      if (isSpan && !patternsOf(one).some(capturesVersion)) throw new TypeError(`${client} has a span and no version`);
    }
  }
  return {
    rows,
    everybody,
    later,
    profileOf: (client) =>
      Object.assign({}, standardProfile, ...rows.filter((row) => fits(row, client)).map(({ effect }) => effect)),
  };
}

function fits({ match, versions = all }: ClientRow, client: Client): boolean {
  return within(client.version, versions) && match.some((one) => matches(one, client));
}

function matches(match: ClientMatch, client: Client): boolean {
  let version: readonly number[] | undefined;
  for (const [name, pattern] of patternsOf(match)) {
    const found = pattern.exec(client[name]);
    if (!found) return false;
    version ??= versionIn(found);
  }
  const { since, before } = match;
  if (since === undefined && before === undefined) return true;
  if (version === undefined) return false;
  return (
    (since === undefined || compare(version, numbers(since)) >= 0) &&
    (before === undefined || compare(version, numbers(before)) < 0)
  );
}

const fields = ["userAgent", "deviceType", "deviceId"] as const;

function patternsOf(match: ClientMatch): readonly (readonly [(typeof fields)[number], RegExp])[] {
  return fields.flatMap((name) => (match[name] === undefined ? [] : [[name, match[name]] as const]));
}

function capturesVersion([, pattern]: readonly [string, RegExp]): boolean {
  // With an empty alternative everything fits, and the groups are counted.
  return (new RegExp(`${pattern.source}|`).exec("")?.length ?? 1) > 1;
}

function versionIn(found: RegExpExecArray): readonly number[] | undefined {
  const groups = found.slice(1).filter((group) => group !== undefined);
  return groups.length === 0 ? undefined : numbers(groups.join("."));
}

function numbers(version: string): readonly number[] {
  return version.split(".").map(Number);
}

/** What one of them does not say is 0: 4 is 4.0. */
function compare(a: readonly number[], b: readonly number[]): number {
  for (let at = 0; at < Math.max(a.length, b.length); at += 1) {
    const difference = (a[at] ?? 0) - (b[at] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
