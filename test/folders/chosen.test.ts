/** What people choose for one device, or do with it, while it is in use: the rest of what it has is not touched. */
import { describe, expect, it, vi } from "vitest";
import type { Device } from "../../conformance/device/device.ts";
import type { MemoryCall, MemoryCollection } from "../../src/backends/memory/memory.ts";
import type { Action } from "../../src/devices/registry.ts";
import { element } from "../../src/wire/element.ts";
import { startNodes } from "../nodes/world.ts";
import { card, event, type MemoryWorld, memoryWorld, phoneOf } from "../trouble/world.ts";

const collections: readonly MemoryCollection[] = [
  {
    path: "calendar",
    name: "Calendar",
    components: ["VEVENT"],
    isDefault: true,
    items: { "a.ics": event("a", "20301124T100000Z") },
  },
  { path: "work", name: "Work", components: ["VEVENT"], items: { "one.ics": event("one", "20301124T100000Z") } },
  { path: "contacts", name: "Contacts", components: ["VCARD"], items: { "ada.vcf": card("Ada") } },
];
const work = "/anna/work/";
const settings = { push: { pollEvery: 3_600, heartbeat: { min: 1 } } };
const by = { role: "user", name: "anna" } as const;
const versions = ["2.5", "12.1", "14.1", "16.1"] as const;

function act(here: Pick<MemoryWorld, "gateway">, phone: Device, action: Action) {
  return here.gateway.devices.act(by, { user: "test /anna/", device: phone.deviceId }, action);
}

const hide = (...hidden: readonly string[]): Action => ({ kind: "choose", hidden });

/** The folders of items, as the phone has them. */
const folders = (phone: Device) => phone.folders.filter(({ type }) => type > 6 && type !== 19);

async function syncAll(phone: Device): Promise<void> {
  for (const folder of folders(phone)) await phone.sync(folder);
}

const idsOf = (phone: Device) =>
  Object.fromEntries(folders(phone).map((folder) => [folder.name, [...phone.items(folder).keys()].toSorted()]));

async function readyPhone(here: MemoryWorld, version: (typeof versions)[number]): Promise<Device> {
  const phone = here.phone({ version });
  await phone.provision();
  await phone.folderSync();
  await syncAll(phone);
  // What was sent is confirmed, so that the records stand still.
  await syncAll(phone);
  return phone;
}

async function records(here: MemoryWorld, phone: Device, names: readonly string[]) {
  const scope = { user: "test /anna/", device: phone.deviceId };
  const ids = phone.folders.filter(({ name }) => names.includes(name)).map(({ id }) => id);
  const found: (readonly [string, string])[] = [];
  for await (const [key, value] of here.gateway.state.scan(scope, ""))
    if (ids.some((id) => key.includes(id))) found.push([key, value]);
  return new Map(found);
}

const writes = (calls: readonly MemoryCall[]) =>
  calls.filter(({ method }) => ["create", "update", "remove", "move"].includes(method));

async function until(isSo: () => boolean): Promise<void> {
  await vi.waitFor(() => expect(isSo()).toBe(true), { timeout: 5_000, interval: 5 });
}

