/** Random choices that can be made again: everything in a story comes of its seed. */
export interface Chance {
  /** A number in [0, 1). */
  next(): number;
  /** A whole number from 0 to `end` - 1. */
  below(end: number): number;
  pick<T>(choices: readonly [T, ...T[]]): T;
  /** True so often, of 1. */
  odds(share: number): boolean;
}

/** mulberry32: small, and good enough for stories. */
export function createChance(seed: number): Chance {
  let state = seed >>> 0;
  function next(): number {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }
  const below = (end: number) => Math.floor(next() * end);
  return {
    next,
    below,
    pick: (choices) => choices[below(choices.length)] ?? choices[0],
    odds: (share) => next() < share,
  };
}
