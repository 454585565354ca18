/** A stage in this process: nodes that share a store, in front of a server of their own. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createMemoryState } from "../../src/state/memory.ts";
import type { State } from "../../src/state/state.ts";
import { type LocalNode, startLocalNode } from "./local-node.ts";
import { startMemoryServer } from "./memory-server.ts";
import type { Stage } from "./scene.ts";
import type { ModelServer } from "./server.ts";
import { beginning } from "./telling.ts";

export interface LocalStageOptions {
  readonly nodes: number;
  readonly settings?: Readonly<Record<string, unknown>>;
  /** The memory backend when left out. */
  readonly server?: ModelServer;
}

export async function openLocalStage(options: LocalStageOptions): Promise<Stage> {
  const folder = await mkdtemp(join(tmpdir(), "isthmus-model-"));
  let at = beginning;
  const server = options.server ?? (await startMemoryServer());
  const now = () => at;
  const state: State = createMemoryState(now);
  const more: LocalNode[] = [];
  const start = async (name: string) => {
    const node = await startLocalNode({ name, server, state, folder, now, settings: options.settings ?? {} });
    more.push(node);
    return node;
  };
  const first = await start("node 0");
  for (let number = 1; number < options.nodes; number += 1) await start(`node ${number}`);
  return {
    server,
    nodes: [first, ...more.slice(1)],
    clock: {
      now,
      async jump(seconds) {
        at += seconds * 1000;
      },
    },
    setDeaf(deaf) {
      for (const node of more) node.setDeaf(deaf);
    },
    async end() {
      await Promise.all(more.map((node) => node.stop()));
      await server.end();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
