import { describe, expect, it } from "vitest";
import type { Folder } from "../../conformance/device/answers.ts";
import type { Device } from "../../conformance/device/device.ts";
import type { Item } from "../../src/backends/backend.ts";
import type { Parts } from "../../src/main.ts";
import type { FaultPoint } from "../../src/sync/faults.ts";
import { type Element, element } from "../../src/wire/element.ts";
import { event, hrefOf, type MemoryWorld, memoryWorld } from "../trouble/world.ts";

/** Somebody else edits what a phone is just editing, while requests are cut short: neither's words are lost. */

interface World extends MemoryWorld {
  readonly phone: () => Device;
  /** The process fails at this point, once. */
  failAt(point: FaultPoint): void;
  /** The only event, as it is stored. */
  stored(): Promise<Item>;
  /** Another client's edit. */
  rewrite(from: string, to: string): Promise<void>;
}

async function calendarWith(
  count: number,
  version: "14.1" | "16.1",
  parts: Parts = {},
): Promise<World & { phone(): Device }> {
  let points: readonly FaultPoint[] = [];
  const items = Object.fromEntries(
    Array.from({ length: count }, (_, index) => [
      `e${index}.ics`,
      event(`e${index}`, "20301124T100000Z", "LOCATION:Here\r\n"),
    ]),
  );
  const world = await memoryWorld({
    collections: [{ path: "calendar", name: "Calendar", components: ["VEVENT"], items }],
    parts: {
      ...parts,
      fault(at) {
        if (!points.includes(at)) return;
        // A dead process commits nothing any more.
        points = at === "before-commit" ? [] : ["before-commit"];
        throw new Error("the process died here");
      },
    },
  });
  const href = await hrefOf(world.account, "VEVENT");
  const stored = async (): Promise<Item> => {
    const { entries } = await world.account.changes(href, undefined);
    const [last] = entries.slice(-1);
    for await (const item of world.account.read(href, [last?.href ?? ""])) return item;
    throw new Error("there is no event");
  };
  return {
    ...world,
    phone: () => world.phone({ version }),
    failAt(at) {
      points = [at];
    },
    stored,
    async rewrite(from, to) {
      const item = await stored();
      if (!item.text.includes(from)) throw new Error(`the event has no ${from}`);
      await world.account.update(item.href, item.rev, item.text.replace(from, to));
    },
  };
}

async function synced(phone: Device, conflict?: 0 | 1): Promise<{ folder: Folder; id: string }> {
  await phone.folderSync();
  const folder = phone.folder(8);
  await phone.sync(folder, conflict === undefined ? {} : { conflict });
  return { folder, id: [...phone.items(folder).keys()][0] ?? "" };
}

/** A field of the only item, of a container the first inside. */
function textOf(phone: Device, folder: Folder, name: Element["name"]): unknown {
  const [item] = phone.items(folder).values();
  const content = item?.data.find((field) => field.name === name)?.content;
  return Array.isArray(content) ? content[0]?.content : content;
}

const subject = (text: string) => [element("Calendar:Subject", text)];

it("a phone whose edit wins is sent the rest of what it was merged with", async () => {
  const world = await calendarWith(1, "16.1");
  const phone = world.phone();
  const { folder, id } = await synced(phone, 0);
  await world.rewrite("LOCATION:Here", "LOCATION:There");
  expect((await phone.change(folder, id, subject("Mine"))).status).toBe(1);
  await phone.sync(folder);
  expect((await world.stored()).text).toMatch(/SUMMARY:Mine[^]*LOCATION:There|LOCATION:There[^]*SUMMARY:Mine/);
  expect(textOf(phone, folder, "AirSyncBase:Location")).toBe("There");
});

it("what a lost answer told is not taken for the phone's own doing", async () => {
  const world = await calendarWith(1, "16.1");
  const phone = world.phone();
  const { folder, id } = await synced(phone);
  await world.rewrite("LOCATION:Here", "LOCATION:There");
  const key = phone.key(folder);
  phone.dropNext();
  await expect(phone.sync(folder)).rejects.toThrow();
  const { results } = await phone.sync(folder, {
    key: key ?? "",
    commands: [{ kind: "Change", serverId: id, data: subject("Mine") }],
  });
  expect(results.map(({ status }) => status)).toEqual([7]);
  await phone.sync(folder);
  expect(textOf(phone, folder, "AirSyncBase:Location")).toBe("There");
});

