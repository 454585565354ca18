/** The rules of a note that are its own: its kind, and when it was last changed. */
import { MappingError } from "../../errors.ts";
import { compactUtc, parseUtc } from "../../protocol/datetime.ts";
import { line } from "../content-lines.ts";
import type { Rule } from "../define.ts";
import { clean } from "../text.ts";

const plainNote = "IPM.StickyNote";

/**
 * MessageClass: no property says it. A class below that of notes is remembered; one that is no note's is refused
 * (MS-ASNOTE_R57, R119).
 */
export const messageClass: Rule & { readonly lossless: false } = {
  name: "message class",
  lossless: false,
  down(_scope, values) {
    values.set("Notes:MessageClass", plainNote);
  },
  up(edit) {
    const said = edit.changes.get("Notes:MessageClass");
    if (typeof said === "string" && /^IPM\.StickyNote(?:\..+)?$/is.test(clean(said).trim())) return;
    throw new MappingError("not a class of notes", "MessageClass");
  },
};

/**
 * LastModifiedDate: always there (MS-ASNOTE_R125), so a text that does not tell was last changed at the beginning of
 * time. A device's word for it is ignored (R209).
 */
export const lastModified: Rule & { readonly lossless: true } = {
  name: "last modified",
  lossless: true,
  down({ component }, values) {
    const told = ["LAST-MODIFIED", "DTSTAMP", "CREATED"].map((name) => parseUtc(line(component, name)?.value ?? ""));
    values.set("Notes:LastModifiedDate", compactUtc(told.find((at) => at !== undefined) ?? 0));
  },
  up: () => undefined,
};
