/** Messages that a phone moves between mailboxes: each once, under the name that it is told. */
import { describe, expect, it } from "vitest";
import { BackendError } from "../../src/errors.ts";
import { surprises } from "../trouble/world.ts";
import { idOn, mailOf, subjectsIn, subjectsOn, type TwinWorldOptions, twinWorld } from "./twin-world.ts";

/** A phone that has three messages in its inbox. */
async function begin(options: TwinWorldOptions = {}, version: "2.5" | "12.1" | "14.1" | "16.1" = "14.1") {
  const world = await twinWorld(options);
  for (const subject of ["one", "two", "three"]) await world.other.append("INBOX", mailOf(subject), ["\\Seen"]);
  const phone = await world.phone(version);
  const [inbox, archive] = [phone.folder(2), phone.folder("Archive")];
  for (const folder of [inbox, archive]) await phone.sync(folder);
  world.calls();
  return { ...world, phone, inbox, archive, id: (subject: string) => idOn(phone, 2, subject) };
}

describe.each(["2.5", "12.1", "14.1", "16.1"] as const)("in %s", (version) => {
  it("messages go to another mailbox, and each folder tells of it once, under the name that was told", async () => {
    const { phone, inbox, archive, id, other, calls, lines } = await begin({}, version);
    const { moves } = await phone.moveItems(inbox, [id("one"), id("two")], archive);
    expect(moves.map(({ status }) => status)).toEqual([3, 3]);
    expect(calls()).toEqual(["heads", "move"]);
    expect(await subjectsIn(other, "Archive")).toEqual(["one", "two"]);
    expect(await subjectsIn(other, "INBOX")).toEqual(["three"]);
    await phone.sync(archive);
    expect([...phone.items(archive).keys()].toSorted()).toEqual(moves.map(({ moved }) => moved ?? "").toSorted());
    expect((await phone.sync(inbox)).changes.map(({ kind }) => kind)).toEqual(["Delete", "Delete"]);
    expect([subjectsOn(phone, "Archive"), subjectsOn(phone, 2)]).toEqual([["one", "two"], ["three"]]);
    for (const folder of [inbox, archive]) expect((await phone.sync(folder)).changes).toEqual([]);
    expect(surprises(lines)).toEqual([]);
  });
});

it("each gets the status it deserves", async () => {
  const { phone, inbox, archive, id, other } = await begin();
  const [one, two] = [id("one"), id("two")];
  await other.remove(
    "INBOX",
    (await other.changes("INBOX", undefined)).entries.slice(-1).map(({ href }) => href),
  );
  const asked = [one, two, two.replace(/\d+$/, "99"), "x"];
  const { moves } = await phone.moveItems(inbox, asked, archive);
  expect(moves.map(({ status }) => status)).toEqual([1, 3, 1, 1]);
  expect((await phone.moveItems(inbox, [id("three")], inbox)).moves[0]?.status).toBe(4);
  expect((await phone.moveItems(inbox, [id("three")], phone.folder(8))).moves[0]?.status).toBe(2);
  expect((await phone.moveItems(inbox, [id("three")], phone.folder(6))).moves[0]?.status).toBe(2);
});

it("a move whose answer was lost has the same answer, and is done once", async () => {
  const { phone, inbox, archive, id, other, calls } = await begin();
  const asked = id("one");
  phone.dropNext();
  await expect(phone.moveItems(inbox, [asked], archive)).rejects.toThrow();
  await phone.sync(inbox);
  const { moves } = await phone.moveItems(inbox, [asked], archive);
  expect(moves[0]?.status).toBe(3);
  expect(calls().filter((call) => call === "move")).toHaveLength(1);
  await phone.sync(archive);
  expect([...phone.items(archive).keys()]).toEqual([moves[0]?.moved]);
  expect(await subjectsIn(other, "Archive")).toEqual(["one"]);
});

it("one that the server did and did not say is found where it is", async () => {
  let breaks = true;
  const { phone, inbox, archive, id, other } = await begin({
    seenAs: (account) => ({
      ...account,
      async move(...asked) {
        const moved = await account.move(...asked);
        if (breaks) throw new BackendError("unreachable", "the connection broke");
        return moved;
      },
    }),
  });
  const asked = [id("one"), id("two")];
  expect((await phone.moveItems(inbox, asked, archive)).moves.map(({ status }) => status)).toEqual([7, 7]);
  breaks = false;
  const { moves } = await phone.moveItems(inbox, asked, archive);
  expect(moves.map(({ status }) => status)).toEqual([3, 3]);
  await phone.sync(archive);
  expect([...phone.items(archive).keys()].toSorted()).toEqual(moves.map(({ moved }) => moved ?? "").toSorted());
  expect(await subjectsIn(other, "Archive")).toEqual(["one", "two"]);
});

it("a server that does not say the new name is looked at for it", async () => {
  const { phone, inbox, archive, id } = await begin({
    seenAs: (account) => ({
      ...account,
      move: async (...asked) => new Map([...(await account.move(...asked))].map(([name]) => [name, undefined])),
    }),
  });
  const { moves } = await phone.moveItems(inbox, [id("one")], archive);
  await phone.sync(archive);
  expect([...phone.items(archive).keys()]).toEqual([moves[0]?.moved]);
});

it("what was moved on by somebody else is not there", async () => {
  const { phone, inbox, archive, id, other } = await begin();
  const [first] = (await other.changes("INBOX", undefined)).entries;
  await other.move("INBOX", [first?.href ?? ""], "Junk");
  expect((await phone.moveItems(inbox, [id("three")], archive)).moves[0]?.status).toBe(1);
});

it.each([
  ["refused", 5],
  ["busy", 7],
  ["unreachable", 7],
] as const)("a server that is %s is Status %i, and nothing is lost", async (kind, status) => {
  const { phone, inbox, archive, id, other } = await begin({
    before({ method }) {
      if (method === "move") throw new BackendError(kind, "no");
    },
  });
  expect((await phone.moveItems(inbox, [id("one")], archive)).moves[0]?.status).toBe(status);
  expect(await subjectsIn(other, "INBOX")).toEqual(["one", "three", "two"]);
  expect((await phone.sync(inbox)).changes).toEqual([]);
});

it("a message of another folder than the one that is named is not there", async () => {
  const { phone, archive, id, other } = await begin();
  await phone.sync(phone.folder("Junk"));
  const { moves } = await phone.moveItems(phone.folder("Junk"), [id("one")], archive);
  expect(moves[0]?.status).toBe(1);
  expect(await subjectsIn(other, "Archive")).toEqual([]);
});
