import { describe, expect, it } from "vitest";
import type { Device } from "../../conformance/device/device.ts";
import type { Account, Collection, Component } from "../../src/backends/backend.ts";
import { BackendError } from "../../src/errors.ts";
import { folderNameCharacters } from "../../src/schema/limits.ts";
import { element } from "../../src/wire/element.ts";
import { card, type MemoryWorld, type MemoryWorldOptions, memoryWorld } from "./world.ts";

type Change = (collections: Collection[]) => readonly Collection[];

interface Folders extends MemoryWorld {
  /** What the server's list is from now on. */
  change(change: Change): void;
}

const calendar = { path: "calendar", name: "Calendar", components: ["VEVENT"] } as const;
const contacts = { path: "contacts", name: "Contacts", components: ["VCARD"], items: { "a.vcf": card("a") } } as const;
const usual = [calendar, contacts, { path: "work", name: "Work", components: ["VEVENT"] }] as const;

async function world(options: MemoryWorldOptions = {}): Promise<Folders> {
  let change: Change = (collections) => collections;
  const seenAs = (account: Account): Account => ({
    ...account,
    collections: async (signal) => change([...(await account.collections(signal))]),
    async changes(href, ...rest) {
      if (!change([...(await account.collections())]).some((one) => one.href === href))
        throw new BackendError("gone", `${href}: 404`, { status: 404 });
      return account.changes(href, ...rest);
    },
    async probe(...asked) {
      const there = new Set(change([...(await account.collections())]).map(({ href }) => href));
      const result = await account.probe(...asked);
      return { ...result, tags: new Map([...result.tags].filter(([href]) => there.has(href))) };
    },
  });
  const here = await memoryWorld({ collections: usual, seenAs, ...options });
  return {
    ...here,
    change(next) {
      change = next;
    },
  };
}

function collection(path: string, components: readonly Component[], more: Partial<Collection> = {}): Collection {
  return {
    href: `/anna/${path}/`,
    name: path,
    components,
    rights: { create: true, update: true, remove: true },
    isDefault: false,
    shared: false,
    mayRename: true,
    mayRemove: true,
    ...more,
  };
}

const without =
  (path: string): Change =>
  (collections) =>
    collections.filter(({ href }) => href !== `/anna/${path}/`);
const withName =
  (path: string, name: string): Change =>
  (collections) =>
    collections.map((one) => (one.href === `/anna/${path}/` ? { ...one, name } : one));

function typesOf(phone: Device): Record<string, number> {
  return Object.fromEntries(
    phone.folders.filter(({ type }) => type > 6 && type !== 19).map(({ name, type }) => [name, type]),
  );
}

