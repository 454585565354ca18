import { describe, expect, it } from "vitest";
import { readSync, statusOf } from "../../conformance/device/answers.ts";
import type { Device, Folder } from "../../conformance/device/device.ts";
import { type CollectionRequest, type Command, syncRequest } from "../../conformance/device/requests.ts";
import { learn } from "../../src/sync/heartbeat.ts";
import type { DeviceRecord } from "../../src/sync/records.ts";
import { childText, element } from "../../src/wire/element.ts";
import { card, hrefOf, type MemoryWorld, type MemoryWorldOptions, memoryWorld } from "./world.ts";

const contact = (name: string) => [element("Contacts:FirstName", name), element("Contacts:FileAs", name)];

async function begin(
  options: MemoryWorldOptions = {},
): Promise<{ here: MemoryWorld; phone: Device; book: Folder; calendar: Folder }> {
  const here = await memoryWorld(options);
  await here.account.create(await hrefOf(here.account, "VCARD"), "a.vcf", card("a"));
  const phone = here.phone();
  await phone.folderSync();
  const [book, calendar] = [phone.folder(9), phone.folder(8)];
  for (const folder of [book, calendar]) await phone.sync(folder);
  return { here, phone, book, calendar };
}

async function stored({ account }: MemoryWorld): Promise<string[]> {
  const book = await hrefOf(account, "VCARD");
  const { entries } = await account.changes(book, undefined);
  const found: string[] = [];
  for await (const { text } of account.read(
    book,
    entries.map(({ href }) => href),
  ))
    found.push(/^N:[^;]*;([^;\r]*)/m.exec(text)?.[1] ?? "?");
  return found.toSorted();
}

function names(phone: Device, folder: Folder): string[] {
  return Array.from(
    phone.items(folder).values(),
    ({ data }) => childText(element("AirSync:ApplicationData", data), "Contacts:FirstName") ?? "",
  ).toSorted();
}

/** A Sync request as it is, for what the device's own bookkeeping would not send. */
function ask(phone: Device, collection: Partial<CollectionRequest> & Pick<CollectionRequest, "id" | "key">) {
  return phone.send("Sync", syncRequest("14.1", [{ class: "Contacts", ...collection }])).then(readSync);
}

describe("a sync key", () => {
  it("that was never given out, or to another collection or device, is Status 3", async () => {
    const { here, phone, book, calendar } = await begin();
    const other = here.phone();
    await other.folderSync();
    await other.sync(book);
    for (const key of [
      "1",
      "2-0000000000000000",
      "00",
      "-1",
      "{}",
      "x".repeat(64),
      phone.key(calendar),
      other.key(book),
    ]) {
      const { status, collections } = await ask(phone, { id: book.id, key });
      expect([key, status, collections]).toMatchObject([key, 1, [{ status: 3, changes: [], results: [] }]]);
    }
    // Nothing of this touched the key that is good.
    expect(await phone.sync(book, { once: true })).toMatchObject({ status: 1, empty: true });
  });

  it("of long ago is Status 3, and the commands that came with it are not executed", async () => {
    const { here, phone, book } = await begin();
    const old = phone.key(book);
    for (const name of ["b", "c", "d"]) await phone.add(book, contact(name), { once: true });
    const { collections } = await ask(phone, {
      id: book.id,
      key: old,
      commands: [{ kind: "Add", clientId: "z", data: contact("late") }],
    });
    expect(collections).toMatchObject([{ status: 3, results: [] }]);
    expect(await stored(here)).toEqual(["a", "b", "c", "d"]);
    expect((await phone.sync(book, { once: true })).status).toBe(1);
  });

  it("of 65 characters, or a folder id of as many, is Status 4", async () => {
    const { phone, book } = await begin();
    expect((await ask(phone, { id: book.id, key: "x".repeat(65) })).status).toBe(4);
    expect((await ask(phone, { id: "x".repeat(65), key: "0" })).status).toBe(4);
  });

  it("is never given out twice", async () => {
    const { phone, book } = await begin();
    const seen = new Set<string>();
    for (let count = 0; count < 20; count += 1) {
      if (count % 5 === 4) phone.startOver(book);
      await phone.add(book, contact(`n${count}`));
      expect(seen.has(phone.key(book))).toBe(false);
      seen.add(phone.key(book));
    }
  });

  it("0 with commands executes none of them", async () => {
    const { here, phone, book } = await begin();
    const { collections } = await ask(phone, {
      id: book.id,
      key: "0",
      commands: [{ kind: "Add", clientId: "z", data: contact("early") }],
    });
    expect(collections).toMatchObject([{ changes: [], results: [] }]);
    expect(await stored(here)).toEqual(["a"]);
  });

  it("of an unknown folder is Status 12", async () => {
    const { phone, book } = await begin();
    for (const id of ["", "0", "nonsense", `${book.id}x`, "__proto__"]) {
      const { collections, status } = await ask(phone, { id, key: "0" });
      expect([id, collections[0]?.status ?? status]).toEqual([id, 12]);
    }
  });
});

