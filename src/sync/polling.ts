/**
 * Which node asks a backend about an account's collections: the one that holds the account's lease. The others read
 * what it saw, and take over when its lease ends. Nobody depends on a message: what was seen is a record.
 */
import type { Lease, State } from "../state/state.ts";
import { decodeRecord, encodeRecord, keys } from "./records.ts";

export interface PollingOptions {
  readonly state: State;
  /** The canonical account. */
  readonly user: string;
  /** Names this process among the others. */
  readonly node: string;
}

/** What a round of polling is to do on this node. */
export type Round =
  /** Ask the backend for all of these: the node's own collections, and those that other nodes wait for. */
  | { readonly leads: true; readonly asked: readonly string[] }
  /** Another node asks: this is what it saw last, by collection. */
  | { readonly leads: false; readonly seen: ReadonlyMap<string, string> };

export interface Polling {
  /** Begins a round; `interval` is the milliseconds to the next one. */
  begin(collections: readonly string[], interval: number): Promise<Round>;
  /** Ends a round that led: the other nodes read what was seen, if any of them waits. */
  tell(seen: ReadonlyMap<string, string>): Promise<void>;
  /** Lets another node lead: nobody waits here any more, or the backend cannot be asked from here. */
  leave(): Promise<void>;
}

/** Milliseconds beyond its interval that a node's claim lives on: its probe may take so long. */
const slack = 5_000;

export function createPolling({ state, user, node }: PollingOptions): Polling {
  const scope = { user };
  const own = keys.wants(node);
  let lease: Lease | undefined;
  let told = "";
  let othersWait = false;

  async function claim(ttl: number): Promise<boolean> {
    if (lease && (await state.renew(lease, ttl))) return true;
    lease = await state.lease(scope, "poll", { ttl, wait: 0 });
    // What another node told meanwhile is unknown: told anew.
    told = "";
    return lease !== undefined;
  }

  /** What each other node waits for. */
  async function elsewhere(): Promise<readonly Wants[]> {
    const found: Wants[] = [];
    for await (const [key, value] of state.scan(scope, keys.wants(""))) {
      const wants = key === own ? undefined : decodeRecord<Wants>(value);
      if (wants) found.push(wants);
    }
    return found;
  }

  return {
    async begin(collections, interval) {
      const ttl = interval + slack;
      // Asked together: one journey to the store for each account and interval.
      const [leads, others] = await Promise.all([claim(ttl), elsewhere()]);
      if (leads) {
        othersWait = others.length > 0;
        return { leads, asked: [...new Set([...collections, ...others.flatMap((wants) => wants.collections)])] };
      }
      await state.commit(scope, { put: new Map([[own, encodeRecord({ collections } satisfies Wants)]]), ttl: 2 * ttl });
      const seen = decodeRecord<Seen>((await state.read(scope, [keys.seen])).get(keys.seen));
      return { leads: false, seen: new Map(Object.entries(seen?.tags ?? {})) };
    },
    async tell(seen) {
      if (!othersWait || !lease) return;
      const record = encodeRecord({ tags: Object.fromEntries(seen) } satisfies Seen);
      if (record === told) return;
      const outcome = await state.commit(scope, { leases: [lease], put: new Map([[keys.seen, record]]) });
      if (outcome === "done") told = record;
    },
    async leave() {
      const given = lease;
      lease = undefined;
      if (given) await state.release(given);
      else await state.commit(scope, { remove: [own] });
    },
  };
}

/** The collections that a node waits for. */
interface Wants {
  readonly collections: readonly string[];
}

/** What the leading node saw last. */
interface Seen {
  readonly tags: Readonly<Record<string, string>>;
}
