import { randomUUID } from "node:crypto";
import { afterAll, describe } from "vitest";
import { silentLog } from "../../src/log.ts";
import { openRedisState, type RedisStore } from "../../src/state/redis.ts";
import { type RedisWorld, startCluster, startRedis, startSentinels } from "../servers/redis.ts";
import { describeSharedState, describeState } from "./contract.ts";

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
  describeSharedState(name, async () => {
    const prefix = `${randomUUID()}:`;
    return [await open(prefix), await open(prefix)];
  });
});
