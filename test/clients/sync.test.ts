import { setTimeout as pause } from "node:timers/promises";
import { expect, it } from "vitest";
import { readFetch, readSync } from "../../conformance/device/answers.ts";
import type { Account, Item } from "../../src/backends/backend.ts";
import { versions } from "../../src/schema/versions.ts";
import { children, type Element, element } from "../../src/wire/element.ts";
import { card, event, hrefOf, memoryWorld } from "../trouble/world.ts";
import { accountWith, named, onlyItem, syncedPhone } from "./client.ts";

const book = 9;

it("an answer has no empty list in it, and tells of a deletion once: Windows Phone 8, iOS", async () => {
  for (const version of versions) {
    const world = await accountWith({ cards: { "a.vcf": card("Ada"), "b.vcf": card("Byron") } });
    const { phone, folder } = await syncedPhone(world, { ...named.windowsPhone8, version }, book);
    const [first] = phone.items(folder).values();
    if (!first) throw new Error("no item");
    const edit = await phone.change(folder, first.serverId, [...first.data, element("Contacts:JobTitle", "Poet")]);
    expect(edit.status).toBe(1);
    expect(emptyLists(edit.sync.reply.body)).toEqual([]);
    const collection = await hrefOf(world.account, "VCARD");
    await world.account.remove(`${collection}b.vcf`, undefined);
    const gone = await phone.sync(folder, { once: true });
    expect(emptyLists(gone.reply.body)).toEqual([]);
    expect(gone.changes.map(({ kind }) => kind)).toEqual(["Delete"]);
    expect((await phone.sync(folder, { once: true })).changes).toEqual([]);
    // Nothing new: no body from 12.1 on, before that the collection with its key.
    const { reply } = await phone.sync(folder, { once: true });
    expect(emptyLists(reply.body)).toEqual([]);
    expect(reply.body === undefined, version).toBe(!["2.5", "12.0"].includes(version));
  }
});

it("Truncated is sent when it is true, and never as 0: Windows Phone 8", async () => {
  const note = card("Ada", "NOTE:A long note, longer than was asked for\r\n");
  const world = await accountWith({ cards: { "a.vcf": note } });
  for (const [truncationSize, told] of [
    [1_000, undefined],
    [10, "1"],
  ] as const) {
    const bodyPreferences = [{ type: 1, truncationSize }] as const;
    const { phone, folder } = await syncedPhone(world, named.windowsPhone8, book, { bodyPreferences });
    const body = onlyItem(phone, folder).data.find(({ name }) => name === "AirSyncBase:Body");
    const truncated = children(body ?? element("AirSyncBase:Body")).find(
      ({ name }) => name === "AirSyncBase:Truncated",
    );
    expect(truncated?.content).toBe(told);
  }
});

it("a Ping that names a folder never synced, or none of ours, waits for the others: iOS", async () => {
  const world = await accountWith({ cards: { "a.vcf": card("Ada") } });
  const { phone, folder } = await syncedPhone(world, named.iOS17, book);
  await phone.sync(folder);
  const nobody = { ...folder, id: "00000000000000000000000000000000", name: "?" };
  const waiting = phone.ping([phone.folder(8), phone.folder(2), nobody, folder], 60);
  await expect.poll(() => world.gateway.hub.waiting).toBe(1);
  await world.account.create(await hrefOf(world.account, "VCARD"), "b.vcf", card("Byron"));
  world.gateway.hub.changed({});
  const answer = await waiting;
  expect(answer.status).toBe(2);
  expect(answer.folders).toEqual([folder.id]);
});

it("a waiting Sync that names the Outbox waits for the others: Android", async () => {
  const world = await accountWith({ cards: { "a.vcf": card("Ada") } });
  const { phone, folder } = await syncedPhone(world, named.android4, book);
  const outbox = phone.folder(6);
  await phone.sync(outbox);
  await phone.sync(folder);
  const waiting = phone.syncFolders([{ folder: outbox }, { folder }], { heartbeat: 60 });
  await expect.poll(() => world.gateway.hub.waiting).toBe(1);
  await world.account.create(await hrefOf(world.account, "VCARD"), "b.vcf", card("Byron"));
  world.gateway.hub.changed({});
  const answer = await waiting;
  expect(answer.collections.map(({ id }) => id)).toEqual([folder.id]);
});

it("a slow server makes a window small, and no phone wait: half a minute is what some have", async () => {
  const { phone, clock } = await slowWorld(["book"]);
  await phone.folderSync();
  const folder = phone.folder("book");
  let { key = "" } = await phone.sync(folder, { key: "0" });
  const seen: string[] = [];
  for (let round = 0; round < 10; round += 1) {
    const began = clock();
    const answer = await phone.sync(folder, { key, window: 100, once: true });
    expect(clock() - began).toBeLessThan(36_000);
    seen.push(...answer.changes.map(({ serverId }) => serverId));
    key = answer.key ?? "";
    if (!answer.more) break;
  }
  // A window is twenty seconds, its last item and the server's answers aside.
  expect(new Set(seen).size).toBe(12);
  expect(seen).toHaveLength(12);
});

it("a Sync of many slow folders leaves some of them to the next one", async () => {
  const { phone, clock } = await slowWorld(["one", "two", "three"]);
  await phone.folderSync();
  const folders = ["one", "two", "three"].map((name) => phone.folder(name));
  for (const folder of folders) await phone.sync(folder, { key: "0", once: true });
  for (let round = 0; round < 30; round += 1) {
    const began = clock();
    const answer = await phone.syncFolders(folders.map((folder) => ({ folder, options: { window: 100 } })));
    expect(clock() - began).toBeLessThan(60_000);
    if (answer.collections.every(({ more }) => !more) && folders.every((one) => phone.items(one).size === 12)) break;
  }
  expect(folders.map((folder) => phone.items(folder).size)).toEqual([12, 12, 12]);
});

