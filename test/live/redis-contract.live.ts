import { randomUUID } from "node:crypto";
import { afterAll, describe, expect, it } from "vitest";
import { silentLog } from "../../src/log.ts";
import { openRedisState, type RedisStore } from "../../src/state/redis.ts";
import { type RedisWorld, startCluster, startRedis, startSentinels } from "../servers/redis.ts";
import { describeSharedState, describeState } from "../state/contract.ts";

const worlds = [
  ["redis", startRedis],
  ["redis with sentinels", startSentinels],
  ["redis cluster", startCluster],
] as const;

describe.each(worlds)("%s", (name, start) => {
  let starting: Promise<RedisWorld> | undefined;
  const world = () => (starting ??= start());
  afterAll(async () => (await starting)?.stop());

  /** A prefix of its own is a store of its own. */
  async function open(prefix: string, now?: () => number): Promise<RedisStore> {
    const { site } = await world();
    return openRedisState({ site, login: {}, log: silentLog, prefix, ...(now ? { now } : {}) });
  }

  describeState(name, (now) => open(`${randomUUID()}:`, now));
  it("gives leases back that nobody waited for before it is closed", async () => {
    const prefix = `${randomUUID()}:`;
    const [one, two] = [await open(prefix), await open(prefix)];
    const scope = { user: "u", device: "d" };
    for (let round = 0; round < 20; round += 1) {
      const lease = await one.lease(scope, `c/${round}`, { ttl: 60_000, wait: 0 });
      if (lease) void one.release(lease);
    }
    await one.close();
    for (let round = 0; round < 20; round += 1)
      expect(await two.lease(scope, `c/${round}`, { ttl: 1_000, wait: 0 })).toBeDefined();
    await two.close();
  });

  describeSharedState(name, async () => {
    const prefix = `${randomUUID()}:`;
    return [await open(prefix), await open(prefix)];
  });
});
