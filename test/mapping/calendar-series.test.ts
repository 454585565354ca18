import { describe, expect, it } from "vitest";
import { calendar } from "../../mappings/calendar.ts";
import { MappingError } from "../../src/errors.ts";
import { writeStamp } from "../../src/mapping/rules/times.ts";
import { timezoneOf } from "../../src/protocol/timezone.ts";
import { zoneNamed } from "../../src/protocol/zones.ts";
import type { Version } from "../../src/schema/versions.ts";
import { type Element, element } from "../../src/wire/element.ts";
import {
  applicationData,
  change,
  context,
  down,
  echoWith,
  event,
  fields,
  lineDiff,
  record,
  recurrence,
  value,
  vevent,
} from "./events.ts";

/** Weekly on Monday at 9:00 in Berlin, from 5 January 2026, 16 February out, 23 February moved to 10:00. */
const weekly = vevent(
  "DTSTART;TZID=Europe/Berlin:20260105T090000",
  "DTEND;TZID=Europe/Berlin:20260105T100000",
  "RRULE:FREQ=WEEKLY;BYDAY=MO;UNTIL=20261228T080000Z",
  "EXDATE;TZID=Europe/Berlin:20260216T090000",
  "SUMMARY:Jour fixe",
  "LOCATION:Raum 1",
  "X-CUSTOM:keep",
  "BEGIN:VALARM",
  "ACTION:DISPLAY",
  "DESCRIPTION:x",
  "TRIGGER:-PT15M",
  "END:VALARM",
  "END:VEVENT",
  "BEGIN:VEVENT",
  "UID:test-1",
  "DTSTAMP:20260101T000000Z",
  "RECURRENCE-ID;TZID=Europe/Berlin:20260223T090000",
  "DTSTART;TZID=Europe/Berlin:20260223T100000",
  "DTEND;TZID=Europe/Berlin:20260223T110000",
  "SUMMARY:Jour fixe (spät)",
  "LOCATION:Raum 1",
  "X-EXC:mine",
);

/** Every day, all day. */
const daily = vevent("DTSTART;VALUE=DATE:20260105", "RRULE:FREQ=DAILY;COUNT=30", "SUMMARY:Kur");

function exception(children: Readonly<Record<string, string | undefined>>): Element {
  return element("Calendar:Exception", fields(children));
}

function overrides(text: string): string[] {
  return text.split("BEGIN:VEVENT\r\n").filter((one) => one.includes("RECURRENCE-ID"));
}

