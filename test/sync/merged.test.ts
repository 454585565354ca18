import { describe, expect, it } from "vitest";
import type { Device, Folder } from "../../conformance/device/device.ts";
import type { MemoryCollection } from "../../src/backends/memory/memory.ts";
import { childText, element } from "../../src/wire/element.ts";
import { card, type MemoryWorld, memoryWorld, surprises } from "../trouble/world.ts";

const collections: readonly MemoryCollection[] = [
  {
    path: "family",
    name: "Family",
    components: ["VCARD"],
    items: { "ann.vcf": card("Ann"), "bob.vcf": card("Bob") },
  },
  { path: "people", name: "People", components: ["VCARD"], isDefault: true, items: { "cid.vcf": card("Cid") } },
  { path: "staff", name: "Staff", components: ["VCARD"], readOnly: true, items: { "dan.vcf": card("Dan") } },
  { path: "work", name: "Work", components: ["VEVENT"] },
  { path: "home", name: "Home", components: ["VEVENT"] },
];

/** Outlook has one folder of contacts, and several calendars. */
const outlook = { deviceType: "WindowsOutlook15", userAgent: "Outlook/16.0 (16.0.14131.20278; C2R; x64)" };

async function ready({ phone }: MemoryWorld, options: Parameters<MemoryWorld["phone"]>[0] = outlook) {
  const one = phone(options);
  await one.folderSync();
  const folder = one.folder(9);
  await one.sync(folder);
  return { one, folder };
}

function names(phone: Device, folder: Folder): readonly string[] {
  return [...phone.items(folder).values()]
    .map(({ data }) => childText(element("AirSync:ApplicationData", data), "Contacts:FirstName") ?? "")
    .sort((a, b) => a.localeCompare(b));
}

function idOf(phone: Device, folder: Folder, name: string): string {
  for (const [id, { data }] of phone.items(folder)) {
    if (childText(element("AirSync:ApplicationData", data), "Contacts:FirstName") === name) return id;
  }
  throw new Error(`no ${name} on the phone`);
}

async function count({ account }: MemoryWorld, path: string): Promise<number> {
  return (await account.changes(`/anna/${path}/`, undefined)).entries.length;
}

const named = (name: string) => [element("Contacts:FirstName", name), element("Contacts:FileAs", name)];

