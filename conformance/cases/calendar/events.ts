/** Calendar: what an event is besides its time: flags, place, people, identity. */
import { since, until } from "../../../src/schema/versions.ts";
import { child, children, childText, element } from "../../../src/wire/element.ts";
import type { Case } from "../../runner/case.ts";
import { end, event, eventFields, listOf, named, only, start, valueOf } from "../samples.ts";

export const eventCases: readonly Case[] = [
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
    id: "calendar/place-with-all-its-parts",
    says: "From 16.0 on every part of a place comes back.",
    spec: ["MS-ASAIRS_R1360", "MS-ASAIRS_R1287", "MS-ASAIRS_R1073", "MS-ASAIRS_R1124", "MS-ASAIRS_R1193"],
    level: "MUST",
    versions: since("16.0"),
    async run(device, t) {
      const folder = await t.folder(device, "Calendar");
      const parts = [
        ["DisplayName", "MS-ASAIRS_R1360", "Hall 3"],
        ["Street", "MS-ASAIRS_R1287", "Messeplatz 1"],
        ["City", "MS-ASAIRS_R1073", "Köln"],
        ["Country", "MS-ASAIRS_R1124", "Deutschland"],
        ["Latitude", "MS-ASAIRS_R1193", "50.9461"],
        ["Longitude", "", "6.9827"],
      ] as const;
      const place = element(
        "AirSyncBase:Location",
        parts.map(([name, , value]) => element(`AirSyncBase:${name}`, value)),
      );
      await t.add(device, folder, [...event(t.version, t.marker), place]);
      const seen = t.found(only(await t.observe("Calendar")), "another device sees the event");
      const found = t.found(named(seen.data, "AirSyncBase:Location"), "a Location");
      for (const [name, spec, value] of parts) t.equal(spec, childText(found, `AirSyncBase:${name}`), value, name);
    },
  },
  {
    id: "calendar/what-is-not-named-stays-from-16.0",
    says: "From 16.0 on a Change holds what changed: everything else stays.",
    spec: ["MS-ASCAL_R2231"],
    level: "MUST",
    versions: since("16.0"),
    async run(device, t) {
      const folder = await t.folder(device, "Calendar");
      const said = { BusyStatus: "1", Sensitivity: "2", Reminder: "25" } as const;
      const { serverId } = await t.add(device, folder, event(t.version, t.marker, said));
      await device.change(folder, serverId, eventFields({ Subject: `${t.marker} again` }));
      const seen = t.found(only(await t.observe("Calendar")), "another device sees the event");
      t.equal("", valueOf(seen.data, "Calendar:Subject"), `${t.marker} again`, "Subject");
      for (const [name, value] of Object.entries({ ...said, StartTime: start, EndTime: end })) {
        t.equal("MS-ASCAL_R2231", valueOf(seen.data, `Calendar:${name as "Subject"}`), value, name);
      }
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
