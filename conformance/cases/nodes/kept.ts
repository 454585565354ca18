/** Nodes: what a server keeps of earlier Syncs (keys, requests, options), whichever address took them. */
import { since } from "../../../src/schema/versions.ts";
import { childText } from "../../../src/wire/element.ts";
import type { Case } from "../../runner/case.ts";
import { adder, addMany } from "../others.ts";
import { body, contact, named, only, valueOf } from "../samples.ts";

export const nodeKeptCases: readonly Case[] = [
  {
    id: "nodes/empty-sync-elsewhere",
    says: "A request without body means the one before, whichever address took that.",
    spec: ["MS-ASCMD_R658", "MS-ASCMD_R666", "MS-ASCMD_R667", "MS-ASCMD_R673"],
    level: "MUST",
    versions: since("12.1"),
    async run(device, t) {
      const folder = await t.folder(device, "Contacts");
      await device.sync(folder, { once: true, window: 50 });
      for (const _node of t.nodes) t.ok("MS-ASCMD_R667", (await device.emptySync()).empty, "without news: no body");
      await addMany(t, 1);
      const { status, collections } = await device.emptySync();
      t.equal(["MS-ASCMD_R658", "MS-ASCMD_R666"], status, 1, "Status");
      t.equal("MS-ASCMD_R673", collections[0]?.changes.length, 1, "changes");
      t.equal("", (await device.sync(folder, { once: true, window: 512 })).changes.length, 0, "changes afterwards");
    },
  },
  {
    id: "nodes/empty-sync-means-the-newest",
    says: "A request without body means the newest one with a body, not the last that this address took.",
    spec: ["MS-ASCMD_R673", "MS-ASCMD_R674"],
    level: "MUST",
    versions: since("12.1"),
    async run(device, t) {
      const contacts = await t.folder(device, "Contacts");
      const calendar = await t.folder(device, "Calendar");
      t.via(device, 0);
      await device.sync(contacts, { once: true, window: 50 });
      await device.sync(calendar, { once: true, window: 50 });
      await (await adder(t, "Contacts")).add();
      await (await adder(t, "Calendar")).add();
      t.via(device, 0);
      const { collections } = await device.emptySync();
      t.equal(
        ["MS-ASCMD_R673", "MS-ASCMD_R674"],
        collections.map(({ id }) => id),
        [calendar.id],
        "collections",
      );
    },
  },
  {
    id: "nodes/partial-sync-elsewhere",
    says: "A partial request takes the collections it does not name from the request before, at any address.",
    spec: ["MS-ASCMD_R3635", "MS-ASCMD_R3644"],
    level: "MUST",
    versions: since("12.1"),
    async run(device, t) {
      const contacts = await t.folder(device, "Contacts");
      const calendar = await t.folder(device, "Calendar");
      await device.syncFolders([{ folder: contacts }, { folder: calendar }]);
      await addMany(t, 1);
      const answer = await device.syncFolders([{ folder: calendar }], { partial: true });
      t.equal("MS-ASCMD_R3635", answer.status, 1, "Status");
      const found = answer.collections.find(({ id }) => id === contacts.id);
      t.equal("MS-ASCMD_R3644", found?.changes.length, 1, "changes of the collection that was not named");
    },
  },
  {
    id: "nodes/options-stay-everywhere",
    says: "Options that were sent to one address hold at the others, until others are sent.",
    spec: ["MS-ASCMD_R3598", "MS-ASCMD_R3599"],
    level: "MUST",
    versions: since("12.1"),
    async run(device, t) {
      const folder = await t.folder(device, "Contacts");
      const other = t.device();
      const theirs = await t.folder(other, "Contacts");
      const long = "0123456789".repeat(10);
      const note = (FirstName: string) => [...contact(t.marker, { FirstName }), body(t.version, "Contacts", long)];
      await device.sync(folder, { bodyPreferences: [{ type: 1, truncationSize: 10 }], once: true, window: 512 });
      for (const node of t.nodes) {
        await t.add(other, theirs, note(`No ${node}`));
        const { changes } = await device.sync(folder, { once: true, window: 512 });
        const cut = changes[0] && named(changes[0].data, "AirSyncBase:Body");
        t.equal("MS-ASCMD_R3598", cut && childText(cut, "AirSyncBase:Truncated"), "1", "Truncated without Options");
      }
      await device.sync(folder, { bodyPreferences: [{ type: 1 }], once: true, window: 512 });
      await t.add(other, theirs, note("the last"));
      const { changes } = await device.sync(folder, { once: true, window: 512 });
      const full = changes[0] && named(changes[0].data, "AirSyncBase:Body");
      t.equal("MS-ASCMD_R3599", full && childText(full, "AirSyncBase:Data"), long, "Data under the new Options");
    },
  },
  {
    id: "nodes/supported-is-kept",
    says: "What a device said it supports, with key 0, holds for its Changes at every address.",
    spec: ["MS-ASCMD_R5907", "MS-ASCMD_R5908", "MS-ASCMD_R5911", "MS-ASCMD_R5912"],
    level: "MUST",
    async run(device, t) {
      await device.folderSync();
      const folder = device.folder("Contacts");
      await device.sync(folder, { once: true, supported: ["Contacts:JobTitle"] });
      await device.sync(folder, { window: 512 });
      const full = contact(t.marker, { JobTitle: "Boss", Department: "Ships" });
      const { serverId } = await t.add(device, folder, full);
      for (const FirstName of ["Berta", "Carla"]) {
        const status = (await device.change(folder, serverId, contact(t.marker, { FirstName }))).status;
        t.equal("", status, 1, "Status of the Change");
        const { data = [] } = only(await t.observe("Contacts")) ?? {};
        t.equal("", valueOf(data, "Contacts:FirstName"), FirstName, "FirstName");
        t.equal(["MS-ASCMD_R5907", "MS-ASCMD_R5912"], valueOf(data, "Contacts:JobTitle"), undefined, "JobTitle, named");
        const department = valueOf(data, "Contacts:Department");
        t.equal(["MS-ASCMD_R5908", "MS-ASCMD_R5911"], department, "Ships", "Department, not named");
      }
    },
  },
  {
    id: "nodes/sync-limits-are-the-same",
    says: "An interval that is too long is answered with Status 14 and the same Limit at every address.",
    spec: ["MS-ASCMD_R4460", "MS-ASCMD_R4461"],
    level: "MUST",
    versions: since("14.0"),
    async run(device, t) {
      const folder = await t.folder(device, "Contacts");
      const limits: string[] = [];
      for (const node of t.nodes) {
        t.via(device, node);
        const long = await device.sync(folder, { once: true, heartbeat: 86_400, timeout: 15_000 });
        t.via(device, node);
        const short = await device.sync(folder, { once: true, heartbeat: 0, timeout: 15_000 });
        t.equal("MS-ASCMD_R4460", long.status, 14, "Status of the longest");
        t.equal("MS-ASCMD_R4461", short.status, 14, "Status of the shortest");
        limits.push(`${short.limit} to ${long.limit}`);
      }
      t.equal("", new Set(limits).size, 1, `different limits: ${limits.join(", ")}`);
    },
  },
  {
    id: "nodes/starting-over-elsewhere",
    says: "A phone that starts a collection over at another address gets all of it, under the ids it had.",
    spec: ["MS-ASCMD_R4602"],
    level: "MUST",
    async run(device, t) {
      const folder = await t.folder(device, "Contacts");
      const { serverId } = await t.add(device, folder, contact(t.marker));
      for (const _node of t.nodes) {
        const before = device.items(folder).size;
        device.startOver(folder);
        await device.sync(folder, { window: 512 });
        t.equal("MS-ASCMD_R4602", device.items(folder).size, before, "items");
        t.ok("", device.items(folder).has(serverId), "the item is there under its id");
      }
    },
  },
  {
    id: "nodes/starting-one-over-leaves-the-other",
    says: "Starting one collection over at one address leaves the key of another as it was, at each.",
    spec: [],
    level: "MUST",
    async run(device, t) {
      const contacts = await t.folder(device, "Contacts");
      const calendar = await t.folder(device, "Calendar");
      for (const _node of t.nodes) {
        device.startOver(contacts);
        await device.sync(contacts, { window: 512 });
        t.equal("", (await device.sync(calendar, { once: true })).status, 1, "Status of the other collection");
      }
    },
  },
  {
    id: "nodes/old-key-is-3-everywhere",
    says: "A key that two confirmed answers have followed, or that nobody gave out, is answered with Status 3 by each.",
    spec: ["MS-ASCMD_R4425"],
    level: "MUST",
    async run(device, t) {
      const folder = await t.folder(device, "Contacts");
      const old = device.key(folder);
      for (const FirstName of ["Anna", "Berta", "Carla"]) await t.add(device, folder, contact(t.marker, { FirstName }));
      for (const key of [old, "4711471147"]) {
        for (const node of t.nodes) {
          t.via(device, node);
          t.equal("MS-ASCMD_R4425", (await device.sync(folder, { key })).status, 3, `Status with ${key}`);
        }
      }
      t.equal("", (await device.sync(folder, { once: true, window: 512 })).status, 1, "Status with the newest key");
    },
  },
  {
    id: "nodes/both-query-forms-are-one-device",
    says: "A device that writes its query in two forms to two addresses is still one device, with one key.",
    spec: ["MS-ASHTTP_R426"],
    level: "MUST",
    versions: since("12.1"),
    async run(_device, t) {
      const plain = t.device({ queryForm: "plain" });
      const folder = await t.folder(plain, "Contacts");
      const packed = t.device({ queryForm: "base64", deviceId: plain.deviceId });
      await addMany(t, 1);
      const { status, changes } = await packed.sync(folder, { key: plain.key(folder), window: 512 });
      t.equal("MS-ASHTTP_R426", [status, changes.length], [1, 1], "Status with the other form's key, and changes");
    },
  },
  {
    id: "nodes/starting-over-has-the-newest",
    says: "A collection that is started over, at whichever two addresses, holds what was just added at another.",
    spec: ["MS-ASCMD_R4602"],
    level: "MUST",
    async run(device, t) {
      const folder = await t.folder(device, "Contacts");
      const made: string[] = [];
      const missing: string[] = [];
      const ways = t.nodes.flatMap((at) => t.nodes.flatMap((first) => t.nodes.map((second) => [at, first, second])));
      for (const [at = 0, first = 0, second = 0] of ways) {
        t.via(device, at);
        made.push((await t.add(device, folder, contact(t.marker, { FirstName: `No ${made.length}` }))).serverId);
        device.startOver(folder);
        t.via(device, first);
        await device.sync(folder, { once: true });
        t.via(device, second);
        await device.sync(folder, { window: 512 });
        if (made.some((id) => !device.items(folder).has(id))) missing.push(`${at} ${first} ${second}`);
        await device.sync(folder, { window: 512 });
      }
      t.equal("MS-ASCMD_R4602", missing, [], "ways (add, key 0, next key) on which an item was missing");
    },
  },
];