describe.each(versions)("in %s", (version) => {
  it("a collection that is hidden goes, and comes back with the same ids; no other one is synced anew", async () => {
    const here = await memoryWorld({ collections, settings });
    const phone = await readyPhone(here, version);
    const before = idsOf(phone);
    const others = await records(here, phone, ["Calendar", "Contacts"]);
    expect(others.size).toBeGreaterThan(3);

    const waiting = phone.ping(folders(phone), 600);
    await until(() => here.gateway.hub.waiting === 1);
    expect(await act(here, phone, hide(work))).toBe("done");
    expect((await waiting).status).toBe(7);
    const gone = phone.folders.find(({ name }) => name === "Work");
    expect((await phone.folderSync()).deleted).toEqual([gone?.id]);
    expect(folders(phone).map(({ name }) => name)).toEqual(["Calendar", "Contacts"]);
    for (const folder of folders(phone)) expect((await phone.sync(folder)).changes).toEqual([]);

    const again = phone.ping(folders(phone), 600);
    await until(() => here.gateway.hub.waiting === 1);
    await act(here, phone, hide());
    expect((await again).status).toBe(7);
    expect((await phone.folderSync()).added.map(({ id }) => id)).toEqual([gone?.id]);
    await syncAll(phone);
    expect(idsOf(phone)).toEqual(before);
    expect(await records(here, phone, ["Calendar", "Contacts"])).toEqual(others);
    expect(writes(here.calls)).toEqual([]);
  });

  it("a device that is made to start over gets the same items under the same ids", async () => {
    const here = await memoryWorld({ collections, settings });
    const phone = await readyPhone(here, version);
    const before = idsOf(phone);
    expect(await act(here, phone, { kind: "resync" })).toBe("done");
    expect((await phone.folderSync({ key: "1-0000000000000000" })).status).toBe(9);
    const folder = phone.folder(8);
    expect([3, 12]).toContain((await phone.sync(folder, { once: true })).status);
    await phone.folderSync({ key: "0" });
    expect((await phone.sync(folder, { once: true })).status).toBe(3);
    for (const one of folders(phone)) {
      phone.startOver(one);
      await phone.sync(one);
    }
    expect(idsOf(phone)).toEqual(before);
    expect(writes(here.calls)).toEqual([]);
  });

  it("a device that was removed comes back as a new one, and has the same items once", async () => {
    const here = await memoryWorld({ collections, settings });
    const phone = await readyPhone(here, version);
    const before = idsOf(phone);
    await act(here, phone, hide(work));
    expect(await act(here, phone, { kind: "remove" })).toBe("done");
    expect(await here.gateway.devices.find({ user: "test /anna/", device: phone.deviceId })).toBeUndefined();
    // It goes on as if nothing had happened: every key of before is refused.
    expect((await phone.sync(phone.folder(8), { once: true })).status).not.toBe(1);
    const paired = here.phone({ version, deviceId: phone.deviceId });
    await paired.provision();
    await paired.folderSync();
    await syncAll(paired);
    expect(idsOf(paired)).toEqual(before);
    expect(writes(here.calls)).toEqual([]);
  });
});

it("of collections that look like one, what is hidden leaves the one folder, and comes back", async () => {
  const here = await memoryWorld({ collections, settings });
  const names = { deviceType: "SAMSUNGSMG991B", userAgent: "SAMSUNG-SM-G991B/101.110" };
  const phone = here.phone({ version: "14.1", ...names });
  await phone.folderSync();
  await syncAll(phone);
  const calendar = phone.folder(8);
  const before = idsOf(phone);
  expect(phone.items(calendar).size).toBe(2);
  await act(here, phone, hide(work));
  expect((await phone.sync(calendar, { once: true })).status).toBe(12);
  expect(await phone.folderSync()).toMatchObject({ added: [], deleted: [] });
  await phone.sync(calendar);
  expect(phone.items(calendar).size).toBe(1);
  await act(here, phone, hide());
  expect((await phone.ping(folders(phone), 600)).status).toBe(7);
  await phone.folderSync();
  await phone.sync(calendar);
  expect(idsOf(phone)).toEqual(before);
  expect(writes(here.calls)).toEqual([]);
});

it("a Sync that waits is told by Status 12, and one that asks for what is hidden too", async () => {
  const here = await memoryWorld({ collections, settings });
  const phone = await readyPhone(here, "14.1");
  const shown = folders(phone).map((folder) => ({ folder, options: { getChanges: true } }));
  const waiting = phone.syncFolders(shown, { wait: 10 });
  await until(() => here.gateway.hub.waiting === 1);
  await act(here, phone, hide(work));
  expect((await waiting).collections.map(({ status }) => status)).toEqual([12, 12, 12]);
  const hidden = phone.folder("Work");
  const commands = [{ kind: "Delete" as const, serverId: [...phone.items(hidden).keys()][0] ?? "" }];
  expect((await phone.sync(hidden, { once: true, commands })).status).toBe(12);
  expect((await phone.sync(phone.folder(8), { once: true })).status).toBe(1);
  expect(writes(here.calls)).toEqual([]);
});

