/** Nodes: one request that reaches two addresses at the same moment, and requests that break off. */
import { setTimeout as pause } from "node:timers/promises";
import { encode } from "../../../src/wire/writer.ts";
import { readHierarchy, readSync } from "../../device/answers.ts";
import type { Device, Folder, Reply } from "../../device/device.ts";
import { type Command, folderSyncRequest, syncRequest } from "../../device/requests.ts";
import type { Case, Trial } from "../../runner/case.ts";
import { contact, only, valueOf } from "../samples.ts";

/** Sends one document as often as there are addresses, all at the same moment. */
async function everywhereAtOnce(device: Device, folder: Folder, commands: readonly Command[], t: Trial) {
  const request = { id: folder.id, key: device.key(folder), class: folder.type === 9 ? "Contacts" : "Calendar" };
  const document = syncRequest(t.version, [{ ...request, commands }]);
  return Promise.all(t.nodes.map(() => device.send("Sync", document)));
}

/** What a request may be answered that came in the middle of its own twin: done, or to be sent again. */
function isSane(reply: Reply): boolean {
  if (reply.status === 503) return true;
  const { status, collections } = readSync(reply);
  return reply.status === 200 && [1, 5, 16].includes(collections[0]?.status ?? status);
}

export const nodeAtOnceCases: readonly Case[] = [
  {
    id: "nodes/repeated-folder-key-is-good",
    says: "A folder key is good at another address although an answer to it is on its way.",
    spec: ["MS-ASCMD_R2120"],
    level: "SHOULD",
    async run(_device, t) {
      const device = t.device({ polite: false });
      const { key = "" } = await device.folderSync();
      const document = folderSyncRequest(key);
      const replies = await Promise.all(t.nodes.map(() => device.send("FolderSync", document)));
      for (const { status, count } of replies.map(readHierarchy)) {
        t.equal("MS-ASCMD_R2120", [status, count], [1, 0], "Status, and Count");
      }
      t.equal("", (await device.folderSync()).status, 1, "Status with the newest key");
    },
  },
  {
    id: "nodes/one-add-everywhere-at-once",
    says: "One Add that arrives at two addresses at the same moment makes one item, and both answers are sane.",
    spec: ["MS-ASCMD_R5122"],
    level: "MUST",
    async run(device, t) {
      const folder = await t.folder(device, "Contacts");
      const commands = [{ kind: "Add" as const, clientId: "1", data: contact(t.marker) }];
      const replies = await everywhereAtOnce(device, folder, commands, t);
      const ids = replies.flatMap((reply) => readSync(reply).collections[0]?.results[0]?.serverId ?? []);
      for (const id of new Set(ids)) t.removeLater(device, folder, id);
      t.equal("MS-ASCMD_R5122", (await t.observe("Contacts")).length, 1, "items with the marker");
      t.equal("", new Set(ids).size, 1, "different ids");
      t.ok("", replies.every(isSane), "each is answered with success, or with what may be tried again");
    },
  },
  {
    id: "nodes/one-change-everywhere-at-once",
    says: "One Change that arrives at two addresses at the same moment is no conflict with itself.",
    spec: ["MS-ASCMD_R5122"],
    level: "MUST",
    async run(device, t) {
      const folder = await t.folder(device, "Contacts");
      const { serverId } = await t.add(device, folder, contact(t.marker));
      const data = contact(t.marker, { FirstName: "Berta" });
      const replies = await everywhereAtOnce(device, folder, [{ kind: "Change", serverId, data }], t);
      const refused = replies.flatMap((reply) => readSync(reply).collections[0]?.results ?? []);
      t.equal("MS-ASCMD_R5122", refused, [], "results");
      t.ok("", replies.every(isSane), "each is answered with success, or with what may be tried again");
      const seen = only(await t.observe("Contacts"));
      t.equal("", seen && valueOf(seen.data, "Contacts:FirstName"), "Berta", "FirstName");
    },
  },
  {
    id: "nodes/one-delete-everywhere-at-once",
    says: "One Delete that arrives at two addresses at the same moment is done, and no error.",
    spec: ["MS-ASCMD_R5122"],
    level: "MUST",
    async run(device, t) {
      const folder = await t.folder(device, "Contacts");
      const { serverId } = await t.add(device, folder, contact(t.marker));
      const replies = await everywhereAtOnce(device, folder, [{ kind: "Delete", serverId }], t);
      const refused = replies.flatMap((reply) => readSync(reply).collections[0]?.results ?? []);
      t.equal("MS-ASCMD_R5122", refused, [], "results");
      t.ok("", replies.every(isSane), "each is answered with success, or with what may be tried again");
      t.equal("", (await t.observe("Contacts")).length, 0, "items with the marker");
    },
  },
  {
    id: "nodes/hung-up-in-the-middle",
    says: "A phone that hangs up while a request is worked on, and sends it elsewhere, has one item for each Add.",
    spec: ["MS-ASCMD_R5122"],
    level: "MUST",
    async run(device, t) {
      const folder = await t.folder(device, "Contacts");
      const patience = [1, 5, 15];
      for (const milliseconds of patience) {
        const stop = new AbortController();
        const commands = [{ kind: "Add" as const, clientId: "1", data: contact(t.marker) }];
        const work = device.sync(folder, { once: true, commands, signal: stop.signal }).catch(() => undefined);
        await pause(milliseconds);
        stop.abort(new Error("hung up"));
        await work;
        const again = readSync(await device.repeat()).collections[0];
        const id = again?.results[0]?.serverId;
        if (id !== undefined) t.removeLater(device, folder, id);
        t.equal("MS-ASCMD_R5122", [again?.status, again?.results[0]?.status], [1, 1], "Status, and Status of the Add");
      }
      t.equal("MS-ASCMD_R5122", (await t.observe("Contacts")).length, patience.length, "items with the marker");
    },
  },
  {
    id: "nodes/half-a-request-does-nothing",
    says: "A request that breaks off has no effect; the whole of it at another address makes one item.",
    spec: ["MS-ASCMD_R5111"],
    level: "MUST",
    async run(device, t) {
      const folder = await t.folder(device, "Contacts");
      const commands = [{ kind: "Add" as const, clientId: "1", data: contact(t.marker) }];
      const key = device.key(folder);
      const octets = encode(syncRequest(t.version, [{ id: folder.id, key, class: "Contacts", commands }]));
      const stop = new AbortController();
      const headers = { "Content-Length": String(octets.length) };
      const half = octets.subarray(0, octets.length / 2);
      const broken = device.send("Sync", half, { headers, signal: stop.signal }).catch(() => undefined);
      await pause(50);
      stop.abort(new Error("broken off"));
      t.given((await broken) === undefined, "the request is not answered");
      t.equal("MS-ASCMD_R5111", (await t.observe("Contacts")).length, 0, "items with the marker after the half");
      const { status, results } = await device.sync(folder, { key, commands });
      for (const { serverId } of results) if (serverId !== undefined) t.removeLater(device, folder, serverId);
      t.equal("", [status, results[0]?.status], [1, 1], "Status of the whole, and of the Add");
      t.equal("MS-ASCMD_R5111", (await t.observe("Contacts")).length, 1, "items with the marker after the whole");
    },
  },
];
