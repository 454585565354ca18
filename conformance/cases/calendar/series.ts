/** Calendar: series, their ends, and their exceptions in both styles. */
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
  recurrenceOf,
  valueOf,
} from "../samples.ts";

type Rule = Parameters<typeof recurrence>[0];

/** 5 March 2031 is a Wednesday (DayOfWeek 8) and the first one of its month. */
const patterns: readonly (readonly [name: string, says: string, spec: readonly string[], rule: Rule])[] = [
  ["daily", "every other day", ["MS-ASCAL_R38916"], { Type: 0, Interval: 2, Occurrences: 5 }],
  ["weekly", "on two days of every third week", ["MS-ASCAL_R38929"], { Type: 1, Interval: 3, DayOfWeek: 12 }],
  ["monthly-by-day", "on the fifth of the month", ["MS-ASCAL_R38935"], { Type: 2, Interval: 1, DayOfMonth: 5 }],
  [
    "monthly-by-weekday",
    "on the first Wednesday of the month",
    ["MS-ASCAL_R3893713", "MS-ASCAL_R3893717"],
    { Type: 3, Interval: 1, WeekOfMonth: 1, DayOfWeek: 8 },
  ],
  [
    "yearly-by-day",
    "on the fifth of March",
    ["MS-ASCAL_R38941", "MS-ASCAL_R38943"],
    { Type: 5, Interval: 1, DayOfMonth: 5, MonthOfYear: 3 },
  ],
  [
    "yearly-by-weekday",
    "on the first Wednesday of March",
    ["MS-ASCAL_R38948", "MS-ASCAL_R38950"],
    { Type: 6, Interval: 1, WeekOfMonth: 1, DayOfWeek: 8, MonthOfYear: 3 },
  ],
];

const weekly: Rule = { Type: 1, Interval: 1, DayOfWeek: 8, Occurrences: 6 };
const second = "20310312T100000Z";
/** The fifth of the weekly series, 11:00 in Berlin, where summer time began on 30 March. */
const afterTheChange = "20310402T090000Z";

