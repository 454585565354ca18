/** MoveItems: an item goes to another folder of its class, once, and every device is told. */
import { since, type Version } from "../../../src/schema/versions.ts";
import { childrenNamed, childText, type Element, element } from "../../../src/wire/element.ts";
import { statusOf } from "../../device/answers.ts";
import { type Device, type Folder, ResponseDropped } from "../../device/device.ts";
import { moveRequest } from "../../device/requests.ts";
import { type Case, commands, type FolderName, type Trial } from "../../runner/case.ts";
import { itemsWith } from "../../runner/trial.ts";
import { contact, event, note } from "../samples.ts";

const needs = commands("MoveItems", "FolderCreate", "FolderDelete");

/** Classes, the type of their other folders, and an item of each. */
const classes: readonly {
  readonly name: FolderName;
  readonly type: number;
  readonly versions?: Case["versions"];
  item(version: Version, marker: string): readonly Element[];
}[] = [
  { name: "Calendar", type: 13, item: event },
  { name: "Contacts", type: 14, item: (_version, marker) => contact(marker) },
  { name: "Tasks", type: 15, item: (_version, marker) => task(marker) },
  { name: "Notes", type: 17, versions: since("14.0"), item: (_version, marker) => note(marker) },
];

function task(marker: string): readonly Element[] {
  return [element("Tasks:Subject", marker), element("Tasks:Importance", 1), element("Tasks:Complete", 0)];
}

interface Scene {
  readonly source: Folder;
  readonly target: Folder;
  readonly id: string;
}

/** An event in the default calendar, and another calendar; both synced. */
async function scene(device: Device, t: Trial): Promise<Scene> {
  const source = await t.folder(device, "Calendar");
  const target = await t.makeFolder(device, 13);
  await device.sync(target);
  const { serverId } = await t.add(device, source, event(t.version, t.marker));
  return { source, target, id: serverId };
}

/** A request that moves nothing, and what it is answered. */
function refused(id: string, says: string, spec: string, status: number, asked: (scene: Scene) => Element): Case {
  return {
    id: `move-items/${id}`,
    says,
    spec: [spec, "MS-ASCMD_R4201"],
    level: "MUST",
    needs,
    async run(device, t) {
      const { source, target, ...rest } = await scene(device, t);
      const { body } = await device.send("MoveItems", asked({ source, target, ...rest }));
      const answers = body ? childrenNamed(body, "Move:Response").map((of) => childText(of, "Move:Status")) : [];
      t.equal([spec, "MS-ASCMD_R4201"], answers, [String(status)], "Status of the Response");
      await device.sync(source);
      await device.sync(target);
      t.equal("", itemsWith(device, source, t.marker).length, 1, "events where it was");
      t.equal("", itemsWith(device, target, t.marker).length, 0, "events where it was not moved to");
    },
  };
}

function oneMove(item: string, source: string, ...targets: readonly string[]): Element {
  return element("Move:MoveItems", [
    element("Move:Move", [
      element("Move:SrcMsgId", item),
      element("Move:SrcFldId", source),
      ...targets.map((target) => element("Move:DstFldId", target)),
    ]),
  ]);
}

