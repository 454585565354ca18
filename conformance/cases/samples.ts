/** Items that cases make, and how they read what they get back. */
import { randomBytes } from "node:crypto";
import { isKnownName, type KnownName } from "../../src/schema/pages.ts";
import { atLeast, type Version } from "../../src/schema/versions.ts";
import { child, children, childText, type Element, element, type QName, text } from "../../src/wire/element.ts";
import type { Observed } from "../runner/case.ts";

type TagOf<Page extends string> = KnownName extends infer Name
  ? Name extends `${Page}:${infer Tag}`
    ? Tag
    : never
  : never;
export type ContactTag = TagOf<"Contacts">;
export type Contact2Tag = TagOf<"Contacts2">;
export type EventTag = TagOf<"Calendar">;
export type NoteTag = TagOf<"Notes">;
export type TaskTag = TagOf<"Tasks">;

/** A contact whose last name is the marker. */
export function contact(marker: string, fields: Partial<Record<ContactTag, string>> = {}): Element[] {
  return contactFields({ FileAs: `${marker}, Anna`, FirstName: "Anna", LastName: marker, ...fields });
}

export function contactFields(fields: Partial<Record<ContactTag, string>>): Element[] {
  return written("Contacts", fields);
}

export function contact2Fields(fields: Partial<Record<Contact2Tag, string>>): Element[] {
  return written("Contacts2", fields);
}

/** An hour in March 2031, a Wednesday, UTC: always in the future of any run, so that no filter hides it. */
export const start = "20310305T100000Z";
export const end = "20310305T110000Z";

/** An event whose subject is the marker; what only older versions may send is left out in 16.x. */
export function event(version: Version, marker: string, fields: Partial<Record<EventTag, string>> = {}): Element[] {
  const old: Partial<Record<EventTag, string>> = atLeast(version, "16.0")
    ? {}
    : { DtStamp: "20260101T000000Z", UID: `${marker}@conformance` };
  return eventFields({
    Timezone: utcZone,
    ...old,
    StartTime: start,
    EndTime: end,
    Subject: marker,
    AllDayEvent: "0",
    BusyStatus: "2",
    Sensitivity: "0",
    MeetingStatus: "0",
    ...fields,
  });
}

export function eventFields(fields: Partial<Record<EventTag, string>>): Element[] {
  return written("Calendar", fields);
}

/** A note whose subject is the marker. */
export function note(marker: string, fields: Partial<Record<NoteTag, string>> = {}): Element[] {
  return noteFields({ Subject: marker, MessageClass: "IPM.StickyNote", ...fields });
}

export function noteFields(fields: Partial<Record<NoteTag, string>>): Element[] {
  return written("Notes", fields);
}

/** A task whose subject is the marker. */
export function task(marker: string, fields: Partial<Record<TaskTag, string>> = {}): Element[] {
  return taskFields({ Subject: marker, Complete: "0", ...fields });
}

export function taskFields(fields: Partial<Record<TaskTag, string>>): Element[] {
  return written("Tasks", fields);
}

export function taskRecurrence(fields: Partial<Record<TaskTag, string | number>>): Element {
  return element("Tasks:Recurrence", written("Tasks", fields));
}

export function recurrence(fields: Partial<Record<EventTag, string | number>>): Element {
  return element("Calendar:Recurrence", written("Calendar", fields));
}

function written(page: string, fields: Readonly<Record<string, string | number>>): Element[] {
  return Object.entries(fields).map(([tag, value]) => {
    const name = `${page}:${tag}`;
    if (!isKnownName(name)) throw new TypeError(`no tag ${name}`);
    return element(name, value);
  });
}

/** Those whose items had a Body of their own in 2.5. */
export type PageOfBodies = "Contacts" | "Calendar" | "Tasks";

/** A body in plain text, as the version writes it. */
export function body(version: Version, page: PageOfBodies, value: string): Element {
  if (!atLeast(version, "12.0")) return element(`${page}:Body`, value);
  return element("AirSyncBase:Body", [element("AirSyncBase:Type", 1), element("AirSyncBase:Data", value)]);
}

