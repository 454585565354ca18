/** Folders of mail that a phone makes: filled, emptied, renamed, deleted; and conversations moved into them. */
import { setTimeout as sleep } from "node:timers/promises";
import { since } from "../../../src/schema/versions.ts";
import { child, children, childrenNamed, childText, type Element, element } from "../../../src/wire/element.ts";
import type { Device, Folder } from "../../device/device.ts";
import { type Case, commands, type Trial } from "../../runner/case.ts";
import { named, valueOf } from "../samples.ts";
import { type Arrived, arrive, comes, folderType, mailFolder, modern, withMarker } from "./mailbox.ts";
import { message, subjectOf } from "./messages.ts";

/** A mail folder that the user made. */
const own = 12;

const needs = commands("FolderCreate", "FolderDelete", "MoveItems");

/** A folder of the user's own with a message in it. */
async function filled(device: Device, t: Trial): Promise<{ folder: Folder; arrived: Arrived; id: string }> {
  const folder = await t.makeFolder(device, own);
  await device.sync(folder, { window: 512 });
  const arrived = await arrive(device, t);
  const { moves } = await device.moveItems(arrived.inbox, [arrived.serverId], folder);
  const id = t.found(moves[0]?.moved, "the id of a message that was moved into the folder");
  await device.sync(folder, { window: 512 });
  return { folder, arrived, id };
}

async function empty(device: Device, folder: Folder, deleteSubFolders: boolean): Promise<string | undefined> {
  const options = element("ItemOperations:Options", [element("ItemOperations:DeleteSubFolders")]);
  const operation = element("ItemOperations:EmptyFolderContents", [
    element("AirSync:CollectionId", folder.id),
    deleteSubFolders ? options : undefined,
  ]);
  const { body } = await device.send("ItemOperations", element("ItemOperations:ItemOperations", [operation]));
  return answerOf(body, "ItemOperations:EmptyFolderContents");
}

async function moveConversation(
  device: Device,
  id: Element["content"],
  target: string,
  moveAlways = true,
): Promise<string | undefined> {
  const operation = element("ItemOperations:Move", [
    element("ItemOperations:ConversationId", id),
    element("ItemOperations:DstFldId", target),
    moveAlways ? element("ItemOperations:Options", [element("ItemOperations:MoveAlways")]) : undefined,
  ]);
  const { body } = await device.send("ItemOperations", element("ItemOperations:ItemOperations", [operation]));
  return answerOf(body, "ItemOperations:Move");
}

/** The Status of an operation. */
function answerOf(body: Element | undefined, name: Element["name"]): string | undefined {
  const response = body && child(body, "ItemOperations:Response");
  const answer = response && child(response, name);
  return answer && childText(answer, "ItemOperations:Status");
}

/** How many messages of the case a search of a folder finds, or of all that lie in it too. */
async function found(device: Device, t: Trial, folder: Folder, isDeep: boolean): Promise<number> {
  const conditions = [
    element("AirSync:Class", "Email"),
    element("AirSync:CollectionId", folder.id),
    element("Search:FreeText", t.marker),
  ];
  const store = element("Search:Store", [
    element("Search:Name", "Mailbox"),
    element("Search:Query", [element("Search:And", conditions)]),
    element("Search:Options", [element("Search:Range", "0-9"), isDeep ? element("Search:DeepTraversal") : undefined]),
  ]);
  const { body } = await device.send("Search", element("Search:Search", [store]));
  const response = body && child(body, "Search:Response");
  const answer = response && child(response, "Search:Store");
  const results = answer ? childrenNamed(answer, "Search:Result") : [];
  return results.filter((one) => children(one).length > 0).length;
}

/** Whether a device that has just come sees a folder of that id. */
async function isThere(t: Trial, id: string): Promise<boolean> {
  const late = t.device();
  await late.folderSync();
  return late.folders.some((folder) => folder.id === id);
}

async function inner(device: Device, t: Trial, folder: Folder): Promise<string> {
  const { status, id } = await device.changeFolder("FolderCreate", {
    parent: folder.id,
    name: `${t.marker} inner`,
    type: own,
  });
  t.given(status === 1, "a folder within it is made");
  return t.found(id, "its id");
}

