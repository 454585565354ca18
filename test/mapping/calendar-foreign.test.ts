/**
 * Series that EAS cannot say: a device sees their occurrences of the next months, by a pattern and what is deleted of
 * it, and what it says of one of them is done to that one. The rule is never written back.
 */
import ICAL from "ical.js";
import { describe, expect, it } from "vitest";
import { calendar } from "../../mappings/calendar.ts";
import { MappingError } from "../../src/errors.ts";
import { validateItem } from "../../src/protocol/validate.ts";
import { versions } from "../../src/schema/versions.ts";
import { children, childText, type Element, element } from "../../src/wire/element.ts";
import {
  applicationData,
  change,
  context,
  down,
  echoWith,
  event,
  fields,
  record,
  recurrence,
  textOf,
  value,
  vevent,
} from "./events.ts";

const choir = event("radicale-foreign-rule");
const now = Date.UTC(2026, 2, 1, 1, 2, 3);

function series(...lines: readonly string[]): string {
  return vevent("DTSTART:20260106T090000Z", "DTEND:20260106T100000Z", ...lines, "SUMMARY:x");
}

/** What somebody who reads the text by another library finds there, up to `until`. */
function occurrences(text: string, until: number): readonly number[] {
  const component = new ICAL.Component(ICAL.parse(text)).getFirstSubcomponent("vevent");
  const walk = new ICAL.Event(component ?? undefined).iterator();
  const found: number[] = [];
  for (let next = walk.next(); next && found.length < 5_000; next = walk.next()) {
    const at = next.toJSDate().getTime();
    if (at > until) break;
    found.push(at);
  }
  return found;
}

/** The same of what a device holds: its item made an event of its own. */
function shownOn(text: string): readonly number[] {
  const { text: copy } = calendar.create(applicationData(down(text, "14.1")), "u", context("14.1"));
  return occurrences(copy, Number.POSITIVE_INFINITY);
}

function slots(text: string): readonly string[] {
  const list = value(down(text, "14.1"), "Calendar:Exceptions");
  return Array.isArray(list) ? list.map((one) => childText(one, "Calendar:ExceptionStartTime") ?? "") : [];
}

describe.each([
  ["several days of the month", "RRULE:FREQ=MONTHLY;BYMONTHDAY=6,20"],
  ["the first and third Tuesday", "RRULE:FREQ=MONTHLY;BYDAY=1TU,3TU"],
  ["some months of the year", "RRULE:FREQ=YEARLY;BYMONTH=1,4,7,10;BYMONTHDAY=6"],
  ["the first Tuesday of some months", "RRULE:FREQ=YEARLY;BYMONTH=1,3,9;BYDAY=1TU"],
  ["the day before the last", "RRULE:FREQ=MONTHLY;BYMONTHDAY=-2"],
  ["the fifth Tuesday", "RRULE:FREQ=MONTHLY;BYDAY=5TU"],
  ["weekdays of some months", "RRULE:FREQ=DAILY;BYMONTH=3,4;BYDAY=MO,TU,WE,TH,FR"],
  ["a number of them", "RRULE:FREQ=MONTHLY;BYMONTHDAY=6,20;COUNT=7"],
  ["dates alone", "RDATE:20260310T090000Z,20260401T090000Z,20260402T090000Z"],
  ["two rules", "RRULE:FREQ=WEEKLY;BYDAY=TU", "RRULE:FREQ=MONTHLY;BYMONTHDAY=6"],
  ["some that are taken out", "RRULE:FREQ=MONTHLY;BYMONTHDAY=6,20", "EXDATE:20260320T090000Z,20260406T090000Z"],
])("%s", (_name, ...lines) => {
  const text = series(...lines);

  it("are shown as they are, from the last weeks on", () => {
    const shown = shownOn(text);
    expect(shown.length).toBeGreaterThan(1);
    const from = now - 32 * 86_400_000;
    const real = occurrences(text, shown.at(-1) ?? 0).filter((at) => at >= from);
    expect(shown).toEqual(real);
    expect(slots(text).length).toBeLessThanOrEqual(256);
  });

  it("come back without a word, now and when months have passed", () => {
    for (const version of versions) {
      const sent = down(text, version);
      expect(validateItem("Calendar", "response", version, sent)).toEqual([]);
      for (const later of [0, 20, 100, 400, 4000]) {
        const then = context(version, { now: now + later * 86_400_000 });
        expect(calendar.change(text, "", applicationData(sent), undefined, then)).toBe(text);
        const titled = [...sent.filter((one) => one.name !== "Calendar:Subject"), ...fields({ Subject: "Neu" })];
        const after = calendar.change(text, "", applicationData(titled), undefined, then);
        expect(after).toContain("SUMMARY:Neu\r\n");
        for (const line of lines) expect(after).toContain(`${line}\r\n`);
      }
    }
  });
});