describe("two requests at once", () => {
  const add = (name: string, clientId = name): Command => ({ kind: "Add", clientId, data: contact(name) });

  it("that are the same have one effect and one answer", async () => {
    const { here, phone, book } = await begin();
    const one = { id: book.id, key: phone.key(book), commands: [add("b"), add("c")] };
    const answers = await Promise.all([ask(phone, one), ask(phone, one), ask(phone, one)]);
    const [first] = answers;
    for (const answer of answers) {
      expect(answer.collections.map(({ status, key }) => [status, key])).toEqual(
        first?.collections.map(({ key }) => [1, key]),
      );
      expect(answer.collections[0]?.results).toEqual(first?.collections[0]?.results);
    }
    expect(await stored(here)).toEqual(["a", "b", "c"]);
  });

  it("that differ are both executed, once each, and the phone that goes on loses nothing", async () => {
    const { here, phone, book } = await begin();
    const key = phone.key(book);
    const answers = await Promise.all([
      ask(phone, { id: book.id, key, commands: [add("b", "1")] }),
      ask(phone, { id: book.id, key, commands: [add("c", "2")] }),
    ]);
    expect(
      answers.map(({ collections }) =>
        collections.map(({ status, results }) => [status, results.map((result) => result.status)]),
      ),
    ).toEqual([[[1, [1]]], [[1, [1]]]]);
    expect(await stored(here)).toEqual(["a", "b", "c"]);
    // Whichever key it kept: a key that was voided is 3 and a new beginning.
    await phone.sync(book);
    await phone.sync(book);
    expect(names(phone, book)).toEqual(["a", "b", "c"]);
    expect(await stored(here)).toEqual(["a", "b", "c"]);
  });

  it("that add under the same ClientId mean two items only when they say two things", async () => {
    const { here, phone, book } = await begin();
    const key = phone.key(book);
    await Promise.all([
      ask(phone, { id: book.id, key, commands: [add("b", "1")] }),
      ask(phone, { id: book.id, key, windowSize: 7, commands: [add("b", "1")] }),
    ]);
    expect(await stored(here)).toEqual(["a", "b"]);
  });

  it("on two collections do not wait for each other", async () => {
    let release: (() => void) | undefined;
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    let holding = false;
    const { phone, book, calendar } = await begin({
      async before({ method, href }) {
        if (holding && method === "changes" && href?.includes("contacts")) await held;
      },
    });
    holding = true;
    const slow = phone.sync(book, { once: true });
    expect(await phone.sync(calendar, { once: true })).toMatchObject({ status: 1 });
    release?.();
    expect(await slow).toMatchObject({ status: 1 });
  });

  it("of which the second edits what the first adds come out in some order, without loss", async () => {
    const { here, phone, book } = await begin();
    const [id = ""] = phone.items(book).keys();
    const key = phone.key(book);
    await Promise.all([
      ask(phone, { id: book.id, key, commands: [{ kind: "Change", serverId: id, data: contact("x") }] }),
      ask(phone, { id: book.id, key, commands: [{ kind: "Delete", serverId: id }] }),
    ]);
    await phone.sync(book);
    await phone.sync(book);
    expect(names(phone, book)).toEqual(await stored(here));
  });

  it("more than a phone ever has are 503, and a word when to come again", async () => {
    let release: (() => void) | undefined;
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    let holding = false;
    const { phone, book } = await begin({
      async before({ method }) {
        if (holding && method === "changes") await held;
      },
    });
    holding = true;
    const asked = Array.from({ length: 40 }, () =>
      phone.send("Sync", syncRequest("14.1", [{ class: "Contacts", id: book.id, key: phone.key(book) }])),
    );
    const refused = await Promise.any(
      asked.map(async (one) => {
        const reply = await one;
        if (reply.status !== 503) throw new Error("not this one");
        return reply;
      }),
    );
    expect(Number(refused.header("Retry-After"))).toBeGreaterThan(0);
    release?.();
    const statuses = (await Promise.all(asked)).map(({ status }) => status);
    expect(new Set(statuses)).toEqual(new Set([200, 503]));
  });
});

