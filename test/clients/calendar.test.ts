import { expect, it } from "vitest";
import { timezoneOf } from "../../src/protocol/timezone.ts";
import { zoneNamed } from "../../src/protocol/zones.ts";
import type { KnownName } from "../../src/schema/pages.ts";
import { type Element, element } from "../../src/wire/element.ts";
import { event, hrefOf } from "../trouble/world.ts";
import { accountWith, allStored, named, onlyItem, stored, syncedPhone } from "./client.ts";

const calendar = 8;
const start = "20261124T100000Z";
const berlin = zoneNamed("Europe/Berlin");

function values(data: readonly Element[], name: KnownName): readonly unknown[] {
  return data.filter((one) => one.name === name).map(({ content }) => content);
}

/** What an older phone sends of a new event. */
function newEvent(more: readonly Element[]): readonly Element[] {
  const own = new Set(more.map(({ name }) => name));
  const usual = [
    element("Calendar:Timezone", berlin ? timezoneOf(berlin, Date.parse("2026-11-24T10:00:00Z")) : ""),
    element("Calendar:StartTime", start),
    element("Calendar:EndTime", "20261124T110000Z"),
    element("Calendar:AllDayEvent", 0),
    element("Calendar:UID", "A1B2C3"),
    element("Calendar:Subject", "Lunch"),
    element("Calendar:MeetingStatus", 0),
    element("Calendar:BusyStatus", 2),
  ];
  return [...usual.filter(({ name }) => !own.has(name)), ...more];
}

it("a cancelled event of nobody has its owner as attendee on iOS 6, and in no text", async () => {
  const text = event("off", start, "STATUS:CANCELLED\r\n");
  for (const [name, people] of [
    ["iOS6", 1],
    ["iOS7", 0],
    ["unknown", 0],
  ] as const) {
    const world = await accountWith({ events: { "e.ics": text } });
    const { phone, folder, sent } = await syncedPhone(world, named[name], calendar);
    expect(values(sent, "Calendar:Attendees"), name).toHaveLength(people);
    const { serverId, data } = onlyItem(phone, folder);
    expect((await phone.change(folder, serverId, data)).status).toBe(1);
    expect(await stored(world, "VEVENT", "e.ics")).toBe(text);
    const alarmed = [...data, element("Calendar:Reminder", 5)];
    expect((await phone.change(folder, serverId, alarmed)).status).toBe(1);
    const changed = await stored(world, "VEVENT", "e.ics");
    expect(changed).toContain("TRIGGER:-PT5M");
    expect(changed).not.toContain("ATTENDEE");
  }
});

it("an event with people and no organizer is the account owner's: iOS and Android send such", async () => {
  for (const name of ["iOS7", "android4"] as const) {
    const world = await accountWith({});
    const { phone, folder } = await syncedPhone(world, named[name], calendar);
    const bob = [element("Calendar:Email", "bob@example.org"), element("Calendar:Name", "Bob")];
    const people = element("Calendar:Attendees", [element("Calendar:Attendee", bob)]);
    const data = newEvent([people, element("Calendar:MeetingStatus", 1)]);
    expect((await phone.add(folder, data)).status).toBe(1);
    const [text = ""] = (await allStored(world, "VEVENT")).map((folded) => folded.replaceAll("\r\n ", ""));
    expect(text).toMatch(/^ORGANIZER.*:mailto:anna@example\.org\r$/m);
    expect(text).toMatch(/^ATTENDEE.*:mailto:bob@example\.org\r$/m);
  }
});

it("an event that Outlook calls a received meeting without an organizer stays the owner's own", async () => {
  const world = await accountWith({});
  const { phone, folder } = await syncedPhone(world, named.outlook, calendar);
  const { status, serverId } = await phone.add(folder, newEvent([element("Calendar:MeetingStatus", 3)]));
  expect(status).toBe(1);
  const [text] = await allStored(world, "VEVENT");
  expect(text).not.toMatch(/ORGANIZER|ATTENDEE/);
  const renamed = newEvent([element("Calendar:MeetingStatus", 3), element("Calendar:Subject", "Supper")]);
  expect((await phone.change(folder, serverId, renamed)).status).toBe(1);
  expect((await allStored(world, "VEVENT"))[0]).toContain("SUMMARY:Supper");
  const other = await syncedPhone(world, named.unknown, calendar);
  expect(values(other.sent, "Calendar:MeetingStatus")).toEqual(["0"]);
});

it("an alarm at the start, or one that Outlook adds unasked, is stored and told as it is", async () => {
  for (const minutes of ["0", "15", "1080"]) {
    const world = await accountWith({});
    const { phone, folder } = await syncedPhone(world, named.outlook, calendar);
    expect((await phone.add(folder, newEvent([element("Calendar:Reminder", minutes)]))).status).toBe(1);
    const other = await syncedPhone(world, named.unknown, calendar);
    expect(values(other.sent, "Calendar:Reminder")).toEqual([minutes]);
  }
});

