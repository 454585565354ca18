/** Mailboxes made, renamed, moved and deleted by a phone and by another mail client. */
import { describe, expect, it } from "vitest";
import type { Device } from "../../conformance/device/device.ts";
import type { MailAccount } from "../../src/backends/mail.ts";
import type { MailExtension } from "../../src/backends/memory/mail-store.ts";
import { BackendError } from "../../src/errors.ts";
import { surprises } from "../trouble/world.ts";
import { idOn, mailOf, subjectsIn, subjectsOn, type TwinWorld, twinWorld } from "./twin-world.ts";

const make = (phone: Device, name: string, parent: string | number = "0") =>
  phone.changeFolder("FolderCreate", { parent: parent === "0" ? "0" : phone.folder(parent).id, name, type: 12 });
const update = (phone: Device, which: string | number, name: string, parent: string | number = "0") =>
  phone.changeFolder("FolderUpdate", {
    id: phone.folder(which).id,
    parent: parent === "0" ? "0" : phone.folder(parent).id,
    name,
  });
const remove = (phone: Device, which: string | number) =>
  phone.changeFolder("FolderDelete", { id: phone.folder(which).id });
const paths = async ({ other }: TwinWorld) => (await other.mailboxes()).map(({ path }) => path).toSorted();
const usual = ["Archive", "Drafts", "INBOX", "Junk", "Sent", "Trash"];
const nothing = { added: [], updated: [], deleted: [] };

describe("FolderCreate", () => {
  it.each(["2.5", "12.1", "14.1", "16.1"] as const)("makes a mailbox, and one in it, in %s", async (version) => {
    const world = await twinWorld();
    const phone = await world.phone(version);
    expect((await make(phone, "Plans")).status).toBe(1);
    const { status, key } = await make(phone, "Größe", "Plans");
    expect(status).toBe(1);
    expect(await paths(world)).toEqual([...usual, "Plans", "Plans/Größe"].toSorted());
    expect(await phone.folderSync()).toMatchObject({ key, ...nothing });
    await world.other.append("Plans/Größe", mailOf("inside"), []);
    await phone.sync(phone.folder("Größe"));
    expect(subjectsOn(phone, "Größe")).toEqual(["inside"]);
    // Another phone sees where it lies.
    const another = await world.phone(version);
    expect(another.folder("Größe")).toEqual({ ...phone.folder("Größe"), parent: another.folder("Plans").id });
    expect(surprises(world.lines)).toEqual([]);
  });

  it("makes one in the inbox", async () => {
    const world = await twinWorld();
    const phone = await world.phone();
    expect((await make(phone, "Rosa", 2)).status).toBe(1);
    expect(await paths(world)).toContain("INBOX/Rosa");
    const another = await world.phone();
    expect(another.folder("Rosa").parent).toBe(another.folder(2).id);
  });

  it("gives the same answer when it was lost, and makes one", async () => {
    const world = await twinWorld();
    const phone = await world.phone();
    phone.dropNext();
    await expect(make(phone, "Plans")).rejects.toThrow();
    await phone.repeat();
    expect(phone.folder("Plans").type).toBe(12);
    expect(world.calls().filter((call) => call === "createMailbox")).toHaveLength(1);
    expect(await phone.folderSync()).toMatchObject(nothing);
  });

  it("finds what it made before the connection broke", async () => {
    let breaks = true;
    const world = await twinWorld({
      seenAs: (account) => ({
        ...account,
        async createMailbox(...asked) {
          const made = await account.createMailbox(...asked);
          if (breaks) throw new BackendError("unreachable", "the connection broke");
          return made;
        },
      }),
    });
    const phone = await world.phone();
    expect((await make(phone, "Plans")).status).toBe(6);
    breaks = false;
    expect((await make(phone, "Plans")).status).toBe(1);
    expect(await paths(world)).toEqual([...usual, "Plans"].toSorted());
    expect(await phone.folderSync()).toMatchObject(nothing);
  });

  it("refuses names that are taken beside it, and takes them elsewhere", async () => {
    const world = await twinWorld();
    const phone = await world.phone();
    for (const name of ["Archive", "ARCHIVE", "Inbox", "Deleted Items", "Calendar"])
      expect((await make(phone, name)).status, name).toBe(2);
    expect((await make(phone, "Archive", "Archive")).status).toBe(1);
    expect((await make(phone, "Calendar", "Archive")).status).toBe(1);
    // Made meanwhile by somebody else.
    await world.other.createMailbox("Late", undefined);
    expect((await make(phone, "Late")).status).toBe(2);
    expect((await make(phone, "a/b")).status).toBe(12);
  });

  it("tells a parent that is not there from one that takes no mailboxes", async () => {
    const phone = await (await twinWorld()).phone();
    expect((await make(phone, "Plans", 8)).status).toBe(3);
    expect((await make(phone, "Plans", 6)).status).toBe(3);
    expect((await phone.changeFolder("FolderCreate", { parent: "nowhere", name: "Plans", type: 12 })).status).toBe(5);
  });
});

