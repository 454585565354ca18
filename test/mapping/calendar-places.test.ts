/** The Location object of 16.x against LOCATION and GEO: what these cannot say is remembered beside them. */
import { describe, expect, it } from "vitest";
import type { KnownName } from "../../src/schema/pages.ts";
import { type Element, element } from "../../src/wire/element.ts";
import { change, down, fields, record, value, vevent } from "./events.ts";

const stored = vevent("DTSTART:20260310T080000Z", "DTEND:20260310T090000Z", "SUMMARY:x");
const hall = {
  DisplayName: "Halle 3; Messe",
  Annotation: "Eingang Süd",
  Street: "Messeplatz 1",
  City: "Köln",
  State: "NRW",
  Country: "Deutschland",
  PostalCode: "50679",
  Latitude: "50.9461",
  Longitude: "6.9827",
  Accuracy: "12.5",
  Altitude: "-3",
  AltitudeAccuracy: "2",
  LocationUri: "geo:50.9461,6.9827",
};

function at(parts: Readonly<Record<string, string>>): Element {
  return element(
    "AirSyncBase:Location",
    Object.entries(parts).map(([name, text]) => element(`AirSyncBase:${name}` as KnownName, text)),
  );
}

function placeOf(text: string): unknown {
  return record(value(down(text, "16.1"), "AirSyncBase:Location"));
}

describe("a place with all its parts", () => {
  const after = change(stored, "16.1", [at(hall)]);

  it("comes back as it was said, and is an echo then", () => {
    expect(placeOf(after)).toEqual(hall);
    expect(change(after, "16.1", down(after, "16.1"))).toBe(after);
  });

  it("is a name and coordinates to every other client", () => {
    expect(after).toContain("LOCATION:Halle 3\\; Messe\r\n");
    expect(after).toContain("GEO:50.9461;6.9827\r\n");
    expect(value(down(after, "14.1"), "Calendar:Location")).toBe(hall.DisplayName);
  });

  it("keeps its parts when a device says its name alone, or does not speak of it", () => {
    const { DisplayName, Latitude, Longitude } = hall;
    expect(change(after, "16.1", [at({ DisplayName, Latitude, Longitude })])).toBe(after);
    expect(placeOf(change(after, "16.1", fields({ Subject: "y" })))).toEqual(hall);
    expect(placeOf(change(after, "14.1", [...down(after, "14.1"), ...fields({ Subject: "y" })]))).toEqual(hall);
  });

  it("has none of its parts any more when another client names another place", () => {
    const { Latitude, Longitude } = hall;
    const moved = after.replace("LOCATION:Halle 3\\; Messe", "LOCATION:Büro");
    expect(placeOf(moved)).toEqual({ DisplayName: "Büro", Latitude, Longitude });
  });

  it("can change one part, and be cleared", () => {
    const other = { ...hall, Street: "Messeplatz 2" };
    const changed = change(after, "16.1", [at(other)]);
    expect(placeOf(changed)).toEqual(other);
    const { Street: _, ...noStreet } = hall;
    expect(placeOf(change(after, "16.1", [at(noStreet)]))).toEqual(noStreet);
    expect(changed.match(/X-EAS-LOCATION/g)).toHaveLength(1);
    const cleared = change(after, "16.1", [element("AirSyncBase:Location")]);
    expect(cleared).not.toMatch(/LOCATION|GEO/);
  });
});

it("a place without a name is shown by its address, and has no name when it comes back", () => {
  const { Street, City, PostalCode, Country } = hall;
  const after = change(stored, "16.1", [at({ Street, City, PostalCode, Country })]);
  expect(after).toContain("LOCATION:Messeplatz 1\\, 50679 Köln\\, Deutschland\r\n");
  expect(placeOf(after)).toEqual({ Street, City, PostalCode, Country });
  expect(change(after, "16.1", down(after, "16.1"))).toBe(after);
});

it("what is no number, and what another program wrote in our line, is not sent", () => {
  const after = change(stored, "16.1", [at({ DisplayName: "a", Altitude: "high" })]);
  expect(placeOf(after)).toEqual({ DisplayName: "a" });
  for (const text of ["{", "null", '["a"]', '{"Street":5,"Altitude":"x","Other":"y","DisplayName":"b"}']) {
    const odd = vevent("DTSTART:20260310T080000Z", "LOCATION:a", `X-EAS-LOCATION;X-EAS-FOR=a:${text}`);
    expect(placeOf(odd)).toEqual({ DisplayName: "a" });
  }
});

it("coordinates that a server filled up with zeros are those that were said", () => {
  const said = { DisplayName: "Hall 3", Latitude: "50.9461", Longitude: "10" };
  const after = change(stored, "16.1", [at(said)]).replace("GEO:50.9461;10", "GEO:50.946100;10.000000");
  expect(placeOf(after)).toEqual(said);
  expect(change(after, "16.1", [at(said)])).toBe(after);
});
