import { describe, expect, it } from "vitest";
import { calendar } from "../../mappings/calendar.ts";
import { MappingError } from "../../src/errors.ts";
import { clientUidOf, uidOfClientUid } from "../../src/mapping/client-uid.ts";
import { blobOf, timezoneOf, writeZoneBlob } from "../../src/protocol/timezone.ts";
import { validateItem } from "../../src/protocol/validate.ts";
import { zoneNamed } from "../../src/protocol/zones.ts";
import { type Version, versions } from "../../src/schema/versions.ts";
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

const simple = vevent(
  "DTSTART;TZID=Europe/Berlin:20260310T090000",
  "DTEND;TZID=Europe/Berlin:20260310T100000",
  "SUMMARY:Zahnarzt",
);

function zone(name: string) {
  const found = zoneNamed(name);
  if (found === undefined) throw new Error(`no zone ${name}`);
  return found;
}

function blob(name: string, at = Date.UTC(2026, 2, 10)): string {
  return timezoneOf(zone(name), at);
}

function create(record: Parameters<typeof fields>[0], version: Version = "14.1", more = {}): string {
  return calendar.create(applicationData(fields(record)), "uid-1", context(version, more)).text;
}

describe("when an event is", () => {
  it("changes two lines when it is moved", () => {
    const sent = echoWith(simple, "14.1", { StartTime: "20260310T120000Z", EndTime: "20260310T130000Z" });
    const { gone, come } = lineDiff(simple, change(simple, "14.1", sent));
    expect(gone).toEqual([
      "DTSTAMP:20260101T000000Z",
      "DTSTART;TZID=Europe/Berlin:20260310T090000",
      "DTEND;TZID=Europe/Berlin:20260310T100000",
    ]);
    expect(come).toContain("DTSTART;TZID=Europe/Berlin:20260310T130000");
    expect(come).toContain("DTEND;TZID=Europe/Berlin:20260310T140000");
  });

  it("keeps its TZID for a blob of other names and the same rules", () => {
    const other = { ...blobOf(zone("Africa/Ceuta"), Date.UTC(2026, 2, 10)), standardName: "Ceuta", daylightName: "" };
    expect(change(simple, "14.1", echoWith(simple, "14.1", { Timezone: writeZoneBlob(other) }))).toBe(simple);
  });

  it.each([
    ["an empty tag", undefined],
    ["zeros", Buffer.alloc(172).toString("base64")],
    ["a wrong length", "AAAA"],
    ["no base64", "!!"],
  ])("keeps its TZID for %s", (_name, timezone) => {
    expect(change(simple, "14.1", echoWith(simple, "14.1", { Timezone: timezone }))).toBe(simple);
  });

  it("takes another zone with its VTIMEZONE", () => {
    const after = change(simple, "14.1", echoWith(simple, "14.1", { Timezone: blob("America/New_York") }));
    expect(after).toContain("DTSTART;TZID=America/New_York:20260310T040000");
    expect(after).toContain("DTEND;TZID=America/New_York:20260310T050000");
    expect(after).toContain("BEGIN:VTIMEZONE\r\nTZID:America/New_York\r\n");
    expect(change(after, "14.1", down(after, "14.1"))).toBe(after);
  });

  it("takes a zone that has no name, by the rules that the device gives", () => {
    const odd = writeZoneBlob({
      ...blobOf(zone("Europe/Berlin"), Date.UTC(2026, 2, 10)),
      bias: -37,
      standardName: "?",
    });
    const after = change(simple, "14.1", echoWith(simple, "14.1", { Timezone: odd }));
    expect(after).toContain("TZOFFSETTO:+0037");
    expect(value(down(after, "14.1"), "Calendar:StartTime")).toBe("20260310T080000Z");
    expect(change(after, "14.1", down(after, "14.1"))).toBe(after);
    expect(change(after, "14.1", echoWith(after, "14.1", { Timezone: odd }))).toBe(after);
  });

  it("uses a VTIMEZONE that is there", () => {
    const text = event("outlook-monthly");
    const sent = echoWith(text, "14.1", { StartTime: "20260130T140000Z", EndTime: "20260130T150000Z" });
    const after = change(text, "14.1", sent);
    expect(after).toContain('DTSTART;TZID="W. Europe Standard Time":20260130T150000');
    expect(after.match(/BEGIN:VTIMEZONE/g)).toHaveLength(1);
  });

  it("keeps each end in its own zone", () => {
    const text = event("flight-two-zones");
    const sent = echoWith(text, "14.1", { StartTime: "20261030T103000Z", EndTime: "20261030T183000Z" });
    const after = change(text, "14.1", sent);
    expect(after).toContain("DTSTART;TZID=/freeassociation.sourceforge.net/Europe/Berlin:20261030T113000");
    expect(after).toContain("DTEND;TZID=America/New_York:20261030T143000");
  });

  it("keeps DURATION, and floating time floating", () => {
    const text = event("davx5-floating");
    const longer = change(text, "14.1", echoWith(text, "14.1", { EndTime: "20260301T063000Z" }));
    expect(longer).toContain("DURATION:PT1H\r\n");
    expect(longer).not.toContain("DTEND");
    const later = change(
      text,
      "14.1",
      echoWith(text, "14.1", { StartTime: "20260301T063000Z", EndTime: "20260301T071500Z" }),
    );
    expect(later).toContain("DTSTART:20260301T073000\r\n");
    expect(later).toContain("DURATION:PT45M\r\n");
  });

  it("keeps an implied end until there is another", () => {
    const text = event("no-end");
    const moved = change(
      text,
      "14.1",
      echoWith(text, "14.1", { StartTime: "20260601T130000Z", EndTime: "20260601T130000Z" }),
    );
    expect(moved).not.toContain("DTEND");
    const longer = change(text, "14.1", echoWith(text, "14.1", { EndTime: "20260601T130000Z" }));
    expect(longer).toContain("DTEND:20260601T130000Z");
  });

  it.each([
    ["a date for an end", "DTSTART:20260310T080000Z", "DTEND;VALUE=DATE:20260311", "20260311T000000Z"],
    ["a time for an end of days", "DTSTART;VALUE=DATE:20260310", "DTEND:20260311T150000Z", "20260312T000000Z"],
  ])("is shown with %s, and comes back unchanged", (_name, start, end, shown) => {
    const text = vevent(start, end, "SUMMARY:x");
    expect(value(down(text, "16.1"), "Calendar:EndTime")).toBe(shown);
    expect(change(text, "16.1", down(text, "16.1"))).toBe(text);
    expect(change(text, "14.1", down(text, "14.1"))).toBe(text);
  });

  it("becomes all-day and back", () => {
    const day = { AllDayEvent: "1", StartTime: "20260309T230000Z", EndTime: "20260310T230000Z" };
    const after = change(simple, "14.1", echoWith(simple, "14.1", day));
    expect(after).toContain("DTSTART;VALUE=DATE:20260310\r\n");
    expect(after).toContain("DTEND;VALUE=DATE:20260311\r\n");
    const hours = { AllDayEvent: "0", StartTime: "20260310T080000Z", EndTime: "20260310T090000Z" };
    const back = change(after, "14.1", echoWith(after, "14.1", hours));
    expect(back).toContain("DTSTART;TZID=Europe/Berlin:20260310T090000\r\n");
  });

  it("is dates as they stand in 16.x, without a zone (MS-ASCAL_R2006)", () => {
    const text = event("ios-all-day");
    for (const zoneName of ["Pacific/Auckland", "America/Los_Angeles", "Europe/Berlin"]) {
      const sent = down(text, "16.1", "", { zone: zoneName });
      expect(value(sent, "Calendar:Timezone")).toBe("absent");
      expect(value(sent, "Calendar:StartTime")).toBe("20260727T000000Z");
      expect(change(text, "16.1", sent, { more: { zone: zoneName } })).toBe(text);
    }
  });

  it.each(["Pacific/Auckland", "America/New_York", "Asia/Tokyo", "Europe/Berlin", "Pacific/Honolulu"])(
    "is the same days when a device in %s sends its own midnight",
    (name) => {
      const text = event("ios-all-day");
      const midnight = (date: number) =>
        new Date(date - zone(name).offsetAt(date)).toISOString().slice(0, 19).replace(/[-:]/g, "").concat("Z");
      const sent = echoWith(text, "14.1", {
        Timezone: blob(name, Date.UTC(2026, 6, 27)),
        StartTime: midnight(Date.UTC(2026, 6, 27)),
        EndTime: midnight(Date.UTC(2026, 7, 8)),
      });
      expect(change(text, "14.1", sent)).toBe(text);
    },
  );

  it.each([
    ["an end before its start", { StartTime: "20260310T090000Z", EndTime: "20260310T080000Z" }],
    ["an end and no start (MS-ASCAL_R53915)", { EndTime: "20260310T110000Z" }],
    ["no date", { StartTime: "tomorrow", EndTime: "20260310T110000Z" }],
    ["30 February", { StartTime: "20260230T090000Z", EndTime: "20260310T110000Z" }],
  ])("is refused with %s", (_name, said) => {
    expect(() => change(simple, "16.1", fields(said))).toThrow(MappingError);
  });
});