/** A phone that has two messages in `Plans` and one in `Plans/Deep`. */
async function settled(without: readonly MailExtension[]) {
  const world = await twinWorld({ mail: { without } });
  await world.other.createMailbox("Plans", undefined);
  await world.other.createMailbox("Deep", "Plans");
  for (const subject of ["one", "two"]) await world.other.append("Plans", mailOf(subject), []);
  await world.other.append("Plans/Deep", mailOf("three"), []);
  const phone = await world.phone();
  for (const folder of ["Plans", "Deep"]) await phone.sync(phone.folder(folder));
  return { world, phone, plans: phone.folder("Plans").id, deep: phone.folder("Deep").id };
}

/** Nothing comes anew, and everything works: what is edited, what comes, what is fetched. */
async function stays(phone: Device, other: MailAccount, name: string, path: string) {
  expect((await phone.sync(phone.folder(name))).changes).toEqual([]);
  expect((await phone.sync(phone.folder("Deep"))).changes).toEqual([]);
  expect(subjectsOn(phone, name)).toEqual(["one", "two"]);
  const { items } = await phone.fetch(phone.folder(name), idOn(phone, name, "one"));
  expect(items.map(({ status }) => status)).toEqual([1]);
  expect((await phone.remove(phone.folder(name), idOn(phone, name, "one"))).status).toBe(1);
  expect(await subjectsIn(other, path)).toEqual(["two"]);
  await other.append(`${path}/Deep`, mailOf("four"), []);
  await phone.sync(phone.folder("Deep"));
  expect(subjectsOn(phone, "Deep")).toEqual(["four", "three"]);
  expect(await subjectsIn(other, "Trash")).toEqual(["one"]);
}

const servers: readonly (readonly [string, readonly MailExtension[]])[] = [
  ["that tells what stays of a mailbox", []],
  ["that tells UIDVALIDITY with the list", ["OBJECTID"]],
];
const poor = ["that tells neither", ["OBJECTID", "LIST-STATUS"]] as const;

describe.each([...servers, poor])("on a server %s", (_, without) => {
  it("a mailbox that the phone renames, and the one in it, stay the folders they are", async () => {
    const { world, phone, plans, deep } = await settled(without);
    const { status, key } = await update(phone, "Plans", "Dreams");
    expect(status).toBe(1);
    expect(await paths(world)).toEqual([...usual, "Dreams", "Dreams/Deep"].toSorted());
    expect(await phone.folderSync()).toMatchObject({ key, ...nothing });
    expect([phone.folder("Dreams").id, phone.folder("Deep").id]).toEqual([plans, deep]);
    await stays(phone, world.other, "Dreams", "Dreams");
  });

  it("one that it moves into another stays too, and another phone hears of it", async () => {
    const { world, phone, plans } = await settled(without);
    const another = await world.phone();
    await another.sync(another.folder("Plans"));
    expect((await update(phone, "Plans", "Plans", "Archive")).status).toBe(1);
    expect(await paths(world)).toEqual([...usual, "Archive/Plans", "Archive/Plans/Deep"].toSorted());
    const { updated, added, deleted } = await another.folderSync();
    expect([updated.map(({ id, parent }) => [id, parent]), added, deleted]).toEqual([
      [[plans, another.folder("Archive").id]],
      [],
      [],
    ]);
    expect((await another.sync(another.folder("Plans"))).changes).toEqual([]);
    await stays(phone, world.other, "Plans", "Archive/Plans");
    expect((await update(phone, "Plans", "Plans")).status).toBe(1);
    expect(await paths(world)).toContain("Plans/Deep");
  });

  it("a renaming whose answer was lost, or whose connection broke, is done once", async () => {
    const { world, phone, plans } = await settled(without);
    phone.dropNext();
    await expect(update(phone, "Plans", "Dreams")).rejects.toThrow();
    await phone.repeat();
    expect(phone.folder("Dreams").id).toBe(plans);
    expect(world.calls().filter((call) => call === "renameMailbox")).toHaveLength(1);
    await stays(phone, world.other, "Dreams", "Dreams");
  });

  it("one that was cut short is found again", async () => {
    let breaks = true;
    const world = await twinWorld({
      mail: { without },
      seenAs: (account) => ({
        ...account,
        async renameMailbox(...asked) {
          const renamed = await account.renameMailbox(...asked);
          if (breaks) throw new BackendError("unreachable", "the connection broke");
          return renamed;
        },
      }),
    });
    await world.other.createMailbox("Plans", undefined);
    await world.other.createMailbox("Deep", "Plans");
    for (const subject of ["one", "two"]) await world.other.append("Plans", mailOf(subject), []);
    await world.other.append("Plans/Deep", mailOf("three"), []);
    const phone = await world.phone();
    for (const folder of ["Plans", "Deep"]) await phone.sync(phone.folder(folder));
    expect((await update(phone, "Plans", "Dreams")).status).toBe(6);
    breaks = false;
    expect((await update(phone, "Plans", "Dreams")).status).toBe(1);
    expect(await phone.folderSync()).toMatchObject(nothing);
    await stays(phone, world.other, "Dreams", "Dreams");
  });
});

