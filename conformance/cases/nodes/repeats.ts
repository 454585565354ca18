/** Nodes: requests that come again at another address, because an answer was lost. */
import { type CollectionAnswer, readHierarchy, readSync } from "../../device/answers.ts";
import { type Device, ResponseDropped } from "../../device/device.ts";
import type { Command } from "../../device/requests.ts";
import type { Case } from "../../runner/case.ts";
import { addMany, elsewhere } from "../others.ts";
import { contact, event, only, valueOf } from "../samples.ts";

/** Repeats the last request, which was a Sync of one collection. */
async function repeated(device: Device): Promise<CollectionAnswer | undefined> {
  return readSync(await device.repeat()).collections[0];
}

function idsOf(answer: Pick<CollectionAnswer, "changes"> | undefined): readonly string[] | undefined {
  return answer?.changes.map(({ serverId }) => serverId).toSorted();
}

export const nodeRepeatCases: readonly Case[] = [
  {
    id: "nodes/repeated-add-has-the-same-result",
    says: "An Add that is sent again to another address gets the same result: one item, one id.",
    spec: ["MS-ASCMD_R5122", "MS-ASCMD_R957"],
    level: "MUST",
    async run(device, t) {
      const folder = await t.folder(device, "Contacts");
      const commands = [{ kind: "Add" as const, clientId: "1", data: contact(t.marker) }];
      const first = await device.sync(folder, { once: true, commands });
      const again = await repeated(device);
      const [one, two] = [first.results[0]?.serverId, again?.results[0]?.serverId];
      if (one !== undefined) t.removeLater(device, folder, one);
      t.equal("MS-ASCMD_R5122", again?.status, 1, "Status of the repeat");
      t.equal("MS-ASCMD_R957", two, one, "ServerId of the repeat");
      t.equal("MS-ASCMD_R5122", (await t.observe("Contacts")).length, 1, "items with the marker");
      t.equal("", (await device.sync(folder, { once: true, window: 512 })).changes.length, 0, "changes afterwards");
    },
  },
  {
    id: "nodes/lost-add-is-made-once",
    says: "The phone hangs up before it reads the answer, and sends the same to another address: one item.",
    spec: ["MS-ASCMD_R5122"],
    level: "MUST",
    async run(device, t) {
      const folder = await t.folder(device, "Calendar");
      device.dropNext();
      const lost = await device.add(folder, event(t.version, t.marker)).catch((error: unknown) => error);
      t.given(lost instanceof ResponseDropped, "the answer was dropped");
      const again = await repeated(device);
      const id = again?.results[0]?.serverId;
      if (id !== undefined) t.removeLater(device, folder, id);
      t.equal("MS-ASCMD_R5122", [again?.status, again?.results[0]?.status], [1, 1], "Status, and Status of the Add");
      t.equal("MS-ASCMD_R5122", (await t.observe("Calendar")).length, 1, "items with the marker");
    },
  },
  {
    id: "nodes/repeated-again-and-again",
    says: "The fourth time is as the first: the same result from every address, and one item.",
    spec: ["MS-ASCMD_R5122", "MS-ASCMD_R957"],
    level: "MUST",
    async run(device, t) {
      const folder = await t.folder(device, "Contacts");
      const { serverId } = await t.add(device, folder, contact(t.marker), { once: true });
      for (const _time of ["second", "third", "fourth"]) {
        const again = await repeated(device);
        t.equal("MS-ASCMD_R5122", again?.status, 1, "Status of the repeat");
        t.equal("MS-ASCMD_R957", again?.results[0]?.serverId, serverId, "ServerId of the repeat");
      }
      t.equal("MS-ASCMD_R5122", (await t.observe("Contacts")).length, 1, "items with the marker");
      t.equal("", (await device.sync(folder, { once: true, window: 512 })).status, 1, "Status of the next Sync");
    },
  },
  {
    id: "nodes/repeated-change-is-no-conflict",
    says: "A Change that is repeated at another address is neither refused nor takes anything back.",
    spec: ["MS-ASCMD_R5122"],
    level: "MUST",
    async run(device, t) {
      const folder = await t.folder(device, "Contacts");
      const { serverId } = await t.add(device, folder, contact(t.marker));
      await device.change(folder, serverId, contact(t.marker, { FirstName: "Berta" }));
      for (const _node of t.nodes) {
        const again = await repeated(device);
        t.equal("MS-ASCMD_R5122", again?.results ?? [], [], "results of the repeat");
      }
      const seen = only(await t.observe("Contacts"));
      t.equal("", seen && valueOf(seen.data, "Contacts:FirstName"), "Berta", "FirstName");
    },
  },
  {
    id: "nodes/repeated-change-takes-nothing-back",
    says: "A Change that is repeated after somebody else changed the item does not undo that.",
    spec: ["MS-ASCMD_R5122"],
    level: "MUST",
    async run(device, t) {
      const folder = await t.folder(device, "Contacts");
      const { serverId } = await t.add(device, folder, contact(t.marker));
      await device.change(folder, serverId, contact(t.marker, { FirstName: "Berta" }));
      const { other, theirs, id } = await elsewhere(t);
      const theirStatus = (await other.change(theirs, id, contact(t.marker, { FirstName: "Carla" }))).status;
      t.given(theirStatus === 1, "another device changes the item");
      await device.repeat();
      const seen = only(await t.observe("Contacts"));
      t.equal("MS-ASCMD_R5122", seen && valueOf(seen.data, "Contacts:FirstName"), "Carla", "FirstName on the server");
      await device.sync(folder, { window: 512 });
      const mine = device.items(folder).get(serverId);
      t.equal("", mine && valueOf(mine.data, "Contacts:FirstName"), "Carla", "FirstName on the phone");
    },
  },
  {
    id: "nodes/repeated-delete-is-done-once",
    says: "A Delete that is repeated at another address is not answered with an error.",
    spec: ["MS-ASCMD_R5122"],
    level: "MUST",
    async run(device, t) {
      const folder = await t.folder(device, "Contacts");
      const { serverId } = await device.add(folder, contact(t.marker));
      await device.remove(folder, serverId);
      for (const _node of t.nodes)
        t.equal("MS-ASCMD_R5122", (await repeated(device))?.results ?? [], [], "results of the repeat");
      t.equal("", (await t.observe("Contacts")).length, 0, "items with the marker");
    },
  },
  {
    id: "nodes/three-commands-are-repeated-together",
    says: "An Add, a Change and a Delete in one request, sent again to another address, are each done once.",
    spec: ["MS-ASCMD_R5122", "MS-ASCMD_R957"],
    level: "MUST",
    async run(device, t) {
      const folder = await t.folder(device, "Contacts");
      const kept = await t.add(device, folder, contact(t.marker, { FirstName: "Anna" }));
      const gone = await device.add(folder, contact(t.marker, { FirstName: "Berta" }));
      const commands: readonly Command[] = [
        { kind: "Add", clientId: "new", data: contact(t.marker, { FirstName: "Carla" }) },
        { kind: "Change", serverId: kept.serverId, data: contact(t.marker, { FirstName: "Doris" }) },
        { kind: "Delete", serverId: gone.serverId },
      ];
      const first = await device.sync(folder, { once: true, commands });
      const made = t.found(first.results[0]?.serverId, "the Add is taken");
      t.removeLater(device, folder, made);
      const again = await repeated(device);
      const told = again?.results.map(({ kind, status, serverId }) => `${kind} ${status} ${serverId}`);
      t.equal(["MS-ASCMD_R5122", "MS-ASCMD_R957"], told, [`Add 1 ${made}`], "results of the repeat");
      const names = (await t.observe("Contacts")).map(({ data }) => valueOf(data, "Contacts:FirstName") ?? "");
      t.equal("MS-ASCMD_R5122", names.toSorted(), ["Carla", "Doris"], "contacts");
    },
  },
  {
    id: "nodes/lost-folder-list-comes-again",
    says: "A folder list whose answer was lost is sent again by another address, and its key goes on from there.",
    spec: ["MS-ASCMD_R5008", "MS-ASCMD_R2120"],
    level: "MUST",
    async run(_device, t) {
      const device = t.device({ polite: false });
      const first = await device.folderSync({ key: "0" });
      const again = readHierarchy(await device.repeat());
      t.equal("MS-ASCMD_R5008", [again.status, again.added.length], [1, first.added.length], "Status, and folders");
      const next = await device.folderSync();
      t.equal("MS-ASCMD_R2120", [next.status, next.count], [1, 0], "Status, and Count afterwards");
    },
  },
  {
    id: "nodes/lost-first-answer",
    says: "When the answer to key 0 was lost, another address answers key 0 again, and its key brings the items.",
    spec: ["MS-ASCMD_R648", "MS-ASCMD_R4602"],
    level: "MUST",
    async run(device, t) {
      await addMany(t, 2);
      await device.folderSync();
      const folder = device.folder("Contacts");
      device.dropNext();
      await device.sync(folder, { once: true }).catch(() => undefined);
      const again = await repeated(device);
      t.equal("MS-ASCMD_R648", [again?.status, again?.changes.length], [1, 0], "Status, and items");
      await device.sync(folder, { window: 512 });
      const mine = [...device.items(folder).values()].filter(
        ({ data }) => valueOf(data, "Contacts:LastName") === t.marker,
      );
      t.equal("MS-ASCMD_R4602", mine.length, 2, "items with the marker");
    },
  },
  {
    id: "nodes/lost-first-window-comes-again",
    says: "The first items, whose answer was lost, are sent by another address, and the windows go on after them.",
    spec: ["MS-ASCMD_R5122", "MS-ASCMD_R3456"],
    level: "MUST",
    async run(device, t) {
      const other = t.device();
      await addMany(t, 5, other);
      const theirs = other.folder("Contacts");
      await other.sync(theirs, { window: 512 });
      await device.folderSync();
      const folder = device.folder("Contacts");
      await device.sync(folder, { once: true });
      const first = await device.sync(folder, { once: true, window: 2 });
      const again = await repeated(device);
      t.equal("MS-ASCMD_R5122", idsOf(again), idsOf(first), "ids in the repeat");
      const rest = await device.sync(folder, { window: 2 });
      t.equal("MS-ASCMD_R3456", first.changes.length + rest.changes.length, other.items(theirs).size, "items in all");
    },
  },
  {
    id: "nodes/lost-window-in-the-middle",
    says: "A window in the middle that was lost is sent again by another address: every item once in the end.",
    spec: ["MS-ASCMD_R5122", "MS-ASCMD_R3451", "MS-ASCMD_R3456"],
    level: "MUST",
    async run(device, t) {
      const folder = await t.folder(device, "Contacts");
      await addMany(t, 5);
      const first = await device.sync(folder, { once: true, window: 2 });
      const second = await device.sync(folder, { once: true, window: 2 });
      t.equal("MS-ASCMD_R3451", [first.more, second.more], [true, true], "MoreAvailable in both");
      for (const _node of t.nodes) {
        const again = await repeated(device);
        t.equal("MS-ASCMD_R5122", idsOf(again), idsOf(second), "ids in the repeat");
        t.equal("MS-ASCMD_R3451", again?.more, true, "MoreAvailable in the repeat");
      }
      const third = await device.sync(folder, { once: true, window: 2 });
      const ids = [first, second, third].flatMap(({ changes }) => changes.map(({ serverId }) => serverId));
      t.equal(
        "MS-ASCMD_R3456",
        [ids.length, new Set(ids).size, third.more],
        [5, 5, false],
        "items, different, and more",
      );
    },
  },
  {
    id: "nodes/lost-changes-come-beside-a-command",
    says: "After lost changes a phone sends an Add of its own under the key it has: result and changes come together.",
    spec: ["MS-ASCMD_R5122", "MS-ASCMD_R957"],
    level: "MUST",
    async run(device, t) {
      const folder = await t.folder(device, "Contacts");
      await addMany(t, 2);
      const key = device.key(folder);
      const lost = await device.sync(folder, { once: true, window: 512 });
      const commands = [{ kind: "Add" as const, clientId: "mine", data: contact(t.marker) }];
      const both = await device.sync(folder, { key, window: 512, commands });
      const made = both.results[0]?.serverId;
      if (made !== undefined) t.removeLater(device, folder, made);
      t.equal("MS-ASCMD_R5122", [both.status, idsOf(both)], [1, idsOf(lost)], "Status, and ids of the changes");
      t.equal("MS-ASCMD_R957", [both.results[0]?.clientId, both.results[0]?.status], ["mine", 1], "the result");
      t.equal("MS-ASCMD_R5122", (await t.observe("Contacts")).length, 3, "items with the marker");
      t.equal("", (await device.sync(folder, { once: true, window: 512 })).changes.length, 0, "changes afterwards");
    },
  },
  {
    id: "nodes/lost-answer-then-more",
    says: "A lost Add that is sent to another address again, beside a new one: two items, not three.",
    spec: ["MS-ASCMD_R5122", "MS-ASCMD_R957"],
    level: "MUST",
    async run(device, t) {
      const folder = await t.folder(device, "Contacts");
      const key = device.key(folder);
      const one = { kind: "Add" as const, clientId: "1", data: contact(t.marker, { FirstName: "Anna" }) };
      const two = { kind: "Add" as const, clientId: "2", data: contact(t.marker, { FirstName: "Berta" }) };
      const first = await device.sync(folder, { once: true, commands: [one] });
      const both = await device.sync(folder, { key, commands: [one, two] });
      for (const { serverId } of both.results) if (serverId !== undefined) t.removeLater(device, folder, serverId);
      const ids = new Map(both.results.map(({ clientId, serverId }) => [clientId, serverId]));
      t.equal("MS-ASCMD_R5122", both.status, 1, "Status under the key from before");
      t.equal("MS-ASCMD_R957", ids.get("1"), first.results[0]?.serverId, "ServerId of the repeated Add");
      t.equal("MS-ASCMD_R5122", (await t.observe("Contacts")).length, 2, "items with the marker");
    },
  },
  {
    id: "nodes/lost-delete-beside-a-change",
    says: "A lost Delete that comes again beside a Change of another item: the one is gone, the other changed, no error.",
    spec: ["MS-ASCMD_R5122"],
    level: "MUST",
    async run(device, t) {
      const folder = await t.folder(device, "Contacts");
      const gone = await device.add(folder, contact(t.marker, { FirstName: "Anna" }));
      const kept = await t.add(device, folder, contact(t.marker, { FirstName: "Berta" }));
      const key = device.key(folder);
      const removal = { kind: "Delete" as const, serverId: gone.serverId };
      const data = contact(t.marker, { FirstName: "Carla" });
      await device.sync(folder, { once: true, commands: [removal] });
      const commands = [removal, { kind: "Change" as const, serverId: kept.serverId, data }];
      const { status, results } = await device.sync(folder, { key, commands });
      t.equal("MS-ASCMD_R5122", [status, results], [1, []], "Status, and results");
      const names = (await t.observe("Contacts")).map((item) => valueOf(item.data, "Contacts:FirstName"));
      t.equal("", names, ["Carla"], "contacts");
    },
  },
];