describe("one request", () => {
  const event = [
    element("Calendar:StartTime", "20261124T100000Z"),
    element("Calendar:EndTime", "20261124T110000Z"),
    element("Calendar:Subject", "Series"),
    element("Calendar:Recurrence", [
      element("Calendar:Type", 0),
      element("Calendar:Interval", 1),
      element("Calendar:Occurrences", 9),
    ]),
  ];

  it("may change one item more than once, in its order", async () => {
    const { here, phone, book } = await begin();
    const [id = ""] = phone.items(book).keys();
    const { results } = await phone.sync(book, {
      commands: ["x", "y", "z"].map((name): Command => ({ kind: "Change", serverId: id, data: contact(name) })),
    });
    expect(results).toEqual([]);
    expect(await stored(here)).toEqual(["z"]);
    await phone.sync(book);
    expect(names(phone, book)).toEqual(["z"]);
  });

  it("may change and delete several occurrences of one series", async () => {
    const { here } = await begin();
    const phone = here.phone({ version: "16.1" });
    await phone.folderSync();
    const folder = phone.folder(8);
    const { serverId } = await phone.add(folder, event);
    const { results } = await phone.sync(folder, {
      commands: [
        { kind: "Change", serverId, instanceId: "20261125T100000Z", data: [element("Calendar:Subject", "One")] },
        { kind: "Change", serverId, instanceId: "20261126T100000Z", data: [element("Calendar:Subject", "Two")] },
        { kind: "Delete", serverId, instanceId: "20261127T100000Z" },
        {
          kind: "Change",
          serverId,
          data: [element("Calendar:Location", undefined), element("Calendar:Subject", "All")],
        },
      ],
    });
    expect(results).toEqual([]);
    const calendar = await hrefOf(here.account, "VEVENT");
    const { entries } = await here.account.changes(calendar, undefined);
    const texts: string[] = [];
    for await (const { text } of here.account.read(
      calendar,
      entries.map(({ href }) => href),
    ))
      texts.push(text);
    expect(texts).toHaveLength(1);
    for (const said of ["SUMMARY:One", "SUMMARY:Two", "SUMMARY:All", "EXDATE"]) expect(texts[0]).toContain(said);
  });

  it("may add to a collection that was never listed: the addition is not taken for gone", async () => {
    const { here } = await begin();
    const phone = here.phone();
    await phone.folderSync();
    const folder = phone.folder(9);
    const { sync } = await phone.add(folder, contact("b"));
    expect(sync.changes.map(({ kind }) => kind)).toEqual(["Add"]);
    expect(names(phone, folder)).toEqual(["a", "b"]);
    expect((await phone.sync(folder, { once: true })).changes).toEqual([]);
  });

  it("may delete an item and change it: the deletion stands", async () => {
    const { here, phone, book } = await begin();
    const [id = ""] = phone.items(book).keys();
    const { results } = await phone.sync(book, {
      commands: [
        { kind: "Delete", serverId: id },
        { kind: "Change", serverId: id, data: contact("x") },
      ],
    });
    expect(results.map(({ kind, status }) => [kind, status])).toEqual([["Change", 8]]);
    expect(await stored(here)).toEqual([]);
  });

  it("that names a collection twice executes each command once", async () => {
    const { here, phone, book } = await begin();
    const key = phone.key(book);
    const one = {
      class: "Contacts",
      id: book.id,
      key,
      commands: [{ kind: "Add", clientId: "1", data: contact("b") } satisfies Command],
    };
    expect((await phone.send("Sync", syncRequest("14.1", [one, { ...one, windowSize: 9 }]))).status).toBe(200);
    await phone.sync(book);
    await phone.sync(book);
    expect(await stored(here)).toEqual(["a", "b"]);
    expect(names(phone, book)).toEqual(["a", "b"]);
  });

  it("that is hung up on in the middle of a write is finished, and found done when it comes again", async () => {
    let reached: (() => void) | undefined;
    const writing = new Promise<void>((resolve) => {
      reached = resolve;
    });
    let release: (() => void) | undefined;
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    const { here, phone, book } = await begin({
      async before({ method, href }) {
        if (method !== "create" || href?.endsWith("/a.vcf")) return;
        reached?.();
        await held;
      },
    });
    const controller = new AbortController();
    const commands: Command[] = ["b", "c", "d", "e", "f"].map((name) => ({
      kind: "Add",
      clientId: name,
      data: contact(name),
    }));
    const first = phone.sync(book, { once: true, commands, signal: controller.signal });
    await writing;
    controller.abort();
    await expect(first).rejects.toThrow();
    const again = phone.repeat();
    release?.();
    expect(readSync(await again).collections[0]?.results.map(({ status }) => status)).toEqual([1, 1, 1, 1, 1]);
    await phone.sync(book);
    expect(await stored(here)).toEqual(["a", "b", "c", "d", "e", "f"]);
    expect(names(phone, book)).toEqual(["a", "b", "c", "d", "e", "f"]);
  });
});

