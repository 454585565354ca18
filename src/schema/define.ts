/** The column vocabulary of the page tables. A page says what a token is; where it may stand is said in `commands/`. */
import type { Version } from "./versions.ts";

/** How the value of a tag is written. Numbers are decimal text; every type but `opaque` travels as STR_I. */
export type ValueType =
  /** Child elements only (MS-ASDTYPE_R8). */
  | "container"
  /** Presence is the value. */
  | "empty"
  | "text"
  /** `0` or `1`; an element without a value is 1 (MS-ASDTYPE_R5, R6). */
  | "flag"
  /** 0 to 255. */
  | "byte"
  /** 0 to 4294967295. */
  | "uint"
  /** May be negative. */
  | "int"
  | "double"
  /** Dashed date and time, `2000-12-25T08:35:00.000Z` (MS-ASDTYPE_R15). */
  | "utc"
  /** Compact date and time, `20130722T090000Z` (MS-ASDTYPE_R12211). */
  | "compact"
  /** Bytes as base64 text. */
  | "base64"
  /** Bytes as they are: WBXML OPAQUE (MS-ASDTYPE_R97). */
  | "opaque"
  /** Children in one place, a value in another: the command's tree says which. */
  | "mixed";

/** One line of a page. */
export interface TagRow {
  /** Identity of the tag in its page, 0x05 to 0x3f, without the content bit. */
  readonly token: number;
  readonly type: ValueType;
  /** First version that has the tag; left out = 2.5. */
  readonly since?: Version;
  /** Last version that has the tag; left out = 16.1. */
  readonly until?: Version;
  /** Longest value in characters, where the standard says. */
  readonly max?: number;
  /**
   * `legacy`: 2.5 only; the number is not in the published sheet, the element is.
   * `historic`: number and name are known from open-source tables alone: read and ignored, never sent.
   */
  readonly mark?: "legacy" | "historic";
  readonly spec?: string;
}

export interface Page<Name extends string = string, Tag extends string = string> {
  readonly number: number;
  readonly name: Name;
  readonly tags: Readonly<Record<Tag, TagRow>>;
}

/** Makes the table of one WBXML code page; the keys are the standard's spelling, in token order. */
export function definePage<Name extends string, Tag extends string>(
  number: number,
  name: Name,
  tags: Readonly<Record<Tag, TagRow>>,
): Page<Name, Tag> {
  return { number, name, tags };
}
