/** What a device changes of a task is all that changes of its text. */
import { describe, expect, it } from "vitest";
import { tasks } from "../../mappings/tasks.ts";
import { MappingError } from "../../src/errors.ts";
import { versions } from "../../src/schema/versions.ts";
import { type Element, element } from "../../src/wire/element.ts";
import { applicationData, lineDiff } from "./cards.ts";
import {
  change,
  context,
  create,
  day,
  down,
  echoWith,
  echoWithout,
  fields,
  isPartial,
  record,
  recurrence,
  textOf,
  times,
  todo,
  value,
  vtodo,
} from "./todos.ts";

/** What an edit leaves out and puts in, the lines that every edit renews aside. */
function diff(stored: string, elements: readonly Element[]) {
  const { gone, come } = lineDiff(stored, change(stored, elements));
  const real = (lines: readonly string[]) => lines.filter((line) => !/^(LAST-MODIFIED|DTSTAMP):/.test(line));
  return { gone: real(gone), come: real(come) };
}

const none = { gone: [], come: [] };

describe("completion", () => {
  const open = vtodo("SUMMARY:a", "STATUS:IN-PROCESS", "PERCENT-COMPLETE:40");
  const over = vtodo("SUMMARY:a", "STATUS:COMPLETED", "COMPLETED:20260105T100000Z", "PERCENT-COMPLETE:100");

  it("is status, time and per cent", () => {
    const finished = { Complete: "1", DateCompleted: "2026-02-28T10:00:00.000Z" };
    expect(diff(open, echoWith(open, finished))).toEqual({
      gone: ["STATUS:IN-PROCESS", "PERCENT-COMPLETE:40"],
      come: ["STATUS:COMPLETED", "PERCENT-COMPLETE:100", "COMPLETED:20260228T100000Z"],
    });
  });

  it("is now where the device does not say when", () => {
    expect(diff(open, echoWith(open, { Complete: "1" })).come).toContain("COMPLETED:20260301T010203Z");
  });

  it("is taken back when the device reopens the task", () => {
    expect(diff(over, echoWith(over, { Complete: "0", DateCompleted: undefined }))).toEqual({
      gone: ["STATUS:COMPLETED", "COMPLETED:20260105T100000Z", "PERCENT-COMPLETE:100"],
      come: ["STATUS:NEEDS-ACTION"],
    });
  });

  it("leaves what stands between begun and done alone", () => {
    expect(diff(open, echoWith(open, { Subject: "b" }))).toEqual({ gone: ["SUMMARY:a"], come: ["SUMMARY:b"] });
  });

  it("may get another time", () => {
    expect(diff(over, echoWith(over, { DateCompleted: "2026-01-06T00:00:00Z" }))).toEqual({
      gone: ["COMPLETED:20260105T100000Z"],
      come: ["COMPLETED:20260106T000000Z"],
    });
  });

  it.each(["", "2", "x"])("refuses %j, but for an empty tag, which says nothing", (said) => {
    if (said === "") expect(change(open, echoWith(open, { Complete: undefined }))).toBe(open);
    else expect(() => change(open, echoWith(open, { Complete: said }))).toThrow(MappingError);
  });

  it.each([
    ["a cancelled task", "STATUS:CANCELLED"],
    ["a time alone", "COMPLETED:20260105T100000Z"],
    ["a hundred per cent alone", "PERCENT-COMPLETE:100"],
    ["a time that is none", "COMPLETED:soon"],
  ])("is read from %s, which an echo leaves as it is", (_, line) => {
    const stored = vtodo("SUMMARY:a", line);
    expect(textOf(down(stored), "Tasks:Complete")).toBe("1");
    expect(textOf(down(stored), "Tasks:DateCompleted")).toMatch(/^2026-01-0\dT\d\d:00:00.000Z$/);
    expect(change(stored, down(stored))).toBe(stored);
  });

  it("stays without a time where the text has none, though the device says what it was sent once", () => {
    const stored = vtodo("SUMMARY:a", "STATUS:COMPLETED");
    const renamed = change(stored, echoWith(stored, { Subject: "b" }));
    expect(change(renamed, echoWith(renamed, { DateCompleted: "2026-01-01T00:00:00.000Z" }))).toBe(renamed);
  });

  it("is not read from a time beside a status that is open", () => {
    const stored = vtodo("STATUS:NEEDS-ACTION", "COMPLETED:20260105T100000Z");
    expect(textOf(down(stored), "Tasks:Complete")).toBe("0");
  });

  it("tells the filter when the task was over", () => {
    const zone = { zone: "Europe/Berlin" };
    expect(tasks.lastEnd(over, zone)).toBe(Date.UTC(2026, 0, 5, 10));
    expect(tasks.lastEnd(open, zone)).toBe(Number.POSITIVE_INFINITY);
    expect(tasks.lastEnd("", zone)).toBe(Number.POSITIVE_INFINITY);
  });
});

