import { setTimeout as pause } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import type { Device, Folder } from "../../conformance/device/device.ts";
import { ResponseDropped } from "../../conformance/device/http.ts";
import { openRedisState } from "../../src/state/redis.ts";
import { childText, element } from "../../src/wire/element.ts";
import { type RedisWorld, type SentinelWorld, startRedis, startSentinels } from "../servers/redis.ts";
import type { RedisProcess } from "../servers/redis-process.ts";
import {
  card,
  collector,
  endLater,
  hrefOf,
  type Line,
  type MemoryWorld,
  type MemoryWorldOptions,
  memoryWorld,
} from "../trouble/world.ts";

const contact = (name: string) => [element("Contacts:FirstName", name), element("Contacts:FileAs", name)];

interface Here extends MemoryWorld {
  readonly device: Device;
  readonly folder: Folder;
  readonly book: string;
  /** What the phone has, and what the server has, by first name: they must agree, with nothing doubled. */
  both(): Promise<readonly [phone: readonly string[], server: readonly string[]]>;
}

/** A gateway on this store, which loses patience with it soon, and a phone that has one contact. */
async function begin(store: RedisWorld, options: MemoryWorldOptions = {}, patience = 1_500): Promise<Here> {
  const lines: Line[] = [];
  const log = collector(lines);
  const state = await openRedisState({ site: store.site, login: {}, log, prefix: "isthmus:", patience });
  endLater(() => state.close());
  const here = { ...(await memoryWorld({ ...options, parts: { log, state, ...options.parts } })), lines };
  const book = await hrefOf(here.account, "VCARD");
  await here.account.create(book, "a.vcf", card("a"));
  const device = here.phone();
  await device.folderSync();
  const folder = device.folder(9);
  await device.sync(folder);
  return {
    ...here,
    device,
    folder,
    book,
    async both() {
      await device.sync(folder);
      const { entries } = await here.account.changes(book, undefined);
      const stored: string[] = [];
      const hrefs = entries.map(({ href }) => href);
      for await (const { text } of here.account.read(book, hrefs))
        stored.push(/^N:[^;]*;([^;\r]*)/m.exec(text)?.[1] ?? "?");
      const items = [...device.items(folder).values()];
      const shown = items.map(
        ({ data }) => childText(element("AirSync:ApplicationData", data), "Contacts:FirstName") ?? "",
      );
      return [shown.toSorted(), stored.toSorted()];
    },
  };
}

/** A request whose answer the phone takes as it comes: HTTP status, or 0 when the connection broke. */
async function tryAdd({ device, folder }: Here, name: string): Promise<number> {
  try {
    return (await device.add(folder, contact(name), { once: true })).sync.reply.status;
  } catch {
    return 0;
  }
}

