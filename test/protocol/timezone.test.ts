import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { blobOf, readZoneBlob, sameRules, timezoneOf, writeZoneBlob, zoneOf } from "../../src/protocol/timezone.ts";
import { toInstant, toWall, type Zone, zoneNamed } from "../../src/protocol/zones.ts";

/** The example of MS-ASDTYPE 3.6.4. */
const pacific =
  "4AEAACgARwBNAFQALQAwADgAOgAwADAAKQAgAFAAYQBjAGkAZgBpAGMAIABUAGkAbQBlACAAKABVAFMAIAAmACAAQwAAAAsAAAABAAIAAAAAAAAAAAAA" +
  "ACgARwBNAFQALQAwADgAOgAwADAAKQAgAFAAYQBjAGkAZgBpAGMAIABUAGkAbQBlACAAKABVAFMAIAAmACAAQwAAAAMAAAACAAIAAAAAAAAAxP///w==";

function zone(name: string): Zone {
  const found = zoneNamed(name);
  if (found === undefined) throw new Error(`no zone ${name}`);
  return found;
}

const in2026 = Date.UTC(2026, 5, 1);

describe("the TimeZone structure", () => {
  it("reads the example of the standard", () => {
    expect(readZoneBlob(pacific)).toMatchObject({
      bias: 480,
      standardName: "(GMT-08:00) Pacific Time (US & C",
      standardDate: { year: 0, month: 11, weekday: 0, day: 1, hour: 2 },
      daylightDate: { year: 0, month: 3, weekday: 0, day: 2, hour: 2 },
      daylightBias: -60,
    });
  });

  it("writes back the example of the standard octet by octet", () => {
    const blob = readZoneBlob(pacific);
    expect(blob && writeZoneBlob(blob)).toBe(pacific);
  });

  it.each([
    ["empty", ""],
    ["no base64", "@@@@"],
    ["171 octets", Buffer.alloc(171, 1).toString("base64")],
    ["173 octets", Buffer.alloc(173, 1).toString("base64")],
    ["all zeros", Buffer.alloc(172).toString("base64")],
    ["month 13, bias beyond a day", Buffer.alloc(172, 13).toString("base64")],
  ])("reads nothing from %s", (_name, base64) => {
    expect(readZoneBlob(base64)).toBeUndefined();
  });

  it("never throws, whatever the octets", () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 160, maxLength: 180 }), fc.integer(), (octets, at) => {
        const blob = readZoneBlob(Buffer.from(octets).toString("base64"));
        if (blob !== undefined) zoneOf(blob, at, [zone("Europe/Berlin")]);
      }),
    );
  });

  const rules: readonly [string, number, number, number, string, string][] = [
    // zone, year, bias, daylight bias, daylight begins, standard begins (month/weekday/n hour:minute)
    ["Europe/Berlin", 2026, -60, -60, "3/0/5 2:0", "10/0/5 3:0"],
    ["America/New_York", 2026, 300, -60, "3/0/2 2:0", "11/0/1 2:0"],
    ["Australia/Sydney", 2026, -600, -60, "10/0/1 2:0", "4/0/1 3:0"],
    ["Australia/Lord_Howe", 2026, -630, -30, "10/0/1 2:0", "4/0/1 2:0"],
    ["Europe/Dublin", 2026, 0, -60, "3/0/5 1:0", "10/0/5 2:0"],
    ["Asia/Kolkata", 2026, -330, 0, "0/0/0 0:0", "0/0/0 0:0"],
    ["Africa/Cairo", 2025, -120, -60, "4/5/5 0:0", "10/5/5 0:0"],
    ["Asia/Jerusalem", 2026, -120, -60, "3/5/5 2:0", "10/0/5 2:0"],
    ["America/Santiago", 2026, 240, -60, "9/0/1 0:0", "4/0/1 0:0"],
    ["Africa/Casablanca", 2024, 0, -60, "4/0/2 2:0", "3/0/2 3:0"],
  ];
  it.each(rules)("has the rules of %s in %i", (name, year, bias, daylightBias, daylight, standard) => {
    const blob = blobOf(zone(name), Date.UTC(year, 6, 1));
    const show = (date: typeof blob.standardDate) =>
      `${date.month}/${date.weekday}/${date.day} ${date.hour}:${date.minute}`;
    expect([blob.bias, blob.daylightBias, show(blob.daylightDate), show(blob.standardDate)]).toEqual([
      bias,
      daylightBias,
      daylight,
      standard,
    ]);
  });

  it("is cached by zone and year", () => {
    expect(timezoneOf(zone("Europe/Berlin"), in2026)).toBe(timezoneOf(zone("europe/berlin"), in2026 + 1));
  });
});

