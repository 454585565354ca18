/** Which collections a phone sees: by user, device and type, and what becomes of a phone when that is changed. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { DeviceOptions } from "../../conformance/device/connection.ts";
import type { Device } from "../../conformance/device/device.ts";
import { createMemoryBackend, type MemoryCollection } from "../../src/backends/memory/memory.ts";
import { createMemoryState } from "../../src/state/memory.ts";
import type { State } from "../../src/state/state.ts";
import { startTestGateway } from "../gateway/start.ts";
import { endLater, event, phoneOf } from "../trouble/world.ts";

const collections: readonly MemoryCollection[] = [
  { path: "calendar", name: "Calendar", components: ["VEVENT"], isDefault: true },
  { path: "work", name: "Work", components: ["VEVENT"], items: { "one.ics": event("one", "20261124T100000Z") } },
  { path: "contact_birthdays", name: "Birthdays", components: ["VEVENT"], readOnly: true },
  { path: "contacts", name: "Contacts", components: ["VCARD"] },
];

interface Stage {
  readonly state: State;
  /** A gateway with these rules, before the same server and on the same store. */
  open(choice: readonly object[]): Promise<(options?: Partial<DeviceOptions>) => Device>;
}

let folder: string;
let secretFile: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "isthmus-choice-"));
  secretFile = join(folder, "secret");
  await writeFile(secretFile, "the same for each gateway");
});
afterAll(() => rm(folder, { recursive: true, force: true }));

function stage(): Stage {
  const backend = createMemoryBackend({ users: { anna: "geheim", bob: "geheim" }, collections });
  const state = createMemoryState(Date.now);
  return {
    state,
    async open(choice) {
      const gateway = await startTestGateway({
        settings: { folders: { choice }, push: { pollEvery: 1 }, secretFile },
        parts: { backends: new Map([["test", { ...backend, close: async () => {} }]]), state },
      });
      endLater(() => gateway.end());
      return (options) => phoneOf(gateway.url, options);
    },
  };
}

async function seenBy(phone: Device): Promise<readonly string[]> {
  const { added } = await phone.folderSync({ key: "0" });
  return added.filter(({ type }) => type > 6 && type !== 19).map(({ name, type }) => `${name} ${type}`);
}

const all = ["Calendar 8", "Birthdays 13", "Work 13", "Contacts 9"];

async function expectSeen(choice: readonly object[], options: Partial<DeviceOptions>, names: readonly string[]) {
  const open = await stage().open(choice);
  expect((await seenBy(open(options))).toSorted()).toEqual(names.toSorted());
}

describe("a rule", () => {
  const hide = ["contact_birthdays"];
  const without = all.filter((name) => !name.startsWith("Birthdays"));

  it.each([
    ["for nobody in particular", {}, without],
    ["for a user", { users: ["anna"] }, without],
    ["for a user by mail address", { users: ["ANNA@example.*"] }, without],
    ["for another user", { users: ["bob", "ann"] }, all],
    ["for a device", { devices: ["other", "sec123"] }, without],
    ["for another device", { devices: ["sec12"] }, all],
    ["for a type", { types: ["Wat*"] }, without],
    ["for another type", { types: ["iPhone"] }, all],
    ["for the type, and another user", { types: ["Wat*"], users: ["bob"] }, all],
  ])("%s", async (_, whom, names) => {
    await expectSeen([{ ...whom, hide }], { deviceId: "SEC123", deviceType: "Watch" }, names);
  });

  it.each([
    [["Work"], ["Calendar 8", "Birthdays 13", "Contacts 9"]],
    [["wOrK"], ["Calendar 8", "Birthdays 13", "Contacts 9"]],
    [["/anna/work/"], ["Calendar 8", "Birthdays 13", "Contacts 9"]],
    [["/anna/work"], ["Calendar 8", "Birthdays 13", "Contacts 9"]],
    [["/*/work"], ["Calendar 8", "Birthdays 13", "Contacts 9"]],
    [["/anna/*"], []],
    [["W?rk"], ["Calendar 8", "Birthdays 13", "Contacts 9"]],
    [["W?k", "Wor", "ork", "a/work"], all],
    [["*o*"], ["Calendar 8"]],
    [["*"], []],
  ])("hides %j", async (hide, names) => {
    await expectSeen([{ hide }], {}, names);
  });

  it("shows only what it names, and several have to agree", async () => {
    await expectSeen([{ only: ["Work", "Contacts"] }], {}, ["Work 8", "Contacts 9"]);
    await expectSeen([{ only: ["Work", "Calendar"] }, { hide: ["Calendar"] }], {}, ["Work 8"]);
  });

  it("takes a hostile name in no time", async () => {
    const hostile = createMemoryBackend({
      users: { anna: "geheim" },
      collections: [{ path: "a", name: "a".repeat(200), components: ["VEVENT"] }],
    });
    const gateway = await startTestGateway({
      settings: { folders: { choice: [{ hide: ["*a".repeat(60) + "b"] }] } },
      parts: { backends: new Map([["test", hostile]]) },
    });
    endLater(() => gateway.end());
    const began = performance.now();
    expect(await seenBy(phoneOf(gateway.url))).toHaveLength(1);
    expect(performance.now() - began).toBeLessThan(2_000);
  });
});