describe("a waiting Sync", () => {
  const push = { push: { heartbeat: { min: 1 }, pollEvery: 1 } };

  it("is ended by a newer Sync of the device, and loses nothing", async () => {
    const { here, phone, book } = await begin({ settings: push });
    const waiting = phone.sync(book, { once: true, heartbeat: 60 });
    await expect.poll(() => here.gateway.hub.waiting).toBe(1);
    const added = await phone.add(book, contact("b"), { once: true });
    expect(added.status).toBe(1);
    expect(await waiting).toMatchObject({ status: 1, empty: true });
    await phone.sync(book);
    expect(names(phone, book)).toEqual(["a", "b"]);
    expect(await stored(here)).toEqual(["a", "b"]);
  });

  it("is not ended by another device", async () => {
    const { here, phone, book } = await begin({ settings: push });
    const other = here.phone();
    await other.folderSync();
    const waiting = phone.sync(book, { once: true, heartbeat: 60 });
    await expect.poll(() => here.gateway.hub.waiting).toBe(1);
    await other.sync(other.folder(8));
    expect(here.gateway.hub.waiting).toBe(1);
    await other.add(book, contact("b"));
    expect((await waiting).changes.map(({ kind }) => kind)).toEqual(["Add"]);
  });

  it("with news to tell answers at once", async () => {
    const { here, phone, book } = await begin({ settings: push });
    await here.account.create(await hrefOf(here.account, "VCARD"), "b.vcf", card("b"));
    expect((await phone.sync(book, { once: true, heartbeat: 3_000, timeout: 10_000 })).changes).toHaveLength(1);
  });
});

describe("a Ping's heartbeat", () => {
  it.each(["-5", "1.5", "soon", "1e3", "0x10", "9".repeat(400)])("said as %s is Status 4", async (value) => {
    const { phone, book } = await begin();
    const folder = element("Ping:Folder", [element("Ping:Id", book.id), element("Ping:Class", "Contacts")]);
    const body = element("Ping:Ping", [element("Ping:HeartbeatInterval", value), element("Ping:Folders", [folder])]);
    expect(statusOf(await phone.send("Ping", body))).toBe(4);
  });
});

describe("how long a Sync may wait", () => {
  it.each([
    [{ wait: 60 }, 59],
    [{ wait: 100_000 }, 59],
    [{ heartbeat: 59 }, 60],
    [{ heartbeat: 3_541 }, 3_540],
    [{ heartbeat: 4_000_000_000 }, 3_540],
  ] as const)("%j is Status 14, and names %i", async (details, limit) => {
    const { phone, book } = await begin();
    const { status, collections, ...answer } = await phone.syncFolders([{ folder: book }], {
      ...details,
      timeout: 10_000,
    });
    expect([status, answer.limit, collections]).toEqual([14, limit, []]);
  });

  it("said in both ways is Status 4", async () => {
    const { phone, book } = await begin();
    const body = syncRequest("14.1", [{ id: book.id, key: phone.key(book), class: "Contacts" }], {
      wait: 5,
      heartbeat: 300,
    });
    expect(statusOf(await phone.send("Sync", body))).toBe(4);
  });

  it.each(["-5", "1.5", "soon", "1e3", "0x10"])("said as %s is Status 4", async (value) => {
    const { phone, book } = await begin();
    const asked = syncRequest("14.1", [{ id: book.id, key: phone.key(book), class: "Contacts" }]);
    const body = {
      ...asked,
      content: [...(Array.isArray(asked.content) ? asked.content : []), element("AirSync:HeartbeatInterval", value)],
    };
    expect(statusOf(await phone.send("Sync", body))).toBe(4);
  });
});

