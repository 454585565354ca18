import { describe, expect, it } from "vitest";
import { calendar } from "../../mappings/calendar.ts";
import { readTree } from "../../src/mapping/content-lines.ts";
import { zoneIn } from "../../src/mapping/rules/vtimezone.ts";
import { blobOf, readZoneBlob, timezoneOf, writeZoneBlob } from "../../src/protocol/timezone.ts";
import { zoneNamed } from "../../src/protocol/zones.ts";
import { applicationData, change, context, down, echoWith, event, fields, textOf, value, vevent } from "./events.ts";

function named(name: string) {
  const found = zoneNamed(name);
  if (found === undefined) throw new Error(`no zone ${name}`);
  return found;
}

function definition(tzid: string, ...observances: readonly string[]): string {
  return [
    "BEGIN:VCALENDAR",
    "BEGIN:VTIMEZONE",
    `TZID:${tzid}`,
    ...observances,
    "END:VTIMEZONE",
    "END:VCALENDAR",
    "",
  ].join("\r\n");
}

function observance(kind: string, start: string, from: string, to: string, ...more: readonly string[]): string {
  return [`BEGIN:${kind}`, `DTSTART:${start}`, `TZOFFSETFROM:${from}`, `TZOFFSETTO:${to}`, ...more, `END:${kind}`].join(
    "\r\n",
  );
}

const days = Array.from({ length: 365 * 3 }, (_, day) => Date.UTC(2025, 0, 1) + day * 86_400_000 + 3_600_000);

describe("a VTIMEZONE of no known name", () => {
  it.each([
    [
      "rules from 1601",
      "Europe/Berlin",
      observance("STANDARD", "16010101T030000", "+0200", "+0100", "RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10"),
      observance("DAYLIGHT", "16010101T020000", "+0100", "+0200", "RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3"),
    ],
    [
      "rules by day of month, as Apple writes them",
      "America/New_York",
      observance(
        "DAYLIGHT",
        "20070311T020000",
        "-0500",
        "-0400",
        "RRULE:FREQ=YEARLY;BYMONTH=3;BYMONTHDAY=8,9,10,11,12,13,14;BYDAY=SU",
      ),
      observance("STANDARD", "20071104T020000", "-0400", "-0500", "RRULE:FREQ=YEARLY;BYMONTH=11;BYDAY=1SU"),
    ],
    [
      "rules that ended and dates",
      "Asia/Kolkata",
      observance("STANDARD", "19700101T000000", "+0600", "+0530"),
      observance(
        "DAYLIGHT",
        "19420515T000000",
        "+0530",
        "+0630",
        "RRULE:FREQ=YEARLY;BYMONTH=5;BYDAY=3FR;UNTIL=19450515T000000Z",
      ),
    ],
    [
      "the southern half",
      "Australia/Sydney",
      observance("STANDARD", "20080406T030000", "+1100", "+1000", "RRULE:FREQ=YEARLY;BYMONTH=4;BYDAY=1SU"),
      observance("DAYLIGHT", "20081005T020000", "+1000", "+1100", "RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=1SU"),
    ],
  ])("with %s is as %s", (_name, like, ...observances) => {
    const zone = zoneIn(readTree(definition("Mine", ...observances)).root, "Mine");
    const real = named(like);
    expect(days.filter((day) => zone?.offsetAt(day) !== real.offsetAt(day))).toEqual([]);
  });

  it("that gives a location is that location", () => {
    const text = definition("x", "X-LIC-LOCATION:Asia/Tokyo");
    expect(zoneIn(readTree(text).root, "x")?.id).toBe("Asia/Tokyo");
  });

  it.each([
    ["nothing in it", definition("x")],
    ["no offsets", definition("x", observance("STANDARD", "19700101T000000", "a", "b"))],
    ["nonsense", definition("x", observance("STANDARD", "never", "+0100", "+0200", "RRULE:FREQ=NEVER"))],
    ["another name", definition("y", observance("STANDARD", "19700101T000000", "+0100", "+0100"))],
  ])("with %s is no zone, and its times are read as floating", (_name, text) => {
    expect(zoneIn(readTree(text).root, "x")).toBeUndefined();
  });
});

describe("an event of an unknown TZID", () => {
  const lost = vevent("DTSTART;TZID=Nowhere:20260310T090000", "DTEND;TZID=Nowhere:20260310T100000", "SUMMARY:x");

  it("is shown in the configured zone and keeps its TZID when it is moved", () => {
    expect(value(down(lost, "14.1"), "Calendar:StartTime")).toBe("20260310T080000Z");
    const sent = echoWith(lost, "14.1", { StartTime: "20260310T090000Z", EndTime: "20260310T100000Z" });
    expect(change(lost, "14.1", sent)).toContain("DTSTART;TZID=Nowhere:20260310T100000");
  });
});

