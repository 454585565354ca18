/** Tasks: rules of each kind, how long they go on, and those that are refused. */
import { atLeast, since, type VersionRange } from "../../../src/schema/versions.ts";
import { element } from "../../../src/wire/element.ts";
import type { Case } from "../../runner/case.ts";
import { type TaskTag, task, taskFields, taskRecurrence } from "../samples.ts";
import { day, seen, seenAnew, statusOfAdd, taskOf, taskRule } from "./seen.ts";

type Fields = Partial<Record<TaskTag, string | number>>;

/** A Wednesday. */
const Start = "2031-03-05T00:00:00.000Z";
const times = taskFields({ ...day("Start"), ...day("Due") });

interface Pattern {
  readonly name: string;
  readonly says: string;
  readonly fields: Fields;
  /** What speaks of the elements that this type needs. */
  readonly spec: readonly string[];
  /** The same of CalendarType, from 14.0 on. */
  readonly calendar?: string;
}

const patterns: readonly Pattern[] = [
  { name: "daily", says: "every third day", fields: { Type: 0, Interval: 3 }, spec: ["MS-ASTASK_R191"] },
  {
    name: "weekly",
    says: "on Wednesdays and Fridays of every second week",
    fields: { Type: 1, Interval: 2, DayOfWeek: 40 },
    spec: ["MS-ASTASK_R135"],
  },
  {
    name: "monthly",
    says: "on the 31st of each month",
    fields: { Type: 2, Interval: 1, DayOfMonth: 31 },
    spec: ["MS-ASTASK_R404"],
    calendar: "MS-ASTASK_R82",
  },
  {
    name: "monthly-by-day",
    says: "on the second Tuesday of each month",
    fields: { Type: 3, Interval: 1, WeekOfMonth: 2, DayOfWeek: 4 },
    spec: ["MS-ASTASK_R430", "MS-ASTASK_R530"],
    calendar: "MS-ASTASK_R8211",
  },
  {
    name: "last-day-of-the-month",
    says: "on the last day of each month",
    fields: { Type: 3, Interval: 1, WeekOfMonth: 5, DayOfWeek: 127 },
    spec: ["MS-ASTASK_R430", "MS-ASTASK_R141"],
  },
  {
    name: "yearly",
    says: "on 29 February",
    fields: { Type: 5, Interval: 1, DayOfMonth: 29, MonthOfYear: 2 },
    spec: ["MS-ASTASK_R406", "MS-ASTASK_R417"],
    calendar: "MS-ASTASK_R8212",
  },
  {
    name: "yearly-by-day",
    says: "on the last Friday of November",
    fields: { Type: 6, Interval: 1, WeekOfMonth: 5, DayOfWeek: 32, MonthOfYear: 11 },
    spec: ["MS-ASTASK_R418", "MS-ASTASK_R431", "MS-ASTASK_R531"],
    calendar: "MS-ASTASK_R8213",
  },
];

function shows(rule: Readonly<Record<string, string>> | undefined, fields: Fields): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.keys(fields).map((name) => [name, rule?.[name] ?? ""]));
}

function texts(fields: Fields): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, String(value)]));
}