describe("a request that is made again after the process died", () => {
  const points: readonly FaultPoint[] = ["after-write", "before-commit"];

  it.each(points)("does not undo what somebody made of its new item meanwhile (%s)", async (point) => {
    const world = await calendarWith(0, "14.1");
    const phone = world.phone();
    const { folder } = await synced(phone);
    const commands = [
      {
        kind: "Add" as const,
        clientId: "1",
        data: [
          element("Calendar:StartTime", "20301124T100000Z"),
          element("Calendar:EndTime", "20301124T110000Z"),
          element("Calendar:Subject", "Mine"),
          element("Calendar:Location", "Here"),
        ],
      },
    ];
    world.failAt(point);
    await phone.sync(folder, { commands, once: true }).catch(() => {});
    await world.rewrite("LOCATION:Here", "LOCATION:There");
    const { results } = await phone.sync(folder, { commands, once: true });
    expect(results.map(({ status }) => status)).toEqual([1]);
    expect((await world.stored()).text).toContain("LOCATION:There");
    await phone.sync(folder);
    expect(textOf(phone, folder, "Calendar:Location")).toBe("There");
  });

  it.each(points)("is refused where somebody edited the same since (%s)", async (point) => {
    const world = await calendarWith(1, "14.1");
    const phone = world.phone();
    const { folder, id } = await synced(phone);
    const data = [
      element("Calendar:StartTime", "20301124T100000Z"),
      element("Calendar:EndTime", "20301124T110000Z"),
      element("Calendar:Subject", "Mine"),
      element("Calendar:Location", "Here"),
    ];
    const commands = [{ kind: "Change" as const, serverId: id, data }];
    world.failAt(point);
    await phone.sync(folder, { commands, once: true }).catch(() => {});
    expect((await world.stored()).text).toContain("SUMMARY:Mine");
    await world.rewrite("LOCATION:Here", "LOCATION:There");
    const { results } = await phone.sync(folder, { commands, once: true });
    expect(results.map(({ status }) => status)).toEqual([7]);
    expect((await world.stored()).text).toContain("LOCATION:There");
    await phone.sync(folder);
    expect(textOf(phone, folder, "Calendar:Location")).toBe("There");
    expect(textOf(phone, folder, "Calendar:Subject")).toBe("Mine");
  });

  it.each(points)("knows its own write again though it took a while to make (%s)", async (point) => {
    let passed = 0;
    // What is written says when: each look at the clock is a second later than the one before.
    const now = () => {
      passed += 1000;
      return Date.now() + passed;
    };
    const world = await calendarWith(1, "16.1", { now });
    const phone = world.phone();
    const { folder, id } = await synced(phone);
    world.failAt(point);
    const first = [{ kind: "Change" as const, serverId: id, data: subject("Mine") }];
    await phone.sync(folder, { commands: first, once: true }).catch(() => {});
    const second = [{ kind: "Change" as const, serverId: id, data: subject("Mine, later") }];
    const { results } = await phone.sync(folder, { commands: second, once: true });
    expect(results.filter(({ status }) => status !== 1)).toEqual([]);
    expect((await world.stored()).text).toContain("SUMMARY:Mine\\, later");
  });

  it.each(points)("leaves its own write to be edited on, and nobody else's (%s)", async (point) => {
    const world = await calendarWith(1, "16.1");
    const phone = world.phone();
    const { folder, id } = await synced(phone);
    const first = [{ kind: "Change" as const, serverId: id, data: subject("Mine") }];
    const second = [{ kind: "Change" as const, serverId: id, data: subject("Mine, later") }];
    world.failAt(point);
    await phone.sync(folder, { commands: first, once: true }).catch(() => {});
    // The phone never repeats it: it sends another edit instead.
    const { results } = await phone.sync(folder, { commands: second, once: true });
    expect(results.filter(({ status }) => status !== 1)).toEqual([]);
    expect((await world.stored()).text).toContain("SUMMARY:Mine\\, later");

    world.failAt(point);
    await phone.sync(folder, { commands: first, once: true }).catch(() => {});
    await world.rewrite("SUMMARY:Mine", "SUMMARY:Theirs");
    const third = [{ kind: "Change" as const, serverId: id, data: subject("Mine, too late") }];
    const refused = await phone.sync(folder, { commands: third, once: true });
    expect(refused.results.map(({ status }) => status)).toEqual([7]);
    expect((await world.stored()).text).toContain("SUMMARY:Theirs");
  });
});

