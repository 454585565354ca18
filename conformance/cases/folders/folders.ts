/** FolderSync: the list, its key, and what must not change. */
import { element } from "../../../src/wire/element.ts";
import { statusOf } from "../../device/answers.ts";
import type { Folder } from "../../device/device.ts";
import type { Case } from "../../runner/case.ts";

const defaults: readonly (readonly [type: number, name: string, spec: string])[] = [
  [2, "Inbox", "MS-ASCMD_R4668"],
  [3, "Drafts", "MS-ASCMD_R4669"],
  [4, "Deleted Items", "MS-ASCMD_R4670"],
  [5, "Sent Items", "MS-ASCMD_R4671"],
  [6, "Outbox", "MS-ASCMD_R4672"],
];

function inOrder(folders: readonly Folder[]): string[] {
  return folders.map(({ id, parent, name, type }) => [id, parent, name, type].join(" ")).toSorted();
}

export const folderCases: readonly Case[] = [
  {
    id: "folders/key-zero-brings-all",
    says: "FolderSync with key 0 is answered with a key and all folders as Add.",
    spec: ["MS-ASCMD_R116", "MS-ASCMD_R5008"],
    level: "MUST",
    async run(device, t) {
      const { status, key, added, updated, deleted } = await device.folderSync();
      t.equal("", status, 1, "Status");
      t.ok("MS-ASCMD_R116", key !== undefined && key !== "0" && key !== "", "there is a key, and it is not 0");
      t.ok("MS-ASCMD_R5008", added.length > 0, "folders come as Add");
      t.equal("MS-ASCMD_R5008", [updated.length, deleted.length], [0, 0], "Updates and Deletes");
    },
  },
  {
    id: "folders/count-is-the-number-of-changes",
    says: "Count is the number of Adds, Updates and Deletes that follow.",
    spec: ["MS-ASCMD_R2118"],
    level: "MUST",
    async run(device, t) {
      const { count, added, updated, deleted } = await device.folderSync();
      t.equal("MS-ASCMD_R2118", count, added.length + updated.length + deleted.length, "Count");
    },
  },
  {
    id: "folders/no-change-is-count-zero",
    says: "Without changes since the key, Count is 0, and it is there.",
    spec: ["MS-ASCMD_R2120"],
    level: "MUST",
    async run(device, t) {
      await device.folderSync();
      const { status, count, added, key } = await device.folderSync();
      t.equal("", status, 1, "Status");
      t.equal("MS-ASCMD_R2120", count, 0, "Count");
      t.equal("", added.length, 0, "Adds");
      t.ok("", key !== undefined, "the key is there although nothing changed: clients insist");
    },
  },
  {
    id: "folders/unknown-key-is-9",
    says: "A key that the server did not give out is answered with Status 9, and with no changes.",
    spec: ["MS-ASCMD_R4581"],
    level: "MUST",
    async run(_device, t) {
      const device = t.device({ polite: false });
      await device.folderSync();
      const { status, added } = await device.folderSync({ key: "4711471147" });
      t.equal("MS-ASCMD_R4581", status, 9, "Status");
      t.equal("", added.length, 0, "Adds");
    },
  },
  {
    id: "folders/no-key-is-10",
    says: "A FolderSync without a SyncKey is malformed: Status 10.",
    spec: ["MS-ASCMD_R4068"],
    level: "MUST",
    async run(device, t) {
      const reply = await device.send("FolderSync", element("FolderHierarchy:FolderSync", []));
      t.among(
        "MS-ASCMD_R4068",
        [reply.status, statusOf(reply)],
        [
          [200, 10],
          [400, 0],
        ],
        "HTTP status and Status",
      );
    },
  },
  {
    id: "folders/ids-stay-after-key-zero",
    says: "Starting over with key 0 gives the same ids, names and types.",
    spec: ["MS-ASCMD_R5012", "MS-ASCMD_R885"],
    level: "MUST",
    async run(device, t) {
      const first = await device.folderSync();
      const again = await device.folderSync({ key: "0" });
      t.equal(["MS-ASCMD_R5012", "MS-ASCMD_R885"], inOrder(again.added), inOrder(first.added), "folders");
    },
  },
  {
    id: "folders/key-zero-twice-brings-all-twice",
    says: "Clients begin with key 0 twice in a row: both answers hold the whole list.",
    spec: ["MS-ASCMD_R5008"],
    level: "MUST",
    async run(_device, t) {
      const device = t.device({ polite: false });
      const first = await device.folderSync({ key: "0" });
      const second = await device.folderSync({ key: "0" });
      t.equal("MS-ASCMD_R5008", second.added.length, first.added.length, "number of folders");
    },
  },
  {
    id: "folders/key-zero-keeps-the-items",
    says: "Listing folders anew does not end the synchronization of their items.",
    spec: [],
    level: "SHOULD",
    async run(device, t) {
      const folder = await t.folder(device, "Contacts");
      await device.folderSync({ key: "0" });
      const { status } = await device.sync(folder, { once: true });
      t.equal("", status, 1, "Status of a Sync with the key from before");
    },
  },
  {
    id: "folders/a-repeated-key-repeats-the-answer",
    says: "When the answer to a key was lost, the key is still good.",
    spec: ["MS-ASCMD_R5008"],
    level: "SHOULD",
    async run(device, t) {
      const { key } = await device.folderSync();
      await device.folderSync();
      const { status } = await device.folderSync({ key: key ?? "" });
      t.equal("MS-ASCMD_R5008", status, 1, "Status");
    },
  },
  ...defaults.map(
    ([type, name, spec]): Case => ({
      id: `folders/default-${name.toLowerCase().replace(" ", "-")}`,
      says: `There is exactly one ${name}, of type ${type}: phones look it up.`,
      spec: [spec],
      level: "MUST",
      async run(device, t) {
        const { added } = await device.folderSync();
        t.equal(spec, added.filter((folder) => folder.type === type).length, 1, `folders of type ${type}`);
      },
    }),
  ),
  {
    id: "folders/default-calendar-and-contacts",
    says: "There is exactly one default calendar, and exactly one default address book.",
    spec: ["MS-ASCMD_R4673", "MS-ASCMD_R4675"],
    level: "MUST",
    needs: ({ folders }) => folders.some(({ type }) => type === 8 || type === 9) || "the account has neither",
    async run(device, t) {
      const { added } = await device.folderSync();
      t.equal("MS-ASCMD_R4673", added.filter(({ type }) => type === 8).length, 1, "folders of type 8");
      t.equal("MS-ASCMD_R4675", added.filter(({ type }) => type === 9).length, 1, "folders of type 9");
    },
  },
  {
    id: "folders/parents-are-there",
    says: "A folder's parent is 0 or a folder that was told of.",
    spec: ["MS-ASCMD_R2336"],
    level: "MUST",
    async run(device, t) {
      const { added } = await device.folderSync();
      const ids = new Set(added.map(({ id }) => id));
      const orphans = added.filter(({ parent }) => parent !== "0" && !ids.has(parent)).map(({ name }) => name);
      t.equal("MS-ASCMD_R2336", orphans, [], "folders without their parent");
      t.equal("", ids.size, added.length, "different ids");
    },
  },
];