const refusals: readonly {
  readonly name: string;
  readonly says: string;
  readonly spec: string;
  readonly fields: Fields;
  readonly versions?: VersionRange;
}[] = [
  { name: "no-type", says: "A rule without Type", spec: "MS-ASTASK_R289", fields: { Start, Interval: 1 } },
  { name: "no-start", says: "A rule without Start", spec: "MS-ASTASK_R37011", fields: { Type: 0, Interval: 1 } },
  {
    name: "day-of-month-in-a-week",
    says: "DayOfMonth in a weekly rule",
    spec: "MS-ASTASK_R132",
    fields: { Type: 1, Start, DayOfWeek: 8, DayOfMonth: 5 },
  },
  {
    name: "day-of-week-in-a-month",
    says: "DayOfWeek in a monthly rule by date",
    spec: "MS-ASTASK_R532",
    fields: { Type: 2, Start, DayOfMonth: 5, DayOfWeek: 8 },
  },
  {
    name: "day-of-week-in-a-year",
    says: "DayOfWeek in a yearly rule by date",
    spec: "MS-ASTASK_R533",
    fields: { Type: 5, Start, DayOfMonth: 5, MonthOfYear: 3, DayOfWeek: 8 },
  },
  {
    name: "week-of-month-in-a-day",
    says: "WeekOfMonth in a daily rule",
    spec: "MS-ASTASK_R320",
    fields: { Type: 0, Start, WeekOfMonth: 1 },
  },
  {
    name: "calendar-type-in-a-week",
    says: "CalendarType in a weekly rule",
    spec: "MS-ASTASK_R81",
    fields: { Type: 1, Start, DayOfWeek: 8, CalendarType: 1 },
    versions: since("14.0"),
  },
  {
    name: "eighth-first-day",
    says: "A FirstDayOfWeek of 7",
    spec: "MS-ASTASK_R171",
    fields: { Type: 1, Start, DayOfWeek: 8, FirstDayOfWeek: 7 },
    versions: since("14.1"),
  },
];

