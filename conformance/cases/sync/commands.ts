/** Sync: what the phone does to items, its results, repeats and conflicts. */
import { atLeast } from "../../../src/schema/versions.ts";
import { readSync } from "../../device/answers.ts";
import { ResponseDropped } from "../../device/device.ts";
import { syncRequest } from "../../device/requests.ts";
import type { Case } from "../../runner/case.ts";
import { contact, contactFields, event, eventFields, only, valueOf } from "../samples.ts";

export const commandCases: readonly Case[] = [
  {
    id: "sync/add-tells-the-new-id",
    says: "An Add is answered with its ClientId, the new ServerId and Status 1, without Class.",
    spec: ["MS-ASCMD_R957", "MS-ASCMD_R759", "MS-ASCMD_R942"],
    level: "MUST",
    async run(device, t) {
      const folder = await t.folder(device, "Contacts");
      const { result, serverId } = await t.add(device, folder, contact(t.marker), { clientId: "mine-1" });
      t.equal("MS-ASCMD_R759", result?.status, 1, "Status");
      t.equal("MS-ASCMD_R957", result?.clientId, "mine-1", "ClientId");
      t.ok("MS-ASCMD_R957", serverId !== "" && serverId.length <= 64, "there is a ServerId of at most 64 characters");
      t.ok("MS-ASCMD_R942", !JSON.stringify(result).includes("Class"), "no Class");
      t.equal("", (await t.observe("Contacts")).length, 1, "items with the marker, as another device sees them");
    },
  },
  {
    id: "sync/several-adds-in-one-request",
    says: "Of several Adds in one request each is answered for itself.",
    spec: ["MS-ASCMD_R957"],
    level: "MUST",
    async run(device, t) {
      const folder = await t.folder(device, "Contacts");
      const commands = ["a", "b", "c"].map((clientId) => ({
        kind: "Add" as const,
        clientId,
        data: contact(t.marker, { FirstName: clientId }),
      }));
      const { results } = await device.sync(folder, { commands });
      for (const { serverId } of results) if (serverId !== undefined) t.removeLater(device, folder, serverId);
      t.equal(
        "MS-ASCMD_R957",
        results.map(({ clientId, status }) => `${clientId} ${status}`).toSorted(),
        ["a 1", "b 1", "c 1"],
        "results",
      );
      t.equal("", new Set(results.map(({ serverId }) => serverId)).size, 3, "different ids");
    },
  },
  {
    id: "sync/one-client-id-in-two-requests",
    says: "A ClientId is unique in its request only: used again in the next, it makes another item.",
    spec: ["MS-ASCMD_R961"],
    level: "MUST",
    async run(device, t) {
      const folder = await t.folder(device, "Contacts");
      const one = await t.add(device, folder, contact(t.marker, { FirstName: "Anna" }), { clientId: "1" });
      const two = await t.add(device, folder, contact(t.marker, { FirstName: "Berta" }), { clientId: "1" });
      t.ok("MS-ASCMD_R961", one.serverId !== two.serverId, "two ids");
      t.equal("MS-ASCMD_R961", (await t.observe("Contacts")).length, 2, "items with the marker");
    },
  },
  {
    id: "sync/change-that-works-is-silent",
    says: "A Change that was taken is not answered for; another device sees it.",
    spec: ["MS-ASCMD_R6234", "MS-ASCMD_R3834"],
    level: "MUST",
    async run(device, t) {
      const folder = await t.folder(device, "Contacts");
      const { serverId } = await t.add(device, folder, contact(t.marker));
      const { status, result } = await device.change(folder, serverId, contact(t.marker, { FirstName: "Berta" }));
      t.equal("", status, 1, "Status");
      t.equal(["MS-ASCMD_R6234", "MS-ASCMD_R3834"], result, undefined, "result");
      const seen = only(await t.observe("Contacts"));
      t.equal("", seen && valueOf(seen.data, "Contacts:FirstName"), "Berta", "FirstName, as another device sees it");
    },
  },
  {
    id: "sync/change-comes-as-change",
    says: "An item that another device changed comes as Change, under the id it has.",
    spec: ["MS-ASCMD_R1147"],
    level: "MUST",
    async run(device, t) {
      const folder = await t.folder(device, "Contacts");
      const { serverId } = await t.add(device, folder, contact(t.marker));
      const other = t.device();
      const theirs = await t.folder(other, "Contacts");
      const same = t.found(
        [...other.items(theirs).values()].find(({ data }) => valueOf(data, "Contacts:LastName") === t.marker),
        "another device sees it",
      );
      await other.change(theirs, same.serverId, contact(t.marker, { FirstName: "Berta" }));
      const { changes } = await device.sync(folder, { window: 512 });
      t.equal(
        "MS-ASCMD_R1147",
        changes.map(({ kind, serverId: id }) => `${kind} ${id}`),
        [`Change ${serverId}`],
        "changes",
      );
    },
  },
  {
    id: "sync/own-changes-do-not-come-back",
    says: "What a device did itself is not sent to it as a change.",
    spec: [],
    level: "SHOULD",
    async run(device, t) {
      const folder = await t.folder(device, "Contacts");
      const { serverId, sync } = await t.add(device, folder, contact(t.marker));
      const changed = await device.change(folder, serverId, contact(t.marker, { FirstName: "Berta" }));
      const { changes } = await device.sync(folder, { window: 512 });
      t.equal("", [sync, changed.sync].flatMap((one) => one.changes).length, 0, "changes in the answers to its own");
      t.equal("", changes.length, 0, "changes afterwards");
    },
  },
  {
    id: "sync/delete-reaches-other-devices",
    says: "An item that was deleted is deleted on the other devices.",
    spec: ["MS-ASCMD_R6413", "MS-ASCMD_R1490"],
    level: "MUST",
    async run(device, t) {
      const folder = await t.folder(device, "Contacts");
      const { serverId } = await device.add(folder, contact(t.marker));
      t.equal("", (await t.observe("Contacts")).length, 1, "items with the marker before");
      const { status, result } = await device.remove(folder, serverId);
      t.equal("MS-ASCMD_R6413", [status, result], [1, undefined], "Status, and no result");
      t.equal("MS-ASCMD_R1490", (await t.observe("Contacts")).length, 0, "items with the marker after");
    },
  },
  {
    id: "sync/change-of-an-unknown-item-is-8",
    says: "A Change of an item that does not exist is answered with Status 8.",
    spec: ["MS-ASCMD_R4447", "MS-ASCMD_R6234"],
    level: "MUST",
    async run(device, t) {
      const folder = await t.folder(device, "Contacts");
      const { status } = await device.change(folder, `${folder.id}:no${t.marker}`, contact(t.marker));
      t.equal(["MS-ASCMD_R4447", "MS-ASCMD_R6234"], status, 8, "Status");
    },
  },
  {
    id: "sync/delete-of-an-unknown-item-is-8",
    says: "A Delete of an item that does not exist is answered with Status 8.",
    spec: ["MS-ASCMD_R6413"],
    level: "MUST",
    async run(device, t) {
      const folder = await t.folder(device, "Contacts");
      const { status } = await device.remove(folder, `${folder.id}:no${t.marker}`);
      t.equal("MS-ASCMD_R6413", status, 8, "Status");
    },
  },
  {
    id: "sync/one-bad-item-does-not-stop-the-others",
    says: "Of two Adds, the malformed one gets Status 6 and the sound one its id.",
    spec: ["MS-ASCMD_R4440"],
    level: "MUST",
    async run(device, t) {
      const folder = await t.folder(device, "Calendar");
      const bad = event(t.version, t.marker, { StartTime: "yesterday", EndTime: "20310305T110000Z" });
      const good = event(t.version, t.marker, atLeast(t.version, "16.0") ? {} : { UID: `good-${t.marker}` });
      const { results } = await device.sync(folder, {
        commands: [
          { kind: "Add", clientId: "bad", data: bad },
          { kind: "Add", clientId: "good", data: good },
        ],
      });
      for (const { serverId } of results) if (serverId !== undefined) t.removeLater(device, folder, serverId);
      const statusOf = (id: string) => results.find(({ clientId }) => clientId === id)?.status;
      t.equal("MS-ASCMD_R4440", statusOf("bad"), 6, "Status of the malformed one");
      t.equal("", statusOf("good"), 1, "Status of the sound one");
    },
  },
  {
    id: "sync/more-than-200-commands-is-4",
    says: "More than 200 commands in one request are answered with Status 4, and none is executed.",
    spec: ["MS-ASCMD_R5659"],
    level: "MUST",
    async run(device, t) {
      const folder = await t.folder(device, "Contacts");
      const commands = Array.from({ length: 201 }, (_, index) => ({
        kind: "Delete" as const,
        serverId: `${folder.id}:${t.marker}${index}`,
      }));
      const { status } = await device.sync(folder, { once: true, commands });
      t.equal("MS-ASCMD_R5659", status, 4, "Status");
    },
  },
  {
    id: "sync/repeated-request-has-the-same-result",
    says: "A request whose answer was lost is sent again and gets the same result: one item, one id.",
    spec: ["MS-ASCMD_R5122", "MS-ASCMD_R957"],
    level: "MUST",
    async run(device, t) {
      const folder = await t.folder(device, "Contacts");
      const commands = [{ kind: "Add" as const, clientId: "1", data: contact(t.marker) }];
      const first = await device.sync(folder, { once: true, commands });
      const again = readSync(await device.repeat()).collections[0];
      const [one, two] = [first.results[0]?.serverId, again?.results[0]?.serverId];
      if (one !== undefined) t.removeLater(device, folder, one);
      t.equal("MS-ASCMD_R5122", again?.status, 1, "Status of the repeat");
      t.equal("MS-ASCMD_R957", two, one, "ServerId of the repeat");
      t.equal("MS-ASCMD_R5122", (await t.observe("Contacts")).length, 1, "items with the marker");
    },
  },
  {
    id: "sync/lost-answer-is-sent-again",
    says: "The phone hangs up before it reads the answer; the repeat makes no second item.",
    spec: ["MS-ASCMD_R5122"],
    level: "MUST",
    async run(device, t) {
      const folder = await t.folder(device, "Contacts");
      device.dropNext();
      const lost = await device.add(folder, contact(t.marker)).catch((error: unknown) => error);
      t.given(lost instanceof ResponseDropped, "the answer was dropped");
      const again = readSync(await device.repeat()).collections[0];
      const id = again?.results[0]?.serverId;
      if (id !== undefined) t.removeLater(device, folder, id);
      t.equal("MS-ASCMD_R5122", [again?.status, again?.results[0]?.status], [1, 1], "Status, and Status of the Add");
      t.equal("MS-ASCMD_R5122", (await t.observe("Contacts")).length, 1, "items with the marker");
      t.equal("", (await device.sync(folder, { window: 512 })).status, 1, "Status of the next Sync");
    },
  },
  {
    id: "sync/repeated-change-is-no-conflict",
    says: "A Change that is repeated after its answer was lost is neither refused nor done twice.",
    spec: ["MS-ASCMD_R5122"],
    level: "MUST",
    async run(device, t) {
      const folder = await t.folder(device, "Contacts");
      const { serverId } = await t.add(device, folder, contact(t.marker));
      await device.change(folder, serverId, contact(t.marker, { FirstName: "Berta" }));
      const again = readSync(await device.repeat());
      t.equal("MS-ASCMD_R5122", again.collections[0]?.results ?? [], [], "results of the repeat");
      const seen = only(await t.observe("Contacts"));
      t.equal("", seen && valueOf(seen.data, "Contacts:FirstName"), "Berta", "FirstName");
    },
  },
  {
    id: "sync/repeated-delete-is-done-once",
    says: "A Delete that is repeated after its answer was lost is not answered with an error.",
    spec: ["MS-ASCMD_R5122"],
    level: "MUST",
    async run(device, t) {
      const folder = await t.folder(device, "Contacts");
      const { serverId } = await device.add(folder, contact(t.marker));
      await device.remove(folder, serverId);
      const again = readSync(await device.repeat());
      t.equal("MS-ASCMD_R5122", again.collections[0]?.results ?? [], [], "results of the repeat");
      t.equal("", (await t.observe("Contacts")).length, 0, "items with the marker");
    },
  },
  {
    id: "sync/lost-changes-come-again",
    says: "When the answer with the server's changes was lost, the repeat brings them.",
    spec: ["MS-ASCMD_R5122"],
    level: "MUST",
    async run(device, t) {
      const folder = await t.folder(device, "Contacts");
      const other = t.device();
      await t.add(other, await t.folder(other, "Contacts"), contact(t.marker));
      const first = await device.sync(folder, { once: true, window: 512 });
      const again = readSync(await device.repeat()).collections[0];
      t.equal(
        "MS-ASCMD_R5122",
        again?.changes.map(({ serverId }) => serverId),
        first.changes.map(({ serverId }) => serverId),
        "ids",
      );
      t.equal("", (await device.sync(folder, { window: 512 })).changes.length, 0, "changes after both");
    },
  },
  {
    id: "sync/one-request-twice-at-once",
    says: "A request that arrives twice at the same moment, as proxies and impatient phones have it, is executed once.",
    spec: ["MS-ASCMD_R5122"],
    level: "MUST",
    async run(device, t) {
      const folder = await t.folder(device, "Contacts");
      const commands = [{ kind: "Add" as const, clientId: "1", data: contact(t.marker) }];
      const request = { id: folder.id, key: device.key(folder), class: "Contacts", commands };
      const document = syncRequest(t.version, [request]);
      const replies = await Promise.all([device.send("Sync", document), device.send("Sync", document)]);
      const ids = replies.flatMap((reply) => readSync(reply).collections[0]?.results[0]?.serverId ?? []);
      for (const id of new Set(ids)) t.removeLater(device, folder, id);
      t.equal("MS-ASCMD_R5122", (await t.observe("Contacts")).length, 1, "items with the marker");
      t.equal("", new Set(ids).size, 1, "different ids");
    },
  },
  {
    id: "sync/lost-answer-then-more",
    says: "After a lost answer a phone sends its Add again beside a new one, under the key it has: two items, not three.",
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
    id: "sync/conflict-server-wins-by-default",
    says: "Without Conflict, the server's version of an item stays: the phone's Change gets Status 7 and the item comes back.",
    spec: ["MS-ASCMD_R2066", "MS-ASCMD_R2069"],
    level: "MUST",
    async run(device, t) {
      const folder = await t.folder(device, "Contacts");
      const { serverId } = await t.add(device, folder, contact(t.marker));
      const other = t.device();
      const theirs = await t.folder(other, "Contacts");
      const same = t.found(
        [...other.items(theirs).values()].find(({ data }) => valueOf(data, "Contacts:LastName") === t.marker),
        "another device sees the item",
      );
      await other.change(theirs, same.serverId, contact(t.marker, { FirstName: "Server" }));
      const { status } = await device.change(folder, serverId, contact(t.marker, { FirstName: "Client" }));
      t.equal("MS-ASCMD_R2069", status, 7, "Status of the Change");
      await device.sync(folder, { window: 512 });
      const mine = device.items(folder).get(serverId);
      t.equal("MS-ASCMD_R2066", mine && valueOf(mine.data, "Contacts:FirstName"), "Server", "FirstName on the phone");
      const seen = only(await t.observe("Contacts"));
      t.equal("MS-ASCMD_R2066", seen && valueOf(seen.data, "Contacts:FirstName"), "Server", "FirstName on the server");
    },
  },
  {
    id: "sync/conflict-1-server-wins",
    says: "With Conflict 1 the server's version stays and the phone's Change gets Status 7.",
    spec: ["MS-ASCMD_R2068", "MS-ASCMD_R2069"],
    level: "MUST",
    async run(device, t) {
      const folder = await t.folder(device, "Contacts");
      const { serverId } = await t.add(device, folder, contact(t.marker));
      const other = t.device();
      const theirs = await t.folder(other, "Contacts");
      const same = t.found(
        [...other.items(theirs).values()].find(({ data }) => valueOf(data, "Contacts:LastName") === t.marker),
        "another device sees the item",
      );
      await other.change(theirs, same.serverId, contact(t.marker, { FirstName: "Server" }));
      const { status } = await device.change(folder, serverId, contact(t.marker, { FirstName: "Client" }), {
        conflict: 1,
      });
      t.equal(["MS-ASCMD_R2068", "MS-ASCMD_R2069"], status, 7, "Status of the Change");
    },
  },
  {
    id: "sync/conflict-0-client-wins",
    says: "With Conflict 0 the phone's version replaces the server's.",
    spec: ["MS-ASCMD_R2067"],
    level: "MUST",
    async run(device, t) {
      const folder = await t.folder(device, "Contacts");
      const { serverId } = await t.add(device, folder, contact(t.marker));
      const other = t.device();
      const theirs = await t.folder(other, "Contacts");
      const same = t.found(
        [...other.items(theirs).values()].find(({ data }) => valueOf(data, "Contacts:LastName") === t.marker),
        "another device sees the item",
      );
      await other.change(theirs, same.serverId, contact(t.marker, { FirstName: "Server" }));
      const { status } = await device.change(folder, serverId, contact(t.marker, { FirstName: "Client" }), {
        conflict: 0,
      });
      t.equal("MS-ASCMD_R2067", status, 1, "Status of the Change");
      const seen = only(await t.observe("Contacts"));
      t.equal("MS-ASCMD_R2067", seen && valueOf(seen.data, "Contacts:FirstName"), "Client", "FirstName on the server");
    },
  },
  {
    id: "sync/own-earlier-write-is-no-conflict",
    says: "Two Changes of one device one after the other do not conflict with each other.",
    spec: ["MS-ASCMD_R2069"],
    level: "MUST",
    async run(device, t) {
      const folder = await t.folder(device, "Calendar");
      const { serverId } = await t.add(device, folder, event(t.version, t.marker));
      const fields = (hour: string) =>
        event(t.version, t.marker, { StartTime: `20310305T${hour}0000Z`, EndTime: "20310305T200000Z" });
      const one = await device.change(folder, serverId, fields("12"));
      const two = await device.change(folder, serverId, fields("13"));
      t.equal("MS-ASCMD_R2069", [one.status, two.status], [1, 1], "Status of both");
    },
  },
  {
    id: "sync/delete-beats-change",
    says: "An item that was deleted elsewhere is not brought back by a Change.",
    spec: ["MS-ASCMD_R2076"],
    level: "MUST",
    async run(device, t) {
      const folder = await t.folder(device, "Contacts");
      const { serverId } = await device.add(folder, contact(t.marker));
      const other = t.device();
      const theirs = await t.folder(other, "Contacts");
      const same = t.found(
        [...other.items(theirs).values()].find(({ data }) => valueOf(data, "Contacts:LastName") === t.marker),
        "another device sees the item",
      );
      await other.remove(theirs, same.serverId);
      const { status } = await device.change(folder, serverId, contact(t.marker, { FirstName: "Client" }));
      t.among("MS-ASCMD_R2076", status, [7, 8], "Status of the Change");
      t.equal("MS-ASCMD_R2076", (await t.observe("Contacts")).length, 0, "items with the marker");
    },
  },
  {
    id: "sync/empty-tag-clears",
    says: "An empty element in a Change clears the property.",
    spec: ["MS-ASCMD_R879"],
    level: "MUST",
    async run(device, t) {
      const folder = await t.folder(device, "Contacts");
      const { serverId } = await t.add(device, folder, contact(t.marker, { JobTitle: "Boss" }));
      await device.change(folder, serverId, [...contact(t.marker), ...contactFields({ JobTitle: "" })]);
      const seen = only(await t.observe("Contacts"));
      t.equal("MS-ASCMD_R879", seen && (valueOf(seen.data, "Contacts:JobTitle") ?? ""), "", "JobTitle");
    },
  },
  {
    id: "sync/absent-stays-in-16-calendar",
    says: "From 16.0 on, what a Change of an event does not name stays as it is.",
    spec: ["MS-ASCMD_R6236", "MS-ASCAL_R2231"],
    level: "MUST",
    versions: { since: "16.0" },
    async run(device, t) {
      const folder = await t.folder(device, "Calendar");
      const { serverId } = await t.add(device, folder, event(t.version, t.marker, { Reminder: "30" }));
      await device.change(folder, serverId, eventFields({ BusyStatus: "0" }));
      const seen = only(await t.observe("Calendar"));
      t.equal("MS-ASCMD_R6236", seen && valueOf(seen.data, "Calendar:Subject"), t.marker, "Subject");
      t.equal("MS-ASCAL_R2231", seen && valueOf(seen.data, "Calendar:Reminder"), "30", "Reminder");
      t.equal("", seen && valueOf(seen.data, "Calendar:BusyStatus"), "0", "BusyStatus");
    },
  },
];
