import fc from "fast-check";
import ICAL from "ical.js";
import { describe, expect, it } from "vitest";
import { isSlot, lastByCount, ruleDateIn, sayable } from "../../src/mapping/rules/occurrences.ts";
import { readRule, sameRule, writeRule } from "../../src/mapping/rules/rrule.ts";
import { writeStamp } from "../../src/mapping/rules/times.ts";

/** Friday, 30 January 2026, 09:00. */
const friday = Date.UTC(2026, 0, 30, 9);
const read = (value: string, start = friday) => readRule(value, start, (instant) => instant);
const until = ({ wall, isDate }: { readonly wall: number; readonly isDate: boolean }) =>
  writeStamp({ kind: isDate ? "date" : "utc", wall });

describe("a rule that EAS can say", () => {
  it.each([
    ["FREQ=DAILY"],
    ["FREQ=DAILY;INTERVAL=3;COUNT=10"],
    ["FREQ=WEEKLY;BYDAY=FR"],
    ["FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,WE,SU;WKST=SU"],
    ["FREQ=WEEKLY;UNTIL=20261231T090000Z;BYDAY=MO"],
    ["FREQ=MONTHLY;BYMONTHDAY=31"],
    ["FREQ=MONTHLY;BYMONTHDAY=-1"],
    ["FREQ=MONTHLY;BYDAY=-1FR"],
    ["FREQ=MONTHLY;BYDAY=2TU"],
    ["FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1"],
    ["FREQ=MONTHLY;BYDAY=SA,SU;BYSETPOS=1"],
    ["FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29"],
    ["FREQ=YEARLY;BYMONTH=11;BYDAY=4TH"],
    ["FREQ=YEARLY;UNTIL=20301231;BYMONTH=12;BYMONTHDAY=-1"],
  ])("%s is read and written back", (value) => {
    const rule = read(value);
    expect(rule && writeRule(rule, until)).toBe(value);
  });

  it.each([
    ["FREQ=WEEKLY", "FREQ=WEEKLY;BYDAY=FR"],
    ["FREQ=MONTHLY", "FREQ=MONTHLY;BYMONTHDAY=30"],
    ["FREQ=YEARLY", "FREQ=YEARLY;BYMONTH=1;BYMONTHDAY=30"],
    ["FREQ=YEARLY;BYMONTH=3", "FREQ=YEARLY;BYMONTH=3;BYMONTHDAY=30"],
    ["FREQ=MONTHLY;BYDAY=MO;BYSETPOS=1", "FREQ=MONTHLY;BYDAY=1MO"],
    ["FREQ=MONTHLY;BYDAY=SU,MO,TU,WE,TH,FR,SA;BYSETPOS=-1", "FREQ=MONTHLY;BYMONTHDAY=-1"],
    ["FREQ=MONTHLY;BYDAY=+1MO", "FREQ=MONTHLY;BYDAY=1MO"],
    ["FREQ=DAILY;BYDAY=MO,TU,WE,TH,FR", "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR"],
    ["freq=weekly;byday=mo", "FREQ=WEEKLY;BYDAY=MO"],
  ])("%s means %s", (spelled, plain) => {
    const [one, other] = [read(spelled), read(plain)];
    expect(one && other && sameRule(one, other)).toBe(true);
  });
});

describe("a rule that EAS cannot say, or that is none", () => {
  it.each([
    "",
    "COUNT=3",
    "FREQ=HOURLY",
    "FREQ=DAILY;INTERVAL=0",
    "FREQ=DAILY;INTERVAL=1000",
    "FREQ=DAILY;INTERVAL=-1",
    "FREQ=DAILY;COUNT=0",
    "FREQ=DAILY;COUNT=3;UNTIL=20260301",
    "FREQ=DAILY;UNTIL=soon",
    "FREQ=DAILY;BYMONTH=1",
    "FREQ=DAILY;INTERVAL=2;BYDAY=MO",
    "FREQ=DAILY;BYHOUR=9,12",
    "FREQ=WEEKLY;BYDAY=MO;BYSETPOS=1",
    "FREQ=WEEKLY;BYDAY=XX",
    "FREQ=MONTHLY;BYMONTHDAY=5,20",
    "FREQ=MONTHLY;BYMONTHDAY=-2",
    "FREQ=MONTHLY;BYMONTHDAY=32",
    "FREQ=MONTHLY;BYDAY=5MO",
    "FREQ=MONTHLY;BYDAY=-2FR",
    "FREQ=MONTHLY;BYDAY=1MO,3MO",
    "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=5",
    "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=1,-1",
    "FREQ=MONTHLY;BYDAY=FR;BYMONTHDAY=13",
    "FREQ=MONTHLY;BYDAY=MO",
    "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30",
    "FREQ=YEARLY;BYMONTH=6,12;BYMONTHDAY=1",
    "FREQ=YEARLY;BYDAY=20MO",
    "FREQ=YEARLY;BYWEEKNO=20",
    "FREQ=YEARLY;BYYEARDAY=100",
    "FREQ=YEARLY;BYEASTER=0",
    "FREQ=YEARLY;RSCALE=HEBREW",
  ])("%s is not read", (value) => {
    expect(read(value)).toBeUndefined();
  });
});