describe("exceptions up to 14.1", () => {
  it("a deletion becomes one EXDATE and nothing else", () => {
    const after = change(
      weekly,
      "14.1",
      echoWith(weekly, "14.1", { Exceptions: [exception({ Deleted: "1", ExceptionStartTime: "20260309T080000Z" })] }),
    );
    const { gone, come } = lineDiff(weekly, after);
    expect(gone).toEqual([]);
    expect(come.sort()).toEqual([
      "DTSTAMP:20260301T010203Z",
      "EXDATE;TZID=Europe/Berlin:20260309T090000",
      "LAST-MODIFIED:20260301T010203Z",
    ]);
  });

  it("a deletion of an occurrence that was moved takes its override away", () => {
    const after = change(
      weekly,
      "14.1",
      echoWith(weekly, "14.1", { Exceptions: [exception({ Deleted: "1", ExceptionStartTime: "20260223T080000Z" })] }),
    );
    expect(overrides(after)).toEqual([]);
    expect(after).toContain("EXDATE;TZID=Europe/Berlin:20260223T090000");
  });

  it("a deletion that is known changes nothing, nor does one of what is no occurrence", () => {
    for (const start of ["20260216T080000Z", "20260217T080000Z"]) {
      const sent = echoWith(weekly, "14.1", { Exceptions: [exception({ Deleted: "1", ExceptionStartTime: start })] });
      expect(change(weekly, "14.1", sent)).toBe(weekly);
    }
  });

  it("a move makes an override that has all of the series but its rule", () => {
    const moved = exception({
      ExceptionStartTime: "20260330T070000Z",
      StartTime: "20260331T120000Z",
      EndTime: "20260331T130000Z",
    });
    const after = change(weekly, "14.1", echoWith(weekly, "14.1", { Exceptions: [moved] }));
    const made = overrides(after).find((one) => one.includes("20260330T090000"));
    // Summer time has begun by then: 9:00 is 7:00 UTC.
    expect(made).toContain("RECURRENCE-ID;TZID=Europe/Berlin:20260330T090000");
    expect(made).toContain("DTSTART;TZID=Europe/Berlin:20260331T140000");
    expect(made).toContain("DTEND;TZID=Europe/Berlin:20260331T150000");
    expect(made).toContain("X-CUSTOM:keep");
    expect(made).toContain("TRIGGER:-PT15M");
    expect(made).not.toMatch(/RRULE|EXDATE/);
    expect(change(after, "14.1", down(after, "14.1"))).toBe(after);
  });

  it("an occurrence that was out and is edited is in again", () => {
    const back = exception({ ExceptionStartTime: "20260216T080000Z", Subject: "Doch" });
    const after = change(weekly, "14.1", echoWith(weekly, "14.1", { Exceptions: [back] }));
    expect(after).not.toContain("EXDATE");
    expect(overrides(after).some((one) => one.includes("SUMMARY:Doch"))).toBe(true);
  });

  it("an occurrence that is not named stays as it is (MS-ASCAL_R542)", () => {
    const other = exception({ Deleted: "1", ExceptionStartTime: "20260309T080000Z" });
    const after = change(weekly, "14.1", echoWith(weekly, "14.1", { Exceptions: [other] }));
    expect(after).toContain("X-EXC:mine");
    expect(after).toContain("EXDATE;TZID=Europe/Berlin:20260216T090000");
  });

  it("a child left out is the series' own (MS-ASCAL_R442)", () => {
    const said = exception({
      ExceptionStartTime: "20260223T080000Z",
      StartTime: "20260223T090000Z",
      EndTime: "20260223T100000Z",
    });
    const after = change(weekly, "14.1", echoWith(weekly, "14.1", { Exceptions: [said] }));
    expect(overrides(after)[0]).toContain("SUMMARY:Jour fixe\r\n");
    expect(overrides(after)[0]).toContain("X-EXC:mine");
  });

  it("an empty child is deleted for this occurrence (MS-ASCAL_R508), and sent so (R543)", () => {
    const said = exception({ ExceptionStartTime: "20260309T080000Z", Location: undefined });
    const after = change(weekly, "14.1", echoWith(weekly, "14.1", { Exceptions: [said] }));
    const made = overrides(after).find((one) => one.includes("20260309T090000"));
    expect(made).not.toContain("LOCATION");
    expect(after).toContain("LOCATION:Raum 1");
    const sent = value(down(after, "14.1"), "Calendar:Exceptions");
    const own = Array.isArray(sent) ? sent.map((one: Element) => record(one.content)) : [];
    expect(own.find((one) => one["ExceptionStartTime"] === "20260309T080000Z")).toHaveProperty("Location", undefined);
  });

  it("an occurrence without the alarm of its series cannot be told before 14.1 (MS-ASCAL_R2185)", () => {
    const told = (version: Version) =>
      JSON.stringify(value(down(weekly, version), "Calendar:Exceptions")).includes("Calendar:Reminder");
    expect([told("12.1"), told("14.0"), told("14.1"), told("16.1")]).toEqual([false, false, true, true]);
  });

  it("a start on the right day at the wrong time is the occurrence of that day", () => {
    const said = exception({ ExceptionStartTime: "20260309T060000Z", Subject: "Anders" });
    const after = change(weekly, "14.1", echoWith(weekly, "14.1", { Exceptions: [said] }));
    expect(overrides(after).some((one) => one.includes("20260309T090000") && one.includes("SUMMARY:Anders"))).toBe(
      true,
    );
  });

  it.each([
    ["no occurrence", { ExceptionStartTime: "20260310T080000Z", Subject: "x" }],
    ["no start", { Subject: "x" }],
    ["no date", { ExceptionStartTime: "tomorrow", Subject: "x" }],
  ])("an edit of %s is refused", (_name, said) => {
    const sent = echoWith(weekly, "14.1", { Exceptions: [exception(said)] });
    expect(() => change(weekly, "14.1", sent)).toThrow(MappingError);
  });

  it("of a new series come with it, and later as a Change", () => {
    const series = fields({
      Subject: "Neu",
      StartTime: "20260302T080000Z",
      EndTime: "20260302T090000Z",
      Recurrence: recurrence({ Type: 0, Interval: 1 }),
    });
    const out = fields({ Exceptions: [exception({ Deleted: "1", ExceptionStartTime: "20260303T080000Z" })] });
    const whole = calendar.create(applicationData([...series, ...out]), "u", context("14.1")).text;
    expect(whole).toContain("EXDATE;TZID=Europe/Berlin:20260303T090000");
    const bare = calendar.create(applicationData(series), "u", context("14.1")).text;
    expect(change(bare, "14.1", [...down(bare, "14.1"), ...out])).toContain(
      "EXDATE;TZID=Europe/Berlin:20260303T090000",
    );
  });

  it("come with a new series in 16.x, named by InstanceId", () => {
    const out = element("Calendar:Exception", [
      element("Calendar:Deleted", 1),
      element("AirSyncBase:InstanceId", "20260303T080000Z"),
    ]);
    const data = fields({
      StartTime: "20260302T080000Z",
      EndTime: "20260302T090000Z",
      Recurrence: recurrence({ Type: 0 }),
      Exceptions: [out],
    });
    const { text } = calendar.create(applicationData(data), "u", context("16.1"));
    expect(text).toContain("EXDATE;TZID=Europe/Berlin:20260303T090000");
  });

  it("of an all-day series are days", () => {
    const out = exception({ Deleted: "1", ExceptionStartTime: "20260106T230000Z" });
    const moved = exception({ ExceptionStartTime: "20260108T230000Z", Subject: "Bad" });
    const after = change(daily, "12.1", echoWith(daily, "12.1", { Exceptions: [out, moved] }));
    expect(after).toContain("EXDATE;VALUE=DATE:20260107\r\n");
    expect(after).toContain("RECURRENCE-ID;VALUE=DATE:20260109\r\n");
    expect(after).toContain("DTSTART;VALUE=DATE:20260109\r\n");
  });
});

