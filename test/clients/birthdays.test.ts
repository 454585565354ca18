import fc from "fast-check";
import { expect, it } from "vitest";
import { clients } from "../../mappings/clients.ts";
import { contacts } from "../../mappings/contacts.ts";
import type { Client } from "../../src/mapping/clients.ts";
import type { MappingContext } from "../../src/mapping/item.ts";
import { toInstant, toWall, zoneNamed } from "../../src/protocol/zones.ts";
import { element, text } from "../../src/wire/element.ts";
import { applicationData, context } from "../mapping/cards.ts";
import { clientOf } from "./client.ts";

const dayLength = 86_400_000;

/** East and west of Greenwich, by half and quarter hours, and both ends of the world. */
const zones = [
  "Europe/Berlin",
  "Europe/London",
  "America/New_York",
  "America/Los_Angeles",
  "America/St_Johns",
  "Asia/Kolkata",
  "Asia/Kathmandu",
  "Asia/Tokyo",
  "Australia/Sydney",
  "Pacific/Auckland",
  "Pacific/Kiritimati",
  "Pacific/Pago_Pago",
  "UTC",
];

interface Phone {
  readonly client: Partial<Client>;
  /** The day it shows for a moment that it is sent; 0 is 1 January 1970. */
  readonly shows: (moment: number, zone: string) => number;
  /** The moment it sends for a day that was entered on it at some time of some day. */
  readonly sends: (day: number, zone: string, timeOfDay: number) => number;
  /** Whether it is to be shown the right day on the date line too, though its clock is an hour or two beyond it. */
  readonly everywhere: boolean;
}

const byUtc = (moment: number) => Math.floor(moment / dayLength);
const byClock = (moment: number, zone: string) => Math.floor(wallOf(moment, zone) / dayLength);
const at = (hour: number) => (day: number) => day * dayLength + hour * 3_600_000;

/** As each was seen to do. */
const phones: Readonly<Record<string, Phone>> = {
  "iOS 17": {
    client: { deviceType: "iPhone", userAgent: "Apple-iPhone14C2/2101.330" },
    shows: byClock,
    sends: (day, zone) => instantOf(day * dayLength, zone),
    everywhere: true,
  },
  "iOS 5.1": {
    client: { deviceType: "iPhone", userAgent: "Apple-iPhone3C1/902.206" },
    shows: byClock,
    sends: (day, zone) => instantOf(day * dayLength, zone),
    everywhere: true,
  },
  "iOS 6.1 by its version": {
    client: { deviceType: "iPhone", userAgent: "iOS/6.1.3 (10B329)" },
    shows: byClock,
    sends: (day, zone) => instantOf(day * dayLength, zone),
    everywhere: true,
  },
  "iOS 4": {
    client: { deviceType: "iPhone", userAgent: "Apple-iPhone3C1/801.293" },
    shows: byClock,
    sends: (day, zone, timeOfDay) => instantOf(day * dayLength + timeOfDay, zone),
    everywhere: true,
  },
  "Nine by local midnight": {
    client: { deviceId: "6E696E656331393035333833303331", userAgent: "hltevzw/KOT49H" },
    shows: byClock,
    sends: (day, zone) => instantOf(day * dayLength, zone),
    everywhere: false,
  },
  "Nine by UTC": {
    client: { deviceId: "6E696E656331393035333833303331", userAgent: "hltevzw/KOT49H" },
    shows: byUtc,
    sends: at(0),
    everywhere: false,
  },
  Gmail: {
    client: { deviceType: "Android", userAgent: "Android-Mail/2023.05.21.535328518.Release" },
    // Half a day is enough for the day after.
    shows: (moment) => Math.round(moment / dayLength + 1e-9),
    sends: at(12),
    everywhere: true,
  },
  "stock Android": {
    client: { deviceType: "Android", userAgent: "Android/4.3.1-EAS-1.3" },
    shows: (moment) => Math.round(moment / dayLength + 1e-9),
    sends: at(8),
    everywhere: true,
  },
  Samsung: {
    client: { deviceType: "SAMSUNGSMN900V", userAgent: "SAMSUNG-SM-N900V/101.403" },
    shows: byUtc,
    sends: at(0),
    everywhere: true,
  },
  "Windows Phone in summer": {
    client: { deviceType: "WP8", userAgent: "MSFT-WP/8.0.10211" },
    shows: byUtc,
    sends: at(1),
    everywhere: true,
  },
  "BlackBerry 10": {
    client: { deviceType: "BlackBerry", userAgent: "RIM-Q10-SQN100-3/10.2.1.2977" },
    shows: byUtc,
    sends: at(11),
    everywhere: true,
  },
  "a client of no row": { client: {}, shows: byUtc, sends: at(18), everywhere: true },
};