/** The text of a body, in whichever form the version has it. */
export function bodyText(version: Version, page: PageOfBodies, data: readonly Element[]): string | undefined {
  if (!atLeast(version, "12.0")) return valueOf(data, `${page}:Body`);
  const found = named(data, "AirSyncBase:Body");
  return found && childText(found, "AirSyncBase:Data");
}

export function named(data: readonly Element[], name: QName): Element | undefined {
  return data.find((candidate) => candidate.name === name);
}

/** The text of a property; undefined when it is not there. */
export function valueOf(data: readonly Element[], name: QName): string | undefined {
  const found = named(data, name);
  return found && text(found);
}

/** The texts of the children of a property. */
export function listOf(data: readonly Element[], name: QName): string[] {
  const found = named(data, name);
  return found ? children(found).map(text) : [];
}

/** The recurrence of an item by tag; undefined when it has none. */
export function recurrenceOf(data: readonly Element[]): Readonly<Record<string, string>> | undefined {
  const found = named(data, "Calendar:Recurrence");
  if (found === undefined || children(found).length === 0) return undefined;
  return Object.fromEntries(children(found).map((inner) => [inner.name.slice("Calendar:".length), text(inner)]));
}

/** The exceptions of an item. */
export function exceptionsOf(data: readonly Element[]): readonly Element[] {
  const found = named(data, "Calendar:Exceptions");
  return found ? children(found) : [];
}

/** Which occurrence an exception stands for: the original start, compact. */
export function originalStart(exception: Element): string | undefined {
  return (
    childText(exception, "Calendar:ExceptionStartTime") ??
    childText(exception, "AirSyncBase:InstanceId")?.replace(/[-:]|\.\d+/g, "")
  );
}

/** Whether an exception says that its occurrence is gone. */
export function isDeleted(exception: Element): boolean {
  return childText(exception, "Calendar:Deleted") === "1";
}

export function hasChild(parent: Element, name: QName): boolean {
  return child(parent, name) !== undefined;
}

/**
 * One for the whole run: a password that is refused again is one mistake, and a server that counts mistakes does not
 * lock the account that is tested.
 */
export const wrongPassword = `not-${randomBytes(5).toString("hex")}`;

/** The only item of several; undefined when there are none or more. */
export function only(items: readonly Observed[]): Observed | undefined {
  return items.length === 1 ? items[0] : undefined;
}

/** When daylight time begins or ends: the nth weekday of a month (5: the last), 0 = Sunday. */
interface Switch {
  readonly month: number;
  readonly weekday: number;
  readonly nth: number;
  readonly hour: number;
}

/**
 * The time zone as 172 octets in base64 (MS-ASDTYPE 2.7.6), written here by hand so that it cannot share a mistake
 * with the server under test. Minutes are west of UTC, as the standard has them.
 */
export function zone(bias: number, standard?: Switch, daylight?: Switch): string {
  const bytes = Buffer.alloc(172);
  bytes.writeInt32LE(bias, 0);
  writeSwitch(bytes, 68, standard);
  writeSwitch(bytes, 152, daylight);
  bytes.writeInt32LE(daylight ? -60 : 0, 168);
  return bytes.toString("base64");
}

export const utcZone = zone(0);
export const berlinZone = zone(
  -60,
  { month: 10, weekday: 0, nth: 5, hour: 3 },
  { month: 3, weekday: 0, nth: 5, hour: 2 },
);

/** The offset and the switches of a blob, for comparing two that differ in names only. */
export function zoneFacts(base64: string): readonly number[] {
  const bytes = Buffer.from(base64, "base64");
  if (bytes.length !== 172) return [bytes.length];
  const words = (at: number) => [0, 2, 4, 6, 8].map((offset) => bytes.readUInt16LE(at + offset));
  return [bytes.readInt32LE(0), ...words(68), ...words(152), bytes.readInt32LE(84), bytes.readInt32LE(168)];
}

function writeSwitch(bytes: Buffer, at: number, moment: Switch | undefined): void {
  if (moment === undefined) return;
  bytes.writeUInt16LE(moment.month, at + 2);
  bytes.writeUInt16LE(moment.weekday, at + 4);
  bytes.writeUInt16LE(moment.nth, at + 6);
  bytes.writeUInt16LE(moment.hour, at + 8);
}
