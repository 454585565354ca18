/** Two gateways on one store and one backend, and phones whose requests reach either. */
import { randomBytes } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Account } from "../../src/backends/backend.ts";
import { createMemoryBackend, type MemoryCall } from "../../src/backends/memory/memory.ts";
import { Secret } from "../../src/log.ts";
import type { Parts } from "../../src/main.ts";
import { createMemoryState } from "../../src/state/memory.ts";
import type { State } from "../../src/state/state.ts";
import { startTestGateway, type TestGateway } from "../gateway/start.ts";
import { endLater } from "../trouble/world.ts";
import { startBalancer } from "./balancer.ts";

export interface Nodes {
  readonly nodes: readonly [TestGateway, TestGateway];
  /** Where phones send to; `route` says which node gets the next requests. */
  readonly url: string;
  route(node: 0 | 1): void;
  /** Another client's view of anna's account. */
  readonly account: Account;
  /** The probes that each node sent to the backend. */
  readonly probes: readonly [readonly MemoryCall[], readonly MemoryCall[]];
}

export interface NodesOptions {
  readonly settings?: Readonly<Record<string, unknown>>;
  /** No message between nodes arrives. */
  readonly deaf?: boolean;
  readonly parts?: readonly [Parts, Parts];
}

/** User anna, password geheim. Everything ends after the test. */
export async function startNodes({ settings, deaf = false, parts }: NodesOptions = {}): Promise<Nodes> {
  const folder = await mkdtemp(join(tmpdir(), "isthmus-nodes-"));
  endLater(() => rm(folder, { recursive: true, force: true }));
  const secretFile = join(folder, "secret");
  await writeFile(secretFile, randomBytes(32).toString("hex"));
  const common = createMemoryState();
  const state: State = { ...common, shared: true, ...(deaf ? { publish: async () => {} } : {}) };
  const backend = createMemoryBackend({ users: { anna: "geheim" } });
  const probes: readonly [MemoryCall[], MemoryCall[]] = [[], []];

  const start = async (index: 0 | 1): Promise<TestGateway> => {
    const gateway = await startTestGateway({
      settings: { secretFile, ...settings },
      parts: { state, backends: new Map([["test", counted(backend, probes[index])]]), ...parts?.[index] },
    });
    endLater(() => gateway.end());
    return gateway;
  };
  const nodes = [await start(0), await start(1)] as const;
  const balancer = await startBalancer(nodes.map(({ url }) => url));
  return {
    nodes,
    url: balancer.url,
    route: balancer.route,
    account: await backend.login({ user: "anna", password: new Secret("geheim") }),
    probes,
  };
}

/** The same backend, with the probes through this view of it written down. */
function counted(backend: ReturnType<typeof createMemoryBackend>, probes: MemoryCall[]): typeof backend {
  return {
    ...backend,
    async login(...asked) {
      const account = await backend.login(...asked);
      return {
        ...account,
        async probe(...of) {
          probes.push({ user: account.user, method: "probe" });
          return account.probe(...of);
        },
      };
    },
  };
}