describe("the occurrences of a rule", () => {
  const days = fc.subarray(["MO", "TU", "WE", "TH", "FR", "SA", "SU"], { minLength: 1 });
  const rules = fc.oneof(
    fc.constant("FREQ=DAILY"),
    days.map((list) => `FREQ=WEEKLY;BYDAY=${list.join(",")}`),
    fc.integer({ min: 1, max: 31 }).map((day) => `FREQ=MONTHLY;BYMONTHDAY=${day}`),
    fc
      .tuple(days, fc.constantFrom(1, 2, 3, 4, -1))
      .map(([list, nth]) => `FREQ=MONTHLY;BYDAY=${list.join(",")};BYSETPOS=${nth}`),
    fc
      .tuple(fc.integer({ min: 1, max: 12 }), fc.constantFrom(1, 2, 3, 4, -1), fc.constantFrom("MO", "SU"))
      .map(([month, nth, day]) => `FREQ=YEARLY;BYMONTH=${month};BYDAY=${nth}${day}`),
  );

  it("are those that ical.js finds", () => {
    fc.assert(
      fc.property(rules, fc.integer({ min: 1, max: 4 }), fc.constantFrom("MO", "SU"), (base, interval, weekStart) => {
        const value = `${base};INTERVAL=${interval};WKST=${weekStart}`;
        const recur = ICAL.Recur.fromString(value);
        const iterator = recur.iterator(ICAL.Time.fromJSDate(new Date(friday), true));
        const found: number[] = [];
        for (let next = iterator.next(); next && found.length < 25; next = iterator.next()) {
          const wall = next.toUnixTime() * 1000;
          // ical.js may begin with a start that the rule does not have.
          if (wall !== friday) found.push(wall);
        }
        const rule = read(value);
        if (rule === undefined) throw new Error(`not read: ${value}`);
        const last = found.at(-1) ?? friday;
        const ours: number[] = [];
        for (let wall = friday + 86_400_000; wall <= last; wall += 86_400_000) {
          if (isSlot(rule, friday, wall)) ours.push(wall);
        }
        expect(ours, value).toEqual(found.filter((wall) => wall > friday));
      }),
      { numRuns: 200 },
    );
  });

  it.each([
    ["FREQ=DAILY;COUNT=5000", "2039-10-08"],
    ["FREQ=WEEKLY;BYDAY=FR;COUNT=3", "2026-02-13"],
    ["FREQ=MONTHLY;BYMONTHDAY=31;COUNT=3", "2026-05-31"],
    ["FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1;COUNT=12", "2026-12-31"],
    ["FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29;COUNT=2", "2032-02-29"],
  ])("of %s end on %s", (value, day) => {
    const rule = read(value);
    expect(rule && new Date(lastByCount(rule, friday) ?? 0).toISOString().slice(0, 10)).toBe(day);
  });

  it("that are more than 999 are said by their last day", () => {
    const rule = read("FREQ=DAILY;COUNT=1000");
    expect(rule && sayable(rule, friday)).toMatchObject({ until: { wall: friday + 999 * 86_400_000 } });
    const few = read("FREQ=DAILY;COUNT=999");
    expect(few && sayable(few, friday)).toBe(few);
  });

  it("are none where no year has the day", () => {
    const rule = read("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29");
    expect(rule && ruleDateIn(rule, 2027)).toBeUndefined();
    expect(rule && ruleDateIn(rule, 2028)).toBe(Date.UTC(2028, 1, 29));
  });
});
