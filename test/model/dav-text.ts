/**
 * What the other client writes. It is a good one: it changes the lines it means in the text it read and leaves every
 * other as it is. Its own way of reading and writing lines, so that a mistake in ours does not hide here too.
 */
import { compactUtc } from "../../src/protocol/datetime.ts";
import { instant, later, titled } from "./fields.ts";
import { keptMark } from "./item-state.ts";
import { classOf, davClassOf, type Fields, type KeptLine, type Name } from "./story.ts";

const week = 7 * 86_400_000;
export const occurrences = 6;

/** The slot of an occurrence of a weekly series that begins at `start`. */
export function slotOf(start: string, slot: number): string {
  return later(start, slot * week);
}

export function newText(name: Name, uid: string, fields: Fields): string {
  switch (davClassOf(name)) {
    case "Contacts": {
      const lines = ["BEGIN:VCARD", "VERSION:3.0", `UID:${uid}`, `FN:${name}`, `N:${name};;;;`, "END:VCARD", ""];
      return withFields(lines.join("\r\n"), name, fields);
    }
    case "Calendar":
      return newEvent(name, uid, fields);
    case "Tasks": {
      const { begins, repeats: _repeats, ...rest } = fields;
      const rule = begins === undefined ? [] : [`DTSTART;VALUE=DATE:${begins.slice(0, 8)}`, "RRULE:FREQ=WEEKLY"];
      return withFields(inCalendar("VTODO", [], name, uid, rule), name, rest);
    }
    case "Notes":
      return withFields(inCalendar("VJOURNAL", [], name, uid, []), name, fields);
  }
}

function newEvent(name: Name, uid: string, fields: Fields): string {
  const { start = "", ...rest } = fields;
  const rule = name.startsWith("s") ? [`RRULE:FREQ=WEEKLY;COUNT=${occurrences}`] : [];
  const zones = name.startsWith("s") ? berlin : [];
  return withFields(inCalendar("VEVENT", zones, name, uid, [...span(name, start), ...rule]), name, rest);
}

function inCalendar(
  component: string,
  zones: readonly string[],
  name: Name,
  uid: string,
  lines: readonly string[],
): string {
  const inner = [`UID:${uid}`, "DTSTAMP:20261101T000000Z", ...lines, `SUMMARY:${name}`];
  const head = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Model//EN", ...zones];
  return [...head, `BEGIN:${component}`, ...inner, `END:${component}`, "END:VCALENDAR", ""].join("\r\n");
}

/** An all-day event as a date, a series in a zone, everything else in UTC. */
function span(name: Name, start: string): string[] {
  if (name.startsWith("d"))
    return [`DTSTART;VALUE=DATE:${start.slice(0, 8)}`, `DTEND;VALUE=DATE:${later(start, 86_400_000).slice(0, 8)}`];
  if (name.startsWith("s")) return [zoned("DTSTART", start), zoned("DTEND", later(start, 3_600_000))];
  return [`DTSTART:${start}`, `DTEND:${later(start, 3_600_000)}`];
}

/** Stories play in a winter: Berlin is an hour ahead of UTC. */
function zoned(property: string, at: string): string {
  return `${property};TZID=Europe/Berlin:${later(at, 3_600_000).slice(0, -1)}`;
}

const berlin = [
  "BEGIN:VTIMEZONE",
  "TZID:Europe/Berlin",
  "BEGIN:STANDARD",
  "DTSTART:19701025T030000",
  "RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU",
  "TZOFFSETFROM:+0200",
  "TZOFFSETTO:+0100",
  "TZNAME:CET",
  "END:STANDARD",
  "BEGIN:DAYLIGHT",
  "DTSTART:19700329T020000",
  "RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU",
  "TZOFFSETFROM:+0100",
  "TZOFFSETTO:+0200",
  "TZNAME:CEST",
  "END:DAYLIGHT",
  "END:VTIMEZONE",
];

/** The text with these fields set; what a field's line says beside it stays. */
export function withFields(text: string, name: Name, fields: Fields): string {
  return Object.entries(fields).reduce(
    (patched, [field, value]) =>
      classOf(name) === "Contacts"
        ? withCardField(patched, name, field, value)
        : withCalendarField(patched, name, field, value),
    text,
  );
}

