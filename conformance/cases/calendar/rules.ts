/** Calendar: patterns at the edges of the calendar, and what is none. */
import { since } from "../../../src/schema/versions.ts";
import { type Element, element } from "../../../src/wire/element.ts";
import type { Device, Folder } from "../../device/device.ts";
import type { Case, Trial } from "../../runner/case.ts";
import { event, eventFields, only, recurrence, recurrenceOf } from "../samples.ts";

type Rule = Parameters<typeof recurrence>[0];

const edges: readonly (readonly [name: string, says: string, start: string, spec: string, rule: Rule])[] = [
  [
    "last-day",
    "on the last day of the month",
    "20310331",
    "MS-ASCAL_R3893714",
    { Type: 3, WeekOfMonth: 5, DayOfWeek: 127 },
  ],
  ["day-31", "on the 31st of the month", "20310331", "MS-ASCAL_R38935", { Type: 2, DayOfMonth: 31 }],
  ["leap-day", "on 29 February", "20320229", "MS-ASCAL_R38943", { Type: 5, DayOfMonth: 29, MonthOfYear: 2 }],
  [
    "weekend-days",
    "on the days of every other weekend",
    "20310308",
    "MS-ASCAL_R38929",
    { Type: 1, Interval: 2, DayOfWeek: 65 },
  ],
  ["weekdays", "on every weekday", "20310305", "MS-ASCAL_R38929", { Type: 1, DayOfWeek: 62 }],
  [
    "first-weekend-day",
    "on the first weekend day of the month",
    "20310301",
    "MS-ASCAL_R3893717",
    { Type: 3, WeekOfMonth: 1, DayOfWeek: 65 },
  ],
  [
    "last-sunday-of-march",
    "on the last Sunday of March",
    "20310330",
    "MS-ASCAL_R38948",
    { Type: 6, WeekOfMonth: 5, DayOfWeek: 1, MonthOfYear: 3 },
  ],
  ["many", "of 999 occurrences", "20310305", "MS-ASCAL_R345", { Type: 0, Occurrences: 999 }],
];

/** The Status of an Add that may be refused. */
async function statusOfAdd(
  device: Device,
  t: Trial,
  folder: Folder,
  data: readonly Element[],
): Promise<number | undefined> {
  const { results } = await device.sync(folder, { commands: [{ kind: "Add", clientId: "1", data }] });
  for (const { serverId } of results) if (serverId !== undefined) t.removeLater(device, folder, serverId);
  return results[0]?.status;
}

export const ruleCases: readonly Case[] = [
  ...edges.map(
    ([name, says, day, spec, rule]): Case => ({
      id: `calendar/series-${name}`,
      says: `A series ${says} comes back as such.`,
      spec: [spec],
      level: "MUST",
      async run(device, t) {
        const folder = await t.folder(device, "Calendar");
        const times = { StartTime: `${day}T100000Z`, EndTime: `${day}T110000Z` };
        await t.add(device, folder, [...event(t.version, t.marker, times), recurrence({ Interval: 1, ...rule })]);
        const seen = t.found(only(await t.observe("Calendar")), "another device sees the event");
        const found = recurrenceOf(seen.data);
        for (const [tag, value] of Object.entries(rule)) t.equal(spec, found?.[tag], String(value), tag);
      },
    }),
  ),
  {
    id: "calendar/series-interval-0-is-1",
    says: "An Interval of 0 means every time.",
    spec: ["MS-ASCAL_R5"],
    level: "SHOULD",
    async run(device, t) {
      const folder = await t.folder(device, "Calendar");
      await t.add(device, folder, [...event(t.version, t.marker), recurrence({ Type: 0, Interval: 0 })]);
      const seen = t.found(only(await t.observe("Calendar")), "another device sees the event");
      t.equal("MS-ASCAL_R5", recurrenceOf(seen.data)?.["Interval"] ?? "1", "1", "Interval");
    },
  },
  {
    id: "calendar/series-daily-with-days-is-weekly",
    says: "A daily pattern with days is a weekly one on these days.",
    spec: ["MS-ASCAL_R3892312"],
    level: "MUST",
    async run(device, t) {
      const folder = await t.folder(device, "Calendar");
      const rule = { Type: 0, Interval: 1, DayOfWeek: 62 };
      await t.add(device, folder, [...event(t.version, t.marker), recurrence(rule)]);
      const seen = t.found(only(await t.observe("Calendar")), "another device sees the event");
      const found = recurrenceOf(seen.data);
      t.among("MS-ASCAL_R3892312", found?.["Type"], ["0", "1"], "Type");
      t.equal("MS-ASCAL_R3892312", found?.["DayOfWeek"], "62", "DayOfWeek");
    },
  },
  {
    id: "calendar/series-two-calendars-are-6",
    says: "A Recurrence with two CalendarTypes gets Status 6.",
    spec: ["MS-ASCAL_R53912"],
    level: "MUST",
    versions: since("14.0"),
    async run(device, t) {
      const folder = await t.folder(device, "Calendar");
      const twice = element("Calendar:Recurrence", [
        ...eventFields({ Type: "2", Interval: "1", DayOfMonth: "5", CalendarType: "1" }),
        element("Calendar:CalendarType", 1),
      ]);
      const status = await statusOfAdd(device, t, folder, [...event(t.version, t.marker), twice]);
      t.equal("MS-ASCAL_R53912", status, 6, "Status of the Add");
    },
  },
  {
    id: "calendar/series-by-the-moon",
    says: "A series by another calendar comes back by that calendar, or is refused: never as one by ours.",
    spec: ["MS-ASCAL_R146"],
    level: "MUST",
    versions: since("14.0"),
    async run(device, t) {
      const folder = await t.folder(device, "Calendar");
      const rule = { Type: 5, Interval: 1, DayOfMonth: 5, MonthOfYear: 3, CalendarType: 8 };
      const status = await statusOfAdd(device, t, folder, [...event(t.version, t.marker), recurrence(rule)]);
      t.among("MS-ASCAL_R146", status, [1, 6], "Status of the Add");
      const seen = only(await t.observe("Calendar"));
      const found = seen && recurrenceOf(seen.data);
      t.equal("MS-ASCAL_R146", found?.["CalendarType"], status === 1 ? "8" : undefined, "CalendarType");
    },
  },
  {
    id: "calendar/series-keeps-its-pattern-when-it-is-echoed",
    says: "A Change that says the same pattern again changes nothing of the series.",
    spec: ["MS-ASCAL_R541"],
    level: "MUST",
    async run(device, t) {
      const folder = await t.folder(device, "Calendar");
      const rule = recurrence({ Type: 1, Interval: 1, DayOfWeek: 8, Occurrences: 6 });
      const { serverId } = await t.add(device, folder, [...event(t.version, t.marker), rule]);
      await device.change(folder, serverId, [...event(t.version, `${t.marker} again`), rule]);
      const seen = t.found(only(await t.observe("Calendar")), "another device sees the series");
      t.equal("MS-ASCAL_R541", recurrenceOf(seen.data)?.["Occurrences"], "6", "Occurrences");
    },
  },
];
