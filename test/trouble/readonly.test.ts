import { describe, expect, it } from "vitest";
import type { Device, Folder } from "../../conformance/device/device.ts";
import { childText, element } from "../../src/wire/element.ts";
import { card, hrefOf, type MemoryWorld, memoryWorld } from "./world.ts";

const contact = (name: string) => [element("Contacts:FirstName", name), element("Contacts:FileAs", name)];

function names(phone: Device, folder: Folder): string[] {
  return Array.from(
    phone.items(folder).values(),
    ({ data }) => childText(element("AirSync:ApplicationData", data), "Contacts:FirstName") ?? "",
  ).toSorted();
}

async function stored({ account }: MemoryWorld): Promise<string[]> {
  const book = await hrefOf(account, "VCARD");
  const { entries } = await account.changes(book, undefined);
  const found: string[] = [];
  for await (const { text } of account.read(
    book,
    entries.map(({ href }) => href),
  ))
    found.push(/^N:[^;]*;([^;\r]*)/m.exec(text)?.[1] ?? "?");
  return found.toSorted();
}

describe("a read-only address book", () => {
  const items = { "a.vcf": card("a", "TEL;TYPE=CELL:+1\r\n"), "b.vcf": card("b"), "c.vcf": card("c") };

  async function begin(
    version: "2.5" | "14.1" | "16.1",
  ): Promise<{ here: MemoryWorld; phone: Device; folder: Folder; ids: string[] }> {
    const here = await memoryWorld({
      collections: [{ path: "contacts", name: "Contacts", components: ["VCARD"], readOnly: true, items }],
    });
    const phone = here.phone({ version });
    await phone.folderSync();
    const folder = phone.folder(9);
    await phone.sync(folder);
    return { here, phone, folder, ids: [...phone.items(folder).keys()] };
  }

  describe.each(["2.5", "14.1", "16.1"] as const)("on a %s phone", (version) => {
    it("refuses an Add with 6", async () => {
      const { here, phone, folder } = await begin(version);
      const { status, results } = await phone.sync(folder, {
        commands: [{ kind: "Add", clientId: "n", data: contact("n") }],
      });
      expect(status).toBe(1);
      expect(results).toMatchObject([{ kind: "Add", clientId: "n", status: 6 }]);
      expect(await stored(here)).toEqual(["a", "b", "c"]);
    });

    it("refuses a Change with 6, and gives the stored copy back", async () => {
      const {
        here,
        phone,
        folder,
        ids: [id = ""],
      } = await begin(version);
      const done = await phone.sync(folder, { commands: [{ kind: "Change", serverId: id, data: contact("mine") }] });
      expect(done.results).toMatchObject([{ kind: "Change", serverId: id, status: 6 }]);
      const after = await phone.sync(folder);
      const back = [...done.changes, ...after.changes].filter(({ serverId }) => serverId === id);
      expect(back.map(({ kind }) => kind)).toEqual(["Change"]);
      expect(childText(element("AirSync:ApplicationData", back[0]?.data ?? []), "Contacts:FirstName")).toBe("a");
      expect(names(phone, folder)).toEqual(["a", "b", "c"]);
      expect(await stored(here)).toEqual(["a", "b", "c"]);
      expect((await phone.sync(folder, { once: true })).changes).toEqual([]);
    });

    it("refuses a Delete with 6, and gives the item back as an Add", async () => {
      const {
        here,
        phone,
        folder,
        ids: [id = ""],
      } = await begin(version);
      const done = await phone.sync(folder, { commands: [{ kind: "Delete", serverId: id }] });
      expect(done.results).toMatchObject([{ kind: "Delete", serverId: id, status: 6 }]);
      const after = await phone.sync(folder);
      const back = [...done.changes, ...after.changes];
      expect(back.map(({ kind, serverId }) => [kind, serverId])).toEqual([["Add", id]]);
      expect(names(phone, folder)).toEqual(["a", "b", "c"]);
      expect(await stored(here)).toEqual(["a", "b", "c"]);
      expect((await phone.sync(folder, { once: true })).changes).toEqual([]);
    });

    it("gives back what was refused even when the answer that said so was lost", async () => {
      const {
        phone,
        folder,
        ids: [first = "", second = ""],
      } = await begin(version);
      const commands = [
        { kind: "Change", serverId: first, data: contact("mine") },
        { kind: "Delete", serverId: second },
      ] as const;
      phone.dropNext();
      await expect(phone.sync(folder, { once: true, commands })).rejects.toThrow("thrown away");
      await phone.repeat();
      await phone.sync(folder);
      expect(names(phone, folder)).toEqual(["a", "b", "c"]);
    });

    it("gives back what was refused although the phone asked for no changes", async () => {
      const {
        phone,
        folder,
        ids: [first = "", second = ""],
      } = await begin(version);
      await phone.sync(folder, {
        once: true,
        getChanges: false,
        commands: [
          { kind: "Change", serverId: first, data: contact("mine") },
          { kind: "Delete", serverId: second },
        ],
      });
      await phone.sync(folder);
      expect(names(phone, folder)).toEqual(["a", "b", "c"]);
    });

    it("takes an echo, which writes nothing", async () => {
      const {
        phone,
        folder,
        ids: [id = ""],
      } = await begin(version);
      const { data = [] } = phone.items(folder).get(id) ?? {};
      const { results, changes } = await phone.sync(folder, { commands: [{ kind: "Change", serverId: id, data }] });
      expect(results).toEqual([]);
      expect(changes).toEqual([]);
    });
  });
});

