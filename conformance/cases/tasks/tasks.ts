/** Tasks: what a task is besides its times: text, importance, completion, reminder, categories. */
import { since } from "../../../src/schema/versions.ts";
import { element } from "../../../src/wire/element.ts";
import { type Case, commands } from "../../runner/case.ts";
import { body, bodyText, listOf, named, task, taskFields, valueOf } from "../samples.ts";
import { seen, seenAnew, statusOfAdd, taskOf } from "./seen.ts";

function categories(...names: readonly string[]) {
  return element(
    "Tasks:Categories",
    names.map((name) => element("Tasks:Category", name)),
  );
}

export const taskCases: readonly Case[] = [
  {
    id: "tasks/subject",
    says: "The subject of a task comes back, in the data of an Add.",
    spec: ["MS-ASTASK_R277", "MS-ASTASK_R366", "MS-ASTASK_R368"],
    level: "MUST",
    async run(device, t) {
      const subject = `${t.marker} "a"; b, c\\d ü € 漢 😀`;
      await taskOf(device, t, taskFields({ Subject: subject }));
      const { data } = await seen(t);
      t.equal(
        ["MS-ASTASK_R277", "MS-ASTASK_R366", "MS-ASTASK_R368"],
        valueOf(data, "Tasks:Subject"),
        subject,
        "Subject",
      );
    },
  },
  {
    id: "tasks/body",
    says: "The body of a task comes back, in the form of the version.",
    spec: ["MS-ASTASK_R74"],
    level: "MUST",
    async run(device, t) {
      await taskOf(device, t, [body(t.version, "Tasks", "One\r\ntwo; three")]);
      const { data } = await seen(t);
      const spec = t.version === "2.5" || t.version === "12.0" ? "" : "MS-ASTASK_R74";
      t.equal(spec, bodyText(t.version, "Tasks", data)?.replaceAll("\r\n", "\n"), "One\ntwo; three", "text");
    },
  },
  {
    id: "tasks/change-is-seen",
    says: "A Change is told to other devices, in the data of a Change.",
    spec: ["MS-ASTASK_R438"],
    level: "MUST",
    async run(device, t) {
      const { folder, serverId } = await taskOf(device, t);
      const other = t.device();
      const there = await t.folder(other, "Tasks");
      await device.change(folder, serverId, task(`${t.marker} again`));
      const { changes } = await other.sync(there);
      t.equal(
        "MS-ASTASK_R438",
        changes.map(({ kind, serverId: id }) => [kind, id]),
        [["Change", serverId]],
        "changes",
      );
      const data = other.items(there).get(serverId)?.data ?? [];
      t.equal("MS-ASTASK_R438", valueOf(data, "Tasks:Subject"), `${t.marker} again`, "Subject");
    },
  },
  {
    id: "tasks/fetch",
    says: "A task is fetched whole, as Properties.",
    spec: ["MS-ASTASK_R356", "MS-ASTASK_R359"],
    level: "MUST",
    versions: since("12.0"),
    needs: commands("ItemOperations"),
    async run(device, t) {
      const { folder, serverId } = await taskOf(device, t, taskFields({ Importance: "2" }));
      const { items } = await device.fetch(folder, serverId);
      const data = items[0]?.data ?? [];
      t.equal("MS-ASTASK_R356", items[0]?.status, 1, "Status");
      t.equal(
        "MS-ASTASK_R359",
        [valueOf(data, "Tasks:Subject"), valueOf(data, "Tasks:Importance")],
        [t.marker, "2"],
        "data",
      );
    },
  },
  ...(["0", "1", "2"] as const).map(
    (importance): Case => ({
      id: `tasks/importance-${importance}`,
      says: `Importance ${importance} comes back.`,
      spec: ["MS-ASTASK_R183", "MS-ASTASK_R636"],
      level: "SHOULD",
      async run(device, t) {
        await taskOf(device, t, taskFields({ Importance: importance }));
        const { data } = await seen(t);
        t.equal(["MS-ASTASK_R183", "MS-ASTASK_R636"], valueOf(data, "Tasks:Importance"), importance, "Importance");
      },
    }),
  ),
  {
    id: "tasks/importance-of-another-value",
    says: "An Importance that is none of the three is taken, and comes back.",
    spec: ["MS-ASTASK_R187", "MS-ASTASK_R550"],
    level: "MUST",
    async run(device, t) {
      t.equal("MS-ASTASK_R187", await statusOfAdd(device, t, taskFields({ Importance: "5" })), 1, "Status of the Add");
      const { data } = await seen(t);
      t.equal("MS-ASTASK_R550", valueOf(data, "Tasks:Importance"), "5", "Importance");
    },
  },
  {
    id: "tasks/importance-left-out-stays",
    says: "A Change without Importance keeps it.",
    spec: ["MS-ASTASK_R369"],
    level: "MUST",
    async run(device, t) {
      const { folder, serverId } = await taskOf(device, t, taskFields({ Importance: "2" }));
      await device.change(folder, serverId, task(`${t.marker} again`));
      const { data } = await seen(t);
      t.given(valueOf(data, "Tasks:Subject") === `${t.marker} again`, "the Change is stored");
      t.equal("MS-ASTASK_R369", valueOf(data, "Tasks:Importance"), "2", "Importance");
    },
  },
  ...(["0", "1", "2", "3"] as const).map(
    (sensitivity): Case => ({
      id: `tasks/sensitivity-${sensitivity}`,
      says: `Sensitivity ${sensitivity} comes back.`,
      spec: ["MS-ASTASK_R259"],
      level: "MUST",
      async run(device, t) {
        await taskOf(device, t, taskFields({ Sensitivity: sensitivity }));
        t.equal("MS-ASTASK_R259", valueOf((await seen(t)).data, "Tasks:Sensitivity"), sensitivity, "Sensitivity");
      },
    }),
  ),
  {
    id: "tasks/categories",
    says: "Categories come back, and an empty list of them removes them.",
    spec: ["MS-ASTASK_R106", "MS-ASTASK_R114", "MS-ASTASK_R436"],
    level: "MUST",
    async run(device, t) {
      const { folder, serverId } = await taskOf(device, t, [categories("Home", "A, B")]);
      const first = await seen(t);
      t.equal(
        ["MS-ASTASK_R106", "MS-ASTASK_R114"],
        listOf(first.data, "Tasks:Categories").toSorted(),
        ["A, B", "Home"],
        "Categories",
      );
      await device.change(folder, serverId, [...task(t.marker), categories()]);
      t.equal("MS-ASTASK_R436", listOf((await seen(t)).data, "Tasks:Categories"), [], "Categories");
    },
  },
  {
    id: "tasks/left-out-is-cleared",
    says: "What a Change leaves out is deleted: no property of a task can be ghosted.",
    spec: ["MS-ASCMD_R879"],
    level: "MUST",
    async run(device, t) {
      const { folder, serverId } = await taskOf(device, t, [categories("Home")]);
      await device.change(folder, serverId, task(`${t.marker} again`));
      const { data } = await seen(t);
      t.given(valueOf(data, "Tasks:Subject") === `${t.marker} again`, "the Change is stored");
      t.equal("MS-ASCMD_R879", listOf(data, "Tasks:Categories"), [], "Categories");
    },
  },
  {
    id: "tasks/body-left-out-stays",
    says: "A Change without a body keeps it.",
    spec: ["MS-ASCMD_R878"],
    level: "MUST",
    async run(device, t) {
      const { folder, serverId } = await taskOf(device, t, [body(t.version, "Tasks", "Text")]);
      await device.change(folder, serverId, task(`${t.marker} again`));
      const { data } = await seen(t);
      t.given(valueOf(data, "Tasks:Subject") === `${t.marker} again`, "the Change is stored");
      t.equal("MS-ASCMD_R878", bodyText(t.version, "Tasks", data), "Text", "text");
    },
  },
  {
    id: "tasks/open",
    says: "A task that is to be done is told as that.",
    spec: ["MS-ASTASK_R116", "MS-ASTASK_R119"],
    level: "MUST",
    async run(device, t) {
      await taskOf(device, t);
      t.equal(["MS-ASTASK_R116", "MS-ASTASK_R119"], valueOf((await seen(t)).data, "Tasks:Complete"), "0", "Complete");
    },
  },
  {
    id: "tasks/completed",
    says: "A completed task is told as that, with when it was completed.",
    spec: ["MS-ASTASK_R119", "MS-ASTASK_R122", "MS-ASTASK_R124"],
    level: "MUST",
    async run(device, t) {
      const when = "2031-03-05T10:00:00.000Z";
      await taskOf(device, t, taskFields({ Complete: "1", DateCompleted: when }));
      const { data } = await seen(t);
      t.equal("MS-ASTASK_R119", valueOf(data, "Tasks:Complete"), "1", "Complete");
      const told = valueOf(data, "Tasks:DateCompleted");
      t.ok("MS-ASTASK_R124", told !== undefined, "there is a DateCompleted");
      t.equal("MS-ASTASK_R122", told?.slice(0, 10), when.slice(0, 10), "day of DateCompleted");
    },
  },
  {
    id: "tasks/completed-and-reopened",
    says: "A task is completed by a Change and reopened by another; DateCompleted comes and goes with it.",
    spec: ["MS-ASTASK_R119", "MS-ASTASK_R124"],
    level: "MUST",
    async run(device, t) {
      const { folder, serverId } = await taskOf(device, t);
      await device.change(
        folder,
        serverId,
        task(t.marker, { Complete: "1", DateCompleted: "2031-03-05T10:00:00.000Z" }),
      );
      const done = await seen(t);
      t.equal("MS-ASTASK_R119", valueOf(done.data, "Tasks:Complete"), "1", "Complete");
      t.ok("MS-ASTASK_R124", named(done.data, "Tasks:DateCompleted") !== undefined, "there is a DateCompleted");
      await device.change(folder, serverId, task(t.marker));
      const { data } = await seenAnew(t);
      t.equal("MS-ASTASK_R119", valueOf(data, "Tasks:Complete"), "0", "Complete");
      t.equal("", named(data, "Tasks:DateCompleted"), undefined, "DateCompleted");
    },
  },
  {
    id: "tasks/reminder",
    says: "A reminder comes back with its time.",
    spec: ["MS-ASTASK_R249", "MS-ASTASK_R255"],
    level: "MUST",
    async run(device, t) {
      const time = "2031-03-05T09:30:00.000Z";
      await taskOf(device, t, taskFields({ ReminderSet: "1", ReminderTime: time }));
      const { data } = await seen(t);
      t.equal("MS-ASTASK_R249", valueOf(data, "Tasks:ReminderSet"), "1", "ReminderSet");
      t.equal("MS-ASTASK_R255", valueOf(data, "Tasks:ReminderTime"), time, "ReminderTime");
    },
  },
  {
    id: "tasks/reminder-left-out-stays",
    says: "A Change without ReminderSet keeps the reminder.",
    spec: ["MS-ASTASK_R370"],
    level: "MUST",
    async run(device, t) {
      const time = { ReminderTime: "2031-03-05T09:30:00.000Z" };
      const { folder, serverId } = await taskOf(device, t, taskFields({ ReminderSet: "1", ...time }));
      await device.change(folder, serverId, task(`${t.marker} again`, time));
      const { data } = await seen(t);
      t.given(valueOf(data, "Tasks:Subject") === `${t.marker} again`, "the Change is stored");
      t.equal("MS-ASTASK_R370", valueOf(data, "Tasks:ReminderSet"), "1", "ReminderSet");
    },
  },
  {
    id: "tasks/reminder-taken-away",
    says: "ReminderSet 0 takes the reminder away.",
    spec: ["MS-ASTASK_R249"],
    level: "MUST",
    async run(device, t) {
      const reminder = { ReminderSet: "1", ReminderTime: "2031-03-05T09:30:00.000Z" };
      const { folder, serverId } = await taskOf(device, t, taskFields(reminder));
      await device.change(folder, serverId, task(t.marker, { ReminderSet: "0" }));
      t.equal("MS-ASTASK_R249", valueOf((await seen(t)).data, "Tasks:ReminderSet") ?? "0", "0", "ReminderSet");
    },
  },
  {
    id: "tasks/reminder-set-2-is-6",
    says: "A ReminderSet that is neither 0 nor 1 is refused with Status 6.",
    spec: ["MS-ASTASK_R252"],
    level: "MUST",
    async run(device, t) {
      t.equal("MS-ASTASK_R252", await statusOfAdd(device, t, taskFields({ ReminderSet: "2" })), 6, "Status of the Add");
    },
  },
];