describe("an empty or partial Sync", () => {
  it("is Status 13 when there is nothing to complete it from", async () => {
    const { here } = await begin();
    const fresh = here.phone();
    await fresh.folderSync();
    expect((await fresh.emptySync()).status).toBe(13);
    const partial = element("AirSync:Sync", [element("AirSync:WindowSize", 5), element("AirSync:Partial")]);
    expect(statusOf(await fresh.send("Sync", partial))).toBe(13);
  });

  it("repeats the request before, without its commands", async () => {
    const { here, phone, book } = await begin();
    await phone.add(book, contact("b"));
    await phone.sync(book);
    expect(await phone.emptySync()).toMatchObject({ status: 1, empty: true });
    await here.account.create(await hrefOf(here.account, "VCARD"), "c.vcf", card("c"));
    const answer = await phone.emptySync();
    expect(answer.collections.map(({ changes }) => changes.length)).toEqual([1]);
    expect(await stored(here)).toEqual(["a", "b", "c"]);
  });

  it("that is partial takes the collections it does not name as they were", async () => {
    const { here, phone, book, calendar } = await begin();
    await phone.syncFolders([{ folder: book }, { folder: calendar }]);
    await here.account.create(await hrefOf(here.account, "VCARD"), "c.vcf", card("c"));
    const answer = await phone.syncFolders([{ folder: calendar, options: { window: 5 } }], { partial: true });
    expect(answer.status).toBe(1);
    expect(answer.collections.flatMap(({ id, changes }) => changes.map(({ kind }) => [id, kind]))).toEqual([
      [book.id, "Add"],
    ]);
    expect(names(phone, book)).toEqual(["a", "c"]);
  });

  it("that is partial and says nothing else is Status 4", async () => {
    const { phone, book } = await begin();
    await phone.sync(book, { once: true });
    expect(statusOf(await phone.send("Sync", element("AirSync:Sync", [element("AirSync:Partial")])))).toBe(4);
  });

  it("with a body that names nothing is Status 4", async () => {
    const { phone } = await begin();
    expect(statusOf(await phone.send("Sync", element("AirSync:Sync")))).toBe(4);
  });
});

describe("the number of operations", () => {
  const adds = (count: number): Command[] =>
    Array.from({ length: count }, (_, index) => ({ kind: "Add", clientId: `${index}`, data: contact(`n${index}`) }));

  it("may be 200", async () => {
    const { here, phone, book } = await begin();
    const { status, results } = await phone.sync(book, { commands: adds(200) });
    expect([status, results.length]).toEqual([1, 200]);
    expect(await stored(here)).toHaveLength(201);
    expect(phone.items(book).size).toBe(201);
  });

  it("beyond 200 is Status 4, and none is executed", async () => {
    const { here, phone, book } = await begin();
    expect((await phone.sync(book, { once: true, commands: adds(201) })).status).toBe(4);
    expect(await stored(here)).toEqual(["a"]);
  });

  it("is counted over all collections", async () => {
    const { here, phone, book, calendar } = await begin();
    const events = adds(101).map(
      (command): Command => ({
        ...command,
        kind: "Add",
        clientId: `c${"clientId" in command ? command.clientId : ""}`,
        data: [element("Calendar:Subject", "x")],
      }),
    );
    const answer = await phone.syncFolders([
      { folder: book, options: { commands: adds(100) } },
      { folder: calendar, options: { commands: events } },
    ]);
    expect(answer.status).toBe(4);
    expect(await stored(here)).toEqual(["a"]);
  });
});

