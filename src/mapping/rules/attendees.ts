/**
 * ATTENDEE against Calendar:Attendees. Lines are edited one by one: what EAS cannot say of a person (SENT-BY,
 * DELEGATED-TO, the kind of room) stays. In somebody else's event only the owner's own answer is ever written.
 */
import { attendees as maxSent } from "../../schema/limits.ts";
import type { KnownName } from "../../schema/pages.ts";
import { atLeast } from "../../schema/versions.ts";
import { type Element, element, text } from "../../wire/element.ts";
import { insertLine, line, lines, removeLine, replaceLine } from "../content-lines.ts";
import type { Edit, Rule, Scope, Value } from "../define.ts";
import { type Line, type Param, partsOf } from "../line.ts";
import { clean } from "../text.ts";
import { addressOf, mailto, readPeople, spelledAddressOf } from "./people.ts";

const tag = "Calendar:Attendees";

export const attendees: Rule & { readonly lossless: false } = {
  name: "attendees",
  lossless: false,
  down(scope, values) {
    const list = readPeople(scope).attendees.slice(0, maxSent);
    const people = list.length > 0 ? list.map((one) => personElement(one, scope)) : standIn(scope);
    if (people.length > 0) values.set(tag, people);
  },
  // Person by person, in `up`: names and answers that were not sent, or not in this version, are no difference.
  same: (_tag, incoming, now) => incoming === now,
  up(edit) {
    const people = readPeople(edit);
    const wanted = readPersons(edit.changes.get(tag));
    const sent = readPersons(edit.now.get(tag));
    if (!people.isOwn) {
      if (people.self) answer(edit, people.self, wanted, sent);
      return;
    }
    for (const one of people.attendees) {
      const address = addressOf(one);
      if (sent.has(address) && !wanted.has(address) && one !== people.self) removeLine(edit.component, one);
    }
    const stored = new Map(lines(edit.component, "ATTENDEE").map((one) => [addressOf(one), one]));
    for (const [address, person] of wanted) {
      const one = stored.get(address);
      // One who was sent and stands nowhere only stood in.
      if (one === undefined && !sent.has(address)) insertLine(edit.component, personParts(person));
      else if (one !== undefined) patch(edit, one, person, sent.get(address));
    }
  },
};

/** Every number stands for one word; what has no number of its own is 0 (unknown). */
const statuses: ReadonlyMap<string, string> = new Map([
  ["NEEDS-ACTION", "5"],
  ["ACCEPTED", "3"],
  ["DECLINED", "4"],
  ["TENTATIVE", "2"],
]);

/** The PARTSTAT of an AttendeeStatus (MS-ASCAL_R568 to R572); `undefined` for "unknown", which says nothing. */
export function partstatOf(status: string): string | undefined {
  return [...statuses].find(([, number]) => number === status.trim())?.[0];
}

/** The AttendeeStatus of an ATTENDEE line. */
export function statusOf(one: Line): string {
  return statuses.get((one.param("PARTSTAT") ?? "").toUpperCase()) ?? "0";
}

interface Person {
  readonly email: string;
  readonly name: string;
  readonly type: string | undefined;
  readonly status: string | undefined;
}

function personElement(one: Line, { context }: Scope): Element {
  const email = spelledAddressOf(one);
  const children = [
    element("Calendar:Email", email),
    element("Calendar:Name", clean(one.param("CN") ?? "").trim() || email),
  ];
  if (atLeast(context.version, "12.0")) {
    children.push(element("Calendar:AttendeeStatus", statusOf(one)), element("Calendar:AttendeeType", typeOf(one)));
  }
  return element("Calendar:Attendee", children);
}

/** The owner, for a client that cannot take a cancelled event of nobody. */
function standIn({ component, context }: Scope): readonly Element[] {
  const [email] = context.addresses;
  const isCancelled = /^\s*CANCELLED\s*$/i.test(line(component, "STATUS")?.value ?? "");
  if (!context.profile.cancelledNeedsAttendee || !isCancelled || email === undefined) return [];
  const names = [element("Calendar:Email", email), element("Calendar:Name", context.displayName ?? email)];
  return [element("Calendar:Attendee", names)];
}