export const mailFolderCases: readonly Case[] = [
  {
    id: "mail-folders/made",
    says: "A mail folder is made, and another device sees it as one of the user's own, empty.",
    spec: [],
    level: "MUST",
    needs,
    async run(device, t) {
      const folder = await t.makeFolder(device, own);
      const other = t.device();
      await other.folderSync();
      const theirs = t.found(
        other.folders.find(({ id }) => id === folder.id),
        "another device sees it",
      );
      t.equal("", [theirs.name, theirs.type, theirs.parent], [t.marker, own, "0"], "name, type and parent");
      const { status, changes } = await other.sync(theirs, { window: 512 });
      t.equal("", [status, changes.length], [1, 0], "Status of its Sync, and items");
    },
  },
  {
    id: "mail-folders/within-another",
    says: "A mail folder is made within another.",
    spec: [],
    level: "MUST",
    needs,
    async run(device, t) {
      const folder = await t.makeFolder(device, own);
      const id = await inner(device, t, folder);
      const other = t.device();
      await other.folderSync();
      t.equal("", other.folders.find((one) => one.id === id)?.parent, folder.id, "parent");
    },
  },
  {
    id: "mail-folders/filled",
    says: "A message that is moved into a folder of the user's own is there, under the id that was told.",
    spec: ["MS-ASCMD_R285", "MS-ASCMD_R290"],
    level: "MUST",
    needs,
    async run(device, t) {
      const { folder, arrived, id } = await filled(device, t);
      const data = device.items(folder).get(id)?.data ?? [];
      t.equal(["MS-ASCMD_R285", "MS-ASCMD_R290"], valueOf(data, "Email:Subject"), t.marker, "Subject");
      await device.sync(arrived.inbox, { window: 512 });
      t.equal("", withMarker(device, arrived.inbox, t.marker).length, 0, "messages left in the inbox");
    },
  },
  {
    id: "mail-folders/renamed",
    says: "A folder that is renamed keeps its id, and its messages theirs.",
    spec: [],
    level: "MUST",
    needs: commands("FolderUpdate", "FolderCreate", "MoveItems"),
    async run(device, t) {
      const { folder, id } = await filled(device, t);
      const name = `${t.marker} renamed`;
      const { status } = await device.changeFolder("FolderUpdate", { id: folder.id, parent: "0", name });
      t.equal("", status, 1, "Status");
      const other = t.device();
      await other.folderSync();
      t.equal("", other.folders.find((one) => one.id === folder.id)?.name, name, "its name on another device");
      const { changes } = await device.sync(folder, { window: 512 });
      t.equal(
        "",
        changes.map(({ kind }) => kind),
        [],
        "what this device is told of its messages",
      );
      t.ok("", device.items(folder).has(id), "the message is there");
    },
  },
  {
    id: "mail-folders/name-taken",
    says: "A second folder of the same name in the same place is refused with Status 2.",
    spec: [],
    level: "MUST",
    needs,
    async run(device, t) {
      await t.makeFolder(device, own);
      const { status } = await device.changeFolder("FolderCreate", { parent: "0", name: t.marker, type: own });
      t.equal("", status, 2, "Status");
    },
  },
  {
    id: "mail-folders/deleted",
    says: "A folder that is deleted is gone from the other devices.",
    spec: [],
    level: "MUST",
    needs,
    async run(device, t) {
      const { folder } = await filled(device, t);
      const { status } = await device.changeFolder("FolderDelete", { id: folder.id });
      t.equal("", status, 1, "Status");
      const late = t.device();
      await late.folderSync();
      const atTop = late.folders.filter(({ name, parent }) => name === t.marker && parent === "0");
      t.equal("", atTop, [], "folders of that name");
    },
  },
  ...(["inbox", "drafts", "sent"] as const).flatMap((which): Case[] => [
    {
      id: `mail-folders/${which}-stays`,
      says: `A phone cannot delete the folder of type ${folderType[which]}: Status 3.`,
      spec: ["MS-ASCMD_R4046"],
      level: "MUST",
      needs: commands("FolderDelete"),
      async run(device, t) {
        const folder = await mailFolder(device, t, which);
        const { status } = await device.changeFolder("FolderDelete", { id: folder.id });
        t.equal("MS-ASCMD_R4046", status, 3, "Status");
      },
    },
    {
      id: `mail-folders/${which}-keeps-its-name`,
      says: `A phone cannot rename the folder of type ${folderType[which]}: Status 2.`,
      spec: ["MS-ASCMD_R4102"],
      level: "MUST",
      needs: commands("FolderUpdate"),
      async run(device, t) {
        const folder = await mailFolder(device, t, which);
        const { status } = await device.changeFolder("FolderUpdate", { id: folder.id, parent: "0", name: t.marker });
        t.equal("MS-ASCMD_R4102", status, 2, "Status");
      },
    },
  ]),
  {
    id: "mail-folders/emptied",
    says: "A folder that is emptied has no messages; the folders within it stay, unless it is said otherwise.",
    spec: ["MS-ASCMD_R2244", "MS-ASCMD_R2167"],
    level: "MUST",
    versions: modern,
    needs,
    async run(device, t) {
      const { folder, id } = await filled(device, t);
      const within = await inner(device, t, folder);
      t.equal("", await empty(device, folder, false), "1", "Status");
      const { changes } = await device.sync(folder, { window: 512 });
      t.equal(
        "",
        changes.map((one) => [one.kind, one.serverId]),
        [["Delete", id]],
        "what the device is told",
      );
      t.ok(["MS-ASCMD_R2244", "MS-ASCMD_R2167"], await isThere(t, within), "the folder within it is there");
    },
  },
  {
    id: "mail-folders/emptied-with-all-in-it",
    says: "With DeleteSubFolders the folders within are gone with the messages.",
    spec: ["MS-ASCMD_R2243"],
    level: "MUST",
    versions: modern,
    needs,
    async run(device, t) {
      const { folder } = await filled(device, t);
      const within = await inner(device, t, folder);
      t.equal("", await empty(device, folder, true), "1", "Status");
      const late = t.device();
      await late.folderSync();
      const left = late.folders.filter((one) => one.id === within && one.parent === folder.id);
      t.equal("MS-ASCMD_R2243", left, [], "folders within it");
      const theirs = late.folder(folder.id);
      await late.sync(theirs, { window: 512 });
      t.equal("", withMarker(late, theirs, t.marker).length, 0, "messages");
    },
  },
  {
    id: "mail-folders/searched",
    says: "A search of a folder leaves out the folders within it, unless all below it is asked for.",
    spec: ["MS-ASCMD_R2146", "MS-ASCMD_R5856", "MS-ASCMD_R2031"],
    level: "MUST",
    versions: modern,
    needs: commands("Search", "FolderCreate", "FolderDelete", "MoveItems"),
    async run(device, t) {
      const folder = await t.makeFolder(device, own);
      const within = device.folder(await inner(device, t, folder));
      const { inbox, serverId } = await arrive(device, t);
      await device.moveItems(inbox, [serverId], within);
      const end = performance.now() + 60_000;
      // A server may index what came a moment later.
      while ((await found(device, t, within, false)) === 0 && performance.now() < end) await sleep(500);
      t.equal("MS-ASCMD_R2146", await found(device, t, folder, false), 0, "hits in the folder alone");
      t.equal(["MS-ASCMD_R5856", "MS-ASCMD_R2031"], await found(device, t, folder, true), 1, "hits in all of it");
    },
  },
  {
    id: "mail-folders/conversation-moved",
    says: "A conversation is moved: all of its messages that are in the inbox.",
    spec: ["MS-ASCON_R143"],
    level: "MUST",
    versions: since("14.0"),
    needs,
    async run(device, t) {
      const folder = await t.makeFolder(device, own);
      const { inbox, serverId, data } = await arrive(device, t, { subject: "first" });
      const source = { folder: inbox.id, item: serverId };
      t.given(
        (await device.smartReply(message(t, { subject: "answer" }), { source })).status === 1,
        "an answer is sent",
      );
      await comes(device, t, inbox, subjectOf(t, "answer"));
      const id = t.found(named(data, "Email2:ConversationId")?.content, "a ConversationId");
      t.equal("MS-ASCON_R143", await moveConversation(device, id, folder.id), "1", "Status");
      await device.sync(inbox, { window: 512 });
      await device.sync(folder, { window: 512 });
      const counts = [inbox, folder].map((one) => withMarker(device, one, t.marker).length);
      t.equal("", counts, [0, 2], "messages in the inbox, and in the other folder");
    },
  },
  {
    id: "mail-folders/conversation-for-once",
    says: "To move a conversation without what comes of it later is refused with Status 155.",
    spec: ["MS-ASCMD_R4940"],
    level: "MUST",
    versions: since("14.0"),
    needs,
    async run(device, t) {
      const folder = await t.makeFolder(device, own);
      const { data } = await arrive(device, t);
      const id = t.found(named(data, "Email2:ConversationId")?.content, "a ConversationId");
      t.equal("MS-ASCMD_R4940", await moveConversation(device, id, folder.id, false), "155", "Status");
    },
  },
  {
    id: "mail-folders/no-such-conversation",
    says: "A conversation that is not there cannot be moved: Status 6.",
    spec: ["MS-ASCON_R146"],
    level: "MUST",
    versions: since("14.0"),
    needs,
    async run(device, t) {
      const folder = await t.makeFolder(device, own);
      const status = await moveConversation(device, Buffer.alloc(16, 7), folder.id);
      t.equal("MS-ASCON_R146", status, "6", "Status");
    },
  },
  {
    id: "mail-folders/conversation-into-nowhere",
    says: "A conversation cannot be moved into a folder that is not there: Status 6.",
    spec: ["MS-ASCON_R317"],
    level: "MUST",
    versions: since("14.0"),
    needs,
    async run(device, t) {
      const { data } = await arrive(device, t);
      const id = t.found(named(data, "Email2:ConversationId")?.content, "a ConversationId");
      t.equal("MS-ASCON_R317", await moveConversation(device, id, "no-such-folder"), "6", "Status");
    },
  },
  {
    id: "mail-folders/new-mail-elsewhere-wakes",
    says: "A message that is moved into a watched folder ends a Ping, which names that folder.",
    spec: ["MS-ASCMD_R4236"],
    level: "MUST",
    needs,
    async run(device, t) {
      const folder = await t.makeFolder(device, own);
      await device.sync(folder, { window: 512 });
      const other = t.device();
      const { inbox, serverId } = await arrive(other, t);
      const waiting = device.ping([folder], 600, { timeout: 90_000 });
      await other.moveItems(inbox, [serverId], other.folder(folder.id));
      const { status, folders } = await waiting;
      t.equal("MS-ASCMD_R4236", [status, folders], [2, [folder.id]], "Status and folders");
    },
  },
];
