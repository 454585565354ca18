/** The calendar of the demo account: about sixty entries in the month that `now` is in, of every kind there is. */
import { tzlib_get_ical_block } from "timezones-ical-library";
import { fold } from "./fold.ts";

export const demoZone = "Europe/Berlin";

/** The meeting that the demo moves in Radicale while the phone waits. */
export const dentist = "dentist.ics";

/** Texts by file name. */
export function demoEvents(now: Date): ReadonlyMap<string, string> {
  const month = createMonth(now);
  return new Map([
    [dentist, single(month, "dentist", { day: 20, hour: 15, summary: "Dentist", location: "Praxis Dr. Klar" })],
    ["standup.ics", standup(month)],
    ["choir.ics", choir(month)],
    ["board.ics", board(month)],
    ["review.ics", review(month)],
    ["invitation.ics", invitation(month)],
    ["flight.ics", flight(month)],
    ["birthday-marta.ics", birthday(month)],
    ["regatta.ics", allDay(month, "regatta", { from: 12, until: 15, summary: "Regatta week", busy: true })],
    ["school-holidays.ics", allDay(month, "school-holidays", { from: 22, until: 27, summary: "School holidays" })],
    ["bins.ics", bins(month)],
    ["floating.ics", floating(month)],
    ["tax.ics", tax(month)],
    ["cancelled.ics", cancelled(month)],
    ...usual.map(([summary, location, minutes], index) => {
      const place = { day: 1 + ((index * 3) % 28), hour: 8 + ((index * 5) % 11), summary, location, minutes };
      return [`entry-${index}.ics`, single(month, `entry-${index}`, place)] as const;
    }),
  ]);
}

/** The dentist has time an hour later. */
export function movedDentist(text: string): string {
  return text
    .replace(/^(DTSTART[^:]*:\d{8}T)15(\d{4})$/m, "$116$2")
    .replace(/^(DTEND[^:]*:\d{8}T)15(\d{4})$/m, "$116$2");
}

interface Month {
  /** Such as `20261103`. */
  date(day: number): string;
  readonly year: number;
}

function createMonth(now: Date): Month {
  const head = `${now.getUTCFullYear()}${String(now.getUTCMonth() + 1).padStart(2, "0")}`;
  return { year: now.getUTCFullYear(), date: (day) => head + String(day).padStart(2, "0") };
}

/** What, where, minutes. */
const usual: readonly (readonly [string, string, number])[] = [
  ["Coffee with Jonas", "Café am Markt", 45],
  ["Site visit: boathouse", "Alter Hafen 3", 90],
  ["Call with Akker Bloemen", "", 30],
  ["Yoga", "Turnhalle Ost", 60],
  ["Parents' evening", "Grundschule am Park", 120],
  ["Quarterly figures", "Raum 2.14; Altbau", 60],
  ["Lunch, Aylin", "Kantine", 45],
  ["Pick up bicycle", "Juhl Cykler", 15],
  ["Library closes early — return books", "", 15],
  ["Interview: optics engineer", "Raum 1.02", 60],
  ["Concert: Rosa Jiménez, cello", "Stadthalle", 120],
  ["Car inspection", "Wójcik Serwis", 60],
  ["Proofread translation", "", 90],
  ["Wine tasting 🍷", "Vini Ricci", 120],
  ["1:1 with Hannah", "", 30],
  ["Budget, second draft", "Raum 2.14; Altbau", 60],
  ["Fitting a new lamp", "zu Hause", 45],
  ["Swimming", "Hallenbad", 60],
  ["Newsletter deadline", "", 15],
  ["Dinner at Claudia's", "Leipziger Str. 8", 180],
  ["Vaccination", "Riverside Clinic", 15],
  ["Rehearsal", "Gemeindesaal", 90],
  ["Photo session", "Sandström Foto", 60],
  ["Meet the new neighbours", "Hof", 60],
  ["Release planning", "Videokonferenz", 60],
  ["Gardening", "Schrebergarten 17", 120],
  ["Repair café", "Werkhof", 180],
  ["Postbox, parcel for Keiko", "", 15],
  ["Contract with Romero", "Kanzlei", 60],
  ["Board games", "bei Mikkel", 180],
  ["Cinema", "Schauburg", 150],
  ["Haircut", "Salon Böhm", 30],
  ["Weekly shopping", "Markthalle", 60],
  ["Piano lesson", "Musikschule", 45],
  ["Train to Kiel", "Gleis 7", 150],
  ["Workshop: lenses", "Nordlicht Optik, Halle B", 240],
  ["Feedback for Ravi", "", 30],
  ["Visit Ursula", "Bern", 240],
  ["Insurance call", "", 20],
  ["Bakery: order rolls", "Gipfelbäckerei", 10],
  ["Night walk", "Deich", 90],
  ["Fire drill", "Haus C", 30],
  ["Tea with Nadia", "", 60],
  ["Check the mooring", "Steg 4", 45],
  ["Data protection training", "online", 60],
];

