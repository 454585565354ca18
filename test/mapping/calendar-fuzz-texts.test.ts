/**
 * Random calendars, as no fixture has them: dates beside rules, overrides for all that follow, files, several alarms,
 * foreign properties, parameters and components. They can be shown or are refused, come back without a word, and no
 * edit loses a line that it does not name.
 */
import fc from "fast-check";
import ICAL from "ical.js";
import { describe, expect, it } from "vitest";
import { calendar } from "../../mappings/calendar.ts";
import { MappingError } from "../../src/errors.ts";
import { validateItem } from "../../src/protocol/validate.ts";
import { versions } from "../../src/schema/versions.ts";
import { childText, type Element, element } from "../../src/wire/element.ts";
import { applicationData, context, fields, value } from "./events.ts";

const runs = Number(process.env["FUZZ_RUNS"] ?? 60);
const day = 86_400_000;
/** Milliseconds of the processor for one item: a window of them has 20 s. */
const longest = 3_000;

function attempt<T>(run: () => T): T | undefined {
  try {
    return run();
  } catch (error) {
    if (error instanceof MappingError) return undefined;
    throw error;
  }
}

function stamp(at: number, form: string): string {
  const text = new Date(at).toISOString().replace(/[-:]|\.\d+/g, "");
  if (form === "VALUE=DATE") return `;VALUE=DATE:${text.slice(0, 8)}`;
  if (form === "UTC") return `:${text}`;
  return form === "" ? `:${text.slice(0, 15)}` : `;${form}:${text.slice(0, 15)}`;
}

const forms = ["UTC", "", "VALUE=DATE", "TZID=Europe/Berlin", "TZID=America/New_York", "TZID=Nowhere", "TZID=Mine"];
const mine = [
  "BEGIN:VTIMEZONE",
  "TZID:Mine",
  "BEGIN:STANDARD",
  "DTSTART:19700101T000000",
  "TZOFFSETFROM:-0330",
  "TZOFFSETTO:-0330",
  "END:STANDARD",
  "END:VTIMEZONE",
];

const number = (least: number, most: number) => fc.integer({ min: least, max: most });
const names = fc.constantFrom(
  "X-FOREIGN",
  "X-APPLE-THING",
  "COMMENT",
  "CONTACT",
  "RELATED-TO",
  "IMAGE",
  "REQUEST-STATUS",
);
const words = fc.constantFrom("a", "b;c", "d\\,e", "ümlaut 🗓", "a\\nb", "x".repeat(200));
const foreign = fc
  .tuple(names, fc.constantFrom("", ";X-P=1", ';X-Q="a;b:c"', ";LANGUAGE=de;X-R=2"), words, fc.nat(10_000))
  .map(([name, params, word, id]) => `${name}${params}:${word}#${id}`);
const attach = fc.oneof(
  fc.webUrl().map((url) => `ATTACH;FMTTYPE=text/html:${url}`),
  number(0, 99).map((id) => `ATTACH;MANAGED-ID=${id};SIZE=5;FILENAME=m${id}.txt:https://example.org/${id}`),
  fc
    .tuple(fc.base64String({ maxLength: 300 }), number(0, 9))
    .map(([data, id]) => `ATTACH;VALUE=BINARY;ENCODING=BASE64;FMTTYPE=text/plain;FILENAME=f${id}:${data}`),
  fc.constant("ATTACH:CID:part3@example.org"),
);
const alarm = fc
  .tuple(
    fc.constantFrom("DISPLAY", "AUDIO", "EMAIL", "PROCEDURE", "NONE"),
    fc.constantFrom(":-PT15M", ":PT0S", ";RELATED=END:-PT5M", ";VALUE=DATE-TIME:20260101T000000Z", ":PT10M", ":-P1D"),
    fc.nat(10_000),
  )
  .map(([action, trigger, id]) => [
    "BEGIN:VALARM",
    `ACTION:${action}`,
    `TRIGGER${trigger}`,
    `X-WR-ALARMUID:${id}`,
    "END:VALARM",
  ]);