describe("what a device's waits teach", () => {
  const limits = { min: 60, max: 3_540 };
  const device: DeviceRecord = { type: "T", userAgent: "U", firstSeen: 0 };
  type Wait = readonly ["aborted" | "expired" | "news" | "superseded", number];
  const stories: readonly {
    readonly name: string;
    readonly waits: readonly Wait[];
    readonly longest: number | undefined;
  }[] = [
    { name: "one cut is chance", waits: [["aborted", 240]], longest: undefined },
    {
      name: "two alike are a proxy",
      waits: [
        ["aborted", 240],
        ["aborted", 242],
      ],
      longest: 216,
    },
    {
      name: "two that differ are a phone on the move",
      waits: [
        ["aborted", 240],
        ["aborted", 100],
      ],
      longest: undefined,
    },
    {
      name: "the second and third of three count",
      waits: [
        ["aborted", 500],
        ["aborted", 240],
        ["aborted", 241],
      ],
      longest: 216,
    },
    {
      name: "a phone that hangs up at once is no proxy",
      waits: [
        ["aborted", 5],
        ["aborted", 5],
        ["aborted", 5],
      ],
      longest: undefined,
    },
    {
      name: "a wait that lasted in between makes the next cut the first again",
      waits: [
        ["aborted", 240],
        ["expired", 900],
        ["aborted", 240],
      ],
      longest: undefined,
    },
    {
      name: "news in between changes nothing",
      waits: [
        ["aborted", 240],
        ["news", 20],
        ["aborted", 240],
      ],
      longest: 216,
    },
    {
      name: "never below the least",
      waits: [
        ["aborted", 40],
        ["aborted", 41],
      ],
      longest: 60,
    },
    {
      name: "cut again, lower again",
      waits: [
        ["aborted", 240],
        ["aborted", 240],
        ["aborted", 120],
        ["aborted", 120],
      ],
      longest: 108,
    },
    {
      name: "a wait that held its whole length raises it by a quarter",
      waits: [
        ["aborted", 240],
        ["aborted", 240],
        ["expired", 216],
      ],
      longest: 270,
    },
    {
      name: "a shorter one does not",
      waits: [
        ["aborted", 240],
        ["aborted", 240],
        ["expired", 100],
      ],
      longest: 216,
    },
    {
      name: "raised as far as the limit it is forgotten",
      waits: [
        ["aborted", 240],
        ["aborted", 240],
        ["expired", 216],
        ["expired", 270],
        ["expired", 338],
        ["expired", 423],
        ["expired", 529],
        ["expired", 662],
        ["expired", 828],
        ["expired", 1_035],
        ["expired", 1_294],
        ["expired", 1_618],
        ["expired", 2_023],
        ["expired", 2_529],
        ["expired", 3_162],
      ],
      longest: undefined,
    },
  ];

  it.each(stories)("$name", ({ waits, longest }) => {
    const learnt = waits.reduce((record, [end, seconds]) => learn(record, end, seconds, limits), device);
    expect(learnt.longestWait).toBe(longest);
    expect(learnt).toMatchObject(device);
  });

  it("is not written when nothing was learned", () => {
    for (const wait of [
      ["expired", 500],
      ["news", 3],
      ["superseded", 100],
      ["aborted", 5],
    ] as const) {
      expect(learn(device, wait[0], wait[1], limits)).toBe(device);
    }
  });

  it("lowers what the next Ping may ask for, and raises it again", async () => {
    let time = Date.UTC(2026, 10, 24);
    const { here, phone, book } = await begin({
      settings: { push: { heartbeat: { min: 1 }, pollEvery: 3_600 } },
      parts: { now: () => time },
    });
    /** A Ping during which so many seconds pass before the proxy hangs up. */
    async function cutAfter(seconds: number): Promise<void> {
      const controller = new AbortController();
      const waiting = phone.ping([book], 1_000, { signal: controller.signal });
      await expect.poll(() => here.gateway.hub.waiting).toBe(1);
      time += seconds * 1_000;
      controller.abort();
      await expect(waiting).rejects.toThrow();
      const over = () =>
        here.lines.filter(({ fields }) => fields.command === "Ping" && fields.wake === "aborted").length;
      const before = cuts;
      await expect.poll(over).toBe(before + 1);
      cuts += 1;
    }
    let cuts = 0;
    await cutAfter(300);
    await cutAfter(300);
    expect(await phone.ping([book], 1_000)).toMatchObject({ status: 5, heartbeat: 270 });
    const held = phone.ping([book], 270);
    await expect.poll(() => here.gateway.hub.waiting).toBe(1);
    time += 270_000;
    await here.gateway.hub.close();
    expect((await held).status).toBe(1);
    expect(await phone.ping([book], 1_000)).toMatchObject({ status: 5, heartbeat: 338 });
  });
});