describe("importance", () => {
  it.each([
    [1, "2"],
    [2, "2"],
    [4, "2"],
    [5, "1"],
    [6, "0"],
    [9, "0"],
    [0, "1"],
    [10, "1"],
  ])("reads PRIORITY:%i as %s, and keeps the number while the class stays", (priority, said) => {
    const stored = vtodo(`PRIORITY:${priority}`);
    expect(textOf(down(stored), "Tasks:Importance")).toBe(said);
    expect(diff(stored, echoWith(stored, { Subject: "x" })).gone).toEqual([]);
  });

  it.each([
    ["0", "9"],
    ["1", "5"],
    ["2", "1"],
  ])("%s is written as PRIORITY:%s where it is another class", (said, priority) => {
    const stored = vtodo(`PRIORITY:${said === "2" ? 9 : 3}`);
    expect(diff(stored, echoWith(stored, { Importance: said })).come).toEqual([`PRIORITY:${priority}`]);
  });

  it("keeps a value that nobody knows, until another client says a priority (MS-ASTASK_R550)", () => {
    const stored = change(vtodo("PRIORITY:5"), fields({ Importance: "7" }));
    expect(stored).toContain("\r\nPRIORITY:5\r\n");
    expect(textOf(down(stored), "Tasks:Importance")).toBe("7");
    expect(textOf(down(stored.replace("PRIORITY:5", "PRIORITY:1")), "Tasks:Importance")).toBe("2");
    expect(change(stored, fields({ Importance: "1" }))).not.toContain("X-EAS-");
  });

  it("writes no priority where none is meant", () => {
    const stored = change(vtodo("SUMMARY:a"), echoWith(vtodo("SUMMARY:a"), { Importance: "7" }));
    expect(change(stored, echoWith(stored, { Importance: "1" }))).not.toContain("PRIORITY");
  });

  it.each(["256", "x", "-1"])("refuses %s", (said) => {
    expect(() => change(vtodo(), fields({ Importance: said }))).toThrow(MappingError);
  });
});

describe("what a Change leaves out", () => {
  const stored = vtodo(
    "SUMMARY:a",
    "DESCRIPTION:b",
    "PRIORITY:1",
    "CLASS:PRIVATE",
    "CATEGORIES:c",
    "DTSTART;VALUE=DATE:20260309",
    "DUE;VALUE=DATE:20260310",
    "STATUS:COMPLETED",
    "COMPLETED:20260105T100000Z",
    "BEGIN:VALARM",
    "ACTION:DISPLAY",
    "TRIGGER;VALUE=DATE-TIME:20260310T080000Z",
    "END:VALARM",
  );

  it.each(versions)(
    "is cleared in %s, but for the body, the importance, the reminder and what a task is",
    (version) => {
      for (const supported of [undefined, [], ["Tasks:Importance"]]) {
        const after = change(stored, fields({ Complete: "1" }), version, { supported });
        const { gone } = lineDiff(stored, after);
        expect(gone.filter((line) => !/^(LAST-MODIFIED|DTSTAMP)/.test(line)).toSorted()).toEqual([
          "CATEGORIES:c",
          "CLASS:PRIVATE",
          "DTSTART;VALUE=DATE:20260309",
          "DUE;VALUE=DATE:20260310",
          "SUMMARY:a",
        ]);
      }
    },
  );

  it("is not the rule, nor the start that it counts from", () => {
    const series = vtodo("DTSTART;VALUE=DATE:20260309", "DUE;VALUE=DATE:20260309", "RRULE:FREQ=DAILY");
    const after = change(series, fields({ Complete: "0" }));
    expect(after).toContain("\r\nDTSTART;VALUE=DATE:20260309\r\nRRULE:FREQ=DAILY\r\n");
    expect(after).not.toContain("DUE");
  });
});