/** Rules that the other library reads otherwise than RFC 5545 §3.3.10 has them: the dates are told here. */
it.each([
  ["20260331", "FREQ=YEARLY;BYMONTH=3,6,9;BYMONTHDAY=-1", ["20260331", "20260630", "20260930", "20270331", "20270630"]],
  ["20260210", "FREQ=WEEKLY;INTERVAL=2;BYDAY=TU,TH;BYSETPOS=1", ["20260210", "20260224", "20260310", "20260324"]],
])("from %s on, %s has its own days", (first, rule, days) => {
  const shown = shownOn(vevent(`DTSTART:${first}T090000Z`, `RRULE:${rule}`));
  const seen = shown.map((at) => new Date(at).toISOString().slice(0, 10).replaceAll("-", ""));
  expect(seen.slice(0, days.length)).toEqual(days);
});

describe("an occurrence of a series that EAS cannot say", () => {
  const third = "20260320T170000Z";

  it.each(["14.1", "16.1"] as const)("is taken out of it alone in %s", (version) => {
    const gone = element("Calendar:Exceptions", [
      element("Calendar:Exception", fields({ Deleted: "1", ExceptionStartTime: third })),
    ]);
    const after =
      version === "16.1"
        ? (calendar.remove(choir, "", third, context(version)) ?? "")
        : change(choir, version, [...echoWith(choir, version, { Exceptions: undefined }), gone]);
    expect(after).toContain("EXDATE;TZID=Europe/Berlin:20260320T180000\r\n");
    expect(after).toContain("RRULE:FREQ=MONTHLY;BYMONTHDAY=5,20\r\n");
    expect(slots(after)).toContain(third);
    expect(slots(choir)).not.toContain(third);
  });

  it.each(["14.1", "16.1"] as const)("is changed alone in %s, and shown as changed", (version) => {
    const said = fields({ Subject: "Konzert" });
    const exception = element("Calendar:Exceptions", [
      element("Calendar:Exception", [...fields({ ExceptionStartTime: third }), ...said]),
    ]);
    const after =
      version === "16.1"
        ? change(choir, version, said, { instance: third })
        : change(choir, version, echoWith(choir, version, { Exceptions: exception.content as readonly Element[] }));
    expect(after).toContain("RECURRENCE-ID;TZID=Europe/Berlin:20260320T180000\r\n");
    const list = value(down(after, "14.1"), "Calendar:Exceptions") as readonly Element[];
    const shown = list.find((one) => childText(one, "Calendar:ExceptionStartTime") === third);
    expect(record(shown?.content)).toMatchObject({ Subject: "Konzert" });
    expect(change(after, version, down(after, version))).toBe(after);
  });

  it("is not one where the pattern has a day that the series has not", () => {
    const hole = slots(choir)[0] ?? "";
    expect(() => change(choir, "16.1", fields({ Subject: "y" }), { instance: hole })).toThrow(MappingError);
    expect(() => calendar.remove(choir, "", hole, context("16.1"))).toThrow(MappingError);
  });

  it("is named by its own time, whatever start the device was told", () => {
    const sent = down(choir, "14.1");
    const later = context("14.1", { now: now + 60 * 86_400_000 });
    const gone = element("Calendar:Exception", fields({ Deleted: "1", ExceptionStartTime: third }));
    const data = sent.map((one) =>
      one.name === "Calendar:Exceptions" ? { ...one, content: [...children(one), gone] } : one,
    );
    const after = calendar.change(choir, "", applicationData(data), undefined, later);
    expect(after.match(/EXDATE[^\r]*/g)).toEqual(["EXDATE;TZID=Europe/Berlin:20260320T180000"]);
  });
});

