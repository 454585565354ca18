import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { createMemoryBackend } from "../../src/backends/memory/memory.ts";
import { checkConfig } from "../../src/config.ts";
import { Secret, silentLog } from "../../src/log.ts";
import { startGateway } from "../../src/main.ts";
import { openEmbedded, openRedis } from "../../src/store.ts";
import { type RedisWorld, startRedis } from "../servers/redis.ts";
import { card } from "./data.ts";
import { createPhone } from "./phone.ts";
import type { Result } from "./result.ts";

/**
 * Octets written to the state store for each changed item, in collections of three sizes: it must not depend on them.
 * And what a Sync waits for: each journey to a Redis that is elsewhere takes its time. The first of them asks whether the
 * device may do anything at all.
 */
export async function benchStore(): Promise<readonly Result[]> {
  const redis = await startRedis();
  try {
    const own = await atEachSize("LevelDB", undefined);
    const shared = await atEachSize("Redis", redis);
    const { idleTrips, changedTrips } = shared.costs;
    return [
      ...own.rows,
      ...shared.rows,
      { name: "journeys to Redis, Sync without a change", measured: idleTrips, unit: "", target: 3 },
      { name: "journeys to Redis, Sync after one change", measured: changedTrips, unit: "", target: 4 },
    ];
  } finally {
    await redis.stop();
  }
}

async function atEachSize(
  store: string,
  redis: RedisWorld | undefined,
): Promise<{ rows: readonly Result[]; costs: Costs }> {
  const all: { readonly size: number; readonly costs: Costs }[] = [];
  for (const size of [100, 1_000, 10_000]) {
    await redis?.flush();
    all.push({ size, costs: await costsAt(size, redis?.settings) });
  }
  const [smallest] = all;
  if (!smallest) throw new Error("nothing was measured");
  const rows = all.map(({ size, costs: { octets } }) => ({
    name: `octets written to ${store} per changed item at ${size}`,
    measured: octets,
    unit: "B",
    floor: smallest.costs.octets,
    target: 1.2,
  }));
  return { rows, costs: smallest.costs };
}

/** Changes per size. */
const changes = 20;

interface Costs {
  /** Written per changed item. */
  readonly octets: number;
  /** Journeys to the store per Sync without a change, and after one. */
  readonly idleTrips: number;
  readonly changedTrips: number;
}

async function costsAt(size: number, state: object | undefined): Promise<Costs> {
  const folder = await mkdtemp(join(tmpdir(), "isthmus-bench-"));
  const items = Object.fromEntries(Array.from({ length: size }, (_, number) => [`c${number}.vcf`, card(number)]));
  const backend = createMemoryBackend({
    users: { anna: "secret" },
    collections: [{ path: "contacts", name: "Contacts", components: ["VCARD"], items }],
  });
  const config = checkConfig({
    listen: { port: 0 },
    data: folder,
    backends: [{ dav: { url: "http://127.0.0.1:1/" } }],
    ...(state === undefined ? {} : { state }),
  });
  const store = config.state.redis ? await openRedis(config.state.redis) : await openEmbedded(config);
  const parts = { log: silentLog, state: store, backends: new Map([["default", backend]]) };
  const gateway = await startGateway(config, parts);
  const account = await backend.login({ user: "anna", password: new Secret("secret") });
  const [book] = await account.collections();
  const phone = createPhone(gateway.url, "anna", "secret", "benchbytes");
  const id = await phone.folderId("9");
  await phone.sync(id, { fromStart: true });
  while ((await phone.sync(id)).more);
  await phone.sync(id);
  const before = store.bytesWritten;
  let idleTrips = 0;
  let changedTrips = 0;
  const trips = async (work: () => Promise<unknown>): Promise<number> => {
    const started = store.roundTrips;
    await work();
    // What nobody waits for travels too.
    await pause(5);
    return store.roundTrips - started;
  };
  for (let number = 0; number < changes; number += 1) {
    const href = `${book?.href}c${number}.vcf`;
    for await (const item of account.read(book?.href ?? "", [href])) {
      await account.update(href, item.rev, item.text.replace("TITLE:Engineer", "TITLE:Director"));
    }
    changedTrips += await trips(async () => {
      if ((await phone.sync(id)).items !== 1) throw new Error("a change did not arrive");
    });
    // Confirms what came; the one after it has nothing to write.
    await phone.sync(id);
    idleTrips += await trips(() => phone.sync(id));
  }
  const octets = (store.bytesWritten - before) / changes;
  await gateway.stop();
  await store.close();
  await rm(folder, { recursive: true, force: true });
  return { octets, idleTrips: idleTrips / changes, changedTrips: changedTrips / changes };
}
