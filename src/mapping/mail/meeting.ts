/**
 * Messages about meetings (RFC 6047), shown as Exchange shows them: MeetingRequest and its MessageClass, made of the
 * calendar part by the rules of the Calendar class.
 */
import { MappingError } from "../../errors.ts";
import { dashedUtc, parseUtc } from "../../protocol/datetime.ts";
import { timezoneOf } from "../../protocol/timezone.ts";
import { toWall } from "../../protocol/zones.ts";
import { uidCharacters } from "../../schema/limits.ts";
import type { KnownName } from "../../schema/pages.ts";
import { atLeast, since, until, type VersionRange, within } from "../../schema/versions.ts";
import { type Element, element } from "../../wire/element.ts";
import { type Component, components, line, lines, readTree } from "../content-lines.ts";
import type { Rule, Scope, Value } from "../define.ts";
import { alarm } from "../rules/alarm.ts";
import { sensitivity, stamp } from "../rules/event.ts";
import { busyStatus, counterProposals } from "../rules/meeting.ts";
import { instantOf, readMoment } from "../rules/moment.ts";
import { readPeople, spelledAddressOf } from "../rules/people.ts";
import { place } from "../rules/place.ts";
import { recurrence } from "../rules/recurrence.ts";
import { readSpan } from "../rules/series.ts";
import { span } from "../rules/span.ts";
import { calendarOf } from "../rules/vtimezone.ts";
import { clean, unescapeText } from "../text.ts";
import { mailbox } from "./addresses.ts";
import { decodeText } from "./charset.ts";
import type { MailScope } from "./define.ts";
import { globalObjectId, type InstanceDate } from "./global-object-id.ts";
import { layoutOf } from "./layout.ts";
import { oneLine } from "./line.ts";
import type { MailHead, MailPart, MailText, MailWanted } from "./message.ts";
import { isSecure } from "./message-class.ts";
import { wholeOctets } from "./size.ts";

/** What a message about a meeting is for (RFC 5546 §1.4); others are shown as mail with a file. */
const methods = ["REQUEST", "CANCEL", "REPLY", "COUNTER"] as const;
type Method = (typeof methods)[number];

interface Meeting {
  readonly method: Method;
  readonly scope: Scope;
}

/** Octets of a calendar part that are read, as they are transferred: one that is longer is a file. */
const partOctets = 262_144;
/** Characters of a place (MS-ASEMAIL 2.2.2.46). */
const locationCharacters = 32_768;

/** What has to be read to tell whether a message is about a meeting. */
export function wantedForMeeting({ structure }: MailHead): readonly MailWanted[] {
  const part = calendarPart(structure);
  const octets = Math.min(part === undefined ? 0 : wholeOctets(part.size), partOctets);
  return part === undefined || octets === 0 ? [] : [{ path: part.path, encoding: part.encoding, octets }];
}

/** A message about a meeting, as it is shown. */
interface Shown {
  readonly class: string;
  readonly elements: readonly Element[];
  /** The path of the part that it is about, where that is no file that somebody attached. */
  readonly path: string | undefined;
}

/** Several rows of one message ask for it. */
const shown = new WeakMap<MailScope, Shown | undefined>();

/** Undefined for what is not about a meeting, and for one that no calendar can show: that is a mail with a file. */
export function meetingIn(scope: MailScope): Shown | undefined {
  if (!shown.has(scope)) shown.set(scope, show(scope));
  return shown.get(scope);
}

function show(scope: MailScope): Shown | undefined {
  const part = calendarPart(scope.head.structure);
  const meeting = part && readMeeting(part, scope);
  if (part === undefined || meeting === undefined) return undefined;
  const values = new Map<KnownName, Value>();
  try {
    for (const rule of rules) rule.down(meeting.scope, values);
    const elements = elementsOf(meeting, scope, values);
    const name = part.dispositionParameters["filename"] ?? part.parameters["name"];
    const isFile = part.disposition === "attachment" || name !== undefined;
    return { class: classOf(meeting), elements, path: isFile ? undefined : part.path };
  } catch (error) {
    if (error instanceof MappingError) return undefined;
    throw error;
  }
}

function classOf({ method, scope: { component } }: Meeting): string {
  if (method === "REQUEST") return "IPM.Schedule.Meeting.Request";
  if (method === "CANCEL") return "IPM.Schedule.Meeting.Canceled";
  // Another time is proposed with half a yes.
  const answer = line(component, "ATTENDEE")?.param("PARTSTAT")?.toUpperCase();
  if (method === "COUNTER" || answer === "TENTATIVE") return "IPM.Schedule.Meeting.Resp.Tent";
  return answer === "DECLINED" ? "IPM.Schedule.Meeting.Resp.Neg" : "IPM.Schedule.Meeting.Resp.Pos";
}

