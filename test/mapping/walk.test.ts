import fc from "fast-check";
import ICAL from "ical.js";
import { describe, expect, it } from "vitest";
import { calendar } from "../../mappings/calendar.ts";
import { walkRule } from "../../src/mapping/rules/walk.ts";
import { down, vevent } from "./events.ts";

/** Monday, 5 January 2026, 18:00. */
const monday = Date.UTC(2026, 0, 5, 18);
const far = Date.UTC(2100, 0, 1);

function days(value: string, most = 6): string[] {
  return walkRule(value, monday, { until: far, most }).map((wall) => new Date(wall).toISOString().slice(0, 16));
}

describe("a walk", () => {
  it.each([
    ["FREQ=MONTHLY;BYMONTHDAY=5,20", ["2026-01-05T18:00", "2026-01-20T18:00", "2026-02-05T18:00"]],
    ["FREQ=MONTHLY;BYDAY=FR;BYMONTHDAY=13", ["2026-02-13T18:00", "2026-03-13T18:00", "2026-11-13T18:00"]],
    ["FREQ=MONTHLY;BYDAY=-2FR", ["2026-01-23T18:00", "2026-02-20T18:00", "2026-03-20T18:00"]],
    ["FREQ=MONTHLY;BYDAY=5MO", ["2026-03-30T18:00", "2026-06-29T18:00", "2026-08-31T18:00"]],
    ["FREQ=YEARLY;BYDAY=20MO", ["2026-05-18T18:00", "2027-05-17T18:00", "2028-05-15T18:00"]],
    ["FREQ=YEARLY;BYYEARDAY=-1,100", ["2026-04-10T18:00", "2026-12-31T18:00", "2027-04-10T18:00"]],
    ["FREQ=YEARLY;BYMONTH=6,12;BYMONTHDAY=1", ["2026-06-01T18:00", "2026-12-01T18:00", "2027-06-01T18:00"]],
    ["FREQ=DAILY;INTERVAL=2;BYHOUR=9,21", ["2026-01-05T21:00", "2026-01-07T09:00", "2026-01-07T21:00"]],
    ["FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=5,-1", ["2026-01-07T18:00", "2026-01-30T18:00", "2026-02-06T18:00"]],
    [
      "FREQ=WEEKLY;INTERVAL=2;WKST=SU;BYDAY=SU,MO;BYMONTH=1",
      ["2026-01-05T18:00", "2026-01-18T18:00", "2026-01-19T18:00"],
    ],
  ])("of %s gives %j", (value, first) => {
    expect(days(value, 3)).toEqual(first);
  });

  it("counts, and ends", () => {
    expect(days("FREQ=MONTHLY;BYMONTHDAY=5,20;COUNT=3")).toHaveLength(3);
    expect(days("FREQ=MONTHLY;BYMONTHDAY=5,20;UNTIL=20260205")).toHaveLength(3);
  });

  it("is entered late where nothing is counted", () => {
    const from = Date.UTC(2030, 5, 15);
    const late = walkRule("FREQ=MONTHLY;BYMONTHDAY=5,20", monday, { from, until: Date.UTC(2030, 6, 6) });
    expect(late.map((wall) => new Date(wall).getUTCDate())).toEqual([5, 20, 5]);
  });

  it("finds what ical.js finds", () => {
    const list = (least: number, most: number) =>
      fc.uniqueArray(fc.integer({ min: least, max: most }), { minLength: 1, maxLength: 3 });
    const weekday = fc.constantFrom("MO", "TU", "WE", "TH", "FR", "SA", "SU");
    const rule = fc.oneof(
      list(1, 28).map((of) => `FREQ=MONTHLY;BYMONTHDAY=${of.join(",")}`),
      list(-28, -1).map((of) => `FREQ=MONTHLY;BYMONTHDAY=${of.join(",")}`),
      fc
        .uniqueArray(fc.tuple(fc.constantFrom(1, 2, 3, 4, -1, -2), weekday), {
          minLength: 1,
          maxLength: 3,
          selector: String,
        })
        .map((of) => `FREQ=MONTHLY;BYDAY=${of.map(([nth, day]) => `${nth}${day}`).join(",")}`),
      fc
        .tuple(list(1, 12), list(1, 28))
        .map(
          ([months, of]) =>
            `FREQ=YEARLY;BYMONTH=${months.sort((a, b) => a - b).join(",")};BYMONTHDAY=${of.sort((a, b) => a - b).join(",")}`,
        ),
      fc.tuple(list(1, 12), weekday).map(([months, day]) => `FREQ=DAILY;BYMONTH=${months.join(",")};BYDAY=${day}`),
    );
    fc.assert(
      fc.property(rule, (value) => {
        const iterator = ICAL.Recur.fromString(value).iterator(ICAL.Time.fromJSDate(new Date(monday), true));
        const found: number[] = [];
        for (let next = iterator.next(); next && found.length < 12; next = iterator.next())
          found.push(next.toUnixTime() * 1000);
        // For days, ical.js begins with a start that the rule does not have.
        const without = (walls: readonly number[]) =>
          [...new Set(walls)].filter((wall) => wall !== monday).slice(0, 10);
        expect(without(walkRule(value, monday, { until: far, most: 12 })), value).toEqual(without(found));
      }),
      { numRuns: 200 },
    );
  });

  const endless = [
    "FREQ=DAILY;BYMONTHDAY=31;BYMONTH=2",
    "FREQ=DAILY;BYMONTHDAY=1;BYDAY=6MO",
    "FREQ=DAILY;INTERVAL=999999999999",
    "FREQ=SECONDLY;BYMONTH=2;BYMONTHDAY=30",
    "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30",
    "FREQ=YEARLY;INTERVAL=9999;BYYEARDAY=366",
    "FREQ=MONTHLY;BYDAY=MO;BYSETPOS=10",
    "FREQ=WEEKLY;BYDAY=MO;BYMONTH=2;BYMONTHDAY=31",
    "FREQ=MINUTELY",
    "FREQ=DAILY;BYHOUR=0,1,2,3;BYMINUTE=0,1,2,3;BYSECOND=0,1,2,3",
  ];

  it.each(endless)("of %s has an end, on which ical.js may wait for ever", (rule) => {
    const started = performance.now();
    for (const start of ["DTSTART:16010105T180000Z", "DTSTART:20260105T180000Z", "DTSTART;VALUE=DATE:99990105"]) {
      const text = vevent(start, `RRULE:${rule}`, "SUMMARY:x");
      down(text, "14.1");
      calendar.lastEnd(text, { zone: "Europe/Berlin" });
    }
    expect(performance.now() - started).toBeLessThan(1_000);
  });

  it.each(endless)("of %s in a VTIMEZONE has an end", (rule) => {
    const started = performance.now();
    const zone = ["BEGIN:VTIMEZONE", "TZID:x", "BEGIN:STANDARD", "DTSTART:16010101T000000", "TZOFFSETFROM:+0100"];
    const text = vevent("DTSTART;TZID=x:20260105T180000", "SUMMARY:x").replace(
      "BEGIN:VEVENT",
      [...zone, "TZOFFSETTO:+0200", `RRULE:${rule}`, "END:STANDARD", "END:VTIMEZONE", "BEGIN:VEVENT"].join("\r\n"),
    );
    down(text, "14.1");
    expect(performance.now() - started).toBeLessThan(1_000);
  });
});
