import fc from "fast-check";
import ICAL from "ical.js";
import { describe, expect, it } from "vitest";
import { tasks, tasksTable } from "../../mappings/tasks.ts";
import { MappingError } from "../../src/errors.ts";
import { validateItem } from "../../src/protocol/validate.ts";
import { tasks as page } from "../../src/schema/pages/tasks.ts";
import type { KnownName } from "../../src/schema/pages.ts";
import { atLeast, versions } from "../../src/schema/versions.ts";
import { type Element, element } from "../../src/wire/element.ts";
import { applicationData } from "./cards.ts";
import { context, down, fields, record, todos, vtodo } from "./todos.ts";

/** More by FUZZ_RUNS, for an evening. */
const runs = Number(process.env["FUZZ_RUNS"] ?? 800);

/** Runs what may be refused; any other error than MappingError is a bug. */
function attempt<T>(run: () => T): T | undefined {
  try {
    return run();
  } catch (error) {
    if (error instanceof MappingError) return undefined;
    throw error;
  }
}

const version = fc.constantFrom(...versions);
const number = (least: number, most: number) => fc.integer({ min: least, max: most }).map(String);
const digits = (value: number) => String(value).padStart(2, "0");

/** DATE, floating, zoned and UTC values, now and then of no year that EAS can say. */
const stamp = fc
  .tuple(
    fc.constantFrom("2024", "2026", "2031", "0000", "9999"),
    number(1, 12),
    number(1, 28),
    number(0, 23),
    fc.constantFrom("00", "30", "59"),
  )
  .map(([year, month, day, hour, minute]) => ({
    date: `${year}${digits(Number(month))}${digits(Number(day))}`,
    time: `${digits(Number(hour))}${minute}00`,
  }));
const timeOf = (name: string) =>
  fc
    .tuple(stamp, fc.constantFrom("date", "floating", "utc", "Europe/Berlin", "America/New_York", "Nowhere"))
    .map(([{ date, time }, form]) => {
      if (form === "date") return `${name};VALUE=DATE:${date}`;
      if (form === "floating") return `${name}:${date}T${time}`;
      return form === "utc" ? `${name}:${date}T${time}Z` : `${name};TZID=${form}:${date}T${time}`;
    });
const rrule = fc
  .tuple(
    fc.constantFrom("DAILY", "WEEKLY", "MONTHLY", "YEARLY", "HOURLY"),
    fc.constantFrom("", ";INTERVAL=2", ";INTERVAL=0"),
    fc.constantFrom("", ";BYDAY=MO,FR", ";BYDAY=2TU", ";BYDAY=-1SU", ";BYDAY=5MO"),
    fc.constantFrom("", ";BYMONTHDAY=31", ";BYMONTHDAY=-1", ";BYMONTHDAY=15"),
    fc.constantFrom("", ";BYMONTH=2", ";BYSETPOS=-1"),
    fc.constantFrom("", ";COUNT=3", ";COUNT=256", ";COUNT=9999", ";UNTIL=20270101", ";UNTIL=20270101T235959Z"),
    fc.constantFrom("", ";WKST=SU"),
  )
  .map((parts) => `RRULE:FREQ=${parts.join("")}`);
const alarm = fc
  .tuple(
    fc.constantFrom("DISPLAY", "AUDIO", "EMAIL", "PROCEDURE"),
    fc.constantFrom(
      "TRIGGER:-PT15M",
      "TRIGGER:P1DT2H",
      "TRIGGER;RELATED=END:PT0S",
      "TRIGGER;RELATED=END:-P2W",
      "TRIGGER;VALUE=DATE-TIME:20260310T080000Z",
      "TRIGGER;VALUE=DATE-TIME:20260310T080000",
      "TRIGGER:P99999DT99999999H",
      "TRIGGER:soon",
    ),
  )
  .map(([action, trigger]) => ["BEGIN:VALARM", `ACTION:${action}`, trigger, "X-ALARM:kept", "END:VALARM"].join("\r\n"));