describe("exceptions of 16.x", () => {
  it("go down with InstanceId and come up by it", () => {
    const after = change(weekly, "16.1", fields({ Subject: "Nur heute" }), { instance: "20260309T080000Z" });
    const made = overrides(after).find((one) => one.includes("20260309T090000"));
    expect(made).toContain("SUMMARY:Nur heute");
    expect(made).toContain("LOCATION:Raum 1");
    expect(JSON.stringify(down(after, "16.1"))).toContain('"AirSyncBase:InstanceId","content":"20260309T080000Z"');
  });

  it("what a Change of an occurrence leaves out stays", () => {
    const after = change(weekly, "16.1", fields({ Sensitivity: "2" }), { instance: "20260223T080000Z" });
    const { gone, come } = lineDiff(weekly, after);
    expect(gone).toEqual([]);
    expect(come.sort()).toEqual(["CLASS:PRIVATE", "DTSTAMP:20260301T010203Z", "LAST-MODIFIED:20260301T010203Z"]);
    expect(after).toContain("SUMMARY:Jour fixe (spät)");
  });

  it("a Change that says what is known writes nothing", () => {
    expect(change(weekly, "16.1", fields({ Subject: "Jour fixe (spät)" }), { instance: "20260223T080000Z" })).toBe(
      weekly,
    );
  });

  it("an occurrence that is said to be as all the others is none", () => {
    expect(change(weekly, "16.1", fields({ Subject: "Jour fixe" }), { instance: "20260309T080000Z" })).toBe(weekly);
    const same = exception({ ExceptionStartTime: "20260309T080000Z", Subject: "Jour fixe" });
    expect(change(weekly, "14.1", echoWith(weekly, "14.1", { Exceptions: [same] }))).toBe(weekly);
  });

  it("a Delete of an occurrence takes out that one", () => {
    const after = calendar.remove(weekly, "", "20260223T080000Z", context("16.1"));
    expect(overrides(after ?? "")).toEqual([]);
    expect(after).toContain("EXDATE;TZID=Europe/Berlin:20260223T090000");
    expect(calendar.remove(weekly, "", undefined, context("16.1"))).toBeUndefined();
  });

  it.each(["20260310T080000Z", "garbage", ""])("an InstanceId that is no occurrence is refused: %s", (instance) => {
    expect(() => change(weekly, "16.1", fields({ Subject: "x" }), { instance })).toThrow(MappingError);
    expect(() => calendar.remove(weekly, "", instance, context("16.1"))).toThrow(MappingError);
  });

  it("of an all-day series are dates as they stand", () => {
    const after = change(daily, "16.1", fields({ Subject: "Bad" }), { instance: "20260109T000000Z" });
    expect(after).toContain("RECURRENCE-ID;VALUE=DATE:20260109\r\n");
    expect(JSON.stringify(down(after, "16.1"))).toContain('"content":"20260109T000000Z"');
    const out = calendar.remove(daily, "", "20260110T000000Z", context("16.0", { zone: "America/New_York" }));
    expect(out).toContain("EXDATE;VALUE=DATE:20260110\r\n");
  });
});