const rules: readonly Rule[] = [span, stamp, place, alarm, recurrence, sensitivity, busyStatus, counterProposals];

const calendars: ReadonlySet<string> = new Set(["text/calendar", "text/x-vcalendar", "application/ics"]);

/** One that says what it is for comes first: Google sends the same once more as a file. */
function calendarPart(structure: MailPart): MailPart | undefined {
  if (isSecure(structure)) return undefined;
  const parts = layoutOf(structure).files.flatMap(({ part }) => (calendars.has(part.type) ? [part] : []));
  return (
    parts.find(({ parameters }) => parameters["method"] !== undefined) ??
    parts.find(({ type }) => type === "text/calendar") ??
    parts[0]
  );
}

function readMeeting(part: MailPart, { texts, context }: MailScope): Meeting | undefined {
  const text = texts.get(part.path);
  const root = text?.whole ? readCalendar(text, part) : undefined;
  if (root === undefined) return undefined;
  const calendar = calendarOf(root);
  const said = line(calendar, "METHOD")?.value ?? part.parameters["method"] ?? "";
  const method = methods.find((one) => one === said.trim().toUpperCase());
  const events = components(calendar, "VEVENT");
  const component = events.find((event) => line(event, "RECURRENCE-ID") === undefined) ?? events[0];
  if (method === undefined || component === undefined || component.end === undefined) return undefined;
  return uidOf(component) === "" ? undefined : { method, scope: { root, component, context } };
}

function readCalendar(text: MailText, part: MailPart): Component | undefined {
  try {
    return readTree(decodeText(text.content, part.parameters["charset"] ?? "utf-8", true)).root;
  } catch (error) {
    if (error instanceof MappingError) return undefined;
    throw error;
  }
}

function elementsOf(meeting: Meeting, mail: MailScope, values: ReadonlyMap<KnownName, Value>): readonly Element[] {
  const { method, scope } = meeting;
  const { component, context } = scope;
  const { start } = readSpan(scope);
  const told = (name: KnownName) => {
    const value = values.get(name);
    return typeof value === "string" ? value : undefined;
  };
  const list = (name: KnownName) => {
    const value = values.get(name);
    return Array.isArray(value) ? (value as readonly Element[]) : undefined;
  };
  const time = (name: KnownName) => dashed(told(name));
  const original = method === "COUNTER" ? originalTimes(scope) : {};
  const pattern = list("Calendar:Recurrence");
  const slot = slotOf(scope);
  const isSeries = line(component, "RRULE") !== undefined || line(component, "RDATE") !== undefined;
  const within141 = until("14.1");
  const children: readonly (readonly [KnownName, string | readonly Element[] | undefined, VersionRange?])[] = [
    ["Email:AllDayEvent", told("Calendar:AllDayEvent") ?? (start.kind === "date" ? "1" : "0")],
    ["Email:StartTime", original.start ?? time("Calendar:StartTime")],
    ["Email:DtStamp", time("Calendar:DtStamp") ?? dashedUtc((mail.head.sent ?? mail.head.received).getTime())],
    ["Email:EndTime", original.end ?? time("Calendar:EndTime")],
    ["Email:InstanceType", slot !== undefined ? "3" : isSeries ? "1" : "0"],
    ["Email:Location", locationOf(component), within141],
    ["AirSyncBase:Location", list("AirSyncBase:Location"), since("16.0")],
    ["Email:Organizer", organizerOf(meeting, mail.head)],
    ["Email:RecurrenceId", slot && dashedUtc(slot.at)],
    ["Email:Reminder", reminderOf(told("Calendar:Reminder"))],
    ["Email:ResponseRequested", method === "REQUEST" && isAnswerWanted(scope) ? "1" : "0"],
    ["Email:Recurrences", pattern && [element("Email:Recurrence", pattern.map(renamed))]],
    ["Email:Sensitivity", told("Calendar:Sensitivity")],
    ["Email:BusyStatus", intendedStatus(component, context) ?? told("Calendar:BusyStatus")],
    ["Email:TimeZone", told("Calendar:Timezone") ?? timezoneOf(start.zone, instantOf(start))],
    ["Email:GlobalObjId", globalObjectId(uidOf(component), slot?.date), within141],
    ["Email:DisallowNewTimeProposal", told("Calendar:DisallowNewTimeProposal"), since("14.0")],
    ["Email2:MeetingMessageType", messageType(meeting), since("14.1")],
    ["Calendar:UID", uidOf(component).slice(0, uidCharacters), since("16.0")],
    ["MeetingResponse:ProposedStartTime", method === "COUNTER" ? told("Calendar:StartTime") : undefined, since("16.1")],
    ["MeetingResponse:ProposedEndTime", method === "COUNTER" ? told("Calendar:EndTime") : undefined, since("16.1")],
  ];
  return children.flatMap(([name, value, versions]) =>
    value === undefined || (versions && !within(context.version, versions)) ? [] : [element(name, value)],
  );
}

