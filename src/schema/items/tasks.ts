/** A task (MS-ASTASK). */
import { forbids, type ItemClass, inAnyOrder, needs, one, optional, range, upTo, values } from "../tree.ts";
import { since, until } from "../versions.ts";
import { body, nativeBodyType } from "./base.ts";

const recurrence = inAnyOrder(
  one("Tasks:Type", values(0, 1, 2, 3, 5, 6), "MS-ASTASK_R292"),
  one("Tasks:Start", "MS-ASTASK_R267"),
  optional("Tasks:Until", "MS-ASTASK_R301"),
  optional("Tasks:Occurrences", range(0, 255), "MS-ASTASK_R214"),
  optional("Tasks:Interval", range(0, 999), "MS-ASTASK_R192"),
  optional("Tasks:DayOfWeek", range(1, 127), "MS-ASTASK_R139"),
  optional("Tasks:DayOfMonth", range(1, 31), "MS-ASTASK_R525"),
  optional("Tasks:WeekOfMonth", range(1, 5), "MS-ASTASK_R317"),
  optional("Tasks:MonthOfYear", range(1, 12), "MS-ASTASK_R210"),
  optional("Tasks:Regenerate", values(0, 1), "MS-ASTASK_R4221"),
  optional("Tasks:DeadOccur", "MS-ASTASK_R155"),
  optional("Tasks:CalendarType", since("14.0"), range(0, 23), "MS-ASTASK_R84"),
  optional("Tasks:IsLeapMonth", since("14.0"), values(0, 1), "MS-ASTASK_R201"),
  optional("Tasks:FirstDayOfWeek", since("14.1"), range(0, 6), "MS-ASTASK_R170"),
  needs("Tasks:Type", [2, 5], "Tasks:DayOfMonth", "MS-ASTASK_R129"),
  forbids("Tasks:Type", [0, 1, 3, 6], "Tasks:DayOfMonth", "MS-ASTASK_R131"),
  needs("Tasks:Type", [1, 3, 6], "Tasks:DayOfWeek", "MS-ASTASK_R411"),
  needs("Tasks:Type", [3, 6], "Tasks:WeekOfMonth", "MS-ASTASK_R315"),
  forbids("Tasks:Type", [0, 1, 2, 5], "Tasks:WeekOfMonth", "MS-ASTASK_R434"),
  needs("Tasks:Type", [5, 6], "Tasks:MonthOfYear", "MS-ASTASK_R208"),
);

export const tasks: ItemClass = {
  name: "Tasks",
  pages: ["Tasks"],
  members: [
    optional("Tasks:Subject", "MS-ASTASK_R275"),
    body,
    nativeBodyType,
    optional("Tasks:Body", until("2.5")),
    optional("Tasks:BodySize", until("2.5")),
    optional("Tasks:BodyTruncated", until("2.5")),
    // Any byte is taken and given back (R550).
    optional("Tasks:Importance", "MS-ASTASK_R180"),
    optional("Tasks:UtcStartDate", "MS-ASTASK_R309"),
    optional("Tasks:StartDate", "MS-ASTASK_R272"),
    optional("Tasks:UtcDueDate", "MS-ASTASK_R306"),
    optional("Tasks:DueDate", "MS-ASTASK_R159"),
    optional("Tasks:Categories", inAnyOrder(upTo(300, "Tasks:Category", "MS-ASTASK_R112")), "MS-ASTASK_R106"),
    optional("Tasks:Recurrence", recurrence, "MS-ASTASK_R221"),
    optional("Tasks:Complete", values(0, 1), "MS-ASTASK_R119"),
    optional("Tasks:DateCompleted", "MS-ASTASK_R122"),
    optional("Tasks:Sensitivity", values(0, 1, 2, 3), "MS-ASTASK_R259"),
    optional("Tasks:ReminderTime", "MS-ASTASK_R253"),
    optional("Tasks:ReminderSet", values(0, 1), "MS-ASTASK_R249"),
    optional("Tasks:OrdinalDate", "MS-ASTASK_R218"),
    optional("Tasks:SubOrdinalDate", "MS-ASTASK_R280"),
  ],
};
