import { clean } from "../text.ts";

/** A text of a header as one line, without what no line holds. */
export function oneLine(text: string): string {
  return clean(text)
    .replace(/[\s\u2028\u2029]+/g, " ")
    .replace(/[\ufffe\uffff\p{Cs}]/gu, "")
    .trim();
}