describe("a date at the edge", () => {
  it.each([
    ["the year 1", "DTSTART:00010105T080000Z", "00010105T080000Z"],
    ["the year 9999", "DTSTART:99991201T080000Z", "99991201T080000Z"],
    ["a leap second", "DTSTART:20161231T235960Z", "20161231T235959Z"],
  ])("in %s is shown and comes back unchanged", (_name, start, shown) => {
    const text = vevent(start, "SUMMARY:x");
    expect(value(down(text, "14.1"), "Calendar:StartTime")).toBe(shown);
    expect(change(text, "14.1", down(text, "14.1"))).toBe(text);
  });

  it.each([
    "DTSTART:99991231T235959Z",
    "DTSTART;VALUE=DATE:99991231",
    "DTSTART:20260230T080000Z",
    "DTSTART:",
    "SUMMARY:x",
  ])("that is none, or leads out, is an item that cannot be shown: %s", (start) => {
    expect(() => down(vevent(start), "14.1")).toThrow(MappingError);
  });

  it("that leads out is refused from a device", () => {
    const said = { AllDayEvent: "1", StartTime: "99991231T000000Z", EndTime: "99991231T000000Z" };
    expect(() => create(said, "16.1")).toThrow(MappingError);
  });

  it("of a long series is no end at all", () => {
    const text = vevent("DTSTART:20260105T080000Z", "RRULE:FREQ=DAILY;INTERVAL=999;COUNT=65535");
    expect(record(value(down(text, "14.1"), "Calendar:Recurrence"))).not.toHaveProperty("Until");
    expect(change(text, "14.1", down(text, "14.1"))).toBe(text);
  });
});