/** 1 required, 2 optional, 3 resource (MS-ASCAL_R573 to R575). */
function typeOf(one: Line): string {
  if (/^(RESOURCE|ROOM)$/i.test(one.param("CUTYPE") ?? "")) return "3";
  return /^(OPT|NON)-PARTICIPANT$/i.test(one.param("ROLE") ?? "") ? "2" : "1";
}

/** By address in lower case; the first wins. People without an address are left out: Outlook sends such lists. */
function readPersons(value: Value | undefined): ReadonlyMap<string, Person> {
  const persons = new Map<string, Person>();
  if (value === undefined || typeof value === "string") return persons;
  for (const one of value) {
    const said = (name: KnownName): string | undefined => {
      const found = Array.isArray(one.content) ? one.content.find((child: Element) => child.name === name) : undefined;
      return found && clean(text(found)).replaceAll("\n", " ").trim();
    };
    const email = said("Calendar:Email") ?? "";
    const address = email.toLowerCase();
    if (address === "" || persons.has(address)) continue;
    persons.set(address, {
      email,
      name: said("Calendar:Name") ?? "",
      type: said("Calendar:AttendeeType"),
      status: said("Calendar:AttendeeStatus"),
    });
  }
  return persons;
}

function personParts({ email, name, type, status }: Person) {
  const hasAddress = email.includes("@");
  const params: Param[] = [];
  if (name !== "" || !hasAddress) params.push({ name: "CN", values: [name || email] });
  if (!hasAddress) params.push({ name: "EMAIL", values: [email] });
  if (type === "3") params.push({ name: "CUTYPE", values: ["RESOURCE"] });
  params.push({ name: "ROLE", values: [roleOf(type)] });
  params.push({ name: "PARTSTAT", values: [partstatOf(status ?? "") ?? "NEEDS-ACTION"] });
  params.push({ name: "RSVP", values: ["TRUE"] });
  return { name: "ATTENDEE", params, value: hasAddress ? mailto(email) : "invalid:nomail" };
}

function roleOf(type: string | undefined): string {
  if (type === "3") return "NON-PARTICIPANT";
  return type === "2" ? "OPT-PARTICIPANT" : "REQ-PARTICIPANT";
}

/** What the device says otherwise than it was told. */
function patch(edit: Edit, one: Line, person: Person, sent: Person | undefined): void {
  const changed: Param[] = [];
  if (person.name !== "" && person.name !== sent?.name && person.name !== person.email) {
    changed.push({ name: "CN", values: [person.name] });
  }
  if (person.type !== undefined && person.type !== sent?.type && sent !== undefined) {
    changed.push({ name: "ROLE", values: [roleOf(person.type)] });
    if (person.type === "3") changed.push({ name: "CUTYPE", values: ["RESOURCE"] });
    else if (sent.type === "3") changed.push({ name: "CUTYPE", values: ["INDIVIDUAL"] });
  }
  const partstat = person.status === sent?.status ? undefined : partstatOf(person.status ?? "");
  if (partstat !== undefined && sent !== undefined) changed.push({ name: "PARTSTAT", values: [partstat] });
  setParams(edit, one, changed);
}

/** The owner answers somebody else's invitation (RFC 6638 §3.2.2). */
function answer(edit: Edit, self: Line, wanted: ReadonlyMap<string, Person>, sent: ReadonlyMap<string, Person>): void {
  const status = wanted.get(addressOf(self))?.status;
  if (status === undefined || status === sent.get(addressOf(self))?.status) return;
  const partstat = partstatOf(status);
  if (partstat !== undefined) setParams(edit, self, [{ name: "PARTSTAT", values: [partstat] }]);
}

/** Gives a line these parameters, each in the place where it stands. */
export function setParams(edit: Pick<Edit, "component">, one: Line, changed: readonly Param[]): void {
  if (changed.length === 0) return;
  const names = new Set(changed.map((param) => param.name));
  const kept = one.params.map((param) => changed.find((other) => other.name === param.name) ?? param);
  const added = changed.filter((param) => !one.params.some((other) => other.name === param.name));
  if (names.size > 0) replaceLine(edit.component, one, { ...partsOf(one), params: [...kept, ...added] });
}
