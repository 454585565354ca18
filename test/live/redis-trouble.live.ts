import { randomUUID } from "node:crypto";
import { inspect } from "node:util";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { StateError } from "../../src/errors.ts";
import { Secret, silentLog } from "../../src/log.ts";
import type { Login, Site } from "../../src/state/redis/client.ts";
import { openRedisState, type RedisStore } from "../../src/state/redis.ts";
import type { Scope } from "../../src/state/state.ts";
import {
  type ClusterWorld,
  type RedisWorld,
  type SentinelWorld,
  startCluster,
  startRedis,
  startSentinels,
} from "../servers/redis.ts";
import type { RedisProcess } from "../servers/redis-process.ts";
import { startRedisProxy } from "../servers/redis-proxy.ts";

const scope: Scope = { user: "/anna/", device: "phone-1" };
const keep = { ttl: 60_000, wait: 0 };
const put = (key: string, value: string) => ({ put: new Map([[key, value]]) });

const ends: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).toReversed()) await end();
});

async function open(site: Site, prefix = `${randomUUID()}:`, login: Login = {}): Promise<RedisStore> {
  const state = await openRedisState({ site, login, prefix, log: silentLog, patience: 3_000 });
  ends.push(() => state.close());
  return state;
}

async function failureOf(work: Promise<unknown>): Promise<StateError> {
  try {
    await work;
  } catch (error) {
    if (error instanceof StateError) return error;
    throw error;
  }
  throw new Error("nothing failed");
}

