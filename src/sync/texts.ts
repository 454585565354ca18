import { EventEmitter, once } from "node:events";
import { LRUCache } from "lru-cache";
import type { Account, Entry, Item } from "../backends/backend.ts";

/**
 * Stored texts by account, href and revision: what cannot go stale. Saves the second read of an item that several
 * phones get, or that a phone edits just after it came, and holds the next window while a phone reads this one.
 */
export interface Texts {
  /**
   * The items of `wanted`, in order, from the cache where the revision is known and from the backend else. What is no
   * longer there is left out; a revision may be newer than the one asked for.
   */
  read(account: Account, collection: string, wanted: readonly Entry[], signal?: AbortSignal): AsyncIterable<Item>;
  /** Reads ahead in the background. Errors are left to the read that needs the items. */
  prefetch(account: Account, collection: string, wanted: readonly Entry[]): void;
}

/** A window that is read while the phone is busy with the one before. */
interface Ahead {
  /** Keys of what is still to arrive; empty when nothing more will. */
  readonly comes: Set<string>;
  /** Emits `step` with each arrival, and at the end. */
  readonly steps: EventEmitter;
}

/** Items that were asked for in one go. */
interface Source {
  /** Keys. */
  readonly asked: ReadonlySet<string>;
  readonly arriving: AsyncGenerator<Item>;
  /** Delivered before their turn, by href. */
  readonly arrived: Map<string, Item>;
}

/** `maxLength` bounds the characters held, all accounts together. */
export function createTexts(maxLength = 24_000_000): Texts {
  const cache = new LRUCache<string, string>({
    maxSize: maxLength,
    sizeCalculation: (text, key) => text.length + key.length + 64,
    ttl: 600_000,
  });
  const ahead = new Map<string, Ahead>();

  function remember(account: Account, item: Item): void {
    cache.set(keyOf(account, item), item.text);
  }

  async function* read(
    account: Account,
    collection: string,
    wanted: readonly Entry[],
    signal?: AbortSignal,
  ): AsyncGenerator<Item> {
    const running = ahead.get(`${account.user} ${collection}`);
    let source: Source | undefined;
    try {
      for (const [at, entry] of wanted.entries()) {
        const key = keyOf(account, entry);
        // One by one as they arrive: a phone does not wait for all that is read ahead for it.
        while (running?.comes.has(key)) await once(running.steps, "step", signal ? { signal } : {});
        const cached = cache.get(key);
        if (cached !== undefined) {
          yield { ...entry, text: cached };
          continue;
        }
        if (!source?.asked.has(key)) {
          await source?.arriving.return(undefined);
          source = open(account, collection, wanted.slice(at), running, signal);
        }
        const item = await take(entry.href, source);
        if (!item) continue;
        remember(account, item);
        yield item;
      }
    } finally {
      await source?.arriving.return(undefined);
    }
  }

  /** Asks for what is neither there nor on its way. */
  function open(
    account: Account,
    collection: string,
    wanted: readonly Entry[],
    running: Ahead | undefined,
    signal: AbortSignal | undefined,
  ): Source {
    const missing = wanted.filter((entry) => {
      const key = keyOf(account, entry);
      return !cache.has(key) && !running?.comes.has(key);
    });
    return {
      asked: new Set(missing.map((entry) => keyOf(account, entry))),
      arriving: iterate(account.read(collection, hrefsOf(missing), signal)),
      arrived: new Map(),
    };
  }

  async function fill(account: Account, collection: string, missing: readonly Entry[], running: Ahead): Promise<void> {
    for await (const item of account.read(collection, hrefsOf(missing))) {
      remember(account, item);
      running.comes.delete(keyOf(account, item));
      running.steps.emit("step");
    }
  }

  return {
    read,
    prefetch(account, collection, wanted) {
      const place = `${account.user} ${collection}`;
      const missing = wanted.filter((entry) => !cache.has(keyOf(account, entry)));
      if (ahead.has(place) || missing.length === 0) return;
      const steps = new EventEmitter().setMaxListeners(0);
      const running: Ahead = { comes: new Set(missing.map((entry) => keyOf(account, entry))), steps };
      ahead.set(place, running);
      void fill(account, collection, missing, running)
        .catch(() => {})
        .finally(() => {
          ahead.delete(place);
          running.comes.clear();
          steps.emit("step");
        });
    },
  };
}

function hrefsOf(entries: readonly Entry[]): readonly string[] {
  return entries.map(({ href }) => href);
}

function keyOf(account: Account, { href, rev }: Entry): string {
  return `${account.user.length}:${account.user}${href.length}:${href}${rev}`;
}

async function* iterate(source: AsyncIterable<Item>): AsyncGenerator<Item> {
  yield* source;
}

/** The item of that href out of a stream that may deliver in another order. */
async function take(href: string, { arrived, arriving }: Source): Promise<Item | undefined> {
  for (;;) {
    const found = arrived.get(href);
    if (found) {
      arrived.delete(href);
      return found;
    }
    const next = await arriving.next();
    if (next.done) return undefined;
    arrived.set(next.value.href, next.value);
  }
}