const rule = fc
  .record({
    freq: fc.constantFrom("DAILY", "WEEKLY", "MONTHLY", "YEARLY", "HOURLY"),
    interval: number(1, 4),
    by: fc.subarray(
      [
        "BYDAY=MO,WE",
        "BYDAY=1MO,3MO",
        "BYDAY=-1FR",
        "BYMONTHDAY=1,15",
        "BYMONTHDAY=31",
        "BYMONTHDAY=-2",
        "BYMONTH=2,8",
        "BYSETPOS=-1",
        "BYYEARDAY=100",
        "BYHOUR=8,20",
        "BYWEEKNO=5",
        "WKST=SU",
      ],
      { maxLength: 3 },
    ),
    end: fc.constantFrom(
      "",
      "COUNT=1",
      "COUNT=12",
      "COUNT=1500",
      "UNTIL=20260601",
      "UNTIL=20270101T000000Z",
      "UNTIL=20260601T080000",
    ),
  })
  .map(({ freq, interval, by, end }) => [`FREQ=${freq}`, `INTERVAL=${interval}`, end, ...by].filter(Boolean).join(";"))
  .map((text) => `RRULE:${text}`);

interface Made {
  readonly text: string;
  /** Lines that no device can name. */
  readonly kept: readonly string[];
}

const made: fc.Arbitrary<Made> = fc
  .record({
    start: fc.tuple(number(-200, 500), number(0, 47)).map(([days, half]) => Date.UTC(2026, 0, 1 + days, 0, half * 30)),
    length: number(0, 72),
    form: fc.constantFrom(...forms),
    rules: fc.oneof(
      { weight: 1, arbitrary: fc.constant([]) },
      { weight: 4, arbitrary: fc.array(rule, { minLength: 1, maxLength: 2 }) },
    ),
    dates: fc.array(number(1, 90), { maxLength: 3 }),
    out: fc.array(number(0, 60), { maxLength: 4 }),
    alarms: fc.array(alarm, { maxLength: 3 }),
    foreigns: fc.array(foreign, { maxLength: 4 }),
    files: fc.array(attach, { maxLength: 3 }),
    overrides: fc.array(
      fc.record({
        at: number(0, 60),
        ranges: fc.boolean(),
        idForm: fc.constantFrom(...forms),
        moved: number(-50, 50),
        form: fc.constantFrom(...forms),
        lines: fc.array(fc.oneof(foreign, attach), { maxLength: 2 }),
      }),
      { maxLength: 3 },
    ),
    invited: fc.boolean(),
  })
  .map((said) => {
    const { start, form } = said;
    const at = (offset: number) => start + offset * day;
    const times = (from: number, of: string) => [
      `DTSTART${stamp(from, of)}`,
      `DTEND${stamp(from + said.length * (of === "VALUE=DATE" ? day : 1_800_000), of)}`,
    ];
    const event = (lines: readonly string[]) => [
      "BEGIN:VEVENT",
      "UID:random",
      "DTSTAMP:20260101T000000Z",
      ...lines,
      "END:VEVENT",
    ];
    const people = said.invited ? ["ORGANIZER:mailto:olga@example.com", "ATTENDEE:mailto:anna@example.org"] : [];
    const master = event([
      ...times(start, form),
      ...said.rules,
      ...said.dates.map((offset) => `RDATE${stamp(at(offset), form)}`),
      ...said.out.map((offset) => `EXDATE${stamp(at(offset), form)}`),
      "SUMMARY:Random",
      ...people,
      ...said.files,
      ...said.foreigns,
      ...said.alarms.flat(),
    ]);
    const overrides = said.overrides.flatMap((one) => {
      const range = one.ranges ? ";RANGE=THISANDFUTURE" : "";
      const id = `RECURRENCE-ID${range}${stamp(at(one.at), one.idForm)}`;
      return event([
        id,
        ...times(at(one.at) + one.moved * 1_800_000, one.form),
        "SUMMARY:Other",
        ...people,
        ...one.lines,
      ]);
    });
    const all = [
      "BEGIN:VCALENDAR",
      "VERSION:2.0",
      "PRODID:-//Random//EN",
      ...mine,
      ...master,
      ...overrides,
      "END:VCALENDAR",
      "",
    ];
    return { text: all.join("\r\n"), kept: [...said.foreigns, ...said.files, ...said.rules] };
  });

