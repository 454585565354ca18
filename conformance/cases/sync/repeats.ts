/** Sync: requests that come again, because their answers were lost or because somebody was impatient. */
import { readSync } from "../../device/answers.ts";
import { ResponseDropped } from "../../device/device.ts";
import { syncRequest } from "../../device/requests.ts";
import type { Case } from "../../runner/case.ts";
import { contact, only, valueOf } from "../samples.ts";

export const repeatCases: readonly Case[] = [
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
];
