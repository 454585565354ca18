/**
 * `npm run model -- --steps N --seed S [--nodes 2] [--story FILE]`: tells random stories to gateways until so many
 * steps were told. The first one that fails is told again and again, shorter each time, printed and written to a file.
 */
import { randomInt } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { openLocalStage } from "./local-stage.ts";
import { shrink } from "./shrink.ts";
import { tellStories, whyItFails } from "./stories.ts";
import type { Story } from "./story.ts";

const { values } = parseArgs({
  options: {
    steps: { type: "string", default: "10000" },
    seed: { type: "string" },
    nodes: { type: "string", default: "2" },
    length: { type: "string", default: "60" },
    story: { type: "string" },
  },
});

/** Milliseconds for making a failing story short. */
const patience = 120_000;

const nodes = Number(values.nodes);
const open = () => openLocalStage({ nodes });
if (values.story === undefined) await run();
else await retell(values.story);
process.exit();

async function run(): Promise<void> {
  const seed = values.seed === undefined ? randomInt(2 ** 31) : Number(values.seed);
  const telling = { length: Number(values.length), nodes, canFreeze: true };
  console.log(`seed ${seed}: ${values.steps} steps, ${nodes} nodes`);
  const began = performance.now();
  let shown = 0;
  const progress = (steps: number) => {
    if (steps - shown < 2_000) return;
    shown = steps;
    console.log(`${steps} steps, ${Math.round((performance.now() - began) / 1000)} s`);
  };
  const told = await tellStories({ seed, steps: Number(values.steps), telling, open, progress });
  const seconds = (performance.now() - began) / 1000;
  const counts = [...told.tally]
    .toSorted(([one], [other]) => (one < other ? -1 : 1))
    .map(([what, count]) => `${what} ${count}`);
  console.log(`${told.steps} steps in ${told.stories} stories, ${seconds.toFixed(1)} s\n${counts.join(", ")}`);
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
  for (const phone of story.phones) console.log(`  phone ${JSON.stringify(phone)}`);
  for (const [index, step] of story.steps.entries()) console.log(`  ${index + 1}. ${JSON.stringify(step)}`);
  console.log(why ?? "it does not fail every time");
  process.exitCode = 1;
}