describe("a new event", () => {
  /** Five minutes past noon. */
  const now = Date.UTC(2026, 2, 1, 12, 5);

  it.each([
    ["nothing said", {}, "20260301T123000Z", "20260301T130000Z"],
    ["end ahead", { EndTime: "20260301T150000Z" }, "20260301T123000Z", "20260301T150000Z"],
    ["start behind", { StartTime: "20260301T100000Z" }, "20260301T100000Z", "20260301T130000Z"],
  ])("has its times filled in: %s (MS-ASCAL_R52511 to R52518)", (_name, said, start, end) => {
    const sent = down(create(said, "14.1", { now }), "14.1");
    expect([value(sent, "Calendar:StartTime"), value(sent, "Calendar:EndTime")]).toEqual([start, end]);
  });

  it.each([
    ["end behind", { EndTime: "20260301T100000Z" }],
    ["end before the half hour", { EndTime: "20260301T121500Z" }],
    ["start ahead", { StartTime: "20260301T150000Z" }],
  ])("is refused: %s", (_name, said) => {
    expect(() => create(said, "14.1", { now })).toThrow(MappingError);
  });

  const times = { StartTime: "20260310T080000Z", EndTime: "20260310T090000Z" };

  it("is in the device's zone, else in the configured one", () => {
    expect(create({ ...times, Timezone: blob("America/New_York") })).toContain(
      "DTSTART;TZID=America/New_York:20260310T040000",
    );
    expect(create(times)).toContain("DTSTART;TZID=Europe/Berlin:20260310T090000");
    expect(create(times)).toContain("TZID:Europe/Berlin\r\n");
    expect(create(times, "14.1", { zone: "UTC" })).toContain("DTSTART:20260310T080000Z");
  });

  it("has the UID of an older client, and the given one in 16.x (MS-ASCAL_R2219, R2221)", () => {
    const data = applicationData(fields({ ...times, UID: "phone-1" }));
    expect(calendar.create(data, "uid-1", context("14.1"))).toMatchObject({ uid: "phone-1" });
    expect(calendar.create(data, "uid-1", context("16.1"))).toMatchObject({ uid: "uid-1" });
    expect(calendar.create(data, "uid-1", context("14.1")).text.match(/UID:/g)).toHaveLength(1);
    const long = applicationData(fields({ ...times, UID: "x".repeat(301) }));
    expect(calendar.create(long, "uid-1", context("14.1"))).toMatchObject({ uid: "uid-1" });
  });

  it("never changes its UID again", () => {
    expect(change(simple, "14.1", echoWith(simple, "14.1", { UID: "other" }))).toBe(simple);
  });

  it.each(versions)("is valid when it is sent back in %s", (version) => {
    const text = create(
      { ...times, Subject: "x", Reminder: "10", BusyStatus: "1", Recurrence: recurrence({ Type: 0 }) },
      version,
    );
    expect(validateItem("Calendar", "response", version, down(text, version))).toEqual([]);
  });
});