export const moveItemsCases: readonly Case[] = [
  ...classes.map(
    ({ name, type, versions, item }): Case => ({
      id: `move-items/${name.toLowerCase()}`,
      says: "A moved item leaves its folder by a Delete and comes to the other one by an Add, under the id it was given.",
      spec: ["MS-ASCMD_R285", "MS-ASCMD_R289", "MS-ASCMD_R290", "MS-ASCMD_R3977", "MS-ASCMD_R4217"],
      level: "MUST",
      ...(versions ? { versions } : {}),
      needs,
      async run(device, t) {
        const source = await t.folder(device, name);
        const target = await t.makeFolder(device, type);
        await device.sync(target);
        const { serverId } = await t.add(device, source, item(t.version, t.marker));
        const { moves } = await device.moveItems(source, [serverId], target);
        t.equal(
          "MS-ASCMD_R4217",
          moves.map(({ status }) => status),
          [3],
          "Status",
        );
        t.equal("MS-ASCMD_R3977", moves[0]?.item, serverId, "SrcMsgId");
        const left = await device.sync(source);
        t.equal(
          "MS-ASCMD_R289",
          left.changes.map((change) => [change.kind, change.serverId]),
          [["Delete", serverId]],
          "changes of the folder it was in",
        );
        const came = await device.sync(target);
        t.equal(
          ["MS-ASCMD_R285", "MS-ASCMD_R289", "MS-ASCMD_R290"],
          came.changes.map((change) => [change.kind, change.serverId]),
          [["Add", moves[0]?.moved]],
          "changes of the folder it is in",
        );
      },
    }),
  ),
  {
    id: "move-items/several",
    says: "Each Move has a Response of its own, in the order of the request, and what fails does not stop the others.",
    spec: ["MS-ASCMD_R3822", "MS-ASCMD_R4200"],
    level: "MUST",
    needs,
    async run(device, t) {
      const { source, target, id } = await scene(device, t);
      const second = await t.add(device, source, event(t.version, `${t.marker}b`));
      const { moves } = await device.moveItems(source, [id, "no-such-item", second.serverId], target);
      t.equal(
        ["MS-ASCMD_R3822", "MS-ASCMD_R4200"],
        moves.map(({ item, status }) => [item, status]),
        [
          [id, 3],
          ["no-such-item", 1],
          [second.serverId, 3],
        ],
        "items and their Status",
      );
      await device.sync(target);
      t.equal("", itemsWith(device, target, t.marker).length, 2, "events that came");
    },
  },
  refused("no-such-item", "An item that is not in the source folder: Status 1.", "MS-ASCMD_R4206", 1, (at) =>
    oneMove("no-such-item", at.source.id, at.target.id),
  ),
  refused("no-such-source", "A source folder that there is not: Status 1.", "MS-ASCMD_R4207", 1, (at) =>
    oneMove(at.id, "no-such-folder", at.target.id),
  ),
  refused("no-such-target", "A destination that there is not: Status 2.", "MS-ASCMD_R4212", 2, (at) =>
    oneMove(at.id, at.source.id, "no-such-folder"),
  ),
  refused("same-folder", "Source and destination are the same: Status 4.", "MS-ASCMD_R4219", 4, (at) =>
    oneMove(at.id, at.source.id, at.source.id),
  ),
  refused("two-targets", "More than one destination for an item: Status 5.", "MS-ASCMD_R4222", 5, (at) =>
    oneMove(at.id, at.source.id, at.target.id, at.source.id),
  ),
  {
    id: "move-items/moved-before",
    says: "An item that was moved out of the folder before cannot be moved out of it to another one: Status 1.",
    spec: ["MS-ASCMD_R4208"],
    level: "MUST",
    needs,
    async run(device, t) {
      const { source, target, id } = await scene(device, t);
      const third = await t.makeFolder(device, 13, `${t.marker} third`);
      await device.moveItems(source, [id], target);
      await device.sync(source);
      await device.sync(source);
      const { moves } = await device.moveItems(source, [id], third);
      t.equal(
        "MS-ASCMD_R4208",
        moves.map(({ status }) => status),
        [1],
        "Status",
      );
    },
  },
  {
    id: "move-items/too-many",
    says: "More than 1000 moves in one request: Status 103.",
    spec: ["MS-ASCMD_R5653"],
    level: "MUST",
    versions: since("14.0"),
    needs,
    async run(device, t) {
      const { source, target } = await scene(device, t);
      const ids = Array.from({ length: 1001 }, (_, at) => `no-such-item-${at}`);
      const reply = await device.send("MoveItems", moveRequest(ids, source.id, target.id));
      t.equal("MS-ASCMD_R5653", statusOf(reply), 103, "Status");
    },
  },
  {
    id: "move-items/lost-answer",
    says: "A move whose answer was lost is asked for again: it succeeds under the same id, and there is one item.",
    spec: [],
    level: "MUST",
    needs,
    async run(device, t) {
      const { source, target, id } = await scene(device, t);
      device.dropNext();
      const isLost = await device.moveItems(source, [id], target).then(
        () => false,
        (error: unknown) => error instanceof ResponseDropped,
      );
      t.given(isLost, "the answer is lost");
      const { moves } = await device.moveItems(source, [id], target);
      t.equal(
        "",
        moves.map(({ status }) => status),
        [3],
        "Status",
      );
      await device.sync(source);
      await device.sync(target);
      t.equal("", itemsWith(device, source, t.marker).length, 0, "events where it was");
      t.equal(
        "",
        itemsWith(device, target, t.marker).map(({ serverId }) => serverId),
        [moves[0]?.moved],
        "events where it is",
      );
    },
  },
  {
    id: "move-items/keys-stay",
    says: "A move leaves the keys of both folders as they are: an edit in the source goes on under its key.",
    spec: [],
    level: "MUST",
    needs,
    async run(device, t) {
      const { source, target, id } = await scene(device, t);
      const stays = await t.add(device, source, event(t.version, `${t.marker}stays`));
      const before = [device.key(source), device.key(target)];
      await device.moveItems(source, [id], target);
      t.equal("", [device.key(source), device.key(target)], before, "keys");
      const data = event(t.version, `${t.marker}stays`, { BusyStatus: "0" });
      t.equal("", (await device.change(source, stays.serverId, data)).status, 1, "Status of an edit beside it");
    },
  },
  {
    id: "move-items/told-to-others",
    says: "Another device of the user sees the item where it was moved to, and not where it was.",
    spec: ["MS-ASCMD_R289"],
    level: "MUST",
    needs,
    async run(device, t) {
      const { source, target, id } = await scene(device, t);
      const other = t.device();
      await other.folderSync();
      const [from, to] = [other.folder(source.id), other.folder(target.id)];
      for (const folder of [from, to]) await other.sync(folder, { window: 512 });
      await device.moveItems(source, [id], target);
      for (const folder of [from, to]) await other.sync(folder, { window: 512 });
      t.equal("MS-ASCMD_R289", itemsWith(other, from, t.marker).length, 0, "events where it was");
      t.equal("MS-ASCMD_R289", itemsWith(other, to, t.marker).length, 1, "events where it is");
    },
  },
];