/** What no device can say: it is to be there whatever happens. */
const foreign = fc.constantFrom(
  "RELATED-TO:parent",
  "X-APPLE-SORT-ORDER:1",
  "X-OC-HIDESUBTASKS:1",
  "ATTACH:https://example.org/a",
  "LOCATION:here",
  "GEO:52.5;13.4",
  "EXDATE:20260310T080000Z",
  "ORGANIZER:mailto:a@example.org",
  "ATTENDEE:mailto:b@example.org",
  "no line at all",
);
const isForeign = (line: string) =>
  /^(?:RELATED-TO|X-APPLE-SORT|X-OC|ATTACH|LOCATION|GEO|EXDATE|ORGANIZER|ATTENDEE|no line)/.test(line);
const other = fc.constantFrom(
  "SUMMARY:a\\, b",
  "SUMMARY;LANGUAGE=de:ä",
  "DESCRIPTION:line\\nline",
  "X-ALT-DESC;FMTTYPE=text/html:<b>x</b>",
  "STATUS:NEEDS-ACTION",
  "STATUS:IN-PROCESS",
  "STATUS:COMPLETED",
  "STATUS:CANCELLED",
  "COMPLETED:20260105T100000Z",
  "COMPLETED;VALUE=DATE:20260105",
  "COMPLETED:soon",
  "PERCENT-COMPLETE:100",
  "PERCENT-COMPLETE:55",
  "PRIORITY:0",
  "PRIORITY:3",
  "PRIORITY:9",
  "CLASS:PRIVATE",
  "CLASS:X-OURS",
  "CATEGORIES:a,b",
  "CATEGORIES:",
  "DURATION:PT2H",
  "DURATION:P3D",
  "DURATION:-PT1H",
  "RDATE:20260401T080000Z",
  "X-EAS-REGENERATE;X-EAS-FOR=FREQ=DAILY:1",
  "X-EAS-DEADOCCUR;X-EAS-FOR=FREQ=DAILY:x",
  "X-EAS-IMPORTANCE;X-EAS-FOR=1:77",
  "X-EAS-REMINDERSET;X-EAS-FOR=0:1",
  "X-EAS-ORDINALDATE:2026-03-01T10:11:12.130Z",
  "X-EAS-ORDINALDATE:never",
  "LAST-MODIFIED:now",
);
const made = fc
  .tuple(
    fc.option(timeOf("DTSTART"), { nil: undefined }),
    fc.option(timeOf("DUE"), { nil: undefined }),
    fc.option(rrule, { nil: undefined }),
    fc.uniqueArray(fc.oneof(other, foreign), { selector: (line) => line.split(/[;:]/)[0], maxLength: 8 }),
    fc.array(alarm, { maxLength: 2 }),
  )
  .map(([start, due, rule, lines, alarms]) =>
    vtodo(...[start, due, rule].filter((line) => line !== undefined), ...lines, ...alarms),
  );
const stored = fc.oneof({ weight: 4, arbitrary: made }, fc.constantFrom(...todos.map(({ text }) => text)));

const time = fc
  .tuple(fc.integer({ min: 0, max: 500 }), fc.integer({ min: 0, max: 47 }))
  .map(([day, half]) => new Date(Date.UTC(2026, 0, 1 + day, 0, half * 30)).toISOString());
const odd = fc.oneof(
  fc.constantFrom("", "0", "1", "2", "-1", "255", "256", "1e9", "2026-03-10T00:00:00Z", "99991231T235959Z", "\0"),
  fc.string({ maxLength: 20 }),
  fc.string({ maxLength: 8, unit: "binary" }),
);
const rule = fc
  .record(
    {
      Type: number(0, 6),
      Start: time,
      Interval: number(0, 4),
      DayOfWeek: number(1, 127),
      DayOfMonth: number(1, 31),
      WeekOfMonth: number(1, 5),
      MonthOfYear: number(1, 12),
      Occurrences: number(0, 255),
      Until: time,
      Regenerate: number(0, 1),
      DeadOccur: number(0, 255),
    },
    { requiredKeys: ["Type", "Start"] },
  )
  .map(fields);