export const seriesCases: readonly Case[] = [
  ...patterns.map(
    ([name, says, spec, rule]): Case => ({
      id: `calendar/series-${name}`,
      says: `A series ${says} comes back as such.`,
      spec,
      level: "MUST",
      async run(device, t) {
        const folder = await t.folder(device, "Calendar");
        await t.add(device, folder, [...event(t.version, t.marker), recurrence(rule)]);
        const seen = t.found(only(await t.observe("Calendar")), "another device sees the event");
        const found = recurrenceOf(seen.data);
        for (const [tag, value] of Object.entries(rule)) {
          // An Interval of one may be left out: it is the default.
          const usual = tag === "Interval" && value === 1 ? "1" : undefined;
          t.equal(spec, found?.[tag] ?? usual, String(value), tag);
        }
      },
    }),
  ),
  {
    id: "calendar/series-until",
    says: "A series that ends at a day comes back with that day.",
    spec: ["MS-ASCAL_R389161"],
    level: "MUST",
    async run(device, t) {
      const folder = await t.folder(device, "Calendar");
      const rule = { Type: 1, Interval: 1, DayOfWeek: 8, Until: "20310402T100000Z" };
      await t.add(device, folder, [...event(t.version, t.marker), recurrence(rule)]);
      const seen = only(await t.observe("Calendar"));
      const found = seen && recurrenceOf(seen.data);
      t.equal("MS-ASCAL_R389161", found?.["Until"]?.slice(0, 8), "20310402", "Until");
      t.equal("", found?.["Occurrences"], undefined, "Occurrences");
    },
  },
  {
    id: "calendar/series-without-end",
    says: "A series without Occurrences and Until has no end.",
    spec: ["MS-ASCAL_R389162"],
    level: "MUST",
    async run(device, t) {
      const folder = await t.folder(device, "Calendar");
      await t.add(device, folder, [...event(t.version, t.marker), recurrence({ Type: 0, Interval: 1 })]);
      const seen = only(await t.observe("Calendar"));
      const found = seen && recurrenceOf(seen.data);
      t.ok("MS-ASCAL_R389162", found !== undefined, "it is a series");
      t.equal(
        "MS-ASCAL_R389162",
        [found?.["Occurrences"], found?.["Until"]],
        [undefined, undefined],
        "Occurrences and Until",
      );
    },
  },
  {
    id: "calendar/series-occurrences-beat-until",
    says: "With both Occurrences and Until, Occurrences counts.",
    spec: ["MS-ASCAL_R53911"],
    level: "MUST",
    async run(device, t) {
      const folder = await t.folder(device, "Calendar");
      const rule = recurrence({ Type: 1, Interval: 1, DayOfWeek: 8, Occurrences: 3, Until: "20311231T100000Z" });
      await t.add(device, folder, [...event(t.version, t.marker), rule]);
      const seen = only(await t.observe("Calendar"));
      const found = seen && recurrenceOf(seen.data);
      t.ok(
        "MS-ASCAL_R53911",
        found?.["Occurrences"] === "3" || found?.["Until"]?.startsWith("20310319") === true,
        "it ends after three",
      );
    },
  },
  {
    id: "calendar/series-first-day-of-week",
    says: "From 14.1 on a weekly series tells the first day of its weeks.",
    spec: ["MS-ASCAL_R52523"],
    level: "MUST",
    versions: since("14.1"),
    async run(device, t) {
      const folder = await t.folder(device, "Calendar");
      await t.add(device, folder, [...event(t.version, t.marker), recurrence({ ...weekly, FirstDayOfWeek: 0 })]);
      const seen = only(await t.observe("Calendar"));
      t.equal("MS-ASCAL_R52523", seen && recurrenceOf(seen.data)?.["FirstDayOfWeek"], "0", "FirstDayOfWeek");
    },
  },
  {
    id: "calendar/series-last-weekday",
    says: "The last Friday of the month is week 5.",
    spec: ["MS-ASCAL_R3893713"],
    level: "MUST",
    async run(device, t) {
      const folder = await t.folder(device, "Calendar");
      const friday = { StartTime: "20310328T100000Z", EndTime: "20310328T110000Z" };
      const rule = recurrence({ Type: 3, Interval: 1, WeekOfMonth: 5, DayOfWeek: 32 });
      await t.add(device, folder, [...event(t.version, t.marker, friday), rule]);
      const seen = only(await t.observe("Calendar"));
      const found = seen && recurrenceOf(seen.data);
      t.equal(
        "MS-ASCAL_R3893713",
        [found?.["WeekOfMonth"], found?.["DayOfWeek"]],
        ["5", "32"],
        "WeekOfMonth and DayOfWeek",
      );
    },
  },
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
  {
    id: "calendar/series-becomes-single-from-16.0",
    says: "From 16.0 on an empty Recurrence makes a series a single event.",
    spec: ["MS-ASCAL_R2180002"],
    level: "MUST",
    versions: since("16.0"),
    async run(device, t) {
      const folder = await t.folder(device, "Calendar");
      const { serverId } = await t.add(device, folder, [...event(t.version, t.marker), recurrence(weekly)]);
      const { status } = await device.change(folder, serverId, [element("Calendar:Recurrence")]);
      t.equal("", status, 1, "Status of the Change");
      const seen = t.found(only(await t.observe("Calendar")), "another device sees the event");
      t.equal("MS-ASCAL_R2180002", recurrenceOf(seen.data), undefined, "Recurrence");
    },
  },
  {
    id: "calendar/series-without-day-is-refused",
    says: "A weekly series without DayOfWeek lacks what it needs: Status 6, or the day of its start.",
    spec: ["MS-ASCAL_R38929"],
    level: "SHOULD",
    async run(device, t) {
      const folder = await t.folder(device, "Calendar");
      const data = [...event(t.version, t.marker), recurrence({ Type: 1, Interval: 1 })];
      const { results } = await device.sync(folder, { commands: [{ kind: "Add", clientId: "1", data }] });
      for (const { serverId } of results) if (serverId !== undefined) t.removeLater(device, folder, serverId);
      if (results[0]?.status === 6) return t.equal("MS-ASCAL_R38929", results[0].status, 6, "Status of the Add");
      const seen = only(await t.observe("Calendar"));
      t.equal("MS-ASCAL_R38929", seen && recurrenceOf(seen.data)?.["DayOfWeek"], "8", "DayOfWeek");
    },
  },
];
