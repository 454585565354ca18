/** The fields that stories edit: how a phone of each version says them, and how they are read out of what it holds. */
import { compactUtc, parseUtc } from "../../src/protocol/datetime.ts";
import type { QName } from "../../src/schema/pages.ts";
import { atLeast, type Version } from "../../src/schema/versions.ts";
import { child, children, childrenNamed, childText, type Element, element, text } from "../../src/wire/element.ts";
import type { ClassName, Fields, Name, Traits } from "./story.ts";

/** The contact's fields that are one text. */
const contactTags: Readonly<Record<string, QName>> = {
  first: "Contacts:FirstName",
  nick: "Contacts2:NickName",
  company: "Contacts:CompanyName",
  job: "Contacts:JobTitle",
  email1: "Contacts:Email1Address",
  email2: "Contacts:Email2Address",
  mobile: "Contacts:MobilePhoneNumber",
  home: "Contacts:HomePhoneNumber",
  city: "Contacts:HomeAddressCity",
  web: "Contacts:WebPage",
};

const eventTags: Readonly<Record<string, QName>> = {
  start: "Calendar:StartTime",
  end: "Calendar:EndTime",
  busy: "Calendar:BusyStatus",
  sensitivity: "Calendar:Sensitivity",
  reminder: "Calendar:Reminder",
};

export const fieldNames: Readonly<Record<ClassName, readonly string[]>> = {
  Contacts: [...Object.keys(contactTags), "categories", "note"],
  Calendar: [...Object.keys(eventTags), "title", "location", "categories", "note"],
};

/** What a field is when nobody said anything. */
const defaults: Fields = { busy: "2", sensitivity: "0" };

/** What the Supported list of `some` names: these are cleared by absence, the others of a contact stay. */
export const supportedNames: readonly QName[] = [
  "Contacts:CompanyName",
  "Contacts:JobTitle",
  "Contacts:MobilePhoneNumber",
  "Contacts:Email1Address",
];

/** A device's elements for these fields, in its version. */
export function elementsFor(className: ClassName, name: Name, fields: Fields, version: Version): readonly Element[] {
  return Object.entries(fields).map(([field, value]) => elementFor(className, name, field, value, version));
}

function elementFor(className: ClassName, name: Name, field: string, value: string, version: Version): Element {
  const page = className === "Contacts" ? "Contacts" : "Calendar";
  if (field === "title") return element("Calendar:Subject", titled(name, value));
  if (field === "note") return noteElement(page, value, version);
  if (field === "location") {
    if (!atLeast(version, "16.0")) return element("Calendar:Location", value);
    return element("AirSyncBase:Location", value === "" ? [] : [element("AirSyncBase:DisplayName", value)]);
  }
  if (field === "categories") {
    const words = value === "" ? [] : value.split(",");
    if (page === "Contacts")
      return element(
        "Contacts:Categories",
        words.map((word) => element("Contacts:Category", word)),
      );
    return element(
      "Calendar:Categories",
      words.map((word) => element("Calendar:Category", word)),
    );
  }
  const tag = (className === "Contacts" ? contactTags : eventTags)[field];
  if (tag === undefined) throw new Error(`no field ${field} of ${className}`);
  return element(tag, value);
}

function noteElement(page: "Contacts" | "Calendar", value: string, version: Version): Element {
  if (!atLeast(version, "12.0")) return element(`${page}:Body`, value);
  return element("AirSyncBase:Body", [element("AirSyncBase:Type", 1), element("AirSyncBase:Data", value)]);
}

export function titled(name: Name, title: string): string {
  return `${name} ${title}`.trim();
}

/** The item's name, as it stands in what a phone holds. */
export function nameIn(className: ClassName, data: readonly Element[]): Name {
  const holder = element("AirSync:ApplicationData", data);
  if (className === "Contacts") return childText(holder, "Contacts:LastName") ?? "";
  return (childText(holder, "Calendar:Subject") ?? "").split(" ", 1)[0] ?? "";
}

