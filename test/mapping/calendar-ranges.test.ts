/**
 * RANGE=THISANDFUTURE (RFC 5545 §3.2.13): an override that stands for all occurrences from its own on. EAS has no word
 * for it: those to come are told as exceptions, and an edit of one of them is none of the others'.
 */
import { describe, expect, it } from "vitest";
import { calendar } from "../../mappings/calendar.ts";
import { exceptions as mostExceptions } from "../../src/schema/limits.ts";
import { childText, type Element, element } from "../../src/wire/element.ts";
import { applicationData, change, context, down, echoWith, fields, lineDiff, record, value } from "./events.ts";

const uid = "UID:range-1";
const stamp = "DTSTAMP:20260101T000000Z";
const berlin = ";TZID=Europe/Berlin:";

/** Every Monday at nine; from 16 March on an hour later, half as long and under another name. */
function ranged(rule: string, ...more: readonly string[]): string {
  const master = [uid, stamp, `DTSTART${berlin}20260105T090000`, `DTEND${berlin}20260105T100000`, rule, "SUMMARY:Team"];
  const override = [
    uid,
    stamp,
    "RECURRENCE-ID;RANGE=THISANDFUTURE;TZID=Europe/Berlin:20260316T090000",
    `DTSTART${berlin}20260316T100000`,
    "DURATION:PT30M",
    "SUMMARY:Kurz",
    "X-ROOM:2",
  ];
  const event = (lines: readonly string[]) => ["BEGIN:VEVENT", ...lines, "END:VEVENT"];
  return ["BEGIN:VCALENDAR", "VERSION:2.0", ...event(master), ...event(override), ...more, "END:VCALENDAR", ""].join(
    "\r\n",
  );
}

const finite = ranged("RRULE:FREQ=WEEKLY;COUNT=14");
const endless = ranged("RRULE:FREQ=WEEKLY");

function told(text: string): readonly Record<string, unknown>[] {
  const list = value(down(text, "14.1"), "Calendar:Exceptions");
  if (!Array.isArray(list)) return [];
  return list.map((one: Element) => {
    const { DtStamp: _, ...said } = record(one.content);
    return said;
  });
}

const april6 = { ExceptionStartTime: "20260406T070000Z", StartTime: "20260406T080000Z", EndTime: "20260406T083000Z" };

describe("all occurrences from one on", () => {
  it("are told as exceptions, each at its own time by the clock", () => {
    expect(told(finite)).toEqual([
      {
        ExceptionStartTime: "20260316T080000Z",
        StartTime: "20260316T090000Z",
        EndTime: "20260316T093000Z",
        Subject: "Kurz",
      },
      {
        ExceptionStartTime: "20260323T080000Z",
        StartTime: "20260323T090000Z",
        EndTime: "20260323T093000Z",
        Subject: "Kurz",
      },
      // Summer time begins on 29 March.
      {
        ExceptionStartTime: "20260330T070000Z",
        StartTime: "20260330T080000Z",
        EndTime: "20260330T083000Z",
        Subject: "Kurz",
      },
      { ...april6, Subject: "Kurz" },
    ]);
  });

  it("are told for two years where there is no end, and never more than an answer holds", () => {
    expect(told(endless).length).toBeGreaterThan(100);
    expect(told(ranged("RRULE:FREQ=DAILY"))).toHaveLength(mostExceptions);
    expect(value(down(endless, "16.1"), "Calendar:Exceptions")).toHaveLength(told(endless).length);
  });

  it.each(["2.5", "14.1", "16.1"] as const)("come back in %s without a word, now and in a year", (version) => {
    for (const text of [finite, endless]) {
      const sent = applicationData(down(text, version));
      for (const days of [0, 400]) {
        const then = context(version, { now: Date.UTC(2026, 2, 1) + days * 86_400_000 });
        expect(calendar.change(text, "", sent, undefined, then)).toBe(text);
      }
    }
  });

  it("stay when the title of the series is edited", () => {
    const after = change(finite, "14.1", echoWith(finite, "14.1", { Subject: "Neu" }));
    expect(lineDiff(finite, after).gone.filter((line) => !line.startsWith("DTSTAMP"))).toEqual(["SUMMARY:Team"]);
    expect(told(after)).toEqual(told(finite));
  });

  it("move with their series up to 14.1, and still stand for all that follow", () => {
    const moved = { StartTime: "20260105T120000Z", EndTime: "20260105T130000Z", Exceptions: undefined };
    const after = change(finite, "14.1", echoWith(finite, "14.1", moved));
    expect(after).toContain("RECURRENCE-ID;RANGE=THISANDFUTURE;TZID=Europe/Berlin:20260316T130000\r\n");
  });
});

