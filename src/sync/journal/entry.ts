/** One change in the journal, as it is kept and as the portal shows it. */
import type { ClassName } from "../../mapping/item.ts";

/**
 * `lost`: an edit of the device that lost a conflict and was not carried out. `undo`: an entry was undone, which is a
 * change as any other and can be undone in turn.
 */
export type JournalKind = "add" | "change" | "delete" | "move" | "lost" | "undo";

export interface JournalEntry {
  readonly id: string;
  readonly kind: JournalKind;
  /** Milliseconds since 1970; no two of one process are the same. */
  readonly at: number;
  readonly className: ClassName;
  /** The collection it is in, after a move too. */
  readonly collection: string;
  readonly href: string;
  /** Of a move: where it was. */
  readonly from?: string;
  /** What people call the item. */
  readonly title?: string;
  /** `begun`: the gateway died before it heard whether the server did it; what is there now tells. */
  readonly state: "begun" | "done";
  /** What was there before and after, where something was. */
  readonly before?: Side;
  readonly after?: Side;
  /** The device won a conflict: what was there before is somebody else's edit. */
  readonly overwrote?: true;
  /** The texts are kept; false for those that are too large. */
  readonly hasTexts: boolean;
  /** Characters of the two texts. */
  readonly size: number;
  readonly undone?: Undoing;
  /** Of an undoing: the entry that it undid. */
  readonly undoes?: string;
}

/** A stored item at one moment. */
export interface Side {
  /** Undefined where the server did not say, or was not asked. */
  readonly rev?: string;
  /** Fingerprint of its text. */
  readonly print: string;
}

export interface Undoing {
  readonly at: number;
  /** The entry of kind `undo`; undefined where nothing had to be written. */
  readonly by?: string;
}

/** iCalendar or vCard, as the server stores them. */
export interface JournalTexts {
  readonly before?: string;
  readonly after?: string;
}
