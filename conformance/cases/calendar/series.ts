/** Calendar: series and their ends. */
import { since } from "../../../src/schema/versions.ts";
import { element } from "../../../src/wire/element.ts";
import type { Case } from "../../runner/case.ts";
import { event, only, recurrence, recurrenceOf } from "../samples.ts";

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
