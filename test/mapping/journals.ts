/** The note fixtures, and what tests do with notes. */
import { readdirSync, readFileSync } from "node:fs";
import { notes } from "../../mappings/notes.ts";
import type { MappingContext } from "../../src/mapping/item.ts";
import type { Version } from "../../src/schema/versions.ts";
import { type Element, element } from "../../src/wire/element.ts";
import { applicationData, context } from "./cards.ts";

const folder = new URL("../fixtures/notes/", import.meta.url);

export const journals = readdirSync(folder)
  .filter((file) => file.endsWith(".ics"))
  .map((file) => ({ name: file.slice(0, -4), text: readFileSync(new URL(file, folder), "utf8") }));

export function journal(name: string): string {
  const found = journals.find((one) => one.name === name);
  if (found === undefined) throw new Error(`no fixture ${name}`);
  return found.text;
}

export function goldenPath(name: string, version: Version): URL {
  return new URL(`${name}.${version}.eas`, folder);
}

/** One VJOURNAL of these lines. */
export function vjournal(...lines: readonly string[]): string {
  const head = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Test//EN", "BEGIN:VJOURNAL", "UID:test-1"];
  return [...head, "DTSTAMP:20260101T000000Z", ...lines, "END:VJOURNAL", "END:VCALENDAR", ""].join("\r\n");
}

/** What a device of 14.1 holds of a note. */
export function down(stored: string, more: Partial<MappingContext> = {}): readonly Element[] {
  return notes.down(stored, "", context("14.1", more));
}

/** A Change of these elements from a device of 14.1. */
export function change(stored: string, elements: readonly Element[], more: Partial<MappingContext> = {}): string {
  return notes.change(stored, "", applicationData(elements), undefined, context("14.1", more));
}

/** An Add of these elements from a device of 14.1. */
export function create(elements: readonly Element[]): string {
  return notes.create(applicationData(elements), "uid-1", context("14.1")).text;
}

export function noteBody(data: string, type = 1): Element {
  return element("AirSyncBase:Body", [element("AirSyncBase:Type", type), element("AirSyncBase:Data", data)]);
}

export function noteCategories(...names: readonly string[]): Element {
  return element(
    "Notes:Categories",
    names.map((name) => element("Notes:Category", name)),
  );
}

/** The elements with one in place of another of its name, or added. */
export function withOne(elements: readonly Element[], fresh: Element): readonly Element[] {
  return [...elements.filter(({ name }) => name !== fresh.name), fresh];
}
