/** FolderUpdate: folders under another name. */
import { since } from "../../../src/schema/versions.ts";
import { element } from "../../../src/wire/element.ts";
import { statusOf } from "../../device/answers.ts";
import type { Device, Folder } from "../../device/device.ts";
import { type Case, commands, type Trial } from "../../runner/case.ts";
import { contact } from "../samples.ts";
import { hasCache } from "./recipient-cache.ts";

const needs = commands("FolderCreate", "FolderUpdate", "FolderDelete");

const malformed: readonly (readonly [http: number, status: number])[] = [
  [200, 10],
  [400, 0],
];

function rename(device: Device, folder: Folder, name: string) {
  return device.changeFolder("FolderUpdate", { id: folder.id, parent: "0", name });
}

/** A default folder keeps its name: Status 2. */
function special(type: number, name: string): Case {
  return {
    id: `folders/update-${name}-is-2`,
    says: "Special folders cannot be updated.",
    spec: ["MS-ASCMD_R4102", "MS-ASCMD_R5786"],
    level: "MUST",
    needs,
    async run(device, t) {
      const { added } = await device.folderSync();
      const folder = added.find((one) => one.type === type);
      if (!folder) return t.skip(`the account has no folder of type ${type}`);
      const { status, key } = await rename(device, folder, t.marker);
      t.equal("MS-ASCMD_R4102", status, 2, "Status");
      t.equal("MS-ASCMD_R5786", key, undefined, "SyncKey of an answer without success");
    },
  };
}

const cache: Case = {
  id: "folders/update-recipient-cache-is-3",
  says: "The recipient information cache cannot be updated.",
  spec: ["MS-ASCMD_R143", "MS-ASCMD_R4103"],
  level: "MUST",
  versions: since("14.1"),
  needs: hasCache,
  async run(device, t) {
    await device.folderSync();
    const { status } = await rename(device, device.folder(19), t.marker);
    t.equal(["MS-ASCMD_R143", "MS-ASCMD_R4103"], status, 3, "Status");
  },
};

/** A request about a folder of the case's own that fails, and renames nothing. */
function refused(
  id: string,
  says: string,
  spec: string,
  status: number,
  ask: (device: Device, folder: Folder, t: Trial) => Promise<{ status: number; key: string | undefined }>,
): Case {
  return {
    id: `folders/update-${id}`,
    says,
    spec: [spec, "MS-ASCMD_R5786"],
    level: "MUST",
    needs,
    async run(device, t) {
      const folder = await t.makeFolder(device, 13);
      const answer = await ask(device, folder, t);
      t.equal(spec, answer.status, status, "Status");
      t.equal("MS-ASCMD_R5786", answer.key, undefined, "SyncKey of an answer without success");
      const { added } = await t.device().folderSync();
      t.equal("", added.find((one) => one.id === folder.id)?.name, t.marker, "the folder's name");
    },
  };
}