describe("the folders a phone is told of", () => {
  it("always hold the mail folders, and one default of each class", async () => {
    const here = await world();
    const phone = here.phone();
    expect(await phone.folderSync()).toMatchObject({ status: 1, count: 9 });
    expect(phone.folders.map(({ type }) => type).filter((type) => type < 7)).toEqual([2, 3, 4, 5, 6]);
    expect(typesOf(phone)).toEqual({ Calendar: 8, Work: 13, Contacts: 9 });
  });

  it.each([
    {
      name: "what the server calls the default",
      list: [collection("a", ["VEVENT"]), collection("z", ["VEVENT"], { isDefault: true })],
      chosen: "z",
    },
    {
      name: "else the first of the user's own that can be written",
      list: [
        collection("a", ["VEVENT"], { rights: { create: false, update: false, remove: false } }),
        collection("b", ["VEVENT"], { shared: true }),
        collection("d", ["VEVENT"]),
        collection("c", ["VEVENT"]),
      ],
      chosen: "c",
    },
    {
      name: "else a shared one that can be",
      list: [
        collection("a", ["VEVENT"], { rights: { create: false, update: true, remove: true } }),
        collection("b", ["VEVENT"], { shared: true }),
      ],
      chosen: "b",
    },
    {
      name: "else one that cannot",
      list: [collection("b", ["VEVENT"], { rights: { create: false, update: false, remove: false } })],
      chosen: "b",
    },
  ])("have as default $name", async ({ list, chosen }) => {
    const here = await world();
    here.change(() => list);
    const phone = here.phone();
    await phone.folderSync();
    expect(phone.folders.filter(({ type }) => type === 8).map(({ name }) => name)).toEqual([chosen]);
  });

  it("keep their default, whatever comes before it later, until it is gone", async () => {
    const here = await world();
    const phone = here.phone();
    await phone.folderSync();
    const before = phone.folder(8).id;
    here.change((collections) => [collection("aaa", ["VEVENT"], { isDefault: true }), ...collections]);
    await phone.folderSync();
    expect(phone.folder(8).id).toBe(before);
    const other = here.phone();
    await other.folderSync();
    expect(other.folder(8).id).toBe(before);
    here.change(without("calendar"));
    const answer = await phone.folderSync();
    expect(answer.deleted).toContain(before);
    expect(phone.folders.filter(({ type }) => type === 8).map(({ name }) => name)).toEqual(["Work"]);
  });

  it("have names of one line, none empty, none twice, none endless", async () => {
    const here = await world();
    const names = [
      "Inbox",
      "Same",
      "Same",
      "Same",
      "",
      "  ",
      "a\r\nb\u0000c\u0007",
      "\u0001",
      "x".repeat(5_000),
      "Same (2)",
      "Ünïcödé 📅",
      "<&>",
    ];
    here.change(() =>
      names.map((name, index) => collection(`c${String(index).padStart(2, "0")}`, ["VEVENT"], { name })),
    );
    const phone = here.phone();
    expect((await phone.folderSync()).status).toBe(1);
    const shown = phone.folders.map(({ name }) => name);
    expect(new Set(shown).size).toBe(shown.length);
    expect(shown).toHaveLength(6 + names.length);
    for (const name of shown) {
      expect(name).toMatch(/^\S.*\S$|^\S$/u);
      expect(name).not.toMatch(/[\u0000-\u001f\u007f]/);
      expect(name.length).toBeLessThanOrEqual(folderNameCharacters);
    }
    expect(shown).toContain("a b c");
  });

  it("keep their ids and names while others of the same name come before them", async () => {
    const here = await world();
    here.change(() => [collection("b", ["VEVENT"], { name: "Same" })]);
    const phone = here.phone();
    await phone.folderSync();
    const { id } = phone.folder("Same");
    here.change(() => [collection("a", ["VEVENT"], { name: "Same" }), collection("b", ["VEVENT"], { name: "Same" })]);
    await phone.folderSync();
    expect(phone.folders.some((folder) => folder.id === id)).toBe(true);
    expect(new Set(phone.folders.map(({ name }) => name)).size).toBe(phone.folders.length);
  });

  it("are one for each class of a collection that holds several", async () => {
    const here = await world();
    here.change(() => [collection("mixed", ["VEVENT", "VTODO", "VJOURNAL"]), collection("cards", ["VCARD"])]);
    const phone = here.phone();
    await phone.folderSync();
    const shown = phone.folders.filter(({ type }) => type > 6 && type !== 19).map(({ type, name }) => [type, name]);
    expect(shown).toEqual([
      [8, "mixed"],
      [9, "cards"],
      [7, "mixed (Tasks)"],
      [10, "mixed (Notes)"],
    ]);
  });

  it("are named by their class where that is all that tells them apart, and by a number where it is not", async () => {
    const here = await world();
    here.change(() => [
      collection("a", ["VEVENT", "VTODO"], { name: "Home" }),
      collection("b", ["VEVENT", "VTODO"], { name: "Home" }),
      collection("c", ["VTODO"], { name: "Home" }),
      collection("d", ["VTODO"], { name: "Alone" }),
    ]);
    const phone = here.phone();
    await phone.folderSync();
    const shown = phone.folders.filter(({ type }) => type > 6 && type !== 19).map(({ name }) => name);
    expect(shown).toEqual(["Home", "Home (2)", "Home (Tasks)", "Home (Tasks) (2)", "Home (3)", "Alone"]);
  });

  it("may be a thousand", async () => {
    const here = await world();
    here.change(() => Array.from({ length: 1_000 }, (_, index) => collection(`c${index}`, ["VEVENT"])));
    const phone = here.phone();
    expect((await phone.folderSync()).count).toBe(1_006);
    expect(await phone.folderSync()).toMatchObject({ count: 0 });
  });
});

