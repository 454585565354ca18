/** What an element means that a Change does not carry (MS-ASCMD 2.2.3.24, 2.2.3.179; MS-ASCAL 2.2.2). */
import type { QName } from "../schema/pages.ts";
import { atLeast, type Version } from "../schema/versions.ts";

/**
 * The `absent` column of a mapping row.
 * `clear`: not ghostable; the fourteen a Calendar's Supported list must name (MS-ASCMD_R4555).
 * `ghost`: ghostable; the Supported list decides.
 * `keep`: never lost by omission, whatever the standard says of its class: Body, Data and Picture (R878), Exceptions
 * (R876, R877), and what an item cannot be without (UID, name, start and end, rule, organizer): a deviation on purpose.
 * `inherit`: an exception takes it from its series.
 */
export type Absent = "clear" | "ghost" | "keep" | "inherit";

export interface Omission {
  readonly class: string;
  readonly tag: QName;
  readonly absent: Absent;
  readonly version: Version;
  /** The Supported list of the collection's first Sync: undefined when there was none, empty when it was empty. */
  readonly supported: readonly string[] | undefined;
}

/** Whether the stored value of an omitted element stays. Names in the Supported list are qualified or local. */
export function omitted(omission: Omission): "clear" | "keep" {
  if (omission.absent === "keep" || omission.absent === "inherit") return "keep";
  // From 16.0 a Calendar Change holds what changed and nothing else (MS-ASCAL_R2231, MS-ASCMD_R6236).
  if (omission.class === "Calendar" && atLeast(omission.version, "16.0")) return "keep";
  if (omission.absent === "clear") return "clear";
  // R5906: without a list nothing is ghosted. R5909: an empty list names nothing, so all is.
  if (omission.supported === undefined) return "clear";
  const local = omission.tag.slice(omission.tag.indexOf(":") + 1);
  // R5907 and R5908, with R5911 and R5912 for the effect.
  return omission.supported.includes(omission.tag) || omission.supported.includes(local) ? "clear" : "keep";
}
