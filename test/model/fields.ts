/** The fields that stories edit: how a phone of each version says them, and how they are read out of what it holds. */
import { compactUtc, parseUtc } from "../../src/protocol/datetime.ts";
import type { QName } from "../../src/schema/pages.ts";
import { atLeast, type Version } from "../../src/schema/versions.ts";
import { child, children, childrenNamed, childText, type Element, element, text } from "../../src/wire/element.ts";
import { mailFields, nameInMail, saidOfMail } from "./mail/messages.ts";
import { type ClassName, classOf, type Fields, type Name, type Traits } from "./story.ts";

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

const taskTags: Readonly<Record<string, QName>> = {
  importance: "Tasks:Importance",
  sensitivity: "Tasks:Sensitivity",
};

/** The fields that are one text, by class. */
const plainTags: Readonly<Record<ClassName, Readonly<Record<string, QName>>>> = {
  Contacts: contactTags,
  Calendar: eventTags,
  Tasks: taskTags,
  Notes: {},
  Email: {},
};

/**
 * `done` is when a task was completed, `remind` when it reminds, `due` and `begins` are days; `repeats` is its rule,
 * which no story edits.
 */
export const fieldNames: Readonly<Record<ClassName, readonly string[]>> = {
  Contacts: [...Object.keys(contactTags), "categories", "note"],
  Calendar: [...Object.keys(eventTags), "title", "location", "categories", "note"],
  Tasks: [...Object.keys(taskTags), "title", "due", "done", "remind", "begins", "repeats", "categories", "note"],
  Notes: ["title", "categories", "note"],
  Email: mailFields,
};

const given: ReadonlySet<string> = new Set(["start", "end", "begins", "repeats"]);

/** What stories edit of an item of this name. */
export function editableFields(name: Name): readonly string[] {
  // Of a task that repeats a due day would have to fit its beginning.
  return fieldNames[classOf(name)].filter((field) => !given.has(field) && (field !== "due" || !name.startsWith("r")));
}

/** What a field is when nobody said anything. */
const defaults: Fields = { busy: "2", sensitivity: "0", importance: "1", read: "0" };

/** What the Supported list of `some` names: these are cleared by absence, the others of a contact stay. */
export const supportedNames: readonly QName[] = [
  "Contacts:CompanyName",
  "Contacts:JobTitle",
  "Contacts:MobilePhoneNumber",
  "Contacts:Email1Address",
];

/** A device's elements for these fields, in its version. */
export function elementsFor(className: ClassName, name: Name, fields: Fields, version: Version): readonly Element[] {
  return Object.entries(fields).flatMap(([field, value]) => elementsOf(className, name, field, value, version));
}

/** All elements that say something of these fields: what a device leaves out when it edits them. */
export function tagsOf(className: ClassName, fields: Fields): readonly string[] {
  return Object.keys(fields).flatMap((field) => taskElements[field] ?? plainTags[className][field] ?? []);
}

/** The fields of a task that take two elements. */
const taskElements: Readonly<Record<string, readonly [QName, QName]>> = {
  due: ["Tasks:UtcDueDate", "Tasks:DueDate"],
  begins: ["Tasks:UtcStartDate", "Tasks:StartDate"],
  done: ["Tasks:Complete", "Tasks:DateCompleted"],
  remind: ["Tasks:ReminderSet", "Tasks:ReminderTime"],
};

function elementsOf(
  className: ClassName,
  name: Name,
  field: string,
  value: string,
  version: Version,
): readonly Element[] {
  const pair = taskElements[field];
  if (pair) return taskPair(field, pair, value);
  if (field === "repeats") return [taskRule(value)];
  return [elementFor(className, name, field, value, version)];
}

function taskPair(field: string, [first, second]: readonly [QName, QName], value: string): readonly Element[] {
  const isFlagged = field === "done" || field === "remind";
  if (value === "") return isFlagged ? [element(first, 0)] : [];
  const said = dashed(value);
  return [element(first, isFlagged ? 1 : said), element(second, said)];
}

/** The children of a task's rule that the model follows. */
const ruleTags = ["Type", "Occurrences", "Interval", "DayOfWeek", "Regenerate"] as const;

/** `value` as `heldRule` has it. */
function taskRule(value: string): Element {
  const [begins = "", ...parts] = value.split("/");
  return element("Tasks:Recurrence", [
    ...ruleTags.slice(0, 1).map((tag, at) => element(`Tasks:${tag}`, parts[at] ?? "")),
    element("Tasks:Start", dashed(begins)),
    ...ruleTags.flatMap((tag, at) => (at === 0 || !parts[at] ? [] : [element(`Tasks:${tag}`, parts[at])])),
    element("Tasks:DeadOccur", 0),
  ]);
}