/** Mail has its times with dashes, and devices read no others. */
function dashed(compact: string | undefined): string | undefined {
  const at = compact === undefined ? undefined : parseUtc(compact);
  return at === undefined ? undefined : dashedUtc(at);
}

function uidOf(component: Component): string {
  return oneLine(unescapeText(line(component, "UID")?.value ?? ""));
}

function locationOf(component: Component): string | undefined {
  const said = oneLine(unescapeText(line(component, "LOCATION")?.value ?? ""));
  return said === "" ? undefined : said.slice(0, locationCharacters);
}

/** Whose meeting it is; a request without that word comes from there. */
function organizerOf({ scope: { component } }: Meeting, { from }: MailHead): string | undefined {
  const said = line(component, "ORGANIZER");
  const name = clean(said?.param("CN") ?? "").trim();
  const told = said ? { name, address: spelledAddressOf(said) } : from[0];
  return told === undefined ? undefined : mailbox(told) || undefined;
}

/** The occurrence that is meant, and its day where it takes place (MS-ASEMAIL_R679, R1350). */
function slotOf(scope: Scope): { readonly at: number; readonly date: InstanceDate } | undefined {
  const said = line(scope.component, "RECURRENCE-ID");
  const moment = said && readMoment(said, scope);
  if (moment === undefined) return undefined;
  const at = instantOf(moment);
  const day = new Date(moment.kind === "utc" ? toWall(readSpan(scope).start.zone, at) : moment.wall);
  const date = { year: day.getUTCFullYear(), month: day.getUTCMonth() + 1, day: day.getUTCDate() };
  return { at, date };
}

/** In seconds (MS-ASEMAIL_R687), as far as the element can say them. */
function reminderOf(minutes: string | undefined): string | undefined {
  const seconds = minutes === undefined ? Number.NaN : Number(minutes) * 60;
  return seconds >= 0 && seconds <= 65_535 ? String(seconds) : undefined;
}

/** Of the owner, or of anybody where the invitation came by a list. */
function isAnswerWanted(scope: Scope): boolean {
  const { self } = readPeople(scope);
  const asked = self ? [self] : lines(scope.component, "ATTENDEE");
  return asked.some((one) => one.param("RSVP")?.toUpperCase() === "TRUE");
}

/** The tags of Calendar:Recurrence as those of the mail. */
function renamed({ name, content }: Element): Element {
  const local = name.slice(name.indexOf(":") + 1);
  const isLater = ["CalendarType", "IsLeapMonth", "FirstDayOfWeek"].includes(local);
  return { name: `${isLater ? "Email2" : "Email"}:${local}` as KnownName, content };
}

/** Outlook writes what the time is to be once it is taken beside what it is until then (MS-OXCICAL 2.1.3.1.1.20.33). */
function intendedStatus(component: Component, { version }: Scope["context"]): string | undefined {
  const said = line(component, "X-MICROSOFT-CDO-INTENDEDSTATUS")?.value.trim().toUpperCase() ?? "";
  const status = ["FREE", "TENTATIVE", "BUSY", "OOF", "WORKINGELSEWHERE"].indexOf(said);
  if (status < 0) return undefined;
  return status === 4 && !atLeast(version, "16.0") ? "0" : String(status);
}

/** The first invitation, or one that changes it (MS-ASEMAIL_R534, R535); of others nothing is told. */
function messageType({ method, scope: { component } }: Meeting): string {
  if (method !== "REQUEST") return "0";
  return Number(line(component, "SEQUENCE")?.value ?? "0") > 0 ? "2" : "1";
}

/** Of a proposal the times that the meeting has, where Outlook says them. */
function originalTimes(scope: Scope): { readonly start?: string; readonly end?: string } {
  const read = (name: string) => {
    const said = line(scope.component, name);
    const moment = said && readMoment(said, scope);
    return moment === undefined ? undefined : dashedUtc(instantOf(moment));
  };
  const [start, end] = [read("X-MS-OLK-ORIGINALSTART"), read("X-MS-OLK-ORIGINALEND")];
  return { ...(start === undefined ? {} : { start }), ...(end === undefined ? {} : { end }) };
}
