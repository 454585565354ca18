/** The stores that nodes share: one in memory for each story, or a real Redis, emptied before each. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { silentLog } from "../../src/log.ts";
import { openEmbeddedState } from "../../src/state/embedded.ts";
import { createMemoryState } from "../../src/state/memory.ts";
import { openRedisState } from "../../src/state/redis.ts";
import type { State } from "../../src/state/state.ts";
import { type RedisWorld, startCluster, startRedis } from "../servers/redis.ts";

export const storeKinds = ["memory", "embedded", "redis", "cluster"] as const;
export type StoreKind = (typeof storeKinds)[number];

export interface Stores {
  /** The store of a new story, as each of its nodes sees it. */
  open(nodes: number, now: () => number): Promise<OpenStores>;
  /** The `state` section of a configuration. */
  readonly settings: object;
  stop(): Promise<void>;
}

export interface OpenStores {
  readonly states: readonly State[];
  close(): Promise<void>;
}

export async function startStores(kind: StoreKind): Promise<Stores> {
  switch (kind) {
    case "memory":
      return { open: openMemory, settings: {}, stop: async () => {} };
    case "embedded":
      return { open: openEmbedded, settings: {}, stop: async () => {} };
    case "redis":
      return onRedis(await startRedis());
    case "cluster":
      return onRedis(await startCluster());
  }
}

async function openMemory(nodes: number, now: () => number): Promise<OpenStores> {
  const state = createMemoryState(now);
  return { states: Array.from({ length: nodes }, () => state), close: async () => {} };
}

/** The nodes of a story in this process share it, which no two processes could. */
async function openEmbedded(nodes: number, now: () => number): Promise<OpenStores> {
  const folder = await mkdtemp(join(tmpdir(), "isthmus-model-store-"));
  const state = await openEmbeddedState({ folder, now });
  return {
    states: Array.from({ length: nodes }, () => state),
    async close() {
      await state.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function onRedis(world: RedisWorld): Stores {
  return {
    async open(nodes, now) {
      await world.flush();
      const opened = Array.from({ length: nodes }, () =>
        openRedisState({ site: world.site, prefix: "model:", login: {}, log: silentLog, now }),
      );
      const states = await Promise.all(opened);
      return { states, close: async () => void (await Promise.all(states.map((state) => state.close()))) };
    },
    settings: world.settings,
    stop: () => world.stop(),
  };
}
