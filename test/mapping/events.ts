/** The calendar fixtures, and contexts to map them in. */
import { readdirSync, readFileSync } from "node:fs";
import { calendar } from "../../mappings/calendar.ts";
import type { MappingContext } from "../../src/mapping/item.ts";
import type { KnownName } from "../../src/schema/pages.ts";
import type { Version } from "../../src/schema/versions.ts";
import { type Content, type Element, element, text } from "../../src/wire/element.ts";
import { applicationData, context as cardContext } from "./cards.ts";

export { applicationData, lineDiff, withElement } from "./cards.ts";

const folder = new URL("../fixtures/calendar/", import.meta.url);

export const events = readdirSync(folder)
  .filter((file) => file.endsWith(".ics"))
  .map((file) => ({ name: file.slice(0, -4), text: readFileSync(new URL(file, folder), "utf8") }));

export function event(name: string): string {
  const found = events.find((one) => one.name === name);
  if (found === undefined) throw new Error(`no fixture ${name}`);
  return found.text;
}

export function goldenPath(name: string, version: Version): URL {
  return new URL(`${name}.${version}.eas`, folder);
}

/** Anna's account, on 1 March 2026. */
export function context(version: Version, more: Partial<MappingContext> = {}): MappingContext {
  return cardContext(version, {
    addresses: ["anna@example.org"],
    displayName: "Anna Muster",
    now: Date.UTC(2026, 2, 1, 1, 2, 3),
    ...more,
  });
}

/** One VEVENT of these lines, in a calendar without VTIMEZONEs. */
export function vevent(...lines: readonly string[]): string {
  const head = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Test//EN", "BEGIN:VEVENT", "UID:test-1"];
  return [...head, "DTSTAMP:20260101T000000Z", ...lines, "END:VEVENT", "END:VCALENDAR", ""].join("\r\n");
}

/** What a device holds of an item. */
export function down(
  stored: string,
  version: Version,
  part = "",
  more: Partial<MappingContext> = {},
): readonly Element[] {
  return calendar.down(stored, part, context(version, more));
}

/** A device's Change of these elements, by name; `undefined` is an empty tag. */
export function change(
  stored: string,
  version: Version,
  elements: readonly Element[],
  options: { readonly part?: string; readonly instance?: string; readonly more?: Partial<MappingContext> } = {},
): string {
  const data = applicationData(elements);
  return calendar.change(stored, options.part ?? "", data, options.instance, context(version, options.more));
}

/** Calendar elements of a record: `{ Subject: "a" }`. */
export function fields(record: Readonly<Record<string, string | readonly Element[] | undefined>>): readonly Element[] {
  return Object.entries(record).map(([name, content]) => ({ name: `Calendar:${name}` as KnownName, content }));
}

/** The device's full echo with some fields replaced or added. */
export function echoWith(
  stored: string,
  version: Version,
  record: Readonly<Record<string, string | readonly Element[] | undefined>>,
): readonly Element[] {
  const replaced = fields(record);
  const names = new Set(replaced.map((one) => one.name));
  return [...down(stored, version).filter((one) => !names.has(one.name)), ...replaced];
}

/** The content of an element; "absent" when it is not there. */
export function value(elements: readonly Element[], name: KnownName): Content {
  const found = elements.find((one) => one.name === name);
  return found === undefined ? "absent" : found.content;
}

/** The text of an element; "absent" when it is not there. */
export function textOf(elements: readonly Element[], name: KnownName): string {
  const found = elements.find((one) => one.name === name);
  return found === undefined ? "absent" : text(found);
}

/** Children of a container as a record of texts. */
export function record(content: Content): Record<string, Content> {
  if (!Array.isArray(content)) return {};
  return Object.fromEntries(content.map((one: Element) => [one.name.slice(one.name.indexOf(":") + 1), one.content]));
}

export function recurrence(values: Readonly<Record<string, string | number>>): readonly Element[] {
  return Object.entries(values).map(([name, said]) => element(`Calendar:${name}` as KnownName, said));
}
