/** Calendars as they are found: odd zones, far years, occurrences that are moved between days, hours and zones. */
import { describe, expect, it } from "vitest";
import { calendar } from "../../mappings/calendar.ts";
import { timezoneOf } from "../../src/protocol/timezone.ts";
import { zoneNamed } from "../../src/protocol/zones.ts";
import { children, childText, type Element, element } from "../../src/wire/element.ts";
import {
  applicationData,
  change,
  context,
  down,
  echoWith,
  fields,
  record,
  recurrence,
  textOf,
  value,
  vevent,
} from "./events.ts";

const versions = ["2.5", "14.1", "16.1"] as const;

/** The wall time of an instant as the host's zone data has it, `20260310T090000`. */
function wallIn(zone: string, instant: string): string {
  const at = Date.parse(instant.replace(/(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z/, "$1-$2-$3T$4:$5:$6Z"));
  const format = new Intl.DateTimeFormat("sv-SE", { timeZone: zone, dateStyle: "short", timeStyle: "medium" });
  return format.format(at).replace(" ", "T").replace(/[-:]/g, "");
}

const zones = [
  "Africa/Casablanca",
  "Africa/Cairo",
  "Australia/Lord_Howe",
  "America/St_Johns",
  "Asia/Kathmandu",
  "Asia/Tehran",
  "Europe/Dublin",
  "Pacific/Apia",
  "America/Caracas",
  "Antarctica/Troll",
];
const days = ["19520611", "19690721", "20070310", "20260315", "20260405", "20260920", "20391030", "20450101"];

describe.each(zones)("in %s", (zone) => {
  it.each(days)("on %s an event is where it is, and stays there", (day) => {
    const text = vevent(`DTSTART;TZID=${zone}:${day}T093000`, `DTEND;TZID=${zone}:${day}T101500`, "SUMMARY:x");
    for (const version of versions) {
      const sent = down(text, version);
      expect(wallIn(zone, textOf(sent, "Calendar:StartTime"))).toBe(`${day}T093000`);
      expect(wallIn(zone, textOf(sent, "Calendar:EndTime"))).toBe(`${day}T101500`);
      expect(change(text, version, sent)).toBe(text);
      expect(change(text, version, echoWith(text, version, { Subject: "y" }))).toContain(
        `DTSTART;TZID=${zone}:${day}T093000`,
      );
    }
  });

  it.each(days)("a device's event of %s is told as it was said", (day) => {
    const found = zoneNamed(zone);
    const at = Date.UTC(Number(day.slice(0, 4)), Number(day.slice(4, 6)) - 1, Number(day.slice(6)));
    for (const version of versions) {
      const said = fields({
        Timezone: found && timezoneOf(found, at),
        StartTime: `${day}T120000Z`,
        EndTime: `${day}T130000Z`,
        Subject: "x",
      });
      const { text } = calendar.create(applicationData(said), "u", context(version));
      expect(textOf(down(text, version), "Calendar:StartTime")).toBe(`${day}T120000Z`);
      expect(textOf(down(text, version), "Calendar:EndTime")).toBe(`${day}T130000Z`);
      expect(change(text, version, down(text, version))).toBe(text);
    }
  });
});

describe("a VTIMEZONE", () => {
  const observance = [
    "BEGIN:STANDARD",
    "DTSTART:19700101T000000",
    "TZOFFSETFROM:-0330",
    "TZOFFSETTO:-0330",
    "END:STANDARD",
  ];
  const withZone = (tzid: string) =>
    vevent(`DTSTART;TZID=${tzid}:20260310T090000`, `DTEND;TZID=${tzid}:20260310T100000`, "SUMMARY:x").replace(
      "BEGIN:VEVENT",
      ["BEGIN:VTIMEZONE", `TZID:${tzid}`, ...observance, "END:VTIMEZONE", "BEGIN:VEVENT"].join("\r\n"),
    );

  it("of a name that the world knows is what the world knows: stored ones are old or cut short", () => {
    expect(textOf(down(withZone("Europe/Berlin"), "14.1"), "Calendar:StartTime")).toBe("20260310T080000Z");
  });

  it("of a name of its own is what it says, behind Greenwich too", () => {
    const text = withZone("Mine");
    expect(textOf(down(text, "14.1"), "Calendar:StartTime")).toBe("20260310T123000Z");
    const moved = { StartTime: "20260310T133000Z", EndTime: "20260310T143000Z" };
    expect(change(text, "14.1", echoWith(text, "14.1", moved))).toContain("DTSTART;TZID=Mine:20260310T100000");
  });
});

/** A series of Berlin, every day at nine, and one override. */
function overridden(...override: readonly string[]): string {
  const berlin = ";TZID=Europe/Berlin:";
  const text = vevent(
    `DTSTART${berlin}20260301T090000`,
    `DTEND${berlin}20260301T100000`,
    "RRULE:FREQ=DAILY;COUNT=60",
    "SUMMARY:x",
  );
  return text.replace(
    "END:VEVENT",
    ["END:VEVENT", "BEGIN:VEVENT", "UID:test-1", ...override, "END:VEVENT"].join("\r\n"),
  );
}

function exceptionsOf(text: string, version: "2.5" | "14.1" | "16.1" = "14.1"): readonly Record<string, unknown>[] {
  const list = value(down(text, version), "Calendar:Exceptions");
  return Array.isArray(list) ? list.map((one: Element) => record(one.content)) : [];
}

describe("an override", () => {
  it.each([
    ["in UTC", "RECURRENCE-ID:20260310T080000Z"],
    ["in another zone", "RECURRENCE-ID;TZID=America/New_York:20260310T040000"],
    ["by its date", "RECURRENCE-ID;VALUE=DATE:20260310"],
    ["in a Windows zone", "RECURRENCE-ID;TZID=W. Europe Standard Time:20260310T090000"],
  ])("that names its slot %s is that occurrence, and is edited in place", (_name, id) => {
    const text = overridden(id, "DTSTART;TZID=Asia/Tokyo:20260310T210000", "DURATION:PT1H", "SUMMARY:Tokio");
    expect(exceptionsOf(text)).toMatchObject([
      { ExceptionStartTime: "20260310T080000Z", StartTime: "20260310T120000Z", EndTime: "20260310T130000Z" },
    ]);
    for (const version of versions) expect(change(text, version, down(text, version))).toBe(text);
    const after = change(text, "16.1", fields({ Subject: "y" }), { instance: "20260310T080000Z" });
    expect(after.match(/BEGIN:VEVENT/g)).toHaveLength(2);
    expect(after).toContain(`${id}\r\n`);
    const gone = calendar.remove(text, "", "20260310T080000Z", context("16.1")) ?? "";
    expect(gone).not.toContain("Tokio");
    expect(gone).toContain("EXDATE;TZID=Europe/Berlin:20260310T090000");
  });

  it("of a whole day in a series of hours is told as one", () => {
    const text = overridden(
      "RECURRENCE-ID;TZID=Europe/Berlin:20260310T090000",
      "DTSTART;VALUE=DATE:20260311",
      "SUMMARY:x",
    );
    expect(exceptionsOf(text)).toMatchObject([
      { AllDayEvent: "1", StartTime: "20260310T230000Z", EndTime: "20260311T230000Z" },
    ]);
    expect(exceptionsOf(text, "16.1")).toMatchObject([{ AllDayEvent: "1", StartTime: "20260311T000000Z" }]);
    for (const version of versions) expect(change(text, version, down(text, version))).toBe(text);
  });

  it("of some hours in a series of days is told as one", () => {
    const text = vevent("DTSTART;VALUE=DATE:20260301", "RRULE:FREQ=WEEKLY", "SUMMARY:x").replace(
      "END:VEVENT",
      "END:VEVENT\r\nBEGIN:VEVENT\r\nUID:test-1\r\nRECURRENCE-ID;VALUE=DATE:20260308\r\nDTSTART:20260309T100000Z\r\nDTEND:20260309T110000Z\r\nSUMMARY:x\r\nEND:VEVENT",
    );
    expect(exceptionsOf(text)).toMatchObject([
      { AllDayEvent: "0", ExceptionStartTime: "20260307T230000Z", StartTime: "20260309T100000Z" },
    ]);
    expect(exceptionsOf(text, "16.1")).toMatchObject([{ AllDayEvent: "0", InstanceId: "20260308T000000Z" }]);
    for (const version of versions) expect(change(text, version, down(text, version))).toBe(text);
  });

  it("is moved to another day of a series of days, and stays a day", () => {
    const text = vevent("DTSTART;VALUE=DATE:20260301", "RRULE:FREQ=WEEKLY", "SUMMARY:x");
    const said = fields({ AllDayEvent: "1", StartTime: "20260310T000000Z", EndTime: "20260311T000000Z" });
    const after = change(text, "16.1", said, { instance: "20260308T000000Z" });
    expect(after).toContain("RECURRENCE-ID;VALUE=DATE:20260308\r\n");
    expect(after).toContain("DTSTART;VALUE=DATE:20260310\r\n");
    expect(exceptionsOf(after)).toMatchObject([
      { ExceptionStartTime: "20260307T230000Z", StartTime: "20260309T230000Z" },
    ]);
  });
});

describe("the end of a series", () => {
  it.each([
    ["a date", "DTSTART;TZID=Europe/Berlin:20260302T090000", "UNTIL=20260330", "20260330T215959Z"],
    ["a local time", "DTSTART;TZID=Europe/Berlin:20260302T090000", "UNTIL=20260330T090000", "20260330T070000Z"],
    ["UTC", "DTSTART;TZID=Europe/Berlin:20260302T090000", "UNTIL=20260330T070000Z", "20260330T070000Z"],
    ["UTC, of a floating series", "DTSTART:20260302T090000", "UNTIL=20260330T070000Z", "20260330T070000Z"],
    ["a date, of days", "DTSTART;VALUE=DATE:20260302", "UNTIL=20260330", "20260329T220000Z"],
    ["a time, of days", "DTSTART;VALUE=DATE:20260302", "UNTIL=20260330T000000Z", "20260329T220000Z"],
  ])("said as %s is told, and is not rewritten by an edit of the title", (_name, start, until, told) => {
    const text = vevent(start, `RRULE:FREQ=WEEKLY;${until};WKST=MO`, "SUMMARY:x");
    expect(record(value(down(text, "14.1"), "Calendar:Recurrence"))).toMatchObject({ Until: told });
    for (const version of versions) {
      expect(change(text, version, down(text, version))).toBe(text);
      expect(change(text, version, echoWith(text, version, { Subject: "y" }))).toContain(`;${until};WKST=MO\r\n`);
    }
  });

  it("is the same in the short and the long form, whatever the hour that a device names", () => {
    const text = vevent("DTSTART:20260302T090000Z", "RRULE:FREQ=WEEKLY;UNTIL=20260330T090000Z", "SUMMARY:x");
    const said = (Until: string) => recurrence({ Type: 1, Interval: 1, DayOfWeek: 2, Until });
    for (const until of ["20260330T235959Z", "20260330T000000Z", "2026-03-30T09:00:00.000Z"]) {
      expect(change(text, "14.1", echoWith(text, "14.1", { Recurrence: said(until) }))).toBe(text);
    }
  });
});

it.each([62, 65, 127])("every day of the set %i is a day of the series and no other", (DayOfWeek) => {
  const said = fields({
    StartTime: "20260302T090000Z",
    EndTime: "20260302T100000Z",
    Recurrence: recurrence({ Type: 1, Interval: 2, DayOfWeek, FirstDayOfWeek: 0, Occurrences: 9 }),
  });
  const { text } = calendar.create(applicationData(said), "u", context("14.1"));
  expect(record(value(down(text, "14.1"), "Calendar:Recurrence"))).toEqual({
    Type: "1",
    Occurrences: "9",
    Interval: "2",
    DayOfWeek: String(DayOfWeek),
    FirstDayOfWeek: "0",
  });
  expect(text).toContain("WKST=SU");
});

it("a leap month says nothing of a Gregorian calendar, and a lunar one is refused", () => {
  const said = (CalendarType: string) =>
    fields({
      StartTime: "20260302T090000Z",
      EndTime: "20260302T100000Z",
      Recurrence: recurrence({ Type: 5, DayOfMonth: 2, MonthOfYear: 3, CalendarType, IsLeapMonth: "1" }),
    });
  const { text } = calendar.create(applicationData(said("0")), "u", context("14.1"));
  expect(text).toContain("RRULE:FREQ=YEARLY;BYMONTH=3;BYMONTHDAY=2\r\n");
  for (const lunar of ["6", "8", "13", "14", "15", "16", "17", "18", "19", "20", "21", "22", "23"]) {
    expect(() => calendar.create(applicationData(said(lunar)), "u", context("14.1"))).toThrow(
      "not a Gregorian calendar",
    );
  }
});

it("floating times stay floating in every edit that does not name them", () => {
  const text = vevent("DTSTART:20260310T090000", "DTEND:20260310T100000", "RRULE:FREQ=DAILY;COUNT=3", "SUMMARY:x");
  for (const version of versions) {
    expect(textOf(down(text, version), "Calendar:StartTime")).toBe("20260310T080000Z");
    expect(change(text, version, echoWith(text, version, { Subject: "y" }))).toContain("DTSTART:20260310T090000\r\n");
  }
  const after = calendar.remove(text, "", "20260311T080000Z", context("16.1"));
  expect(after).toContain("EXDATE:20260311T090000\r\n");
  const list = value(down(after ?? "", "14.1"), "Calendar:Exceptions") as readonly Element[];
  expect(childText(list[0] ?? element("Calendar:Exception"), "Calendar:ExceptionStartTime")).toBe("20260311T080000Z");
  expect(children(list[0] ?? element("Calendar:Exception"))).toHaveLength(2);
});

describe("a series of days in which a time is written where a day belongs", () => {
  const text = vevent(
    "DTSTART;VALUE=DATE:20260302",
    "DTEND;VALUE=DATE:20260303",
    "RRULE:FREQ=DAILY;COUNT=5",
    "EXDATE;TZID=Europe/Berlin:20260303T093000",
    "EXDATE:20260304T000000Z",
    "SUMMARY:x",
  );
  it.each(versions)("lacks those days in %s, and is not written when it comes back", (version) => {
    const sent = down(text, version);
    const exceptions = sent.find(({ name }) => name === "Calendar:Exceptions");
    expect(exceptions === undefined ? 0 : children(exceptions).length).toBe(2);
    expect(change(text, version, sent)).toBe(text);
  });
});