it("a phone whose edit is refused gets the newest copy, though an older one was still to be sent", async () => {
  const world = await calendarWith(3, "16.1");
  const phone = world.phone();
  await phone.folderSync();
  const folder = phone.folder(8);
  await phone.sync(folder);
  const [id = ""] = [...phone.items(folder).keys()].slice(-1);
  const { entries } = await world.account.changes(await hrefOf(world.account, "VEVENT"), undefined);
  for (const [index, { href, rev }] of entries.entries()) {
    const text = event(`e${index}`, "20301124T100000Z", "LOCATION:There\r\n");
    await world.account.update(href, rev, text);
  }
  // The last one is left over for a later window when its edit arrives.
  await phone.sync(folder, { window: 1, once: true });
  const commands = [{ kind: "Change" as const, serverId: id, data: subject("Mine") }];
  const { results } = await phone.sync(folder, { commands, window: 2, once: true });
  expect(results.map(({ status }) => status)).toEqual([7]);
  await phone.sync(folder, { window: 1 });
  expect(JSON.stringify(phone.items(folder).get(id))).toContain("There");
  expect((await phone.sync(folder)).changes).toEqual([]);
});

it("an item whose Add was never answered is recognised where another client has moved it to", async () => {
  const world = await calendarWith(0, "16.1");
  const phone = world.phone();
  const { folder } = await synced(phone);
  const data = [
    element("Calendar:StartTime", "20301124T100000Z"),
    element("Calendar:EndTime", "20301124T110000Z"),
    element("Calendar:Subject", "Mine"),
  ];
  phone.dropNext();
  await expect(phone.sync(folder, { commands: [{ kind: "Add", clientId: "1", data }] })).rejects.toThrow();
  const { href, text } = await world.stored();
  await world.account.remove(href, undefined);
  await world.account.create(await hrefOf(world.account, "VEVENT"), "moved.ics", text);
  await phone.sync(folder, { key: "0", once: true });
  const { results } = await phone.sync(folder, { commands: [{ kind: "Add", clientId: "2", data }] });
  expect(results.map(({ status }) => status)).toEqual([1]);
  const { entries } = await world.account.changes(await hrefOf(world.account, "VEVENT"), undefined);
  expect(entries).toHaveLength(1);
});

it("an item whose Add was never answered is not made again where another client has moved it to another collection", async () => {
  const world = await calendarWith(0, "16.1");
  await world.account.createCollection({ component: "VEVENT", name: "work", displayName: "Work" });
  const phone = world.phone();
  const { folder } = await synced(phone);
  const data = [
    element("Calendar:StartTime", "20301124T100000Z"),
    element("Calendar:EndTime", "20301124T110000Z"),
    element("Calendar:Subject", "Mine"),
  ];
  const commands = [{ kind: "Add" as const, clientId: "1", data }];
  world.failAt("before-commit");
  await phone.sync(folder, { commands, once: true });
  const { href, text } = await world.stored();
  await world.account.remove(href, undefined);
  const work = phone.folder("Work");
  await world.account.create("/anna/work/", "moved.ics", text);
  const { results } = await phone.sync(folder, { commands });
  expect(results.map(({ status }) => status)).toEqual([1]);
  await phone.sync(folder);
  await phone.sync(work);
  expect([phone.items(folder).size, phone.items(work).size]).toEqual([0, 1]);
  expect((await world.account.changes(await hrefOf(world.account, "VEVENT"), undefined)).entries).toEqual([]);
});