it("a yearly whole day without length is a day: Nokia's anniversaries", async () => {
  const world = await accountWith({});
  const { phone, folder } = await syncedPhone(world, { ...named.nokia, version: "2.5" }, calendar);
  const midnight = "20261123T230000Z";
  const yearly = element("Calendar:Recurrence", [
    element("Calendar:Type", 5),
    element("Calendar:Interval", 1),
    element("Calendar:DayOfMonth", 24),
    element("Calendar:MonthOfYear", 11),
  ]);
  const data = newEvent([
    element("Calendar:StartTime", midnight),
    element("Calendar:EndTime", midnight),
    element("Calendar:AllDayEvent", 1),
    yearly,
  ]);
  expect((await phone.add(folder, data)).status).toBe(1);
  const [text = ""] = await allStored(world, "VEVENT");
  expect(text).toContain("DTSTART;VALUE=DATE:20261124");
  expect(text).toContain("DTEND;VALUE=DATE:20261125");
  expect(text).toContain("RRULE:FREQ=YEARLY");
});

it("a whole day at midnight without a zone is that date, from 16.0 on as before", async () => {
  for (const version of ["12.1", "14.1", "16.1"] as const) {
    const world = await accountWith({});
    const { phone, folder } = await syncedPhone(world, { ...named.unknown, version }, calendar);
    const data = newEvent([
      element("Calendar:StartTime", "20261124T000000Z"),
      element("Calendar:EndTime", "20261125T000000Z"),
      element("Calendar:AllDayEvent", 1),
    ]).filter(({ name }) => name !== "Calendar:Timezone" && (version !== "16.1" || name !== "Calendar:UID"));
    expect((await phone.add(folder, data)).status).toBe(1);
    expect((await allStored(world, "VEVENT"))[0]).toContain("DTSTART;VALUE=DATE:20261124");
  }
});

it("an event that a phone adds by the UID of one that it has not seen yet is that one: iOS accepts so", async () => {
  const world = await accountWith({});
  const { phone, folder } = await syncedPhone(world, named.iOS17, calendar);
  const invitation = event(
    "A1B2C3",
    start,
    "ATTENDEE:mailto:anna@example.org\r\nORGANIZER:mailto:boss@example.org\r\n",
  );
  await world.account.create((await world.account.collections())[1]?.href ?? "", "invitation.ics", invitation);
  expect((await phone.add(folder, newEvent([]))).status).toBe(1);
  const texts = await allStored(world, "VEVENT");
  expect(texts).toEqual([invitation]);
  // The phone is told what the organizer says of it.
  await phone.sync(folder);
  expect(values(onlyItem(phone, folder).data, "Calendar:Subject")).toEqual(["A1B2C3"]);
});

it("a note stands beside the form it is kept in: Thunderbird asks no further where it is text", async () => {
  const world = await accountWith({ events: { "e.ics": event("plain", start, "DESCRIPTION:Bring books\r\n") } });
  for (const version of ["12.0", "14.1", "16.1"] as const) {
    const { sent } = await syncedPhone(world, { ...named.unknown, version }, calendar);
    expect(values(sent, "AirSyncBase:Body"), version).toHaveLength(1);
    expect(values(sent, "AirSyncBase:NativeBodyType"), version).toEqual(["1"]);
  }
});

it("no new event has an empty tag: Windows Phone 8 stops at an empty Attendees", async () => {
  const world = await accountWith({ events: { "e.ics": event("plain", start) } });
  for (const version of ["2.5", "12.1", "14.1", "16.1"] as const) {
    const { sent } = await syncedPhone(world, { ...named.windowsPhone8, version }, calendar);
    expect(sent.length).toBeGreaterThan(5);
    expect(sent.filter(({ content }) => content === undefined || content === "" || content.length === 0)).toEqual([]);
  }
});

it("an event that loses its people is told without Attendees, not with an empty one", async () => {
  const invited = event("plain", start, "ORGANIZER:mailto:anna@example.org\r\nATTENDEE:mailto:bob@example.org\r\n");
  const world = await accountWith({ events: { "e.ics": invited } });
  const { phone, folder } = await syncedPhone(world, named.windowsPhone8, calendar);
  const collection = await hrefOf(world.account, "VEVENT");
  for await (const item of world.account.read(collection, [`${collection}e.ics`])) {
    await world.account.update(item.href, item.rev, event("plain", start, "LOCATION:Here\r\n"));
  }
  const { changes } = await phone.sync(folder);
  const [told] = changes;
  expect(values(told?.data ?? [], "Calendar:Location")).toEqual(["Here"]);
  expect(values(told?.data ?? [], "Calendar:Attendees")).toEqual([]);
});
