/** Redis as people run it: one server, a primary with a replica and three sentinels, a cluster of three primaries. */
import { setTimeout as pause } from "node:timers/promises";
import type { Site } from "../../src/state/redis/client.ts";
import { freePort } from "./process.ts";
import { type RedisProcess, startRedisProcess } from "./redis-process.ts";

export interface RedisWorld {
  readonly site: Site;
  /** The `state` section of a configuration. */
  readonly settings: { readonly redis: Readonly<Record<string, unknown>> };
  /** Those that hold records, the first primary first. */
  readonly servers: readonly RedisProcess[];
  /** Forgets everything, on all of them. */
  flush(): Promise<void>;
  stop(): Promise<void>;
}

export interface SentinelWorld extends RedisWorld {
  /** Another server becomes the primary; resolves when the sentinels say so. Returns the new one. */
  failOver(): Promise<RedisProcess>;
}

export interface ClusterWorld extends RedisWorld {
  /** Resolves when every server serves its part and knows of the others. */
  whole(): Promise<void>;
}

const sentinelName = "isthmus";

export async function startRedis(lines: readonly string[] = []): Promise<RedisWorld & { server: RedisProcess }> {
  const server = await startRedisProcess({ lines });
  return {
    server,
    site: { kind: "single", host: "127.0.0.1", port: server.port, database: 0 },
    settings: { redis: { url: `redis://127.0.0.1:${server.port}` } },
    servers: [server],
    flush: () => flushAll([server]),
    stop: () => server.stop(),
  };
}

/** More lines for the configuration of each. */
interface SentinelLines {
  readonly servers?: readonly string[];
  readonly sentinels?: readonly string[];
}

export async function startSentinels(more: SentinelLines = {}): Promise<SentinelWorld> {
  const quick = [...(more.servers ?? []), "repl-diskless-sync-delay 0", "repl-ping-replica-period 1"];
  const primary = await startRedisProcess({ lines: quick });
  const replica = await startRedisProcess({ lines: [...quick, `replicaof 127.0.0.1 ${primary.port}`] });
  const servers = [primary, replica];
  const lines = [
    `sentinel monitor ${sentinelName} 127.0.0.1 ${primary.port} 2`,
    `sentinel down-after-milliseconds ${sentinelName} 1000`,
    `sentinel failover-timeout ${sentinelName} 5000`,
    ...(more.sentinels ?? []),
  ];
  const sentinels = await Promise.all([1, 2, 3].map(() => startRedisProcess({ lines, sentinel: true })));
  const [first] = sentinels;
  if (!first) throw new Error("no sentinel");

  const primaryPort = async (): Promise<number> => {
    const told = (await first.command("sentinel", "get-master-addr-by-name", sentinelName)) as readonly string[];
    return Number(told[1]);
  };
  const primaryNow = async (): Promise<RedisProcess> => {
    const port = await primaryPort();
    const found = servers.find((server) => server.port === port);
    if (!found) throw new Error(`the primary at ${port} is not ours`);
    return found;
  };
  await until("the replica follows, and the sentinels know it", async () => {
    const replicas = (await first.command("sentinel", "replicas", sentinelName)) as readonly unknown[];
    return replicas.length === 1 && (await replica.info()).get("master_link_status") === "up";
  });

  const nodes = sentinels.map(({ port }) => ({ host: "127.0.0.1", port }));
  return {
    site: { kind: "sentinel", name: sentinelName, nodes, database: 0, login: {} },
    settings: { redis: { sentinel: { name: sentinelName, nodes: nodes.map(({ port }) => `127.0.0.1:${port}`) } } },
    servers,
    flush: async () => flushAll([await primaryNow()]),
    async failOver() {
      const before = await primaryPort();
      await until("a failover begins", async () => {
        if ((await primaryPort()) !== before) return true;
        // Right after the last one, or while a sentinel is not asked yet, it is refused.
        await first.command("sentinel", "failover", sentinelName).catch(() => {});
        return false;
      });
      const now = await primaryNow();
      await until("the new primary takes writes", async () => (await now.info()).get("role") === "master");
      return now;
    },
    stop: async () => void (await Promise.all([...servers, ...sentinels].map((one) => one.stop()))),
  };
}

/** Three primaries, without replicas; a part whose server is dead is not served, the others are. */
export async function startCluster(lines: readonly string[] = []): Promise<ClusterWorld> {
  const servers = await Promise.all(
    [0, 1, 2].map(async () =>
      startRedisProcess({
        lines: [
          "cluster-enabled yes",
          "cluster-node-timeout 2000",
          "cluster-require-full-coverage no",
          `cluster-port ${await freePort()}`,
          ...lines,
        ],
      }),
    ),
  );
  const slots = 16_384;
  await Promise.all(
    servers.map(async (server, index) => {
      const from = Math.ceil((slots * index) / servers.length);
      const to = Math.ceil((slots * (index + 1)) / servers.length) - 1;
      await server.command("cluster", "addslotsrange", String(from), String(to));
      await server.command("cluster", "set-config-epoch", String(index + 1));
    }),
  );
  const [first, ...others] = servers;
  for (const other of others) {
    const bus = await busPort(other);
    await first?.command("cluster", "meet", "127.0.0.1", String(other.port), bus);
  }
  const whole = () =>
    until("the cluster is whole", async () => {
      const told = await Promise.all(servers.map((server) => server.command("cluster", "info")));
      return told.every((text) => /cluster_state:ok/.test(String(text)) && /cluster_slots_ok:16384/.test(String(text)));
    });
  await whole();
  const nodes = servers.map(({ port }) => ({ host: "127.0.0.1", port }));
  return {
    site: { kind: "cluster", nodes },
    whole,
    settings: { redis: { cluster: nodes.map(({ port }) => `127.0.0.1:${port}`) } },
    servers,
    flush: () => flushAll(servers),
    stop: async () => void (await Promise.all(servers.map((server) => server.stop()))),
  };
}

async function busPort(server: RedisProcess): Promise<string> {
  const told = (await server.command("config", "get", "cluster-port")) as readonly string[];
  return String(told[1]);
}

async function flushAll(servers: readonly RedisProcess[]): Promise<void> {
  for (const server of servers) await server.command("flushall");
}

async function until(what: string, isSo: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 20_000;
  while (!(await isSo())) {
    if (Date.now() > deadline) throw new Error(`not in time: ${what}`);
    await pause(50);
  }
}