function withCardField(text: string, name: Name, field: string, value: string): string {
  switch (field) {
    case "first":
      return setLine(setLine(text, /^N[:;]/, `N:${name};${value};;;`), /^FN[:;]/, `FN:${`${value} ${name}`.trim()}`);
    case "nick":
      return setLine(text, /^NICKNAME[:;]/, value && `NICKNAME:${value}`);
    case "company":
      return setPart(text, 0, value);
    case "job":
      return setLine(text, /^TITLE[:;]/, value && `TITLE:${value}`);
    case "email1":
    case "email2":
      return setEmail(text, field === "email1" ? 0 : 1, value);
    case "mobile":
      return setLine(text, /^TEL;TYPE=CELL[:;]/i, value && `TEL;TYPE=CELL:${value}`);
    case "home":
      return setLine(text, /^TEL;TYPE=HOME[:;]/i, value && `TEL;TYPE=HOME:${value}`);
    case "city":
      return setLine(text, /^ADR;TYPE=HOME[:;]/i, value && `ADR;TYPE=HOME:;;;${value};;;`);
    case "web":
      return setLine(text, /^URL[:;]/, value && `URL:${value}`);
    case "categories":
      return setLine(text, /^CATEGORIES[:;]/, value && `CATEGORIES:${value}`);
    case "note":
      return setLine(text, /^NOTE[:;]/, value && `NOTE:${escaped(value)}`);
    default:
      throw new Error(`no field ${field} of a card`);
  }
}

function setPart(text: string, at: number, value: string): string {
  const parts = (linesOf(text).find((line) => /^ORG[:;]/.test(line)) ?? "ORG:").replace(/^ORG[^:]*:/, "").split(";");
  parts[at] = value;
  return setLine(text, /^ORG[:;]/, parts.every((part) => part === "") ? "" : `ORG:${parts.join(";")}`);
}

function setEmail(text: string, at: number, value: string): string {
  const emails = linesOf(text).filter((line) => /^EMAIL[:;]/.test(line));
  const present = emails[at];
  if (present === undefined) return value === "" ? text : addLine(text, `EMAIL:${value}`);
  return replaceLine(text, present, value === "" ? "" : `EMAIL:${value}`);
}

function withCalendarField(text: string, name: Name, field: string, value: string): string {
  switch (field) {
    case "title":
      return inMaster(text, (event) => setLine(event, /^SUMMARY[:;]/, `SUMMARY:${titled(name, value)}`));
    case "location":
      return inMaster(text, (event) => setLine(event, /^LOCATION[:;]/, value && `LOCATION:${value}`));
    case "busy":
      return inMaster(text, (event) =>
        setLine(event, /^TRANSP[:;]/, `TRANSP:${value === "0" ? "TRANSPARENT" : "OPAQUE"}`),
      );
    case "sensitivity":
      return inMaster(text, (event) => setLine(event, /^CLASS[:;]/, `CLASS:${value === "0" ? "PUBLIC" : "PRIVATE"}`));
    case "categories":
      return inMaster(text, (event) => setLine(event, /^CATEGORIES[:;]/, value && `CATEGORIES:${value}`));
    case "note":
      return inMaster(text, (event) => setLine(event, /^DESCRIPTION[:;]/, value && `DESCRIPTION:${escaped(value)}`));
    case "reminder":
      return inMaster(text, (event) => setReminder(event, value && `TRIGGER:-PT${value}M`));
    case "remind":
      return inMaster(text, (task) => setReminder(task, value && `TRIGGER;VALUE=DATE-TIME:${value}`));
    case "importance": {
      const priority = { "0": 9, "1": 5, "2": 1 }[value] ?? 0;
      return inMaster(text, (task) => setLine(task, /^PRIORITY[:;]/, `PRIORITY:${priority}`));
    }
    case "due":
      return inMaster(text, (task) => setLine(task, /^DUE[:;]/, value && `DUE;VALUE=DATE:${value.slice(0, 8)}`));
    case "done":
      return inMaster(text, (task) => setDone(task, value));
    default:
      throw new Error(`no field ${field} of a calendar's item`);
  }
}

