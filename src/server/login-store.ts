/**
 * The state store as logins use it: nobody's login waits for a store that does not answer, and one that failed is left
 * alone for a while. What has to be known is then known by each node alone.
 */
import type { Log } from "../log.ts";
import type { State } from "../state/state.ts";

export interface LoginStore {
  /** Undefined while the store is away; else what the question came to. */
  ask<T>(question: (state: State) => Promise<T>): Promise<T | undefined>;
}

export interface LoginStoreOptions {
  readonly state: State;
  readonly log: Log;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** Milliseconds until a store that failed is asked again. */
const awayFor = 5_000;

export function createLoginStore({ state, log, now }: LoginStoreOptions): LoginStore {
  let awayUntil = 0;
  let isAway = false;
  return {
    async ask(question) {
      if (now() < awayUntil) return undefined;
      try {
        const answer = await question(state);
        isAway = false;
        return answer;
      } catch (error) {
        if (!isAway) log.warn({ error }, "refused logins are counted by each node alone while the store is away");
        isAway = true;
        awayUntil = now() + awayFor;
        return undefined;
      }
    },
  };
}
