/** Why an item is not the same on a device and on the server, for people. */
import type { ClassName } from "../../mapping/item.ts";
import type { FolderId } from "../ids.ts";

/** What became of an item. */
export type TroubleKind =
  /** Down: the stored item cannot be shown on the device. */
  | "unreadable"
  /** Down: the device asked for it again and again, and never took it. */
  | "choked"
  /** Up: it was changed on the server meanwhile, and the server's text stands. */
  | "conflict"
  | "read-only"
  | "refused"
  | "too-large"
  /** Up: what the device says of it has no meaning that could be stored. */
  | "not-understood"
  /** Up: it is not there (any more). */
  | "gone"
  /** Up: the server could not be reached, or failed. */
  | "unreached"
  /** Up: the same was made again and again. */
  | "repeated";

/** One item; the same trouble again is the same line. */
export interface Trouble {
  readonly folder: FolderId;
  readonly className: ClassName;
  /** Towards the device, or from it. */
  readonly direction: "down" | "up";
  /** ServerId; of an item that the device has added, a fingerprint of what it says. */
  readonly item: string;
  readonly kind: TroubleKind;
  /** What people call the item, where that is known. */
  readonly title?: string;
  readonly href?: string;
  /** What the device was answered (MS-ASCMD 2.2.3.177.17). */
  readonly status?: number;
  /** The property that cannot be shown or stored. */
  readonly property?: string;
  readonly count: number;
  /** Seconds since 1970. */
  readonly first: number;
  readonly last: number;
}

/** A trouble as it is noticed. */
export type Noticed = Omit<Trouble, "folder" | "className" | "count" | "first" | "last">;

const sentences: Readonly<Record<TroubleKind, string>> = {
  unreadable: "The server's item cannot be shown on this device and is left out.",
  choked: "The device asked for this item again and again without taking it. It is left out until it changes.",
  conflict:
    "It was changed on the device and on the server at once. The server's text was kept, and the device has it again.",
  "read-only": "The collection may only be read. The device has the server's item again.",
  refused: "The server does not accept what the device says. The device has the server's item again.",
  "too-large": "It is larger than the server takes.",
  "not-understood": "What the device says of it cannot be stored.",
  gone: "The device changed an item that is not on the server any more.",
  unreached: "The server could not be reached, or failed. The device tries again.",
  repeated: "The device makes the same item again and again: no more of them are taken.",
};

/** A sentence for people. */
export function sentenceOf({ kind, property }: Pick<Trouble, "kind" | "property">): string {
  return property === undefined ? sentences[kind] : `${sentences[kind]} (It is about ${property}.)`;
}
