/**
 * Wrong passwords lately, by user and by the network they came from, in a window that slides; on all nodes, because a
 * guesser is answered by any of them. The store holds times under a keyed hash: nobody can read there who was guessed.
 * Each node keeps what it saw and what it could not tell: while the store is away, it goes on with that.
 */
import { createHmac } from "node:crypto";
import { LRUCache } from "lru-cache";
import type { Scope, State } from "../state/state.ts";
import { decodeRecord, encodeRecord } from "../sync/records.ts";
import { inTime } from "./in-time.ts";
import type { LoginStore } from "./login-store.ts";

/** Whose guesses are counted together: a user's, or a network's. */
export interface Subject {
  readonly kind: "user" | "network" | "server";
  readonly name: string;
  /** So many within the window; then there is no room for one more. */
  readonly most: number;
}

export interface Guesses {
  /** Milliseconds until there is room for one more guess on each of these; 0 when there is. Costs one read at most. */
  wait(subjects: readonly Subject[]): Promise<number>;
  /** Resolves when the other nodes can know it. */
  add(subjects: readonly Subject[]): Promise<void>;
}

export interface GuessesOptions {
  readonly store: LoginStore;
  /** Of the store's records; not a user's. */
  readonly scope: Scope;
  /** What names are hashed with: the same on every node. */
  readonly secret: Uint8Array;
  /** Milliseconds. */
  readonly window: number;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** As it is stored: when, in milliseconds since 1970. */
interface Stored {
  readonly at: readonly number[];
}

interface Count {
  readonly subject: Subject;
  readonly key: string;
  /** What the store held when it was read last. */
  told: readonly number[];
  /** What it does not hold yet. */
  untold: readonly number[];
}

/** The subjects that were seen longest ago are forgotten here, not in the store: strangers choose them. */
const mostSubjects = 20_000;
/** Attempts to write what another node writes too. */
const attempts = 20;

export function createGuesses({ store, scope, secret, window, now }: GuessesOptions): Guesses {
  const counts = new LRUCache<string, Count>({ max: mostSubjects });

  function countOf(subject: Subject): Count {
    const digest = createHmac("sha256", secret).update(JSON.stringify(["guesses", subject.kind, subject.name]));
    const key = `guesses ${digest.digest("base64url").slice(0, 22)}`;
    const count = counts.get(key) ?? { subject, key, told: [], untold: [] };
    counts.set(key, count);
    return count;
  }

  const recent = (times: readonly number[]) => times.filter((at) => at > now() - window);
  const allOf = ({ told, untold, subject }: Count) => recent([...told, ...untold]).slice(-subject.most);

  function waitOf(count: Count): number {
    const all = allOf(count);
    const [first = 0] = all;
    return all.length < count.subject.most ? 0 : first + window - now();
  }

  async function read(state: State, asked: readonly Count[]): Promise<ReadonlyMap<string, string>> {
    const keys = asked.map(({ key }) => key);
    const stored = await inTime(state.read(scope, keys));
    for (const count of asked) count.told = decodeRecord<Stored>(stored.get(count.key))?.at ?? [];
    return stored;
  }

  /** Whether all is told now; false when another node was faster. */
  async function tell(state: State, asked: readonly Count[]): Promise<boolean> {
    const stored = await read(state, asked);
    const behind = asked.filter(({ untold }) => untold.length > 0);
    if (behind.length === 0) return true;
    const written = behind.map((count) => ({ count, untold: count.untold, at: allOf(count) }));
    const outcome = await inTime(
      state.commit(scope, {
        expect: new Map(behind.map(({ key }) => [key, stored.get(key)])),
        put: new Map(written.map(({ count, at }) => [count.key, encodeRecord({ at } satisfies Stored)])),
        ttl: window,
      }),
    );
    if (outcome !== "done") return false;
    for (const { count, untold, at } of written) {
      count.told = at;
      count.untold = count.untold.filter((one) => !untold.includes(one));
    }
    return true;
  }

  return {
    async wait(subjects) {
      const asked = subjects.map(countOf);
      const known = Math.max(0, ...asked.map(waitOf));
      if (known > 0) return known;
      await store.ask((state) => read(state, asked));
      return Math.max(0, ...asked.map(waitOf));
    },
    async add(subjects) {
      const asked = subjects.map(countOf);
      for (const count of asked) count.untold = [...count.untold, now()].slice(-count.subject.most);
      await store.ask(async (state) => {
        for (let attempt = 0; attempt < attempts; attempt += 1) if (await tell(state, asked)) return;
      });
    },
  };
}