describe.each(servers)("another client, on a server %s", (_, without) => {
  it("renames a mailbox, and it stays what it is, with the one in it", async () => {
    const { world, phone, plans, deep } = await settled(without);
    await world.other.renameMailbox("Plans", "Dreams", undefined);
    // A folder whose mailbox is not where it was: the folder list has to be asked for.
    expect((await phone.sync(phone.folder("Plans"), { once: true })).status).toBe(12);
    const { updated, added, deleted } = await phone.folderSync();
    expect([updated.map(({ id, name }) => [id, name]), added, deleted]).toEqual([[[plans, "Dreams"]], [], []]);
    expect(phone.folder("Deep").id).toBe(deep);
    await stays(phone, world.other, "Dreams", "Dreams");
  });

  it("makes another in its place, and the two are not mixed up", async () => {
    const { world, phone, plans } = await settled(without);
    await world.other.renameMailbox("Plans", "Dreams", undefined);
    await world.other.createMailbox("Plans", undefined);
    await world.other.append("Plans", mailOf("new"), []);
    const { updated, added } = await phone.folderSync();
    expect(updated.map(({ id, name }) => [id, name])).toEqual([[plans, "Dreams"]]);
    expect(added.map(({ name }) => name)).toEqual(["Plans"]);
    await phone.sync(phone.folder("Plans"));
    expect(subjectsOn(phone, "Plans")).toEqual(["new"]);
    await stays(phone, world.other, "Dreams", "Dreams");
  });

  it("swaps the names of two", async () => {
    const { world, phone, plans } = await settled(without);
    const { other } = world;
    await other.createMailbox("Dreams", undefined);
    await other.append("Dreams", mailOf("dream"), []);
    await phone.folderSync();
    await phone.sync(phone.folder("Dreams"));
    const dreams = phone.folder("Dreams").id;
    await other.renameMailbox("Plans", "x", undefined);
    await other.renameMailbox("Dreams", "Plans", undefined);
    await other.renameMailbox("x", "Dreams", undefined);
    await phone.folderSync();
    expect([phone.folder("Dreams").id, phone.folder("Plans").id]).toEqual([plans, dreams]);
    expect((await phone.sync(phone.folder("Plans"))).changes).toEqual([]);
    expect(subjectsOn(phone, "Plans")).toEqual(["dream"]);
    await stays(phone, other, "Dreams", "Dreams");
  });
});