describe("times", () => {
  const days = vtodo("DTSTART;VALUE=DATE:20260309", "DUE;VALUE=DATE:20260310");
  const zoned = todo("thunderbird-start-due");

  it("of a new task are days where the device says midnight", () => {
    const made = create(fields({ ...day("Start", "2026-03-09"), ...day("Due", "2026-03-10") }));
    expect(made).toContain("\r\nDTSTART;VALUE=DATE:20260309\r\n");
    expect(made).toContain("\r\nDUE;VALUE=DATE:20260310\r\n");
  });

  it("of a new task are in the configured zone where the device's clock is, and in UTC where it is not", () => {
    const here = create(fields(times("Due", "2026-07-09T17:00:00.000Z", "2026-07-09T15:00:00.000Z")));
    expect(here).toContain("\r\nDUE;TZID=Europe/Berlin:20260709T170000\r\n");
    expect(here).toContain("BEGIN:VTIMEZONE");
    const there = create(fields(times("Due", "2026-07-09T11:00:00.000Z", "2026-07-09T15:00:00.000Z")));
    expect(there).toContain("\r\nDUE:20260709T150000Z\r\n");
  });

  it("may be said by one of the two tags alone", () => {
    expect(create(fields({ DueDate: "2026-03-10T00:00:00Z" }))).toContain("\r\nDUE;VALUE=DATE:20260310\r\n");
    expect(create(fields({ UtcDueDate: "2026-03-09T23:00:00Z" }))).toContain("\r\nDUE;VALUE=DATE:20260310\r\n");
  });

  it("stay a day when the day is another", () => {
    expect(diff(days, echoWith(days, day("Due", "2026-03-12")))).toEqual({
      gone: ["DUE;VALUE=DATE:20260310"],
      come: ["DUE;VALUE=DATE:20260312"],
    });
  });

  it("stay in their zone when the time is another, by the instant", () => {
    const later = times("Due", "2026-03-13T12:00:00.000Z", "2026-03-13T17:00:00.000Z");
    expect(diff(zoned, echoWith(zoned, later))).toEqual({
      gone: ["DUE;TZID=Europe/Berlin:20260312T170000"],
      come: ["DUE;TZID=Europe/Berlin:20260313T180000"],
    });
  });

  it.each([
    ["UTC", "DUE:20260310T080000Z", "DUE:20260311T090000Z"],
    ["floating", "DUE:20260310T090000", "DUE:20260311T100000"],
  ])("stay %s", (_, before, after) => {
    const stored = vtodo(before);
    const said = times("Due", "2026-03-11T10:00:00.000Z", "2026-03-11T09:00:00.000Z");
    expect(diff(stored, echoWith(stored, said))).toEqual({ gone: [before], come: [after] });
  });

  it("are no edit when a device that knows days says the day of a time", () => {
    const echo = echoWith(zoned, day("Due", "2026-03-12"));
    expect(change(zoned, echo)).toBe(zoned);
    expect(isPartial(zoned, echo)).toBe(false);
  });

  it("keep their time of day when such a device moves the day, and the device is shown that", () => {
    const moved = echoWith(zoned, day("Due", "2026-03-17"));
    expect(diff(zoned, moved).come).toEqual(["DUE;TZID=Europe/Berlin:20260317T170000"]);
    expect(isPartial(zoned, moved)).toBe(true);
    expect(isPartial(days, echoWith(days, day("Due", "2026-03-12")))).toBe(false);
  });

  it.each([
    ["of a device elsewhere, which shows the instant", "2026-03-12T12:00:00.000Z", "2026-03-12T16:00:00.000Z"],
    ["of a device elsewhere, which shows the clock", "2026-03-12T17:00:00.000Z", "2026-03-12T21:00:00.000Z"],
  ])("are no edit %s", (_, local, utc) => {
    expect(change(zoned, echoWith(zoned, times("Due", local, utc)))).toBe(zoned);
  });

  it("are cleared one by one", () => {
    const gone = { UtcDueDate: undefined, DueDate: undefined };
    expect(diff(days, echoWith(days, gone))).toEqual({ gone: ["DUE;VALUE=DATE:20260310"], come: [] });
    expect(diff(days, echoWithout(days, "UtcStartDate", "StartDate")).gone).toEqual(["DTSTART;VALUE=DATE:20260309"]);
  });

  it("are of one kind: a day beside a time becomes one", () => {
    const timed = vtodo("DTSTART;TZID=Europe/Berlin:20260310T090000");
    const after = change(timed, echoWith(timed, day("Due", "2026-03-10")));
    expect(after).toContain("\r\nDUE;TZID=Europe/Berlin:20260310T235900\r\n");
    const started = vtodo("DTSTART;VALUE=DATE:20260310");
    const both = change(started, echoWith(started, times("Due", "2026-03-10T17:00:00Z", "2026-03-10T16:00:00Z")));
    expect(both).toContain("\r\nDTSTART;TZID=Europe/Berlin:20260310T000000\r\n");
    expect(both).toContain("\r\nDUE;TZID=Europe/Berlin:20260310T170000\r\n");
  });

  it("are in order: a start that the device only echoes goes along, one that it sets is refused", () => {
    expect(diff(days, echoWith(days, day("Due", "2026-03-02"))).come).toEqual([
      "DTSTART;VALUE=DATE:20260302",
      "DUE;VALUE=DATE:20260302",
    ]);
    const wrong = { ...day("Start", "2026-03-10"), ...day("Due", "2026-03-02") };
    expect(() => create(fields(wrong))).toThrow(MappingError);
  });

  it("keep DURATION where the start moves with its due time, and change it where one moves alone", () => {
    const lasting = vtodo("DTSTART:20260310T080000Z", "DURATION:PT2H");
    const one = times("Start", "2026-03-11T09:00:00.000Z", "2026-03-11T08:00:00.000Z");
    const two = times("Due", "2026-03-11T11:00:00.000Z", "2026-03-11T10:00:00.000Z");
    expect(diff(lasting, echoWith(lasting, { ...one, ...two })).come).toEqual(["DTSTART:20260311T080000Z"]);
    expect(diff(lasting, echoWith(lasting, two)).come).toEqual(["DURATION:PT26H"]);
    expect(diff(lasting, echoWithout(lasting, "UtcStartDate", "StartDate"))).toEqual({
      gone: ["DTSTART:20260310T080000Z", "DURATION:PT2H"],
      come: ["DUE:20260310T100000Z"],
    });
  });

  it.each(["tomorrow", "2026-02-30T00:00:00Z"])("refuse %s", (said) => {
    expect(() => change(days, echoWith(days, { DueDate: said }))).toThrow(MappingError);
  });
});