describe("one server", () => {
  let world: RedisWorld & { readonly server: RedisProcess };
  let server: RedisProcess;
  beforeAll(async () => {
    world = await startRedis();
    ({ server } = world);
  });
  afterAll(() => world?.stop());

  describe("when an answer is lost", () => {
    async function openCut() {
      const proxy = await startRedisProxy(server.port);
      ends.push(() => proxy.stop());
      const prefix = `${randomUUID()}:`;
      const state = await open({ kind: "single", host: "127.0.0.1", port: proxy.port, database: 0 }, prefix);
      return { proxy, state, other: await open(world.site, prefix) };
    }

    it("a commit is done once, whatever another node did meanwhile", async () => {
      const { proxy, state, other } = await openCut();
      await state.commit(scope, put("n", "0"));
      const lease = await state.lease(scope, "c", keep);
      if (!lease) throw new Error("no lease");
      const lost = proxy.loseNextAnswer();
      const outcome = state.commit(scope, {
        leases: [lease],
        release: true,
        expect: new Map([["n", "0"]]),
        ...put("n", "1"),
      });
      await lost;
      expect((await other.read(scope, ["n"])).get("n")).toBe("1");
      const taken = await other.lease(scope, "c", keep);
      expect(taken).toBeDefined();
      await other.commit(scope, put("n", "2"));
      proxy.mend();
      expect(await outcome).toBe("done");
      expect((await other.read(scope, ["n"])).get("n")).toBe("2");
    });

    it("a lease that was granted is not in our own way", async () => {
      const { proxy, state, other } = await openCut();
      const lost = proxy.loseNextAnswer();
      const asked = state.lease(scope, "c", keep);
      await lost;
      expect(await other.lease(scope, "c", keep)).toBeUndefined();
      proxy.mend();
      const lease = await asked;
      expect(lease).toBeDefined();
      expect(lease && (await state.commit(scope, { leases: [lease], ...put("a", "1") }))).toBe("done");
    });

    it("what is given back stays given back, and what is read is read", async () => {
      const { proxy, state, other } = await openCut();
      await state.commit(scope, put("a", "1"));
      // Once before, so that the script is there and the answer that is lost is its own.
      const before = await state.lease(scope, "c", keep);
      if (before) await state.release(before);
      const lease = await state.lease(scope, "c", keep);
      if (!lease) throw new Error("no lease");
      let lost = proxy.loseNextAnswer();
      const released = state.release(lease);
      await lost;
      const next = await other.lease(scope, "c", keep);
      proxy.mend();
      await released;
      expect(next && (await other.renew(next, 1_000))).toBe(true);
      lost = proxy.loseNextAnswer();
      const read = state.read(scope, ["a"]);
      await lost;
      proxy.mend();
      expect((await read).get("a")).toBe("1");
    });
  });

  it("makes greater fences when it lost its data, or got old data back", async () => {
    const state = await open(world.site);
    const fence = async () => {
      const lease = await state.lease(scope, "c", { ttl: 20, wait: 5_000 });
      if (!lease) throw new Error("no lease");
      return lease.fence;
    };
    const first = await fence();
    const dump = await server.dump();
    await world.flush();
    const second = await fence();
    expect(second).toBeGreaterThan(first);
    await server.restore(dump);
    expect(await fence()).toBeGreaterThan(second);
  });

  it("when memory is full writes nothing of a commit, still gives leases back, and goes on when there is room", async () => {
    const state = await open(world.site);
    await state.commit(scope, put("a", "1"));
    const lease = await state.lease(scope, "c", keep);
    if (!lease) throw new Error("no lease");
    await server.command("config", "set", "maxmemory", "1mb");
    const change = { leases: [lease], ...put("a", "2") };
    const failure = await failureOf(state.commit(scope, change));
    expect(failure.kind).toBe("full");
    expect((await failureOf(state.lease(scope, "d", keep))).kind).toBe("full");
    expect((await state.read(scope, ["a"])).get("a")).toBe("1");
    await state.release(lease);
    await server.command("config", "set", "maxmemory", "0");
    expect(await state.commit(scope, change)).toBe("lost");
    expect(await state.commit(scope, put("a", "3"))).toBe("done");
  });

  it("waits while it takes no writes for a moment, and says so when it goes on", async () => {
    const state = await open(world.site);
    await server.command("replicaof", "127.0.0.1", "1");
    const waited = state.commit(scope, put("a", "1"));
    setTimeout(() => void server.command("replicaof", "no", "one"), 700);
    expect(await waited).toBe("done");
    await server.command("replicaof", "127.0.0.1", "1");
    const failure = await failureOf(state.commit(scope, put("a", "2")));
    expect(failure.kind).toBe("readonly");
    await server.command("replicaof", "no", "one");
  });

  it("outlasts a kill and a frozen moment, with all that was committed", async () => {
    const state = await open(world.site);
    await state.commit(scope, put("a", "1"));
    await server.kill();
    const waited = state.commit(scope, put("b", "1"));
    await server.start();
    expect(await waited).toBe("done");
    server.freeze();
    const frozen = state.commit(scope, put("c", "1"));
    setTimeout(() => server.thaw(), 500);
    expect(await frozen).toBe("done");
    expect((await state.read(scope, ["a", "b", "c"])).size).toBe(3);
  });

  it("is said to be away within seconds, and at once when it is away for long", async () => {
    const state = await open(world.site);
    await server.kill();
    const failure = await failureOf(state.read(scope, ["a"]));
    expect(failure.kind).toBe("unreachable");
    expect(failure.message).toContain(`redis 127.0.0.1:${server.port}`);
    expect(failure.message).toContain("ECONNREFUSED");
    const began = performance.now();
    await failureOf(state.read(scope, ["a"]));
    expect(performance.now() - began).toBeLessThan(1_000);
    await server.start();
    await expect.poll(() => state.read(scope, ["a"]).then(() => true), { timeout: 5_000 }).toBe(true);
  });

  it("ends at once when it is closed, whatever is under way", async () => {
    const state = await openRedisState({ site: world.site, login: {}, prefix: "c:", log: silentLog });
    server.freeze();
    ends.push(async () => server.thaw());
    const began = performance.now();
    const under = [failureOf(state.read(scope, ["a"])), failureOf(state.commit(scope, put("a", "1")))];
    await state.close();
    for (const failure of await Promise.all(under)) expect(failure.kind).toBe("unreachable");
    expect(performance.now() - began).toBeLessThan(1_500);
  });

  it("that refuses us is named without the password", async () => {
    await server.command("acl", "setuser", "isthmus", "on", ">geheim123", "~*", "&*", "+@all", "-evalsha", "-eval");
    const told: unknown[] = [];
    const wrong = open(world.site, undefined, { user: "isthmus", password: new Secret("falsch123") });
    const refused = await failureOf(wrong);
    expect(refused.kind).toBe("refused");
    expect(refused.message).toContain("WRONGPASS");
    const state = await open(world.site, undefined, { user: "isthmus", password: new Secret("geheim123") });
    const forbidden = await failureOf(state.commit(scope, put("a", "streng geheim")));
    expect(forbidden.kind).toBe("refused");
    expect(forbidden.message).toContain("evalsha");
    told.push(refused, forbidden);
    expect(inspect(told, { depth: 10 })).not.toMatch(/geheim|falsch123/);
    await server.command("acl", "deluser", "isthmus");
  });

  it("needs no more rights than the README gives it", async () => {
    const rights = ["~isthmus:*", "&isthmus:*", "+@all", "-@admin", "-@dangerous", "+info"];
    await server.command("acl", "setuser", "gateway", "on", ">geheim123", ...rights);
    const state = await open(world.site, "isthmus:", { user: "gateway", password: new Secret("geheim123") });
    expect(await state.inspect()).toEqual([]);
    const heard: string[] = [];
    await state.subscribe("hub", (message) => heard.push(message));
    const lease = await state.lease(scope, "c", keep);
    const waiting = state.lease(scope, "c", { ttl: 1_000, wait: 5_000 });
    await expect.poll(async () => (await server.info()).get("pubsub_channels")).toBe("2");
    const change = { ...put("a", "1"), ttl: 60_000, removePrefix: ["base/"], remove: ["b"], release: true };
    expect(await state.commit(scope, { ...change, leases: lease ? [lease] : [] })).toBe("done");
    expect(await waiting).toBeDefined();
    await state.publish("hub", "news");
    await expect.poll(() => heard).toEqual(["news"]);
    expect(await state.scopes("/anna/")).toEqual([scope]);
    for await (const record of state.records()) expect(record).toMatchObject({ scope, key: "a", value: "1" });
    expect(await state.inUse()).toBe(false);
    await server.command("acl", "deluser", "gateway");
  });

  it("is refused where it throws records away, and advised to keep a log", async () => {
    const state = await open(world.site);
    expect(await state.inspect()).toEqual([]);
    await server.command("config", "set", "maxmemory-policy", "allkeys-lru");
    expect((await state.inspect()).map(({ level }) => level)).toEqual(["advice"]);
    await server.command("config", "set", "maxmemory", "100mb");
    expect((await state.inspect()).map(({ level }) => level)).toEqual(["bad"]);
    await server.command("config", "set", "maxmemory", "0");
    await server.command("config", "set", "maxmemory-policy", "noeviction");
    await server.command("config", "set", "appendonly", "no");
    expect((await state.inspect()).map(({ says }) => says)).toEqual([expect.stringContaining("appendonly no")]);
    await server.command("config", "set", "appendonly", "yes");
  });

  it("keeps what strangers name within their own scope", async () => {
    const prefix = `${randomUUID()}:`;
    const state = await open(world.site, prefix);
    const names = ["}", "{x}", "a}:i", "a/b", "a:h:", "*", "\n", "ü", "%2F"];
    for (const device of names) await state.commit({ user: "u", device }, put("base/}{:/*", device));
    for (const user of names) await state.commit({ user }, put("k", user));
    for (const device of names) {
      expect([...(await state.read({ user: "u", device }, ["base/}{:/*"]))]).toEqual([["base/}{:/*", device]]);
    }
    const all: Scope[] = [];
    for await (const { scope: found } of state.records()) all.push(found);
    expect(all).toHaveLength(2 * names.length);
    expect(new Set(all.map((found) => JSON.stringify(found)))).toEqual(
      new Set([
        ...names.map((device) => JSON.stringify({ user: "u", device })),
        ...names.map((user) => JSON.stringify({ user })),
      ]),
    );
    const keys = (await server.command("keys", `${prefix}*`)) as readonly string[];
    for (const key of keys) expect(key).toMatch(/^[0-9a-f-]+:\{[A-Za-z0-9%._~!*'()-]+\/[A-Za-z0-9%._~!*'()-]*\}:[a-z]/);
  });

  it("does work in proportion to what changed, with 10,000 records beside it", async () => {
    const state = await open(world.site);
    const many = (count: number) => new Map(Array.from({ length: count }, (_, n) => [`base/7/${n}`, "x".repeat(80)]));
    await state.commit(scope, { put: many(10_000) });
    await state.commit(scope, { put: new Map([["todo/1/a", "x"]]) });
    const calls = async () => {
      const text = String(await server.command("info", "commandstats"));
      const counts = [...text.matchAll(/cmdstat_(\w+):calls=(\d+)/g)].filter(([, name]) => name !== "info");
      return counts.reduce((sum, [, , count]) => sum + Number(count), 0);
    };
    const before = await calls();
    await state.commit(scope, { removePrefix: ["todo/1/"], remove: ["base/7/1"], put: new Map([["base/7/2", "y"]]) });
    expect((await calls()) - before).toBeLessThan(20);
    await server.command("config", "resetstat");
    await state.commit(scope, { removePrefix: ["base/7/"], put: new Map([["head/7", "y"]]) });
    expect(await calls()).toBeLessThan(20);
    expect((await state.read(scope, ["base/7/3", "head/7"])).size).toBe(1);
  });

  it("misses nothing of a long walk when another server takes over in the middle", async () => {
    const successor = await startRedis();
    ends.push(() => successor.stop());
    const proxy = await startRedisProxy(server.port);
    ends.push(() => proxy.stop());
    const prefix = `${randomUUID()}:`;
    const direct = await open(world.site, prefix);
    const keys = Array.from({ length: 20_000 }, (_, n) => `base/7/${n}`);
    await direct.commit(scope, { put: new Map(keys.map((key) => [key, "x".repeat(80)])) });
    await successor.server.restore(await server.dump());

    const state = await open({ kind: "single", host: "127.0.0.1", port: proxy.port, database: 0 }, prefix);
    await server.command("config", "resetstat");
    const seen = new Set<string>();
    const walk = (async () => {
      for await (const [key] of state.scan(scope, "base/7/")) seen.add(key);
    })();
    const walked = async () => Number(/calls=(\d+)/.exec((await server.info()).get("cmdstat_hscan") ?? "")?.[1] ?? 0);
    await expect.poll(walked, { interval: 1 }).toBeGreaterThan(2);
    proxy.leadTo(successor.server.port);
    await walk;
    expect(await walked()).toBeLessThan(20);
    expect(seen.size).toBe(20_000);
  });

  it("is listened to again after it was away", async () => {
    const state = await open(world.site);
    const heard: string[] = [];
    await state.subscribe("hub", (message) => heard.push(message));
    await server.kill();
    await server.start();
    await expect
      .poll(() => state.publish("hub", "news").then(() => heard.length), { timeout: 10_000 })
      .toBeGreaterThan(0);
  });

  it("counts what is sent together as one journey", async () => {
    const state = await open(world.site);
    const before = state.roundTrips;
    await Promise.all([state.read(scope, ["a"]), state.read({ user: "u" }, ["b"])]);
    expect(state.roundTrips - before).toBe(1);
    const lease = await state.lease(scope, "c", { ...keep, read: ["a"] });
    if (lease) await state.release(lease);
    expect(state.roundTrips - before).toBe(3);
  });
});