/** Address books of twelve cards on a server that takes six seconds for each, by a clock forty times as fast as the world's. */
async function slowWorld(books: readonly string[]) {
  const clock = () => Date.UTC(2026, 10, 24) + Math.round(performance.now() * 40);
  const slow = (account: Account): Account => ({
    ...account,
    async changes(...asked) {
      await pause(300);
      return account.changes(...asked);
    },
    async *read(...asked): AsyncGenerator<Item> {
      for await (const item of account.read(...asked)) {
        await pause(150);
        yield item;
      }
    },
  });
  const names = Array.from({ length: 12 }, (_, at) => `c${String(at).padStart(2, "0")}`);
  const items = Object.fromEntries(names.map((name) => [`${name}.vcf`, card(name)]));
  const world = await memoryWorld({
    collections: books.map((path) => ({ path, name: path, components: ["VCARD"], items })),
    seenAs: slow,
    parts: { now: clock },
  });
  return { phone: world.phone({ ...named.unknown, polite: false }), clock };
}

it("values are strings in line and nothing else: no opaque data, string table or attribute, which Thunderbird misreads", async () => {
  const world = await accountWith({
    cards: { "a.vcf": card("Ada", "BDAY:1815-12-10\r\nCATEGORIES:Poets\r\nTEL;TYPE=cell:1\r\nNOTE:x\r\n") },
    events: { "e.ics": event("e", "20261124T100000Z", "ATTENDEE;CN=B:mailto:b@example.org\r\nLOCATION:Here\r\n") },
  });
  for (const version of versions) {
    const phone = world.phone({ version });
    const answers = [
      await phone.send("FolderSync", element("FolderHierarchy:FolderSync", [key("FolderHierarchy:SyncKey")])),
    ];
    await phone.folderSync();
    for (const type of [8, book]) {
      await phone.sync(phone.folder(type), { once: true });
      const { reply, changes } = await phone.sync(phone.folder(type), { once: true });
      expect(changes).toHaveLength(1);
      answers.push(reply);
    }
    // All that is said here is ASCII, and a token above 0x7F is one of those.
    for (const { bytes } of answers) expect(bytes.subarray(0, 4)).toEqual(Buffer.of(0x03, 0x01, 0x6a, 0x00));
    for (const { bytes } of answers) expect([...bytes].filter((octet) => octet > 0x7f)).toEqual([]);
  }
});

it("an item is fetched without its folder: iOS", async () => {
  const world = await accountWith({ cards: { "a.vcf": card("Ada") } });
  const { phone, folder } = await syncedPhone(world, named.iOS17, book);
  const fetch = async (id: string) => {
    const asked = element("ItemOperations:Fetch", [
      element("ItemOperations:Store", "Mailbox"),
      element("AirSync:ServerId", id),
    ]);
    return readFetch(await phone.send("ItemOperations", element("ItemOperations:ItemOperations", [asked]))).items[0];
  };
  const { serverId } = onlyItem(phone, folder);
  const found = await fetch(serverId);
  expect(found?.status).toBe(1);
  expect(found?.data.map(({ name }) => name)).toContain("Contacts:FirstName");
  expect((await fetch(`${serverId.slice(0, -1)}!`))?.status).toBe(6);
});

it("an empty tag says yes: Thunderbird and Android ask so for changes", async () => {
  const world = await accountWith({ cards: { "a.vcf": card("Ada") } });
  const phone = world.phone({ ...named.android4, polite: false });
  await phone.folderSync();
  const folder = phone.folder(book);
  const { key = "" } = await phone.sync(folder, { key: "0" });
  const said = [
    element("AirSync:SyncKey", key),
    element("AirSync:CollectionId", folder.id),
    element("AirSync:DeletesAsMoves"),
    element("AirSync:GetChanges"),
  ];
  const collections = element("AirSync:Collections", [element("AirSync:Collection", said)]);
  const [collection] = readSync(await phone.send("Sync", element("AirSync:Sync", [collections]))).collections;
  expect(collection?.changes.map(({ kind }) => kind)).toEqual(["Add"]);
});

it("what a Sync is asked with an empty Options, or for a collection that is gone, has an answer all the same", async () => {
  const world = await accountWith({ cards: { "a.vcf": card("Ada") } });
  const { phone, folder } = await syncedPhone(world, named.outlook, book);
  expect((await phone.sync(folder, { emptyOptions: true })).status).toBe(1);
  const gone = { ...folder, id: `${folder.id.slice(0, -1)}x` };
  const reply = await phone.syncFolders([
    { folder: gone, options: { key: "1" } },
    { folder, options: { window: 9 } },
  ]);
  // 12 makes it list its folders; Outlook stops at an 8 here.
  expect(reply.collections.find(({ id }) => id === gone.id)?.status).toBe(12);
});

function key(name: "FolderHierarchy:SyncKey"): Element {
  return element(name, "0");
}

/** Paths of containers without a child. */
function emptyLists(of: Element | undefined, path = ""): readonly string[] {
  if (!of) return [];
  const lists = ["AirSync:Collections", "AirSync:Commands", "AirSync:Responses"];
  const here = `${path}/${of.name}`;
  const own = lists.includes(of.name) && children(of).length === 0 ? [here] : [];
  return [...own, ...(Array.isArray(of.content) ? children(of) : []).flatMap((child) => emptyLists(child, here))];
}
