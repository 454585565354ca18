/**
 * Tasks: VTODO against the Tasks namespace. Rows stand in sending order. No tag of it can be ghosted (Supported is for
 * contacts and events, MS-ASCMD_R4536): what a Change leaves out is cleared (R879), but for Body (R878), Importance and
 * ReminderSet (MS-ASTASK_R369, R370).
 */
import { dateTime, text } from "../src/mapping/cells.ts";
import { defineMapping, type Mapping } from "../src/mapping/define.ts";
import { body, noBody } from "../src/mapping/rules/body.ts";
import { categories } from "../src/mapping/rules/categories.ts";
import { nativeBody, sensitivityOf } from "../src/mapping/rules/event.ts";
import { taskDates } from "../src/mapping/rules/task-dates.ts";
import { taskRecurrence } from "../src/mapping/rules/task-recurrence.ts";
import { taskReminder } from "../src/mapping/rules/task-reminder.ts";
import { completion, importance } from "../src/mapping/rules/task-state.ts";
import { tasksMapping } from "../src/mapping/tasks.ts";
import { all, since, until } from "../src/schema/versions.ts";

const clear = { down: all, up: all, absent: "clear" } as const;
/** Never empty on the wire: always there, or of a type that the schema does not let be empty. */
const keep = { down: all, up: all, absent: "keep", empty: "omit" } as const;
const legacy = { down: until("2.5"), up: until("2.5") } as const;

const note = {
  absent: "keep",
  rule: body({
    property: "DESCRIPTION",
    body: "Tasks:Body",
    truncated: "Tasks:BodyTruncated",
    size: "Tasks:BodySize",
  }),
  loss: "HTML from a device is stored as the text it shows; HTML beside DESCRIPTION is not sent",
} as const;

/** The schema has no empty date: a strict reader fails the whole item, so a cleared day stays on lenient phones. */
const when = {
  ...clear,
  empty: "omit",
  rule: taskDates,
  loss: "the zone; a day from a device leaves the time of day, and a start that a rule counts from is not cleared",
} as const;
const done = {
  ...keep,
  rule: completion,
  loss: "in process, cancelled and per cent are not sent; a reopened task has no per cent",
} as const;
const reminder = {
  ...keep,
  rule: taskReminder,
  loss: "only the first alarm is sent, of a series the first occurrence's",
} as const;
const order = { down: since("12.0"), up: since("12.0"), absent: "keep", empty: "omit" } as const;

export const tasksTable: Mapping = defineMapping(
  "Tasks",
  "VTODO",
  [
    { tag: "Tasks:Subject", ...clear, property: "SUMMARY", cell: text, spec: "MS-ASTASK_R277; RFC 5545 §3.8.1.12" },
    {
      tag: "AirSyncBase:Body",
      ...note,
      down: since("12.0"),
      up: since("12.0"),
      empty: noBody,
      spec: "MS-ASTASK_R74, MS-ASCMD_R878, MS-ASAIRS_R1400; RFC 5545 §3.8.1.5",
    },
    {
      tag: "AirSyncBase:NativeBodyType",
      rule: nativeBody,
      down: since("12.0"),
      absent: "keep",
      empty: "omit",
      spec: "MS-ASAIRS_R231, MS-ASAIRS_R237",
    },
    { tag: "Tasks:Body", ...note, ...legacy, empty: "send", spec: "MS-ASCMD_R878; RFC 5545 §3.8.1.5" },
    { tag: "Tasks:BodySize", ...note, ...legacy, empty: "omit", spec: "MS-ASCMD_R7356" },
    { tag: "Tasks:BodyTruncated", ...note, ...legacy, empty: "omit", spec: "MS-ASCMD_R7356" },
    {
      tag: "Tasks:Importance",
      ...keep,
      rule: importance,
      remember: true,
      loss: "three classes for nine numbers: the number stays while the class does",
      spec: "MS-ASTASK_R183, MS-ASTASK_R369, MS-ASTASK_R550; RFC 5545 §3.8.1.9",
    },
    { tag: "Tasks:UtcStartDate", ...when, spec: "MS-ASTASK_R311; RFC 5545 §3.8.2.4" },
    { tag: "Tasks:StartDate", ...when, spec: "MS-ASTASK_R274; RFC 5545 §3.8.2.4" },
    { tag: "Tasks:UtcDueDate", ...when, spec: "MS-ASTASK_R308; RFC 5545 §3.8.2.3, §3.8.2.5" },
    { tag: "Tasks:DueDate", ...when, spec: "MS-ASTASK_R161; RFC 5545 §3.8.2.3, §3.8.2.5" },
    {
      tag: "Tasks:Categories",
      ...clear,
      rule: categories("Tasks:Categories", "Tasks:Category"),
      holds: ["Tasks:Category"],
      spec: "MS-ASTASK_R106, MS-ASTASK_R111, MS-ASTASK_R436; RFC 5545 §3.8.1.2",
    },
    {
      tag: "Tasks:Recurrence",
      ...keep,
      rule: taskRecurrence,
      holds: [
        "Tasks:Type",
        "Tasks:Start",
        "Tasks:Until",
        "Tasks:Occurrences",
        "Tasks:Interval",
        "Tasks:DayOfWeek",
        "Tasks:DayOfMonth",
        "Tasks:WeekOfMonth",
        "Tasks:MonthOfYear",
        "Tasks:Regenerate",
        "Tasks:DeadOccur",
        "Tasks:CalendarType",
        "Tasks:IsLeapMonth",
        "Tasks:FirstDayOfWeek",
      ],
      loss: "further dates, exceptions and rules that EAS cannot say are not sent; Start is that of the task",
      spec: "MS-ASTASK_R221, MS-ASTASK_R225, MS-ASTASK_R37013; RFC 5545 §3.8.5.3",
    },
    { tag: "Tasks:Complete", ...done, spec: "MS-ASTASK_R116, MS-ASTASK_R119; RFC 5545 §3.8.1.11, §3.8.1.8" },
    { tag: "Tasks:DateCompleted", ...done, spec: "MS-ASTASK_R124; RFC 5545 §3.8.2.1" },
    {
      tag: "Tasks:Sensitivity",
      ...clear,
      empty: "omit",
      rule: sensitivityOf("Tasks:Sensitivity"),
      remember: true,
      loss: "personal and private are both PRIVATE: personal is remembered",
      spec: "MS-ASTASK_R259, MS-ASTASK_R264; RFC 5545 §3.8.1.3",
    },
    { tag: "Tasks:ReminderTime", ...reminder, spec: "MS-ASTASK_R255; RFC 5545 §3.8.6.3" },
    {
      tag: "Tasks:ReminderSet",
      ...reminder,
      remember: true,
      spec: "MS-ASTASK_R249, MS-ASTASK_R252, MS-ASTASK_R370; RFC 5545 §3.6.6",
    },
    {
      tag: "Tasks:OrdinalDate",
      ...order,
      property: "X-EAS-ORDINALDATE",
      cell: dateTime,
      spec: "MS-ASTASK_R220",
    },
    {
      tag: "Tasks:SubOrdinalDate",
      ...order,
      property: "X-EAS-SUBORDINALDATE",
      cell: text,
      spec: "MS-ASTASK_R282, MS-ASTASK_R283",
    },
  ],
  {
    "Tasks:CompressedRTF": "RTF notes of clients before 2.5; no published text describes them.",
  },
);

export const tasks = tasksMapping(tasksTable);
