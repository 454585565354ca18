/** Results as JSON, for machines. */
import type { Run } from "../runner/run.ts";

export function json({ target, results, covered, stale, isGood }: Run): string {
  const requirements = Object.fromEntries([...covered].toSorted(([one], [other]) => (one < other ? -1 : 1)));
  return `${JSON.stringify({ target, isGood, stale, requirements, results }, undefined, 2)}\n`;
}
