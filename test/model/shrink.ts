/** Makes a failing story short: what can be left out, while it still fails, is. */
import type { PhoneStep, Step, Story } from "./story.ts";

export interface Shrinking {
  /** Why the story fails; undefined when it does not. */
  readonly fails: (story: Story) => Promise<string | undefined>;
  /** Milliseconds to spend. */
  readonly patience: number;
}

/** The shortest story found, and why it fails. Delta debugging (Zeller and Hildebrandt), then each step made plainer. */
export async function shrink(story: Story, { fails, patience }: Shrinking): Promise<Story> {
  const deadline = performance.now() + patience;
  let best = story;
  const tryOut = async (steps: readonly Step[]): Promise<boolean> => {
    if (performance.now() > deadline) return false;
    const candidate = { ...best, steps };
    if ((await fails(candidate)) === undefined) return false;
    best = candidate;
    return true;
  };
  for (let before = Number.POSITIVE_INFINITY; best.steps.length < before && performance.now() < deadline; ) {
    before = best.steps.length;
    await leaveOut(() => best.steps, tryOut);
    await makePlainer(() => best.steps, tryOut);
  }
  return best;
}

async function leaveOut(
  steps: () => readonly Step[],
  tryOut: (steps: readonly Step[]) => Promise<boolean>,
): Promise<void> {
  for (let size = Math.ceil(steps().length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    // From the end: what comes last is needed least.
    for (let at = steps().length - size; at > -size; at -= size) {
      const from = Math.max(0, at);
      await tryOut([...steps().slice(0, from), ...steps().slice(at + size)]);
    }
  }
}

async function makePlainer(
  steps: () => readonly Step[],
  tryOut: (steps: readonly Step[]) => Promise<boolean>,
): Promise<void> {
  for (let at = 0; at < steps().length; at += 1) {
    const step = steps()[at];
    if (!step) continue;
    for (const plainer of plainerThan(step)) {
      if (await tryOut(steps().map((one, index) => (index === at ? plainer : one)))) break;
    }
  }
}

function plainerThan(step: Step): readonly Step[] {
  if (step.kind === "both") return [...step.steps];
  const plainer: Step[] = [];
  if ("trouble" in step || "window" in step || "later" in step) {
    const { trouble: _trouble, ...calm } = step as PhoneStep;
    const { window: _window, ...wide } = step as PhoneStep;
    const { later: _later, ...prompt } = step as PhoneStep;
    plainer.push(calm, wide, prompt);
  }
  if ("fields" in step) {
    for (const field of Object.keys(step.fields)) {
      if (["start", "begins", "repeats"].includes(field)) continue;
      const { [field]: _left, ...fields } = step.fields;
      plainer.push({ ...step, fields });
    }
  }
  return plainer.filter((one) => JSON.stringify(one) !== JSON.stringify(step));
}