describe("a rule", () => {
  const weekly = todo("tasks-org-weekly");

  it.each([
    [{ Type: 0, Interval: 3 }, "FREQ=DAILY;INTERVAL=3"],
    [{ Type: 1, DayOfWeek: 42 }, "FREQ=WEEKLY;BYDAY=MO,WE,FR"],
    [{ Type: 1, DayOfWeek: 2, Interval: 2, FirstDayOfWeek: 0 }, "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO;WKST=SU"],
    [{ Type: 2, DayOfMonth: 31 }, "FREQ=MONTHLY;BYMONTHDAY=31"],
    [{ Type: 3, WeekOfMonth: 5, DayOfWeek: 127 }, "FREQ=MONTHLY;BYMONTHDAY=-1"],
    [{ Type: 3, WeekOfMonth: 2, DayOfWeek: 4 }, "FREQ=MONTHLY;BYDAY=2TU"],
    [{ Type: 5, MonthOfYear: 2, DayOfMonth: 29 }, "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29"],
    [
      { Type: 6, MonthOfYear: 11, WeekOfMonth: 5, DayOfWeek: 62 },
      "FREQ=YEARLY;BYMONTH=11;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1",
    ],
    [{ Type: 0, Occurrences: 10 }, "FREQ=DAILY;COUNT=10"],
    [{ Type: 0, Until: "2026-04-01T00:00:00.000Z" }, "FREQ=DAILY;UNTIL=20260401"],
    [{ Type: 0, Occurrences: 3, Until: "2026-04-01T00:00:00.000Z" }, "FREQ=DAILY;COUNT=3"],
    [{ Type: 2, DayOfMonth: 1, CalendarType: 1, IsLeapMonth: 0 }, "FREQ=MONTHLY;BYMONTHDAY=1"],
  ])("%j is %s, and comes back", (said, rule) => {
    const made = create(fields({ ...day("Start", "2026-03-10"), Recurrence: recurrence(said) }));
    expect(made).toContain(`\r\nRRULE:${rule}\r\n`);
    expect(change(made, down(made))).toBe(made);
    expect(record(value(down(made), "Tasks:Recurrence"))).toMatchObject({
      Type: String(said.Type),
      Start: "2026-03-10T00:00:00.000Z",
      Regenerate: "0",
      DeadOccur: "0",
    });
  });

  it("begins where Start says, if nothing else does", () => {
    const made = create(fields({ Recurrence: recurrence({ Type: 0 }) }));
    expect(made).toContain("\r\nDTSTART;VALUE=DATE:20260310\r\nRRULE:FREQ=DAILY\r\n");
    const due = times("Due", "2026-03-12T17:00:00.000Z", "2026-03-12T16:00:00.000Z");
    const timed = create(fields({ ...due, Recurrence: recurrence({ Type: 0, Start: "2026-03-10T09:00:00.000Z" }) }));
    expect(timed).toContain("\r\nDTSTART;TZID=Europe/Berlin:20260310T090000\r\n");
    const late = create(fields({ ...due, Recurrence: recurrence({ Type: 0, Start: "2026-03-20T00:00:00.000Z" }) }));
    expect(late).toContain("\r\nDTSTART;TZID=Europe/Berlin:20260312T170000\r\n");
  });

  it.each([
    ["no Type (MS-ASTASK_R289)", [element("Tasks:Start", "2026-03-10T00:00:00.000Z")]],
    ["no Start (MS-ASTASK_R37011)", [element("Tasks:Type", "0")]],
    ["type 4", recurrence({ Type: 4 })],
    ["DayOfMonth in type 1 (MS-ASTASK_R132)", recurrence({ Type: 1, DayOfWeek: 2, DayOfMonth: 3 })],
    ["DayOfWeek in type 2 (MS-ASTASK_R532)", recurrence({ Type: 2, DayOfMonth: 3, DayOfWeek: 2 })],
    ["DayOfWeek in type 5 (MS-ASTASK_R533)", recurrence({ Type: 5, DayOfMonth: 3, MonthOfYear: 1, DayOfWeek: 2 })],
    ["WeekOfMonth in type 0 (MS-ASTASK_R320)", recurrence({ Type: 0, WeekOfMonth: 2 })],
    ["CalendarType in type 1 (MS-ASTASK_R81)", recurrence({ Type: 1, DayOfWeek: 2, CalendarType: 1 })],
    ["FirstDayOfWeek 7 (MS-ASTASK_R171)", recurrence({ Type: 1, DayOfWeek: 2, FirstDayOfWeek: 7 })],
    ["a Hebrew month", recurrence({ Type: 2, DayOfMonth: 3, CalendarType: 8 })],
    ["Regenerate 2", recurrence({ Type: 0, Regenerate: 2 })],
    ["DeadOccur 256", recurrence({ Type: 0, DeadOccur: 256 })],
  ])("with %s is refused", (_, said) => {
    expect(() => create(fields({ Recurrence: said }))).toThrow(MappingError);
  });

  it("is not rewritten by its echo, by another subject or by a completed task", () => {
    for (const record of [{}, { Subject: "x" }, { Complete: "1" }]) {
      expect(change(weekly, echoWith(weekly, record))).toContain("\r\nRRULE:FREQ=WEEKLY;BYDAY=WE\r\n");
    }
  });

  it("changes where the device changes it, and the overrides stay", () => {
    const series = todo("thunderbird-series");
    const after = change(series, echoWith(series, { Recurrence: recurrence({ Type: 0, Interval: 2 }) }));
    const { gone, come } = lineDiff(series, after);
    expect(gone).toContain("RRULE:FREQ=MONTHLY;UNTIL=20261231T225959Z;BYMONTHDAY=-1");
    expect(come).toContain("RRULE:FREQ=DAILY;INTERVAL=2");
    expect(after).toContain("RECURRENCE-ID;TZID=Europe/Berlin:20260131T100000");
    expect(after).toContain("EXDATE;TZID=Europe/Berlin:20260430T100000");
  });

  it("goes with an empty Recurrence, and stays without one", () => {
    expect(diff(weekly, echoWith(weekly, { Recurrence: undefined }))).toEqual({
      gone: ["RRULE:FREQ=WEEKLY;BYDAY=WE"],
      come: [],
    });
    expect(diff(weekly, echoWithout(weekly, "Recurrence"))).toEqual(none);
  });

  it("stays on its day when the start moves and the device says so", () => {
    const implied = vtodo("DTSTART;VALUE=DATE:20260309", "RRULE:FREQ=WEEKLY");
    const moved = { ...day("Start", "2026-03-10") };
    expect(diff(implied, echoWith(implied, moved)).come).toEqual([
      "DTSTART;VALUE=DATE:20260310",
      "RRULE:FREQ=WEEKLY;BYDAY=MO",
    ]);
    const both = { ...moved, Recurrence: recurrence({ Type: 1, DayOfWeek: 4 }) };
    expect(diff(implied, echoWith(implied, both)).come).toEqual(["DTSTART;VALUE=DATE:20260310"]);
  });

  it("has an UNTIL of the kind of its start", () => {
    const stored = vtodo("DTSTART;VALUE=DATE:20260309", "RRULE:FREQ=DAILY;UNTIL=20260320");
    const timed = echoWith(stored, times("Start", "2026-03-09T09:00:00.000Z", "2026-03-09T08:00:00.000Z"));
    const { come } = diff(stored, timed);
    expect(come).toContain("DTSTART;TZID=Europe/Berlin:20260309T090000");
    expect(come).toContain("RRULE:FREQ=DAILY;UNTIL=20260320T225959Z");
  });

  it("that EAS cannot say is not sent, and neither moved nor replaced", () => {
    const foreign = todo("korganizer-floating");
    expect(value(down(foreign), "Tasks:Recurrence")).toBe("absent");
    const moved = times("Start", "2026-03-15T08:00:00.000Z", "2026-03-15T07:00:00.000Z");
    expect(() => change(foreign, echoWith(foreign, moved))).toThrow(MappingError);
    expect(() => change(foreign, echoWith(foreign, { Recurrence: recurrence({ Type: 0 }) }))).toThrow(MappingError);
    expect(change(foreign, echoWith(foreign, { Recurrence: undefined }))).toBe(foreign);
    // A device that knows days does not mean to move it.
    expect(change(foreign, echoWith(foreign, day("Start", "2026-03-16")))).toBe(foreign);
    const due = times("Due", "2026-03-21T16:00:00.000Z", "2026-03-21T15:00:00.000Z");
    expect(diff(foreign, echoWith(foreign, due)).come).toEqual(["DUE:20260321T160000"]);
  });
});

