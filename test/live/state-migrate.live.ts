import { cpSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { createDevice } from "../../conformance/device/device.ts";
import { silentLog } from "../../src/log.ts";
import { openEmbeddedState } from "../../src/state/embedded.ts";
import { isHalfCopied, migrate } from "../../src/state/migrate.ts";
import { openRedisState } from "../../src/state/redis.ts";
import type { Store, StoredRecord } from "../../src/state/state.ts";
import { element } from "../../src/wire/element.ts";
import { type Ended, isthmus, type Running } from "../cli/program.ts";
import { startTwin, type Twin } from "../servers/dav-twin.ts";
import { type RedisWorld, startCluster, startRedis } from "../servers/redis.ts";

let redis: RedisWorld;
let cluster: RedisWorld;
let folder: string;
const opened: Store[] = [];

beforeAll(async () => {
  [redis, cluster] = await Promise.all([startRedis(), startCluster()]);
});
afterAll(async () => {
  await Promise.all([redis?.stop(), cluster?.stop()]);
});
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "isthmus-migrate-"));
});
afterEach(async () => {
  for (const store of opened.splice(0)) await store.close();
  await redis.flush();
  await cluster.flush();
  rmSync(folder, { recursive: true, force: true });
});

async function openEmbedded(name: string): Promise<Store> {
  const store = await openEmbeddedState({ folder: join(folder, name) });
  opened.push(store);
  return store;
}

async function openAt(world: RedisWorld): Promise<Store> {
  const store = await openRedisState({ site: world.site, login: {}, prefix: "isthmus:", log: silentLog });
  opened.push(store);
  return store;
}

async function all(store: Store): Promise<StoredRecord[]> {
  const found: StoredRecord[] = [];
  for await (const record of store.records()) found.push(record);
  const name = ({ scope, key }: StoredRecord) => JSON.stringify([scope.user, scope.device, key]);
  return found.sort((one, two) => (name(one) < name(two) ? -1 : 1));
}

/** Some users with some devices, whatever they are called, and things that end. */
async function fill(store: Store): Promise<void> {
  for (const user of ["/anna/", "bert", "{x}/y", "!"]) {
    await store.commit({ user }, { put: new Map([["defaults", "1:{}"]]) });
    for (const device of ["one", "two/}{", "%"]) {
      const many = Array.from({ length: 700 }, (_, n): [string, string] => [`base/9/${n}`, `1:{"n":${n}}`]);
      await store.commit({ user, device }, { put: new Map([...many, ["head/9", "1:ü"], ["device", ""]]) });
      await store.commit({ user, device }, { put: new Map([["done/x", "1:ends"]]), ttl: 3_600_000 });
    }
  }
}

const withoutTime = (records: readonly StoredRecord[]) => records.map(({ ttl: _ttl, ...record }) => record);

describe("a migration", () => {
  test.each([
    ["a Redis", () => redis],
    ["a cluster", () => cluster],
  ])("to %s and back brings everything, with the time it has left", async (_, world) => {
    const before = await openEmbedded("before");
    await fill(before);
    const shared = await openAt(world());
    expect(await migrate(before, shared, { replace: false })).toEqual({ records: 4 + 12 * 703, devices: 12 });
    expect((await shared.scopes("{x}/y")).length).toBe(4);
    const after = await openEmbedded("after");
    await migrate(shared, after, { replace: false });
    const [first, last] = [await all(before), await all(after)];
    expect(withoutTime(last)).toEqual(withoutTime(first));
    const left = last.flatMap(({ ttl }) => (ttl === undefined ? [] : [ttl]));
    expect(left).toHaveLength(12);
    for (const ttl of left) expect(ttl).toBeGreaterThan(3_500_000);
    for (const ttl of left) expect(ttl).toBeLessThanOrEqual(3_600_000);
  });

  test("is refused where records are, or a gateway works", async () => {
    const from = await openEmbedded("from");
    await from.commit({ user: "a" }, { put: new Map([["k", "new"]]) });
    const to = await openAt(redis);
    await to.commit({ user: "b" }, { put: new Map([["k", "old"]]) });
    await expect(migrate(from, to, { replace: false })).rejects.toThrow(/not empty/);
    expect(withoutTime(await all(to))).toEqual([{ scope: { user: "b" }, key: "k", value: "old" }]);
    const node = await openAt(redis);
    const stop = await node.subscribe("hub", () => {});
    await expect.poll(() => to.inUse()).toBe(true);
    await expect(migrate(from, to, { replace: true })).rejects.toThrow(/stop all nodes/);
    await expect(migrate(to, from, { replace: true })).rejects.toThrow(/stop all nodes/);
    await stop();
    await node.close();
    await expect.poll(() => to.inUse()).toBe(false);
    await migrate(from, to, { replace: true });
    expect(withoutTime(await all(to))).toEqual([{ scope: { user: "a" }, key: "k", value: "new" }]);
  });

  test("that was broken off begins again, without what is gone since", async () => {
    const from = await openEmbedded("from");
    await fill(from);
    const to = await openAt(redis);
    let left = 5;
    const dying: Store = {
      ...to,
      async commit(scope, change) {
        left -= 1;
        if (left < 0) throw new Error("killed");
        return to.commit(scope, change);
      },
    };
    await expect(migrate(from, dying, { replace: false })).rejects.toThrow("killed");
    expect(await isHalfCopied(to)).toBe(true);
    await from.commit({ user: "/anna/" }, { remove: ["defaults"] });
    await migrate(from, to, { replace: false });
    expect(await isHalfCopied(to)).toBe(false);
    expect(withoutTime(await all(to))).toEqual(withoutTime(await all(from)));
  });
});

