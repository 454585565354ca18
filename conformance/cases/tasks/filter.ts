/** Tasks: FilterType, which has two values for them: all, and those that are to be done. */

import type { Device } from "../../device/device.ts";
import type { Case } from "../../runner/case.ts";
import { task, valueOf } from "../samples.ts";
import { taskOf } from "./seen.ts";

function subjects(device: Device, marker: string): readonly string[] {
  const items = [...device.items(device.folder("Tasks")).values()];
  const found = items.map(({ data }) => valueOf(data, "Tasks:Subject") ?? "");
  return found.filter((subject) => subject.includes(marker)).toSorted();
}

const done = { Complete: "1", DateCompleted: "2031-03-05T10:00:00.000Z" };

export const taskFilterCases: readonly Case[] = [
  {
    id: "tasks/filter-0-and-8",
    says: "FilterType 0 shows every task, 8 those that are not completed.",
    spec: ["MS-ASCMD_R3053", "MS-ASCMD_R3061"],
    level: "MUST",
    async run(device, t) {
      const { folder } = await taskOf(device, t);
      await t.add(device, folder, task(`${t.marker} done`, done));
      const reader = t.device();
      await reader.folderSync();
      const there = reader.folder("Tasks");
      const all = await reader.sync(there, { filterType: 0, window: 512 });
      t.equal("MS-ASCMD_R3053", all.status, 1, "Status");
      t.equal("MS-ASCMD_R3053", subjects(reader, t.marker), [t.marker, `${t.marker} done`], "all tasks");
      reader.startOver(there);
      const open = await reader.sync(there, { filterType: 8, window: 512 });
      t.equal("MS-ASCMD_R3061", open.status, 1, "Status");
      t.equal("MS-ASCMD_R3061", subjects(reader, t.marker), [t.marker], "tasks to be done");
    },
  },
  {
    id: "tasks/filter-8-takes-away-and-brings-back",
    says: "With FilterType 8 a task that is completed leaves the phone by SoftDelete, and comes back when it is reopened.",
    spec: [],
    level: "SHOULD",
    async run(device, t) {
      const { folder, serverId } = await taskOf(device, t);
      const reader = t.device();
      await reader.folderSync();
      const there = reader.folder("Tasks");
      await reader.sync(there, { filterType: 8, window: 512 });
      await device.change(folder, serverId, task(t.marker, done));
      const gone = await reader.sync(there);
      t.equal(
        "",
        gone.changes.map(({ kind, serverId: id }) => [kind, id]),
        [["SoftDelete", serverId]],
        "changes",
      );
      await device.change(folder, serverId, task(t.marker));
      const back = await reader.sync(there);
      t.equal(
        "",
        back.changes.map(({ kind, serverId: id }) => [kind, id]),
        [["Add", serverId]],
        "changes",
      );
    },
  },
  ...[1, 2, 3, 4, 5, 6, 7].map(
    (filterType): Case => ({
      id: `tasks/filter-${filterType}-is-none`,
      says: `FilterType ${filterType} is none for tasks: the Sync does not succeed.`,
      spec: [`MS-ASCMD_R${3053 + filterType}`],
      level: "MUST",
      async run(device, t) {
        const folder = await t.folder(device, "Tasks");
        const { status } = await device.sync(folder, { filterType, once: true });
        t.ok(`MS-ASCMD_R${3053 + filterType}`, status !== 1, `Status ${status} is not 1`);
      },
    }),
  ),
];
