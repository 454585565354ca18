import { expect, it } from "vitest";
import type { MemoryCollection } from "../../src/backends/memory/memory.ts";
import { card, memoryWorld } from "../trouble/world.ts";

const collections: readonly MemoryCollection[] = [
  { path: "a-friends", name: "Friends", components: ["VCARD"] },
  { path: "people", name: "People", components: ["VCARD"], isDefault: true, items: { "ann.vcf": card("Ann") } },
];

async function ready(brakes: object = {}) {
  let ahead = 0;
  let isEmpty = false;
  const world = await memoryWorld({
    collections,
    settings: { brakes, push: { pollEvery: 1 } },
    parts: { now: () => Date.now() + ahead },
    seenAs: (account) => ({
      ...account,
      collections: async (signal) => (isEmpty ? [] : account.collections(signal)),
    }),
  });
  const phone = world.phone();
  await phone.folderSync();
  await phone.sync(phone.folder(9));
  return {
    world,
    phone,
    empty: (now: boolean) => {
      isEmpty = now;
    },
    wait: (seconds: number) => {
      ahead += seconds * 1000;
    },
  };
}

it("a home in which nothing is left for a moment empties no phone", async () => {
  const { world, phone, empty } = await ready();
  const { id, name } = phone.folder(9);
  empty(true);
  for (const key of [phone.folderKey, "0"]) expect((await phone.folderSync({ key })).status).toBe(6);
  expect(world.lines.filter(({ fields }) => fields["brake"] === "listings")).toHaveLength(1);
  empty(false);
  expect(await phone.folderSync()).toMatchObject({ status: 1, added: [], updated: [], deleted: [] });
  expect(phone.folder(9)).toMatchObject({ id, name });
  expect((await phone.sync(phone.folder(9))).changes).toEqual([]);
});

it("one in which nothing is left half a minute later is empty", async () => {
  const { phone, empty, wait } = await ready();
  empty(true);
  expect((await phone.folderSync()).status).toBe(6);
  wait(31);
  const { status, deleted } = await phone.folderSync();
  expect([status, deleted.length]).toEqual([1, 2]);
});

it("a phone that waits is told when it is believed, and not before", async () => {
  const { world, phone, empty, wait } = await ready();
  const answered: number[] = [];
  const waits = phone.ping([phone.folder(9)], 60).then(({ status }) => answered.push(status));
  await expect.poll(() => world.gateway.hub.waiting).toBe(1);
  // The hub looks at the folder list every five minutes, with the next probe.
  empty(true);
  wait(301);
  await expect
    .poll(() => world.lines.some(({ fields }) => fields["brake"] === "listings"), { timeout: 25_000 })
    .toBe(true);
  expect(answered).toEqual([]);
  wait(301);
  await waits;
  expect(answered).toEqual([7]);
});

it("a phone that is new gets the empty list, and with the brake off so does every one", async () => {
  const { world, empty } = await ready();
  empty(true);
  expect((await world.phone({ deviceId: "new" }).folderSync()).status).toBe(1);
  const off = await ready({ listings: false });
  off.empty(true);
  expect((await off.phone.folderSync()).deleted).toHaveLength(2);
});

it("the default folder is the same when all comes back, whoever looked meanwhile", async () => {
  let seen: readonly string[] = ["/anna/people/"];
  const world = await memoryWorld({
    collections: collections.map(({ isDefault: _isDefault, ...one }) => one),
    seenAs: (account) => ({
      ...account,
      collections: async (signal) => (await account.collections(signal)).filter(({ href }) => seen.includes(href)),
    }),
  });
  const phone = world.phone();
  await phone.folderSync();
  for (seen of [["/anna/a-friends/", "/anna/people/"], [], ["/anna/a-friends/", "/anna/people/"]]) {
    await world.phone({ deviceId: `new${seen.length}` }).folderSync();
  }
  await phone.folderSync();
  expect(phone.folder(9).name).toBe("People");
});