it("a phone that did not wait when it was chosen is told as soon as it does", async () => {
  const here = await memoryWorld({ collections, settings });
  const phone = await readyPhone(here, "14.1");
  await act(here, phone, { kind: "rename", name: "Anna's" });
  await act(here, phone, hide(work));
  expect((await phone.ping(folders(phone), 600)).status).toBe(7);
  await phone.folderSync();
  // Told once: it waits from then on.
  const waiting = phone.ping(folders(phone), 600);
  await until(() => here.gateway.hub.waiting === 1);
  await act(here, phone, hide());
  expect((await waiting).status).toBe(7);
});

it("what is chosen while a request is on its way to its wait is not missed", async () => {
  let chooses: (() => Promise<unknown>) | undefined;
  const here = await memoryWorld({ collections, settings });
  const { state } = here.gateway;
  const phone = await readyPhone(here, "14.1");
  chooses = () => act(here, phone, hide(work));
  const read = state.read.bind(state);
  // A Ping begins with these records: what is decided after that is not in them.
  vi.spyOn(state, "read").mockImplementation(async (scope, keys) => {
    const found = await read(scope, keys);
    const choose = keys.includes("ping") ? chooses : undefined;
    if (choose) {
      chooses = undefined;
      await choose();
    }
    return found;
  });
  expect((await phone.ping(folders(phone), 600)).status).toBe(7);
  expect(chooses).toBeUndefined();
});

it("a calendar that is the default leaves another one in its place, and comes back", async () => {
  const here = await memoryWorld({ collections, settings });
  const phone = await readyPhone(here, "14.1");
  await act(here, phone, hide("/anna/calendar/"));
  await phone.folderSync();
  expect(
    folders(phone)
      .map(({ name, type }) => `${name} ${type}`)
      .toSorted(),
  ).toEqual(["Contacts 9", "Work 8"]);
  await act(here, phone, hide());
  await phone.folderSync();
  expect(folders(phone).map(({ name, type }) => `${name} ${type}`)).toContain("Calendar 8");
});

it("a request that is under way when its device has to start over commits nothing", async () => {
  let interrupts: (() => Promise<unknown>) | undefined;
  const here = await memoryWorld({
    collections,
    settings,
    async before({ method }) {
      const interrupt = method === "create" ? interrupts : undefined;
      interrupts = undefined;
      await interrupt?.();
    },
  });
  const phone = await readyPhone(here, "14.1");
  interrupts = () => act(here, phone, { kind: "resync" });
  const data = [element("Contacts:FileAs", "Dora"), element("Contacts:FirstName", "Dora")];
  const commands = [{ kind: "Add" as const, clientId: "c1", data }];
  const book = phone.folder(9);
  expect((await phone.sync(book, { once: true, commands })).status).not.toBe(1);
  expect(interrupts).toBeUndefined();
  await phone.folderSync({ key: "0" });
  phone.startOver(book);
  await phone.sync(book);
  // It was stored, and the phone, which was not told so, sends it again: it is the same one.
  await phone.sync(book, { once: true, commands });
  await phone.sync(book);
  expect(phone.items(book).size).toBe(2);
  expect(writes(here.calls).map(({ method }) => method)).toEqual(["create"]);
});

it.each([
  ["what is hidden is told by the other node", false, hide("/anna/contacts/")],
  ["what is hidden is found by the sweep where no message arrives", true, hide("/anna/contacts/")],
  ["a device that has to start over is found by the sweep", true, { kind: "resync" }],
] as const)("a wait at another node ends: %s", async (_name, deaf, action) => {
  vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
  try {
    const nodes = await startNodes({ settings, deaf });
    const phone = phoneOf(nodes.url);
    nodes.route(0);
    await phone.folderSync();
    const folder = phone.folder(8);
    await phone.sync(folder);
    const waiting = phone.ping([folder], 600);
    await until(() => nodes.nodes[0].hub.waiting === 1);
    await nodes.nodes[1].devices.act(by, { user: "test /anna/", device: phone.deviceId }, action);
    if (deaf) await vi.advanceTimersByTimeAsync(61_000);
    expect((await waiting).status).toBe(7);
  } finally {
    vi.useRealTimers();
  }
});