describe("a series that is moved", () => {
  const later = { StartTime: "20260105T100000Z", EndTime: "20260105T110000Z" };

  it("up to 14.1 takes its exceptions along", () => {
    const { Exceptions: _, ...rest } = record(down(weekly, "14.1"));
    const after = change(weekly, "14.1", fields({ ...(rest as Record<string, string>), ...later }));
    expect(after).toContain("DTSTART;TZID=Europe/Berlin:20260105T110000");
    expect(after).toContain("EXDATE;TZID=Europe/Berlin:20260216T110000");
    expect(after).toContain("RECURRENCE-ID;TZID=Europe/Berlin:20260223T110000");
    // The moved occurrence keeps the time it was given.
    expect(after).toContain("DTSTART;TZID=Europe/Berlin:20260223T100000");
    // 28 December at 11:00 must not fall behind an end at 9:00.
    expect(after).toContain("UNTIL=20261228T100000Z");
  });

  it("up to 14.1 to another day takes them to that day", () => {
    const tuesday = {
      StartTime: "20260106T080000Z",
      EndTime: "20260106T090000Z",
      Recurrence: recurrence({ Type: 1, Interval: 1, DayOfWeek: 4, FirstDayOfWeek: 1 }),
    };
    const { Exceptions: _, ...rest } = record(down(weekly, "14.1"));
    const after = change(weekly, "14.1", fields({ ...(rest as Record<string, string>), ...tuesday }));
    expect(after).toContain("RRULE:FREQ=WEEKLY;BYDAY=TU\r\n");
    expect(after).toContain("EXDATE;TZID=Europe/Berlin:20260217T090000");
    expect(after).toContain("RECURRENCE-ID;TZID=Europe/Berlin:20260224T090000");
  });

  it.each(["16.0", "16.1"] as const)("in %s loses them (MS-ASCAL_R2114, R2202)", (version) => {
    const after = change(weekly, version, fields(later));
    expect(overrides(after)).toEqual([]);
    expect(after).not.toContain("EXDATE");
    expect(after).toContain("X-CUSTOM:keep");
  });

  it.each([
    ["start and end said again", fields({ StartTime: "20260105T080000Z", EndTime: "20260105T090000Z" })],
    [
      "the rule said again",
      fields({
        Recurrence: recurrence({ Type: 1, Interval: 1, DayOfWeek: 2, Until: "20261228T225959Z", FirstDayOfWeek: 1 }),
      }),
    ],
    ["the title", fields({ Subject: "Neu" })],
  ])("in 16.1 keeps them for %s", (_name, said) => {
    const after = change(weekly, "16.1", said);
    expect(overrides(after)).toHaveLength(1);
    expect(after).toContain("EXDATE");
  });

  it("in 16.1 loses them with another rule, and the rule with an empty one (MS-ASCAL_R2180, R2180002)", () => {
    const daysLater = change(weekly, "16.1", fields({ Recurrence: recurrence({ Type: 0, Interval: 2 }) }));
    expect(daysLater).toContain("RRULE:FREQ=DAILY;INTERVAL=2\r\n");
    expect(overrides(daysLater)).toEqual([]);
    const single = change(weekly, "16.1", fields({ Recurrence: undefined }));
    expect(single).not.toMatch(/RRULE|EXDATE|RECURRENCE-ID/);
  });
});