it("the day of a birthday is the same on phone and server, in every zone", () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...Object.entries(phones)),
      fc.constantFrom(...zones),
      // 1900 to 2099: before 1970 the clocks of many zones went by other rules.
      fc.integer({ min: -25_567, max: 47_481 }),
      fc.integer({ min: 0, max: dayLength - 1 }),
      ([name, phone], zone, day, timeOfDay) => {
        const profile = clients.profileOf(clientOf(phone.client));
        const known = context("14.1", { profile, zone });
        const stored = card(dayText(day));
        const sent = sentBirthday(stored, known);
        const told = `${name} in ${zone}`;
        const isNear = phone.everywhere || Math.abs(wallOf(at(0)(day), zone) - at(0)(day)) < dayLength / 2 - 3_600_000;
        if (isNear) expect(phone.shows(Date.parse(sent), zone), told).toBe(day);
        const spoken = new Date(phone.sends(day, zone, timeOfDay)).toISOString();
        // What it says of the day it has is no edit, in its own words and in ours.
        const echo = (value: string) => contacts.change(stored, "", birthday(value), undefined, known);
        if (isNear) expect(echo(spoken), told).toBe(stored);
        expect(echo(sent), told).toBe(stored);
        // And what it enters is the day that is stored.
        if (!isNear) return;
        const entered = contacts.change(card(dayText(day + 1)), "", birthday(spoken), undefined, known);
        expect(/^BDAY:(.*)\r?$/m.exec(entered)?.[1], told).toBe(dayText(day));
      },
    ),
    { numRuns: 3_000 },
  );
});

it("the moment of a birthday is the one that each client takes for its day", () => {
  const sent = (client: Partial<Client>, zone: string) => {
    const known = context("14.1", { profile: clients.profileOf(clientOf(client)), zone });
    return sentBirthday(card("1985-04-12"), known);
  };
  const of = (name: string) => phones[name]?.client ?? {};
  expect(sent({}, "Pacific/Auckland")).toBe("1985-04-12T11:59:00.000Z");
  expect(sent(of("Gmail"), "Pacific/Auckland")).toBe("1985-04-12T00:00:00.000Z");
  expect(sent(of("iOS 17"), "Pacific/Auckland")).toBe("1985-04-11T23:59:00.000Z");
  expect(sent(of("iOS 17"), "America/New_York")).toBe("1985-04-12T16:59:00.000Z");
});

it("a phone that has travelled still means its own midnight", () => {
  const known = context("14.1", { profile: clients.profileOf(clientOf(phones["iOS 17"]?.client ?? {})), zone: "UTC" });
  for (const [value, day] of [
    ["1985-04-11T15:00:00.000Z", "1985-04-12"],
    ["1985-04-12T07:00:00.000Z", "1985-04-12"],
  ] as const) {
    const entered = contacts.change(card("2000-01-01"), "", birthday(value), undefined, known);
    expect(/^BDAY:(.*)\r?$/m.exec(entered)?.[1]).toBe(day);
  }
});

function card(day: string): string {
  return ["BEGIN:VCARD", "VERSION:3.0", "UID:x", "FN:Ada", "N:;Ada;;;", `BDAY:${day}`, "END:VCARD", ""].join("\r\n");
}

function birthday(value: string) {
  return applicationData([element("Contacts:FirstName", "Ada"), element("Contacts:Birthday", value)]);
}

function dayText(day: number): string {
  return new Date(day * dayLength).toISOString().slice(0, 10);
}

function sentBirthday(stored: string, known: MappingContext): string {
  const found = contacts.down(stored, "", known).find(({ name }) => name === "Contacts:Birthday");
  return found === undefined ? "" : text(found);
}

function wallOf(moment: number, zone: string): number {
  return toWall(zoneNamed(zone) ?? fail(zone), moment);
}

function instantOf(wall: number, zone: string): number {
  return toInstant(zoneNamed(zone) ?? fail(zone), wall);
}

function fail(zone: string): never {
  throw new Error(`no zone ${zone}`);
}