describe("isthmus state migrate", () => {
  let twin: Twin;
  let running: Running | undefined;
  beforeEach(async () => {
    twin = await startTwin();
  });
  afterEach(async () => {
    running?.kill("SIGKILL");
    await running?.ended;
    running = undefined;
    await twin.stop();
  });

  function configure(data: string, state: object, name = data): string {
    const file = join(folder, `${name}.yaml`);
    const settings = { listen: { port: 0 }, data, state, backends: [{ dav: { url: twin.url } }] };
    writeFileSync(file, JSON.stringify(settings));
    return file;
  }

  async function serve(config: string): Promise<string> {
    running = isthmus(["serve", "--config", config]);
    const [, url = ""] = await running.said(/"url":"([^"]+)".*"listening"/);
    return url;
  }

  async function stop(): Promise<void> {
    running?.kill("SIGTERM");
    await running?.ended;
    running = undefined;
  }

  const move = (config: string, ...args: string[]): Promise<Ended> =>
    isthmus(["state", "migrate", "--config", config, ...args]).ended;

  test("a phone goes on from the embedded store to Redis and back, and fetches nothing anew", async () => {
    const alone = configure("node", {});
    const shared = configure("node", redis.settings, "shared");
    let url = await serve(alone);
    const made = createDevice({ url, user: "anna", password: "geheim", version: "14.1", queryForm: "plain" });
    await made.folderSync();
    const folders = made.folders;
    const book = made.folder("Contacts");
    await made.add(book, [element("Contacts:FirstName", "Berta")]);
    await made.sync(book);
    const key = made.key(book);
    const { deviceId } = made;
    made.close();

    const busy = await move(shared, "--to", "redis");
    expect(busy.code).toBe(1);
    expect(busy.errors).toMatch(/another isthmus/);
    await stop();
    const moved = await move(shared, "--to", "redis");
    expect(moved.errors).toBe("");
    expect(moved.out).toMatch(/^\d+ records were copied and read back, among them those of 1 devices/);
    expect(moved.code).toBe(0);

    const goesOn = async () => {
      const phone = createDevice({
        url,
        user: "anna",
        password: "geheim",
        version: "14.1",
        queryForm: "plain",
        deviceId,
      });
      const found = folders.find(({ id }) => id === book.id);
      const answer = await phone.sync(found ?? book, { key });
      phone.close();
      expect(answer.status).toBe(1);
      expect(answer.changes).toEqual([]);
    };
    url = await serve(shared);
    await goesOn();
    const inUse = await move(shared, "--to", "embedded", "--replace");
    expect(inUse.errors).toMatch(/stop all nodes/);
    await stop();
    const full = await move(shared, "--to", "embedded");
    expect(full.errors).toMatch(/not empty: --replace/);
    expect((await move(shared, "--to", "embedded", "--replace")).code).toBe(0);
    url = await serve(alone);
    await goesOn();
  }, 60_000);

  test("says what is wrong with how it is called", async () => {
    const none = configure("none", {});
    const empty = configure("empty", redis.settings);
    const said = async (...args: string[]) => {
      const { code, errors } = await isthmus(["state", ...args]).ended;
      return `${code} ${errors}`;
    };
    expect(await said("migrate", "--to", "redis", "--config", none)).toMatch(/^2 .*state\.redis is not in/);
    expect(await said("migrate", "--to", "redis", "--config", empty)).toMatch(/^1 .*no embedded store/);
    expect(await said("migrate", "--to", "disk", "--config", empty)).toMatch(/^2 .*--to redis, or/);
    expect(await said("move", "--to", "redis", "--config", empty)).toMatch(/^2 .*no isthmus state move/);
  }, 30_000);

  test("a node with another secret, and one on a half copied store, are turned away", async () => {
    const first = configure("first", redis.settings);
    await serve(first);
    await stop();
    const second = configure("second", redis.settings);
    const { code, errors } = await isthmus(["serve", "--config", second]).ended;
    expect(code).toBe(1);
    expect(errors).toMatch(/made with another secret.*secretFile/);
    const doctor = await isthmus(["doctor", "--config", second]).ended;
    expect(doctor.out).toMatch(/WRONG {3}the state store was made with another secret/);
    cpSync(join(folder, "first", "secret"), join(folder, "second", "secret"));
    await serve(second);
    await stop();

    const store = await openAt(redis);
    await store.commit({ user: "" }, { put: new Map([["migration", "1"]]) });
    const half = await isthmus(["serve", "--config", second]).ended;
    expect(half.errors).toMatch(/half copied/);
  }, 60_000);
});