describe("a device's rule", () => {
  const made = (values: Readonly<Record<string, string | number>>, version: Version = "14.1") =>
    calendar.create(
      applicationData(
        fields({ StartTime: "20260302T080000Z", EndTime: "20260302T090000Z", Recurrence: recurrence(values) }),
      ),
      "u",
      context(version),
    ).text;

  it.each([
    [{ Type: 0, Interval: 2 }, "FREQ=DAILY;INTERVAL=2"],
    [{ Type: 0, Interval: 1, DayOfWeek: 62 }, "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR"],
    [{ Type: 0, Interval: 0 }, "FREQ=DAILY"],
    [{ Type: 1, DayOfWeek: 65, Interval: 2, FirstDayOfWeek: 0 }, "FREQ=WEEKLY;INTERVAL=2;BYDAY=SA,SU;WKST=SU"],
    [{ Type: 2, DayOfMonth: 31 }, "FREQ=MONTHLY;BYMONTHDAY=31"],
    [{ Type: 3, WeekOfMonth: 5, DayOfWeek: 62 }, "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1"],
    [{ Type: 3, WeekOfMonth: 5, DayOfWeek: 127 }, "FREQ=MONTHLY;BYMONTHDAY=-1"],
    [{ Type: 3, WeekOfMonth: 2, DayOfWeek: 127 }, "FREQ=MONTHLY;BYMONTHDAY=2"],
    [{ Type: 3, WeekOfMonth: 1, DayOfWeek: 2 }, "FREQ=MONTHLY;BYDAY=1MO"],
    [{ Type: 5, MonthOfYear: 2, DayOfMonth: 29 }, "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29"],
    [{ Type: 6, MonthOfYear: 11, WeekOfMonth: 4, DayOfWeek: 16 }, "FREQ=YEARLY;BYMONTH=11;BYDAY=4TH"],
    [{ Type: 6, MonthOfYear: 3, WeekOfMonth: 1 }, "FREQ=YEARLY;BYMONTH=3;BYDAY=1MO"],
    [{ Type: 0, Occurrences: 5, Until: "20270101T000000Z" }, "FREQ=DAILY;COUNT=5"],
    [{ Type: 0, Until: "20270101T080000Z" }, "FREQ=DAILY;UNTIL=20270101T080000Z"],
    [{ Type: 2, DayOfMonth: 1, CalendarType: 1 }, "FREQ=MONTHLY;BYMONTHDAY=1"],
  ])("%o is %s", (values, rule) => {
    expect(made(values)).toContain(`RRULE:${rule}\r\n`);
  });

  it.each([
    [{ Interval: 1 }, "Type"],
    [{ Type: 4, DayOfMonth: 1 }, "Type"],
    [{ Type: "x" }, "Type"],
    [{ Type: 0, Interval: -1 }, "Interval"],
    [{ Type: 0, Interval: 1.5 }, "Interval"],
    [{ Type: 1, DayOfWeek: 128 }, "DayOfWeek"],
    [{ Type: 1, DayOfWeek: 2, FirstDayOfWeek: 7 }, "FirstDayOfWeek"],
    [{ Type: 1, DayOfWeek: 2, DayOfMonth: 3 }, "DayOfMonth"],
    [{ Type: 2 }, "DayOfMonth"],
    [{ Type: 2, DayOfMonth: 3, DayOfWeek: 2 }, "DayOfWeek"],
    [{ Type: 3, DayOfWeek: 2 }, "WeekOfMonth"],
    [{ Type: 5, DayOfMonth: 3 }, "MonthOfYear"],
    [{ Type: 2, DayOfMonth: 3, CalendarType: 15 }, "CalendarType"],
    [{ Type: 2, DayOfMonth: 3, CalendarType: 13 }, "CalendarType"],
    [{ Type: 0, Until: "soon" }, "Until"],
  ])("%o is refused for its %s (MS-ASCAL_R53912 to R53919)", (values, property) => {
    expect(() => made(values)).toThrow(expect.objectContaining({ name: "MappingError", property }));
  });

  it("with two CalendarTypes is refused (MS-ASCAL_R53912)", () => {
    const twice = [...recurrence({ Type: 2, DayOfMonth: 3, CalendarType: 1 }), element("Calendar:CalendarType", 1)];
    const data = applicationData(
      fields({ StartTime: "20260302T080000Z", EndTime: "20260302T090000Z", Recurrence: twice }),
    );
    expect(() => calendar.create(data, "u", context("14.1"))).toThrow(MappingError);
  });

  it("of all-day events ends on a date", () => {
    const day = { AllDayEvent: "1", StartTime: "20260302T000000Z", EndTime: "20260303T000000Z" };
    const data = applicationData(fields({ ...day, Recurrence: recurrence({ Type: 0, Until: "20260310T000000Z" }) }));
    expect(calendar.create(data, "u", context("16.1")).text).toContain("UNTIL=20260310\r\n");
  });

  it("is told the week's first day from 14.1 on, the calendar from 14.0 on", () => {
    const text = made({ Type: 1, DayOfWeek: 2 });
    const said = (version: Version) => Object.keys(record(value(down(text, version), "Calendar:Recurrence")));
    expect(said("14.1")).toContain("FirstDayOfWeek");
    expect(said("14.0")).not.toContain("FirstDayOfWeek");
    const monthly = made({ Type: 2, DayOfMonth: 3 });
    const calendarType = (version: Version) =>
      "CalendarType" in record(value(down(monthly, version), "Calendar:Recurrence"));
    expect([calendarType("12.1"), calendarType("14.0")]).toEqual([false, true]);
  });
});

