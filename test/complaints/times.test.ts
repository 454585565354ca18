import { expect, it } from "vitest";
import { type EventTag, eventFields, recurrence, utcZone, zone, zoneFacts } from "../../conformance/cases/samples.ts";
import type { Version } from "../../src/schema/versions.ts";
import { child, children, childText, type Element, element } from "../../src/wire/element.ts";
import { type Names, named } from "../clients/client.ts";
import { card, type MemoryWorld, memoryWorld } from "../trouble/world.ts";
import { complaint, edited, itemWith, onlyText, replace, shown, textsIn } from "./complaint.ts";

/** Zones east and west, with blobs written by hand as phones send them, and minutes before UTC in January and in July. */
const zones = [
  { name: "Europe/Berlin", blob: zone(-60, on(10, 5, 3), on(3, 5, 2)), january: 60, july: 120 },
  { name: "America/New_York", blob: zone(300, on(11, 1, 2), on(3, 2, 2)), january: -300, july: -240 },
  { name: "America/Los_Angeles", blob: zone(480, on(11, 1, 2), on(3, 2, 2)), january: -480, july: -420 },
  { name: "Asia/Tokyo", blob: zone(-540), january: 540, july: 540 },
  { name: "Asia/Kolkata", blob: zone(-330), january: 330, july: 330 },
] as const;

/** The clocks are switched on a Sunday: which month, which one of it, from what hour. */
function on(month: number, nth: number, hour: number) {
  return { month, weekday: 0, nth, hour };
}

/** An hour of a day by a clock so many minutes before UTC, in compact form. */
function moment(month: number, day: number, hour: number, before: number): string {
  const time = new Date(Date.UTC(2031, month - 1, day, hour, -before));
  return time.toISOString().replace(/[-:]|\.000/g, "");
}

function fieldsOf(version: Version, uid: string, fields: Partial<Record<EventTag, string>>): Element[] {
  // What the server says alone is not sent from 16.0 on.
  const own = version.startsWith("16") ? {} : { UID: uid, DtStamp: "20260101T000000Z" };
  return eventFields({ Subject: uid, ...own, ...fields });
}

async function calendarOf(world: MemoryWorld, version: Version, client: Names = named.iOS17) {
  const phone = world.phone({ ...client, version });
  await phone.folderSync();
  const folder = phone.folder(8);
  await phone.sync(folder);
  return { phone, folder };
}

/** The clock in a zone at a moment, as the other clients' libraries have it. */
function clockIn(timeZone: string, compact: string): string {
  const iso = compact.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, "$1-$2-$3T$4:$5:$6Z");
  return new Intl.DateTimeFormat("en-GB", { timeZone, hour: "2-digit", minute: "2-digit" }).format(new Date(iso));
}