describe("one of them", () => {
  const instance = april6.ExceptionStartTime;

  it.each(["14.1", "16.1"] as const)("is edited alone in %s, from what it was", (version) => {
    const said = fields({ Subject: "Lang" });
    const list = value(down(finite, version), "Calendar:Exceptions") as readonly Element[];
    const edited = list.map((one) =>
      childText(one, "Calendar:ExceptionStartTime") === instance
        ? element("Calendar:Exception", fields({ ...april6, Subject: "Lang" }))
        : one,
    );
    const after =
      version === "16.1"
        ? change(finite, version, said, { instance })
        : change(finite, version, echoWith(finite, version, { Exceptions: edited }));
    expect(after).toContain(`RECURRENCE-ID${berlin}20260406T090000\r\nDTSTAMP`);
    expect(after.match(/X-ROOM:2/g)).toHaveLength(2);
    expect(told(after)).toEqual([...told(finite).slice(0, 3), { ...april6, Subject: "Lang" }]);
    expect(change(after, version, down(after, version))).toBe(after);
  });

  it("is removed alone", () => {
    const after = calendar.remove(finite, "", instance, context("16.1")) ?? "";
    expect(after).toContain(`EXDATE${berlin}20260406T090000\r\n`);
    expect(told(after)).toEqual([...told(finite).slice(0, 3), { Deleted: "1", ExceptionStartTime: instance }]);
  });

  it("loses what a device leaves out of it, as any exception does", () => {
    const list = value(down(finite, "14.1"), "Calendar:Exceptions") as readonly Element[];
    const edited = [...list.slice(0, 3), element("Calendar:Exception", fields(april6))];
    const after = change(finite, "14.1", echoWith(finite, "14.1", { Exceptions: edited }));
    expect(told(after)).toEqual([...told(finite).slice(0, 3), april6]);
  });
});

describe("the first of them", () => {
  const instance = "20260316T080000Z";

  it("is edited alone: the others begin a week later", () => {
    const after = change(finite, "16.1", fields({ Subject: "Lang" }), { instance });
    expect(after).toContain("20260323T090000");
    expect(after.match(/RANGE=THISANDFUTURE/g)).toHaveLength(1);
    const [first, ...others] = told(finite);
    expect(told(after)).toEqual([{ ...first, Subject: "Lang" }, ...others]);
  });

  it("is removed alone", () => {
    const after = calendar.remove(finite, "", instance, context("16.1")) ?? "";
    expect(after).toContain(`EXDATE${berlin}20260316T090000\r\n`);
    expect(told(after)).toEqual([{ Deleted: "1", ExceptionStartTime: instance }, ...told(finite).slice(1)]);
  });

  it("goes with its rule where nothing follows", () => {
    const last = ranged("RRULE:FREQ=WEEKLY;COUNT=11");
    const after = calendar.remove(last, "", instance, context("16.1")) ?? "";
    expect(after).not.toContain("RANGE");
    expect(told(after)).toEqual([{ Deleted: "1", ExceptionStartTime: instance }]);
  });

  it("leaves those alone that have an override of their own", () => {
    const own = [
      "BEGIN:VEVENT",
      uid,
      stamp,
      `RECURRENCE-ID${berlin}20260323T090000`,
      `DTSTART${berlin}20260323T140000`,
    ];
    const text = ranged("RRULE:FREQ=WEEKLY;COUNT=14", ...own, "DURATION:PT1H", "SUMMARY:Anders", "END:VEVENT");
    const after = calendar.remove(text, "", instance, context("16.1")) ?? "";
    const [, ...others] = told(text);
    expect(told(after)).toEqual([{ Deleted: "1", ExceptionStartTime: instance }, ...others]);
    expect(others[0]).toMatchObject({ Subject: "Anders", StartTime: "20260323T130000Z" });
  });
});

it("an alarm of the series is none of theirs: they stay one override", () => {
  for (const version of ["2.5", "14.1"] as const) {
    const after = change(finite, version, echoWith(finite, version, { Reminder: "15" }));
    expect(after.match(/BEGIN:VEVENT/g)).toHaveLength(2);
    expect(after).toContain("RANGE=THISANDFUTURE");
  }
});

it("the first of two such overrides does not outlive the second", () => {
  const second = ["BEGIN:VEVENT", uid, stamp, `RECURRENCE-ID;RANGE=THISANDFUTURE${berlin}20260323T090000`];
  const text = ranged(
    "RRULE:FREQ=WEEKLY;COUNT=14",
    ...second,
    `DTSTART${berlin}20260323T150000`,
    "SUMMARY:Dann",
    "END:VEVENT",
  );
  const [, ...others] = told(text);
  expect(others.map(({ Subject }) => Subject)).toEqual(["Dann", "Dann", "Dann"]);
  const after = calendar.remove(text, "", "20260316T080000Z", context("16.1")) ?? "";
  expect(told(after)).toEqual([{ Deleted: "1", ExceptionStartTime: "20260316T080000Z" }, ...others]);
});

it("a new pattern in 16.x takes them along with all exceptions (MS-ASCAL_R2180)", () => {
  const Recurrence = fields({ Type: "0", Interval: "1", Occurrences: "5" });
  expect(change(finite, "16.1", fields({ Recurrence }))).not.toContain("RANGE");
});
