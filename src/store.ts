/** Which store the configuration names, opened. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Config } from "./config.ts";
import type { RedisConfig } from "./config-state.ts";
import { type Log, silentLog } from "./log.ts";
import { openEmbeddedState } from "./state/embedded.ts";
import { type Migrated, type MigrateOptions, migrate } from "./state/migrate.ts";
import { openRedisState, type RedisStore } from "./state/redis.ts";
import type { Store } from "./state/state.ts";
import { claimStore } from "./store-owner.ts";

/**
 * Opens the store for a gateway: one that is fit for it, and was made with this secret.
 * @throws Error that says what to do. The embedded store can be open in one process only.
 */
export async function openState(config: Config, secret: Uint8Array, log: Log): Promise<Store> {
  const { redis } = config.state;
  const state = redis ? await openRedis(redis, log) : await openEmbedded(config);
  try {
    await claimStore(state, secret);
    return state;
  } catch (error) {
    await state.close();
    throw error;
  }
}

export function openEmbedded(config: Config): Promise<Store> {
  return openEmbeddedState({ folder: stateFolder(config) });
}

/** @throws Error when a setting of the server's loses records. */
export async function openRedis(redis: RedisConfig, log: Log = silentLog): Promise<RedisStore> {
  const state = await connectRedis(redis, log);
  try {
    for (const { level, says, mend } of await state.inspect()) {
      if (level === "bad") throw new Error(`the state store cannot be used: ${says}. ${mend}`);
      log.warn({ mend }, `the state store: ${says}`);
    }
    return state;
  } catch (error) {
    await state.close();
    throw error;
  }
}

/**
 * Whatever its settings are. `patience` in milliseconds: what a server that starts may take, where it is left out.
 * @throws StateError when it cannot be reached, or refuses us.
 */
export function connectRedis(
  { site, login, tls, prefix }: RedisConfig,
  log: Log = silentLog,
  patience?: number,
): Promise<RedisStore> {
  return openRedisState({
    site,
    login,
    prefix,
    log,
    ...(tls ? { tls: readFiles(tls) } : {}),
    ...(patience === undefined ? {} : { patience }),
  });
}

/**
 * Copies everything from one of the two stores that the configuration can name into the other.
 * @throws Error that says what to do: a store is in use or cannot be opened, the target is not empty.
 */
export async function migrateState(
  config: Config,
  redis: RedisConfig,
  to: "redis" | "embedded",
  options: MigrateOptions,
): Promise<Migrated> {
  const embedded = await openEmbedded(config);
  try {
    const shared = await openRedis(redis);
    try {
      return await (to === "redis" ? migrate(embedded, shared, options) : migrate(shared, embedded, options));
    } finally {
      await shared.close();
    }
  } finally {
    await embedded.close();
  }
}

export function stateFolder(config: Config): string {
  return join(config.data, "state");
}

function readFiles({ caFile, certFile, keyFile }: NonNullable<RedisConfig["tls"]>) {
  return {
    ...(caFile === undefined ? {} : { ca: readFileSync(caFile) }),
    ...(certFile === undefined ? {} : { cert: readFileSync(certFile) }),
    ...(keyFile === undefined ? {} : { key: readFileSync(keyFile) }),
  };
}