/** What elements say of the fields: those that are there, "" for an empty one. */
export function saidFields(className: ClassName, data: readonly Element[]): Fields {
  const said: Record<string, string> = {};
  const tags = Object.entries(className === "Contacts" ? contactTags : eventTags);
  for (const one of data) {
    const field = tags.find(([, tag]) => tag === one.name)?.[0];
    if (field !== undefined) said[field] = text(one);
    else if (one.name === "Calendar:Subject") said.title = text(one).split(" ").slice(1).join(" ");
    else if (one.name === "Calendar:Location") said.location = text(one);
    else if (one.name === "AirSyncBase:Location") said.location = childText(one, "AirSyncBase:DisplayName") ?? "";
    else if (one.name === "AirSyncBase:Body") said.note = childText(one, "AirSyncBase:Data") ?? "";
    else if (one.name === "Contacts:Body" || one.name === "Calendar:Body") said.note = text(one);
    else if (one.name === "Contacts:Categories" || one.name === "Calendar:Categories")
      said.categories = children(one).map(text).join(",");
  }
  return said;
}

/** All fields of what is held: what is not there is as if nobody had said it. */
export function heldFields(className: ClassName, data: readonly Element[]): Fields {
  const said = saidFields(className, data);
  return complete(className, said);
}

/** Every field; the same text for the same meaning (phones and servers differ in line ends). */
export function complete(className: ClassName, said: Fields): Fields {
  return Object.fromEntries(
    fieldNames[className].map((field) => {
      const value = (said[field] ?? "").replaceAll("\r\n", "\n").trim();
      return [field, value === "" ? (defaults[field] ?? "") : value];
    }),
  );
}

/** What becomes of a field that a Change leaves out (design: absent is not empty). */
export function clearsWhenAbsent(className: ClassName, field: string, traits: Traits): boolean {
  if (className === "Contacts") {
    if (field === "note" || traits.supported === "empty") return false;
    // A Change that has the last name says the whole name (src/mapping/rules/name.ts).
    if (field === "first") return traits.supported === "none";
    const tag = field === "categories" ? "Contacts:Categories" : contactTags[field];
    return traits.supported === "none" || supportedNames.some((name) => name === tag);
  }
  return !atLeast(traits.version, "16.0") && !["start", "end", "note"].includes(field);
}

/** Occurrences by the instant of their slot: `gone`, or title, start and end. */
export type Occurrences = Readonly<Record<string, string>>;

export function heldOccurrences(data: readonly Element[]): Occurrences {
  const holder = element("AirSync:ApplicationData", data);
  const list = child(holder, "Calendar:Exceptions");
  const found: Record<string, string> = {};
  for (const one of list ? childrenNamed(list, "Calendar:Exception") : []) {
    const slot = childText(one, "Calendar:ExceptionStartTime") ?? childText(one, "AirSyncBase:InstanceId") ?? "";
    if (childText(one, "Calendar:Deleted") === "1") found[slot] = "gone";
    else {
      const title = childText(one, "Calendar:Subject") ?? childText(holder, "Calendar:Subject") ?? "";
      const start = childText(one, "Calendar:StartTime") ?? slot;
      const end = childText(one, "Calendar:EndTime") ?? later(slot, lengthOf(holder));
      found[slot] = `${title}|${start}|${end}`;
    }
  }
  return sorted(found);
}

function lengthOf(holder: Element): number {
  return instant(childText(holder, "Calendar:EndTime") ?? "") - instant(childText(holder, "Calendar:StartTime") ?? "");
}

/** Milliseconds since 1970 of `20261130T090000Z`. */
export function instant(compact: string): number {
  return parseUtc(compact) ?? Number.NaN;
}

export function later(compact: string, milliseconds: number): string {
  return compactUtc(instant(compact) + milliseconds);
}

export function sorted<Value>(record: Readonly<Record<string, Value>>): Readonly<Record<string, Value>> {
  return Object.fromEntries(Object.entries(record).toSorted(([one], [other]) => (one < other ? -1 : 1)));
}
