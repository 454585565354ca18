/** Folders made, renamed and deleted by a phone: what the server has, what the phone is told, and what others are. */
import { describe, expect, it } from "vitest";
import type { Device } from "../../conformance/device/device.ts";
import type { MemoryCollection } from "../../src/backends/memory/memory.ts";
import { BackendError } from "../../src/errors.ts";
import { element } from "../../src/wire/element.ts";
import { card, event, type MemoryWorldOptions, memoryWorld, surprises } from "../trouble/world.ts";

const collections: readonly MemoryCollection[] = [
  { path: "calendar", name: "Calendar", components: ["VEVENT"], isDefault: true },
  {
    path: "work",
    name: "Work",
    components: ["VEVENT"],
    items: { "one.ics": event("one", "20261124T100000Z") },
  },
  { path: "tasks", name: "Tasks", components: ["VTODO"] },
  { path: "contacts", name: "Contacts", components: ["VCARD"], items: { "ann.vcf": card("Ann") } },
];

async function begin(options: MemoryWorldOptions = {}) {
  const world = await memoryWorld({ collections, ...options });
  const phone = world.phone();
  await phone.folderSync();
  return {
    ...world,
    phone,
    /** Another phone of the same user. */
    another: world.phone,
    names: async () => (await world.account.collections()).map(({ name }) => name),
    count: (method: string) => world.calls.filter((call) => call.method === method).length,
  };
}

const make = (phone: Device, name = "Plans", type = 13) =>
  phone.changeFolder("FolderCreate", { parent: "0", name, type });

