/** FolderCreate: new folders, and what is none. */
import { since } from "../../../src/schema/versions.ts";
import { element } from "../../../src/wire/element.ts";
import { statusOf } from "../../device/answers.ts";
import type { FolderDetails } from "../../device/requests.ts";
import { type Case, commands, type Trial } from "../../runner/case.ts";
import { hasCache } from "./recipient-cache.ts";

const needs = commands("FolderCreate", "FolderDelete");

/** User-created folders by type, since which version, and the requirement. */
const types: readonly (readonly [type: number, name: string, spec: string, versions?: Case["versions"]])[] = [
  [13, "calendar", "MS-ASCMD_R4658"],
  [14, "contacts", "MS-ASCMD_R4659"],
  [15, "tasks", "MS-ASCMD_R4660"],
  [17, "notes", "MS-ASCMD_R4662", since("14.0")],
];

/** What an answer to a malformed document can be: Status 10, or an HTTP error. */
const malformed: readonly (readonly [http: number, status: number])[] = [
  [200, 10],
  [400, 0],
];

function whole(t: Trial): FolderDetails {
  return { parent: "0", name: t.marker, type: 13 };
}

/** A request that lacks something, or has a wrong part, and makes nothing. */
function refused(
  id: string,
  says: string,
  spec: readonly string[],
  asked: (t: Trial) => FolderDetails,
  statuses: readonly number[],
): Case {
  return {
    id: `folders/create-${id}`,
    says,
    spec: [...spec, "MS-ASCMD_R4570", "MS-ASCMD_R3904"],
    level: "MUST",
    needs,
    async run(device, t) {
      await device.folderSync();
      const answer = await device.changeFolder("FolderCreate", asked(t));
      if (answer.id !== undefined) t.removeFolderLater(device, answer.id);
      if (statuses.includes(10)) t.among(spec, [answer.reply.status, answer.status], malformed, "HTTP status, Status");
      else t.among(spec, answer.status, statuses, "Status");
      t.equal("MS-ASCMD_R4570", answer.key, undefined, "SyncKey of an answer without success");
      t.equal("MS-ASCMD_R3904", answer.id, undefined, "ServerId of an answer without success");
      const names = (await t.device().folderSync()).added.map(({ name }) => name);
      t.ok("", !names.includes(t.marker), "no folder was made");
    },
  };
}