describe("a series that EAS cannot say", () => {
  it("is one event where it has two occurrences in a day, or one left", () => {
    for (const rule of [
      "RRULE:FREQ=DAILY;BYHOUR=9,15",
      "RRULE:FREQ=HOURLY",
      "RRULE:FREQ=MONTHLY;BYMONTHDAY=6,20;COUNT=2",
    ]) {
      expect(value(down(series(rule), "16.1"), "Calendar:Recurrence")).toBe("absent");
      expect(change(series(rule), "16.1", down(series(rule), "16.1"))).toBe(series(rule));
    }
  });

  it.each([
    ["a rule without an end", { Recurrence: recurrence({ Type: 0, Interval: 1 }) }],
    ["another pattern", { Recurrence: recurrence({ Type: 1, Interval: 1, DayOfWeek: 4, Until: "20270101T000000Z" }) }],
    ["another time", { StartTime: "20260305T173000Z", EndTime: "20260305T183000Z" }],
  ])("takes no %s from a device", (_name, said) => {
    for (const version of ["14.1", "16.1"] as const) {
      const sent = version === "14.1" ? echoWith(choir, version, said) : fields(said);
      expect(() => change(choir, version, sent)).toThrow(MappingError);
    }
  });

  it("takes no empty rule from a 16.x device", () => {
    expect(() => change(choir, "16.1", fields({ Recurrence: undefined }))).toThrow(MappingError);
  });

  it("comes back without a word where an override stands on none of its days, or beside an EXDATE", () => {
    const override = (at: string) =>
      `END:VEVENT\r\nBEGIN:VEVENT\r\nUID:test-1\r\nRECURRENCE-ID:${at}\r\nDTSTART:${at}\r\nSUMMARY:y\r\nEND:VEVENT`;
    for (const rule of ["RRULE:FREQ=HOURLY", "RRULE:FREQ=MONTHLY;BYMONTHDAY=6,20", "RRULE:FREQ=DAILY;COUNT=99"]) {
      for (const more of [[], ["EXDATE:20260318T090000Z"]]) {
        const text = series(rule, ...more).replace("END:VEVENT", override("20260318T090000Z"));
        for (const version of versions) {
          expect(change(text, version, down(text, version))).toBe(text);
          const after = change(text, version, echoWith(text, version, { Subject: "z" }));
          expect(after).toContain("RECURRENCE-ID:20260318T090000Z");
          for (const line of more) expect(after).toContain(line);
        }
      }
    }
  });

  it("comes back without a word where the clock skips its hour", () => {
    const berlin = ";TZID=Europe/Berlin:";
    const first = [`DTSTART${berlin}20260316T023000`, "DURATION:PT1H", "SUMMARY:x"];
    const override = `END:VEVENT\r\nBEGIN:VEVENT\r\nUID:test-1\r\nRECURRENCE-ID${berlin}20260329T023000\r\nDTSTART${berlin}20260329T040000\r\nSUMMARY:y\r\nEND:VEVENT`;
    for (const rule of [
      "RRULE:FREQ=MONTHLY;BYMONTHDAY=16,29",
      "RRULE:FREQ=MONTHLY;BYMONTHDAY=16,30",
      "RDATE;TZID=Europe/Berlin:20260329T023000",
    ]) {
      const plain = vevent(...first, rule);
      for (const text of [plain, plain.replace("END:VEVENT", override)]) {
        for (const version of versions) {
          const onTheDay = context(version, { now: Date.UTC(2026, 3, 28) });
          expect(change(text, version, calendar.down(text, "", onTheDay))).toBe(text);
          expect(change(text, version, echoWith(text, version, { Subject: "z" }))).toContain(rule);
          const count = (of: string) => of.match(/BEGIN:VEVENT/g)?.length;
          expect(count(change(text, version, echoWith(text, version, { Subject: "z" })))).toBe(count(text));
        }
      }
    }
  });

  it("of whole days has no hours, and is as long as it is across a change of the clocks", () => {
    for (const rule of ["RRULE:FREQ=DAILY;BYHOUR=8,20", "RRULE:FREQ=MONTHLY;BYMONTHDAY=1,15"]) {
      const text = vevent("DTSTART;VALUE=DATE:20260301", "DTEND;VALUE=DATE:20260420", rule);
      for (const version of versions) {
        const later = context(version, { now: now + 90 * 86_400_000 });
        expect(calendar.change(text, "", applicationData(down(text, version)), undefined, later)).toBe(text);
      }
    }
  });

  it("of whole days is shown by days", () => {
    const text = vevent("DTSTART;VALUE=DATE:20260301", "RRULE:FREQ=MONTHLY;BYMONTHDAY=1,15");
    expect(textOf(down(text, "16.1"), "Calendar:StartTime")).toBe("20260301T000000Z");
    expect(change(text, "16.1", down(text, "16.1"))).toBe(text);
  });

  it("is shown in a moment, however long it is", () => {
    const rules = [
      "FREQ=MONTHLY;BYMONTHDAY=1,15;COUNT=100000",
      "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=31",
      "FREQ=DAILY;BYMONTHDAY=1,2;COUNT=9999",
    ];
    for (const rule of rules) {
      const text = vevent("DTSTART:19700101T090000Z", `RRULE:${rule}`);
      const began = process.cpuUsage();
      expect(change(text, "14.1", down(text, "14.1"))).toBe(text);
      expect(process.cpuUsage(began).user / 1000).toBeLessThan(2_000);
    }
  });
});
