/**
 * Who holds a place in a budget of logins, on all nodes. Nodes share it through the state store, because they may share
 * an address, and nobody knows how many they are. The store holds times and nothing else: no name, no password, no hash
 * of one. Each node writes its own entries only, and keeps them itself: while the store is away, it goes on with those
 * and with what it saw of the others.
 */
import { randomUUID } from "node:crypto";
import { LRUCache } from "lru-cache";
import type { Scope } from "../state/state.ts";
import { decodeRecord, encodeRecord } from "../sync/records.ts";
import { inTime } from "./in-time.ts";
import type { LoginStore } from "./login-store.ts";

/** A place that is taken: since when (milliseconds since 1970), and whether for good. */
export interface Place {
  readonly at: number;
  readonly refused: boolean;
}

export interface LoginPlaces {
  /** An id that no other node gives. */
  nextId(): string;
  /** Changes an own place at once. Resolves when the other nodes can know it. */
  put(group: string, id: string, place: Place | undefined): Promise<void>;
  /**
   * Takes a place if fewer than `most` are taken. Returns those that were taken before: fewer than `most` when there was
   * room.
   */
  take(group: string, id: string, most: number): Promise<readonly Place[]>;
}

export interface LoginPlacesOptions {
  readonly store: LoginStore;
  /** Of the store's records; not a user's. */
  readonly scope: Scope;
  /** Milliseconds a refused login holds its place. */
  readonly window: number;
  readonly now: () => number;
}

interface Group {
  readonly own: Map<string, Place>;
  /** What the store held of other nodes when it was read last. */
  others: ReadonlyMap<string, Place>;
  /** One change at a time. */
  queue: Promise<unknown>;
}

/** Milliseconds a place of a node counts that was killed while it asked. */
const askedFor = 30_000;
/** Attempts to write what another node writes too. */
const attempts = 20;
const mostGroups = 10_000;

export function createLoginPlaces({ store, scope, window, now }: LoginPlacesOptions): LoginPlaces {
  const node = randomUUID().slice(0, 8);
  const groups = new LRUCache<string, Group>({ max: mostGroups });
  let number = 0;

  function groupOf(name: string): Group {
    const found = groups.get(name);
    if (found) return found;
    const made: Group = { own: new Map(), others: new Map(), queue: Promise.resolve() };
    groups.set(name, made);
    return made;
  }

  function isTaken({ at, refused }: Place): boolean {
    return at > now() - (refused ? window : askedFor);
  }

  /** The own places as they are here: those being asked for are never too old. Expired ones are dropped. */
  function takenOf(group: Group): readonly Place[] {
    for (const [id, place] of group.own) if (place.refused && !isTaken(place)) group.own.delete(id);
    return [...[...group.others.values()].filter(isTaken), ...group.own.values()];
  }

  /**
   * Reads what the others wrote, lets `decide` change the own places, and writes all. Again when another node was
   * faster: `decide` undoes what it did before.
   */
  async function change<T>(name: string, decide: (group: Group) => T): Promise<T> {
    const group = groupOf(name);
    const key = `refusals ${name}`;
    const done = await store.ask(async (state) => {
      for (let attempt = 0; attempt < attempts; attempt += 1) {
        const stored = (await inTime(state.read(scope, [key]))).get(key);
        const places = Object.entries(decodeRecord<Record<string, Place>>(stored) ?? {});
        group.others = new Map(places.filter(([id, place]) => !id.startsWith(`${node}-`) && isTaken(place)));
        const decided = decide(group);
        const all = encodeRecord(Object.fromEntries([...group.others, ...group.own]));
        if (all === (stored ?? encodeRecord({}))) return { decided };
        const expect = new Map([[key, stored]]);
        const outcome = await inTime(state.commit(scope, { expect, put: new Map([[key, all]]), ttl: window }));
        if (outcome === "done") return { decided };
      }
      return undefined;
    });
    return done ? done.decided : decide(group);
  }

  function inTurn<T>(name: string, decide: (group: Group) => T): Promise<T> {
    const group = groupOf(name);
    const turn = group.queue.then(() => change(name, decide));
    group.queue = turn.catch(() => {});
    return turn;
  }

  return {
    nextId() {
      number += 1;
      return `${node}-${number}`;
    },
    put(name, id, place) {
      const { own } = groupOf(name);
      if (place) own.set(id, place);
      else own.delete(id);
      return inTurn(name, () => {});
    },
    take: (name, id, most) =>
      inTurn(name, (group) => {
        group.own.delete(id);
        const taken = takenOf(group);
        if (taken.length < most) group.own.set(id, { at: now(), refused: false });
        return taken;
      }),
  };
}