describe("FolderCreate", () => {
  it("makes a collection, which is a folder at once and is not told again", async () => {
    const { phone, account, lines } = await begin();
    const { status, key, id } = await make(phone);
    expect(status).toBe(1);
    const made = (await account.collections()).find(({ name }) => name === "Plans");
    expect(made).toMatchObject({ components: ["VEVENT"], shared: false });
    expect(await phone.folderSync()).toMatchObject({ status: 1, key, added: [], updated: [], deleted: [] });
    await phone.sync(phone.folder("Plans"));
    await phone.add(phone.folder("Plans"), [
      element("Calendar:StartTime", "20261124T100000Z"),
      element("Calendar:EndTime", "20261124T110000Z"),
      element("Calendar:Subject", "Planned"),
    ]);
    expect((await account.changes(made?.href ?? "", undefined)).entries).toHaveLength(1);
    expect(phone.folder("Plans").id).toBe(id);
    expect(surprises(lines)).toEqual([]);
  });

  it.each([
    [13, "VEVENT"],
    [14, "VCARD"],
    [15, "VTODO"],
    [17, "VJOURNAL"],
  ])("makes type %i for %s", async (type, component) => {
    const { phone, account } = await begin();
    expect((await make(phone, "Plans", type)).status).toBe(1);
    expect((await account.collections()).find(({ name }) => name === "Plans")?.components).toEqual([component]);
  });

  it("gives the same answer when it was lost, and makes one collection", async () => {
    const { phone, names, count } = await begin();
    phone.dropNext();
    await expect(make(phone)).rejects.toThrow();
    await phone.repeat();
    expect((await names()).filter((name) => name === "Plans")).toHaveLength(1);
    expect(count("createCollection")).toBe(1);
    expect(await phone.folderSync()).toMatchObject({ status: 1, added: [], updated: [], deleted: [] });
  });

  it("tells the folder by FolderSync when the phone gave up on the answer", async () => {
    const { phone } = await begin();
    phone.dropNext();
    await expect(make(phone)).rejects.toThrow();
    const { added } = await phone.folderSync();
    expect(added.map(({ name }) => name)).toEqual(["Plans"]);
  });

  it("does what is asked instead when the answer was lost, and tells of both", async () => {
    const { phone, names } = await begin();
    phone.dropNext();
    await expect(make(phone)).rejects.toThrow();
    expect((await make(phone, "Others")).status).toBe(1);
    expect(await names()).toEqual(expect.arrayContaining(["Plans", "Others"]));
    const { added } = await phone.folderSync();
    expect(added.map(({ name }) => name)).toEqual(["Plans"]);
  });

  it("goes on where the server's answer was lost", async () => {
    let fails = true;
    const { phone, names } = await begin({
      seenAs: (account) => ({
        ...account,
        async createCollection(...asked) {
          const made = await account.createCollection(...asked);
          if (fails) throw new BackendError("unreachable", "the connection broke");
          return made;
        },
      }),
    });
    expect((await make(phone)).status).toBe(6);
    fails = false;
    expect((await make(phone)).status).toBe(1);
    expect((await names()).filter((name) => name === "Plans")).toHaveLength(1);
  });

  it.each([
    ["Work", 2],
    ["WORK", 2],
    ["  Work ", 2],
    ["Inbox", 2],
    ["Contacts", 2],
    ["", 10],
    ["   ", 10],
    ["two\nlines", 10],
    ["x".repeat(257), 10],
  ])("answers the name %j with %i, and makes nothing", async (name, status) => {
    const { phone, count } = await begin();
    expect(await make(phone, name)).toMatchObject({ status, key: undefined, id: undefined });
    expect(count("createCollection")).toBe(0);
    // The key is as good as it was.
    expect((await make(phone)).status).toBe(1);
  });

  it("takes a name of 256 characters, and without the blanks around it", async () => {
    const { phone, names } = await begin();
    expect((await make(phone, "x".repeat(256))).status).toBe(1);
    expect((await make(phone, " Plans  ")).status).toBe(1);
    expect(await names()).toEqual(expect.arrayContaining(["x".repeat(256), "Plans"]));
  });

  it.each([1, 2, 4, 7, 8, 9, 10, 12, 16, 18, 19, 99])("makes no folder of type %i", async (type) => {
    const { phone, count } = await begin();
    expect((await make(phone, "Plans", type)).status).toBe(10);
    expect(count("createCollection")).toBe(0);
  });

  it("makes notes for the versions that have them", async () => {
    const { another, count } = await begin();
    for (const version of ["12.1", "2.5"] as const) {
      const old = another({ version });
      await old.folderSync();
      expect((await make(old, "Plans", 17)).status).toBe(10);
      expect(count("createCollection")).toBe(0);
    }
  });

  it("tells a parent that is not there from one that takes no folders", async () => {
    const { phone } = await begin();
    const ask = (parent: string) => phone.changeFolder("FolderCreate", { parent, name: "Plans", type: 13 });
    expect((await ask("nowhere")).status).toBe(5);
    expect((await ask(phone.folder("Calendar").id)).status).toBe(3);
  });

  it("passes over the empty ServerId that BlackBerry sends", async () => {
    const { phone } = await begin();
    const asked = { id: "", parent: "0", name: "Plans", type: 13 };
    expect((await phone.changeFolder("FolderCreate", asked)).status).toBe(1);
  });

  it.each([
    ["busy", {}, 6],
    ["unreachable", {}, 6],
    ["refused", {}, 12],
    ["refused", { precondition: "need-privileges" }, 3],
    ["conflict", {}, 12],
    ["too-large", {}, 12],
  ] as const)("tells %s %j as %i, and the key stays good", async (kind, more, status) => {
    let fails = true;
    const { phone } = await begin({
      before({ method }) {
        if (fails && method === "createCollection") throw new BackendError(kind, "no", more);
      },
    });
    expect(await make(phone)).toMatchObject({ status, key: undefined });
    fails = false;
    expect((await make(phone)).status).toBe(1);
  });
});

