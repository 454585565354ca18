/** Nodes: Sync, each request at another address than the one before. */
import { since, until } from "../../../src/schema/versions.ts";
import { childText } from "../../../src/wire/element.ts";
import type { Case } from "../../runner/case.ts";
import { adder, addMany, elsewhere } from "../others.ts";
import { body, contact, contactFields, event, named, only, valueOf } from "../samples.ts";

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