function heldRule(rule: Element): string {
  const begins = compactDate(childText(rule, "Tasks:Start") ?? "");
  return [begins, ...ruleTags.map((tag) => childText(rule, `Tasks:${tag}`) ?? "")].join("/");
}

/** `20261130T080000Z` as tasks have it on the wire. */
function dashed(compact: string): string {
  return new Date(instant(compact)).toISOString();
}

function compactDate(value: string): string {
  const at = parseUtc(value);
  return at === undefined ? value : compactUtc(at);
}

function elementFor(className: ClassName, name: Name, field: string, value: string, version: Version): Element {
  if (field === "title") return element(subjectTag(className), titled(name, value));
  if (field === "note") return noteElement(className, value, version);
  if (field === "location") {
    if (!atLeast(version, "16.0")) return element("Calendar:Location", value);
    return element("AirSyncBase:Location", value === "" ? [] : [element("AirSyncBase:DisplayName", value)]);
  }
  if (field === "categories") {
    const words = value === "" ? [] : value.split(",");
    return element(
      `${className}:Categories`,
      words.map((word) => element(`${className}:Category`, word)),
    );
  }
  const tag = plainTags[className][field];
  if (tag === undefined) throw new Error(`no field ${field} of ${className}`);
  return element(tag, value);
}

function subjectTag(className: ClassName): "Calendar:Subject" | "Tasks:Subject" | "Notes:Subject" {
  if (className === "Contacts" || className === "Email") throw new Error(`no story gives ${className} a title`);
  return `${className}:Subject`;
}

function noteElement(className: ClassName, value: string, version: Version): Element {
  if (!atLeast(version, "12.0") && className !== "Notes") return element(`${className}:Body`, value);
  return element("AirSyncBase:Body", [element("AirSyncBase:Type", 1), element("AirSyncBase:Data", value)]);
}

export function titled(name: Name, title: string): string {
  return `${name} ${title}`.trim();
}

/** The item's name, as it stands in what a phone holds. */
export function nameIn(className: ClassName, data: readonly Element[]): Name {
  const holder = element("AirSync:ApplicationData", data);
  if (className === "Contacts") return childText(holder, "Contacts:LastName") ?? "";
  if (className === "Email") return nameInMail(data);
  return (childText(holder, subjectTag(className)) ?? "").split(" ", 1)[0] ?? "";
}

/** What elements say of the fields: those that are there, "" for an empty one. */
export function saidFields(className: ClassName, data: readonly Element[]): Fields {
  if (className === "Email") return saidOfMail(data);
  const said: Record<string, string> = className === "Tasks" ? saidOfTask(data) : {};
  const tags = Object.entries(plainTags[className]);
  for (const one of data) {
    const field = tags.find(([, tag]) => tag === one.name)?.[0];
    if (field !== undefined) said[field] = text(one);
    else if (one.name.endsWith(":Subject")) said.title = text(one).split(" ").slice(1).join(" ");
    else if (one.name === "Calendar:Location") said.location = text(one);
    else if (one.name === "AirSyncBase:Location") said.location = childText(one, "AirSyncBase:DisplayName") ?? "";
    else if (one.name === "AirSyncBase:Body") said.note = childText(one, "AirSyncBase:Data") ?? "";
    else if (one.name === `${className}:Body`) said.note = text(one);
    else if (one.name === `${className}:Categories`) said.categories = children(one).map(text).join(",");
  }
  return said;
}

function saidOfTask(data: readonly Element[]): Record<string, string> {
  const holder = element("AirSync:ApplicationData", data);
  const said: Record<string, string> = {};
  for (const field of ["due", "begins"] as const) {
    for (const tag of taskElements[field] ?? []) {
      const value = childText(holder, tag);
      if (value !== undefined) said[field] = compactDate(value);
    }
  }
  for (const field of ["done", "remind"] as const) {
    const [flag, time] = taskElements[field] ?? [];
    const isSet = flag && childText(holder, flag);
    if (isSet !== undefined) said[field] = isSet === "1" && time ? compactDate(childText(holder, time) ?? "") : "";
  }
  const rule = child(holder, "Tasks:Recurrence");
  if (rule) said.repeats = heldRule(rule);
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
  if (className === "Tasks") return ["title", "sensitivity", "due", "categories"].includes(field);
  if (className === "Notes") return field === "categories";
  if (className === "Email") return false;
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