describe("the blob of a series", () => {
  it("has the rules of today: in 2005 America switched on other days", () => {
    const text = vevent("DTSTART;TZID=America/New_York:20050103T090000", "RRULE:FREQ=WEEKLY", "SUMMARY:x");
    const blob = readZoneBlob(textOf(down(text, "14.1"), "Calendar:Timezone"));
    expect(blob?.daylightDate).toMatchObject({ month: 3, day: 2 });
    const single = vevent("DTSTART;TZID=America/New_York:20050103T090000", "SUMMARY:x");
    expect(readZoneBlob(textOf(down(single, "14.1"), "Calendar:Timezone"))?.daylightDate).toMatchObject({
      month: 4,
      day: 1,
    });
  });

  it.each([
    "Africa/Casablanca",
    "Africa/Cairo",
    "Asia/Jerusalem",
    "America/Santiago",
    "Australia/Lord_Howe",
    "Asia/Kolkata",
    "Europe/Kyiv",
  ])("of %s that a device made for the year it is says nothing new of an event in another year", (name) => {
    const zone = named(name);
    const now = Date.UTC(2025, 5, 1);
    const text = vevent(`DTSTART;TZID=${name}:20270310T090000`, `DTEND;TZID=${name}:20270310T100000`, "SUMMARY:x");
    const sent = echoWith(text, "14.1", { Timezone: writeZoneBlob({ ...blobOf(zone, now), standardName: "" }) });
    expect(change(text, "14.1", sent, { more: { now } })).toBe(text);
  });
});

describe("a new event of a device", () => {
  it.each([
    "Europe/Berlin",
    "America/New_York",
    "Australia/Lord_Howe",
    "Asia/Kolkata",
    "America/Santiago",
    "Africa/Cairo",
  ])("in %s gets that zone, its VTIMEZONE, and the same instants back", (name) => {
    const times = { StartTime: "20260610T080000Z", EndTime: "20260610T090000Z" };
    const data = fields({ ...times, Timezone: timezoneOf(named(name), Date.UTC(2026, 5, 10)) });
    const { text } = calendar.create(applicationData(data), "u", context("14.1"));
    expect(text).toContain(`DTSTART;TZID=${name}:`);
    expect(text).toContain(`BEGIN:VTIMEZONE\r\nTZID:${name}\r\n`);
    expect(value(down(text, "14.1"), "Calendar:StartTime")).toBe(times.StartTime);
  });

  it.each([
    ["America/New_York", "20260727T040000Z", "20260728T040000Z"],
    ["Asia/Tokyo", "20260726T150000Z", "20260727T150000Z"],
    ["Europe/Berlin", "20260726T220000Z", "20260727T220000Z"],
  ])("all day in %s is that day", (name, start, end) => {
    const data = fields({
      AllDayEvent: "1",
      StartTime: start,
      EndTime: end,
      Timezone: timezoneOf(named(name), Date.UTC(2026, 6, 27)),
    });
    const { text } = calendar.create(applicationData(data), "u", context("14.1"));
    expect(text).toContain("DTSTART;VALUE=DATE:20260727\r\nDTEND;VALUE=DATE:20260728\r\n");
  });
});

describe("the end of the last instance", () => {
  const at = (text: string) => calendar.lastEnd(text, { zone: "Europe/Berlin" });
  const iso = (text: string) => new Date(at(text)).toISOString().slice(0, 16);

  it.each([
    ["a single event", event("no-end"), "2026-06-01T12:00"],
    ["days", event("ios-all-day"), "2026-08-07T22:00"],
    ["UNTIL", event("nextcloud-weekly"), "2026-12-28T09:15"],
    ["COUNT", event("davx5-floating"), "2026-04-08T05:15"],
    ["5,000 instances", event("five-thousand"), "2033-09-08T06:15"],
    [
      "an override behind the last slot",
      vevent(
        "DTSTART:20260302T080000Z",
        "DURATION:PT1H",
        "RRULE:FREQ=DAILY;COUNT=2",
        "END:VEVENT",
        "BEGIN:VEVENT",
        "UID:test-1",
        "RECURRENCE-ID:20260303T080000Z",
        "DTSTART:20260420T080000Z",
        "DURATION:PT2H",
      ),
      "2026-04-20T10:00",
    ],
    [
      "a further date",
      vevent("DTSTART:20260302T080000Z", "DURATION:PT1H", "RRULE:FREQ=DAILY;COUNT=2", "RDATE:20260501T080000Z"),
      "2026-05-01T09:00",
    ],
    [
      "a rule that EAS cannot say",
      vevent("DTSTART:20260305T080000Z", "RRULE:FREQ=MONTHLY;BYMONTHDAY=5,20;COUNT=3"),
      "2026-04-05T08:00",
    ],
    ["orphans", event("orphan-instances"), "2026-06-09T10:30"],
  ])("of %s", (_name, text, end) => {
    expect(iso(text)).toBe(end);
  });

  it.each([
    ["an endless series", event("ios-birthday-yearly")],
    ["an endless rule that EAS cannot say", event("radicale-foreign-rule")],
    ["a series too long to walk", vevent("DTSTART:20260305T080000Z", "RRULE:FREQ=HOURLY;COUNT=100000")],
    ["no event", "BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n"],
  ])("of %s is never", (_name, text) => {
    expect(at(text)).toBe(Number.POSITIVE_INFINITY);
  });
});
