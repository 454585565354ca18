/** Calendar: what an edit of a series leaves of its occurrences, and one of an occurrence of its series. */
import { between, since, until } from "../../../src/schema/versions.ts";
import { child, childText, type Element, element } from "../../../src/wire/element.ts";
import type { Case } from "../../runner/case.ts";
import {
  berlinZone,
  event,
  eventFields,
  exceptionsOf,
  isDeleted,
  only,
  originalStart,
  recurrence,
  valueOf,
} from "../samples.ts";

const weekly = recurrence({ Type: 1, Interval: 1, DayOfWeek: 8, Occurrences: 6 });
const second = "20310312T100000Z";
const third = "20310319T100000Z";

function exceptions(...list: readonly (readonly Element[])[]): Element {
  return element(
    "Calendar:Exceptions",
    list.map((one) => element("Calendar:Exception", one)),
  );
}

/** The occurrences that exceptions stand for, in order. */
function slotsOf(list: readonly Element[]): readonly string[] {
  const slots = list.map((one) => originalStart(one) ?? "");
  return slots.sort((one, other) => (one < other ? -1 : 1));
}

export const instanceCases: readonly Case[] = [
  {
    id: "calendar/series-title-keeps-exceptions-from-16.0",
    says: "From 16.0 on a new title of a series leaves its exceptions.",
    spec: ["MS-ASCAL_R2231"],
    level: "MUST",
    versions: since("16.0"),
    async run(device, t) {
      const folder = await t.folder(device, "Calendar");
      const { serverId } = await t.add(device, folder, [...event(t.version, t.marker), weekly]);
      await device.remove(folder, serverId, { instanceId: second });
      await device.change(folder, serverId, eventFields({ Subject: `${t.marker} again` }));
      const seen = t.found(only(await t.observe("Calendar")), "another device sees the series");
      t.equal("MS-ASCAL_R2231", exceptionsOf(seen.data).map(originalStart), [second], "exceptions");
    },
  },
  ...(
    [
      ["start", "MS-ASCAL_R2202", { StartTime: "20310305T103000Z", EndTime: "20310305T113000Z" }],
      ["end", "MS-ASCAL_R2097", { StartTime: "20310305T100000Z", EndTime: "20310305T113000Z" }],
    ] as const
  ).map(
    ([name, spec, times]): Case => ({
      id: `calendar/new-${name}-drops-exceptions-from-16.0`,
      says: `From 16.0 on a new ${name} of a series removes its exceptions.`,
      spec: [spec, "MS-ASCAL_R2114"],
      level: "MUST",
      versions: since("16.0"),
      async run(device, t) {
        const folder = await t.folder(device, "Calendar");
        const { serverId } = await t.add(device, folder, [...event(t.version, t.marker), weekly]);
        await device.remove(folder, serverId, { instanceId: second });
        await device.change(folder, serverId, eventFields(times));
        const seen = t.found(only(await t.observe("Calendar")), "another device sees the series");
        t.equal([spec, "MS-ASCAL_R2114"], exceptionsOf(seen.data).length, 0, "exceptions");
        t.equal("", valueOf(seen.data, "Calendar:EndTime"), times.EndTime, "EndTime");
      },
    }),
  ),
  {
    id: "calendar/occurrence-changed-twice-from-16.0",
    says: "From 16.0 on a second Change of an occurrence keeps what the first one said.",
    spec: ["MS-ASCAL_R2113"],
    level: "MUST",
    versions: since("16.0"),
    async run(device, t) {
      const folder = await t.folder(device, "Calendar");
      const { serverId } = await t.add(device, folder, [...event(t.version, t.marker), weekly]);
      const instance = { instanceId: second };
      await device.change(folder, serverId, eventFields({ Subject: `${t.marker} one` }), instance);
      await device.change(folder, serverId, eventFields({ BusyStatus: "0" }), instance);
      const seen = t.found(only(await t.observe("Calendar")), "another device sees the series");
      const [exception, ...others] = exceptionsOf(seen.data);
      const found = t.found(exception, "an exception");
      t.equal("MS-ASCAL_R2113", childText(found, "Calendar:Subject"), `${t.marker} one`, "Subject");
      t.equal("MS-ASCAL_R2113", childText(found, "Calendar:BusyStatus"), "0", "BusyStatus");
      t.equal("", others.length, 0, "further exceptions");
    },
  },
  {
    id: "calendar/occurrence-changed-and-removed-from-16.0",
    says: "From 16.0 on an occurrence that was changed is removed like any other.",
    spec: ["MS-ASAIRS_R1180"],
    level: "MUST",
    versions: since("16.0"),
    async run(device, t) {
      const folder = await t.folder(device, "Calendar");
      const { serverId } = await t.add(device, folder, [...event(t.version, t.marker), weekly]);
      await device.change(folder, serverId, eventFields({ Subject: `${t.marker} one` }), { instanceId: second });
      const { status } = await device.remove(folder, serverId, { instanceId: second });
      t.equal("MS-ASAIRS_R1180", status, 1, "Status of the Delete");
      const seen = t.found(only(await t.observe("Calendar")), "another device sees the series");
      const found = exceptionsOf(seen.data).map((one) => [originalStart(one), isDeleted(one)]);
      t.equal("MS-ASAIRS_R1180", found, [[second, true]], "exceptions");
    },
  },
  {
    id: "calendar/occurrence-of-whole-days-from-16.0",
    says: "From 16.0 on an occurrence of a series of whole days is named by its date.",
    spec: ["MS-ASAIRS_R1180"],
    level: "MUST",
    versions: since("16.0"),
    async run(device, t) {
      const folder = await t.folder(device, "Calendar");
      const days = { AllDayEvent: "1", StartTime: "20310305T000000Z", EndTime: "20310306T000000Z" };
      const said = event(t.version, t.marker, days).filter(({ name }) => name !== "Calendar:Timezone");
      const { serverId } = await t.add(device, folder, [...said, weekly]);
      const { status } = await device.remove(folder, serverId, { instanceId: "20310312T000000Z" });
      t.equal("MS-ASAIRS_R1180", status, 1, "Status of the Delete");
      const seen = t.found(only(await t.observe("Calendar")), "another device sees the series");
      t.equal("MS-ASAIRS_R1180", exceptionsOf(seen.data).map(originalStart), ["20310312T000000Z"], "exceptions");
    },
  },
  {
    id: "calendar/exception-that-is-not-named-stays",
    says: "Up to 14.1 an Exception that a Change leaves out stays as it is.",
    spec: ["MS-ASCAL_R542"],
    level: "MUST",
    versions: until("14.1"),
    async run(device, t) {
      const folder = await t.folder(device, "Calendar");
      const one = eventFields({ Deleted: "1", ExceptionStartTime: second });
      const two = eventFields({ ExceptionStartTime: third, Subject: `${t.marker} three` });
      const series = [...event(t.version, t.marker), weekly];
      const { serverId } = await t.add(device, folder, [...series, exceptions(one)]);
      await device.change(folder, serverId, [...series, exceptions(two)]);
      const seen = t.found(only(await t.observe("Calendar")), "another device sees the series");
      t.equal("MS-ASCAL_R542", slotsOf(exceptionsOf(seen.data)), [second, third], "exceptions");
    },
  },
  {
    id: "calendar/exception-loses-what-is-empty",
    says: "An empty element of an Exception takes the series' value from that occurrence, and the answer says so.",
    spec: ["MS-ASCAL_R508", "MS-ASCAL_R539", "MS-ASCAL_R543"],
    level: "MUST",
    versions: between("14.0", "14.1"),
    async run(device, t) {
      const folder = await t.folder(device, "Calendar");
      const series = [...event(t.version, t.marker, { Location: "Room 1" }), weekly];
      const { serverId } = await t.add(device, folder, series);
      const said = [...eventFields({ ExceptionStartTime: second }), element("Calendar:Location")];
      await device.change(folder, serverId, [...series, exceptions(said)]);
      const seen = t.found(only(await t.observe("Calendar")), "another device sees the series");
      const [exception] = exceptionsOf(seen.data);
      const place = exception && child(exception, "Calendar:Location");
      const specs = ["MS-ASCAL_R508", "MS-ASCAL_R539", "MS-ASCAL_R543"];
      t.ok(specs, place !== undefined && (place.content ?? "") === "", "an empty Location");
      t.equal("", valueOf(seen.data, "Calendar:Location"), "Room 1", "Location of the series");
    },
  },
  {
    id: "calendar/exceptions-follow-their-series-as-a-change",
    says: "A series that was added without Exceptions takes them, with all their children, in a Change.",
    spec: ["MS-ASCAL_R264"],
    level: "MUST",
    versions: between("14.0", "14.1"),
    async run(device, t) {
      const folder = await t.folder(device, "Calendar");
      const series = [...event(t.version, t.marker, { Timezone: berlinZone }), weekly];
      const { serverId } = await t.add(device, folder, series);
      const all = {
        Subject: `${t.marker} two`,
        StartTime: "20310313T120000Z",
        EndTime: "20310313T133000Z",
        Location: "Room 2",
        Sensitivity: "2",
        BusyStatus: "1",
        AllDayEvent: "0",
        Reminder: "5",
        MeetingStatus: "0",
      };
      await device.change(folder, serverId, [
        ...series,
        exceptions(
          eventFields({ ...all, ExceptionStartTime: second }),
          eventFields({ Deleted: "1", ExceptionStartTime: third }),
        ),
      ]);
      const seen = t.found(only(await t.observe("Calendar")), "another device sees the series");
      const found = new Map(exceptionsOf(seen.data).map((one) => [originalStart(one), one]));
      t.equal("MS-ASCAL_R264", slotsOf(exceptionsOf(seen.data)), [second, third], "exceptions");
      for (const name of [
        "Subject",
        "StartTime",
        "EndTime",
        "Location",
        "Sensitivity",
        "BusyStatus",
        "Reminder",
      ] as const) {
        const exception = t.found(found.get(second), "the changed one");
        t.equal("", childText(exception, `Calendar:${name}`), all[name], name);
      }
    },
  },
];