function setReminder(item: string, trigger: string): string {
  const alarms = item.match(/BEGIN:VALARM\r\n[\s\S]*?END:VALARM\r\n/g) ?? [];
  const shown = alarms.find((alarm) => !alarm.includes(keptMark));
  const lines = ["BEGIN:VALARM", "ACTION:DISPLAY", "DESCRIPTION:Reminder", trigger, "END:VALARM", ""];
  const wanted = trigger === "" ? "" : lines.join("\r\n");
  return shown === undefined ? beforeEnd(item, wanted) : item.replace(shown, wanted);
}

function setDone(task: string, at: string): string {
  const status = setLine(task, /^STATUS[:;]/, at === "" ? "STATUS:NEEDS-ACTION" : "STATUS:COMPLETED");
  const percent = setLine(status, /^PERCENT-COMPLETE[:;]/, at && "PERCENT-COMPLETE:100");
  return setLine(percent, /^COMPLETED[:;]/, at && `COMPLETED:${at}`);
}

function beforeEnd(item: string, wanted: string): string {
  return item.replace(/END:(VEVENT|VTODO)\r\n$/, (end) => wanted + end);
}

/** A line that no phone can express; another one of the same sort is replaced. */
export function withKeptLine(text: string, name: Name, line: KeptLine, value: string): string {
  const said = `${keptMark}${value}`;
  const isCard = classOf(name) === "Contacts";
  const put = (pattern: RegExp, wanted: string) =>
    isCard ? setLine(text, pattern, wanted) : inMaster(text, (event) => setLine(event, pattern, wanted));
  switch (line) {
    case "custom":
      return put(/^X-CUSTOM[:;]/, `X-CUSTOM;X-A="b;c":${said}\\, kept`);
    case "folded":
      return put(
        /^X-LONG[:;]/,
        `X-LONG:${said} is a very long line that a client folded where it\r\n  pleased\\, and not\r\n \twhere we would have`,
      );
    case "grouped": {
      const first = setLine(text, /^item7\.X-ABDATE[:;]/, `item7.X-ABDATE;type=pref:${said}`);
      return setLine(first, /^item7\.X-ABLabel[:;]/, `item7.X-ABLabel:_$!<${said}>!$_`);
    }
    case "logo":
      return put(/^LOGO[:;]/, `LOGO;VALUE=uri:https://example.com/${said}.png`);
    case "attachment":
      return put(/^ATTACH[:;]/, `ATTACH;FMTTYPE=application/postscript:ftp://example.com/${said}.ps`);
    case "related":
      return put(/^RELATED-TO[:;]/, `RELATED-TO;RELTYPE=PARENT:${said}`);
    case "alarm":
      return inMaster(text, (item) => {
        const alarms = item.match(/BEGIN:VALARM\r\n[\s\S]*?END:VALARM\r\n/g) ?? [];
        const before = alarms.find((alarm) => alarm.includes(keptMark));
        // A task has one reminder on the wire, whatever makes a noise.
        const action = classOf(name) === "Tasks" ? "EMAIL" : "AUDIO";
        const lines = [
          "BEGIN:VALARM",
          `ACTION:${action}`,
          "TRIGGER;RELATED=END:PT5M",
          `X-ID:${said}`,
          "END:VALARM",
          "",
        ];
        const wanted = lines.join("\r\n");
        return before === undefined ? beforeEnd(item, wanted) : item.replace(before, wanted);
      });
  }
}

