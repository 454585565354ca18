/** Tasks: start and due time, of which many servers and clients know the day only. */
import type { Case } from "../../runner/case.ts";
import { named, task, taskFields, valueOf } from "../samples.ts";
import { day, seen, taskOf } from "./seen.ts";

/** No clock on earth is further from UTC. */
const mostHours = 14;

const pairs = [
  ["Start", "Tasks:StartDate", "Tasks:UtcStartDate", "MS-ASTASK_R274", "MS-ASTASK_R311"],
  ["Due", "Tasks:DueDate", "Tasks:UtcDueDate", "MS-ASTASK_R161", "MS-ASTASK_R308"],
] as const;

export const taskTimeCases: readonly Case[] = [
  ...pairs.map(
    ([which, local, utc, localSpec, utcSpec]): Case => ({
      id: `tasks/${which.toLowerCase()}-day`,
      says: `The day of ${which}Date comes back, beside the same time in UTC.`,
      spec: [localSpec, utcSpec],
      level: "MUST",
      async run(device, t) {
        await taskOf(device, t, taskFields(day(which)));
        const { data } = await seen(t);
        const [shown = "", instant = ""] = [valueOf(data, local), valueOf(data, utc)];
        t.equal(localSpec, shown.slice(0, 10), "2031-03-05", `day of ${local}`);
        const hours = (Date.parse(shown) - Date.parse(instant)) / 3_600_000;
        t.ok(utcSpec, Math.abs(hours) <= mostHours, `${instant} is ${shown} somewhere`);
      },
    }),
  ),
  ...pairs.map(
    ([which, , utc, , utcSpec]): Case => ({
      id: `tasks/${which.toLowerCase()}-time`,
      says: `The instant of Utc${which}Date comes back.`,
      spec: [utcSpec],
      level: "SHOULD",
      async run(device, t) {
        await taskOf(device, t, taskFields(day(which, "2031-03-05", "10:30:00")));
        t.equal(utcSpec, valueOf((await seen(t)).data, utc), "2031-03-05T10:30:00.000Z", utc);
      },
    }),
  ),
  {
    id: "tasks/both-times",
    says: "A task that begins on one day and is due on another keeps both, and a Change of one leaves the other.",
    spec: ["MS-ASTASK_R161", "MS-ASTASK_R274"],
    level: "MUST",
    async run(device, t) {
      const start = day("Start", "2031-03-05");
      const { folder, serverId } = await taskOf(device, t, taskFields({ ...start, ...day("Due", "2031-03-07") }));
      const first = await seen(t);
      t.equal("MS-ASTASK_R161", valueOf(first.data, "Tasks:DueDate")?.slice(0, 10), "2031-03-07", "day of DueDate");
      await device.change(folder, serverId, task(t.marker, { ...start, ...day("Due", "2031-03-10") }));
      const { data } = await seen(t);
      t.equal("MS-ASTASK_R161", valueOf(data, "Tasks:DueDate")?.slice(0, 10), "2031-03-10", "day of DueDate");
      t.equal("MS-ASTASK_R274", valueOf(data, "Tasks:StartDate")?.slice(0, 10), "2031-03-05", "day of StartDate");
    },
  },
  {
    id: "tasks/due-left-out-is-cleared",
    says: "A Change without a due time takes it away.",
    spec: ["MS-ASCMD_R879"],
    level: "MUST",
    async run(device, t) {
      const { folder, serverId } = await taskOf(device, t, taskFields(day("Due")));
      await device.change(folder, serverId, task(`${t.marker} again`));
      const { data } = await seen(t);
      t.given(valueOf(data, "Tasks:Subject") === `${t.marker} again`, "the Change is stored");
      t.equal(
        "MS-ASCMD_R879",
        [named(data, "Tasks:DueDate"), named(data, "Tasks:UtcDueDate")],
        [undefined, undefined],
        "times",
      );
    },
  },
  {
    id: "tasks/no-times",
    says: "A task without times is told without.",
    spec: [],
    level: "MUST",
    async run(device, t) {
      await taskOf(device, t);
      const { data } = await seen(t);
      const found = pairs.flatMap(([, local, utc]) => [local, utc]).filter((name) => named(data, name) !== undefined);
      t.equal("", found, [], "times");
    },
  },
];