/** Both of a pair, as a device in Berlin, in New York or without a zone says it; midnight more often than not. */
const pair = (which: "Start" | "Due") =>
  fc
    .tuple(fc.integer({ min: 0, max: 400 }), fc.constantFrom(0, 0, 0, 9, 17.5, 23.5), fc.constantFrom(0, 1, 2, -5))
    .map(([day, hour, offset]) => {
      const local = Date.UTC(2026, 0, 1 + day) + hour * 3_600_000;
      return {
        [`Utc${which}Date`]: new Date(local - offset * 3_600_000).toISOString(),
        [`${which}Date`]: new Date(local).toISOString(),
      };
    });
/** What a device might well say. */
const edit = fc
  .tuple(
    fc.option(pair("Start"), { nil: {} }),
    fc.option(pair("Due"), { nil: {} }),
    fc.record(
      {
        Subject: odd,
        Importance: number(0, 3),
        Complete: number(0, 1),
        DateCompleted: time,
        Recurrence: fc.option(rule, { nil: undefined }),
        ReminderSet: number(0, 1),
        ReminderTime: time,
        Sensitivity: number(0, 3),
        OrdinalDate: time,
        SubOrdinalDate: odd,
      },
      { requiredKeys: [] },
    ),
  )
  .map(([start, due, rest]) => fields({ ...start, ...due, ...rest }));
const tags = [...Object.keys(page.tags).map((tag) => `Tasks:${tag}` as KnownName), "AirSyncBase:Body" as const];
const tree: fc.Arbitrary<readonly Element[]> = fc.letrec<{ list: readonly Element[] }>((tie) => ({
  list: fc.array(
    fc.record({
      name: fc.constantFrom(...tags),
      content: fc.oneof({ maxDepth: 3 }, odd, time, fc.constant(undefined), tie("list")),
    }),
    { maxLength: 6 },
  ),
})).list;

function expectKept(before: string, after: string): void {
  const kept = (text: string) => text.split("\r\n").filter(isForeign).toSorted();
  expect(kept(after)).toEqual(kept(before));
}

describe("whatever a text holds", () => {
  it("is sent as the standard has it, and an echo writes nothing", () => {
    fc.assert(
      fc.property(stored, version, fc.boolean(), (text, asked, clearing) => {
        const for_ = context(asked);
        const sent = tasks.down(text, "", for_, { clearing });
        expect(validateItem("Tasks", "response", asked, sent)).toEqual([]);
        expect(tasks.change(text, "", applicationData(sent), undefined, for_)).toBe(text);
        expect(tasks.lastEnd(text, { zone: "Europe/Berlin" })).not.toBeNaN();
      }),
      { numRuns: runs * 2 },
    );
  });

  it("broken anywhere is shown or refused, and never written when it comes back", () => {
    const edits = fc.array(
      fc.record({ at: fc.nat(), length: fc.integer({ min: 0, max: 12 }), by: fc.string({ maxLength: 12 }) }),
      { minLength: 1, maxLength: 4 },
    );
    fc.assert(
      fc.property(stored, edits, version, (text, list, asked) => {
        let broken = text;
        for (const { at, length, by } of list) {
          const from = at % broken.length;
          broken = broken.slice(0, from) + by + broken.slice(from + length);
        }
        for (const part of attempt(() => tasks.parts(broken)) ?? []) {
          attempt(() => tasks.lastEnd(broken, { zone: "Europe/Berlin" }));
          const sent = attempt(() => tasks.down(broken, part, context(asked)));
          if (sent === undefined) continue;
          expect(tasks.change(broken, part, applicationData(sent), undefined, context(asked))).toBe(broken);
        }
      }),
      { numRuns: runs },
    );
  });
});

