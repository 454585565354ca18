/** Nodes: several devices of one account, and several requests of one device, at two addresses at once. */
import type { Device } from "../../device/device.ts";
import type { Case } from "../../runner/case.ts";
import { addMany, elsewhere } from "../others.ts";
import { contact, event, only, valueOf } from "../samples.ts";

const names = ["Anna", "Berta", "Carla"] as const;

export const nodeDeviceCases: readonly Case[] = [
  {
    id: "nodes/edits-reach-the-other-once",
    says: "What a device does at one address, another sees at another: once, and as what it was.",
    spec: ["MS-ASCMD_R1147", "MS-ASCMD_R1490"],
    level: "MUST",
    async run(device, t) {
      const folder = await t.folder(device, "Contacts");
      const { serverId } = await t.add(device, folder, contact(t.marker));
      const { other, theirs, id } = await elsewhere(t);
      const told = async () =>
        (await other.sync(theirs, { once: true, window: 512 })).changes.map(
          ({ kind, serverId: of }) => `${kind} ${of}`,
        );
      await device.change(folder, serverId, contact(t.marker, { FirstName: "Berta" }));
      t.equal("MS-ASCMD_R1147", [await told(), await told()], [[`Change ${id}`], []], "changes, and those after them");
      await device.remove(folder, serverId);
      t.equal("MS-ASCMD_R1490", [await told(), await told()], [[`Delete ${id}`], []], "changes, and those after them");
    },
  },
  {
    id: "nodes/edits-cross",
    says: "Two devices that each change another item at two addresses both end with both edits.",
    spec: ["MS-ASCMD_R1147"],
    level: "MUST",
    async run(device, t) {
      const folder = await t.folder(device, "Contacts");
      const own = await t.add(device, folder, contact(t.marker, { FirstName: "Anna" }));
      const { other, theirs, id } = await elsewhere(t);
      const second = await t.add(other, theirs, contact(t.marker, { FirstName: "Berta" }));
      await device.sync(folder, { window: 512 });
      t.via(device, 0);
      t.via(other, 1);
      const edits = [
        device.change(folder, own.serverId, contact(t.marker, { FirstName: "Carla" })),
        other.change(theirs, second.serverId, contact(t.marker, { FirstName: "Doris" })),
      ];
      t.equal(
        "",
        (await Promise.all(edits)).map(({ status }) => status),
        [1, 1],
        "Status of each Change",
      );
      await Promise.all([device.sync(folder, { window: 512 }), other.sync(theirs, { window: 512 })]);
      const seenBy = (on: Device, of: typeof folder) =>
        [...on.items(of).values()]
          .filter(({ data }) => valueOf(data, "Contacts:LastName") === t.marker)
          .map(({ data }) => valueOf(data, "Contacts:FirstName") ?? "")
          .toSorted();
      t.equal("MS-ASCMD_R1147", seenBy(device, folder), ["Carla", "Doris"], "contacts on the first device");
      t.equal("MS-ASCMD_R1147", seenBy(other, theirs), ["Carla", "Doris"], "contacts on the second");
      t.ok("", other.items(theirs).has(id), "the id stays");
    },
  },
  {
    id: "nodes/conflict-server-wins",
    says: "A Change of what another device changed at another address gets Status 7, and the server's version comes.",
    spec: ["MS-ASCMD_R2066", "MS-ASCMD_R2069"],
    level: "MUST",
    async run(device, t) {
      const folder = await t.folder(device, "Contacts");
      const { serverId } = await t.add(device, folder, contact(t.marker));
      const { other, theirs, id } = await elsewhere(t);
      t.via(other, 1);
      await other.change(theirs, id, contact(t.marker, { FirstName: "Server" }));
      t.via(device, 0);
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
    id: "nodes/conflict-client-wins",
    says: "With Conflict 0 the phone's version replaces what another device wrote at another address.",
    spec: ["MS-ASCMD_R2067"],
    level: "MUST",
    async run(device, t) {
      const folder = await t.folder(device, "Contacts");
      const { serverId } = await t.add(device, folder, contact(t.marker));
      const { other, theirs, id } = await elsewhere(t);
      t.via(other, 1);
      await other.change(theirs, id, contact(t.marker, { FirstName: "Server" }));
      t.via(device, 0);
      const data = contact(t.marker, { FirstName: "Client" });
      t.equal("MS-ASCMD_R2067", (await device.change(folder, serverId, data, { conflict: 0 })).status, 1, "Status");
      await other.sync(theirs, { window: 512 });
      const told = other.items(theirs).get(id);
      t.equal("MS-ASCMD_R2067", told && valueOf(told.data, "Contacts:FirstName"), "Client", "FirstName elsewhere");
    },
  },
  {
    id: "nodes/conflict-option-stays",
    says: "That the client wins, once said to one address, holds at the others.",
    spec: ["MS-ASCMD_R3598", "MS-ASCMD_R2067"],
    level: "MUST",
    async run(device, t) {
      const folder = await t.folder(device, "Contacts");
      const { serverId } = await t.add(device, folder, contact(t.marker), { conflict: 0 });
      const { other, theirs, id } = await elsewhere(t);
      for (const node of t.nodes) {
        await other.sync(theirs, { window: 512 });
        await other.change(theirs, id, contact(t.marker, { FirstName: `Server ${node}` }));
        t.via(device, node);
        const { status } = await device.change(folder, serverId, contact(t.marker, { FirstName: `Client ${node}` }));
        t.equal(["MS-ASCMD_R3598", "MS-ASCMD_R2067"], status, 1, "Status of the Change");
      }
    },
  },
  {
    id: "nodes/delete-beats-change",
    says: "An item that was deleted at one address is not brought back by a Change at another.",
    spec: ["MS-ASCMD_R2076"],
    level: "MUST",
    async run(device, t) {
      const folder = await t.folder(device, "Contacts");
      const { serverId } = await device.add(folder, contact(t.marker));
      const { other, theirs, id } = await elsewhere(t);
      t.via(other, 1);
      await other.remove(theirs, id);
      t.via(device, 0);
      const { status } = await device.change(folder, serverId, contact(t.marker, { FirstName: "Client" }));
      t.among("MS-ASCMD_R2076", status, [7, 8], "Status of the Change");
      t.equal("MS-ASCMD_R2076", (await t.observe("Contacts")).length, 0, "items with the marker");
    },
  },
  {
    id: "nodes/two-devices-add-at-once",
    says: "Two devices that add at the same moment at two addresses each get their id, and see both items once.",
    spec: ["MS-ASCMD_R957", "MS-ASCMD_R1147"],
    level: "MUST",
    async run(device, t) {
      const other = t.device();
      const folder = await t.folder(device, "Contacts");
      const theirs = await t.folder(other, "Contacts");
      t.via(device, 0);
      t.via(other, 1);
      // The same ClientId: it is the device's own, and no server may take one for the other.
      const [mine, others] = await Promise.all([
        t.add(device, folder, contact(t.marker, { FirstName: "Anna" }), { clientId: "1" }),
        t.add(other, theirs, contact(t.marker, { FirstName: "Berta" }), { clientId: "1" }),
      ]);
      t.equal("MS-ASCMD_R957", [mine.status, others.status], [1, 1], "Status of each");
      await Promise.all([device.sync(folder, { window: 512 }), other.sync(theirs, { window: 512 })]);
      t.equal("", (await t.observe("Contacts")).length, 2, "items with the marker");
      const count = (items: ReadonlyMap<string, { readonly data: (typeof mine)["sync"]["changes"][number]["data"] }>) =>
        [...items.values()].filter(({ data }) => valueOf(data, "Contacts:LastName") === t.marker).length;
      t.equal("", [count(device.items(folder)), count(other.items(theirs))], [2, 2], "items on each device");
    },
  },
  {
    id: "nodes/two-collections-at-two-addresses",
    says: "A device that syncs contacts at one address and its calendar at another, at once, gets both right.",
    spec: ["MS-ASCMD_R957", "MS-ASCMD_R4599"],
    level: "MUST",
    async run(device, t) {
      const contacts = await t.folder(device, "Contacts");
      const calendar = await t.folder(device, "Calendar");
      for (const FirstName of ["Anna", "Berta"]) {
        const uid = t.version.startsWith("16") ? {} : { UID: `${t.marker}-${FirstName}` };
        t.via(device, 0);
        const answers = await Promise.all([
          t.add(device, contacts, contact(t.marker, { FirstName }), { once: true }),
          t.add(device, calendar, event(t.version, t.marker, uid), { once: true }),
        ]);
        t.equal(
          "MS-ASCMD_R957",
          answers.map(({ status }) => status),
          [1, 1],
          "Status of each",
        );
      }
      for (const folder of [contacts, calendar]) {
        const { status, changes } = await device.sync(folder, { once: true, window: 512 });
        t.equal("MS-ASCMD_R4599", [status, changes.length], [1, 0], "Status with the key, and changes");
      }
      const seen = [(await t.observe("Contacts")).length, (await t.observe("Calendar")).length];
      t.equal("", seen, [2, 2], "contacts and events with the marker");
    },
  },
  {
    id: "nodes/collections-in-turn",
    says: "Windows of two collections that are fetched in turn, at two addresses, do not mix.",
    spec: ["MS-ASCMD_R4596", "MS-ASCMD_R3456"],
    level: "MUST",
    async run(device, t) {
      const contacts = await t.folder(device, "Contacts");
      const calendar = await t.folder(device, "Calendar");
      const other = t.device();
      await addMany(t, 3, other);
      const theirs = await t.folder(other, "Calendar");
      for (const name of names) {
        const uid = t.version.startsWith("16") ? {} : { UID: `${t.marker}-${name}` };
        await t.add(other, theirs, event(t.version, t.marker, uid));
      }
      const seen: Record<string, string[]> = { [contacts.id]: [], [calendar.id]: [] };
      for (let round = 0, left = 2; left > 0; round++) {
        t.given(round < 20, "the windows end");
        const answer = await device.syncFolders(
          [contacts, calendar].map((folder) => ({ folder, options: { window: 1 } })),
        );
        for (const { id, changes } of answer.collections)
          seen[id]?.push(...changes.map(({ data }) => data[0]?.name.split(":")[0] ?? ""));
        left = answer.collections.filter(({ more }) => more).length;
      }
      t.equal(["MS-ASCMD_R4596", "MS-ASCMD_R3456"], seen[contacts.id]?.length, 3, "contacts");
      t.equal(["MS-ASCMD_R4596", "MS-ASCMD_R3456"], seen[calendar.id]?.length, 3, "events");
      t.ok("", !(seen[contacts.id] ?? []).includes("Calendar"), "no event among the contacts");
    },
  },
  {
    id: "nodes/a-burst-of-requests",
    says: "Many requests of one device at once, as after a flight, are each answered, and nothing is lost or doubled.",
    spec: ["MS-ASCMD_R957"],
    level: "SHOULD",
    async run(device, t) {
      const contacts = await t.folder(device, "Contacts");
      const calendar = await t.folder(device, "Calendar");
      const [made, planned, listed, again] = await Promise.all([
        t.add(device, contacts, contact(t.marker), { once: true }),
        t.add(device, calendar, event(t.version, t.marker), { once: true }),
        device.folderSync(),
        device.options(),
      ]);
      t.equal("MS-ASCMD_R957", [made.status, planned.status], [1, 1], "Status of the Adds");
      t.equal("", [listed.status, again.reply.status], [1, 200], "Status of FolderSync, and HTTP status of OPTIONS");
      const seen = [(await t.observe("Contacts")).length, (await t.observe("Calendar")).length];
      t.equal("", seen, [1, 1], "contacts and events with the marker");
      for (const folder of [contacts, calendar])
        t.equal("", (await device.sync(folder, { once: true })).status, 1, "Status of the next Sync");
    },
  },
  {
    id: "nodes/requests-in-a-row-are-kept-apart",
    says: "Adds under one ClientId, each in a request of its own at the next address, make an item each.",
    spec: ["MS-ASCMD_R961"],
    level: "MUST",
    async run(device, t) {
      const folder = await t.folder(device, "Contacts");
      const ids = new Set<string>();
      for (const FirstName of names)
        ids.add((await t.add(device, folder, contact(t.marker, { FirstName }), { clientId: "1" })).serverId);
      t.equal("MS-ASCMD_R961", ids.size, names.length, "different ids");
      t.equal("MS-ASCMD_R961", (await t.observe("Contacts")).length, names.length, "items with the marker");
    },
  },
];
