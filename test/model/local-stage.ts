/** Stages in this process: nodes that share a store, in front of a server of the story's own. */
import { randomBytes } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { withMail } from "../../src/server/with-mail.ts";
import { type LocalNode, startLocalNode } from "./local-node.ts";
import { createModelMail, type ModelMail } from "./mail/server.ts";
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

/** Where the nodes would look for mail, were it not here. */
const mailSettings = {
  backends: [
    {
      name: "model",
      dav: { url: "http://127.0.0.1:1/" },
      imap: { url: "imaps://127.0.0.1:1" },
      smtp: { url: "smtps://127.0.0.1:1" },
    },
  ],
};

/** The server with the user's messages beside the collections. */
function withMailboxes(dav: ModelServer, mail: ModelMail): ModelServer {
  return {
    ...dav,
    backend: () => withMail(dav.backend(), mail.servers()),
    list: async () => [...(await dav.list()), ...mail.list()],
    places: async () => [...(await dav.places()), ...mail.places()],
  };
}

export async function openLocalStage(
  { brakes, places, mail: traits }: Scenery,
  options: LocalStageOptions,
): Promise<Stage> {
  const folder = await mkdtemp(join(tmpdir(), "isthmus-model-"));
  const secretFile = join(folder, "secret");
  await writeFile(secretFile, randomBytes(32).toString("hex"));
  let at = beginning;
  const now = () => at;
  const dav = await (options.server ?? startMemoryServer)(places);
  const { user, password, weather } = dav;
  const mail = traits && createModelMail({ user, password, weather, now, traits });
  const server = mail ? withMailboxes(dav, mail) : dav;
  const stores = options.stores ?? (await startStores("memory"));
  const open = await stores.open(options.nodes, now);
  const nodes: LocalNode[] = [];
  for (const [number, state] of open.states.entries()) {
    const settings = { ...(brakes ? {} : { brakes: noBrakes }), ...(mail ? mailSettings : {}) };
    nodes.push(await startLocalNode({ name: `node ${number}`, server, state, folder, secretFile, now, settings }));
  }
  const [first, ...others] = nodes;
  if (!first) throw new Error("a stage without a node");
  return {
    server,
    mail,
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