describe("whatever a device sends", () => {
  it("as an edit of its copy is taken or refused, settles at once, and loses no line that it cannot say", () => {
    fc.assert(
      fc.property(stored, version, edit, fc.boolean(), (text, asked, said, whole) => {
        const for_ = context(asked);
        const names = new Set(said.map((one) => one.name));
        const echo = whole ? tasks.down(text, "", for_).filter((one) => !names.has(one.name)) : [];
        const sent = applicationData([...echo, ...said]);
        const after = attempt(() => tasks.change(text, "", sent, undefined, for_));
        if (after === undefined) return;
        expectKept(text, after);
        const told = tasks.down(after, "", for_);
        expect(validateItem("Tasks", "response", asked, told)).toEqual([]);
        expect(tasks.change(after, "", applicationData(told), undefined, for_)).toBe(after);
        // An alarm or a rule that had no time to count from may have one now, of which the device knows nothing.
        const shown = tasks.down(text, "", for_).map((one) => one.name);
        const knowsAlarms = !text.includes("BEGIN:VALARM") || (whole && shown.includes("Tasks:ReminderTime"));
        const knowsRule = !text.includes("RRULE") || shown.includes("Tasks:Recurrence");
        if (knowsAlarms && knowsRule)
          expect(attempt(() => tasks.change(after, "", sent, undefined, for_)) ?? after).toBe(after);
        attempt(() => tasks.isPartial?.(text, "", sent, undefined, for_));
      }),
      { numRuns: runs * 2 },
    );
  });

  it("is taken or refused, and what is taken can be shown and comes back unchanged", () => {
    fc.assert(
      fc.property(stored, version, tree, (text, asked, said) => {
        const for_ = context(asked);
        const after = attempt(() => tasks.change(text, "", applicationData(said), undefined, for_));
        if (after === undefined) return;
        expectKept(text, after);
        const sent = tasks.down(after, "", for_);
        expect(tasks.change(after, "", applicationData(sent), undefined, for_)).toBe(after);
      }),
      { numRuns: runs },
    );
  });

  it("as a new task is taken or refused, and strict readers take it", () => {
    fc.assert(
      fc.property(version, fc.oneof(tree, edit), (asked, said) => {
        const task = attempt(() => tasks.create(applicationData(said), "u", context(asked)));
        if (task === undefined) return;
        const parsed = new ICAL.Component(ICAL.parse(task.text)).getFirstSubcomponent("vtodo");
        const [start, due] = ["dtstart", "due"].map((name) => parsed?.getFirstPropertyValue(name));
        if (start instanceof ICAL.Time && due instanceof ICAL.Time) {
          expect(start.isDate).toBe(due.isDate);
          expect(due.toJSDate().getTime()).toBeGreaterThanOrEqual(start.toJSDate().getTime());
        }
        const sent = tasks.down(task.text, "", context(asked));
        expect(validateItem("Tasks", "response", asked, sent)).toEqual([]);
        expect(tasks.change(task.text, "", applicationData(sent), undefined, context(asked))).toBe(task.text);
      }),
      { numRuns: runs },
    );
  });
});