describe("what iCalendar has no word for", () => {
  const made = create(
    fields({
      ...day("Start", "2026-03-10"),
      Recurrence: recurrence({ Type: 0, Regenerate: 1, DeadOccur: 9 }),
      OrdinalDate: "2026-03-01T10:11:12.130Z",
      SubOrdinalDate: "5; 5",
      Sensitivity: "1",
      ReminderSet: "1",
      Complete: "1",
    }),
  );

  it("is remembered and given back", () => {
    expect(record(value(down(made), "Tasks:Recurrence"))).toMatchObject({ Regenerate: "1", DeadOccur: "9" });
    expect(textOf(down(made), "Tasks:OrdinalDate")).toBe("2026-03-01T10:11:12.130Z");
    expect(textOf(down(made), "Tasks:SubOrdinalDate")).toBe("5; 5");
    expect(textOf(down(made), "Tasks:Sensitivity")).toBe("1");
    expect(textOf(down(made), "Tasks:ReminderSet")).toBe("1");
    expect(value(down(made), "Tasks:ReminderTime")).toBe("absent");
    expect(change(made, down(made))).toBe(made);
  });

  it("is forgotten when another client changes what it was said of", () => {
    const other = made
      .replace("RRULE:FREQ=DAILY", "RRULE:FREQ=DAILY;INTERVAL=2")
      .replace("CLASS:PRIVATE", "CLASS:CONFIDENTIAL")
      .replace("END:VTODO", "BEGIN:VALARM\r\nACTION:DISPLAY\r\nTRIGGER:PT0S\r\nEND:VALARM\r\nEND:VTODO");
    expect(record(value(down(other), "Tasks:Recurrence"))).toMatchObject({ Regenerate: "0", DeadOccur: "0" });
    expect(textOf(down(other), "Tasks:Sensitivity")).toBe("3");
    expect(textOf(down(other), "Tasks:ReminderTime")).toBe("2026-03-09T23:00:00.000Z");
  });

  it("goes along when the device itself changes it", () => {
    const again = echoWith(made, { Recurrence: recurrence({ Type: 0, Interval: 3, Regenerate: 1 }) });
    const after = change(made, again);
    expect(record(value(down(after), "Tasks:Recurrence"))).toMatchObject({ Regenerate: "1", DeadOccur: "0" });
    expect(after).not.toContain("X-EAS-DEADOCCUR");
    expect(change(made, echoWith(made, { Recurrence: undefined }))).not.toMatch(/X-EAS-(REGENERATE|DEADOCCUR)/);
  });

  it("is not sent to 2.5 where the version has no word for it, and stays", () => {
    expect(value(down(made, "2.5"), "Tasks:OrdinalDate")).toBe("absent");
    const after = change(made, echoWith(made, { Subject: "x" }, "2.5"), "2.5");
    expect(after).toContain("X-EAS-ORDINALDATE:2026-03-01T10:11:12.130Z");
  });
});

