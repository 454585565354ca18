/** The Notes class over its table: one resource of VJOURNALs is one note. */
import { since } from "../schema/versions.ts";
import { readTree } from "./content-lines.ts";
import type { Mapping } from "./define.ts";
import { download } from "./download.ts";
import { changeEntry, createEntry, findEntry, openEntry } from "./entry.ts";
import type { ItemMapping } from "./item.ts";
import { leavesOut } from "./upload.ts";

/**
 * What the sync engine uses, of the table in `mappings/notes.ts`. A journal entry (one with a DTSTART, RFC 5545 §3.6.3)
 * is a note too, and of a series the first text is: phones have no days and no recurrence for notes, so both stay.
 */
export function notesMapping(table: Mapping): ItemMapping {
  return {
    class: "Notes",
    versions: since("14.0"),
    refusesSupported: true,
    contentType: "text/calendar; charset=utf-8",
    extension: ".ics",
    parts: (stored) => (findEntry(readTree(stored).root, "VJOURNAL") === undefined ? [] : [""]),
    down: (stored, _part, context, options) => download(table, openEntry(stored, "VJOURNAL", context), options),
    create: (data, uid, context) => createEntry(table, "VJOURNAL", data, uid, context),
    change: (stored, _part, data, _instance, context) => changeEntry(table, "VJOURNAL", stored, data, context),
    isPartial: (stored, _part, data, _instance, context) =>
      leavesOut(table, openEntry(stored, "VJOURNAL", context), data),
    remove: () => undefined,
    lastEnd: () => Number.POSITIVE_INFINITY,
  };
}