complaint(18, () => {
  it("a series that a phone makes at nine is at nine in winter and in summer, east and west", async () => {
    for (const { name, blob, january, july } of zones) {
      const world = await memoryWorld({ settings: { zone: name } });
      const start = moment(1, 14, 9, january);
      for (const version of ["2.5", "14.1", "16.1"] as const) {
        const { phone, folder } = await calendarOf(world, version);
        const times = { Timezone: blob, StartTime: start, EndTime: moment(1, 14, 10, january) };
        const weekly = recurrence({ Type: 1, Interval: 1, DayOfWeek: 4 });
        const added = await phone.add(folder, [...fieldsOf(version, `in ${version}`, times), weekly]);
        expect(added.status, `${name}, ${version}`).toBe(1);
      }
      const texts = [...(await textsIn(world.account, "/anna/calendar/")).values()];
      expect(texts).toHaveLength(3);
      for (const text of texts) {
        const [, tzid = "", wall] = /^DTSTART;TZID=([^:]+):(\S+)/m.exec(text) ?? [];
        expect(wall, name).toBe("20310114T090000");
        // The zone that is named has the same summer as the phone's.
        expect(clockIn(tzid, moment(7, 15, 9, july)), name).toBe("09:00");
      }
      // They go back as they came, to another phone too.
      const other = await calendarOf(world, "14.1", named.gmail);
      expect(other.phone.items(other.folder).size).toBe(3);
      for (const item of other.phone.items(other.folder).values()) {
        expect(shown(item, "Calendar:StartTime"), name).toBe(start);
        expect(zoneFacts(shown(item, "Calendar:Timezone") ?? ""), name).toEqual(zoneFacts(blob));
      }
    }
  });

  it("a series of the server is shown with the very rules of its zone", async () => {
    const world = await memoryWorld({ settings: { zone: "UTC" } });
    for (const { name } of zones) {
      const lines = [`DTSTART;TZID=${name}:20310114T090000`, `DTEND;TZID=${name}:20310114T100000`, "RRULE:FREQ=WEEKLY"];
      await world.account.create("/anna/calendar/", `${name.replace("/", "-")}.ics`, calendarText(name, ...lines));
    }
    const { phone, folder } = await calendarOf(world, "14.1");
    for (const { name, blob, january } of zones) {
      const item = itemWith(phone, folder, "Calendar:Subject", name);
      expect(shown(item, "Calendar:StartTime"), name).toBe(moment(1, 14, 9, january));
      expect(zoneFacts(shown(item, "Calendar:Timezone") ?? ""), name).toEqual(zoneFacts(blob));
    }
  });

  it("an all-day event is on its day, whichever zone the phone is in and whichever version it speaks", async () => {
    for (const { name, blob, january } of zones) {
      const world = await memoryWorld({ settings: { zone: name } });
      const midnight = moment(1, 14, 0, january);
      for (const version of ["2.5", "12.1", "14.1", "16.1"] as const) {
        const { phone, folder } = await calendarOf(world, version);
        // From 16.0 on it is a date; before, two midnights by the phone's clock.
        const times =
          version === "16.1"
            ? { StartTime: "20310114T000000Z", EndTime: "20310115T000000Z" }
            : { Timezone: blob, StartTime: midnight, EndTime: moment(1, 15, 0, january) };
        await phone.add(folder, fieldsOf(version, `in ${version}`, { ...times, AllDayEvent: "1" }));
      }
      const texts = await textsIn(world.account, "/anna/calendar/");
      expect(texts.size).toBe(4);
      for (const text of texts.values()) {
        expect(text, name).toMatch(/^DTSTART;VALUE=DATE:20310114\r$/m);
        expect(text, name).toMatch(/^DTEND;VALUE=DATE:20310115\r$/m);
      }
      // Other phones with the same clock are told the same, and what they send back writes nothing.
      for (const version of ["14.1", "16.1"] as const) {
        const { phone, folder } = await calendarOf(world, version, named.gmail);
        expect(phone.items(folder).size).toBe(4);
        for (const item of phone.items(folder).values()) {
          expect(shown(item, "Calendar:StartTime"), `${name}, ${version}`).toBe(
            version === "16.1" ? "20310114T000000Z" : midnight,
          );
          const echo = edited(item, { "Calendar:UID": undefined, "Calendar:DtStamp": undefined });
          expect((await phone.change(folder, item.serverId, echo)).status).toBe(1);
        }
      }
      expect(await textsIn(world.account, "/anna/calendar/"), name).toEqual(texts);
    }
  });

  it("a zone of zeros is no zone: times stay where they are, series keep their hour, days stay whole", async () => {
    for (const { name, january, july } of zones) {
      const world = await memoryWorld({ settings: { zone: name } });
      const { phone, folder } = await calendarOf(world, "14.1");
      const start = moment(1, 14, 9, january);
      const timed = { Timezone: utcZone, StartTime: start, EndTime: moment(1, 14, 10, january) };
      const call = await phone.add(folder, [
        ...fieldsOf("14.1", "call", timed),
        recurrence({ Type: 1, Interval: 1, DayOfWeek: 4 }),
      ]);
      // Some send midnight by their own clock, some midnight in UTC.
      const days = {
        own: [moment(1, 20, 0, january), moment(1, 21, 0, january)],
        utc: [moment(1, 20, 0, 0), moment(1, 21, 0, 0)],
      };
      for (const [uid, [from = "", to = ""]] of Object.entries(days)) {
        const day = { Timezone: utcZone, StartTime: from, EndTime: to, AllDayEvent: "1" };
        await phone.add(folder, fieldsOf("14.1", uid, day));
      }
      const other = await calendarOf(world, "16.1", named.gmail);
      for (const uid of Object.keys(days)) {
        const item = itemWith(other.phone, other.folder, "Calendar:Subject", uid);
        expect(shown(item, "Calendar:StartTime"), `${uid} in ${name}`).toBe("20310120T000000Z");
        expect(shown(item, "Calendar:EndTime"), `${uid} in ${name}`).toBe("20310121T000000Z");
      }
      const text = [...(await textsIn(world.account, "/anna/calendar/")).values()].find((one) => one.includes("call"));
      const [, tzid = "", wall] = /^DTSTART;TZID=([^:]+):(\S+)/m.exec(text ?? "") ?? [];
      expect(wall, name).toBe("20310114T090000");
      expect(clockIn(tzid, moment(7, 15, 9, july)), name).toBe("09:00");
      // A title that is edited moves nothing.
      const kept = { serverId: call.serverId, data: fieldsOf("14.1", "call", timed) };
      await phone.change(folder, call.serverId, edited(kept, { "Calendar:Subject": "Call" }));
      await other.phone.sync(other.folder);
      const after = itemWith(other.phone, other.folder, "Calendar:Subject", "Call");
      expect(shown(after, "Calendar:StartTime"), name).toBe(start);
    }
  });

  it("a birthday is the same day on every phone, and on the server after each of them edited the card", async () => {
    const day = "1985-04-12";
    // The day that each shows for a moment: by its clock, by UTC, by the nearest midnight in UTC.
    const byClock = (timeZone: string) => (told: Date) => told.toLocaleDateString("sv-SE", { timeZone });
    const byUtc = (told: Date) => told.toISOString().slice(0, 10);
    for (const { name } of zones) {
      const world = await memoryWorld({ settings: { zone: name } });
      await world.account.create("/anna/contacts/", "a.vcf", card("Ada", `BDAY:${day}\r\n`));
      for (const [client, dayOf] of [
        [named.iOS17, byClock(name)],
        [named.gmail, byUtc],
        [named.samsung, byUtc],
        [named.outlook, byUtc],
      ] as const) {
        const told = `${client.userAgent} in ${name}`;
        const phone = world.phone(client);
        await phone.folderSync();
        const folder = phone.folder(9);
        await phone.sync(folder);
        const item = itemWith(phone, folder, "Contacts:FirstName", "Ada");
        expect(dayOf(new Date(shown(item, "Contacts:Birthday") ?? "")), told).toBe(day);
        await phone.change(folder, item.serverId, edited(item, { "Contacts:JobTitle": client.deviceType }));
        const text = await onlyText(world.account, "/anna/contacts/");
        expect(text, told).toContain(`TITLE:${client.deviceType}`);
        expect(text, told).toContain(`BDAY:${day}`);
      }
    }
  });
});