describe("a primary and its sentinels", () => {
  let world: SentinelWorld;
  beforeAll(async () => {
    world = await startSentinels();
  });
  afterAll(() => world?.stop());

  it("are followed to another primary, at work and after its death", async () => {
    const state = await open(world.site);
    const lease = await state.lease(scope, "c", keep);
    await state.commit(scope, put("a", "1"));
    const second = await world.failOver();
    expect(await state.commit(scope, { ...(lease ? { leases: [lease] } : {}), ...put("b", "1") })).toBe("done");
    expect((await state.read(scope, ["a", "b"])).size).toBe(2);

    await second.kill();
    const first = world.servers.find((one) => one !== second);
    const outcome = await state.commit(scope, put("c", "1")).catch((error: unknown) => error);
    expect(outcome === "done" || outcome instanceof StateError).toBe(true);
    await expect
      .poll(() => state.commit(scope, put("d", "1")).catch(() => undefined), { timeout: 15_000 })
      .toBe("done");
    expect((await first?.info())?.get("role")).toBe("master");
    expect((await state.read(scope, ["a", "b", "d"])).size).toBe(3);
  }, 60_000);
});

describe("a cluster", () => {
  let world: ClusterWorld;
  beforeAll(async () => {
    world = await startCluster();
  });
  afterEach(() => world.whole());
  afterAll(() => world?.stop());

  const users = Array.from({ length: 12 }, (_, n) => ({ user: `user-${n}`, device: "d" }));

  it("goes on without one of its servers for those whose records are elsewhere, and with it when it is back", async () => {
    const state = await open(world.site);
    for (const one of users) expect(await state.commit(one, put("a", "1"))).toBe("done");
    const [dead] = world.servers;
    if (!dead) throw new Error("no server");
    await dead.kill();
    const outcomes = await Promise.all(
      users.map((one) => state.commit(one, put("a", "2")).catch((error: unknown) => error)),
    );
    const failures = outcomes.filter((outcome) => outcome !== "done");
    expect(failures.length).toBeGreaterThan(0);
    expect(failures.length).toBeLessThan(users.length);
    for (const failure of failures) expect(failure).toMatchObject({ name: "StateError", kind: "unreachable" });
    await dead.start();
    for (const one of users) {
      await expect
        .poll(() => state.commit(one, put("a", "3")).catch(() => undefined), { timeout: 15_000 })
        .toBe("done");
    }
  }, 60_000);

  it("is listened to again when the server that brought the messages died", async () => {
    const [one, two] = [await open(world.site, "m:"), await open(world.site, "m:")];
    const heard: string[] = [];
    await one.subscribe("hub", (message) => heard.push(message));
    for (const server of world.servers) {
      await server.kill();
      await server.start();
    }
    heard.length = 0;
    await expect
      .poll(
        () =>
          two.publish("hub", "news").then(
            () => heard.length,
            () => 0,
          ),
        { timeout: 15_000 },
      )
      .toBeGreaterThan(0);
  }, 60_000);

  it("never shows half a scope while its slot moves to another server", async () => {
    const prefix = `${randomUUID()}:`;
    const state = await open(world.site, prefix);
    await state.commit(scope, { put: new Map(Array.from({ length: 300 }, (_, n) => [`base/${n % 3}/${n}`, "x"])) });
    const [from, to] = await serversOf(`${prefix}{%2Fanna%2F/phone-1}`);
    const slot = String(await from.command("cluster", "keyslot", `${prefix}{%2Fanna%2F/phone-1}`));
    const idOf = async (server: RedisProcess) => String(await server.command("cluster", "myid"));
    await to.command("cluster", "setslot", slot, "importing", await idOf(from));
    await from.command("cluster", "setslot", slot, "migrating", await idOf(to));
    const names = Array.from({ length: 300 }, (_, n) => `base/${n % 3}/${n}`);
    const keys = (await from.command("cluster", "getkeysinslot", slot, "100")) as readonly string[];
    expect(keys.length).toBeGreaterThan(3);
    const [first, ...others] = keys;
    const move = (...moved: readonly (string | undefined)[]) =>
      from.command("migrate", "127.0.0.1", String(to.port), "", "0", "5000", "keys", ...moved.map(String));
    await move(first);
    // Half of it is there: nobody may see that, or write to it.
    const read = state.read(scope, names);
    const written = state.commit(scope, { expect: new Map([["base/0/0", "x"]]), ...put("base/0/0", "y") });
    await new Promise((resolve) => setTimeout(resolve, 400));
    await move(...others);
    for (const server of [to, from, ...world.servers.filter((one) => one !== to && one !== from)]) {
      await server.command("cluster", "setslot", slot, "node", await idOf(to));
    }
    expect((await read).size).toBe(300);
    expect(await written).toBe("done");
    expect((await state.read(scope, names)).size).toBe(300);
  }, 60_000);

  async function serversOf(key: string): Promise<readonly [owner: RedisProcess, other: RedisProcess]> {
    for (const server of world.servers) {
      const keys = await server.command("exists", key).catch(() => undefined);
      const other = world.servers.find((one) => one !== server);
      if (keys !== undefined && other) return [server, other];
    }
    throw new Error("nobody has that slot");
  }
});