interface Place {
  readonly day: number;
  readonly hour: number;
  readonly summary: string;
  readonly location?: string;
  readonly minutes?: number;
}

/** As Thunderbird writes it, with an alarm. */
function single(month: Month, name: string, { day, hour, summary, location = "", minutes = 45 }: Place): string {
  const date = month.date(day);
  return calendar([
    "BEGIN:VEVENT",
    ...head(name, month),
    `SUMMARY:${escape(summary)}`,
    ...(location === "" ? [] : [`LOCATION:${escape(location)}`]),
    start(`${date}T${two(hour)}0000`),
    end(`${date}T${two(hour + Math.floor(minutes / 60))}${two(minutes % 60)}00`),
    "BEGIN:VALARM",
    "ACTION:DISPLAY",
    "TRIGGER:-PT15M",
    "DESCRIPTION:Reminder",
    "END:VALARM",
    "END:VEVENT",
  ]);
}

/** Daily, with one day left out and one moved. */
function standup(month: Month): string {
  return calendar([
    "BEGIN:VEVENT",
    ...head("standup", month),
    "SUMMARY:Stand-up",
    start(`${month.date(1)}T091500`),
    end(`${month.date(1)}T093000`),
    "RRULE:FREQ=DAILY;INTERVAL=1",
    `EXDATE;TZID=${demoZone}:${month.date(6)}T091500`,
    "CATEGORIES:Work",
    "END:VEVENT",
    "BEGIN:VEVENT",
    ...head("standup", month),
    `RECURRENCE-ID;TZID=${demoZone}:${month.date(9)}T091500`,
    "SUMMARY:Stand-up (in the garden)",
    "LOCATION:Garden",
    start(`${month.date(9)}T110000`),
    end(`${month.date(9)}T111500`),
    "END:VEVENT",
  ]);
}

function choir(month: Month): string {
  return calendar([
    "BEGIN:VEVENT",
    ...head("choir", month),
    "SUMMARY:Choir",
    "LOCATION:Gemeindesaal",
    start(`${month.date(3)}T193000`),
    end(`${month.date(3)}T213000`),
    "RRULE:FREQ=WEEKLY;COUNT=20",
    "DESCRIPTION:Bring:\\n- Fauré\\, Requiem\\n- water",
    "END:VEVENT",
  ]);
}

/** With guests, and their answers. */
function board(month: Month): string {
  return calendar([
    "BEGIN:VEVENT",
    ...head("board", month),
    "SUMMARY:Harbour board",
    "LOCATION:Hafenamt",
    start(`${month.date(10)}T140000`),
    end(`${month.date(10)}T160000`),
    "RRULE:FREQ=MONTHLY;BYDAY=2TU",
    "ORGANIZER;CN=Anna:mailto:anna@example.org",
    'ATTENDEE;CN="O\'Rourke, Siobhán";PARTSTAT=ACCEPTED;ROLE=REQ-PARTICIPANT:mailto:siobhan.orourke@example.org',
    "ATTENDEE;CN=Graham Pike;PARTSTAT=TENTATIVE;ROLE=OPT-PARTICIPANT:mailto:graham.pike@example.org",
    "ATTENDEE;CN=Ingrid Solheim;PARTSTAT=NEEDS-ACTION;RSVP=TRUE:mailto:ingrid.solheim@example.org",
    "END:VEVENT",
  ]);
}

/** Every other week, until a day. */
function review(month: Month): string {
  return calendar([
    "BEGIN:VEVENT",
    ...head("review", month),
    "SUMMARY:Review",
    start(`${month.date(5)}T130000`),
    end(`${month.date(5)}T140000`),
    `RRULE:FREQ=WEEKLY;INTERVAL=2;UNTIL=${month.year + 1}1231T120000Z`,
    "CLASS:CONFIDENTIAL",
    "X-MOZ-SEND-INVITATIONS:FALSE",
    "END:VEVENT",
  ]);
}

/** From somebody else, not answered yet, in another zone, as Google sends it. */
function invitation(month: Month): string {
  return calendar([
    ...zone("America/New_York"),
    "BEGIN:VEVENT",
    ...head("invitation", month),
    "SUMMARY:Lens supplier\\, first call",
    `DTSTART;TZID=America/New_York:${month.date(17)}T100000`,
    `DTEND;TZID=America/New_York:${month.date(17)}T104500`,
    "ORGANIZER;CN=Dana Whitfield:mailto:dana@supplier.example",
    "ATTENDEE;CN=Anna;PARTSTAT=NEEDS-ACTION;RSVP=TRUE:mailto:anna@example.org",
    "STATUS:CONFIRMED",
    "X-GOOGLE-CONFERENCE:https://meet.example.org/lens",
    "END:VEVENT",
  ]);
}

