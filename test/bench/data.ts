/** Data of the size that people have: cards of 720 octets, events of 1.1 to 1.7 kB with their zone. */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";

/** Writes collections straight into Radicale's folder: thousands of PUTs would take longer than the bench. */
export async function fillRadicale(
  folder: string,
  user: string,
  collection: string,
  kind: "contacts" | "calendar",
  count: number,
): Promise<void> {
  const path = join(folder, "data", "collection-root", user, collection);
  await mkdir(path, { recursive: true });
  const properties =
    kind === "contacts"
      ? { tag: "VADDRESSBOOK", "D:displayname": collection }
      : {
          tag: "VCALENDAR",
          "D:displayname": collection,
          "C:supported-calendar-component-set": "VEVENT,VTODO,VJOURNAL",
        };
  await writeFile(join(path, ".Radicale.props"), JSON.stringify(properties));
  for (let number = 0; number < count; number += 1) {
    const [name, text] = kind === "contacts" ? [`c${number}.vcf`, card(number)] : [`e${number}.ics`, event(number)];
    await writeFile(join(path, name), text);
  }
}

/** Three phones, two addresses of e-mail and of post, a note. */
export function card(number: number): string {
  const name = `Person${number}`;
  return lines([
    "BEGIN:VCARD",
    "VERSION:3.0",
    `UID:bench-card-${number}`,
    `FN:${name} Müller-Lüdenscheidt`,
    `N:Müller-Lüdenscheidt;${name};;;`,
    "ORG:Example Works AG;Research",
    "TITLE:Engineer",
    `EMAIL;TYPE=WORK:${name.toLowerCase()}@example.org`,
    `EMAIL;TYPE=HOME:${name.toLowerCase()}@home.example.net`,
    `TEL;TYPE=CELL:+49 170 ${1_000_000 + number}`,
    `TEL;TYPE=WORK,VOICE:+49 30 ${2_000_000 + number}`,
    `TEL;TYPE=HOME,VOICE:+49 40 ${3_000_000 + number}`,
    `ADR;TYPE=WORK:;;Invalidenstraße ${number % 200};Berlin;;10115;Germany`,
    `ADR;TYPE=HOME:;;Elbchaussee ${number % 300};Hamburg;;22763;Germany`,
    `BDAY:19${60 + (number % 40)}-0${1 + (number % 9)}-1${number % 10}`,
    `NOTE:Met at the fair in hall ${number % 27}\\, likes coffee and long walks\\; call before noon.`,
    "CATEGORIES:Business,Friends",
    "REV:20260101T120000Z",
    "END:VCARD",
  ]);
}

/** A tenth weekly, one in fifty with a moved and a deleted instance, one in eight with attendees, half with an alarm. */
export function event(number: number): string {
  const day = String(1 + (number % 28)).padStart(2, "0");
  const month = String(1 + (Math.floor(number / 28) % 12)).padStart(2, "0");
  const hour = String(8 + (number % 10)).padStart(2, "0");
  const start = `2026${month}${day}T${hour}0000`;
  const weekly = number % 10 === 0;
  const changed = weekly && number % 50 === 0;
  const head = ["BEGIN:VEVENT", `UID:bench-event-${number}`, "DTSTAMP:20260101T120000Z"];
  return lines([
    "BEGIN:VCALENDAR",
    "VERSION:2.0",
    "PRODID:-//Isthmus//Bench//EN",
    ...berlin,
    ...head,
    `DTSTART;TZID=Europe/Berlin:${start}`,
    `DTEND;TZID=Europe/Berlin:2026${month}${day}T${hour}4500`,
    `SUMMARY:Meeting number ${number} about the state of things`,
    "LOCATION:Room 4.11\\, second floor",
    `DESCRIPTION:${"Agenda: what was done\\, what is next\\, who needs help. ".repeat(4)}`,
    ...(weekly ? ["RRULE:FREQ=WEEKLY;COUNT=20"] : []),
    ...(changed ? [`EXDATE;TZID=Europe/Berlin:${weekAfter(number, 2, hour)}`] : []),
    ...(number % 8 === 0 ? attendees : []),
    ...(number % 2 === 0
      ? ["BEGIN:VALARM", "ACTION:DISPLAY", "TRIGGER:-PT15M", "DESCRIPTION:Reminder", "END:VALARM"]
      : []),
    "END:VEVENT",
    ...(changed
      ? [
          ...head,
          `RECURRENCE-ID;TZID=Europe/Berlin:${weekAfter(number, 1, hour)}`,
          `DTSTART;TZID=Europe/Berlin:${weekAfter(number, 1, "18")}`,
          `DTEND;TZID=Europe/Berlin:${weekAfter(number, 1, "19")}`,
          `SUMMARY:Meeting number ${number}\\, moved`,
          "END:VEVENT",
        ]
      : []),
    "END:VCALENDAR",
  ]);
}

function weekAfter(number: number, weeks: number, hour: string): string {
  const first = Date.UTC(2026, Math.floor(number / 28) % 12, 1 + (number % 28) + 7 * weeks);
  return `${new Date(first).toISOString().slice(0, 10).replaceAll("-", "")}T${hour}0000`;
}

const attendees = [
  "ORGANIZER;CN=Anna Example:mailto:anna@example.org",
  "ATTENDEE;CN=Anna Example;PARTSTAT=ACCEPTED;ROLE=REQ-PARTICIPANT:mailto:anna@example.org",
  "ATTENDEE;CN=Ben Example;PARTSTAT=NEEDS-ACTION;ROLE=REQ-PARTICIPANT;RSVP=TRUE:mailto:ben@example.org",
  "ATTENDEE;CN=Cleo Example;PARTSTAT=DECLINED;ROLE=OPT-PARTICIPANT:mailto:cleo@example.org",
];

const berlin = [
  "BEGIN:VTIMEZONE",
  "TZID:Europe/Berlin",
  "BEGIN:DAYLIGHT",
  "TZOFFSETFROM:+0100",
  "TZOFFSETTO:+0200",
  "TZNAME:CEST",
  "DTSTART:19700329T020000",
  "RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU",
  "END:DAYLIGHT",
  "BEGIN:STANDARD",
  "TZOFFSETFROM:+0200",
  "TZOFFSETTO:+0100",
  "TZNAME:CET",
  "DTSTART:19701025T030000",
  "RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU",
  "END:STANDARD",
  "END:VTIMEZONE",
];

function lines(content: readonly string[]): string {
  return `${content.join("\r\n")}\r\n`;
}
