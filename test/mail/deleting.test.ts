/** Messages that a phone deletes, and those that other programs have. */
import { describe, expect, it } from "vitest";
import { BackendError } from "../../src/errors.ts";
import { idOn, mailOf, subjectsIn, subjectsOn, type TwinWorldOptions, twinWorld } from "./twin-world.ts";

async function begin(version: "2.5" | "12.1" | "14.1" | "16.1" = "14.1", options: TwinWorldOptions = {}) {
  const world = await twinWorld(options);
  for (const subject of ["one", "two", "three"]) await world.other.append("INBOX", mailOf(subject), []);
  const phone = await world.phone(version);
  const inbox = phone.folder(2);
  await phone.sync(inbox);
  const remove = (subject: string, more: { readonly deletesAsMoves?: boolean } = {}) =>
    phone.sync(inbox, { commands: [{ kind: "Delete", serverId: idOn(phone, 2, subject) }], ...more });
  return { ...world, phone, inbox, remove };
}

describe.each(["2.5", "12.1", "14.1", "16.1"] as const)("in %s", (version) => {
  it("they go to the trash, out of it for good, and where the phone says so at once", async () => {
    const { phone, inbox, remove, other } = await begin(version);
    await remove("one");
    await remove("two", { deletesAsMoves: true });
    await remove("three", { deletesAsMoves: false });
    expect(await subjectsIn(other, "Trash")).toEqual(["one", "two"]);
    expect(await subjectsIn(other, "INBOX")).toEqual([]);
    expect((await phone.sync(inbox)).changes).toEqual([]);
    const trash = phone.folder(4);
    await phone.sync(trash);
    await phone.sync(trash, { commands: [{ kind: "Delete", serverId: idOn(phone, 4, "one") }] });
    expect(await subjectsIn(other, "Trash")).toEqual(["two"]);
    expect(subjectsOn(phone, 4)).toEqual(["two"]);
  });

  it("where there is no trash one is made, and is the phone's", async () => {
    const { phone, remove, other } = await begin(version);
    await other.removeMailbox("Trash");
    await phone.folderSync();
    await remove("one");
    expect(await subjectsIn(other, "Trash")).toEqual(["one"]);
    await phone.folderSync();
    await phone.sync(phone.folder(4));
    expect(subjectsOn(phone, 4)).toEqual(["one"]);
  });
});

it("where none can be made they are deleted for good", async () => {
  const { remove, other } = await begin("14.1", {
    before({ method }) {
      if (method === "createMailbox") throw new BackendError("refused", "no");
    },
  });
  await other.removeMailbox("Trash");
  await remove("one");
  expect(await subjectsIn(other, "INBOX")).toEqual(["three", "two"]);
  expect((await other.mailboxes()).map(({ path }) => path)).not.toContain("Trash");
});

it("a trash that was renamed meanwhile is found", async () => {
  const { remove, other } = await begin();
  await remove("one");
  await other.renameMailbox("Trash", "Papierkorb", undefined);
  await remove("two");
  expect(await subjectsIn(other, "Papierkorb")).toEqual(["one", "two"]);
});

it("many cost one look at the mailboxes, and a move each", async () => {
  const { phone, inbox, calls } = await begin();
  calls();
  const commands = ["one", "two", "three"].map((name) => ({ kind: "Delete" as const, serverId: idOn(phone, 2, name) }));
  await phone.sync(inbox, { commands, once: true });
  expect(calls().toSorted()).toEqual(["changes", "mailboxes", "move", "move", "move"]);
});

it("a deletion whose answer was lost is done once", async () => {
  const { phone, remove, other, inbox } = await begin();
  phone.dropNext();
  await expect(remove("one")).rejects.toThrow();
  await phone.repeat();
  await phone.sync(inbox);
  expect([subjectsOn(phone, 2), await subjectsIn(other, "Trash")]).toEqual([["three", "two"], ["one"]]);
});

it("what another program has flagged as deleted is gone, and comes back when the flag goes", async () => {
  const { phone, inbox, other, remove } = await begin();
  const [newest] = (await other.changes("INBOX", undefined)).entries;
  await other.flag("INBOX", newest?.href ?? "", { add: ["\\Deleted"], remove: [] });
  await other.append("INBOX", mailOf("never shown"), ["\\Deleted"]);
  expect((await phone.sync(inbox)).changes.map(({ kind }) => kind)).toEqual(["Delete"]);
  expect(subjectsOn(phone, 2)).toEqual(["one", "two"]);
  // The phone's own deletion takes no other along.
  await remove("one", { deletesAsMoves: false });
  await other.flag("INBOX", newest?.href ?? "", { add: [], remove: ["\\Deleted"] });
  await phone.sync(inbox);
  expect(subjectsOn(phone, 2)).toEqual(["three", "two"]);
});