describe("FolderUpdate", () => {
  const rename = (phone: Device, which: string, name: string, parent = "0") =>
    phone.changeFolder("FolderUpdate", { id: phone.folder(which).id, parent, name });

  it("renames the collection, keeps the folder, and is not told again", async () => {
    const { phone, names } = await begin();
    const { id } = phone.folder("Work");
    await phone.sync(phone.folder("Work"));
    const { status, key } = await rename(phone, "Work", "Job");
    expect(status).toBe(1);
    expect(await names()).toEqual(["Calendar", "Job", "Tasks", "Contacts"]);
    expect(await phone.folderSync()).toMatchObject({ key, added: [], updated: [], deleted: [] });
    expect(phone.folder("Job").id).toBe(id);
    expect(await phone.sync(phone.folder("Job"), { once: true })).toMatchObject({ status: 1, changes: [] });
  });

  it("gives the same answer when it was lost, and renames once", async () => {
    const { phone, count } = await begin();
    phone.dropNext();
    await expect(rename(phone, "Work", "Job")).rejects.toThrow();
    await phone.repeat();
    expect(phone.folder("Job")).toBeDefined();
    expect(count("renameCollection")).toBe(1);
  });

  it("takes another spelling of its own name, and the name it has", async () => {
    const { phone, names } = await begin();
    expect((await rename(phone, "Work", "WORK")).status).toBe(1);
    expect((await rename(phone, "WORK", "WORK")).status).toBe(1);
    expect(await names()).toContain("WORK");
  });

  it.each([
    ["Work", "Contacts", 2],
    ["Work", "inbox", 2],
    ["Calendar", "Mine", 2],
    ["Inbox", "Mine", 2],
    ["Work", "", 10],
  ])("answers %s as %j with %i, and renames nothing", async (which, name, status) => {
    const { phone, count } = await begin();
    expect(await rename(phone, which, name)).toMatchObject({ status, key: undefined });
    expect(count("renameCollection")).toBe(0);
  });

  it("knows no other place than the root, and no folder that is not there", async () => {
    const { phone } = await begin();
    expect((await rename(phone, "Work", "Job", phone.folder("Calendar").id)).status).toBe(5);
    expect((await rename(phone, "Work", "Job", "nowhere")).status).toBe(5);
    const unknown = await phone.changeFolder("FolderUpdate", { id: "nothing", parent: "0", name: "Job" });
    expect(unknown.status).toBe(4);
  });

  it("says that the folder is no more when the collection is gone", async () => {
    const { phone, account } = await begin();
    await account.removeCollection("/anna/work/");
    expect((await rename(phone, "Work", "Job")).status).toBe(4);
    expect((await phone.folderSync()).deleted).toHaveLength(1);
  });

  it("leaves another's alone, and what is read-only", async () => {
    const { phone, count } = await begin({
      collections: [
        ...collections,
        { path: "bobs", name: "Bob's", components: ["VEVENT"], owner: "bob" },
        { path: "holidays", name: "Holidays", components: ["VEVENT"], readOnly: true },
      ],
    });
    expect((await rename(phone, "Bob's", "Mine")).status).toBe(2);
    expect((await rename(phone, "Holidays", "Mine")).status).toBe(2);
    expect(count("renameCollection")).toBe(0);
  });
});

describe("FolderDelete", () => {
  const remove = (phone: Device, which: string) => phone.changeFolder("FolderDelete", { id: phone.folder(which).id });

  it("deletes the collection, forgets what was kept for it, and is not told again", async () => {
    const { phone, names, gateway } = await begin();
    const { id } = phone.folder("Work");
    await phone.sync(phone.folder("Work"));
    const { status, key } = await remove(phone, "Work");
    expect(status).toBe(1);
    expect(await names()).not.toContain("Work");
    expect(await phone.folderSync()).toMatchObject({ key, added: [], updated: [], deleted: [] });
    const scope = { user: "/anna/", device: phone.deviceId };
    const left: string[] = [];
    for await (const [name] of gateway.state.scan(scope, "")) if (name.includes(id)) left.push(name);
    expect(left).toEqual([]);
  });

  it("gives the same answer when it was lost, and spares what was made there since", async () => {
    const { phone, names, account, count } = await begin();
    phone.dropNext();
    await expect(remove(phone, "Work")).rejects.toThrow();
    await account.createCollection({ component: "VEVENT", name: "work", displayName: "New work" });
    await phone.repeat();
    expect(count("removeCollection")).toBe(1);
    expect(await names()).toContain("New work");
    expect((await phone.folderSync()).added.map(({ name }) => name)).toEqual(["New work"]);
  });

  it.each(["Calendar", "Contacts", "Inbox", "Deleted Items"])("keeps %s: Status 3", async (which) => {
    const { phone, count } = await begin();
    expect(await remove(phone, which)).toMatchObject({ status: 3, key: undefined });
    expect(count("removeCollection")).toBe(0);
  });

  it("says 4 for a folder nobody told of, and for one that is gone", async () => {
    const { phone, account } = await begin();
    expect((await phone.changeFolder("FolderDelete", { id: "nothing" })).status).toBe(4);
    await account.removeCollection("/anna/work/");
    expect((await remove(phone, "Work")).status).toBe(4);
  });

  it("leaves no share, and deletes nothing that is read-only", async () => {
    const { phone, count } = await begin({
      collections: [
        ...collections,
        { path: "bobs", name: "Bob's", components: ["VEVENT"], owner: "bob" },
        { path: "birthdays", name: "Birthdays", components: ["VEVENT"], readOnly: true },
      ],
    });
    expect((await remove(phone, "Bob's")).status).toBe(3);
    expect((await remove(phone, "Birthdays")).status).toBe(3);
    expect(count("removeCollection")).toBe(0);
  });

  it("deletes no collection that holds what the folder does not show", async () => {
    const both: MemoryCollection = { path: "both", name: "Both", components: ["VEVENT", "VTODO"] };
    const todo = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:x", "BEGIN:VTODO", "UID:t", "SUMMARY:t", "END:VTODO"];
    const items = { "t.ics": [...todo, "END:VCALENDAR", ""].join("\r\n") };
    const held = await begin({ collections: [...collections, { ...both, items }] });
    expect((await remove(held.phone, "Both")).status).toBe(3);
    expect(await held.names()).toContain("Both");
    const empty = await begin({ collections: [...collections, both] });
    expect((await remove(empty.phone, "Both")).status).toBe(1);
    // The same collection as a task list is gone with it.
    expect((await empty.phone.folderSync()).deleted).toHaveLength(1);
  });
});