export const taskRecurrenceCases: readonly Case[] = [
  ...patterns.map(
    ({ name, says, fields, spec, calendar }): Case => ({
      id: `tasks/${name}`,
      says: `A task that is to be done ${says} comes back as that, with Type and Start.`,
      spec: [
        "MS-ASTASK_R267",
        "MS-ASTASK_R287",
        "MS-ASTASK_R292",
        ...spec,
        ...(calendar === undefined ? [] : [calendar]),
      ],
      level: "MUST",
      async run(device, t) {
        await taskOf(device, t, [...times, taskRecurrence({ Start, ...fields })]);
        const rule = t.found(taskRule((await seen(t)).data), "another device sees the rule");
        t.equal(["MS-ASTASK_R287", "MS-ASTASK_R292", ...spec], shows(rule, fields), texts(fields), "rule");
        t.equal("MS-ASTASK_R267", rule["Start"]?.slice(0, 10), Start.slice(0, 10), "day of Start");
        if (calendar !== undefined && atLeast(t.version, "14.0"))
          t.ok(calendar, rule["CalendarType"] !== undefined, "there is a CalendarType");
      },
    }),
  ),
  {
    id: "tasks/weekly-has-a-first-day",
    says: "A weekly rule says on which day the week begins: the one that was said, or the server's.",
    spec: ["MS-ASTASK_R167", "MS-ASTASK_R170", "MS-ASTASK_R238"],
    level: "MUST",
    versions: since("14.1"),
    async run(device, t) {
      const weekly = { Type: 1, Start, Interval: 2, DayOfWeek: 8 };
      const { folder, serverId } = await taskOf(device, t, [
        ...times,
        taskRecurrence({ ...weekly, FirstDayOfWeek: 0 }),
      ]);
      const said = taskRule((await seen(t)).data);
      t.equal(["MS-ASTASK_R167", "MS-ASTASK_R238"], said?.["FirstDayOfWeek"], "0", "FirstDayOfWeek");
      await device.change(folder, serverId, [...task(t.marker), ...times, taskRecurrence(weekly)]);
      const left = taskRule((await seen(t)).data);
      t.ok("MS-ASTASK_R170", /^[0-6]$/.test(left?.["FirstDayOfWeek"] ?? ""), "FirstDayOfWeek is 0 to 6");
    },
  },
  {
    id: "tasks/occurrences",
    says: "The number of occurrences comes back.",
    spec: ["MS-ASTASK_R213"],
    level: "MUST",
    async run(device, t) {
      await taskOf(device, t, [...times, taskRecurrence({ Type: 0, Start, Interval: 1, Occurrences: 12 })]);
      const rule = taskRule((await seen(t)).data);
      t.equal("MS-ASTASK_R213", rule?.["Occurrences"], "12", "Occurrences");
    },
  },
  {
    id: "tasks/until",
    says: "The last day comes back, as a dashed time.",
    spec: ["MS-ASTASK_R305"],
    level: "MUST",
    async run(device, t) {
      const Until = "2031-04-30T00:00:00.000Z";
      await taskOf(device, t, [...times, taskRecurrence({ Type: 0, Start, Interval: 1, Until })]);
      const rule = taskRule((await seen(t)).data);
      t.equal("MS-ASTASK_R305", rule?.["Until"]?.slice(0, 10), "2031-04-30", "day of Until");
    },
  },
  {
    id: "tasks/occurrences-before-until",
    says: "Where both are said, Occurrences counts, and Until is ignored.",
    spec: ["MS-ASTASK_R37013"],
    level: "MUST",
    async run(device, t) {
      const both = { Type: 0, Start, Interval: 1, Occurrences: 12, Until: "2031-04-30T00:00:00.000Z" };
      await taskOf(device, t, [...times, taskRecurrence(both)]);
      const rule = taskRule((await seen(t)).data);
      t.equal("MS-ASTASK_R37013", [rule?.["Occurrences"], rule?.["Until"]], ["12", undefined], "Occurrences and Until");
    },
  },
  {
    id: "tasks/regenerate",
    says: "Whether a task is made anew when it is done comes back; it is not unless it was said.",
    spec: ["MS-ASTASK_R4221"],
    level: "MUST",
    async run(device, t) {
      const daily = { Type: 0, Start, Interval: 7 };
      const { folder, serverId } = await taskOf(device, t, [...times, taskRecurrence({ ...daily, Regenerate: 1 })]);
      const rule = taskRule((await seen(t)).data);
      t.equal("MS-ASTASK_R4221", rule?.["Regenerate"], "1", "Regenerate");
      await device.change(folder, serverId, [...task(t.marker), ...times, taskRecurrence(daily)]);
      t.equal("", taskRule((await seen(t)).data)?.["Regenerate"] ?? "0", "0", "Regenerate");
    },
  },
  {
    id: "tasks/dead-occurrence",
    says: "A completed occurrence of a recurring task is told as that; others are not.",
    spec: ["MS-ASTASK_R154", "MS-ASTASK_R158"],
    level: "MUST",
    async run(device, t) {
      const daily = { Type: 0, Start, Interval: 7 };
      const { folder, serverId, data } = await taskOf(device, t, [...times, taskRecurrence(daily)]);
      t.equal("MS-ASTASK_R158", taskRule((await seen(t)).data)?.["DeadOccur"] ?? "0", "0", "DeadOccur");
      const rest = data.filter(({ name }) => name !== "Tasks:Complete" && name !== "Tasks:Recurrence");
      const done = taskFields({ Complete: "1", DateCompleted: "2031-03-05T10:00:00.000Z" });
      await device.change(folder, serverId, [...rest, ...done, taskRecurrence({ ...daily, DeadOccur: 1 })]);
      t.equal("MS-ASTASK_R154", taskRule((await seen(t)).data)?.["DeadOccur"], "1", "DeadOccur");
    },
  },
  {
    id: "tasks/rule-stays-and-goes",
    says: "A Change of the subject keeps the rule that it says again; an empty Recurrence takes it away.",
    spec: ["MS-ASTASK_R221"],
    level: "MUST",
    async run(device, t) {
      const rule = taskRecurrence({ Type: 1, Start, Interval: 1, DayOfWeek: 8 });
      const { folder, serverId } = await taskOf(device, t, [...times, rule]);
      await device.change(folder, serverId, [...task(`${t.marker} again`), ...times, rule]);
      t.equal("MS-ASTASK_R221", taskRule((await seen(t)).data)?.["DayOfWeek"], "8", "DayOfWeek");
      await device.change(folder, serverId, [...task(t.marker), ...times, element("Tasks:Recurrence")]);
      t.equal("", taskRule((await seenAnew(t)).data), undefined, "Recurrence");
    },
  },
  ...refusals.map(
    ({ name, says, spec, fields, versions }): Case => ({
      id: `tasks/${name}-is-6`,
      says: `${says} is refused with Status 6.`,
      spec: [spec],
      level: "MUST",
      ...(versions === undefined ? {} : { versions }),
      async run(device, t) {
        t.equal(spec, await statusOfAdd(device, t, [...times, taskRecurrence(fields)]), 6, "Status of the Add");
      },
    }),
  ),
];
