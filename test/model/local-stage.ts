/** Stages in this process: nodes that share a store, in front of a server of the story's own. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type LocalNode, startLocalNode } from "./local-node.ts";
import { startMemoryServer } from "./memory-server.ts";
import { noBrakes, type Scenery, type Stage } from "./scene.ts";
import type { ModelServer } from "./server.ts";
import { type Stores, startStores } from "./stores.ts";
import type { PlaceTraits } from "./story.ts";
import { beginning } from "./telling.ts";

export interface LocalStageOptions {
  readonly nodes: number;
  /** A store in memory when left out. */
  readonly stores?: Stores;
  /** The memory backend when left out. */
  readonly server?: (places: readonly PlaceTraits[]) => Promise<ModelServer>;
}

export async function openLocalStage({ brakes, places }: Scenery, options: LocalStageOptions): Promise<Stage> {
  const folder = await mkdtemp(join(tmpdir(), "isthmus-model-"));
  let at = beginning;
  const now = () => at;
  const server = await (options.server ?? startMemoryServer)(places);
  const stores = options.stores ?? (await startStores("memory"));
  const open = await stores.open(options.nodes, now);
  const nodes: LocalNode[] = [];
  for (const [number, state] of open.states.entries()) {
    const settings = brakes ? {} : { brakes: noBrakes };
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