describe("a rule that EAS cannot say", () => {
  const foreign = event("radicale-foreign-rule");

  it("comes back unchanged when time has passed", () => {
    const sent = down(foreign, "14.1");
    const data = applicationData(sent);
    const inMay = context("14.1", { now: Date.UTC(2026, 4, 10) });
    expect(calendar.change(foreign, "", data, undefined, inMay)).toBe(foreign);
  });

  it("takes a new title and keeps the rule, whatever zone the device is in", () => {
    const zone = zoneNamed("America/New_York");
    const Timezone = zone && timezoneOf(zone, Date.UTC(2026, 2, 1));
    const after = change(foreign, "14.1", echoWith(foreign, "14.1", { Subject: "Probe", Timezone }));
    expect(after).toContain("SUMMARY:Probe");
    expect(after).toContain("RRULE:FREQ=MONTHLY;BYMONTHDAY=5,20");
    expect(after).toContain("RDATE;TZID=Europe/Berlin:20260317T180000");
  });

  it.each([
    ["another time", { StartTime: "20260305T173000Z", EndTime: "20260305T183000Z" }],
    ["a rule", { Recurrence: recurrence({ Type: 0, Interval: 1 }) }],
  ])("refuses %s", (_name, said) => {
    expect(() => change(foreign, "14.1", echoWith(foreign, "14.1", said))).toThrow(MappingError);
  });

  it.each([
    "RRULE:FREQ=DAILY;INTERVAL=0",
    "RRULE:FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30",
    "RRULE:nonsense",
    "RDATE:20260401T080000Z",
  ])("is no trouble when it is wrong: %s", (rule) => {
    const text = vevent("DTSTART:20260105T080000Z", "DTEND:20260105T090000Z", rule, "SUMMARY:x");
    expect(value(down(text, "14.1"), "Calendar:Recurrence")).toBe("absent");
    expect(change(text, "14.1", down(text, "14.1"))).toBe(text);
  });
});