describe("a change of the folder list", () => {
  it("is told as Update, Delete and Add, once", async () => {
    const here = await world();
    const phone = here.phone();
    await phone.folderSync();
    const work = phone.folder("Work").id;
    here.change(withName("work", "Job"));
    expect(await phone.folderSync()).toMatchObject({ count: 1, updated: [{ id: work, name: "Job" }] });
    here.change(without("work"));
    expect(await phone.folderSync()).toMatchObject({ count: 1, deleted: [work] });
    here.change((collections) => collections);
    expect(await phone.folderSync()).toMatchObject({ count: 1, added: [{ id: work, name: "Work" }] });
    const { folderKey } = phone;
    expect(await phone.folderSync()).toMatchObject({ count: 0, key: folderKey });
  });

  it("that takes a collection away leaves the others alone, and is Status 12 for its own Sync", async () => {
    const here = await world();
    const phone = here.phone();
    await phone.folderSync();
    const [book, work] = [phone.folder(9), phone.folder("Work")];
    for (const folder of [book, work]) await phone.sync(folder);
    here.change(without("work"));
    const answer = await phone.syncFolders([{ folder: work }, { folder: book, options: { window: 7 } }]);
    expect(answer.collections.find(({ id }) => id === work.id)?.status).toBe(12);
    expect(phone.items(book).size).toBe(1);
    await phone.folderSync();
    expect((await phone.sync(work, { once: true })).status).toBe(12);
    expect((await phone.sync(book, { once: true })).status).toBe(1);
  });

  it.each([
    ["taken away", without("contacts")],
    ["renamed", withName("contacts", "People")],
    ["joined by another one", (collections: Collection[]) => [...collections, collection("new", ["VCARD"])]],
  ] as const)("wakes a Ping with 7 when a collection is %s", async (name, change) => {
    let time = Date.UTC(2026, 10, 24);
    const here = await world({
      settings: { push: { heartbeat: { min: 1 }, pollEvery: 1 } },
      parts: { now: () => time },
    });
    const phone = here.phone();
    await phone.folderSync();
    await phone.sync(phone.folder(9));
    const waiting = phone.ping([phone.folder(9)], 60);
    await expect.poll(() => here.gateway.hub.waiting).toBe(1);
    here.change(change);
    // The list itself is looked at every few minutes only.
    time += 301_000;
    expect((await waiting).status, name).toBe(7);
    expect((await phone.folderSync()).count).toBe(1);
  });
});

