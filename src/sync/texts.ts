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

/** `maxLength` bounds the characters held, all accounts together. */
export function createTexts(maxLength = 24_000_000): Texts {
  const cache = new LRUCache<string, string>({
    maxSize: maxLength,
    sizeCalculation: (text, key) => text.length + key.length + 64,
    ttl: 600_000,
  });
  const ahead = new Map<string, Promise<void>>();

  function remember(account: Account, item: Item): void {
    cache.set(keyOf(account, item), item.text);
  }

  async function* read(
    account: Account,
    collection: string,
    wanted: readonly Entry[],
    signal?: AbortSignal,
  ): AsyncGenerator<Item> {
    await ahead.get(`${account.user} ${collection}`);
    const missing = wanted.filter((entry) => !cache.has(keyOf(account, entry)));
    const fresh =
      missing.length > 0
        ? account.read(
            collection,
            missing.map(({ href }) => href),
            signal,
          )
        : [];
    const arrived = new Map<string, Item>();
    const arriving = iterate(fresh);
    try {
      for (const entry of wanted) {
        const cached = cache.get(keyOf(account, entry));
        if (cached !== undefined) {
          yield { ...entry, text: cached };
          continue;
        }
        const item = await take(entry.href, arrived, arriving);
        if (!item) continue;
        remember(account, item);
        yield item;
      }
    } finally {
      await arriving.return?.(undefined);
    }
  }

  async function fill(account: Account, collection: string, wanted: readonly Entry[]): Promise<void> {
    const missing = wanted.filter((entry) => !cache.has(keyOf(account, entry)));
    if (missing.length === 0) return;
    for await (const item of account.read(
      collection,
      missing.map(({ href }) => href),
    ))
      remember(account, item);
  }

  return {
    read,
    prefetch(account, collection, wanted) {
      const key = `${account.user} ${collection}`;
      if (ahead.has(key)) return;
      const work = fill(account, collection, wanted)
        .catch(() => {})
        .finally(() => ahead.delete(key));
      ahead.set(key, work);
    },
  };
}

function keyOf(account: Account, { href, rev }: Entry): string {
  return `${account.user.length}:${account.user}${href.length}:${href}${rev}`;
}

async function* iterate<T>(source: AsyncIterable<T> | readonly T[]): AsyncGenerator<T> {
  yield* source;
}

/** The item of that href out of a stream that may deliver in another order. */
async function take(
  href: string,
  arrived: Map<string, Item>,
  arriving: AsyncIterator<Item>,
): Promise<Item | undefined> {
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
