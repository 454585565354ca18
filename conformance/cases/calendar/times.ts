/** Calendar: when an event is: instants, zones, and whole days in both styles. */
import { since, until } from "../../../src/schema/versions.ts";
import type { Case } from "../../runner/case.ts";
import {
  berlinZone,
  end,
  event,
  eventFields,
  named,
  only,
  start,
  utcZone,
  valueOf,
  zone,
  zoneFacts,
} from "../samples.ts";

export const timeCases: readonly Case[] = [
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
];

/** Milliseconds since 1970 of a compact time; NaN when it is none. */
function instant(compact: string | undefined): number {
  return Date.parse((compact ?? "").replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, "$1-$2-$3T$4:$5:$6Z"));
}
