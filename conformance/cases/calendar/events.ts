/** Calendar: single events, in both styles of whole days, with zones, places, people and reminders. */
import { since, until } from "../../../src/schema/versions.ts";
import { child, children, childText, element } from "../../../src/wire/element.ts";
import type { Case } from "../../runner/case.ts";
import {
  berlinZone,
  end,
  event,
  eventFields,
  listOf,
  named,
  only,
  start,
  utcZone,
  valueOf,
  zone,
  zoneFacts,
} from "../samples.ts";

export const eventCases: readonly Case[] = [
  {
    id: "calendar/times",
    says: "Start and end come back as the same instants, in the compact form.",
    spec: ["MS-ASCAL_R434", "MS-ASCAL_R235"],
    level: "MUST",
    async run(device, t) {
      const folder = await t.folder(device, "Calendar");
      await t.add(device, folder, event(t.version, t.marker));
      const seen = t.found(only(await t.observe("Calendar")), "another device sees the event");
      t.equal("MS-ASCAL_R434", valueOf(seen.data, "Calendar:StartTime"), start, "StartTime");
      t.equal("MS-ASCAL_R235", valueOf(seen.data, "Calendar:EndTime"), end, "EndTime");
      t.equal("", valueOf(seen.data, "Calendar:Subject"), t.marker, "Subject");
    },
  },
  {
    id: "calendar/zone-of-berlin",
    says: "The zone comes back with the same offset and the same rules; its names may differ.",
    spec: ["MS-ASCAL_R447"],
    level: "MUST",
    async run(device, t) {
      const folder = await t.folder(device, "Calendar");
      await t.add(device, folder, event(t.version, t.marker, { Timezone: berlinZone }));
      const seen = only(await t.observe("Calendar"));
      const blob = seen && valueOf(seen.data, "Calendar:Timezone");
      t.equal("MS-ASCAL_R447", blob && zoneFacts(blob), zoneFacts(berlinZone), "offset and rules");
      t.equal("", seen && valueOf(seen.data, "Calendar:StartTime"), start, "StartTime");
    },
  },
  {
    id: "calendar/zone-without-daylight-time",
    says: "A zone that is half an hour off and has no daylight time comes back.",
    spec: ["MS-ASCAL_R447"],
    level: "MUST",
    async run(device, t) {
      const folder = await t.folder(device, "Calendar");
      const india = zone(-330);
      await t.add(device, folder, event(t.version, t.marker, { Timezone: india }));
      const seen = only(await t.observe("Calendar"));
      const blob = seen && valueOf(seen.data, "Calendar:Timezone");
      t.equal("MS-ASCAL_R447", blob && zoneFacts(blob)[0], -330, "offset");
    },
  },
  {
    id: "calendar/whole-day-up-to-14.1",
    says: "Up to 14.1 a whole day begins and ends at midnight in its zone.",
    spec: ["MS-ASCAL_R235"],
    level: "MUST",
    versions: until("14.1"),
    async run(device, t) {
      const folder = await t.folder(device, "Calendar");
      const day = {
        AllDayEvent: "1",
        Timezone: berlinZone,
        StartTime: "20310304T230000Z",
        EndTime: "20310305T230000Z",
      };
      await t.add(device, folder, event(t.version, t.marker, day));
      const seen = t.found(only(await t.observe("Calendar")), "another device sees the event");
      t.equal("", valueOf(seen.data, "Calendar:AllDayEvent"), "1", "AllDayEvent");
      // The zone of the answer decides which midnight is meant: the day must be 5 March in it.
      const bias = zoneFacts(valueOf(seen.data, "Calendar:Timezone") ?? utcZone)[0] ?? 0;
      const local = (compact: string | undefined) => instant(compact) - bias * 60_000;
      t.equal("", local(valueOf(seen.data, "Calendar:StartTime")), Date.UTC(2031, 2, 5), "StartTime, as local time");
      t.equal(
        "MS-ASCAL_R235",
        local(valueOf(seen.data, "Calendar:EndTime")),
        Date.UTC(2031, 2, 6),
        "EndTime, as local time",
      );
    },
  },
  {
    id: "calendar/whole-day-from-16.0",
    says: "From 16.0 on a whole day is told by its date, at midnight, without a zone.",
    spec: ["MS-ASCAL_R2006", "MS-ASCAL_R2008"],
    level: "MUST",
    versions: since("16.0"),
    async run(device, t) {
      const folder = await t.folder(device, "Calendar");
      const day = eventFields({
        AllDayEvent: "1",
        StartTime: "20310305T000000Z",
        EndTime: "20310306T000000Z",
        Subject: t.marker,
        BusyStatus: "0",
      });
      await t.add(device, folder, day);
      const seen = t.found(only(await t.observe("Calendar")), "another device sees the event");
      t.equal("MS-ASCAL_R2006", named(seen.data, "Calendar:Timezone"), undefined, "Timezone");
      t.equal("MS-ASCAL_R2008", valueOf(seen.data, "Calendar:StartTime"), "20310305T000000Z", "StartTime");
      t.equal("MS-ASCAL_R2008", valueOf(seen.data, "Calendar:EndTime"), "20310306T000000Z", "EndTime");
    },
  },
  {
    id: "calendar/flags",
    says: "Busy status, sensitivity, reminder and categories come back.",
    spec: ["MS-ASCAL_R138", "MS-ASCAL_R428", "MS-ASCAL_R182"],
    level: "MUST",
    async run(device, t) {
      const folder = await t.folder(device, "Calendar");
      const categories = element("Calendar:Categories", [
        element("Calendar:Category", "Work"),
        element("Calendar:Category", "A, B"),
      ]);
      const fields = { BusyStatus: "3", Sensitivity: "2", Reminder: "45" };
      await t.add(device, folder, [...event(t.version, t.marker, fields), categories]);
      const seen = t.found(only(await t.observe("Calendar")), "another device sees the event");
      t.equal("MS-ASCAL_R138", valueOf(seen.data, "Calendar:BusyStatus"), "3", "BusyStatus");
      t.equal("MS-ASCAL_R428", valueOf(seen.data, "Calendar:Sensitivity"), "2", "Sensitivity");
      t.equal("", valueOf(seen.data, "Calendar:Reminder"), "45", "Reminder");
      t.equal("MS-ASCAL_R182", listOf(seen.data, "Calendar:Categories").toSorted(), ["A, B", "Work"], "Categories");
    },
  },
  ...(["0", "1", "2", "3"] as const).map(
    (status): Case => ({
      id: `calendar/busy-status-${status}`,
      says: `BusyStatus ${status} comes back.`,
      spec: ["MS-ASCAL_R138"],
      level: "MUST",
      async run(device, t) {
        const folder = await t.folder(device, "Calendar");
        await t.add(device, folder, event(t.version, t.marker, { BusyStatus: status }));
        const seen = only(await t.observe("Calendar"));
        t.equal("MS-ASCAL_R138", seen && valueOf(seen.data, "Calendar:BusyStatus"), status, "BusyStatus");
      },
    }),
  ),
  ...(["1", "3"] as const).map(
    (sensitivity): Case => ({
      id: `calendar/sensitivity-${sensitivity}`,
      says: `Sensitivity ${sensitivity} comes back.`,
      spec: ["MS-ASCAL_R428"],
      level: "MUST",
      async run(device, t) {
        const folder = await t.folder(device, "Calendar");
        await t.add(device, folder, event(t.version, t.marker, { Sensitivity: sensitivity }));
        const seen = only(await t.observe("Calendar"));
        t.equal("MS-ASCAL_R428", seen && valueOf(seen.data, "Calendar:Sensitivity"), sensitivity, "Sensitivity");
      },
    }),
  ),
  {
    id: "calendar/reminder-at-the-start",
    says: "A reminder of 0 minutes is one, and not none.",
    spec: [],
    level: "MUST",
    async run(device, t) {
      const folder = await t.folder(device, "Calendar");
      await t.add(device, folder, event(t.version, t.marker, { Reminder: "0" }));
      const seen = only(await t.observe("Calendar"));
      t.equal("", seen && valueOf(seen.data, "Calendar:Reminder"), "0", "Reminder");
    },
  },
  {
    id: "calendar/no-length",
    says: "An event that ends when it starts comes back so.",
    spec: ["MS-ASCAL_R235"],
    level: "MUST",
    async run(device, t) {
      const folder = await t.folder(device, "Calendar");
      await t.add(device, folder, event(t.version, t.marker, { EndTime: start }));
      const seen = only(await t.observe("Calendar"));
      t.equal("", seen && valueOf(seen.data, "Calendar:StartTime"), start, "StartTime");
      t.equal("MS-ASCAL_R235", seen && valueOf(seen.data, "Calendar:EndTime"), start, "EndTime");
    },
  },
  {
    id: "calendar/several-whole-days-from-16.0",
    says: "From 16.0 on three whole days are three: the end is the day after the last.",
    spec: ["MS-ASCAL_R2008"],
    level: "MUST",
    versions: since("16.0"),
    async run(device, t) {
      const folder = await t.folder(device, "Calendar");
      const days = { AllDayEvent: "1", StartTime: "20310305T000000Z", EndTime: "20310308T000000Z", Subject: t.marker };
      await t.add(device, folder, eventFields(days));
      const seen = only(await t.observe("Calendar"));
      t.equal("MS-ASCAL_R2008", seen && valueOf(seen.data, "Calendar:EndTime"), days.EndTime, "EndTime");
    },
  },
  {
    id: "calendar/one-uid-makes-one-event",
    says: "Up to 14.1 the same UID, added again by another request, makes no second event.",
    spec: [],
    level: "SHOULD",
    versions: until("14.1"),
    async run(device, t) {
      const folder = await t.folder(device, "Calendar");
      const data = event(t.version, t.marker);
      await t.add(device, folder, data);
      const again = await device.sync(folder, { commands: [{ kind: "Add", clientId: "again", data }] });
      t.equal("", again.status, 1, "Status");
      t.equal("", (await t.observe("Calendar")).length, 1, "events with the marker");
    },
  },
  {
    id: "calendar/place-as-text",
    says: "Up to 14.1 the place is a text.",
    spec: ["MS-ASCAL_R300"],
    level: "MUST",
    versions: until("14.1"),
    async run(device, t) {
      const folder = await t.folder(device, "Calendar");
      await t.add(device, folder, event(t.version, t.marker, { Location: "Room 1, left; \\ door" }));
      const seen = only(await t.observe("Calendar"));
      t.equal("MS-ASCAL_R300", seen && valueOf(seen.data, "Calendar:Location"), "Room 1, left; \\ door", "Location");
    },
  },
  {
    id: "calendar/place-as-an-object",
    says: "From 16.0 on the place is an object with a name.",
    spec: ["MS-ASAIRS_R1001013"],
    level: "MUST",
    versions: since("16.0"),
    async run(device, t) {
      const folder = await t.folder(device, "Calendar");
      const place = element("AirSyncBase:Location", [element("AirSyncBase:DisplayName", "Room 1")]);
      const { serverId } = await t.add(device, folder, [...event(t.version, t.marker), place]);
      const seen = only(await t.observe("Calendar"));
      const found = seen && named(seen.data, "AirSyncBase:Location");
      t.equal("", found && childText(found, "AirSyncBase:DisplayName"), "Room 1", "DisplayName");
      await device.change(folder, serverId, [element("AirSyncBase:Location")]);
      const after = only(await t.observe("Calendar"));
      const left = after && named(after.data, "AirSyncBase:Location");
      t.ok("MS-ASAIRS_R1001013", left === undefined || children(left).length === 0, "an empty Location removes it");
    },
  },
  {
    id: "calendar/attendees",
    says: "The people of a meeting come back with name and address.",
    spec: ["MS-ASCAL_R100", "MS-ASCAL_R101"],
    level: "MUST",
    versions: since("12.0"),
    async run(device, t) {
      const folder = await t.folder(device, "Calendar");
      const attendee = (name: string, address: string) =>
        element("Calendar:Attendee", [
          element("Calendar:Email", address),
          element("Calendar:Name", name),
          element("Calendar:AttendeeType", 1),
        ]);
      const people = element("Calendar:Attendees", [
        attendee("Bert", "bert@example.invalid"),
        attendee("Carla Berg", "carla@example.invalid"),
      ]);
      await t.add(device, folder, [...event(t.version, t.marker, { MeetingStatus: "1" }), people]);
      const seen = only(await t.observe("Calendar"));
      const list = seen && named(seen.data, "Calendar:Attendees");
      const addresses = list ? children(list).map((one) => childText(one, "Calendar:Email")) : [];
      const names = list ? children(list).map((one) => childText(one, "Calendar:Name")) : [];
      t.equal("MS-ASCAL_R100", inOrder(addresses), ["bert@example.invalid", "carla@example.invalid"], "addresses");
      t.equal("MS-ASCAL_R101", inOrder(names), ["Bert", "Carla Berg"], "names");
    },
  },
  {
    id: "calendar/uid-stays-up-to-14.1",
    says: "Up to 14.1 the phone makes the UID, and the server keeps it.",
    spec: ["MS-ASCAL_R2219"],
    level: "MUST",
    versions: until("14.1"),
    async run(device, t) {
      const folder = await t.folder(device, "Calendar");
      await t.add(device, folder, event(t.version, t.marker, { UID: `${t.marker}-uid` }));
      const seen = only(await t.observe("Calendar"));
      t.equal("MS-ASCAL_R2219", seen && valueOf(seen.data, "Calendar:UID"), `${t.marker}-uid`, "UID");
    },
  },
  {
    id: "calendar/uid-is-made-by-the-server-from-16.0",
    says: "From 16.0 on the server makes the UID and tells it in the result of the Add.",
    spec: ["MS-ASCAL_R2223"],
    level: "MUST",
    versions: since("16.0"),
    async run(device, t) {
      const folder = await t.folder(device, "Calendar");
      const { result } = await t.add(device, folder, event(t.version, t.marker));
      const uid = result && valueOf(result.data, "Calendar:UID");
      t.ok("MS-ASCAL_R2223", uid !== undefined && uid !== "", "the result has a UID");
      const seen = only(await t.observe("Calendar"));
      t.equal("MS-ASCAL_R2223", seen && valueOf(seen.data, "Calendar:UID"), uid, "UID, as another device sees it");
    },
  },
  {
    id: "calendar/client-uid-makes-no-second-event",
    says: "From 16.0 on the same ClientUid, sent again in another request, makes no second event.",
    spec: ["MS-ASCAL_R2062"],
    level: "MUST",
    versions: since("16.0"),
    async run(device, t) {
      const folder = await t.folder(device, "Calendar");
      const data = [...event(t.version, t.marker), ...eventFields({ ClientUid: `${t.marker}-client` })];
      await t.add(device, folder, data);
      const { results } = await device.sync(folder, { commands: [{ kind: "Add", clientId: "again", data }] });
      t.equal("", results.length, 1, "results of the second Add");
      t.equal("MS-ASCAL_R2062", (await t.observe("Calendar")).length, 1, "events with the marker");
    },
  },
  {
    id: "calendar/end-without-start-in-a-change-is-6",
    says: "A Change with EndTime but without StartTime is answered with Status 6.",
    spec: ["MS-ASCAL_R53915"],
    level: "MUST",
    async run(device, t) {
      const folder = await t.folder(device, "Calendar");
      const { serverId } = await t.add(device, folder, event(t.version, t.marker));
      const { status } = await device.change(
        folder,
        serverId,
        event(t.version, t.marker, { EndTime: "20310305T120000Z" }).filter(({ name }) => name !== "Calendar:StartTime"),
      );
      t.equal("MS-ASCAL_R53915", status, 6, "Status");
    },
  },
  {
    id: "calendar/no-times-means-now",
    says: "An Add without start and end begins at the next half hour and lasts half an hour.",
    spec: ["MS-ASCAL_R52514"],
    level: "MUST",
    async run(device, t) {
      const folder = await t.folder(device, "Calendar");
      const data = event(t.version, t.marker).filter(
        ({ name }) => name !== "Calendar:StartTime" && name !== "Calendar:EndTime",
      );
      await t.add(device, folder, data);
      const seen = t.found(only(await t.observe("Calendar")), "another device sees the event");
      const [from, to] = [valueOf(seen.data, "Calendar:StartTime"), valueOf(seen.data, "Calendar:EndTime")].map(
        instant,
      );
      t.equal("MS-ASCAL_R52514", (to ?? 0) - (from ?? 0), 1_800_000, "milliseconds from start to end");
      t.ok("MS-ASCAL_R52514", Math.abs((from ?? 0) - Date.now()) <= 1_860_000, "it begins within half an hour of now");
    },
  },
  {
    id: "calendar/start-in-the-future-without-end-is-6",
    says: "An Add with a start in the future and no end is answered with Status 6.",
    spec: ["MS-ASCAL_R52518"],
    level: "MUST",
    async run(device, t) {
      const folder = await t.folder(device, "Calendar");
      const data = event(t.version, t.marker).filter(({ name }) => name !== "Calendar:EndTime");
      const { results } = await device.sync(folder, { commands: [{ kind: "Add", clientId: "1", data }] });
      for (const { serverId } of results) if (serverId !== undefined) t.removeLater(device, folder, serverId);
      t.equal("MS-ASCAL_R52518", results[0]?.status, 6, "Status of the Add");
    },
  },
  {
    id: "calendar/proposals-of-other-times",
    says: "From 14.0 on every event tells whether other times may be proposed; by default they may.",
    spec: ["MS-ASCAL_R215", "MS-ASCAL_R214"],
    level: "MUST",
    versions: since("14.0"),
    async run(device, t) {
      const folder = await t.folder(device, "Calendar");
      await t.add(device, folder, event(t.version, t.marker));
      const seen = only(await t.observe("Calendar"));
      const told = seen && named(seen.data, "Calendar:DisallowNewTimeProposal");
      t.ok("MS-ASCAL_R215", told !== undefined, "DisallowNewTimeProposal is there");
      t.equal(
        "MS-ASCAL_R214",
        seen && valueOf(seen.data, "Calendar:DisallowNewTimeProposal"),
        "0",
        "DisallowNewTimeProposal",
      );
    },
  },
  {
    id: "calendar/moved-event",
    says: "An event that one device moves is moved on the others.",
    spec: ["MS-ASCAL_R434"],
    level: "MUST",
    async run(device, t) {
      const folder = await t.folder(device, "Calendar");
      const { serverId } = await t.add(device, folder, event(t.version, t.marker));
      const later = { StartTime: "20310306T140000Z", EndTime: "20310306T153000Z" };
      await device.change(folder, serverId, event(t.version, t.marker, later));
      const seen = only(await t.observe("Calendar"));
      t.equal("MS-ASCAL_R434", seen && valueOf(seen.data, "Calendar:StartTime"), later.StartTime, "StartTime");
      t.equal("", seen && valueOf(seen.data, "Calendar:EndTime"), later.EndTime, "EndTime");
    },
  },
  {
    id: "calendar/order-of-elements",
    says: "Clients read in one pass: zone and start stand before AllDayEvent, and Exceptions come last of what they copy.",
    spec: [],
    level: "SHOULD",
    async run(device, t) {
      const folder = await t.folder(device, "Calendar");
      await t.add(device, folder, event(t.version, t.marker));
      const seen = only(await t.observe("Calendar"));
      const names = (seen?.data ?? []).map(({ name }) => name);
      const at = (name: (typeof names)[number]) => names.indexOf(name);
      t.ok("", at("Calendar:Timezone") < at("Calendar:AllDayEvent"), "Timezone before AllDayEvent");
      t.ok("", at("Calendar:StartTime") < at("Calendar:AllDayEvent"), "StartTime before AllDayEvent");
      t.ok(
        "",
        seen !== undefined &&
          child({ name: "AirSync:ApplicationData", content: seen.data }, "Calendar:Subject") !== undefined,
        "Subject is there",
      );
    },
  },
];

function inOrder(values: readonly (string | undefined)[]): string[] {
  return values.map(String).toSorted((one, other) => (one < other ? -1 : 1));
}

/** Milliseconds since 1970 of a compact time; NaN when it is none. */
function instant(compact: string | undefined): number {
  return Date.parse((compact ?? "").replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, "$1-$2-$3T$4:$5:$6Z"));
}
