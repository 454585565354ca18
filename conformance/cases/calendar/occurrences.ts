/** Calendar: single occurrences of a series, removed and changed in both styles. */
import { since, until } from "../../../src/schema/versions.ts";
import { childText, element } from "../../../src/wire/element.ts";
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

const weekly = { Type: 1, Interval: 1, DayOfWeek: 8, Occurrences: 6 };
const second = "20310312T100000Z";
/** The fifth of the weekly series, 11:00 in Berlin, where summer time began on 30 March. */
const afterTheChange = "20310402T090000Z";

export const occurrenceCases: readonly Case[] = [
  {
    id: "calendar/occurrence-removed-up-to-14.1",
    says: "Up to 14.1 an occurrence is removed by an Exception with Deleted 1.",
    spec: ["MS-ASCAL_R210", "MS-ASCAL_R264"],
    level: "MUST",
    versions: until("14.1"),
    async run(device, t) {
      const folder = await t.folder(device, "Calendar");
      const { serverId } = await t.add(device, folder, [...event(t.version, t.marker), recurrence(weekly)]);
      const removed = element("Calendar:Exceptions", [
        element("Calendar:Exception", eventFields({ Deleted: "1", ExceptionStartTime: second })),
      ]);
      await device.change(folder, serverId, [...event(t.version, t.marker), recurrence(weekly), removed]);
      const seen = t.found(only(await t.observe("Calendar")), "another device sees the event");
      const [exception] = exceptionsOf(seen.data);
      t.equal("MS-ASCAL_R264", exception && originalStart(exception), second, "ExceptionStartTime");
      t.equal("MS-ASCAL_R210", exception && isDeleted(exception), true, "Deleted");
    },
  },
  {
    id: "calendar/occurrence-moved-up-to-14.1",
    says: "Up to 14.1 an occurrence is moved by an Exception; what it does not name it inherits.",
    spec: ["MS-ASCAL_R264", "MS-ASCAL_R442"],
    level: "MUST",
    versions: until("14.1"),
    async run(device, t) {
      const folder = await t.folder(device, "Calendar");
      const moved = { ExceptionStartTime: second, StartTime: "20310313T150000Z", EndTime: "20310313T160000Z" };
      const { serverId } = await t.add(device, folder, [...event(t.version, t.marker), recurrence(weekly)]);
      const exceptions = element("Calendar:Exceptions", [element("Calendar:Exception", eventFields(moved))]);
      await device.change(folder, serverId, [...event(t.version, t.marker), recurrence(weekly), exceptions]);
      const seen = t.found(only(await t.observe("Calendar")), "another device sees the event");
      const [exception] = exceptionsOf(seen.data);
      t.equal("MS-ASCAL_R264", exception && originalStart(exception), second, "ExceptionStartTime");
      t.equal(
        "",
        exception && childText(exception, "Calendar:StartTime"),
        moved.StartTime,
        "StartTime of the exception",
      );
      const subject = exception && childText(exception, "Calendar:Subject");
      t.among("MS-ASCAL_R442", subject, [undefined, t.marker], "Subject of the exception");
      t.equal("", exceptionsOf(seen.data).length, 1, "exceptions");
    },
  },
  {
    id: "calendar/occurrence-after-the-clocks-change",
    says: "A series of Berlin keeps its local time: its occurrence in April is named by the instant it then has.",
    spec: ["MS-ASCAL_R264"],
    level: "MUST",
    versions: until("14.1"),
    async run(device, t) {
      const folder = await t.folder(device, "Calendar");
      const series = [...event(t.version, t.marker, { Timezone: berlinZone }), recurrence(weekly)];
      const { serverId } = await t.add(device, folder, series);
      const removed = element("Calendar:Exceptions", [
        element("Calendar:Exception", eventFields({ Deleted: "1", ExceptionStartTime: afterTheChange })),
      ]);
      const { status } = await device.change(folder, serverId, [...series, removed]);
      t.equal("", status, 1, "Status of the Change");
      const seen = t.found(only(await t.observe("Calendar")), "another device sees the event");
      t.equal("MS-ASCAL_R264", exceptionsOf(seen.data).map(originalStart), [afterTheChange], "exceptions");
    },
  },
  {
    id: "calendar/occurrence-after-the-clocks-change-from-16.0",
    says: "A series of Berlin keeps its local time: its occurrence in April is named by the instant it then has.",
    spec: ["MS-ASAIRS_R1180"],
    level: "MUST",
    versions: since("16.0"),
    async run(device, t) {
      const folder = await t.folder(device, "Calendar");
      const series = [...event(t.version, t.marker, { Timezone: berlinZone }), recurrence(weekly)];
      const { serverId } = await t.add(device, folder, series);
      const { status } = await device.remove(folder, serverId, { instanceId: afterTheChange });
      t.equal("MS-ASAIRS_R1180", status, 1, "Status of the Delete");
      const seen = t.found(only(await t.observe("Calendar")), "another device sees the event");
      t.equal("MS-ASAIRS_R1180", exceptionsOf(seen.data).map(originalStart), [afterTheChange], "exceptions");
    },
  },
  {
    id: "calendar/exceptions-stay-when-absent",
    says: "A Change that does not name Exceptions keeps them.",
    spec: ["MS-ASCMD_R876"],
    level: "MUST",
    versions: until("14.1"),
    async run(device, t) {
      const folder = await t.folder(device, "Calendar");
      const removed = element("Calendar:Exceptions", [
        element("Calendar:Exception", eventFields({ Deleted: "1", ExceptionStartTime: second })),
      ]);
      const { serverId } = await t.add(device, folder, [...event(t.version, t.marker), recurrence(weekly), removed]);
      await device.change(folder, serverId, [...event(t.version, t.marker, { BusyStatus: "0" }), recurrence(weekly)]);
      const seen = only(await t.observe("Calendar"));
      t.equal("MS-ASCMD_R876", seen && exceptionsOf(seen.data).length, 1, "exceptions");
    },
  },
  {
    id: "calendar/occurrence-removed-from-16.0",
    says: "From 16.0 on an occurrence is removed by a Delete with InstanceId; the rest of the series stays.",
    spec: ["MS-ASCAL_R210", "MS-ASAIRS_R1177", "MS-ASAIRS_R1180"],
    level: "MUST",
    versions: since("16.0"),
    async run(device, t) {
      const folder = await t.folder(device, "Calendar");
      const { serverId } = await t.add(device, folder, [...event(t.version, t.marker), recurrence(weekly)]);
      const { status } = await device.remove(folder, serverId, { instanceId: second });
      t.equal(["MS-ASAIRS_R1177", "MS-ASAIRS_R1180"], status, 1, "Status of the Delete");
      const seen = t.found(only(await t.observe("Calendar")), "another device still sees the series");
      const [exception] = exceptionsOf(seen.data);
      t.equal(
        "MS-ASCAL_R210",
        exception && [originalStart(exception), isDeleted(exception)],
        [second, true],
        "exception",
      );
    },
  },
  {
    id: "calendar/occurrence-changed-from-16.0",
    says: "From 16.0 on an occurrence is changed by a Change with InstanceId; the rest of the series stays.",
    spec: ["MS-ASCAL_R2113", "MS-ASAIRS_R1177", "MS-ASAIRS_R1180"],
    level: "MUST",
    versions: since("16.0"),
    async run(device, t) {
      const folder = await t.folder(device, "Calendar");
      const { serverId } = await t.add(device, folder, [...event(t.version, t.marker), recurrence(weekly)]);
      const { status } = await device.change(
        folder,
        serverId,
        eventFields({ Subject: `${t.marker} moved`, StartTime: "20310313T150000Z", EndTime: "20310313T160000Z" }),
        {
          instanceId: second,
        },
      );
      t.equal(["MS-ASAIRS_R1177", "MS-ASAIRS_R1180"], status, 1, "Status of the Change");
      const seen = t.found(only(await t.observe("Calendar")), "another device sees the series");
      t.equal("", valueOf(seen.data, "Calendar:Subject"), t.marker, "Subject of the series");
      const [exception] = exceptionsOf(seen.data);
      t.equal("MS-ASCAL_R2113", exception && originalStart(exception), second, "which occurrence");
      t.equal(
        "",
        exception && childText(exception, "Calendar:Subject"),
        `${t.marker} moved`,
        "Subject of the exception",
      );
      t.equal(
        "",
        exception && childText(exception, "Calendar:StartTime"),
        "20310313T150000Z",
        "StartTime of the exception",
      );
    },
  },
  {
    id: "calendar/occurrence-that-is-none",
    says: "A Change of an occurrence that the series does not have is refused for good, and makes none.",
    spec: ["MS-ASCMD_R4440"],
    level: "SHOULD",
    versions: since("16.0"),
    async run(device, t) {
      const folder = await t.folder(device, "Calendar");
      const { serverId } = await t.add(device, folder, [...event(t.version, t.marker), recurrence(weekly)]);
      const instanceId = "20310313T100000Z";
      const { status } = await device.change(folder, serverId, eventFields({ BusyStatus: "0" }), { instanceId });
      t.among("MS-ASCMD_R4440", status, [6, 8], "Status of the Change");
      const seen = only(await t.observe("Calendar"));
      t.equal("", seen && exceptionsOf(seen.data).length, 0, "exceptions");
    },
  },
  {
    id: "calendar/new-pattern-drops-exceptions-from-16.0",
    says: "From 16.0 on changing the pattern of a series removes its exceptions.",
    spec: ["MS-ASCAL_R2114"],
    level: "MUST",
    versions: since("16.0"),
    async run(device, t) {
      const folder = await t.folder(device, "Calendar");
      const { serverId } = await t.add(device, folder, [...event(t.version, t.marker), recurrence(weekly)]);
      await device.remove(folder, serverId, { instanceId: second });
      await device.change(folder, serverId, [recurrence({ Type: 1, Interval: 2, DayOfWeek: 8, Occurrences: 6 })]);
      const seen = t.found(only(await t.observe("Calendar")), "another device sees the series");
      t.equal("MS-ASCAL_R2114", exceptionsOf(seen.data).length, 0, "exceptions");
    },
  },
];