const version = fc.constantFrom(...versions);

function slotOf(exception: Element): string | undefined {
  return childText(exception, "Calendar:ExceptionStartTime") ?? childText(exception, "AirSyncBase:InstanceId");
}

function bounded<T>(run: () => T): T {
  const began = process.cpuUsage();
  const result = run();
  expect(process.cpuUsage(began).user / 1000).toBeLessThan(longest);
  return result;
}

describe("a random calendar", { timeout: 120_000 }, () => {
  it("is shown as the standard has it or refused, and comes back without a word, now and later", () => {
    fc.assert(
      fc.property(made, version, fc.constantFrom(0, 40, 700), ({ text }, asked, days) => {
        const for_ = context(asked);
        for (const part of calendar.parts(text)) {
          const told = bounded(() => attempt(() => calendar.down(text, part, for_, { id: "c1:i1" })));
          attempt(() => calendar.lastEnd(text, for_));
          if (told === undefined) continue;
          expect(validateItem("Calendar", "response", asked, told)).toEqual([]);
          const later = context(asked, { now: for_.now + days * day });
          expect(bounded(() => calendar.change(text, part, applicationData(told), undefined, later))).toBe(text);
        }
      }),
      { numRuns: runs },
    );
  });

  it("keeps every line that an edit does not name, byte for byte", () => {
    fc.assert(
      fc.property(made, version, ({ text, kept }, asked) => {
        const [part = ""] = calendar.parts(text);
        const for_ = context(asked);
        const told = attempt(() => calendar.down(text, part, for_));
        if (told === undefined) return;
        const said = fields({ Reminder: "77", Categories: [element("Calendar:Category", "Neu")] });
        const sent = [...told.filter((one) => !said.some((other) => other.name === one.name)), ...said];
        const after = bounded(() => attempt(() => calendar.change(text, part, applicationData(sent), undefined, for_)));
        if (after === undefined) return;
        expect(after).toContain("CATEGORIES:Neu");
        const plain = after.replace(/\r\n[ \t]/g, "");
        const count = (whole: string, line: string) => whole.split("\r\n").filter((one) => one === line).length;
        for (const line of kept) expect(count(plain, line)).toBe(count(text, line));
        for (const property of ["RDATE", "EXDATE", "RECURRENCE-ID", "DTSTART", "BEGIN:VEVENT"]) {
          const all = (whole: string) => whole.split("\r\n").filter((one) => one.startsWith(property));
          expect(all(plain)).toEqual(all(text));
        }
        expect(() => ICAL.parse(after)).not.toThrow();
      }),
      { numRuns: runs },
    );
  });

  it("loses one occurrence by a deletion of it, and no other one is changed", () => {
    fc.assert(
      fc.property(made, fc.constantFrom("14.1", "16.1"), fc.nat(300), ({ text }, asked, pick) => {
        const for_ = context(asked);
        const told = attempt(() => calendar.down(text, "", for_));
        const list = told === undefined ? undefined : value(told, "Calendar:Exceptions");
        if (told === undefined || !Array.isArray(list)) return;
        const alive = list.filter((one) => childText(one, "Calendar:Deleted") !== "1");
        const one = alive[pick % Math.max(1, alive.length)];
        const slot = one && slotOf(one);
        if (slot === undefined) return;
        const gone = bounded(() => attempt(() => calendar.remove(text, "", slot, for_)));
        if (gone === undefined) return;
        const left = value(calendar.down(gone, "", for_), "Calendar:Exceptions");
        const others = (of: unknown) =>
          (Array.isArray(of) ? of : [])
            .filter((other) => slotOf(other) !== slot && childText(other, "Calendar:Deleted") !== "1")
            .map((other) => JSON.stringify(other).replace(/\{"name":"Calendar:DtStamp","content":"\w+"\},?/g, ""));
        // An answer that is full makes room for one more, and of a series that EAS cannot say too little may be left.
        if (list.length < 150 && Array.isArray(left))
          expect(others(left)).toEqual(expect.arrayContaining(others(list)));
      }),
      { numRuns: runs },
    );
  });
});
