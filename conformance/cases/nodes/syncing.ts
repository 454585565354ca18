/** Nodes: items by Sync, each request at another address than the one before. */
import { since, until } from "../../../src/schema/versions.ts";
import type { Case } from "../../runner/case.ts";
import { addMany, elsewhere } from "../others.ts";
import { contact, contactFields, event, valueOf } from "../samples.ts";

export const nodeSyncCases: readonly Case[] = [
  {
    id: "nodes/first-sync-in-two-places",
    says: "Key 0 is answered by one address with a key and no items; another takes that key and sends the items.",
    spec: ["MS-ASCMD_R648", "MS-ASCMD_R5555", "MS-ASCMD_R4602"],
    level: "MUST",
    async run(device, t) {
      await addMany(t, 1);
      await device.folderSync();
      const folder = device.folder("Contacts");
      const first = await device.sync(folder, { once: true });
      t.equal(["MS-ASCMD_R648", "MS-ASCMD_R5555"], [first.status, first.changes.length], [1, 0], "Status, and items");
      const { status } = await device.sync(folder, { window: 512 });
      const found = [...device.items(folder).values()].filter(
        ({ data }) => valueOf(data, "Contacts:LastName") === t.marker,
      );
      t.equal("MS-ASCMD_R4602", [status, found.length], [1, 1], "Status, and items with the marker");
    },
  },
  {
    id: "nodes/every-sync-at-another-address",
    says: "The key of one address is good at the next, and each news comes once.",
    spec: ["MS-ASCMD_R4599", "MS-ASCMD_R5034", "MS-ASCMD_R5556"],
    level: "MUST",
    async run(device, t) {
      const folder = await t.folder(device, "Contacts");
      const other = t.device();
      const keys = [device.key(folder)];
      for (let round = 0; round < 4; round++) {
        await addMany(t, 1, other);
        const { status, key, changes } = await device.sync(folder, { once: true, window: 512 });
        t.equal(["MS-ASCMD_R4599", "MS-ASCMD_R5556"], [status, changes.length], [1, 1], "Status, and changes");
        keys.push(key ?? "");
      }
      t.equal("MS-ASCMD_R5034", new Set(keys).size, keys.length, "different keys");
    },
  },
  {
    id: "nodes/windows-go-on",
    says: "What one address began to send in windows, the others go on with: every item once, and none is left out.",
    spec: ["MS-ASCMD_R4771", "MS-ASCMD_R3451", "MS-ASCMD_R3456"],
    level: "MUST",
    async run(device, t) {
      const folder = await t.folder(device, "Contacts");
      await addMany(t, 5);
      const ids: string[] = [];
      for (let more = true, rounds = 0; more; rounds++) {
        t.given(rounds < 20, "the windows end");
        const answer = await device.sync(folder, { once: true, window: 2 });
        t.ok("MS-ASCMD_R4771", answer.changes.length <= 2, `${answer.changes.length} changes are no more than 2`);
        ids.push(...answer.changes.map(({ serverId }) => serverId));
        more = answer.more;
      }
      t.equal(
        ["MS-ASCMD_R3451", "MS-ASCMD_R3456"],
        [ids.length, new Set(ids).size],
        [5, 5],
        "items, and different ones",
      );
    },
  },
  {
    id: "nodes/first-windows-go-on",
    says: "A first synchronization in windows, at two addresses in turn, ends with what another device has.",
    spec: ["MS-ASCMD_R4602", "MS-ASCMD_R3456"],
    level: "MUST",
    async run(device, t) {
      const other = t.device();
      await addMany(t, 7, other);
      const theirs = other.folder("Contacts");
      await other.sync(theirs, { window: 512 });
      await device.folderSync();
      const folder = device.folder("Contacts");
      const { changes } = await device.sync(folder, { window: 3 });
      t.equal("MS-ASCMD_R4602", device.items(folder).size, other.items(theirs).size, "items");
      t.equal("MS-ASCMD_R3456", changes.length, new Set(changes.map(({ serverId }) => serverId)).size, "items sent");
    },
  },
  {
    id: "nodes/many-items-in-one-window",
    says: "One window of 512 holds what was added at another address, and nothing is left for the next.",
    spec: ["MS-ASCMD_R4768", "MS-ASCMD_R3456"],
    level: "MUST",
    async run(device, t) {
      const folder = await t.folder(device, "Contacts");
      await addMany(t, 18);
      const { changes, more } = await device.sync(folder, { once: true, window: 0 });
      t.equal("MS-ASCMD_R4768", changes.length, 18, "changes");
      t.equal("MS-ASCMD_R3456", more, false, "MoreAvailable");
      t.equal("", (await device.sync(folder, { once: true, window: 0 })).changes.length, 0, "changes afterwards");
    },
  },
  {
    id: "nodes/no-changes-where-there-were-none",
    says: "What a device did at one address is no news to it at another.",
    spec: [],
    level: "SHOULD",
    async run(device, t) {
      const folder = await t.folder(device, "Contacts");
      const { serverId } = await t.add(device, folder, contact(t.marker));
      const told = [];
      for (const FirstName of ["Berta", "Carla", "Doris"]) {
        const { status, sync } = await device.change(folder, serverId, contact(t.marker, { FirstName }));
        t.equal("", status, 1, "Status of the Change");
        told.push(...sync.changes);
      }
      for (const _node of t.nodes) told.push(...(await device.sync(folder, { once: true, window: 512 })).changes);
      t.equal("", told.length, 0, "changes");
    },
  },
  {
    id: "nodes/after-many-requests",
    says: "After many requests in turn the next news comes as after the first: once, and at once.",
    spec: ["MS-ASCMD_R5556"],
    level: "MUST",
    async run(device, t) {
      const folder = await t.folder(device, "Contacts");
      for (let round = 0; round < 20; round++) {
        const { status, changes } = await device.sync(folder, { once: true, window: 512 });
        t.equal("", [status, changes.length], [1, 0], "Status, and changes, without news");
      }
      await addMany(t, 1);
      const { changes } = await device.sync(folder, { once: true, window: 512 });
      t.equal("MS-ASCMD_R5556", changes.length, 1, "changes");
      t.equal("", (await device.sync(folder, { once: true, window: 512 })).changes.length, 0, "changes afterwards");
    },
  },
  {
    id: "nodes/cleared-property-stays-cleared",
    says: "A property that was cleared at one address is not there at another, and does not come back.",
    spec: ["MS-ASCMD_R879"],
    level: "MUST",
    async run(device, t) {
      const folder = await t.folder(device, "Contacts");
      const { serverId } = await t.add(device, folder, contact(t.marker, { JobTitle: "Boss" }));
      const { other, theirs, id } = await elsewhere(t);
      await device.change(folder, serverId, [...contact(t.marker), ...contactFields({ JobTitle: "" })]);
      for (const _node of t.nodes) await other.sync(theirs, { once: true, window: 512 });
      const seen = t.found(other.items(theirs).get(id), "the item is there");
      t.equal("MS-ASCMD_R879", valueOf(seen.data, "Contacts:JobTitle") ?? "", "", "JobTitle");
    },
  },
  {
    id: "nodes/client-uid-is-one-event",
    says: "From 16.0 on, an event that a phone adds again with its ClientUid, under another key, is not doubled.",
    spec: ["MS-ASCAL_R2062"],
    level: "MUST",
    versions: since("16.0"),
    async run(device, t) {
      const folder = await t.folder(device, "Calendar");
      const data = event(t.version, t.marker, { ClientUid: t.marker });
      for (const clientId of ["1", "2", "3"]) {
        const { results } = await device.sync(folder, { once: true, commands: [{ kind: "Add", clientId, data }] });
        for (const { serverId } of results) if (serverId !== undefined) t.removeLater(device, folder, serverId);
      }
      t.equal("MS-ASCAL_R2062", (await t.observe("Calendar")).length, 1, "items with the marker");
    },
  },
  {
    id: "nodes/one-uid-is-one-event",
    says: "Before 16.0, an event that a phone adds again with its UID, under another key, is not doubled.",
    spec: [],
    level: "SHOULD",
    versions: until("14.1"),
    async run(device, t) {
      const folder = await t.folder(device, "Calendar");
      const data = event(t.version, t.marker);
      for (const clientId of ["1", "2"]) {
        const { results } = await device.sync(folder, { once: true, commands: [{ kind: "Add", clientId, data }] });
        for (const { serverId } of results) if (serverId !== undefined) t.removeLater(device, folder, serverId);
      }
      t.equal("", (await t.observe("Calendar")).length, 1, "items with the marker");
    },
  },
];