describe("other phones and waits", () => {
  it("are told of what one did", async () => {
    const world = await begin();
    const other = world.another();
    await other.folderSync();
    await make(world.phone);
    expect((await other.folderSync()).added.map(({ name }) => name)).toEqual(["Plans"]);
    await world.phone.changeFolder("FolderUpdate", { id: world.phone.folder("Plans").id, parent: "0", name: "Dreams" });
    expect((await other.folderSync()).updated.map(({ name }) => name)).toEqual(["Dreams"]);
    await world.phone.changeFolder("FolderDelete", { id: world.phone.folder("Dreams").id });
    expect((await other.folderSync()).deleted).toHaveLength(1);
  });

  it("end at once: another phone's Ping with 7, and one's own on the folder that went", async () => {
    const world = await begin();
    const { phone } = world;
    const other = world.another();
    await other.folderSync();
    for (const one of [phone, other]) await one.sync(one.folder("Work"));
    await other.sync(other.folder("Calendar"));
    const theirs = other.ping([other.folder("Calendar")], 600);
    const own = phone.ping([phone.folder("Work")], 600);
    await expect.poll(() => world.gateway.hub.waiting).toBe(2);
    await phone.changeFolder("FolderDelete", { id: phone.folder("Work").id });
    expect((await theirs).status).toBe(7);
    expect((await own).status).toBe(7);
  });
});

it("OPTIONS offers all three", async () => {
  const { phone } = await begin();
  expect((await phone.options()).commands).toEqual(
    expect.arrayContaining(["FolderCreate", "FolderUpdate", "FolderDelete"]),
  );
});

describe("what is forbidden by configuration", () => {
  it.each([
    ["create", "FolderCreate", 3],
    ["rename", "FolderUpdate", 2],
    ["delete", "FolderDelete", 3],
  ] as const)("%s", async (setting, command, status) => {
    const { phone, names } = await begin({ settings: { folders: { [setting]: false } } });
    const { id } = phone.folder("Work");
    const details = {
      FolderCreate: { parent: "0", name: "Plans", type: 13 },
      FolderUpdate: { id, parent: "0", name: "Plans" },
      FolderDelete: { id },
    };
    expect((await phone.options()).commands).not.toContain(command);
    expect((await phone.changeFolder(command, details[command])).status).toBe(status);
    expect(await names()).toEqual(["Calendar", "Work", "Tasks", "Contacts"]);
  });
});

describe("keys", () => {
  it.each(["0", "1", "4711", "1-0000000000000000"])("of others are 9: %s", async (key) => {
    const { phone, count } = await begin();
    const asked = { key, parent: "0", name: "Plans", type: 13 };
    expect(await phone.changeFolder("FolderCreate", asked)).toMatchObject({ status: 9, key: undefined });
    expect(count("createCollection")).toBe(0);
  });

  it("that are missing or empty are 10", async () => {
    const { phone } = await begin();
    for (const key of [undefined, ""]) {
      const asked = { key, parent: "0", name: "Plans", type: 13 };
      expect((await phone.changeFolder("FolderCreate", asked)).status).toBe(10);
    }
  });
});