describe("a reminder", () => {
  const relative = todo("thunderbird-start-due");
  const absolute = todo("apple-reminder");

  it("of a new task is at a time of its own, and of a series before each occurrence", () => {
    const reminder = { ReminderSet: "1", ReminderTime: "2026-03-10T07:30:00.000Z" };
    expect(create(fields({ Subject: "Milch, Eier", ...reminder }))).toContain(
      "\r\nBEGIN:VALARM\r\nACTION:DISPLAY\r\nDESCRIPTION:Milch\\, Eier\r\nTRIGGER;VALUE=DATE-TIME:20260310T073000Z\r\nEND:VALARM\r\n",
    );
    const series = create(fields({ ...day("Start", "2026-03-11"), Recurrence: recurrence({ Type: 0 }), ...reminder }));
    expect(series).toContain("\r\nTRIGGER:-PT15H30M\r\n");
  });

  it("stays relative or absolute when its time is another", () => {
    const at = { ReminderTime: "2026-03-10T06:15:00.000Z" };
    expect(diff(relative, echoWith(relative, at))).toEqual({
      gone: ["TRIGGER;VALUE=DURATION:-PT1H"],
      come: ["TRIGGER;VALUE=DURATION:-PT1H45M"],
    });
    expect(diff(absolute, echoWith(absolute, at))).toEqual({
      gone: ["TRIGGER;VALUE=DATE-TIME:20260311T073000Z"],
      come: ["TRIGGER;VALUE=DATE-TIME:20260310T061500Z"],
    });
    const weekly = todo("tasks-org-weekly");
    expect(diff(weekly, echoWith(weekly, { ReminderTime: "2026-03-03T18:00:00.000Z" }))).toEqual({
      gone: ["TRIGGER;RELATED=END:PT0S"],
      come: ["TRIGGER;RELATED=END:-P1D"],
    });
  });

  it("stays where the device says it is when the task moves, and goes along where it says nothing", () => {
    const moved = times("Start", "2026-03-11T09:00:00.000Z", "2026-03-11T08:00:00.000Z");
    expect(diff(relative, echoWith(relative, moved)).come).toEqual([
      "DTSTART;TZID=Europe/Berlin:20260311T090000",
      "TRIGGER;VALUE=DURATION:-PT25H",
    ]);
    const silent = echoWith(relative, moved).filter((one) => !one.name.startsWith("Tasks:Reminder"));
    expect(diff(relative, silent).come).toEqual(["DTSTART;TZID=Europe/Berlin:20260311T090000"]);
  });

  it("keeps its time when the time it counts from goes", () => {
    const stored = vtodo(
      "DUE:20260310T080000Z",
      "BEGIN:VALARM",
      "ACTION:AUDIO",
      "TRIGGER;RELATED=END:-PT1H",
      "END:VALARM",
    );
    const after = change(stored, fields({ Complete: "0" }));
    expect(after).toContain("\r\nTRIGGER;VALUE=DATE-TIME:20260310T070000Z\r\n");
  });

  it("is the only one that goes when the device takes it away", () => {
    const after = change(relative, echoWith(relative, { ReminderSet: "0", ReminderTime: undefined }));
    const { gone, come } = lineDiff(relative, after);
    expect(gone).toContain("TRIGGER;VALUE=DURATION:-PT1H");
    expect(come.filter((line) => !/^(LAST-MODIFIED|DTSTAMP)/.test(line))).toEqual([]);
    expect(after).toContain("ACTION:EMAIL");
    expect(textOf(down(after), "Tasks:ReminderSet")).toBe("0");
  });

  it("that is off keeps its time on the device, which takes no other alarm away", () => {
    const weekly = todo("tasks-org-weekly");
    const off = change(weekly, echoWith(weekly, { ReminderSet: "0" }));
    expect(off).toContain("TRIGGER;RELATED=END:PT24H");
    expect(change(off, echoWith(off, { ReminderSet: "0", ReminderTime: "2026-03-04T18:00:00.000Z" }))).toBe(off);
    expect(textOf(down(off), "Tasks:ReminderSet")).toBe("0");
  });

  it("is none that goes off at a place", () => {
    const after = change(absolute, echoWith(absolute, { ReminderSet: "0", ReminderTime: undefined }));
    expect(textOf(down(after), "Tasks:ReminderSet")).toBe("0");
    expect(after).toContain("X-APPLE-PROXIMITY:ARRIVE");
    expect(change(after, down(after))).toBe(after);
  });

  it("that has no time to count from is not the device's to take away, and not told", () => {
    const stored = vtodo("BEGIN:VALARM", "ACTION:DISPLAY", "TRIGGER:-PT15M", "END:VALARM");
    const after = change(stored, echoWith(stored, day("Due", "2026-03-10")));
    expect(after).toContain("TRIGGER:-PT15M");
  });

  it("stays when the device says neither whether nor when (MS-ASTASK_R370)", () => {
    expect(diff(absolute, echoWithout(absolute, "ReminderSet", "ReminderTime"))).toEqual(none);
    expect(diff(absolute, echoWithout(absolute, "ReminderSet"))).toEqual(none);
  });

  it.each(["2", "x"])("refuses ReminderSet %s (MS-ASTASK_R252)", (said) => {
    expect(() => change(absolute, echoWith(absolute, { ReminderSet: said }))).toThrow(MappingError);
  });
});