it("an edit that wins over what is still to be told is told itself, not the copy before it", async () => {
  const world = await calendarWith(2, "16.1");
  const phone = world.phone();
  await phone.folderSync();
  const folder = phone.folder(8);
  await phone.sync(folder, { conflict: 0 });
  const [id = ""] = [...phone.items(folder).keys()].slice(-1);
  const { entries } = await world.account.changes(await hrefOf(world.account, "VEVENT"), undefined);
  for (const [index, { href, rev }] of entries.entries())
    await world.account.update(href, rev, event(`e${index}`, "20301124T100000Z", "LOCATION:There\r\n"));
  await phone.sync(folder, { window: 1, once: true });
  const commands = [{ kind: "Change" as const, serverId: id, data: subject("Mine") }];
  const { changes } = await phone.sync(folder, { commands, window: 5, once: true });
  const told = changes.filter(({ serverId }) => serverId === id);
  expect(told.filter(({ data }) => !JSON.stringify(data).includes("Mine"))).toEqual([]);
  await phone.sync(folder);
  const shown = JSON.stringify(phone.items(folder).get(id));
  expect(shown).toContain("There");
  expect(shown).toContain("Mine");
});

it("an item that somebody deletes while its Add is answered does not stay on the phone that missed the answer", async () => {
  let remove = async () => {};
  const world = await memoryWorld({
    collections: [{ path: "calendar", name: "Calendar", components: ["VEVENT"], items: {} }],
    async before({ method }) {
      if (method === "changes") await remove();
    },
  });
  const phone = world.phone({ version: "14.1" });
  const { folder } = await synced(phone);
  const calendar = await hrefOf(world.account, "VEVENT");
  const data = [element("Calendar:StartTime", "20301124T100000Z"), element("Calendar:EndTime", "20301124T110000Z")];
  const commands = [{ kind: "Add" as const, clientId: "1", data }];
  remove = async () => {
    remove = async () => {};
    for (const { href } of (await world.account.changes(calendar, undefined)).entries)
      await world.account.remove(href, undefined);
  };
  phone.dropNext();
  await expect(phone.sync(folder, { commands })).rejects.toThrow();
  const { results } = await phone.sync(folder, { commands, window: 7 });
  expect(results.map(({ status }) => status)).toEqual([1]);
  await phone.sync(folder);
  expect(phone.items(folder).size).toBe(0);
});

it("an item whose Add was never answered is recognised although the process died over its next Add", async () => {
  const world = await calendarWith(0, "16.1");
  const phone = world.phone();
  const { folder } = await synced(phone);
  const data = [
    element("Calendar:StartTime", "20301124T100000Z"),
    element("Calendar:EndTime", "20301124T110000Z"),
    element("Calendar:Subject", "Mine"),
  ];
  phone.dropNext();
  await expect(phone.sync(folder, { commands: [{ kind: "Add", clientId: "1", data }] })).rejects.toThrow();
  await phone.sync(folder, { key: "0", once: true });
  const commands = [{ kind: "Add" as const, clientId: "2", data }];
  world.failAt("intent");
  for (let attempt = 0; attempt < 3; attempt += 1) await phone.sync(folder, { commands, once: true }).catch(() => {});
  const { entries } = await world.account.changes(await hrefOf(world.account, "VEVENT"), undefined);
  expect(entries).toHaveLength(1);
});

it("an item whose Add was never answered is recognised however often the edits beside it were begun since", async () => {
  let passed = 0;
  const now = () => Date.now() + passed;
  const world = await calendarWith(15, "16.1", { now });
  const phone = world.phone();
  const { folder } = await synced(phone);
  const data = [
    element("Calendar:StartTime", "20301124T100000Z"),
    element("Calendar:EndTime", "20301124T110000Z"),
    element("Calendar:Subject", "Mine"),
  ];
  const changes = [...phone.items(folder).keys()].map(
    (serverId) => ({ kind: "Change", serverId, data: subject("Changed") }) as const,
  );
  const commands = [{ kind: "Add", clientId: "1", data } as const, ...changes];
  world.failAt("before-commit");
  await phone.sync(folder, { commands: commands.slice(0, 1), once: true });
  // Something else is told, under a new key, and then there is nothing but attempts: what each is about to write says when.
  await world.rewrite("SUMMARY:Mine", "SUMMARY:Theirs");
  await phone.sync(folder, { once: true });
  for (let attempt = 0; attempt < 40; attempt += 1) {
    passed += 1000;
    world.failAt("intent");
    await phone.sync(folder, { commands, once: true });
  }
  // The last one died twice.
  await phone.sync(folder, { once: true });
  const { results } = await phone.sync(folder, { commands, once: true });
  expect(results.map(({ status }) => status)).toEqual([1]);
  const { entries } = await world.account.changes(await hrefOf(world.account, "VEVENT"), undefined);
  expect(entries).toHaveLength(16);
});
