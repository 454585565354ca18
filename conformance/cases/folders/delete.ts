/** FolderDelete: folders that go, and those that stay. */
import { since } from "../../../src/schema/versions.ts";
import { statusOf } from "../../device/answers.ts";
import type { Device, Folder } from "../../device/device.ts";
import { type Case, commands } from "../../runner/case.ts";
import { hasCache } from "./recipient-cache.ts";

const needs = commands("FolderCreate", "FolderDelete");

function remove(device: Device, { id }: Folder) {
  return device.changeFolder("FolderDelete", { id });
}

/** A default folder stays: Status 3. */
function special(type: number, name: string): Case {
  return {
    id: `folders/delete-${name}-is-3`,
    says: "Special folders cannot be deleted.",
    spec: ["MS-ASCMD_R4046", "MS-ASCMD_R4047", "MS-ASCMD_R5785"],
    level: "MUST",
    needs,
    async run(device, t) {
      const { added } = await device.folderSync();
      const folder = added.find((one) => one.type === type);
      if (!folder) return t.skip(`the account has no folder of type ${type}`);
      const { status, key } = await remove(device, folder);
      t.equal(["MS-ASCMD_R4046", "MS-ASCMD_R4047"], status, 3, "Status");
      t.equal("MS-ASCMD_R5785", key, undefined, "SyncKey of an answer without success");
      const again = await t.device().folderSync();
      t.ok(
        "MS-ASCMD_R4046",
        again.added.some(({ id }) => id === folder.id),
        "the folder is there",
      );
    },
  };
}

/** A request that fails, and deletes nothing. */
function refused(
  id: string,
  says: string,
  spec: readonly string[],
  status: number,
  ask: (device: Device, folder: Folder) => Promise<{ status: number; key: string | undefined }>,
): Case {
  return {
    id: `folders/delete-${id}`,
    says,
    spec: [...spec, "MS-ASCMD_R5785"],
    level: "MUST",
    needs,
    async run(device, t) {
      const folder = await t.makeFolder(device, 13);
      const answer = await ask(device, folder);
      t.equal(spec, answer.status, status, "Status");
      t.equal("MS-ASCMD_R5785", answer.key, undefined, "SyncKey of an answer without success");
      const { added } = await t.device().folderSync();
      t.ok(
        "",
        added.some((one) => one.id === folder.id),
        "the folder is there",
      );
    },
  };
}

export const folderDeleteCases: readonly Case[] = [
  {
    id: "folders/delete-deletes",
    says: "A folder is deleted: a new key comes, and another device is told by a Delete.",
    spec: ["MS-ASCMD_R97", "MS-ASCMD_R98", "MS-ASCMD_R99", "MS-ASCMD_R4044"],
    level: "MUST",
    needs,
    async run(device, t) {
      const folder = await t.makeFolder(device, 13);
      const other = t.device();
      await other.folderSync();
      const before = device.folderKey;
      const { status, key } = await remove(device, folder);
      t.equal(["MS-ASCMD_R99", "MS-ASCMD_R4044"], status, 1, "Status");
      t.ok("", key !== undefined && key !== before, "a new key");
      const { deleted } = await other.folderSync();
      t.ok(["MS-ASCMD_R97", "MS-ASCMD_R98"], deleted.includes(folder.id), "another device is told of it");
    },
  },
  {
    id: "folders/delete-is-not-told-back",
    says: "The key of the answer stands for a list without the folder.",
    spec: ["MS-ASCMD_R4571"],
    level: "MUST",
    needs,
    async run(device, t) {
      await remove(device, await t.makeFolder(device, 13));
      const { status, count } = await device.folderSync();
      t.equal("MS-ASCMD_R4571", [status, count], [1, 0], "Status and Count");
    },
  },
  {
    id: "folders/delete-ends-its-sync",
    says: "A folder that was deleted cannot be synchronized: the device is told to list the folders.",
    spec: ["MS-ASCMD_R4452"],
    level: "MUST",
    needs,
    async run(_device, t) {
      const device = t.device({ polite: false });
      const folder = await t.makeFolder(device, 14);
      await device.sync(folder, { once: true });
      await remove(device, folder);
      const { status } = await device.sync(folder, { once: true });
      t.equal("MS-ASCMD_R4452", status, 12, "Status of a Sync");
    },
  },
  {
    id: "folders/delete-frees-the-name",
    says: "A folder of the same name can be made again.",
    spec: [],
    level: "SHOULD",
    needs,
    async run(device, t) {
      await remove(device, await t.makeFolder(device, 13));
      await device.folderSync();
      const { status, id } = await device.changeFolder("FolderCreate", { parent: "0", name: t.marker, type: 13 });
      if (id !== undefined) t.removeFolderLater(device, id);
      t.equal("", status, 1, "Status");
    },
  },
  {
    id: "folders/delete-lost-answer",
    says: "When the answer was lost, the same request has the same answer.",
    spec: [],
    level: "SHOULD",
    needs,
    async run(device, t) {
      const folder = await t.makeFolder(device, 13);
      device.dropNext();
      await remove(device, folder).catch(() => {});
      const first = await device.repeat();
      const second = await device.repeat();
      t.equal("", [statusOf(first), first.bytes.equals(second.bytes)], [1, true], "Status, and the same octets");
    },
  },
  special(2, "inbox"),
  special(3, "drafts"),
  special(6, "outbox"),
  special(8, "default-calendar"),
  special(9, "default-contacts"),
  {
    id: "folders/delete-recipient-cache-is-3",
    says: "The recipient information cache cannot be deleted.",
    spec: ["MS-ASCMD_R100", "MS-ASCMD_R101"],
    level: "MUST",
    versions: since("14.1"),
    needs: hasCache,
    async run(device, t) {
      await device.folderSync();
      const { status } = await remove(device, device.folder(19));
      t.equal(["MS-ASCMD_R100", "MS-ASCMD_R101"], status, 3, "Status");
    },
  },
  refused(
    "unknown-folder-is-4",
    "A folder that is not there is Status 4.",
    ["MS-ASCMD_R4048", "MS-ASCMD_R4049"],
    4,
    (device) => device.changeFolder("FolderDelete", { id: "no-such-folder" }),
  ),
  refused(
    "wrong-key-is-9",
    "A key that the server did not give out is Status 9.",
    ["MS-ASCMD_R4573", "MS-ASCMD_R4059"],
    9,
    (device, { id }) => device.changeFolder("FolderDelete", { key: "4711471147", id }),
  ),
  refused("without-key-is-10", "The key is required.", ["MS-ASCMD_R4062"], 10, (device, { id }) =>
    device.changeFolder("FolderDelete", { key: undefined, id }),
  ),
  refused("without-folder-is-10", "The folder's id is required.", ["MS-ASCMD_R3906"], 10, (device) =>
    device.changeFolder("FolderDelete", {}),
  ),
  {
    id: "folders/delete-twice-is-4",
    says: "What was deleted is not there.",
    spec: ["MS-ASCMD_R4048"],
    level: "MUST",
    needs,
    async run(device, t) {
      const folder = await t.makeFolder(device, 13);
      await remove(device, folder);
      const { status } = await remove(device, folder);
      t.equal("MS-ASCMD_R4048", status, 4, "Status");
    },
  },
];