describe("one Redis", () => {
  let store: RedisWorld & { readonly server: RedisProcess };
  let server: RedisProcess;
  beforeAll(async () => {
    store = await startRedis();
    ({ server } = store);
  });
  afterEach(() => store.flush());
  afterAll(() => store?.stop());

  it("killed in the middle and started again: the phone goes on, and notices nothing", async () => {
    let isDead = false;
    const killer: MemoryWorldOptions = {
      async before({ method }) {
        if (method !== "create" || isDead) return;
        isDead = true;
        await server.kill();
        setTimeout(() => void server.start(), 500);
      },
    };
    const here = await begin(store, killer, 10_000);
    isDead = false;
    const { status } = await here.device.add(here.folder, contact("b"));
    expect(isDead).toBe(true);
    expect(status).toBe(1);
    expect(await here.both()).toEqual([
      ["a", "b"],
      ["a", "b"],
    ]);
  });

  it("away: every command is asked to come again, and what was done meanwhile is done once", async () => {
    let isDead = true;
    const here = await begin(store, {
      async before({ method }) {
        if (method !== "create" || isDead) return;
        isDead = true;
        await server.kill();
      },
    });
    isDead = false;
    // The contact is written, and what became of it cannot be: the phone must ask again.
    const reply = await here.device
      .add(here.folder, contact("b"), { once: true, timeout: 30_000 })
      .catch(() => here.device.repeat());
    expect("status" in reply && reply.status).toBe(503);
    const answers = await Promise.all([
      here.device.send("FolderSync", element("FolderHierarchy:FolderSync", [element("FolderHierarchy:SyncKey", "0")])),
      here.device.send("Ping"),
      here.device.send("Sync"),
    ]);
    for (const answer of answers) {
      expect(answer.status).toBe(503);
      expect(Number(answer.header("Retry-After"))).toBeGreaterThan(0);
    }
    await server.start();
    // The leases of what was broken off are given back as soon as there is somebody to take them.
    const began = performance.now();
    await expect.poll(() => tryAdd(here, "c"), { timeout: 10_000, interval: 200 }).toBe(200);
    expect(performance.now() - began).toBeLessThan(5_000);
    const [shown, stored] = await here.both();
    expect(shown).toEqual(stored);
    expect(new Set(stored).size).toBe(stored.length);
    const told = here.lines.map(({ message }) => message).join("\n");
    expect(told).toMatch(/state store redis 127\.0\.0\.1:\d+: .*phones are asked to come again/);
    expect(told).toMatch(/is back/);
  }, 60_000);

  it("away when a phone logs in for the first time: it is asked to come again, and begins as if nothing had been", async () => {
    const here = await begin(store);
    await server.kill();
    const newcomer = here.phone();
    expect([200, 503]).toContain((await newcomer.options()).reply.status);
    const refused = await newcomer.send(
      "FolderSync",
      element("FolderHierarchy:FolderSync", [element("FolderHierarchy:SyncKey", "0")]),
    );
    expect(refused.status).toBe(503);
    expect(refused.header("Retry-After")).toBeDefined();
    await server.start();
    await expect
      .poll(
        () =>
          newcomer.folderSync().then(
            ({ status }) => status,
            () => 0,
          ),
        { timeout: 10_000 },
      )
      .toBe(1);
    const folder = newcomer.folder(9);
    await newcomer.sync(folder);
    expect(newcomer.items(folder).size).toBe(1);
  });

  it.each([
    ["out of memory", ["config", "set", "maxmemory", "1mb"], ["config", "set", "maxmemory", "0"]],
    ["read-only", ["replicaof", "127.0.0.1", "1"], ["replicaof", "no", "one"]],
    [
      "without its replicas",
      ["config", "set", "min-replicas-to-write", "1"],
      ["config", "set", "min-replicas-to-write", "0"],
    ],
  ] as const)(
    "%s after the write and before its result: retried, and done once",
    async (_, broken, mended) => {
      let armed = false;
      const here = await begin(store, {
        async before({ method }) {
          if (method !== "create" || !armed) return;
          armed = false;
          await server.command(broken[0], ...broken.slice(1));
        },
      });
      armed = true;
      const answered = here.device.add(here.folder, contact("b"), { once: true, timeout: 30_000 }).then(
        ({ sync }) => sync.reply.status,
        () => 0,
      );
      expect(await answered).not.toBe(200);
      expect((await here.device.repeat({ timeout: 30_000 })).status).toBe(503);
      await server.command(mended[0], ...mended.slice(1));
      const again = await here.device.repeat();
      expect(again.status).toBe(200);
      expect(await here.both()).toEqual([
        ["a", "b"],
        ["a", "b"],
      ]);
    },
    60_000,
  );

  it.each([
    ["restored from an old dump", (dump: string) => server.restore(dump)],
    ["emptied", () => store.flush()],
  ])("%s: the phone fetches anew what it must, nothing is lost and nothing doubled", async (_, lose) => {
    const here = await begin(store);
    await here.device.sync(here.folder);
    const dump = await server.dump();
    await here.device.add(here.folder, contact("b"));
    await here.account.create(here.book, "c.vcf", card("c"));
    await here.device.sync(here.folder);
    // Its answer is lost: the phone will ask again, of a store that knows nothing of it.
    here.device.dropNext();
    await expect(here.device.add(here.folder, contact("d"))).rejects.toThrow(ResponseDropped);
    await lose(dump);
    await here.device.repeat();
    await here.device.folderSync();
    const [shown, stored] = await here.both();
    expect(stored).toEqual(["a", "b", "c", "d"]);
    expect(shown).toEqual(stored);
    const { status } = await here.device.add(here.folder, contact("e"));
    expect(status).toBe(1);
    expect((await here.both())[0]).toEqual(["a", "b", "c", "d", "e"]);
  });

  it.each([86_400_000, -86_400_000])(
    "the node's clock jumps by %i ms: no lease ends, no item is lost",
    async (jump) => {
      let ahead = 0;
      let isIn: () => void = () => {};
      let letOut: () => void = () => {};
      let armed = false;
      const here = await begin(store, {
        parts: { now: () => Date.now() + ahead },
        async before({ method }) {
          if (method !== "create" || !armed) return;
          armed = false;
          isIn();
          await new Promise<void>((resolve) => {
            letOut = resolve;
          });
        },
      });
      armed = true;
      const inside = new Promise<void>((resolve) => {
        isIn = resolve;
      });
      const adding = here.device.add(here.folder, contact("b"));
      await inside;
      ahead = jump;
      await pause(200);
      letOut();
      expect((await adding).status).toBe(1);
      await here.account.create(here.book, "c.vcf", card("c"));
      expect(await here.both()).toEqual([
        ["a", "b", "c"],
        ["a", "b", "c"],
      ]);
      expect(here.device.items(here.folder).size).toBe(3);
    },
  );
});

describe("a primary that is replaced", () => {
  let store: SentinelWorld;
  beforeAll(async () => {
    store = await startSentinels();
  });
  afterAll(() => store?.stop());

  it("between a write and its result: the phone's request is answered, and done once", async () => {
    let armed = false;
    const here = await begin(store, {
      async before({ method }) {
        if (method !== "create" || !armed) return;
        armed = false;
        await store.failOver();
      },
    });
    armed = true;
    const status = await tryAdd(here, "b");
    expect(armed).toBe(false);
    if (status !== 200) await expect.poll(() => here.device.repeat().then((reply) => reply.status)).toBe(200);
    expect(await here.both()).toEqual([
      ["a", "b"],
      ["a", "b"],
    ]);
  }, 60_000);
});
