/** Read, Flag and Categories of a message, which IMAP keeps as flags and keywords (RFC 9051 §2.3.2). */
import { createHash } from "node:crypto";
import { MappingError } from "../../errors.ts";
import { cutToUnits } from "../../protocol/body.ts";
import { dashedUtc, parseUtc } from "../../protocol/datetime.ts";
import { type KnownName, tagOf } from "../../schema/pages.ts";
import { atLeast } from "../../schema/versions.ts";
import { children, childrenNamed, childText, type Element, element, text } from "../../wire/element.ts";
import type { MappingContext } from "../item.ts";
import { categoryOf, keywordOf } from "./keywords.ts";
import { oneLine } from "./line.ts";
import type { MailHead } from "./message.ts";

/** Set instead of \Flagged when a device says that it is done with a message: no flag of IMAP says so. */
export const completed = "$FollowUpComplete";

type Flags = Pick<MailHead, "flags" | "followUp"> & Partial<Pick<MailHead, "subject">>;

/** The children of Flag that no flag of IMAP says, in their order. */
export const flagDetails: readonly KnownName[] = [
  "Tasks:Subject",
  "Email:FlagType",
  "Tasks:DateCompleted",
  "Email:CompleteTime",
  "Tasks:StartDate",
  "Tasks:DueDate",
  "Tasks:UtcStartDate",
  "Tasks:UtcDueDate",
  "Tasks:ReminderSet",
  "Tasks:ReminderTime",
  "Tasks:OrdinalDate",
  "Tasks:SubOrdinalDate",
];

/** Characters of each that are kept. */
const detailCharacters = 256;

/** The type of a flag where a device gives it none, or nothing more than one (MS-ASEMAIL_R1059). */
const usualType = "Flag for follow up";
const plainTypes: ReadonlySet<string> = new Set(["flag for follow up", "for follow up", "follow up", ""]);

/** Tells what is kept of one flag from what is kept of another. */
export function followUpDigest(kept: Readonly<Record<string, string>>): string {
  const said = Object.entries(kept).toSorted(([one], [other]) => (one < other ? -1 : 1));
  return createHash("sha256").update(JSON.stringify(said)).digest("base64url").slice(0, 12);
}

export function has({ flags }: Flags, flag: string): boolean {
  const wanted = flag.toLowerCase();
  return flags.some((one) => one.toLowerCase() === wanted);
}

/** The children of Flag; none when there is none (MS-ASEMAIL_R437). */
export function flagElements(head: Flags): readonly Element[] {
  const status = statusOf(head);
  if (status === undefined) return [];
  // What was said of it when it stood otherwise is no more true: somebody else has changed it.
  const kept = head.followUp?.["Email:Status"] === status ? head.followUp : {};
  return [
    element("Email:Status", status),
    ...flagDetails.flatMap((name) => {
      const value = kept[name] ?? (name === "Email:FlagType" ? usualType : undefined);
      return value === undefined ? [] : [element(name, value)];
    }),
  ];
}

function statusOf(head: Flags): string | undefined {
  return has(head, "\\Flagged") ? active : has(head, completed) ? complete : undefined;
}

/** The categories of a message: its keywords, but for those that programs keep for themselves. */
function categories({ flags }: Flags): readonly string[] {
  return [...new Set(flags.flatMap((flag) => categoryOf(flag) ?? []))].slice(0, most);
}

/** The children of Categories; none when the message has none (MS-ASEMAIL_R318). */
export function categoryElements(head: Flags): readonly Element[] {
  return categories(head).map((category) => element("Email:Category", category));
}

/** 1 answered, 3 forwarded (MS-ASEMAIL_R516, R518); undefined for neither. Which of both came last is not known. */
export function lastVerb(head: Flags): string | undefined {
  if (has(head, "\\Answered")) return "1";
  return has(head, "$Forwarded") ? "3" : undefined;
}

export interface FlagChange {
  readonly add: string[];
  readonly remove: string[];
  /** What is to be kept beside the flags; null: nothing, left out: what there is. */
  followUp?: Readonly<Record<string, string>> | null;
}

/**
 * A device's Change as flags and keywords to set and clear. @throws MappingError for a value that is none, for a Flag
 * that lacks what its Status needs (MS-ASEMAIL_R92), and for what no device may change (MS-ASEMAIL_R41).
 */
export function flagChange(head: Flags, data: Element, context: Pick<MappingContext, "version">): FlagChange {
  const change: FlagChange = { add: [], remove: [] };
  for (const one of children(data)) {
    if (one.name === "Email:Read") setRead(change, one);
    else if (one.name === "Email:Flag" && atLeast(context.version, "12.0")) setFlag(change, head, one);
    else if (one.name === "Email:Categories" && atLeast(context.version, "14.0")) setCategories(change, head, one);
    else throw new MappingError(`${one.name} of a message cannot be changed`, one.name);
  }
  return change;
}

/** Categories of one message (MS-ASEMAIL_R324). */
const most = 300;

const complete = "1";
const active = "2";

function setRead(change: FlagChange, read: Element): void {
  const value = text(read).trim();
  // An empty element is TRUE (MS-ASDTYPE_R6); anything else is Status 6 (MS-ASEMAIL_R643).
  if (!["", "0", "1"].includes(value)) throw new MappingError("Read is neither 0 nor 1", "Email:Read");
  (value === "0" ? change.remove : change.add).push("\\Seen");
}