export const folderCreateCases: readonly Case[] = [
  ...types.map(
    ([type, name, spec, versions]): Case => ({
      id: `folders/create-${name}`,
      says: `A folder of type ${type} can be made in the root; it has an id, a key comes with it, and others see it.`,
      spec: ["MS-ASCMD_R79", "MS-ASCMD_R4010", "MS-ASCMD_R3903", "MS-ASCMD_R5872", spec],
      level: "MUST",
      ...(versions ? { versions } : {}),
      needs,
      async run(device, t) {
        const { key: before } = await device.folderSync();
        const { status, key, id = "" } = await device.changeFolder("FolderCreate", { ...whole(t), type });
        t.removeFolderLater(device, id);
        t.equal("MS-ASCMD_R4010", status, 1, "Status");
        t.ok("", key !== undefined && key !== before, "a new key");
        t.ok("MS-ASCMD_R3903", id !== "", "there is a ServerId");
        t.ok("MS-ASCMD_R5872", id.length <= 64, "the ServerId has at most 64 characters");
        const { added } = await t.device().folderSync();
        const made = t.found(
          added.find((folder) => folder.name === t.marker),
          "another device is told of it",
        );
        t.equal("MS-ASCMD_R79", [made.parent, made.id], ["0", id], "its parent and id");
        t.equal(spec, made.type, type, "its type");
      },
    }),
  ),
  {
    id: "folders/create-is-not-told-back",
    says: "The key of the answer stands for a list with the new folder: the next FolderSync has nothing to tell.",
    spec: ["MS-ASCMD_R4571"],
    level: "MUST",
    needs,
    async run(device, t) {
      await t.makeFolder(device, 13);
      const { status, count } = await device.folderSync();
      t.equal("MS-ASCMD_R4571", [status, count], [1, 0], "Status and Count");
    },
  },
  {
    id: "folders/create-then-sync",
    says: "A folder that was just made can be synchronized under the id of the answer.",
    spec: ["MS-ASCMD_R3899"],
    level: "MUST",
    needs,
    async run(device, t) {
      const folder = await t.makeFolder(device, 14);
      const { status } = await device.sync(folder, { once: true });
      t.equal("MS-ASCMD_R3899", status, 1, "Status of its first Sync");
    },
  },
  {
    id: "folders/create-keeps-the-name",
    says: "The name is shown as it was given, with whatever characters it has.",
    spec: ["MS-ASCMD_R2192"],
    level: "MUST",
    needs,
    async run(device, t) {
      const name = `Änne's <${t.marker}> & "Töchter" 😀`;
      await t.makeFolder(device, 13, name);
      const names = (await t.device().folderSync()).added.map((folder) => folder.name);
      t.ok("MS-ASCMD_R2192", names.includes(name), "another device sees the name");
    },
  },
  {
    id: "folders/create-longest-name",
    says: "A name has up to 256 characters.",
    spec: ["MS-ASCMD_R2194"],
    level: "MUST",
    needs,
    async run(device, t) {
      const name = t.marker.padEnd(256, "x");
      await device.folderSync();
      const { status, id } = await device.changeFolder("FolderCreate", { ...whole(t), name });
      if (id !== undefined) t.removeFolderLater(device, id);
      t.equal("MS-ASCMD_R2194", status, 1, "Status");
    },
  },
  {
    id: "folders/create-in-any-order",
    says: "The parts of the request may come in any order.",
    spec: [],
    level: "MUST",
    needs,
    async run(device, t) {
      const { key = "" } = await device.folderSync();
      const reply = await device.send(
        "FolderCreate",
        element("FolderHierarchy:FolderCreate", [
          element("FolderHierarchy:Type", 13),
          element("FolderHierarchy:DisplayName", t.marker),
          element("FolderHierarchy:ParentId", "0"),
          element("FolderHierarchy:SyncKey", key),
        ]),
      );
      const { added } = await device.folderSync({ key: "0" });
      const made = added.find(({ name }) => name === t.marker);
      if (made) t.removeFolderLater(device, made.id);
      t.equal("", [reply.status, statusOf(reply), made?.name], [200, 1, t.marker], "HTTP status, Status, and the name");
    },
  },
  {
    id: "folders/create-lost-answer",
    says: "When the answer was lost, the same request has the same answer, and there is one folder.",
    spec: [],
    level: "SHOULD",
    needs,
    async run(device, t) {
      await device.folderSync();
      device.dropNext();
      await device.changeFolder("FolderCreate", whole(t)).catch(() => {});
      const first = await device.repeat();
      const second = await device.repeat();
      const { added } = await t.device().folderSync();
      const made = added.filter(({ name }) => name.includes(t.marker));
      for (const { id } of made) t.removeFolderLater(device, id);
      t.equal("", [statusOf(first), first.bytes.equals(second.bytes)], [1, true], "Status, and the same octets");
      t.equal("", made.length, 1, "folders of that name");
    },
  },
  {
    id: "folders/create-same-name-is-2",
    says: "A name that a folder of this parent has is Status 2, without a key and without an id.",
    spec: ["MS-ASCMD_R4012", "MS-ASCMD_R4013", "MS-ASCMD_R4570", "MS-ASCMD_R3904"],
    level: "MUST",
    needs,
    async run(device, t) {
      await t.makeFolder(device, 13);
      const { status, key, id } = await device.changeFolder("FolderCreate", whole(t));
      t.equal(["MS-ASCMD_R4012", "MS-ASCMD_R4013"], status, 2, "Status");
      t.equal("MS-ASCMD_R4570", key, undefined, "SyncKey");
      t.equal("MS-ASCMD_R3904", id, undefined, "ServerId");
    },
  },
  {
    id: "folders/create-same-name-of-another-class-is-2",
    says: "Folders of one parent have different names, whatever they hold.",
    spec: ["MS-ASCMD_R4013"],
    level: "MUST",
    needs,
    async run(device, t) {
      await t.makeFolder(device, 13);
      const { status } = await device.changeFolder("FolderCreate", { ...whole(t), type: 14 });
      t.equal("MS-ASCMD_R4013", status, 2, "Status");
    },
  },
  {
    id: "folders/create-key-stays-good-after-a-failure",
    says: "A request that fails takes no key away.",
    spec: ["MS-ASCMD_R4572"],
    level: "MUST",
    needs,
    async run(device, t) {
      await device.folderSync();
      await device.changeFolder("FolderCreate", { ...whole(t), parent: "nowhere" });
      const { status, id } = await device.changeFolder("FolderCreate", whole(t));
      if (id !== undefined) t.removeFolderLater(device, id);
      t.equal("MS-ASCMD_R4572", status, 1, "Status with the same key");
    },
  },
  refused(
    "unknown-parent-is-5",
    "A parent that is not there is Status 5.",
    ["MS-ASCMD_R4018", "MS-ASCMD_R4019"],
    (t) => ({ ...whole(t), parent: "no-such-folder" }),
    [5],
  ),
  {
    id: "folders/create-in-recipient-cache-is-3",
    says: "The recipient information cache takes no folders.",
    spec: ["MS-ASCMD_R5769", "MS-ASCMD_R4015", "MS-ASCMD_R4016"],
    level: "MUST",
    versions: since("14.1"),
    needs: hasCache,
    async run(device, t) {
      await device.folderSync();
      const { status } = await device.changeFolder("FolderCreate", { ...whole(t), parent: device.folder(19).id });
      t.equal(["MS-ASCMD_R5769", "MS-ASCMD_R4015", "MS-ASCMD_R4016"], status, 3, "Status");
    },
  },
  refused(
    "wrong-key-is-9",
    "A key that the server did not give out is Status 9.",
    ["MS-ASCMD_R4573", "MS-ASCMD_R4031"],
    (t) => ({ ...whole(t), key: "4711471147" }),
    [9],
  ),
  refused(
    "default-inbox-is-10",
    "Folder types 2 to 11 and 19 are the server's own: a client cannot make one.",
    ["MS-ASCMD_R4035", "MS-ASCMD_R4655"],
    (t) => ({ ...whole(t), type: 2 }),
    [10],
  ),
  refused(
    "default-calendar-is-10",
    "The default calendar cannot be made a second time.",
    ["MS-ASCMD_R4035", "MS-ASCMD_R4655"],
    (t) => ({ ...whole(t), type: 8 }),
    [10],
  ),
  refused(
    "recipient-cache-is-10",
    "The recipient information cache cannot be made by a client.",
    ["MS-ASCMD_R81", "MS-ASCMD_R4655"],
    (t) => ({ ...whole(t), type: 19 }),
    [10],
  ),
  refused(
    "unknown-type-is-10",
    "A type that there is not is malformed.",
    ["MS-ASCMD_R4654"],
    (t) => ({ ...whole(t), type: 99 }),
    [10],
  ),
  refused(
    "without-key-is-10",
    "The key is required.",
    ["MS-ASCMD_R4034"],
    (t) => ({ ...whole(t), key: undefined }),
    [10],
  ),
  refused(
    "without-parent-is-10",
    "The parent is required.",
    ["MS-ASCMD_R3617"],
    (t) => ({ ...whole(t), parent: undefined }),
    [10],
  ),
  refused(
    "without-name-is-10",
    "The name is required.",
    ["MS-ASCMD_R2191"],
    (t) => ({ ...whole(t), name: undefined }),
    [10],
  ),
  refused(
    "without-type-is-10",
    "The type is required.",
    ["MS-ASCMD_R4652"],
    (t) => ({ ...whole(t), type: undefined }),
    [10],
  ),
  refused(
    "empty-name-is-10",
    "A name has at least one character.",
    ["MS-ASCMD_R2194"],
    (t) => ({ ...whole(t), name: "" }),
    [10],
  ),
  refused(
    "overlong-name-is-10",
    "A name has at most 256 characters.",
    ["MS-ASCMD_R2194"],
    (t) => ({ ...whole(t), name: t.marker.padEnd(257, "x") }),
    [10],
  ),
  {
    id: "folders/create-of-another-document-is-10",
    says: "The top-level element is FolderCreate.",
    spec: ["MS-ASCMD_R3084"],
    level: "MUST",
    needs,
    async run(device, t) {
      const { key = "" } = await device.folderSync();
      const reply = await device.send(
        "FolderCreate",
        element("FolderHierarchy:FolderSync", [element("FolderHierarchy:SyncKey", key)]),
      );
      t.among("MS-ASCMD_R3084", [reply.status, statusOf(reply)], malformed, "HTTP status, Status");
    },
  },
];
