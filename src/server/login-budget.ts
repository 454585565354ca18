/**
 * How many wrong passwords a backend hears from us. Nextcloud locks out the address that eleven came from within half
 * an hour, and all our phones come from one: a single phone with an old password would lock out everybody. So logins
 * that are not known to be right share a budget. Each takes a place before it is passed on and gives it back when it
 * was right; a refused one keeps it until the window is over.
 *
 * Nodes share the budget through the state store, because they may share an address, and nobody knows how many they
 * are. The store holds times and nothing else: no name, no password, no hash of one. Each node writes its own entries
 * only, and keeps them itself: while the store is away, it goes on with those and with what it saw of the others.
 */
import { randomUUID } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import { LRUCache } from "lru-cache";
import { BackendError } from "../errors.ts";
import type { Log } from "../log.ts";
import type { Scope, State } from "../state/state.ts";
import { decodeRecord, encodeRecord } from "../sync/records.ts";

export interface LoginBudget {
  /**
   * Takes a place, waiting a little while others are asked. Returns how to say what became of the login; resolves when
   * the other nodes can know it, so that a process that is killed later leaves no place taken.
   * @throws BackendError `busy` when there is no room, with the time after which there will be.
   */
  enter(group: string): Promise<(wasRefused: boolean) => Promise<void>>;
  /** A login that took no place was refused. Returns how to take that back. */
  charge(group: string): () => void;
}

export interface LoginBudgetOptions {
  readonly state: State;
  /** Of the store's records; not a user's. */
  readonly scope: Scope;
  readonly refusals: number;
  /** Milliseconds. */
  readonly window: number;
  readonly now: () => number;
  readonly log: Log;
}

/** A place that is taken: since when, and whether for good. */
interface Place {
  readonly at: number;
  readonly refused: boolean;
}

interface Group {
  readonly own: Map<string, Place>;
  /** What the store held of other nodes when it was read last. */
  others: ReadonlyMap<string, Place>;
  /** Logins of this node that ask for a place or have one; never more than there are places. */
  asking: number;
  /** The others, in the order they came. */
  readonly line: Set<() => void>;
  /** One change at a time. */
  queue: Promise<unknown>;
}

/** Milliseconds a place of a node counts that was killed while it asked. */
const askedFor = 30_000;
/** Milliseconds to wait for a place, and between two looks for one that another node may have given back. */
const patience = 10_000;
const lookEvery = 100;
/** Milliseconds until a store that failed is asked again: its own patience is not to be everybody's. */
const awayFor = 5_000;
/** Milliseconds after which a login that found no place comes again. */
const lineRetry = 10_000;
/** Attempts to write what another node writes too. */
const attempts = 20;
const mostGroups = 10_000;

export function createLoginBudget(options: LoginBudgetOptions): LoginBudget {
  const { state, scope, refusals, window, now, log } = options;
  const node = randomUUID().slice(0, 8);
  const groups = new LRUCache<string, Group>({ max: mostGroups });
  let number = 0;
  let awayUntil = 0;
  let isAway = false;

  function groupOf(name: string): Group {
    const found = groups.get(name);
    if (found) return found;
    const made: Group = { own: new Map(), others: new Map(), asking: 0, line: new Set(), queue: Promise.resolve() };
    groups.set(name, made);
    return made;
  }

  /** Stands in line until this node may ask for one more place. */
  function queueUp(group: Group, milliseconds: number): Promise<void> {
    if (group.asking < refusals) {
      group.asking += 1;
      return Promise.resolve();
    }
    return new Promise((resolve, reject) => {
      const next = () => {
        clearTimeout(late);
        group.line.delete(next);
        resolve();
      };
      const late = setTimeout(() => {
        group.line.delete(next);
        reject(tooMany(lineRetry));
      }, milliseconds).unref();
      group.line.add(next);
    });
  }

  /** The place in `asking` goes to the next in line. */
  function leave(group: Group): void {
    const [next] = group.line;
    if (next) next();
    else group.asking -= 1;
  }

  function isTaken({ at, refused }: Place): boolean {
    return at > now() - (refused ? window : askedFor);
  }

  /** All places, the own ones as they are here. Expired ones are dropped. */
  function placesOf(group: Group): Place[] {
    for (const [id, place] of group.own) if (place.refused && !isTaken(place)) group.own.delete(id);
    return [...[...group.others.values()].filter(isTaken), ...group.own.values()];
  }

  /**
   * Reads what the others wrote, lets `decide` change the own places, and writes all. Again when another node was
   * faster: `decide` has to undo what it did before.
   */
  async function change<T>(name: string, decide: (group: Group) => T): Promise<T> {
    const group = groupOf(name);
    const key = `refusals ${name}`;
    if (now() < awayUntil) return decide(group);
    try {
      for (let attempt = 0; attempt < attempts; attempt += 1) {
        const stored = (await state.read(scope, [key])).get(key);
        const places = Object.entries(decodeRecord<Record<string, Place>>(stored) ?? {});
        group.others = new Map(places.filter(([id, place]) => !id.startsWith(`${node}-`) && isTaken(place)));
        const decided = decide(group);
        const all = encodeRecord(Object.fromEntries([...group.others, ...group.own]));
        if (all === (stored ?? encodeRecord({}))) return decided;
        const expect = new Map([[key, stored]]);
        const outcome = await state.commit(scope, { expect, put: new Map([[key, all]]), ttl: window });
        isAway = false;
        if (outcome === "done") return decided;
      }
    } catch (error) {
      if (!isAway) log.warn({ error }, "refused logins are counted by each node alone while the store is away");
      isAway = true;
      awayUntil = now() + awayFor;
    }
    return decide(group);
  }

  function inLine<T>(name: string, decide: (group: Group) => T): Promise<T> {
    const group = groupOf(name);
    const turn = group.queue.then(() => change(name, decide));
    group.queue = turn.catch(() => {});
    return turn;
  }

  function settle(name: string, id: string, wasRefused: boolean): Promise<void> {
    const { own } = groupOf(name);
    if (wasRefused) own.set(id, { at: now(), refused: true });
    else own.delete(id);
    return inLine(name, () => {});
  }

  async function takePlace(name: string, id: string, until: number): Promise<void> {
    for (;;) {
      const places = await inLine(name, (group) => {
        group.own.delete(id);
        const taken = placesOf(group);
        if (taken.length < refusals) group.own.set(id, { at: now(), refused: false });
        return taken;
      });
      if (places.length < refusals) return;
      const isWaitWorth = places.some(({ refused }) => !refused);
      if (!isWaitWorth) throw tooMany(Math.min(...places.map(({ at }) => at)) + window - now());
      if (now() >= until) throw tooMany(lineRetry);
      await pause(lookEvery);
    }
  }

  function nextId(): string {
    number += 1;
    return `${node}-${number}`;
  }

  return {
    async enter(name) {
      const id = nextId();
      const group = groupOf(name);
      const until = now() + patience;
      await queueUp(group, patience);
      try {
        await takePlace(name, id, until);
      } catch (error) {
        leave(group);
        throw error;
      }
      return (wasRefused) => {
        const told = settle(name, id, wasRefused);
        leave(group);
        return told;
      };
    },
    charge(name) {
      const id = nextId();
      void settle(name, id, true);
      return () => void settle(name, id, false);
    },
  };
}

/** @param milliseconds until there may be room. */
function tooMany(milliseconds: number): BackendError {
  return new BackendError("busy", "too many wrong passwords lately: logins that are not known to be right wait", {
    retryAfter: Math.max(1, Math.ceil(milliseconds / 1000)),
  });
}