function setFlag(change: FlagChange, head: Flags, flag: Element): void {
  const status = childText(flag, "Email:Status")?.trim();
  checkFlag(flag, status);
  switch (status ?? (children(flag).length === 0 ? "0" : undefined)) {
    case active:
      change.add.push("\\Flagged");
      if (has(head, completed)) change.remove.push(completed);
      keep(change, head, { ...detailsIn(flag), "Email:Status": active });
      break;
    case complete:
      change.add.push(completed);
      change.remove.push("\\Flagged");
      keep(change, head, { ...head.followUp, ...detailsIn(flag), "Email:Status": complete });
      break;
    case "0":
      change.remove.push("\\Flagged");
      if (has(head, completed)) change.remove.push(completed);
      if (head.followUp) change.followUp = null;
      break;
    default: {
      // No Status: what else is said of the flag is changed, and not whether there is one (MS-ASEMAIL_R90).
      const now = statusOf(head);
      if (now !== undefined) keep(change, head, { ...head.followUp, ...detailsIn(flag), "Email:Status": now });
    }
  }
}

/** What a flag says by itself is not kept. */
function keep(change: FlagChange, head: Flags, said: Readonly<Record<string, string>>): void {
  const more = flagDetails.filter((name) => said[name] !== undefined && !isUsual(head, name, said[name]));
  if (more.length > 0) change.followUp = said;
  else if (head.followUp) change.followUp = null;
}

function isUsual({ subject = "" }: Flags, name: KnownName, value: string): boolean {
  if (name === "Email:FlagType") return plainTypes.has(value.toLowerCase());
  // MS-ASEMAIL_R766: devices set it to that of the message.
  if (name === "Tasks:Subject") return value === cutToUnits(oneLine(subject), detailCharacters);
  return name === "Tasks:ReminderSet" && value === "0";
}

/** @throws MappingError for a time that is none. */
function detailsIn(flag: Element): Readonly<Record<string, string>> {
  return Object.fromEntries(
    flagDetails.flatMap((name) => {
      const said = cutToUnits(oneLine(childText(flag, name) ?? ""), detailCharacters);
      if (said === "") return [];
      if (tagOf(name)?.type !== "utc") return [[name, said]];
      const at = parseUtc(said);
      if (at === undefined) throw new MappingError("no date", name);
      return [[name, dashedUtc(at)]];
    }),
  );
}

const dates = ["Tasks:StartDate", "Tasks:UtcStartDate", "Tasks:DueDate", "Tasks:UtcDueDate"] as const;

function checkFlag(flag: Element, status: string | undefined): void {
  const refuse = (why: string): never => {
    throw new MappingError(why, "Email:Flag");
  };
  if (status !== undefined && !["0", complete, active].includes(status)) refuse("no such Status (MS-ASEMAIL_R757)");
  const lacks = (...names: readonly Element["name"][]) => names.some((name) => !childText(flag, name)?.trim());
  if (status === active && lacks("Email:FlagType")) refuse("a flag without FlagType (MS-ASEMAIL_R940)");
  if (status === complete && lacks("Email:CompleteTime", "Tasks:DateCompleted"))
    refuse("complete, and no time of it (MS-ASEMAIL_R86)");
  const said = dates.filter((name) => !lacks(name));
  if (said.length !== 0 && said.length !== dates.length) refuse("some of its dates only (MS-ASEMAIL_R408)");
  const [start, utcStart, due, utcDue] = dates.map((name) => dateOf(flag, name));
  if (isAfter(start, due) || isAfter(utcStart, utcDue)) refuse("due before it starts (MS-ASEMAIL_R406, R850)");
  if (childText(flag, "Tasks:ReminderSet")?.trim() === "1" && lacks("Tasks:ReminderTime"))
    refuse("a reminder without its time (MS-ASEMAIL_R702)");
}

function dateOf(flag: Element, name: (typeof dates)[number]): number | undefined {
  const said = childText(flag, name)?.trim() ?? "";
  const at = parseUtc(said);
  if (said !== "" && at === undefined) throw new MappingError("no date", name);
  return at;
}

function isAfter(one: number | undefined, other: number | undefined): boolean {
  return one !== undefined && other !== undefined && one > other;
}

/** An empty element takes all away (MS-ASEMAIL_R319). A category that is there already keeps its keyword. */
function setCategories(change: FlagChange, head: Flags, said: Element): void {
  const named = childrenNamed(said, "Email:Category").map((one) => oneLine(text(one)));
  if (named.length < children(said).length) throw new MappingError("no category", "Email:Categories");
  const wanted = new Set(named.filter((name) => name !== ""));
  if (wanted.size > most) throw new MappingError(`${wanted.size} categories`, "Email:Categories");
  const shown = new Set(categories(head));
  for (const flag of head.flags) {
    const category = categoryOf(flag);
    if (category !== undefined && shown.has(category) && !wanted.has(category)) change.remove.push(flag);
  }
  for (const category of wanted) if (!shown.has(category)) change.add.push(keywordOf(category));
}
