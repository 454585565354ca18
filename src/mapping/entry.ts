/** What the classes share whose item is one component of a calendar text: a VTODO, a VJOURNAL. */
import { MappingError } from "../errors.ts";
import { compactUtc } from "../protocol/datetime.ts";
import type { Element } from "../wire/element.ts";
import { type Component, components, line, readTree, setLine, type Tree, writeTree } from "./content-lines.ts";
import type { Mapping, Scope } from "./define.ts";
import type { Created, MappingContext } from "./item.ts";
import { renewHtml } from "./rules/alt-desc.ts";
import { calendarOf } from "./rules/vtimezone.ts";
import { escapeText } from "./text.ts";
import { upload } from "./upload.ts";

export type EntryName = "VTODO" | "VJOURNAL";

/** An entry in its text. */
export interface Entry extends Scope {
  readonly tree: Tree;
}

/** The entry that the overrides of others stand beside; where there are overrides alone, the first of them. */
export function findEntry(root: Component, name: EntryName): Component | undefined {
  const all = components(calendarOf(root), name);
  return all.find((entry) => line(entry, "RECURRENCE-ID") === undefined) ?? all[0];
}

/** @throws MappingError for a text without one, or one that was cut short: it would blank what the device has of it. */
export function openEntry(stored: string, name: EntryName, context: MappingContext): Entry {
  const tree = readTree(stored);
  const component = findEntry(tree.root, name);
  if (component === undefined) throw new MappingError(`no ${name} in the text`, name);
  if (component.end === undefined) throw new MappingError(`the ${name} does not end`, name);
  return { tree, root: tree.root, component, context };
}

/** A calendar text with one component that says who it is and when it was made, and nothing else. */
export function skeletonOf(name: EntryName | "VEVENT", uid: string, context: Pick<MappingContext, "now">): string {
  const now = compactUtc(context.now);
  return [
    "BEGIN:VCALENDAR",
    "VERSION:2.0",
    "PRODID:-//Isthmus//EN",
    `BEGIN:${name}`,
    `UID:${escapeText(uid)}`,
    `DTSTAMP:${now}`,
    `CREATED:${now}`,
    `LAST-MODIFIED:${now}`,
    `END:${name}`,
    "END:VCALENDAR",
    "",
  ].join("\r\n");
}

/** As `ItemMapping.create`. */
export function createEntry(
  table: Mapping,
  name: EntryName,
  data: Element,
  uid: string,
  context: MappingContext,
): Created {
  const entry = openEntry(skeletonOf(name, uid, context), name, context);
  upload(table, entry, data, { creating: true });
  return { text: writeTree(entry.tree), uid };
}

/** As `ItemMapping.change`. */
export function changeEntry(
  table: Mapping,
  name: EntryName,
  stored: string,
  data: Element,
  context: MappingContext,
): string {
  const entry = openEntry(stored, name, context);
  const { component } = entry;
  const description = line(component, "DESCRIPTION")?.value;
  if (!upload(table, entry, data)) return stored;
  if (line(component, "DESCRIPTION")?.value !== description) renewHtml(component);
  setLine(component, "LAST-MODIFIED", compactUtc(context.now));
  setLine(component, "DTSTAMP", compactUtc(context.now));
  return writeTree(entry.tree);
}
