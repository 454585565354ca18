/** Lists that are made for accounts without one: once, and never because something else went wrong. */
import { expect, it } from "vitest";
import type { MemoryCollection } from "../../src/backends/memory/memory.ts";
import { BackendError } from "../../src/errors.ts";
import { type MemoryWorldOptions, memoryWorld, twinWorld } from "../trouble/world.ts";

const calendar: MemoryCollection = { path: "calendar", name: "Calendar", components: ["VEVENT"], isDefault: true };
const provide = { folders: { provide: ["tasks", "notes"] } };

async function begin(options: MemoryWorldOptions = {}) {
  const world = await memoryWorld({ collections: [calendar], settings: provide, ...options });
  return {
    ...world,
    made: () => world.calls.filter(({ method }) => method === "createCollection").length,
    types: async (phone = world.phone()) => {
      const { added } = await phone.folderSync({ key: "0" });
      return added.map(({ type }) => type).filter((type) => type > 6 && type !== 19);
    },
  };
}

it("are made on first use, and are the default folders", async () => {
  const { types, account, made } = await begin();
  expect((await types()).toSorted((a, b) => a - b)).toEqual([7, 8, 10]);
  const collections = await account.collections();
  expect(collections.map(({ name, components }) => [name, ...components])).toEqual([
    ["Calendar", "VEVENT"],
    ["Tasks", "VTODO"],
    ["Notes", "VJOURNAL"],
  ]);
  await types();
  expect(made()).toBe(2);
});

it("are none unless they are configured", async () => {
  const { types, made } = await begin({ settings: {} });
  expect(await types()).toEqual([8]);
  expect(made()).toBe(0);
});

it("are not made where the user has one, but where only another's can be seen, or none can be written", async () => {
  const own = await begin({ collections: [calendar, { path: "t", name: "Mine", components: ["VTODO", "VJOURNAL"] }] });
  await own.types();
  expect(own.made()).toBe(0);
  const others = await begin({
    collections: [
      calendar,
      { path: "t", name: "Bob's", components: ["VTODO"], owner: "bob" },
      { path: "n", name: "Manual", components: ["VJOURNAL"], readOnly: true },
    ],
  });
  expect((await others.types()).toSorted((a, b) => a - b)).toEqual([7, 8, 10, 15, 17]);
  expect(others.made()).toBe(2);
});

it("are not made again when somebody deleted them", async () => {
  const { types, account, made } = await begin();
  await types();
  for (const { name, href } of await account.collections()) if (name === "Tasks") await account.removeCollection(href);
  expect((await types()).toSorted((a, b) => a - b)).toEqual([8, 10]);
  expect(made()).toBe(2);
});

it("are one list, whoever is first and how often", async () => {
  const { phone, account, types } = await begin();
  await Promise.all([phone(), phone({ deviceId: "OTHER" }), phone({ deviceId: "THIRD" })].map(types));
  expect(await account.collections()).toHaveLength(3);
});

it("make no notes for a version without them", async () => {
  const { phone, types, account } = await begin();
  expect((await types(phone({ version: "12.1" }))).toSorted((a, b) => a - b)).toEqual([7, 8]);
  expect(await account.collections()).toHaveLength(2);
});

it("that cannot be made are logged, and tried again after an hour and not before", async () => {
  let now = Date.now();
  let fails = true;
  const { types, made, lines } = await begin({
    settings: { folders: { provide: ["tasks"] } },
    parts: { now: () => now },
    before({ method }) {
      if (fails && method === "createCollection") throw new BackendError("refused", "MKCALENDAR: 403");
    },
  });
  expect(await types()).toEqual([8]);
  await types();
  expect(made()).toBe(1);
  expect(lines.filter(({ message }) => message.includes("could not be made"))).toHaveLength(1);
  fails = false;
  now += 3_601_000;
  expect((await types()).toSorted((a, b) => a - b)).toEqual([7, 8]);
});

it("are not made while nobody knows what there is", async () => {
  const { phone, made } = await begin({
    before({ method }) {
      if (method === "collections") throw new BackendError("unreachable", "no answer");
    },
  });
  expect((await phone().folderSync()).status).toBe(6);
  expect(made()).toBe(0);
});

it("are made by MKCALENDAR on a server whose calendars take events only, and tasks go there", async () => {
  const { phone, twin } = await twinWorld({
    settings: { folders: { provide: ["tasks"] } },
    twin: { switches: { componentSet: true } },
  });
  const device = phone();
  await device.folderSync();
  const list = device.folder(7);
  expect(list.name).toBe("Tasks");
  const [path, shelf] = [...twin.shelves].find(([, one]) => one.components.includes("VTODO")) ?? [];
  expect(shelf).toMatchObject({ name: "Tasks", components: ["VTODO"] });
  expect(twin.seen.filter(({ method }) => method === "MKCALENDAR").map((seen) => seen.path)).toEqual([path]);
});