describe("a ClientUid", () => {
  const named = (clientUid: string) => applicationData([element("Calendar:ClientUid", clientUid)]);

  it.each([
    ["0A1B2C3D-0000-1111-2222-333344445555", "0a1b2c3d000011112222333344445555"],
    ["0a1b2c3d000011112222333344445555\0", "0a1b2c3d000011112222333344445555"],
    ["{0A1B2C3D-0000-1111-2222-333344445555}", "0a1b2c3d000011112222333344445555"],
    ["something else", "something else"],
    ["", undefined],
    ["\0", undefined],
    ["x".repeat(301), undefined],
  ])("%j reads as %j", (said, name) => {
    expect(clientUidOf(named(said))).toBe(name);
  });

  it("names the new event of a 16.x client, so that a retry meets it (MS-ASCAL_R2062)", () => {
    const data = applicationData([element("Calendar:ClientUid", "0A1B2C3D-0000-1111-2222-333344445555")]);
    const again = applicationData([element("Calendar:ClientUid", "0a1b2c3d000011112222333344445555\0")]);
    const { uid } = calendar.create(data, "uid-1", context("16.1"));
    expect(uid).toBe(uidOfClientUid("0a1b2c3d000011112222333344445555"));
    expect(calendar.create(again, "uid-2", context("16.1")).uid).toBe(uid);
    expect(calendar.create(data, "uid-1", context("14.1")).uid).toBe("uid-1");
  });

  it("gives the same UUID of version 5 each time", () => {
    expect(uidOfClientUid("a")).toBe(uidOfClientUid("a"));
    expect(uidOfClientUid("a")).not.toBe(uidOfClientUid("b"));
    expect(uidOfClientUid("a")).toMatch(/^[\da-f]{8}-[\da-f]{4}-5[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/);
  });
});

describe("a reminder", () => {
  const text = event("nextcloud-weekly");

  it("changes its TRIGGER only, and the other alarm stays", () => {
    const { gone, come } = lineDiff(text, change(text, "16.1", fields({ Reminder: "30" })));
    expect(gone).toContain("TRIGGER;RELATED=START:-PT15M");
    expect(come).toContain("TRIGGER;RELATED=START:-PT30M");
    expect([...gone, ...come].filter((line) => /VALARM|EMAIL|-P1D/.test(line))).toEqual([]);
  });

  it("goes when it is cleared, and the other alarm stays", () => {
    const after = change(text, "16.1", fields({ Reminder: undefined }));
    expect(after).not.toContain("X-ALARM:yes");
    expect(after).toContain("ACTION:EMAIL");
  });

  it("is made where there is none", () => {
    const after = change(simple, "14.1", echoWith(simple, "14.1", { Reminder: "1440" }));
    expect(after).toContain("BEGIN:VALARM\r\nACTION:DISPLAY\r\nDESCRIPTION:Zahnarzt\r\nTRIGGER:-P1D\r\nEND:VALARM\r\n");
  });

  it.each([
    ["an absolute time", "TRIGGER;VALUE=DATE-TIME:20260310T070000Z", "ACTION:DISPLAY"],
    ["the end", "TRIGGER;RELATED=END:-PT5M", "ACTION:DISPLAY"],
    ["a time after the start", "TRIGGER:PT5M", "ACTION:DISPLAY"],
    ["mail", "TRIGGER:-PT5M", "ACTION:EMAIL"],
    ["nothing", "TRIGGER:-PT5M", "ACTION:NONE"],
  ])("is not an alarm for %s, which stays", (_name, trigger, action) => {
    const alarm = ["BEGIN:VALARM", action, trigger, "DESCRIPTION:x", "END:VALARM"];
    const stored = vevent("DTSTART:20260310T080000Z", "DTEND:20260310T090000Z", ...alarm);
    expect(value(down(stored, "14.1"), "Calendar:Reminder")).toBe("absent");
    const after = change(stored, "14.1", echoWith(stored, "14.1", { Reminder: "15" }));
    expect(after).toContain(trigger);
    expect(after).toContain("TRIGGER:-PT15M");
  });

  it.each(["-5", "soon", "1e9", "99999999999999"])("is refused when it is %s", (said) => {
    expect(() => change(simple, "14.1", echoWith(simple, "14.1", { Reminder: said }))).toThrow(MappingError);
  });

  it("is never an empty tag before 14.1 (MS-ASCAL_R2185)", () => {
    const clearing = (version: Version) =>
      value(calendar.down(simple, "", context(version), { clearing: true }), "Calendar:Reminder");
    expect([clearing("2.5"), clearing("14.0"), clearing("14.1"), clearing("16.1")]).toEqual([
      "absent",
      "absent",
      undefined,
      undefined,
    ]);
  });
});

describe("busy status and sensitivity", () => {
  it.each([
    ["0", "TRANSP:TRANSPARENT"],
    ["1", "X-MICROSOFT-CDO-BUSYSTATUS:TENTATIVE"],
    ["3", "X-MICROSOFT-CDO-BUSYSTATUS:OOF"],
  ])("%s is stored as %s and comes back", (status, line) => {
    const after = change(simple, "14.1", echoWith(simple, "14.1", { BusyStatus: status }));
    expect(after).toContain(`${line}\r\n`);
    expect(value(down(after, "14.1"), "Calendar:BusyStatus")).toBe(status);
  });

  it("another client's TRANSP wins over what was remembered", () => {
    const text = vevent("DTSTART:20260310T080000Z", "TRANSP:TRANSPARENT", "X-MICROSOFT-CDO-BUSYSTATUS:OOF");
    expect(value(down(text, "14.1"), "Calendar:BusyStatus")).toBe("0");
  });

  it("working elsewhere is told from 16.0 on (MS-ASCAL_R2235)", () => {
    const text = vevent(
      "DTSTART:20260310T080000Z",
      "TRANSP:TRANSPARENT",
      "X-MICROSOFT-CDO-BUSYSTATUS:WORKINGELSEWHERE",
    );
    expect(value(down(text, "16.0"), "Calendar:BusyStatus")).toBe("4");
    expect(value(down(text, "14.1"), "Calendar:BusyStatus")).toBe("0");
    expect(change(text, "14.1", down(text, "14.1"))).toBe(text);
  });

  it.each([
    ["1", "CLASS:PRIVATE"],
    ["2", "CLASS:PRIVATE"],
    ["3", "CLASS:CONFIDENTIAL"],
  ])("sensitivity %s is stored as %s and comes back", (sensitivity, line) => {
    const after = change(simple, "14.1", echoWith(simple, "14.1", { Sensitivity: sensitivity }));
    expect(after).toContain(`${line}\r\n`);
    expect(value(down(after, "14.1"), "Calendar:Sensitivity")).toBe(sensitivity);
    expect(change(after, "14.1", down(after, "14.1"))).toBe(after);
  });

  it("another client's CLASS wins over what was remembered", () => {
    const after = change(simple, "14.1", echoWith(simple, "14.1", { Sensitivity: "1" }));
    const edited = after.replace("CLASS:PRIVATE", "CLASS:CONFIDENTIAL");
    expect(value(down(edited, "14.1"), "Calendar:Sensitivity")).toBe("3");
  });
});

describe("a place", () => {
  const inBerlin = vevent("DTSTART:20260310T080000Z", "LOCATION:Café\\, Berlin", "GEO:52.5;13.4", "SUMMARY:x");

  it("is an object from 16.0 on, and text before", () => {
    expect(record(value(down(inBerlin, "16.1"), "AirSyncBase:Location"))).toEqual({
      DisplayName: "Café, Berlin",
      Latitude: "52.5",
      Longitude: "13.4",
    });
    expect(value(down(inBerlin, "14.1"), "Calendar:Location")).toBe("Café, Berlin");
  });

  const location = (...children: Element[]) => [{ name: "AirSyncBase:Location" as const, content: children }];

  it("is cleared by an empty object (MS-ASAIRS_R1001013)", () => {
    const after = change(inBerlin, "16.1", location());
    expect(after).not.toMatch(/LOCATION|GEO/);
  });

  it("without a name is named by its address", () => {
    const said = location(
      element("AirSyncBase:Street", "Weg 1"),
      element("AirSyncBase:PostalCode", "10115"),
      element("AirSyncBase:City", "Berlin"),
    );
    expect(change(simple, "16.1", said)).toContain("LOCATION:Weg 1\\, 10115 Berlin\r\n");
  });
});

describe("a body", () => {
  it("that is edited renews the HTML beside it, which Outlook would show instead", () => {
    const text = event("outlook-monthly");
    const body = [element("AirSyncBase:Type", 1), element("AirSyncBase:Data", "Fertig & gut")];
    const after = change(text, "16.1", [{ name: "AirSyncBase:Body", content: body }]).replace(/\r\n /g, "");
    expect(after).toContain("DESCRIPTION:Fertig & gut\r\n");
    expect(after).toMatch(/X-ALT-DESC;FMTTYPE=text\/html:<html>.*Fertig &amp\\; gut.*<\/html>\r\n/);
  });

  it("of 2 MB is cut as asked and survives an edit of the title", () => {
    const text = vevent("DTSTART:20260310T080000Z", `DESCRIPTION:${"ab ".repeat(700_000)}`, "SUMMARY:x");
    const more = { bodyPreferences: [{ type: 1, truncationSize: 500 }] };
    const sent = down(text, "14.1", "", more);
    expect(record(value(sent, "AirSyncBase:Body"))["Truncated"]).toBe("1");
    const edited = sent.map((one): Element => (one.name === "Calendar:Subject" ? { ...one, content: "y" } : one));
    const after = change(text, "14.1", edited, { more });
    expect(after).toContain(`DESCRIPTION:${"ab ".repeat(100)}`);
    expect(after.length).toBeGreaterThan(2_000_000);
  });

  it("with a NUL byte is sent without it and stays as it is", () => {
    const text = vevent("DTSTART:20260310T080000Z", "DESCRIPTION:a\0b", "SUMMARY:c\0d");
    expect(JSON.stringify(down(text, "14.1"))).not.toContain("\\u0000");
    expect(change(text, "14.1", down(text, "14.1"))).toBe(text);
  });
});

describe("what omission means", () => {
  it("before 16.0 clears what a Supported list must name, and never when, rule, identity and people", () => {
    const text = event("nextcloud-weekly");
    const after = change(text, "14.1", fields({ Subject: "Nur der Titel" }));
    expect(after).toContain("SUMMARY:Nur der Titel");
    for (const kept of [
      "RRULE:",
      "EXDATE;",
      "DTSTART;",
      "DTEND;",
      "UID:",
      "X-EXC:mine",
      "DESCRIPTION:",
      "ACTION:EMAIL",
    ]) {
      expect(after).toContain(kept);
    }
    expect(after).not.toMatch(/LOCATION|CATEGORIES:Arbeit.*\r\nRRULE/);
  });

  it.each([
    ["no list", undefined, false],
    ["an empty list", [], true],
    ["a list that names it", ["Calendar:Attendees"], false],
    ["a list that does not", ["Calendar:MeetingStatus"], true],
  ] as const)("of a list of people follows %s of Supported (MS-ASCMD_R5906 to R5909)", (_name, supported, stays) => {
    const text = event("thunderbird-meeting");
    const { Attendees: _, ...rest } = record(down(text, "14.1"));
    const said = fields(rest as Record<string, string>);
    const after = change(text, "14.1", said, { more: { supported } });
    expect(after.includes("Bernd@example.org")).toBe(stays);
    expect(after).toContain("mailto:anna@example.org");
  });

  it("from 16.0 on keeps everything (MS-ASCAL_R2231)", () => {
    const text = event("nextcloud-weekly");
    const { gone } = lineDiff(text, change(text, "16.1", fields({ Subject: "Nur der Titel" })));
    expect(gone).toEqual(["SUMMARY:Planung\\, wöchentlich 🗓"]);
  });
});

it("an alarm that goes off at a place is no reminder: it is not shown, and stays beside the phone's own", () => {
  const place = [
    "BEGIN:VALARM",
    "ACTION:DISPLAY",
    "DESCRIPTION:Home",
    "TRIGGER:-PT0S",
    "X-APPLE-PROXIMITY:ARRIVE",
    "END:VALARM",
  ];
  const stored = vevent("DTSTART:20260310T090000Z", "DTEND:20260310T100000Z", "SUMMARY:A", ...place);
  expect(down(stored, "14.1").some(({ name, content }) => name === "Calendar:Reminder" && content !== undefined)).toBe(
    false,
  );
  const after = change(stored, "14.1", echoWith(stored, "14.1", { Reminder: "15" }));
  expect(after).toContain(place.join("\r\n"));
  expect(after).toContain("TRIGGER:-PT15M");
});