describe("a client that handles one folder of contacts", () => {
  it("sees all address books as one, and the calendars apart", async () => {
    const world = await memoryWorld({ collections });
    const { one, folder } = await ready(world);
    expect(one.folders.filter(({ type }) => type === 9 || type === 14)).toMatchObject([{ name: "People", type: 9 }]);
    expect(one.folders.filter(({ type }) => type === 8 || type === 13)).toHaveLength(2);
    expect(names(one, folder)).toEqual(["Ann", "Bob", "Cid", "Dan"]);
  });

  it("files what is new in the default book, and edits where the item is", async () => {
    const world = await memoryWorld({ collections });
    const { one, folder } = await ready(world);
    expect((await one.add(folder, named("Eve"))).status).toBe(1);
    expect((await one.change(folder, idOf(one, folder, "Ann"), named("Anna"))).status).toBe(1);
    expect((await one.remove(folder, idOf(one, folder, "Bob"))).status).toBe(1);
    expect([await count(world, "family"), await count(world, "people"), await count(world, "staff")]).toEqual([
      1, 2, 1,
    ]);
    const [entry] = (await world.account.changes("/anna/family/", undefined)).entries;
    expect(entry?.href).toBe("/anna/family/ann.vcf");
    await one.sync(folder);
    expect(names(one, folder)).toEqual(["Anna", "Cid", "Dan", "Eve"]);
    expect(surprises(world.lines)).toEqual([]);
  });

  it("an edit in a read-only book is refused and taken back; those in the others are not", async () => {
    const world = await memoryWorld({ collections });
    const { one, folder } = await ready(world);
    expect((await one.change(folder, idOf(one, folder, "Dan"), named("Daniel"))).status).toBe(6);
    expect((await one.remove(folder, idOf(one, folder, "Dan"))).status).toBe(6);
    await one.sync(folder);
    expect(names(one, folder)).toEqual(["Ann", "Bob", "Cid", "Dan"]);
    expect(await count(world, "staff")).toBe(1);
  });

  it("is told of what others change in any of them, and is woken by it", async () => {
    const world = await memoryWorld({ collections, settings: { push: { pollEvery: 3600 } } });
    const { hub } = world.gateway;
    const { one, folder } = await ready(world);
    const other = world.phone({ deviceId: "other" });
    await other.folderSync();
    const family = other.folder("Family");
    await other.sync(family);
    const waits = one.ping([folder], 60);
    await expect.poll(() => hub.waiting).toBe(1);
    expect((await other.add(family, named("Fay"))).status).toBe(1);
    expect((await waits).status).toBe(2);
    const { changes, requests } = await one.sync(folder);
    expect([changes.map(({ kind }) => kind), requests]).toEqual([["Add"], 1]);
    // And the other way round: what this client does wakes those who see the books apart.
    const otherWaits = other.ping([family], 60);
    await expect.poll(() => hub.waiting).toBe(1);
    expect((await one.change(folder, idOf(one, folder, "Ann"), named("Anna"))).status).toBe(1);
    expect((await otherWaits).status).toBe(2);
    await other.sync(family);
    expect(names(other, family)).toEqual(["Anna", "Bob", "Fay"]);
  });

  it("a repeated Add is one contact", async () => {
    const world = await memoryWorld({ collections });
    const { one, folder } = await ready(world);
    const clientId = one.newClientId();
    one.dropNext();
    await expect(one.add(folder, named("Eve"), { clientId })).rejects.toThrow();
    await one.repeat();
    await one.sync(folder);
    expect(names(one, folder)).toEqual(["Ann", "Bob", "Cid", "Dan", "Eve"]);
    expect(await count(world, "people")).toBe(2);
  });

  it("a Sync without a change costs one question to each book", async () => {
    const calls: string[] = [];
    const world = await memoryWorld({
      collections,
      before: ({ method, href = "" }) => void calls.push(`${method} ${href}`),
    });
    const { one, folder } = await ready(world);
    await one.sync(folder);
    calls.length = 0;
    await one.sync(folder);
    expect(calls.sort()).toEqual(["changes /anna/family/", "changes /anna/people/", "changes /anna/staff/"]);
  });

  it("a book that comes, and one that goes, changes the folder and not its id; what stays is not sent again", async () => {
    let shown = ["family", "people"];
    const world = await memoryWorld({
      collections,
      seenAs: (account) => ({
        ...account,
        collections: async () => {
          const all = await account.collections();
          return all.filter(({ href }) => shown.some((path) => href === `/anna/${path}/`));
        },
      }),
    });
    const { one, folder } = await ready(world);
    expect(names(one, folder)).toEqual(["Ann", "Bob", "Cid"]);
    for (const [now, expected, kinds] of [
      [["family", "people", "staff"], ["Ann", "Bob", "Cid", "Dan"], ["Add"]],
      [
        ["people", "staff"],
        ["Cid", "Dan"],
        ["Delete", "Delete"],
      ],
      [["people"], ["Cid"], ["Delete"]],
      [
        ["people", "family"],
        ["Ann", "Bob", "Cid"],
        ["Add", "Add"],
      ],
    ] as const) {
      shown = [...now];
      const answer = await one.folderSync();
      expect([answer.added, answer.updated, answer.deleted]).toEqual([[], [], []]);
      const { changes } = await one.sync(folder);
      expect([changes.map(({ kind }) => kind), names(one, folder)]).toEqual([kinds, expected]);
    }
  });

  it("a phone that waits is sent to ask for its folders when a book goes, though it sees none go", async () => {
    const shown = new Set(["/anna/family/", "/anna/people/"]);
    const world = await memoryWorld({
      collections,
      settings: { push: { pollEvery: 1, heartbeat: { min: 1 } } },
      seenAs: (account) => ({
        ...account,
        collections: async () => (await account.collections()).filter(({ href }) => shown.has(href)),
        probe: (asked, cursors, signal) =>
          account.probe(
            asked.filter((href) => shown.has(href)),
            cursors,
            signal,
          ),
      }),
    });
    const { one, folder } = await ready(world);
    const waits = one.ping([folder], 60);
    shown.delete("/anna/family/");
    expect((await waits).status).toBe(7);
    await one.folderSync();
    await one.sync(folder);
    expect(names(one, folder)).toEqual(["Cid"]);
  });

  it("a full listing of one book is one of all: nothing is taken for gone", async () => {
    let forgets = false;
    const world = await memoryWorld({
      collections,
      seenAs: (account) => ({
        ...account,
        changes: (collection, cursor, signal) =>
          account.changes(collection, forgets && collection.includes("family") ? undefined : cursor, signal),
      }),
    });
    const { one, folder } = await ready(world);
    forgets = true;
    await world.account.create("/anna/family/", "gus.vcf", card("Gus"));
    await world.account.remove("/anna/family/bob.vcf", undefined);
    const { changes } = await one.sync(folder);
    expect(changes.map(({ kind }) => kind)).toEqual(["Delete", "Add"]);
    expect(names(one, folder)).toEqual(["Ann", "Cid", "Dan", "Gus"]);
  });
});
