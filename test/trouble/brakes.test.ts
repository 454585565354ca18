import { describe, expect, it } from "vitest";
import type { Account } from "../../src/backends/backend.ts";
import { BackendError } from "../../src/errors.ts";
import { element } from "../../src/wire/element.ts";
import { card, hrefOf, type Line, type MemoryWorld, memoryWorld, type WorldOptions } from "./world.ts";

/** What looks like an accident is held up until it is certain; what is none is not. */

const off = { deletes: false, listings: false, creations: false, loops: false };
const names = (count: number) => Array.from({ length: count }, (_, index) => `c${index}`);

/** A book of so many cards, and what a clock of its own says. */
async function book(count: number, options: WorldOptions = {}): Promise<MemoryWorld & { clock: { now: number } }> {
  const clock = { now: Date.now() };
  const items = Object.fromEntries(names(count).map((name) => [`${name}.vcf`, card(name)]));
  const world = await memoryWorld({
    collections: [{ path: "book", name: "Contacts", components: ["VCARD"], items }],
    ...options,
    parts: { now: () => clock.now, ...options.parts },
  });
  return { ...world, clock };
}

async function present(account: Account): Promise<number> {
  return (await account.changes(await hrefOf(account, "VCARD"), undefined)).entries.length;
}

async function synced(world: MemoryWorld) {
  const phone = world.phone();
  await phone.folderSync();
  const folder = phone.folder(9);
  const { changes } = await phone.sync(folder, { window: 512 });
  return { phone, folder, ids: changes.map(({ serverId }) => serverId) };
}

function fired(lines: readonly Line[]): readonly unknown[] {
  return lines.flatMap(({ fields }) => (fields.brake === undefined ? [] : [fields.brake]));
}

const deletions = (ids: readonly string[]) => ids.map((serverId) => ({ kind: "Delete" as const, serverId }));

describe("a phone that deletes most of a collection", () => {
  it("gets its items back, and the server keeps them", async () => {
    const world = await book(50);
    const { phone, folder, ids } = await synced(world);
    const answer = await phone.sync(folder, { commands: deletions(ids.slice(0, 30)) });
    expect(answer.results.map(({ status }) => status)).toEqual(Array(30).fill(6));
    expect(answer.changes.map(({ kind }) => kind)).toEqual(Array(30).fill("Add"));
    expect(await present(world.account)).toBe(50);
    expect(fired(world.lines)).toEqual(["deletes"]);
    expect((await phone.sync(folder)).changes).toEqual([]);
  });

  it("is stopped when it does so bit by bit, within ten minutes", async () => {
    const world = await book(60);
    const { phone, folder, ids } = await synced(world);
    const statuses: number[] = [];
    for (let at = 0; at < 50; at += 10) {
      const { results } = await phone.sync(folder, { commands: deletions(ids.slice(at, at + 10)) });
      statuses.push(results.some(({ status }) => status === 6) ? 6 : 1);
    }
    expect(statuses).toEqual([1, 1, 1, 6, 6]);
    expect(await present(world.account)).toBe(30);
    world.clock.now += 601_000;
    const later = await phone.sync(folder, { commands: deletions(ids.slice(30, 40)) });
    expect(later.results).toEqual([]);
    expect(await present(world.account)).toBe(20);
  });

  it.each([
    { count: 20, of: 20 },
    { count: 25, of: 50 },
  ])("is left alone as long as it is $count of $of", async ({ count, of }) => {
    const world = await book(of);
    const { phone, folder, ids } = await synced(world);
    await phone.sync(folder, { commands: deletions(ids.slice(0, count)) });
    expect(await present(world.account)).toBe(of - count);
    expect(fired(world.lines)).toEqual([]);
  });

  it("does as it likes where the brake is switched off", async () => {
    const world = await book(50, { settings: { brakes: off } });
    const { phone, folder, ids } = await synced(world);
    await phone.sync(folder, { commands: deletions(ids) });
    expect(await present(world.account)).toBe(0);
  });
});

describe("a server that says most of a collection is gone", () => {
  async function empty(account: Account, count: number): Promise<void> {
    const href = await hrefOf(account, "VCARD");
    const { entries } = await account.changes(href, undefined);
    for (const entry of entries.slice(0, count)) await account.remove(entry.href, undefined);
  }

  it("is asked again half a minute later, and believed then", async () => {
    const world = await book(50);
    const { phone, folder } = await synced(world);
    await empty(world.account, 40);
    expect((await phone.sync(folder)).changes).toEqual([]);
    world.clock.now += 20_000;
    expect((await phone.sync(folder)).changes).toEqual([]);
    world.clock.now += 11_000;
    const { changes } = await phone.sync(folder, { window: 512 });
    expect(changes.map(({ kind }) => kind)).toEqual(Array(40).fill("Delete"));
    expect(fired(world.lines)).toEqual(["listings"]);
    expect((await phone.sync(folder)).changes).toEqual([]);
  });

  it("is not believed when it has them again; what changed meanwhile arrives at once", async () => {
    const world = await book(50);
    const { phone, folder } = await synced(world);
    const href = await hrefOf(world.account, "VCARD");
    await empty(world.account, 50);
    await world.account.create(href, "new.vcf", card("New"));
    expect((await phone.sync(folder)).changes.map(({ kind }) => kind)).toEqual(["Add"]);
    for (const name of names(50)) await world.account.create(href, `${name}.vcf`, card(name));
    world.clock.now += 31_000;
    // Their revisions are new, so they come as changes of the items the phone still has.
    const { changes } = await phone.sync(folder, { window: 512 });
    expect(new Set(changes.map(({ kind }) => kind))).toEqual(new Set(["Change"]));
    expect(phone.items(folder)).toHaveLength(51);
  });

  it("wakes a waiting phone once it is believed", async () => {
    const push = { pollEvery: 1, heartbeat: { min: 1 } };
    const world = await book(50, { settings: { push } });
    const { phone, folder } = await synced(world);
    const waiting = phone.ping([folder], 20);
    await empty(world.account, 40);
    await expect.poll(() => fired(world.lines), { timeout: 5_000 }).toEqual(["listings"]);
    world.clock.now += 31_000;
    expect((await waiting).status).toBe(2);
  });

  it("is believed at once where the brake is switched off", async () => {
    const world = await book(50, { settings: { brakes: off } });
    const { phone, folder } = await synced(world);
    await empty(world.account, 40);
    expect((await phone.sync(folder, { window: 512 })).changes).toHaveLength(40);
  });
});

