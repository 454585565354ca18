/** The stage whose nodes are processes: started once, and used by every story with a user of its own. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startChildNode } from "./child-node.ts";
import type { ModelNode } from "./node.ts";
import type { Scenery, Stage } from "./scene.ts";
import type { ModelServer } from "./server.ts";
import type { PlaceTraits } from "./story.ts";

export interface ChildStages {
  open(scenery: Scenery): Promise<Stage>;
  stop(): Promise<void>;
}

export interface ChildStagesOptions {
  readonly nodes: number;
  readonly settings: Readonly<Record<string, unknown>>;
  readonly server: (places: readonly PlaceTraits[]) => Promise<ModelServer>;
}

export async function startChildStages(options: ChildStagesOptions): Promise<ChildStages> {
  const folder = await mkdtemp(join(tmpdir(), "isthmus-model-"));
  const secretFile = join(folder, "secret");
  await writeFile(secretFile, "what all nodes of the model know", { mode: 0o600 });
  const nodes: ModelNode[] = [];

  async function start(davUrl: string): Promise<void> {
    for (let number = 0; number < options.nodes; number += 1) {
      const { settings } = options;
      nodes.push(await startChildNode({ name: `node ${number}`, davUrl, settings, secretFile }));
    }
  }

  return {
    async open({ places }) {
      const server = await options.server(places);
      if (server.url === undefined) throw new Error("processes need a server that is reached by HTTP");
      if (nodes.length === 0) await start(server.url);
      for (const node of nodes) if (node.state === "dead") await node.start();
      const [first, ...others] = nodes;
      if (!first) throw new Error("a stage without a node");
      return {
        server,
        nodes: [first, ...others],
        // Theirs is the machine's: it cannot be moved from here.
        clock: { now: Date.now, jump: async () => {} },
        setDeaf() {},
        end: () => server.end(),
      };
    },
    async stop() {
      for (const node of nodes) await node.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