function flight(month: Month): string {
  return calendar([
    ...zone("Asia/Tokyo"),
    "BEGIN:VEVENT",
    ...head("flight", month),
    "SUMMARY:Flight to Tokyo",
    start(`${month.date(18)}T133000`),
    `DTEND;TZID=Asia/Tokyo:${month.date(19)}T083000`,
    "TRANSP:OPAQUE",
    "X-APPLE-TRAVEL-ADVISORY-BEHAVIOR:AUTOMATIC",
    "END:VEVENT",
  ]);
}

function birthday(month: Month): string {
  return calendar([
    "BEGIN:VEVENT",
    ...head("birthday-marta", month),
    "SUMMARY:Marta's birthday",
    `DTSTART;VALUE=DATE:${month.year - 3}${month.date(8).slice(4)}`,
    "DURATION:P1D",
    "RRULE:FREQ=YEARLY",
    "TRANSP:TRANSPARENT",
    "END:VEVENT",
  ]);
}

function allDay(
  month: Month,
  name: string,
  days: { from: number; until: number; summary: string; busy?: boolean },
): string {
  return calendar([
    "BEGIN:VEVENT",
    ...head(name, month),
    `SUMMARY:${days.summary}`,
    `DTSTART;VALUE=DATE:${month.date(days.from)}`,
    `DTEND;VALUE=DATE:${month.date(days.until)}`,
    `TRANSP:${days.busy === true ? "OPAQUE" : "TRANSPARENT"}`,
    "END:VEVENT",
  ]);
}

/** All-day and recurring on two weekdays. */
function bins(month: Month): string {
  return calendar([
    "BEGIN:VEVENT",
    ...head("bins", month),
    "SUMMARY:Put out the bins",
    `DTSTART;VALUE=DATE:${month.date(2)}`,
    "RRULE:FREQ=WEEKLY;BYDAY=MO,TH",
    "TRANSP:TRANSPARENT",
    "END:VEVENT",
  ]);
}

/** At nine wherever one is. */
function floating(month: Month): string {
  return calendar([
    "BEGIN:VEVENT",
    ...head("floating", month),
    "SUMMARY:Take the pills",
    `DTSTART:${month.date(4)}T090000`,
    "DURATION:PT5M",
    "RRULE:FREQ=DAILY;COUNT=10",
    "END:VEVENT",
  ]);
}

/** A private one, with an alarm a day before and another at its time. */
function tax(month: Month): string {
  return calendar([
    "BEGIN:VEVENT",
    ...head("tax", month),
    "SUMMARY:Tax return",
    "CLASS:PRIVATE",
    start(`${month.date(25)}T100000`),
    end(`${month.date(25)}T110000`),
    "BEGIN:VALARM",
    "ACTION:DISPLAY",
    "TRIGGER:-P1D",
    "DESCRIPTION:Tomorrow",
    "END:VALARM",
    "BEGIN:VALARM",
    "ACTION:AUDIO",
    "TRIGGER:PT0S",
    "END:VALARM",
    "END:VEVENT",
  ]);
}

function cancelled(month: Month): string {
  return calendar([
    "BEGIN:VEVENT",
    ...head("cancelled", month),
    "SUMMARY:Open day",
    start(`${month.date(14)}T100000`),
    end(`${month.date(14)}T150000`),
    "STATUS:CANCELLED",
    "END:VEVENT",
  ]);
}

function head(name: string, { year }: Month): string[] {
  return [`UID:demo-${name}@example.org`, `DTSTAMP:${year}0101T080000Z`];
}

function start(local: string): string {
  return `DTSTART;TZID=${demoZone}:${local}`;
}

function end(local: string): string {
  return `DTEND;TZID=${demoZone}:${local}`;
}

function calendar(components: readonly string[]): string {
  const lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Isthmus//Demo//EN", ...zone(demoZone), ...components];
  return `${[...lines, "END:VCALENDAR"].map(fold).join("\r\n")}\r\n`;
}

function zone(name: string): string[] {
  return (tzlib_get_ical_block(name)[0] ?? "").split(/\r?\n/).filter((line) => line !== "");
}

function two(value: number): string {
  return String(value).padStart(2, "0");
}

function escape(text: string): string {
  return text.replace(/[,;\\]/g, (character) => `\\${character}`);
}