complaint(9, () => {
  const series = (...exceptions: readonly string[]) =>
    calendarText(
      "standup",
      "DTSTART:20310114T090000Z",
      "DTEND:20310114T093000Z",
      "RRULE:FREQ=WEEKLY;COUNT=10",
      ...exceptions,
    );
  const moved = [
    "END:VEVENT",
    "BEGIN:VEVENT",
    "UID:standup",
    "DTSTAMP:20260101T000000Z",
    "RECURRENCE-ID:20310121T090000Z",
    "DTSTART:20310122T140000Z",
    "DTEND:20310122T143000Z",
    "SUMMARY:moved by a DAV client",
  ];
  /** What a phone has of the occurrence of 21 January. */
  const exceptionIn = (data: readonly Element[]): Element | undefined => {
    const all = data.find(({ name }) => name === "Calendar:Exceptions");
    return (all ? children(all) : []).find((one) => {
      const slot = childText(one, "Calendar:ExceptionStartTime") ?? childText(one, "AirSyncBase:InstanceId") ?? "";
      return slot.replace(/[-:]|\.000/g, "") === "20310121T090000Z";
    });
  };

  it("an occurrence that another client moved is moved on every phone, and stays so when the phone edits the series", async () => {
    for (const version of ["2.5", "12.1", "14.1", "16.0", "16.1"] as const) {
      const world = await memoryWorld();
      await world.account.create("/anna/calendar/", "s.ics", series());
      const { phone, folder } = await calendarOf(world, version);
      await replace(world.account, "/anna/calendar/", "s.ics", series(...moved));
      await phone.sync(folder);
      const item = itemWith(phone, folder, "Calendar:Subject", "standup");
      const exception = exceptionIn(item.data);
      expect(exception && childText(exception, "Calendar:StartTime"), version).toBe("20310122T140000Z");
      expect(exception && childText(exception, "Calendar:Subject"), version).toBe("moved by a DAV client");
      const change = version.startsWith("16")
        ? eventFields({ Subject: "renamed" })
        : edited(item, { "Calendar:Subject": "renamed" });
      expect((await phone.change(folder, item.serverId, change)).status, version).toBe(1);
      const text = await onlyText(world.account, "/anna/calendar/");
      expect(text, version).toContain("SUMMARY:renamed");
      for (const line of moved.slice(4)) expect(text, version).toContain(`${line}\r\n`);
      expect(text.match(/BEGIN:VEVENT/g), version).toHaveLength(2);
    }
  });

  it("an occurrence that a phone moves is moved on the server and on the other phone, and one that it deletes is gone", async () => {
    for (const version of ["2.5", "12.1", "14.1", "16.0", "16.1"] as const) {
      const world = await memoryWorld();
      await world.account.create("/anna/calendar/", "s.ics", series());
      const { phone, folder } = await calendarOf(world, version);
      const item = itemWith(phone, folder, "Calendar:Subject", "standup");
      const times = { StartTime: "20310122T140000Z", EndTime: "20310122T143000Z" };
      if (version.startsWith("16")) {
        const fields = eventFields(times);
        const one = await phone.change(folder, item.serverId, fields, { instanceId: "2031-01-21T09:00:00.000Z" });
        expect(one.status, version).toBe(1);
        const two = await phone.remove(folder, item.serverId, { instanceId: "2031-01-28T09:00:00.000Z" });
        expect(two.status, version).toBe(1);
      } else {
        const exceptions = element("Calendar:Exceptions", [
          element("Calendar:Exception", eventFields({ ExceptionStartTime: "20310121T090000Z", ...times })),
          element("Calendar:Exception", eventFields({ Deleted: "1", ExceptionStartTime: "20310128T090000Z" })),
        ]);
        expect((await phone.change(folder, item.serverId, [...item.data, exceptions])).status, version).toBe(1);
      }
      const text = await onlyText(world.account, "/anna/calendar/");
      expect(text, version).toMatch(/RECURRENCE-ID[^:]*:20310121T090000Z\r\n/);
      expect(text, version).toContain("DTSTART:20310122T140000Z");
      expect(text, version).toMatch(/EXDATE[^:]*:20310128T090000Z\r\n/);
      expect(text, version).toContain("RRULE:FREQ=WEEKLY;COUNT=10");
      for (const other of ["14.1", "16.1"] as const) {
        const seen = await calendarOf(world, other, named.gmail);
        const { data } = itemWith(seen.phone, seen.folder, "Calendar:Subject", "standup");
        const exception = exceptionIn(data);
        expect(exception && childText(exception, "Calendar:StartTime"), `${version}, ${other}`).toBe(
          "20310122T140000Z",
        );
        const all = data.find(({ name }) => name === "Calendar:Exceptions");
        const gone = (all ? children(all) : []).filter((one) => child(one, "Calendar:Deleted"));
        expect(gone, `${version}, ${other}`).toHaveLength(1);
      }
    }
  });
});

function calendarText(uid: string, ...lines: readonly string[]): string {
  const head = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//test//EN", "BEGIN:VEVENT", `UID:${uid}`];
  return [...head, "DTSTAMP:20260101T000000Z", `SUMMARY:${uid}`, ...lines, "END:VEVENT", "END:VCALENDAR", ""].join(
    "\r\n",
  );
}