describe("orphaned occurrences", () => {
  const orphans = event("orphan-instances");

  it("are items of their own, named by their slots", () => {
    expect(calendar.parts(orphans)).toEqual(["20260602T080000Z", "20260609T080000Z"]);
    expect(value(down(orphans, "16.1", "20260609T080000Z"), "AirSyncBase:InstanceId")).toBe("20260609T080000Z");
    expect(value(down(orphans, "14.1", "20260609T080000Z"), "Calendar:Subject")).toBe("Gast am 9.");
  });

  it("are removed one by one, the text with the last", () => {
    const one = calendar.remove(orphans, "20260602T080000Z", undefined, context("14.1"));
    expect(one).toContain("Gast am 9.");
    expect(one).not.toContain("Gast am 2.");
    expect(calendar.remove(one ?? "", "20260609T080000Z", undefined, context("14.1"))).toBeUndefined();
  });

  it("are edited as items, with or without their InstanceId", () => {
    const part = "20260609T080000Z";
    for (const instance of [undefined, part]) {
      const options = instance === undefined ? { part } : { part, instance };
      const after = change(orphans, "16.1", fields({ Reminder: "5" }), options);
      expect(after.split("BEGIN:VEVENT")[2]).toContain("TRIGGER:-PT5M");
      expect(after.split("BEGIN:VEVENT")[1]).not.toContain("TRIGGER");
    }
    expect(calendar.remove(orphans, part, part, context("16.1"))).not.toContain("Gast am 9.");
  });

  it("that are gone are said to be", () => {
    expect(() => down(orphans, "14.1", "20260616T080000Z")).toThrow(MappingError);
  });
});

