/**
 * How many wrong passwords a backend hears from us. Nextcloud locks out the address that eleven came from within half
 * an hour, and all our phones come from one: a single phone with an old password would lock out everybody. So logins
 * that are not known to be right share a budget. Each takes a place before it is passed on and gives it back when it
 * was right; a refused one keeps it until the window is over.
 */
import { setTimeout as pause } from "node:timers/promises";
import { LRUCache } from "lru-cache";
import { BackendError } from "../errors.ts";
import { createLoginPlaces, type LoginPlacesOptions } from "./login-places.ts";

export interface LoginBudget {
  /**
   * Takes a place, waiting a little while others are asked. Returns how to say what became of the login (the first word
   * counts); it resolves when
   * the other nodes can know it, so that a process that is killed later leaves no place taken.
   * @throws BackendError `busy` when there is no room, with the time after which there will be.
   */
  enter(group: string): Promise<(wasRefused: boolean) => Promise<void>>;
  /** A login that took no place was refused. Returns how to take that back. */
  charge(group: string): () => void;
}

export interface LoginBudgetOptions extends LoginPlacesOptions {
  readonly refusals: number;
}

/** Logins of this node that ask for a place or have one, never more than there are places; and the others in order. */
interface Line {
  asking: number;
  readonly waiting: Set<() => void>;
}

/** Milliseconds to wait for a place, and between two looks for one that another node may have given back. */
const patience = 10_000;
const lookEvery = 100;
/** Milliseconds after which a login that found no place comes again. */
const comeAgain = 10_000;
const mostLines = 10_000;

export function createLoginBudget(options: LoginBudgetOptions): LoginBudget {
  const { refusals, window, now } = options;
  const places = createLoginPlaces(options);
  const lines = new LRUCache<string, Line>({ max: mostLines });

  function lineOf(group: string): Line {
    const line = lines.get(group) ?? { asking: 0, waiting: new Set() };
    lines.set(group, line);
    return line;
  }

  async function takePlace(group: string, id: string): Promise<void> {
    const until = now() + patience;
    for (;;) {
      const taken = await places.take(group, id, refusals);
      if (taken.length < refusals) return;
      const isWaitWorth = taken.some(({ refused }) => !refused);
      if (!isWaitWorth) throw tooMany(Math.min(...taken.map(({ at }) => at)) + window - now());
      if (now() >= until) throw tooBusy();
      await pause(lookEvery);
    }
  }

  return {
    async enter(group) {
      const line = lineOf(group);
      await stand(line, refusals);
      const id = places.nextId();
      try {
        await takePlace(group, id);
      } catch (error) {
        leave(line);
        throw error;
      }
      let told: Promise<void> | undefined;
      return (wasRefused) => {
        if (told) return told;
        told = places.put(group, id, wasRefused ? { at: now(), refused: true } : undefined);
        leave(line);
        return told;
      };
    },
    charge(group) {
      const id = places.nextId();
      void places.put(group, id, { at: now(), refused: true });
      return () => void places.put(group, id, undefined);
    },
  };
}

/** Resolves when this node may ask for one more place. */
function stand(line: Line, most: number): Promise<void> {
  if (line.asking < most) {
    line.asking += 1;
    return Promise.resolve();
  }
  return new Promise((resolve, reject) => {
    const next = () => {
      clearTimeout(late);
      line.waiting.delete(next);
      resolve();
    };
    const late = setTimeout(() => {
      line.waiting.delete(next);
      reject(tooBusy());
    }, patience).unref();
    line.waiting.add(next);
  });
}

/** The turn goes to the next in line. */
function leave(line: Line): void {
  const [next] = line.waiting;
  if (next) next();
  else line.asking -= 1;
}

/** Nobody was wrong: there are more logins than the server answers. */
function tooBusy(): BackendError {
  return new BackendError("busy", "more new logins than the server answers: this one waited in vain", {
    retryAfter: comeAgain / 1000,
  });
}

/** @param milliseconds until there may be room. */
function tooMany(milliseconds: number): BackendError {
  return new BackendError("busy", "too many wrong passwords lately: logins that are not known to be right wait", {
    retryAfter: Math.max(1, Math.ceil(milliseconds / 1000)),
  });
}
