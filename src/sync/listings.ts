import type { Account, Changes, Only } from "../backends/backend.ts";
import { BackendError } from "../errors.ts";

/** What is listed of a collection: all of it, or a part. */
export interface Extent {
  readonly collection: string;
  readonly only?: Only;
}

/** Answers of backends that serve more than the request that asked. */
export interface Listings {
  /**
   * Begins the first listing of a collection. A Sync with key 0 is answered at once while the listing it will need
   * runs on: a cold server takes longer for it than some phones wait.
   */
  begin(account: Account, extent: Extent): void;
  /** Keeps a first listing that somebody else asked for. */
  keep(account: Account, extent: Extent, listing: Changes): void;
  /**
   * The first listing: the one that was begun, else a new one. Undefined when it takes longer than `patience`
   * milliseconds; it runs on and is there for the next call.
   */
  take(account: Account, extent: Extent, patience: number, signal?: AbortSignal): Promise<Changes | undefined>;
  /** Changes since a cursor, one answer for all phones that wait at it and ask within a second. */
  share(account: Account, collection: string, cursor: string): Promise<Changes>;
  /** A collection changed: what was answered before serves nobody any more. */
  stale(user: string, collection: string): void;
  /** Something changed, here or at another node: so does what was listed for nobody yet. */
  forget(isConcerned: (user: string, collection: string) => boolean): void;
  /** A device wrote: a first listing that was begun before lacks what it added, which would be taken for gone. */
  wrote(account: Account, collection: string): void;
}

/** Milliseconds a first listing that nobody took is kept. */
const keptFor = 120_000;
/** Milliseconds after which what happened meanwhile is asked for before a kept listing is given away. */
const freshFor = 1_000;
/** Milliseconds an answer serves the other phones that the same event woke. */
const sharedFor = 1_000;

export function createListings(): Listings {
  const first = new Map<string, Promise<Changes>>();
  const shared = new Map<string, Promise<Changes>>();
  /** Whose login a listing runs with. */
  const begunBy = new WeakMap<Promise<Changes>, Account>();
  /** When a first listing was there (`performance.now`). */
  const doneAt = new WeakMap<Changes, number>();

  function keepFirst(key: string, listing: Promise<Changes>): void {
    store(first, key, listing, keptFor);
    listing.then(
      (changes) => doneAt.set(changes, performance.now()),
      () => {},
    );
  }

  return {
    begin(account, extent) {
      const key = keyOf(account, extent);
      if (first.has(key)) return;
      const listing = listAll(account, extent);
      begunBy.set(listing, account);
      keepFirst(key, listing);
    },
    keep(account, extent, listing) {
      keepFirst(keyOf(account, extent), Promise.resolve(listing));
    },
    async take(account, extent, patience, signal) {
      const key = keyOf(account, extent);
      this.begin(account, extent);
      const running = first.get(key);
      try {
        const listing = await within(running, patience, signal);
        if (!listing) return undefined;
        if (first.get(key) === running) first.delete(key);
        const age = performance.now() - (doneAt.get(listing) ?? performance.now());
        return age < freshFor ? listing : await toppedUp(account, extent, listing, signal);
      } catch (error) {
        if (running === undefined || begunBy.get(running) === account || !isRefusal(error)) throw error;
        return listAll(account, extent, signal);
      }
    },
    async share(account, collection, cursor) {
      const key = `${keyOf(account, { collection })} ${cursor}`;
      const running = shared.get(key);
      if (!running) {
        const asked = account.changes(collection, cursor);
        begunBy.set(asked, account);
        store(shared, key, asked, sharedFor);
        return asked;
      }
      try {
        return await running;
      } catch (error) {
        if (begunBy.get(running) === account || !isRefusal(error)) throw error;
        return account.changes(collection, cursor);
      }
    },
    stale(user, collection) {
      const prefix = `${JSON.stringify([user, collection])} `;
      for (const key of shared.keys()) if (key.startsWith(prefix)) shared.delete(key);
    },
    forget(isConcerned) {
      for (const key of first.keys()) {
        const [user, collection] = JSON.parse(key) as [string, string];
        if (isConcerned(user, collection)) first.delete(key);
      }
    },
    wrote({ user }, collection) {
      this.forget((whose, which) => whose === user && which === collection);
    },
  };
}

function listAll(account: Account, { collection, only }: Extent, signal?: AbortSignal): Promise<Changes> {
  return account.changes(collection, undefined, signal, only);
}

/** A listing that lay about for a while, as it would be now: one small request, instead of a second large one. */
async function toppedUp(
  account: Account,
  { collection, only }: Extent,
  listing: Changes,
  signal: AbortSignal | undefined,
): Promise<Changes> {
  const since = await account.changes(collection, listing.cursor, signal, only);
  if (since.full) return since;
  const entries = new Map(listing.entries.map((entry) => [entry.href, entry]));
  for (const href of since.gone) entries.delete(href);
  for (const entry of since.entries) entries.set(entry.href, entry);
  return { full: true, entries: [...entries.values()], gone: [], cursor: since.cursor };
}

/** Where a listing ran with another phone's login, it is that one that was refused. */
function isRefusal(error: unknown): boolean {
  return error instanceof BackendError && error.kind === "auth";
}

/** Keeps an answer for a while; a failure is not kept. */
function store(map: Map<string, Promise<Changes>>, key: string, answer: Promise<Changes>, milliseconds: number): void {
  map.set(key, answer);
  const forget = () => {
    if (map.get(key) === answer) map.delete(key);
  };
  answer.then(() => setTimeout(forget, milliseconds).unref(), forget);
}

/** Undefined when it takes too long. @throws the signal's reason when the phone hangs up meanwhile. */
async function within<T>(
  promise: Promise<T> | undefined,
  milliseconds: number,
  signal?: AbortSignal,
): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined;
  let hungUp: (() => void) | undefined;
  const over = new Promise<undefined>((resolve, reject) => {
    timer = setTimeout(() => resolve(undefined), milliseconds);
    hungUp = () => reject(signal?.reason as Error);
    if (signal?.aborted) hungUp();
    signal?.addEventListener("abort", hungUp, { once: true });
  });
  try {
    return await Promise.race([promise, over]);
  } finally {
    clearTimeout(timer);
    if (hungUp) signal?.removeEventListener("abort", hungUp);
  }
}

/** Canonical account and collection: what one phone of a user listed is true for the others. */
function keyOf({ user }: Account, { collection, only }: Extent): string {
  return JSON.stringify(only === undefined ? [user, collection] : [user, collection, only]);
}
