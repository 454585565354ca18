/** The Notes class over its table: one resource of VJOURNALs is one note. */
import { MappingError } from "../errors.ts";
import { compactUtc } from "../protocol/datetime.ts";
import { since } from "../schema/versions.ts";
import type { Element } from "../wire/element.ts";
import { type Component, components, line, readTree, setLine, type Tree, writeTree } from "./content-lines.ts";
import type { Mapping, Scope } from "./define.ts";
import { download } from "./download.ts";
import type { Created, ItemMapping, MappingContext } from "./item.ts";
import { renewHtml } from "./rules/alt-desc.ts";
import { calendarOf } from "./rules/vtimezone.ts";
import { escapeText } from "./text.ts";
import { leavesOut, upload } from "./upload.ts";

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
    parts: (stored) => (journalOf(readTree(stored).root) === undefined ? [] : [""]),
    down: (stored, _part, context, options) => download(table, open(stored, context), options),
    create: (data, uid, context) => create(table, data, uid, context),
    change: (stored, _part, data, _instance, context) => change(table, stored, data, context),
    isPartial: (stored, _part, data, _instance, context) => leavesOut(table, open(stored, context), data),
    remove: () => undefined,
    lastEnd: () => Number.POSITIVE_INFINITY,
  };
}

interface Opened extends Scope {
  readonly tree: Tree;
}

/** The journal that the overrides of others stand beside; where there are overrides alone, the first of them. */
function journalOf(root: Component): Component | undefined {
  const all = components(calendarOf(root), "VJOURNAL");
  return all.find((journal) => line(journal, "RECURRENCE-ID") === undefined) ?? all[0];
}

function open(stored: string, context: MappingContext): Opened {
  const tree = readTree(stored);
  const component = journalOf(tree.root);
  if (component === undefined) throw new MappingError("no journal in the text", "VJOURNAL");
  // A text cut short would blank what the device has of it.
  if (component.end === undefined) throw new MappingError("the journal does not end", "VJOURNAL");
  return { tree, root: tree.root, component, context };
}

function create(table: Mapping, data: Element, uid: string, context: MappingContext): Created {
  const now = compactUtc(context.now);
  const text = [
    "BEGIN:VCALENDAR",
    "VERSION:2.0",
    "PRODID:-//Isthmus//EN",
    "BEGIN:VJOURNAL",
    `UID:${escapeText(uid)}`,
    `DTSTAMP:${now}`,
    `CREATED:${now}`,
    `LAST-MODIFIED:${now}`,
    "END:VJOURNAL",
    "END:VCALENDAR",
    "",
  ].join("\r\n");
  const scope = open(text, context);
  upload(table, scope, data, { creating: true });
  return { text: writeTree(scope.tree), uid };
}

function change(table: Mapping, stored: string, data: Element, context: MappingContext): string {
  const scope = open(stored, context);
  const { component } = scope;
  const description = line(component, "DESCRIPTION")?.value;
  if (!upload(table, scope, data)) return stored;
  if (line(component, "DESCRIPTION")?.value !== description) renewHtml(component);
  setLine(component, "LAST-MODIFIED", compactUtc(context.now));
  setLine(component, "DTSTAMP", compactUtc(context.now));
  return writeTree(scope.tree);
}
