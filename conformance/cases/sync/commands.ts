/** Sync: what the phone does to items, and its results. */
import { atLeast } from "../../../src/schema/versions.ts";
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
