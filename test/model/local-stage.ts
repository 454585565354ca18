/** Stages in this process: nodes that share a store, in front of a server of the story's own. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type LocalNode, startLocalNode } from "./local-node.ts";
import { startMemoryServer } from "./memory-server.ts";
import type { Stage } from "./scene.ts";
import type { ModelServer } from "./server.ts";
import { type Stores, startStores } from "./stores.ts";
import { beginning } from "./telling.ts";

export interface LocalStageOptions {
  readonly nodes: number;
  readonly settings?: Readonly<Record<string, unknown>>;
  /** A store in memory when left out. */
  readonly stores?: Stores;
  /** The memory backend when left out. */
  readonly server?: () => Promise<ModelServer>;
}

export async function openLocalStage(options: LocalStageOptions): Promise<Stage> {
  const folder = await mkdtemp(join(tmpdir(), "isthmus-model-"));
  let at = beginning;
  const now = () => at;
  const server = await (options.server ?? startMemoryServer)();
  const stores = options.stores ?? (await startStores("memory"));
  const open = await stores.open(options.nodes, now);
  const nodes: LocalNode[] = [];
  for (const [number, state] of open.states.entries()) {
    const { settings = {} } = options;
    nodes.push(await startLocalNode({ name: `node ${number}`, server, state, folder, now, settings }));
  }
  const [first, ...others] = nodes;
  if (!first) throw new Error("a stage without a node");
  return {
    server,
    nodes: [first, ...others],
    clock: {
      now,
      async jump(seconds) {
        at += seconds * 1000;
      },
    },
    setDeaf(deaf) {
      for (const node of nodes) node.setDeaf(deaf);
    },
    async end() {
      await Promise.all(nodes.map((node) => node.stop()));
      await open.close();
      await server.end();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