describe("many exceptions", () => {
  const dates = Array.from({ length: 300 }, (_, day) =>
    new Date(Date.UTC(2026, 0, 2 + day)).toISOString().slice(0, 10).replaceAll("-", ""),
  );
  const text = vevent(
    "DTSTART;VALUE=DATE:20260101",
    "RRULE:FREQ=DAILY",
    `EXDATE;VALUE=DATE:${dates.join(",")}`,
    "SUMMARY:x",
  );

  it("are capped at 256, and the rest stays", () => {
    const sent = value(down(text, "14.1"), "Calendar:Exceptions");
    expect(Array.isArray(sent) && sent.length).toBe(256);
    expect(change(text, "14.1", down(text, "14.1"))).toBe(text);
  });

  it("in thousands take no longer than a moment", () => {
    const days = Array.from({ length: 3_000 }, (_, day) =>
      writeStamp({ kind: "date", wall: Date.UTC(2026, 0, 2 + day) }),
    );
    const components = days.map((day) =>
      [
        "BEGIN:VEVENT",
        "UID:test-1",
        `RECURRENCE-ID;VALUE=DATE:${day}`,
        `DTSTART;VALUE=DATE:${day}`,
        "SUMMARY:y",
        "END:VEVENT",
      ].join("\r\n"),
    );
    const series = vevent("DTSTART;VALUE=DATE:20260101", "RRULE:FREQ=DAILY", "SUMMARY:x");
    const many = series.replace("END:VCALENDAR", `${components.join("\r\n")}\r\nEND:VCALENDAR`);
    // By the processor's time: other work on the machine says nothing of this.
    const started = process.cpuUsage();
    expect(change(many, "14.1", down(many, "14.1"))).toBe(many);
    expect(process.cpuUsage(started).user / 1000).toBeLessThan(2_000);
  });

  it("in one line are edited one by one", () => {
    const back = exception({ ExceptionStartTime: "20260102T230000Z", Subject: "y" });
    const after = change(text, "14.1", echoWith(text, "14.1", { Exceptions: [back] }));
    const unfolded = after.replace(/\r\n /g, "");
    expect(unfolded).toContain(`EXDATE;VALUE=DATE:${dates.filter((date) => date !== "20260103").join(",")}\r\n`);
  });
});

describe("a series in an hour that the clock skips", () => {
  const night = vevent(
    "DTSTART;TZID=Europe/Berlin:20260327T023000",
    "DTEND;TZID=Europe/Berlin:20260327T024500",
    "RRULE:FREQ=DAILY;COUNT=5",
    "SUMMARY:Nachtlauf",
  );

  it("has an occurrence there all the same, which is named by the series' hour", () => {
    // 2:30 does not exist on 29 March: it is read as 3:30 in summer time.
    const out = calendar.remove(night, "", "20260329T013000Z", context("16.1")) ?? "";
    expect(out).toContain("EXDATE;TZID=Europe/Berlin:20260329T023000");
    const moved = change(night, "16.1", fields({ Subject: "Lauf" }), { instance: "20260329T013000Z" });
    expect(moved).toContain("RECURRENCE-ID;TZID=Europe/Berlin:20260329T023000");
    for (const text of [out, moved]) {
      expect(JSON.stringify(down(text, "14.1"))).toContain("20260329T013000Z");
      expect(change(text, "14.1", down(text, "14.1"))).toBe(text);
    }
  });
});

describe("a series that is moved together with an exception", () => {
  it("finds the occurrence by its old slot", () => {
    const said = exception({ ExceptionStartTime: "20260309T080000Z", Subject: "Anders" });
    const tuesday = {
      StartTime: "20260106T080000Z",
      EndTime: "20260106T090000Z",
      Recurrence: recurrence({ Type: 1, Interval: 1, DayOfWeek: 4, FirstDayOfWeek: 1 }),
      Exceptions: [said],
    };
    const after = change(weekly, "14.1", echoWith(weekly, "14.1", tuesday));
    expect(overrides(after).some((one) => one.includes("20260310T090000") && one.includes("SUMMARY:Anders"))).toBe(
      true,
    );
  });

  it("shows one exception where a slot has two overrides, and keeps both", () => {
    const [head = "", ...rest] = weekly.split("BEGIN:VEVENT\r\n");
    const twice = [
      head,
      ...rest.slice(0, -1),
      (rest.at(-1) ?? "").replace("END:VCALENDAR\r\n", ""),
      rest.at(-1) ?? "",
    ].join("BEGIN:VEVENT\r\n");
    const sent = value(down(twice, "14.1"), "Calendar:Exceptions");
    expect(Array.isArray(sent) && sent.length).toBe(2);
    expect(change(twice, "14.1", down(twice, "14.1"))).toBe(twice);
  });
});
