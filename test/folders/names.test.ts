/** What folders are called: every name once, the same on all phones, and for as long as the collection has its name. */
import { expect, it } from "vitest";
import type { Device } from "../../conformance/device/device.ts";
import type { Account, Collection } from "../../src/backends/backend.ts";
import type { MemoryCollection } from "../../src/backends/memory/memory.ts";
import { memoryWorld, phoneOf } from "../trouble/world.ts";

const calendar: MemoryCollection = { path: "m", name: "Calendar", components: ["VEVENT"], isDefault: true };

async function told(collections: readonly MemoryCollection[]): Promise<readonly string[]> {
  const { phone } = await memoryWorld({ collections });
  return namesOf(phone());
}

async function namesOf(phone: Device): Promise<readonly string[]> {
  const { added } = await phone.folderSync({ key: "0" });
  return added.filter(({ type }) => type > 6 && type !== 19).map(({ name }) => name);
}

const of = (path: string, name: string, more: Partial<MemoryCollection> = {}): MemoryCollection => ({
  path,
  name,
  components: ["VEVENT"],
  ...more,
});

it("another's says whose it is, unless its name does", async () => {
  expect(
    await told([
      calendar,
      of("a", "Calendar", { owner: "bob" }),
      of("b", "Calendar", { owner: "carol@example.org", readOnly: true }),
      of("c", "Team (Bob)", { owner: "bob" }),
      of("d", "", { owner: "bob" }),
    ]),
  ).toEqual(["Calendar", "Calendar (bob)", "Calendar (carol@example.org)", "Team (Bob)", "d (bob)"]);
});

it("of one name each gets a number, in whatever case it is written", async () => {
  expect(await told([calendar, of("a", "calendar"), of("b", "CALENDAR"), of("c", "Inbox")])).toEqual([
    "Calendar",
    "calendar (2)",
    "CALENDAR (3)",
    "Inbox (2)",
  ]);
});

it("no name gets longer than names may be", async () => {
  const long = "x".repeat(256);
  const names = await told([calendar, of("a", long), of("b", long), of("c", long, { owner: "o".repeat(300) })]);
  expect(new Set(names).size).toBe(4);
  for (const name of names) expect(name.length).toBeLessThanOrEqual(256);
});

it("who had a number keeps it when another one comes that stands before it", async () => {
  let front: readonly Collection[] = [];
  const seenAs = (account: Account): Account => ({
    ...account,
    collections: async (...asked) => [...front, ...(await account.collections(...asked))],
  });
  const world = await memoryWorld({ collections: [calendar, of("b", "Work"), of("c", "Work")], seenAs });
  const phone = world.phone();
  expect(await namesOf(phone)).toEqual(["Calendar", "Work", "Work (2)"]);
  const [, work] = await world.account.collections();
  front = work ? [{ ...work, href: "/anna/a/" }] : [];
  const { added, updated } = await phone.folderSync();
  expect(added.map(({ name }) => name)).toEqual(["Work (3)"]);
  expect(updated).toEqual([]);
  expect((await namesOf(world.phone())).toSorted()).toEqual(["Calendar", "Work", "Work (2)", "Work (3)"]);
});

it("a number is not part of the collection's name: a phone that says it back renames nothing", async () => {
  const world = await memoryWorld({ collections: [calendar, of("b", "Work"), of("c", "Work")] });
  const phone = world.phone();
  await phone.folderSync();
  const rename = (name: string) =>
    phone.changeFolder("FolderUpdate", { id: phone.folder("Work (2)").id, parent: "0", name });
  expect((await rename("Work (2)")).status).toBe(1);
  expect((await world.account.collections()).map(({ name }) => name)).toEqual(["Calendar", "Work", "Work"]);
  expect((await rename("Job")).status).toBe(1);
  expect((await phone.folderSync()).updated).toEqual([]);
});

it("versions without notes leave the names of notes alone", async () => {
  const collections: readonly MemoryCollection[] = [
    calendar,
    of("a", "Ideas"),
    of("b", "Ideas", { components: ["VJOURNAL"] }),
    of("c", "Ideas", { components: ["VTODO"] }),
  ];
  const world = await memoryWorld({ collections });
  const first = await namesOf(world.phone({ version: "16.1" }));
  expect(await namesOf(phoneOf(world.gateway.url, { version: "12.1" }))).toHaveLength(3);
  expect(await namesOf(world.phone({ version: "16.1" }))).toEqual(first);
});