/** Without one occurrence, with another title for it, or as the rule has it. */
export function withOccurrence(
  text: string,
  name: Name,
  slot: string,
  what: "remove" | "title" | "restore",
  value: string,
): string {
  const isZoned = /^DTSTART;TZID=/m.test(text);
  const local = isZoned ? later(slot, 3_600_000).slice(0, -1) : slot;
  const when = (property: string, at: string) => (isZoned ? zoned(property, at) : `${property}:${at}`);
  const rest = text.replace(/BEGIN:VEVENT\r\n[\s\S]*?END:VEVENT\r\n/g, (event) =>
    linesOf(event).some((line) => line.startsWith("RECURRENCE-ID") && line.endsWith(local)) ? "" : event,
  );
  const cleared = inMaster(rest, (event) => {
    const lines = linesOf(event).filter((line) => !(line.startsWith("EXDATE") && line.includes(local)));
    return `${lines.join("\r\n")}\r\n`;
  });
  if (what === "restore") return cleared;
  if (what === "remove") return inMaster(cleared, (event) => addLine(event, when("EXDATE", slot)));
  const uid = linesOf(text).find((line) => line.startsWith("UID:")) ?? "";
  const override = [
    "BEGIN:VEVENT",
    uid,
    "DTSTAMP:20261101T000000Z",
    when("RECURRENCE-ID", slot),
    when("DTSTART", slot),
    when("DTEND", later(slot, lengthIn(text))),
    `SUMMARY:${titled(name, value)}`,
    "END:VEVENT",
    "",
  ].join("\r\n");
  return cleared.replace(/END:VCALENDAR\r\n$/, `${override}END:VCALENDAR\r\n`);
}

function lengthIn(text: string): number {
  const at = (property: string) => {
    const line = linesOf(masterOf(text)).find((one) => new RegExp(`^${property}[:;]`).test(one)) ?? "";
    const value = line.slice(line.lastIndexOf(":") + 1);
    return instant(value.endsWith("Z") ? value : `${value}Z`);
  };
  return at("DTEND") - at("DTSTART");
}

/** The event or the whole series later on the same day; its removed and changed occurrences go with it. */
export function shifted(text: string, hours: number): string {
  const by = (value: string) => {
    const isUtc = value.endsWith("Z");
    const moved = compactUtc(instant(isUtc ? value : `${value}Z`) + hours * 3_600_000);
    return isUtc ? moved : moved.slice(0, -1);
  };
  return text.replace(/BEGIN:VEVENT\r\n[\s\S]*?END:VEVENT\r\n/g, (event) =>
    event.replace(
      /^((?:DTSTART|DTEND|EXDATE|RECURRENCE-ID)(?:;TZID=[^:]*)?:)(\d{8}T\d{6}Z?)/gm,
      (_, head: string, value: string) => head + by(value),
    ),
  );
}

function masterOf(text: string): string {
  const events = text.match(/BEGIN:(VEVENT|VTODO|VJOURNAL)\r\n[\s\S]*?END:\1\r\n/g) ?? [];
  return events.find((event) => !linesOf(event).some((line) => line.startsWith("RECURRENCE-ID"))) ?? "";
}

function inMaster(text: string, edit: (event: string) => string): string {
  const master = masterOf(text);
  return text.replace(master, () => edit(master));
}

/** Lines with their folds. */
function linesOf(text: string): string[] {
  return text.split(/\r\n(?![ \t])/).filter((line) => line !== "");
}

/** Replaces the first such line, or adds it; "" takes it out. */
function setLine(text: string, pattern: RegExp, wanted: string): string {
  const present = linesOf(text).find((line) => pattern.test(line));
  if (present !== undefined) return replaceLine(text, present, wanted);
  return wanted === "" ? text : addLine(text, wanted);
}

function replaceLine(text: string, present: string, wanted: string): string {
  let isDone = false;
  const lines = linesOf(text).flatMap((line) => {
    if (isDone || line !== present) return [line];
    isDone = true;
    return wanted === "" ? [] : [wanted];
  });
  return `${lines.join("\r\n")}\r\n`;
}

/** Before the end of the card or component, and before its alarms. */
function addLine(text: string, wanted: string): string {
  const lines = linesOf(text);
  const at = lines.findIndex((line) => line === "BEGIN:VALARM" || /^END:(VCARD|VEVENT|VTODO|VJOURNAL)$/.test(line));
  return `${[...lines.slice(0, at), wanted, ...lines.slice(at)].join("\r\n")}\r\n`;
}

function escaped(value: string): string {
  return value.replaceAll("\\", "\\\\").replaceAll(";", "\\;").replaceAll(",", "\\,").replaceAll("\n", "\\n");
}
