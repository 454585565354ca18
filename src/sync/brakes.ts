/**
 * Brakes: what looks like an accident is held up until it is certain. Each is a line in the log, a figure in the
 * metrics and a switch in the configuration.
 */
import { LRUCache } from "lru-cache";
import type { BaseEntry } from "./records.ts";
import type { Session } from "./session.ts";

/** The brakes there are; each can be switched off. */
export interface BrakeSwitches {
  /** A phone that deletes most of a collection within minutes gets its items back. */
  readonly deletes: boolean;
  /** A server that says most of a collection is gone is asked once more before phones are told. */
  readonly listings: boolean;
  /** A phone that makes the same item again and again is refused. */
  readonly creations: boolean;
  /** A phone that asks the same again and again is answered more slowly. */
  readonly loops: boolean;
}

export type Brake = keyof BrakeSwitches;

/** So many deletions are nobody's accident, however small the collection. */
const alwaysAllowed = 20;
/** Seconds in which a phone's deletions are added up. */
export const deletionSpan = 600;
/** Seconds after which a server's word is asked for again. */
export const doubtSpan = 30;

/** A phone that asks for an answer so many times again is sent less at once: it may choke on one item of it. */
const repeatsBeforeLess = 5;
/** What it still asks for after so many times and seconds, alone, is set aside. */
const repeatsBeforeNone = 12;
const secondsBeforeNone = 600;

/** What to do about a phone that has asked for an answer of so many items so many times again, since so many seconds. */
export function settle(times: number, seconds: number, items: number): "again" | "less" | "set aside" {
  if (items > 1 && times > repeatsBeforeLess) return "less";
  if (items === 1 && times > repeatsBeforeNone && seconds > secondsBeforeNone) return "set aside";
  return "again";
}

/** Whether so many deletions, of a collection of so many items, look like an accident. */
export function isMassDeletion(deletions: number, items: number): boolean {
  return deletions > Math.max(alwaysAllowed, items / 2);
}

/** Whether they may be too many, before it is known how many items there are: counting them is a walk. */
export function mayBeMassDeletion(deletions: number): boolean {
  return deletions > alwaysAllowed;
}

/** Items that the phone has, of what is known of a collection. */
export function countShown(known: Iterable<BaseEntry>): number {
  let count = 0;
  for (const { hidden } of known) if (hidden === undefined) count += 1;
  return count;
}

/** Tells that a brake took hold. */
export function brakeFired(
  session: Session,
  brake: Brake,
  fields: Readonly<Record<string, unknown>>,
  message: string,
): void {
  const { metrics, fired, now } = session.services;
  metrics.count("brakes", { brake });
  fired?.add({ brake, at: now(), user: session.scope.user, device: session.scope.device ?? "", says: message });
  session.log.warn({ brake, ...fields }, message);
}

/** Requests and items that a device repeats, on this node. */
export interface Repetitions {
  /** Milliseconds to hold back the answer of a request, named by its fingerprint: 0 as long as it is no loop. */
  holdFor(session: Session, request: string): number;
  /** Whether a device may make one more item of this content in a collection. */
  mayCreate(session: Session, folder: string, content: string): boolean;
  /** Whether a command that the server failed at (an answer of 500) may be tried once more. */
  mayRetry(session: Session, folder: string, command: string): boolean;
}

/** Milliseconds in which repetitions are added up. */
const repetitionSpan = 600_000;
/** A phone that polls by hand, or whose network loses answers, repeats itself less often. */
const repeatsAllowed = 60;
/** Milliseconds: doubled with every further repetition. */
const firstHold = 1_000;
const longestHold = 30_000;
/** Twenty like items are nobody's intention; a loop makes thousands. */
const likeItemsAllowed = 20;

/** A server that fails at the same item so often does so because of it. */
const failuresAllowed = 5;

interface Tally {
  count: number;
  readonly since: number;
}

export function createRepetitions(): Repetitions {
  // Nothing here outlives a loop by more than minutes, and nothing is lost with it: the counting begins again.
  const tallies = new LRUCache<string, Tally>({ max: 100_000 });

  function count(key: string, now: number): number {
    const known = tallies.get(key);
    const tally = known && now - known.since < repetitionSpan ? known : { count: 0, since: now };
    tally.count += 1;
    tallies.set(key, tally);
    return tally.count;
  }

  return {
    holdFor(session, request) {
      const { settings, now } = session.services;
      if (!settings.brakes.loops) return 0;
      const repeats = count(`request ${session.scope.user} ${session.scope.device} ${request}`, now());
      const beyond = repeats - repeatsAllowed;
      if (beyond <= 0) return 0;
      if (beyond === 1) brakeFired(session, "loops", { repeats }, "the phone repeats itself and is slowed down");
      return Math.min(longestHold, firstHold * 2 ** Math.min(beyond - 1, 10));
    },
    mayCreate(session, folder, content) {
      const { settings, now } = session.services;
      if (!settings.brakes.creations) return true;
      const made = count(`item ${session.scope.user} ${session.scope.device} ${folder} ${content}`, now());
      if (made <= likeItemsAllowed) return true;
      if (made === likeItemsAllowed + 1)
        brakeFired(session, "creations", { folder, made }, "the phone makes the same item again and again: refused");
      return false;
    },
    mayRetry(session, folder, command) {
      const { settings, now } = session.services;
      if (!settings.brakes.loops) return true;
      const failures = count(`failure ${session.scope.user} ${session.scope.device} ${folder} ${command}`, now());
      if (failures <= failuresAllowed) return true;
      brakeFired(session, "loops", { folder, failures }, "the server fails at an item again and again: refused");
      return false;
    },
  };
}