describe("a blob back to a zone", () => {
  it("is a zone of the same rules, for every zone there is", () => {
    for (const id of Intl.supportedValuesOf("timeZone")) {
      const blob = readZoneBlob(timezoneOf(zone(id), in2026));
      // UTC itself is all zeros, but for its name.
      const back = blob && zoneOf(blob, in2026);
      expect(back && blob && sameRules(blob, back, in2026), id).toBe(true);
    }
  });

  it("prefers the zone that is stored already", () => {
    const blob = blobOf(zone("Africa/Ceuta"), in2026);
    expect(zoneOf(blob, in2026, [zone("Europe/Vienna"), zone("Europe/Berlin")])?.id).toBe("Europe/Vienna");
  });

  it("takes the name when no preferred zone has the rules", () => {
    const blob = { ...blobOf(zone("Europe/Berlin"), in2026), standardName: "Romance Standard Time" };
    expect(zoneOf(blob, in2026, [zone("America/New_York")])?.id).toBe("Europe/Paris");
  });

  it("ignores a name whose zone has other rules, or that no one knows", () => {
    const blob = { ...blobOf(zone("Europe/Berlin"), in2026), standardName: "Tokyo Standard Time" };
    expect(zoneOf(blob, in2026)?.id).toBe("Europe/Berlin");
    expect(zoneOf({ ...blob, standardName: "Mitteleuropäische Zeit" }, in2026)?.id).toBe("Europe/Berlin");
  });

  it("reads dates given absolutely", () => {
    const absolute = { year: 2026, weekday: 0, minute: 0, second: 0, millisecond: 0 };
    const blob = {
      ...blobOf(zone("Europe/Berlin"), in2026),
      daylightDate: { ...absolute, month: 3, day: 29, hour: 2 },
      standardDate: { ...absolute, month: 10, day: 25, hour: 3 },
    };
    expect(zoneOf(blob, in2026)?.id).toBe("Europe/Berlin");
    expect(zoneOf(blob, Date.UTC(2028, 1, 1))?.id).toBe("Europe/Berlin");
  });

  it("is nothing when no zone has such rules", () => {
    const blob = blobOf(zone("Europe/Berlin"), in2026);
    expect(zoneOf({ ...blob, bias: 17 }, in2026)).toBeUndefined();
  });
});

describe("a TZID", () => {
  it.each([
    ["Europe/Berlin", "Europe/Berlin"],
    ["europe/berlin", "Europe/Berlin"],
    ['"Europe/Berlin"', "Europe/Berlin"],
    ["/freeassociation.sourceforge.net/Europe/Berlin", "Europe/Berlin"],
    ["/citadel.org/20211207_1/America/Argentina/Buenos_Aires", zoneNamed("America/Argentina/Buenos_Aires")?.id],
    ["W. Europe Standard Time", "Europe/Berlin"],
    ["Europe/Kyiv", zoneNamed("Europe/Kiev")?.id],
    ["UTC", "UTC"],
    ["Etc/UTC", "UTC"],
    ["Customized Time Zone", undefined],
    ["+02:00", undefined],
    ["", undefined],
  ])("%s is the zone %s", (tzid, id) => {
    expect(zoneNamed(tzid)?.id).toBe(id);
  });
});

describe("wall time and instants", () => {
  const berlin = zone("Europe/Berlin");

  it.each([
    ["winter", "2026-01-15T12:00", "2026-01-15T11:00"],
    ["summer", "2026-07-15T12:00", "2026-07-15T10:00"],
    ["the first second of summer time", "2026-03-29T03:00", "2026-03-29T01:00"],
    ["a time skipped in spring", "2026-03-29T02:30", "2026-03-29T01:30"],
    ["a time shown twice in autumn", "2026-10-25T02:30", "2026-10-25T00:30"],
    ["new year's eve", "2026-12-31T23:59", "2026-12-31T22:59"],
    ["new year", "2027-01-01T00:00", "2026-12-31T23:00"],
  ])("%s", (_name, wall, instant) => {
    expect(new Date(toInstant(berlin, Date.parse(`${wall}Z`))).toISOString().slice(0, 16)).toBe(instant);
  });

  it("come back from each other in every zone", () => {
    const zones = Intl.supportedValuesOf("timeZone");
    const instants = fc.integer({ min: Date.UTC(1971, 0, 1) / 1000, max: Date.UTC(2100, 0, 1) / 1000 });
    fc.assert(
      fc.property(fc.constantFrom(...zones), instants, (name, second) => {
        const at = zone(name);
        const back = toInstant(at, toWall(at, second * 1000));
        // An instant of the second showing of an hour comes back as its first showing.
        return toWall(at, back) === toWall(at, second * 1000) && back <= second * 1000;
      }),
      { numRuns: 300 },
    );
  });
});