describe("FolderUpdate", () => {
  it("leaves special folders as they are, and takes no name that is taken", async () => {
    const world = await twinWorld();
    const phone = await world.phone();
    await make(phone, "Plans");
    for (const which of [2, 3, 4, 5, 6, "Junk"]) expect((await update(phone, which, "Mine")).status).toBe(2);
    for (const name of ["Archive", "inbox", "Contacts"]) expect((await update(phone, "Plans", name)).status).toBe(2);
    expect((await update(phone, "Plans", "PLANS")).status).toBe(1);
    expect(await paths(world)).toEqual([...usual, "PLANS"].toSorted());
  });

  it("moves none into itself, nor into what is not there", async () => {
    const { world, phone } = await settled([]);
    expect((await update(phone, "Plans", "Plans", "Plans")).status).toBe(5);
    expect((await update(phone, "Plans", "Plans", "Deep")).status).toBe(5);
    expect((await update(phone, "Plans", "Plans", 8)).status).toBe(3);
    const gone = { id: phone.folder("Plans").id, parent: "nowhere", name: "Plans" };
    expect((await phone.changeFolder("FolderUpdate", gone)).status).toBe(5);
    await world.other.removeMailbox("Plans");
    expect((await update(phone, "Plans", "Dreams")).status).toBe(4);
  });
});

describe("FolderDelete", () => {
  it.each([...servers, poor])("puts it into the trash with what is in it, on a server %s", async (_, without) => {
    const { world, phone, plans, deep } = await settled(without);
    expect((await remove(phone, "Plans")).status).toBe(1);
    expect(await paths(world)).toEqual([...usual, "Trash/Plans", "Trash/Plans/Deep"].toSorted());
    const { added, deleted, updated } = await phone.folderSync();
    expect(updated).toEqual([]);
    expect(deleted).toEqual([deep]);
    expect(added.map(({ name }) => name)).toEqual(["Plans", "Deep"]);
    expect(added.map(({ id }) => id)).not.toContain(plans);
    await phone.sync(phone.folder("Plans"));
    expect(subjectsOn(phone, "Plans")).toEqual(["one", "two"]);
    // Taken out again it is what it was.
    expect((await update(phone, "Plans", "Plans")).status).toBe(1);
    await phone.folderSync();
    expect((await phone.sync(phone.folder("Plans"))).status).toBe(1);
    expect(subjectsOn(phone, "Plans")).toEqual(["one", "two"]);
  });

  it("deletes for good what lies in the trash, and makes one where there is none", async () => {
    const { world, phone } = await settled([]);
    await remove(phone, "Plans");
    await phone.folderSync();
    expect((await remove(phone, "Plans")).status).toBe(1);
    expect(await paths(world)).toEqual(usual);
    await make(phone, "Plans");
    await world.other.removeMailbox("Trash");
    expect((await remove(phone, "Plans")).status).toBe(1);
    expect(await paths(world)).toEqual([...usual, "Trash/Plans"].toSorted());
  });

  it("finds another name in the trash", async () => {
    const { world, phone } = await settled([]);
    await remove(phone, "Plans");
    await make(phone, "Plans");
    expect((await remove(phone, "Plans")).status).toBe(1);
    expect(await paths(world)).toContain("Trash/Plans (2)");
  });

  it("deletes for good where the trash takes no mailboxes", async () => {
    const refusing = await twinWorld({
      seenAs: (account) => ({
        ...account,
        renameMailbox: () => Promise.reject(new BackendError("refused", "no children")),
      }),
    });
    const second = await refusing.phone();
    await make(second, "Plans");
    expect((await remove(second, "Plans")).status).toBe(1);
    expect(await paths(refusing)).toEqual(usual);
  });

  it("gives the same answer when it was lost, and spares what was made there since", async () => {
    const { world, phone } = await settled([]);
    phone.dropNext();
    await expect(remove(phone, "Plans")).rejects.toThrow();
    await world.other.createMailbox("Plans", undefined);
    await phone.repeat();
    expect(await paths(world)).toEqual([...usual, "Plans", "Trash/Plans", "Trash/Plans/Deep"].toSorted());
  });

  it("keeps special folders", async () => {
    const phone = await (await twinWorld()).phone();
    for (const which of [2, 3, 4, 5, 6, "Junk"]) expect((await remove(phone, which)).status).toBe(3);
  });
});

it("what is forbidden by configuration is refused", async () => {
  const world = await twinWorld({ settings: { folders: { create: false, rename: false, delete: false } } });
  await world.other.createMailbox("Plans", undefined);
  const phone = await world.phone();
  expect((await make(phone, "More")).status).toBe(3);
  expect((await update(phone, "Plans", "More")).status).toBe(2);
  expect((await remove(phone, "Plans")).status).toBe(3);
});
