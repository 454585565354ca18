/**
 * `npm run model -- --steps N --seed S [--nodes 2] [--store memory|embedded|redis|cluster] [--server
 * memory|twin|radicale] [--processes] [--brakes on|off|both] [--mail on|off|both] [--story FILE]`: tells random stories to
 * gateways until so many steps were told. The first one that fails is told again and again, shorter each time, printed and
 * written to a file.
 */
import { randomInt } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { startChildStages } from "./child-stage.ts";
import { type DavSite, startDavSite } from "./dav-site.ts";
import { openLocalStage } from "./local-stage.ts";
import { startMemoryServer } from "./memory-server.ts";
import { noBrakes, type Scenery, type Stage } from "./scene.ts";
import { shrink } from "./shrink.ts";
import { type StoreKind, startStores, storeKinds } from "./stores.ts";
import { tellStories, whyItFails } from "./stories.ts";
import type { PlaceTraits, Story } from "./story.ts";
import type { Telling } from "./telling.ts";

const { values } = parseArgs({
  options: {
    steps: { type: "string", default: "10000" },
    seed: { type: "string" },
    nodes: { type: "string" },
    length: { type: "string", default: "60" },
    store: { type: "string", default: "memory" },
    server: { type: "string", default: "memory" },
    /** The nodes are processes, which are really killed. */
    processes: { type: "boolean", default: false },
    brakes: { type: "string" },
    mail: { type: "string" },
    story: { type: "string" },
  },
});

/** Milliseconds for making a failing story short, and users that it may take. */
const patience = 120_000;
const spareUsers = 400;

const store = oneOf<StoreKind>(values.store, storeKinds);
const kind = oneOf(values.server, ["memory", "twin", "radicale"] as const);
const nodes = Number(values.nodes ?? (store === "embedded" && values.processes ? 1 : 2));
const steps = Number(values.steps);
const brakes = oneOf(values.brakes ?? (values.processes ? "on" : "both"), ["on", "off", "both"]);
const mail = oneOf(values.mail ?? (values.processes ? "off" : "both"), ["on", "off", "both"]);
const telling: Telling = {
  length: Number(values.length),
  nodes,
  canFreeze: !values.processes,
  hasClock: !values.processes,
  server: kind,
  brakes: brakes === "both" ? undefined : brakes === "on",
  mail: mail === "both" ? undefined : mail === "on",
};

if (values.processes && kind === "memory") throw new Error("--processes needs --server twin or radicale");
if (values.processes && mail !== "off") throw new Error("the model's mail server is in this process: --mail off");
if (values.processes && store === "memory") throw new Error("--processes needs --store embedded, redis or cluster");
if (values.processes && brakes === "both") throw new Error("processes keep their brakes: --brakes on, or off");
if (values.processes && store === "embedded" && nodes > 1) throw new Error("the embedded store belongs to one process");

const users = Math.ceil(steps / telling.length) + spareUsers;
const site: DavSite | undefined = kind === "memory" ? undefined : await startDavSite(kind, users);
const stores = await startStores(store);
const server = (places: readonly PlaceTraits[]) => (site ? site.open(places) : startMemoryServer(places));
const ofStore = store === "embedded" ? {} : { state: stores.settings };
const children = values.processes
  ? await startChildStages({
      nodes,
      server,
      settings: { ...(brakes === "off" ? { brakes: noBrakes } : {}), ...ofStore },
    })
  : undefined;
const open = (scenery: Scenery): Promise<Stage> =>
  children?.open(scenery) ?? openLocalStage(scenery, { nodes, stores, server });

try {
  if (values.story === undefined) await run();
  else await retell(values.story);
} finally {
  await children?.stop();
  await stores.stop();
  await site?.stop();
}
process.exit();

async function run(): Promise<void> {
  const seed = values.seed === undefined ? randomInt(2 ** 31) : Number(values.seed);
  const where = values.processes ? "processes" : "nodes in this process";
  console.log(`seed ${seed}: ${steps} steps on ${nodes} ${where}, store ${store}, server ${kind}, brakes ${brakes}`);
  const began = performance.now();
  let shown = 0;
  const progress = (told: number) => {
    if (told - shown < 2_000) return;
    shown = told;
    console.log(`${told} steps, ${Math.round((performance.now() - began) / 1000)} s`);
  };
  const told = await tellStories({ seed, steps, telling, open, progress });
  const seconds = (performance.now() - began) / 1000;
  const counts = [...told.tally].toSorted(([one], [other]) => (one < other ? -1 : 1));
  console.log(`${told.steps} steps in ${told.stories} stories, ${seconds.toFixed(1)} s`);
  console.log(counts.map(([what, count]) => `${what} ${count}`).join(", "));
  if (!told.failed) return;
  const { story, why } = told.failed;
  console.log(`seed ${seed}, the story of seed ${story.seed} failed: ${why}\nmaking it shorter …`);
  const short = await shrink(story, { patience, fails: (shorter) => whyItFails(shorter, open) });
  report(short, await whyItFails(short, open));
}

async function retell(file: string): Promise<void> {
  const story = JSON.parse(readFileSync(file, "utf8")) as Story;
  const why = await whyItFails(story, open, { trace: (line) => console.log(line) });
  if (why === undefined) console.log("the story ends well");
  else report(story, why);
}

function report(story: Story, why: string | undefined): void {
  const file = join(tmpdir(), `isthmus-story-${story.seed}.json`);
  writeFileSync(file, `${JSON.stringify(story, undefined, 2)}\n`);
  console.log(`the shortest failing story (npm run model -- --story ${file}):`);
  console.log(`  brakes ${story.brakes ? "on" : "off"}, places ${story.places.map(({ place }) => place).join(", ")}`);
  for (const phone of story.phones) console.log(`  phone ${JSON.stringify(phone)}`);
  for (const [index, step] of story.steps.entries()) console.log(`  ${index + 1}. ${JSON.stringify(step)}`);
  console.log(why ?? "it does not fail every time");
  process.exitCode = 1;
}

function oneOf<T extends string>(given: string, choices: readonly T[]): T {
  const found = choices.find((choice) => choice === given);
  if (found === undefined) throw new Error(`${given} is none of ${choices.join(", ")}`);
  return found;
}