describe("a folder key", () => {
  it("that is not ours is Status 9, and changes nothing", async () => {
    const here = await world();
    const phone = here.phone();
    await phone.folderSync();
    const { folderKey } = phone;
    for (const key of ["1", "nonsense", "00", "x".repeat(64), `${folderKey}0`]) {
      expect((await phone.folderSync({ key })).status).toBe(9);
    }
    expect(await phone.folderSync()).toMatchObject({ status: 1, count: 0, key: folderKey });
  });

  it("that is two behind is Status 9", async () => {
    const here = await world();
    const phone = here.phone();
    await phone.folderSync();
    const first = phone.folderKey;
    here.change(withName("work", "1"));
    await phone.folderSync();
    here.change(withName("work", "2"));
    await phone.folderSync();
    expect((await phone.folderSync({ key: first })).status).toBe(9);
  });

  it("that is empty or missing is Status 10", async () => {
    const here = await world();
    const phone = here.phone();
    for (const body of [
      element("FolderHierarchy:FolderSync"),
      element("FolderHierarchy:FolderSync", [element("FolderHierarchy:SyncKey", "")]),
    ]) {
      expect((await phone.send("FolderSync", body)).body).toEqual(
        element("FolderHierarchy:FolderSync", [element("FolderHierarchy:Status", "10")]),
      );
    }
  });

  it("0 tells the same ids again, and keeps the collections' keys and items", async () => {
    const here = await world();
    const phone = here.phone();
    await phone.folderSync();
    const book = phone.folder(9);
    await phone.sync(book);
    const ids = phone.folders.map(({ id }) => id);
    const key = phone.key(book);
    for (let count = 0; count < 3; count += 1) {
      await phone.folderSync({ key: "0" });
      expect(phone.folders.map(({ id }) => id)).toEqual(ids);
    }
    expect(await phone.sync(book, { once: true })).toMatchObject({ status: 1, empty: true });
    expect(phone.key(book)).toBe(key);
  });

  it("whose answer was lost gets the same changes again", async () => {
    const here = await world();
    const phone = here.phone();
    await phone.folderSync();
    const before = phone.folderKey;
    here.change(withName("work", "Job"));
    phone.dropNext();
    await expect(phone.folderSync()).rejects.toThrow("thrown away");
    const again = await phone.folderSync();
    expect(again.updated.map(({ name }) => name)).toEqual(["Job"]);
    expect(again.key).not.toBe(before);
    expect(await phone.folderSync()).toMatchObject({ count: 0 });
  });

  it("whose answer was lost gets what changed since, too, sooner or later", async () => {
    const here = await world();
    const phone = here.phone();
    await phone.folderSync();
    here.change(withName("work", "Job"));
    phone.dropNext();
    await expect(phone.folderSync()).rejects.toThrow("thrown away");
    here.change((collections) => without("work")([...withName("contacts", "People")(collections)]));
    const work = phone.folder("Work").id;
    await phone.folderSync();
    await phone.folderSync();
    expect(phone.folders.some(({ id }) => id === work)).toBe(false);
    expect(phone.folder(9).name).toBe("People");
    expect(await phone.folderSync()).toMatchObject({ count: 0 });
  });

  it("0 whose answer was lost begins again", async () => {
    const here = await world();
    const phone = here.phone();
    phone.dropNext();
    await expect(phone.folderSync()).rejects.toThrow("thrown away");
    expect((await phone.folderSync()).count).toBe(9);
    expect((await phone.sync(phone.folder(9))).status).toBe(1);
  });

  it.each(["0", "its own"])("%s, sent twice at once, leaves one that works", async (which) => {
    const here = await world();
    const phone = here.phone({ polite: false });
    await phone.folderSync();
    here.change(withName("work", "Job"));
    const key = which === "0" ? "0" : phone.folderKey;
    const answers = await Promise.all([
      phone.folderSync({ key }),
      phone.folderSync({ key }),
      phone.folderSync({ key }),
    ]);
    // One that came second may be told to come again; none is told nonsense.
    for (const { status } of answers) expect([1, 6]).toContain(status);
    expect(answers.some(({ status }) => status === 1)).toBe(true);
    const last = await phone.folderSync();
    expect([1, 9]).toContain(last.status);
    if (last.status === 9) await phone.folderSync({ key: "0" });
    expect(phone.folder("Job").name).toBe("Job");
    expect(await phone.folderSync()).toMatchObject({ status: 1, count: 0 });
  });
});

describe("the device that stock Android checks an account with", () => {
  it("gets its folders and leaves no state", async () => {
    const here = await world();
    const phone = here.phone({ deviceId: "validate", deviceType: "Android", version: "2.5" });
    expect((await phone.folderSync()).status).toBe(1);
    const devices = (await here.gateway.state.scopes("test /anna/")).flatMap(({ device }) => device ?? []);
    expect(devices).toEqual([]);
  });
});