describe("the default folder", () => {
  it("is one that the device sees, and another device keeps the user's", async () => {
    const open = await stage().open([{ devices: ["WATCH"], hide: ["Calendar"] }]);
    expect(await seenBy(open())).toContain("Calendar 8");
    expect(await seenBy(open({ deviceId: "WATCH" }))).toEqual(["Work 8", "Birthdays 13", "Contacts 9"]);
    expect(await seenBy(open())).toContain("Calendar 8");
  });

  it("of such a device stays, whatever comes before it later", async () => {
    const { open } = stage();
    const rule = { devices: ["WATCH"], hide: ["Calendar"] };
    const first = (await open([rule]))({ deviceId: "WATCH" });
    expect(await seenBy(first)).toContain("Work 8");
    await first.changeFolder("FolderCreate", { parent: "0", name: "A", type: 13 });
    expect(await seenBy((await open([rule]))({ deviceId: "WATCH" }))).toContain("Work 8");
  });
});

describe("a changed choice", () => {
  const id = { deviceId: "ONE" };

  it("comes as a change of the folder list, and nothing else is fetched anew", async () => {
    const { open } = stage();
    const before = (await open([]))(id);
    await before.folderSync();
    const [work, calendar] = [before.folder("Work"), before.folder("Calendar")];
    for (const folder of [work, calendar]) await before.sync(folder);
    const key = before.key(calendar);

    const hidden = (await open([{ hide: ["Work"] }]))(id);
    const told = await hidden.folderSync({ key: before.folderKey });
    expect(told).toMatchObject({ status: 1, added: [], updated: [], deleted: [work.id] });
    const kept = await hidden.sync(calendar, { once: true, key });
    expect(kept).toMatchObject({ status: 1, changes: [] });
    // What was on its way is no loss: the folder is gone for this phone, and on the server all is as it was.
    expect((await hidden.sync(work, { once: true, key: before.key(work) })).status).toBe(12);

    const shown = (await open([]))(id);
    const again = await shown.folderSync({ key: told.key ?? "" });
    expect(again.added.map((folder) => folder.id)).toEqual([work.id]);
    await shown.sync(work);
    expect(shown.items(work).size).toBe(1);
  });

  it("ends a Ping with 7 and a waiting Sync with 12", async () => {
    const { open } = stage();
    const before = (await open([]))(id);
    await before.folderSync();
    const [work, calendar] = [before.folder("Work"), before.folder("Calendar")];
    for (const folder of [work, calendar]) await before.sync(folder);
    const phone = await open([{ hide: ["Work"] }]);
    expect((await phone(id).ping([calendar, work], 60)).status).toBe(7);
    const waiting = await phone(id).sync(calendar, { once: true, key: before.key(calendar), wait: 1 });
    expect(waiting.status).toBe(12);
  });
});

it("a folder that the device would not see is not made", async () => {
  const phone = (await stage().open([{ only: ["Calendar", "Contacts"] }]))();
  await phone.folderSync();
  expect((await phone.changeFolder("FolderCreate", { parent: "0", name: "Plans", type: 13 })).status).toBe(3);
});