describe("categories and text", () => {
  it("are edited one by one", () => {
    const stored = todo("tasks-org-weekly");
    const wanted = ["Garten", "Neu, hier"].map((name) => element("Tasks:Category", name));
    expect(diff(stored, echoWith(stored, { Categories: wanted }))).toEqual({
      gone: ["CATEGORIES:Haushalt", "CATEGORIES:Garten"],
      come: ["CATEGORIES:Garten,Neu\\, hier"],
    });
    // An empty container takes them all (MS-ASTASK_R436).
    expect(diff(stored, echoWith(stored, { Categories: undefined })).gone).toHaveLength(2);
  });

  it("renews the HTML that stands beside the description", () => {
    const stored = todo("outlook-caldav-utc");
    const body = element("AirSyncBase:Body", [element("AirSyncBase:Type", 1), element("AirSyncBase:Data", "Neu")]);
    const sent = down(stored).filter((one) => one.name !== "AirSyncBase:Body");
    const after = change(stored, [...sent, body]);
    expect(after).toContain("\r\nDESCRIPTION:Neu\r\n");
    expect(after).not.toContain("Nur <b>Text</b>");
  });

  it("of 2.5 have elements of their own", () => {
    const stored = todo("nextcloud-open");
    const cut = tasks.down(stored, "", context("2.5", { truncation: 0 }));
    expect(textOf(cut, "Tasks:BodyTruncated")).toBe("1");
    expect(textOf(cut, "Tasks:BodySize")).toBe("49");
    expect(value(cut, "Tasks:Body")).toBe("absent");
    expect(change(stored, echoWith(stored, { Body: "Neu" }, "2.5"), "2.5")).toContain("\r\nDESCRIPTION:Neu\r\n");
  });
});

describe("an occurrence", () => {
  it("cannot be named: tasks have none", () => {
    const data = applicationData(fields({ Subject: "x" }));
    const at = "20260131T090000Z";
    expect(() => tasks.change(todo("thunderbird-series"), "", data, at, context("16.1"))).toThrow(MappingError);
    expect(() => tasks.remove(todo("thunderbird-series"), "", at, context("16.1"))).toThrow(MappingError);
    expect(tasks.remove(todo("thunderbird-series"), "", undefined, context("16.1"))).toBeUndefined();
  });

  it("without its series is a task", () => {
    const orphan = vtodo("RECURRENCE-ID:20260310T080000Z", "DTSTART:20260310T080000Z", "SUMMARY:o");
    expect(tasks.parts(orphan)).toEqual([""]);
    expect(textOf(down(orphan), "Tasks:Subject")).toBe("o");
  });
});
