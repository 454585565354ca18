/** Tells story after story until one fails or enough was told. */
import { play } from "./play.ts";
import { createChance } from "./random.ts";
import type { Scenery, Stage, Tally, Telltale } from "./scene.ts";
import type { Story } from "./story.ts";
import { type Telling, tell } from "./telling.ts";

export interface Stories {
  readonly seed: number;
  /** Steps of all stories together. */
  readonly steps: number;
  readonly telling: Telling;
  /** A fresh stage for each story. */
  readonly open: (scenery: Scenery) => Promise<Stage>;
  /** Called after each story, with the steps told so far. */
  readonly progress?: (steps: number) => void;
}

export interface Told {
  readonly steps: number;
  readonly stories: number;
  readonly tally: Tally;
  /** The first story that failed. */
  readonly failed?: { readonly story: Story; readonly why: string };
}

/** The n-th story of a run has a seed of its own, made of the run's. */
export async function tellStories({ seed, steps, telling, open, progress }: Stories): Promise<Told> {
  const seeds = createChance(seed);
  const tally: Tally = new Map();
  let told = 0;
  let stories = 0;
  while (told < steps) {
    const story = tell(seeds.below(2 ** 32), { ...telling, length: Math.min(telling.length, steps - told) });
    const why = await whyItFails(story, open, { tally });
    told += story.steps.length;
    stories += 1;
    progress?.(told);
    if (why !== undefined) return { steps: told, stories, tally, failed: { story, why } };
  }
  return { steps: told, stories, tally };
}

/** Undefined when it does not. */
export async function whyItFails(
  story: Story,
  open: (scenery: Scenery) => Promise<Stage>,
  telltale?: Telltale,
): Promise<string | undefined> {
  const stage = await open(story);
  try {
    await play(story, stage, telltale);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  } finally {
    await stage.end();
  }
}
