/** The task fixtures, and what tests do with tasks. */
import { readdirSync, readFileSync } from "node:fs";
import { tasks } from "../../mappings/tasks.ts";
import type { MappingContext } from "../../src/mapping/item.ts";
import type { KnownName } from "../../src/schema/pages.ts";
import type { Version } from "../../src/schema/versions.ts";
import { type Element, element } from "../../src/wire/element.ts";
import { applicationData } from "./cards.ts";
import { context } from "./events.ts";

export { context, record, textOf, value } from "./events.ts";

const folder = new URL("../fixtures/tasks/", import.meta.url);

export const todos = readdirSync(folder)
  .filter((file) => file.endsWith(".ics"))
  .map((file) => ({ name: file.slice(0, -4), text: readFileSync(new URL(file, folder), "utf8") }));

export function todo(name: string): string {
  const found = todos.find((one) => one.name === name);
  if (found === undefined) throw new Error(`no fixture ${name}`);
  return found.text;
}

export function goldenPath(name: string, version: Version): URL {
  return new URL(`${name}.${version}.eas`, folder);
}

/** One VTODO of these lines, in a calendar without VTIMEZONEs. */
export function vtodo(...lines: readonly string[]): string {
  const head = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Test//EN", "BEGIN:VTODO", "UID:test-1"];
  return [...head, "DTSTAMP:20260101T000000Z", ...lines, "END:VTODO", "END:VCALENDAR", ""].join("\r\n");
}

/** What a device holds of a task. */
export function down(stored: string, version: Version = "14.1", more: Partial<MappingContext> = {}) {
  return tasks.down(stored, "", context(version, more));
}

/** A device's Change of these elements. */
export function change(
  stored: string,
  elements: readonly Element[],
  version: Version = "14.1",
  more: Partial<MappingContext> = {},
): string {
  return tasks.change(stored, "", applicationData(elements), undefined, context(version, more));
}

/** Whether the device gets back something else than it says by these elements. */
export function isPartial(stored: string, elements: readonly Element[]): boolean {
  return tasks.isPartial?.(stored, "", applicationData(elements), undefined, context("14.1")) ?? false;
}

/** An Add of these elements. */
export function create(elements: readonly Element[], version: Version = "14.1"): string {
  return tasks.create(applicationData(elements), "uid-1", context(version)).text;
}

type Content = Readonly<Record<string, string | readonly Element[] | undefined>>;

/** Task elements of a record: `{ Subject: "a" }`; `undefined` is an empty tag. */
export function fields(record: Content): readonly Element[] {
  return Object.entries(record).map(([name, content]) => ({ name: `Tasks:${name}` as KnownName, content }));
}

/** The device's full echo with some fields replaced or added. */
export function echoWith(stored: string, record: Content, version: Version = "14.1"): readonly Element[] {
  const replaced = fields(record);
  const names = new Set(replaced.map((one) => one.name));
  return [...down(stored, version).filter((one) => !names.has(one.name)), ...replaced];
}

/** The same without these fields. */
export function echoWithout(stored: string, ...names: readonly string[]): readonly Element[] {
  return down(stored).filter((one) => !names.includes(one.name.slice("Tasks:".length)));
}

/** Children of a Recurrence; Start is there unless said otherwise. */
export function recurrence(values: Readonly<Record<string, string | number>>): readonly Element[] {
  const all = { Start: "2026-03-10T00:00:00.000Z", ...values };
  return Object.entries(all).map(([name, said]) => element(`Tasks:${name}` as KnownName, said));
}

/** Both tags of a start or due time: what the clock shows, and the instant. */
export function times(which: "Start" | "Due", local: string, utc: string): Content {
  return { [`Utc${which}Date`]: utc, [`${which}Date`]: local };
}

/** A day, as a device in Europe/Berlin says it in winter. */
export function day(which: "Start" | "Due", date: string): Content {
  const before = new Date(Date.parse(`${date}T00:00:00Z`) - 3_600_000).toISOString();
  return times(which, `${date}T00:00:00.000Z`, before);
}