describe("a phone in a loop", () => {
  it("may not make the same item without end", async () => {
    const world = await book(1);
    const { phone, folder } = await synced(world);
    const data = [element("Contacts:FirstName", "Loop")];
    let refused = 0;
    for (let round = 0; round < 25; round += 1) {
      const commands = [{ kind: "Add" as const, clientId: `loop${round}`, data }];
      const { results } = await phone.sync(folder, { commands });
      refused += results.filter(({ status }) => status === 6).length;
    }
    expect(refused).toBe(5);
    expect(await present(world.account)).toBe(21);
    expect(fired(world.lines)).toEqual(["creations"]);
    world.clock.now += 601_000;
    expect((await phone.add(folder, data)).status).toBe(1);
  });

  it("is answered more slowly when it asks the same again and again", async () => {
    const world = await book(1);
    const { phone, folder } = await synced(world);
    await phone.sync(folder);
    const times: number[] = [];
    for (let round = 0; round < 62; round += 1) {
      const began = performance.now();
      expect((await phone.sync(folder)).status).toBe(1);
      times.push(performance.now() - began);
    }
    expect(Math.max(...times.slice(0, 55))).toBeLessThan(900);
    expect(times.at(-1)).toBeGreaterThan(990);
    expect(fired(world.lines)).toEqual(["loops"]);
    // Another request is not held back.
    const began = performance.now();
    await phone.folderSync();
    expect(performance.now() - began).toBeLessThan(900);
  });

  it("that ignores Status 12 is told so each time, slowed in the end, and healed by its FolderSync", async () => {
    const world = await book(1);
    const { phone, folder } = await synced(world);
    const gone = { ...folder, id: `${folder.id.slice(0, -1)}x` };
    const statuses = new Set<number>();
    for (let round = 0; round < 61; round += 1) statuses.add((await phone.sync(gone, { key: "1", once: true })).status);
    expect([...statuses]).toEqual([12]);
    expect(fired(world.lines)).toEqual(["loops"]);
    expect((await phone.folderSync({ key: "0" })).status).toBe(1);
    expect((await phone.sync(folder)).status).toBe(1);
  });
});

describe("a phone that chokes on an item", () => {
  it("gets the others, and that one again when it changes", async () => {
    const world = await book(10);
    const phone = world.phone({ polite: false });
    await phone.folderSync();
    const folder = phone.folder(9);
    const first = await phone.sync(folder, { key: "0" });
    let key = first.key ?? "";
    const taken: string[] = [];
    for (let round = 0; round < 60; round += 1) {
      world.clock.now += 60_000;
      const answer = await phone.sync(folder, { key, window: 10, once: true });
      expect(answer.status).toBe(1);
      const told = answer.changes.flatMap(({ data }) =>
        data.flatMap(({ name, content }) =>
          name === "Contacts:FirstName" && typeof content === "string" ? [content] : [],
        ),
      );
      if (told.includes("c4")) continue;
      taken.push(...told);
      key = answer.key ?? key;
      if (!answer.more && taken.length > 0) break;
    }
    expect(taken).toHaveLength(9);
    expect(fired(world.lines)).toEqual(["loops"]);
    expect(JSON.stringify(world.lines.find(({ fields }) => fields.brake)?.fields.items)).toContain("c4.vcf");

    const { entries } = await world.account.changes(await hrefOf(world.account, "VCARD"), undefined);
    const choked = entries.find(({ href }) => href.endsWith("c4.vcf"));
    await world.account.update(choked?.href ?? "", choked?.rev ?? "", card("c4", "NOTE:mended\r\n", "uid-c4"));
    const { changes } = await phone.sync(folder, { key, once: true });
    expect(changes.map(({ kind }) => kind)).toEqual(["Add"]);
  });
});

it("an item that the server fails at is refused in the end, and the others are not held up by it", async () => {
  const world = await memoryWorld({
    before({ method }) {
      if (method === "create") throw new BackendError("unreachable", "the server failed", { status: 500 });
    },
  });
  const phone = world.phone();
  await phone.folderSync();
  const folder = phone.folder(9);
  await phone.sync(folder);
  const commands = [{ kind: "Add" as const, clientId: "bad", data: [element("Contacts:FirstName", "Bad")] }];
  const statuses: number[] = [];
  for (let round = 0; round < 7; round += 1) {
    const { results } = await phone.sync(folder, { commands });
    statuses.push(...results.map(({ status }) => status));
  }
  expect(statuses).toEqual([5, 5, 5, 5, 5, 6, 6]);
  expect(fired(world.lines)).toContain("loops");
});