describe("what a device says of a new task", () => {
  const plain = fc
    .string({ minLength: 1, maxLength: 20 })
    .map((said) => said.trim())
    .filter((said) => said !== "");
  const pattern = fc.oneof(
    fc.constant({ Type: "0" }),
    number(1, 126).map((DayOfWeek) => ({ Type: "1", DayOfWeek })),
    number(1, 31).map((DayOfMonth) => ({ Type: "2", DayOfMonth })),
    fc.tuple(number(1, 5), number(1, 126)).map(([WeekOfMonth, DayOfWeek]) => ({ Type: "3", WeekOfMonth, DayOfWeek })),
    fc.tuple(number(1, 12), number(1, 28)).map(([MonthOfYear, DayOfMonth]) => ({ Type: "5", MonthOfYear, DayOfMonth })),
    fc
      .tuple(number(1, 12), number(1, 5), number(1, 126))
      .map(([MonthOfYear, WeekOfMonth, DayOfWeek]) => ({ Type: "6", MonthOfYear, WeekOfMonth, DayOfWeek })),
  );
  const whole = fc
    .record(
      {
        Subject: plain,
        Importance: number(0, 255),
        Complete: fc.constant("0"),
        Sensitivity: number(0, 3),
        reminder: time.map((at) => ({ ReminderSet: "1", ReminderTime: at })),
        SubOrdinalDate: plain,
        OrdinalDate: time,
        rule: fc.tuple(
          pattern,
          number(1, 99),
          fc.oneof(
            fc.constant({}),
            number(1, 255).map((Occurrences) => ({ Occurrences })),
          ),
          number(0, 1),
          number(0, 255),
        ),
        Categories: fc
          .uniqueArray(plain, { minLength: 1, maxLength: 3 })
          .map((list) => list.map((one) => element("Tasks:Category", one))),
      },
      { requiredKeys: ["Subject", "Complete"] },
    )
    .chain(({ rule: repeats, reminder, ...said }) =>
      fc
        .tuple(fc.integer({ min: 0, max: 300 }), fc.integer({ min: 0, max: 30 }), fc.constantFrom(0, 0, 9))
        .map(([from, days, hour]) => {
          const at = (days_: number) => Date.UTC(2026, 0, 1 + days_) + hour * 3_600_000;
          const pairOf = (which: string, local: number) => ({
            // A device without a zone of its own: days are days, and times are in UTC.
            [`Utc${which}Date`]: new Date(local).toISOString(),
            [`${which}Date`]: new Date(local).toISOString(),
          });
          const start = pairOf("Start", at(from));
          const Recurrence =
            repeats &&
            fields({
              ...repeats[0],
              Start: start["StartDate"],
              Interval: repeats[1],
              ...repeats[2],
              Regenerate: repeats[3],
              DeadOccur: repeats[4],
            });
          return fields({
            ...said,
            ...reminder,
            ...start,
            ...pairOf("Due", at(from + days)),
            ...(Recurrence && { Recurrence }),
          });
        }),
    );

  it("is what it is told of it again", () => {
    const isTime = /^Tasks:(?:Utc)?(?:Start|Due)Date$/;
    fc.assert(
      fc.property(version, whole, (asked, said) => {
        const utc = { zone: "UTC" };
        const { text } = tasks.create(applicationData(said), "u", context(asked, utc));
        const told = tasks.down(text, "", context(asked, utc));
        for (const one of said) {
          if (/Ordinal/.test(one.name) && !atLeast(asked, "12.0")) continue;
          const back = told.find((found) => found.name === one.name);
          if (one.name === "Tasks:Recurrence") expect(record(back?.content)).toMatchObject(record(one.content));
          else expect(back, isTime.test(one.name) ? text : "").toEqual(one);
        }
      }),
      { numRuns: runs },
    );
  });
});

describe("an edit of one field", () => {
  const single = {
    SUMMARY: fc.constantFrom("x", "y; z").map((said) => fields({ Subject: said })),
    PRIORITY: number(0, 2).map((said) => fields({ Importance: said })),
    CLASS: number(0, 3).map((said) => fields({ Sensitivity: said })),
    "(?:STATUS|COMPLETED|PERCENT-COMPLETE)": number(0, 1).map((said) => fields({ Complete: said })),
    "(?:DUE|DURATION|DTSTART|RRULE|TRIGGER)": pair("Due").map(fields),
    "(?:RRULE|DTSTART)": rule.map((said) => fields({ Recurrence: said })),
  };

  it.each(Object.entries(single))("of %s leaves every other line octet for octet", (name, edits) => {
    const mine = new RegExp(`^(?:${name}|DTSTAMP|LAST-MODIFIED|X-EAS-[A-Z]+)[;:]`);
    const zones = /BEGIN:VTIMEZONE\r\n[^]*?END:VTIMEZONE\r\n/g;
    const rest = (text: string) =>
      text
        .replace(/\r?\n/g, "\r\n")
        .replace(zones, "")
        .split(/\r\n(?![ \t])/)
        .filter((line) => !mine.test(line));
    fc.assert(
      fc.property(fc.constantFrom(...todos), edits, ({ text }, said) => {
        const names = new Set(said.map((one) => one.name));
        const echo = down(text).filter((one) => !names.has(one.name));
        const sent = applicationData([...echo, ...said]);
        const after = attempt(() => tasks.change(text, "", sent, undefined, context("14.1")));
        if (after !== undefined) expect(rest(after)).toEqual(rest(text));
      }),
      { numRuns: 300 },
    );
  });
});

it("every tag that a table row holds is fuzzed", () => {
  const mapped = tasksTable.rows.flatMap((row) => [row.tag, ...(row.holds ?? [])]);
  expect(mapped.filter((tag) => tag.startsWith("Tasks:") && !tags.includes(tag))).toEqual([]);
});
