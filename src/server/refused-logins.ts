/**
 * Logins that were refused are refused again without asking: a phone with an old password asks every few seconds, and
 * each of its questions counts at the server. Now and then one is passed on, because a password may become right (the
 * account is enabled again, a directory catches up); each further refusal makes the time longer.
 */
import { LRUCache } from "lru-cache";
import type { BackendError } from "../errors.ts";

export interface RefusedLogins {
  /** Why this login is refused without asking; undefined when it may be asked. */
  get(key: string): BackendError | undefined;
  /** How often it was refused in a row. */
  times(key: string): number;
  add(key: string, error: BackendError): void;
  delete(key: string): void;
}

/** Milliseconds: one stale phone costs three refusals in the first half hour, and one in each that follows. */
const firstPause = 60_000;
const growth = 5;
const longestPause = 1_800_000;
/** Milliseconds after which a refusal is forgotten. */
const rememberedFor = 86_400_000;
const mostLogins = 20_000;

export function createRefusedLogins(now: () => number): RefusedLogins {
  const refused = new LRUCache<string, { readonly error: BackendError; readonly times: number; readonly at: number }>({
    max: mostLogins,
  });
  const recent = (key: string) => {
    const found = refused.get(key);
    return found && found.at > now() - rememberedFor ? found : undefined;
  };
  return {
    get(key) {
      const found = recent(key);
      if (!found) return undefined;
      const pause = Math.min(longestPause, firstPause * growth ** (found.times - 1));
      return found.at + pause > now() ? found.error : undefined;
    },
    times: (key) => recent(key)?.times ?? 0,
    add(key, error) {
      refused.set(key, { error, times: this.times(key) + 1, at: now() });
    },
    delete: (key) => void refused.delete(key),
  };
}
