/**
 * What the sync engine asks of a mapping: one `ItemMapping` per EAS class joins the tables in `mappings/` with the
 * stored text. Everything here is pure: no I/O, no clock (`now` is passed in).
 */

import type { BodyPreference } from "../protocol/body.ts";
import type { Version, VersionRange } from "../schema/versions.ts";
import type { Element } from "../wire/element.ts";
import type { Profile } from "./clients.ts";

/** Classes as the wire names them (MS-ASCMD 2.2.3.27). */
export type ClassName = "Email" | "Calendar" | "Contacts" | "Tasks" | "Notes";

export type { BodyPreference };

/** The device and user an item is mapped for. */
export interface MappingContext {
  readonly version: Version;
  /** In the order the device sent them; empty means the class's default. */
  readonly bodyPreferences: readonly BodyPreference[];
  /** The 2.5 Truncation code of the Options (0–9), MS-ASCMD 2.2.3.180; undefined means none. */
  readonly truncation?: number;
  /** MIMESupport of the Options: 0 never, 1 for S/MIME, 2 for all mail (MS-ASCMD_R3396 to R3399); undefined means 0. */
  readonly mimeSupport?: number;
  /** The MIMETruncation code of the Options (0–8), MS-ASCMD_R3417; undefined means none. */
  readonly mimeTruncation?: number;
  /** What is asked of the message part, from 14.1 on; left out or empty: nothing (MS-ASCON_R237). */
  readonly bodyPartPreferences?: readonly BodyPreference[];
  /** The Supported list, as names qualified or local: undefined when the device sent none, empty when it sent an empty one. */
  readonly supported: readonly string[] | undefined;
  /** The account's own addresses, the preferred one first, and its name. */
  readonly addresses: readonly string[];
  readonly displayName: string | undefined;
  /** IANA zone for floating times and for clients that send no zone; from the configuration. */
  readonly zone: string;
  /** Milliseconds since 1970. */
  readonly now: number;
  /** What this client does otherwise than the standard has it. */
  readonly profile: Profile;
}

export interface Created {
  readonly text: string;
  readonly uid: string;
}

/** A part of a message that has to be read before the message can be shown. */
export interface PartNeed {
  /** Section number; empty: the whole message as it is stored. */
  readonly path: string;
  readonly encoding: string;
  /** Octets, as they are transferred, that are enough. */
  readonly octets: number;
}

/** The beginning of such a part, without its transfer encoding. */
export interface PartContent {
  readonly path: string;
  readonly content: Buffer;
  /** Whether that is all of it. */
  readonly whole: boolean;
}

export interface DownOptions {
  /** For a Change: an empty element for each clearable tag without a value, so that the device forgets its own. */
  readonly clearing?: boolean;
  /** For a Change: the revision that the device has, where it is known; a message's says which flags that had. */
  readonly before?: string;
  /** The item's ServerId, with which the FileReferences of its attachments begin. */
  readonly id?: string;
  /** What `needs` asked for, as far as it is there. */
  readonly texts?: readonly PartContent[];
}

/** A file that a device has added under an id of its own. */
export interface Added {
  readonly clientId: string;
  readonly reference: string;
}

/** A file within an item, as a device fetches it. */
export interface Attached {
  readonly name: string;
  /** `type/subtype`. */
  readonly type: string;
  readonly content: Buffer;
}

/**
 * Thrown errors are `MappingError` only: the item cannot be shown (download: skipped and counted) or the device's
 * data is not acceptable (upload: Status 6 on that item).
 */
export interface ItemMapping {
  readonly class: ClassName;
  /** Versions that have the class; left out: all. A device of another one is told of no such folder. */
  readonly versions?: VersionRange;
  /** Whether a list of properties that a device ghosts is an error for this class (MS-ASNOTE_R114); left out: it is not. */
  readonly refusesSupported?: true;
  /** The FilterTypes that the class has: another one is Status 4 (MS-ASCMD_R3054 to R3060). Left out: any is taken. */
  readonly filters?: ReadonlySet<number>;
  /** Content-Type of the stored text, as a PUT needs it. */
  readonly contentType: string;
  /** File extension with the dot. */
  readonly extension: string;

  /**
   * The items one stored text holds: `[""]` for a master or a single event or card; one RECURRENCE-ID (an instant,
   * `yyyymmddThhmmssZ`) per orphaned instance where there is no master.
   */
  parts(text: string): readonly string[];

  /** What has to be read beside the text before `down` can show it whole. Left out: nothing. */
  needs?(text: string, context: MappingContext): readonly PartNeed[];

  /** ApplicationData's children, in the order of the class's table. `part` is one of `parts(text)`. */
  down(text: string, part: string, context: MappingContext, options?: DownOptions): readonly Element[];

  /**
   * A new item from ApplicationData. `uid` is used where the device names none of its own;
   * the answer says which UID the text holds.
   */
  create(data: Element, uid: string, context: MappingContext): Created;

  /**
   * The stored text with the device's change patched in; the very same string when the change says nothing new
   * (what comes back as we would send it now is no edit). `instance` is the 16.x InstanceId of the occurrence that is meant.
   */
  change(text: string, part: string, data: Element, instance: string | undefined, context: MappingContext): string;

  /**
   * Whether `change` leaves some of what the device says undone (an attendee's device that renames the organizer's
   * meeting, or a text that it has the beginning of only): the device is to get the item back as it is. Left out: never.
   */
  isPartial?(text: string, part: string, data: Element, instance: string | undefined, context: MappingContext): boolean;

  /** The file that a FileReference of this item names; undefined when there is none. Left out: the class has no files. */
  attached?(text: string, part: string, reference: string): Attached | undefined;

  /**
   * The files that the device's data brought into `text`, the result of a `create` or `change`, and their
   * FileReferences from now on (MS-ASAIRS_R1082).
   */
  added?(text: string, data: Element, id: string): readonly Added[];

  /**
   * The text without a part, or without one occurrence of a series (16.x Delete with InstanceId);
   * undefined when nothing is left and the resource is to be deleted.
   */
  remove(text: string, part: string, instance: string | undefined, context: MappingContext): string | undefined;

  /**
   * End of the last instance, overrides counted, in milliseconds since 1970; Infinity for a series without end and
   * for classes that have no time; of a task when it was completed, and Infinity before. Drives FilterType
   * (MS-ASCMD_R3065).
   */
  lastEnd(text: string, context: Pick<MappingContext, "zone">): number;
}
