/**
 * How often something happened lately, by key, in a window that slides. Not `rate-limiter-flexible`: its windows are
 * fixed, so that twice the number passes across their border, which is what locks a gateway out; and its memory has
 * no bound, while the keys here are names and addresses that strangers choose.
 */
import { LRUCache } from "lru-cache";

export interface Recent {
  add(key: string): void;
  /** Milliseconds until there is room for one more; 0 when there is. */
  wait(key: string): number;
}

export interface RecentOptions {
  readonly most: number;
  /** Milliseconds. */
  readonly window: number;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** The keys that were seen longest ago are forgotten. */
const mostKeys = 20_000;

export function createRecent({ most, window, now }: RecentOptions): Recent {
  const times = new LRUCache<string, readonly number[]>({ max: mostKeys });
  const recent = (key: string) => (times.get(key) ?? []).filter((at) => at > now() - window);
  return {
    add(key) {
      times.set(key, [...recent(key), now()].slice(-most));
    },
    wait(key) {
      const seen = recent(key);
      const first = seen.at(-most);
      return first === undefined ? 0 : first + window - now();
    },
  };
}