export const folderUpdateCases: readonly Case[] = [
  {
    id: "folders/update-renames",
    says: "A folder is renamed: it keeps its id, a new key comes, and another device is told by an Update.",
    spec: ["MS-ASCMD_R140", "MS-ASCMD_R4099"],
    level: "MUST",
    needs,
    async run(device, t) {
      const folder = await t.makeFolder(device, 13);
      const other = t.device();
      await other.folderSync();
      const before = device.folderKey;
      const { status, key } = await rename(device, folder, `${t.marker} 2`);
      t.equal("MS-ASCMD_R4099", status, 1, "Status");
      t.ok("", key !== undefined && key !== before, "a new key");
      const { updated } = await other.folderSync();
      const told = updated.find(({ id }) => id === folder.id);
      t.equal("MS-ASCMD_R140", told?.name, `${t.marker} 2`, "the name that another device is told");
    },
  },
  {
    id: "folders/update-is-not-told-back",
    says: "The key of the answer stands for a list with the new name.",
    spec: ["MS-ASCMD_R4571"],
    level: "MUST",
    needs,
    async run(device, t) {
      await rename(device, await t.makeFolder(device, 13), `${t.marker} 2`);
      const { status, count } = await device.folderSync();
      t.equal("MS-ASCMD_R4571", [status, count], [1, 0], "Status and Count");
    },
  },
  {
    id: "folders/update-keeps-the-items",
    says: "A folder's items and key outlast its name.",
    spec: ["MS-ASCMD_R140"],
    level: "MUST",
    needs,
    async run(device, t) {
      const folder = await t.makeFolder(device, 14);
      await device.sync(folder);
      const { serverId } = await device.add(folder, contact(t.marker));
      await rename(device, folder, `${t.marker} 2`);
      const { status, changes } = await device.sync(folder, { once: true });
      t.equal("MS-ASCMD_R140", [status, changes.length], [1, 0], "Status, and changes told");
      t.ok("MS-ASCMD_R140", device.items(folder).has(serverId), "the item is there");
    },
  },
  {
    id: "folders/update-lost-answer",
    says: "When the answer was lost, the same request has the same answer.",
    spec: [],
    level: "SHOULD",
    needs,
    async run(device, t) {
      const folder = await t.makeFolder(device, 13);
      device.dropNext();
      await rename(device, folder, `${t.marker} 2`).catch(() => {});
      const first = await device.repeat();
      const second = await device.repeat();
      t.equal("", [statusOf(first), first.bytes.equals(second.bytes)], [1, true], "Status, and the same octets");
    },
  },
  special(2, "inbox"),
  special(6, "outbox"),
  special(8, "default-calendar"),
  special(9, "default-contacts"),
  cache,
  refused(
    "same-name-is-2",
    "A name that another folder has is Status 2.",
    "MS-ASCMD_R5438",
    2,
    async (device, folder, t) => {
      const other = await t.makeFolder(device, 13, `${t.marker} other`);
      return rename(device, folder, other.name);
    },
  ),
  refused("unknown-folder-is-4", "A folder that is not there is Status 4.", "MS-ASCMD_R4105", 4, (device, _, t) =>
    device.changeFolder("FolderUpdate", { id: "no-such-folder", parent: "0", name: `${t.marker} 2` }),
  ),
  refused("unknown-parent-is-5", "A parent that is not there is Status 5.", "MS-ASCMD_R4108", 5, (device, { id }, t) =>
    device.changeFolder("FolderUpdate", { id, parent: "no-such-folder", name: `${t.marker} 2` }),
  ),
  refused(
    "wrong-key-is-9",
    "A key that the server did not give out is Status 9.",
    "MS-ASCMD_R4573",
    9,
    (device, { id }, t) =>
      device.changeFolder("FolderUpdate", { key: "4711471147", id, parent: "0", name: `${t.marker} 2` }),
  ),
  refused("without-key-is-10", "The key is required.", "MS-ASCMD_R4568", 10, (device, { id }, t) =>
    device.changeFolder("FolderUpdate", { key: undefined, id, parent: "0", name: `${t.marker} 2` }),
  ),
  {
    id: "folders/update-with-status-is-10",
    says: "A request that holds a Status is answered with Status 10.",
    spec: ["MS-ASCMD_R3102"],
    level: "MUST",
    needs,
    async run(device, t) {
      const folder = await t.makeFolder(device, 13);
      const reply = await device.send(
        "FolderUpdate",
        element("FolderHierarchy:FolderUpdate", [
          element("FolderHierarchy:SyncKey", device.folderKey),
          element("FolderHierarchy:ServerId", folder.id),
          element("FolderHierarchy:ParentId", "0"),
          element("FolderHierarchy:DisplayName", `${t.marker} 2`),
          element("FolderHierarchy:Status", 1),
        ]),
      );
      t.among("MS-ASCMD_R3102", [reply.status, statusOf(reply)], malformed, "HTTP status, Status");
    },
  },
];
