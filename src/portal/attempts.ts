/** How often a password was guessed lately, by all nodes together. */
import { createHash } from "node:crypto";
import type { State } from "../state/state.ts";
import { decodeRecord, encodeRecord } from "../sync/records.ts";
import { portalScope } from "./sessions.ts";

export interface Attempts {
  /**
   * Counts an attempt before it is looked at, so that many at once are no way around the limit.
   * @returns `wait`: seconds until there may be another one. Else how to take it back: who was right is not counted.
   */
  enter(whose: string, most: number): Promise<{ readonly wait: number } | { forgive(): Promise<void> }>;
}

export interface AttemptsOptions {
  readonly state: State;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** Milliseconds. */
const window = 900_000;
/** Somebody else kept counting. */
const mostTurns = 20;

export function createAttempts({ state, now }: AttemptsOptions): Attempts {
  /** False when somebody else was faster each time. */
  async function change(
    key: string,
    next: (times: readonly number[]) => readonly number[] | undefined,
  ): Promise<boolean> {
    for (let turn = 0; turn < mostTurns; turn += 1) {
      const stored = (await state.read(portalScope, [key])).get(key);
      const lately = (decodeRecord<{ at: readonly number[] }>(stored)?.at ?? []).filter((at) => at > now() - window);
      const at = next(lately);
      if (at === undefined) return true;
      const expect = new Map([[key, stored]]);
      const put = new Map([[key, encodeRecord({ at })]]);
      if ((await state.commit(portalScope, { expect, put, ttl: window })) === "done") return true;
    }
    return false;
  }

  return {
    async enter(whose, most) {
      const key = `attempts/${createHash("sha256").update(whose).digest("base64url")}`;
      const at = now();
      let wait = 0;
      const isCounted = await change(key, (times) => {
        const first = times.at(-most);
        wait = first === undefined ? 0 : Math.max(1, Math.ceil((first + window - at) / 1000));
        return wait > 0 ? undefined : [...times, at];
      });
      if (wait > 0 || !isCounted) return { wait: Math.max(1, wait) };
      return {
        async forgive() {
          await change(key, (times) => {
            const index = times.indexOf(at);
            return index < 0 ? undefined : times.toSpliced(index, 1);
          });
        },
      };
    },
  };
}
