/** The list of what is known to fail on a target, with the reason: `known/<target>.txt`. */
import { isVersion } from "../../src/schema/versions.ts";

export interface Known {
  /** Why this case is known to fail in this version; undefined when it is not listed. */
  reason(id: string, version: string): string | undefined;
  /** Lines that name no case. */
  stale(ids: readonly string[]): readonly string[];
}

/**
 * Reads a list. A line is `case-id reason` or `case-id@version reason`; empty lines and lines with `#` are skipped.
 * @throws SyntaxError with the line's number for a line without a reason, or with an unknown version.
 */
export function parseKnown(text: string): Known {
  const entries = text.split(/\r?\n/).flatMap((line, index) => {
    if (/^\s*(#.*)?$/.test(line)) return [];
    const [, id = "", version, reason = ""] = /^(\S+?)(?:@(\S+))?\s+(\S.*)$/.exec(line.trim()) ?? [];
    if (id === "" || reason === "") throw new SyntaxError(`line ${index + 1}: expected a case id and a reason`);
    if (version !== undefined && !isVersion(version)) throw new SyntaxError(`line ${index + 1}: version ${version}`);
    return [{ id, version, reason }];
  });
  return {
    reason: (id, version) =>
      entries.find((entry) => entry.id === id && (entry.version === undefined || entry.version === version))?.reason,
    stale: (ids) => entries.filter(({ id }) => !ids.includes(id)).map(({ id }) => id),
  };
}