describe("rights that change", () => {
  it("hold from the next FolderSync on, in both directions", async () => {
    let writable = false;
    const here = await memoryWorld({
      seenAs: (account) => ({
        ...account,
        collections: async (signal) =>
          (await account.collections(signal)).map((one) => ({
            ...one,
            rights: { create: writable, update: writable, remove: writable },
          })),
      }),
    });
    const phone = here.phone();
    await phone.folderSync();
    const folder = phone.folder(9);
    const add = async (name: string) =>
      (await phone.sync(folder, { commands: [{ kind: "Add", clientId: name, data: contact(name) }] })).results[0]
        ?.status;
    await phone.sync(folder);
    expect(await add("a")).toBe(6);
    writable = true;
    expect(await phone.folderSync()).toMatchObject({ status: 1, count: 0 });
    expect(await add("b")).toBe(1);
    writable = false;
    await phone.folderSync();
    expect(await add("c")).toBe(6);
    expect(await stored(here)).toEqual(["b"]);
  });
});

describe("two edits of one item", () => {
  async function begin() {
    const here = await memoryWorld();
    const book = await hrefOf(here.account, "VCARD");
    const written = await here.account.create(book, "a.vcf", card("a", "TEL;TYPE=CELL:+1\r\n"));
    const phone = here.phone();
    await phone.folderSync();
    const folder = phone.folder(9);
    return { here, phone, folder, written };
  }

  it("leave the server's, when the server is to win (which is the default)", async () => {
    for (const conflict of [1, undefined] as const) {
      const { here, phone, folder, written } = await begin();
      await phone.sync(folder, conflict === undefined ? {} : { conflict });
      const [id = ""] = phone.items(folder).keys();
      await here.account.update(written.href, written.rev, card("theirs", "", "uid-a"));
      const done = await phone.sync(folder, { commands: [{ kind: "Change", serverId: id, data: contact("mine") }] });
      expect(done.results).toMatchObject([{ kind: "Change", serverId: id, status: 7 }]);
      expect(done.changes.map(({ kind, serverId }) => [kind, serverId])).toEqual([["Change", id]]);
      expect(names(phone, folder)).toEqual(["theirs"]);
      expect(await stored(here)).toEqual(["theirs"]);
      expect((await phone.sync(folder, { once: true })).changes).toEqual([]);
    }
  });

  it("leave the phone's, when the phone is to win, and what it does not know of the server's", async () => {
    const { here, phone, folder, written } = await begin();
    await phone.sync(folder, { conflict: 0 });
    const [id = ""] = phone.items(folder).keys();
    await here.account.update(written.href, written.rev, card("theirs", "X-THEIRS:kept\r\n", "uid-a"));
    const done = await phone.sync(folder, { commands: [{ kind: "Change", serverId: id, data: contact("mine") }] });
    expect(done.results).toEqual([]);
    expect(await stored(here)).toEqual(["mine"]);
    expect(names(phone, folder)).toEqual(["mine"]);
    const book = await hrefOf(here.account, "VCARD");
    for await (const { text } of here.account.read(book, [written.href])) expect(text).toContain("X-THEIRS:kept");
  });

  it("let a phone's deletion beat a change on the server", async () => {
    const { here, phone, folder, written } = await begin();
    await phone.sync(folder);
    const [id = ""] = phone.items(folder).keys();
    await here.account.update(written.href, written.rev, card("theirs", "", "uid-a"));
    expect((await phone.remove(folder, id)).status).toBe(1);
    expect(await stored(here)).toEqual([]);
    await phone.sync(folder);
    expect(names(phone, folder)).toEqual([]);
  });

  it("let a deletion on the server stand against a phone's change, which is told 8", async () => {
    const { here, phone, folder, written } = await begin();
    await phone.sync(folder);
    const [id = ""] = phone.items(folder).keys();
    await here.account.remove(written.href, undefined);
    const done = await phone.sync(folder, { commands: [{ kind: "Change", serverId: id, data: contact("mine") }] });
    expect(done.results).toMatchObject([{ kind: "Change", status: 8 }]);
    expect(await stored(here)).toEqual([]);
    await phone.sync(folder);
    expect(names(phone, folder)).toEqual([]);
  });

  it("both deletions, are told as done", async () => {
    const { here, phone, folder, written } = await begin();
    await phone.sync(folder);
    const [id = ""] = phone.items(folder).keys();
    await here.account.remove(written.href, undefined);
    expect((await phone.remove(folder, id)).status).toBe(1);
    expect(await phone.sync(folder, { once: true })).toMatchObject({ status: 1, changes: [] });
  });

  it("of two phones, do not overwrite each other unasked", async () => {
    const { here, phone, folder } = await begin();
    const other = here.phone();
    await other.folderSync();
    for (const one of [phone, other]) await one.sync(folder);
    const [id = ""] = phone.items(folder).keys();
    expect((await phone.change(folder, id, contact("first"))).status).toBe(1);
    expect((await other.change(folder, id, contact("second"))).status).toBe(7);
    expect(names(other, folder)).toEqual(["first"]);
    // Now that it knows, its edit stands.
    expect((await other.change(folder, id, contact("second"))).status).toBe(1);
    await phone.sync(folder);
    expect(names(phone, folder)).toEqual(["second"]);
  });
});
