import { describe, expect, it } from "vitest";
import { type Device, ResponseDropped } from "../../conformance/device/device.ts";
import { moveRequest } from "../../conformance/device/requests.ts";
import type { MemoryCollection } from "../../src/backends/memory/memory.ts";
import { BackendError } from "../../src/errors.ts";
import { children, childText, element } from "../../src/wire/element.ts";
import { card, event, memoryWorld, surprises } from "../trouble/world.ts";

const collections: readonly MemoryCollection[] = [
  {
    path: "work",
    name: "Work",
    components: ["VEVENT"],
    isDefault: true,
    items: { "one.ics": event("one", "20261124T100000Z"), "two.ics": event("two", "20261125T100000Z") },
  },
  { path: "home", name: "Home", components: ["VEVENT"], items: { "three.ics": event("three", "20261126T100000Z") } },
  { path: "holidays", name: "Holidays", components: ["VEVENT"], readOnly: true },
  { path: "people", name: "People", components: ["VCARD"], items: { "ann.vcf": card("Ann") } },
];

async function ready(phone: Device) {
  await phone.folderSync();
  const work = phone.folder("Work");
  const home = phone.folder("Home");
  for (const folder of [work, home]) await phone.sync(folder);
  return { work, home };
}

function idOf(phone: Device, folder: Parameters<Device["items"]>[0], subject: string): string {
  for (const [id, { data }] of phone.items(folder)) {
    if (childText(element("AirSync:ApplicationData", data), "Calendar:Subject") === subject) return id;
  }
  throw new Error(`no ${subject} on the phone`);
}

function subjects(phone: Device, folder: Parameters<Device["items"]>[0]): readonly string[] {
  return [...phone.items(folder).values()]
    .map(({ data }) => childText(element("AirSync:ApplicationData", data), "Calendar:Subject") ?? "")
    .sort((one, two) => one.localeCompare(two));
}

describe("MoveItems", () => {
  it.each(["2.5", "12.1", "14.1", "16.1"] as const)(
    "moves an event; the folders' Syncs tell of it under the id it was given, at %s (MS-ASCMD_R289)",
    async (version) => {
      const { phone, account, lines } = await memoryWorld({ collections });
      const one = phone({ version });
      const { work, home } = await ready(one);
      const id = idOf(one, work, "one");
      const { moves } = await one.moveItems(work, [id], home);
      expect(moves).toMatchObject([{ item: id, status: 3 }]);
      const gone = await one.sync(work);
      expect(gone.changes.map(({ kind, serverId }) => [kind, serverId])).toEqual([["Delete", id]]);
      const came = await one.sync(home);
      expect(came.changes.map(({ kind, serverId }) => [kind, serverId])).toEqual([["Add", moves[0]?.moved]]);
      expect([subjects(one, work), subjects(one, home)]).toEqual([["two"], ["one", "three"]]);
      expect((await account.changes("/anna/home/", undefined)).entries).toHaveLength(2);
      expect((await account.changes("/anna/work/", undefined)).entries).toHaveLength(1);
      expect(surprises(lines)).toEqual([]);
    },
  );

  it("says the same when it is asked again: before the Syncs, between them, and after them", async () => {
    const { phone, account } = await memoryWorld({ collections });
    const one = phone();
    const { work, home } = await ready(one);
    const id = idOf(one, work, "one");
    one.dropNext();
    await expect(one.moveItems(work, [id], home)).rejects.toBeInstanceOf(ResponseDropped);
    const first = await one.moveItems(work, [id], home);
    expect(first.moves).toMatchObject([{ status: 3 }]);
    await one.sync(work);
    expect((await one.moveItems(work, [id], home)).moves).toEqual(first.moves);
    await one.sync(work);
    await one.sync(home);
    expect((await one.moveItems(work, [id], home)).moves).toEqual(first.moves);
    expect(subjects(one, home)).toEqual(["one", "three"]);
    expect((await account.changes("/anna/home/", undefined)).entries).toHaveLength(2);
  });

  it("a move whose answer the server lost is told of as done, though the source's Sync came between", async () => {
    let isLost = true;
    const { phone } = await memoryWorld({
      collections,
      seenAs: (account) => ({
        ...account,
        async move(...asked) {
          const done = await account.move(...asked);
          if (!isLost) return done;
          isLost = false;
          throw new BackendError("unreachable", "the connection broke after it was done");
        },
      }),
    });
    const one = phone();
    const { work, home } = await ready(one);
    const id = idOf(one, work, "one");
    expect((await one.moveItems(work, [id], home)).moves).toMatchObject([{ status: 7 }]);
    expect((await one.sync(work)).changes).toMatchObject([{ kind: "Delete", serverId: id }]);
    const { moves } = await one.moveItems(work, [id], home);
    expect(moves).toMatchObject([{ status: 3 }]);
    expect((await one.sync(home)).changes).toMatchObject([{ kind: "Add", serverId: moves[0]?.moved }]);
  });

  it("moves there and back, and there again", async () => {
    const { phone } = await memoryWorld({ collections });
    const one = phone();
    const { work, home } = await ready(one);
    let from = work;
    let to = home;
    for (let time = 0; time < 4; time += 1) {
      const answer = await one.moveItems(from, [idOf(one, from, "one")], to);
      expect(answer.moves).toMatchObject([{ status: 3 }]);
      await one.sync(from);
      await one.sync(to);
      expect(subjects(one, to)).toContain("one");
      [from, to] = [to, from];
    }
    expect([subjects(one, work), subjects(one, home)]).toEqual([["one", "two"], ["three"]]);
  });

  it("another phone of the user is told of both", async () => {
    const { phone } = await memoryWorld({ collections });
    const one = phone();
    const other = phone({ deviceId: "other" });
    const here = await ready(one);
    const there = await ready(other);
    const waits = other.ping([there.work, there.home], 60);
    await one.moveItems(here.work, [idOf(one, here.work, "one")], here.home);
    expect((await waits).status).toBe(2);
    for (const folder of [there.work, there.home]) await other.sync(folder);
    expect([subjects(other, there.work), subjects(other, there.home)]).toEqual([["two"], ["one", "three"]]);
  });

  it("each Move has a status of its own, and one that cannot be done moves nothing", async () => {
    const { phone, account } = await memoryWorld({ collections });
    const one = phone();
    const { work, home } = await ready(one);
    const [id, two] = [idOf(one, work, "one"), idOf(one, work, "two")];
    const asked: readonly [item: string, source: string, target: string, status: number][] = [
      [id, "unknown", home.id, 1], // MS-ASCMD_R4207
      ["c0:0", work.id, home.id, 1], // R4208
      [id, work.id, "unknown", 2], // R4212
      [id, work.id, work.id, 4], // R4219
      [id, work.id, one.folder("People").id, 2],
      [id, work.id, one.folder(2).id, 2],
      [id, work.id, one.folder("Holidays").id, 5],
      [idOf(one, home, "three"), work.id, home.id, 1],
      [two, work.id, home.id, 3],
    ];
    const moves = asked.flatMap(([item, source, target]) => children(moveRequest([item], source, target)));
    const reply = await one.send("MoveItems", element("Move:MoveItems", moves));
    const statuses = reply.body && children(reply.body).map((of) => childText(of, "Move:Status"));
    expect(statuses).toEqual(asked.map(([, , , status]) => String(status)));
    expect((await account.changes("/anna/work/", undefined)).entries.map(({ href }) => href)).toEqual([
      "/anna/work/one.ics",
    ]);
  });

  it("what the server is too busy for may be tried again, and what it refuses may not", async () => {
    let kind: "busy" | "unreachable" | "refused" | "conflict" | undefined;
    const { phone } = await memoryWorld({
      collections,
      before({ method }) {
        if (method === "move" && kind) throw new BackendError(kind, `a server that is ${kind}`);
      },
    });
    const one = phone();
    const { work, home } = await ready(one);
    const id = idOf(one, work, "one");
    const statuses: (number | undefined)[] = [];
    for (kind of ["busy", "unreachable", "refused", "conflict"] as const) {
      statuses.push((await one.moveItems(work, [id], home)).moves[0]?.status);
    }
    kind = undefined;
    statuses.push((await one.moveItems(work, [id], home)).moves[0]?.status);
    expect(statuses).toEqual([7, 7, 5, 5, 3]);
  });

  it("a request without moves, or with more than a thousand, is refused as a whole (MS-ASCMD_R5653)", async () => {
    const { phone } = await memoryWorld({ collections });
    const one = phone();
    const { work, home } = await ready(one);
    const many = Array.from({ length: 1001 }, (_, at) => `c0:${at}`);
    const reply = await one.send("MoveItems", moveRequest(many, work.id, home.id));
    expect(reply.body && childText(reply.body, "Move:Status")).toBe("103");
    const long = await one.send("MoveItems", moveRequest(["x".repeat(65)], work.id, home.id));
    expect(long.body && childText(long.body, "Move:Status")).toBe("103");
  });

  it("an event that its filter took from the phone is not the phone's to move", async () => {
    const { phone } = await memoryWorld({
      collections: [
        { path: "work", name: "Work", components: ["VEVENT"], items: { "old.ics": event("old", "20200101T100000Z") } },
        { path: "home", name: "Home", components: ["VEVENT"] },
      ],
    });
    const device = phone();
    const { work, home } = await ready(device);
    const id = idOf(device, work, "old");
    await device.sync(work, { filterType: 4 });
    expect((await device.moveItems(work, [id], home)).moves).toMatchObject([{ status: 1 }]);
  });
});
