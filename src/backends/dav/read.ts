/** Reading items: multigets in batches, parsed as they stream, one batch ahead of the consumer. */
import { BackendError } from "../../errors.ts";
import type { Entry, Item } from "../backend.ts";
import { readItem } from "./item.ts";
import { kindOf } from "./kind.ts";
import * as limits from "./limits.ts";
import { DAV, property } from "./multistatus.ts";
import { withPhoto } from "./photo.ts";
import { quoted } from "./revision.ts";
import { fetchOne, isBroken, stream, type Wire } from "./wire.ts";
import { type Kind, multiget } from "./xml.ts";

/** See `Account.read`. */
export async function* read(
  wire: Wire,
  collection: string,
  hrefs: readonly string[],
  signal?: AbortSignal,
): AsyncGenerator<Item> {
  if (hrefs.length === 0) return;
  const { kind } = await kindOf(wire, collection, signal);
  const stop = new AbortController();
  const both = signal ? AbortSignal.any([signal, stop.signal]) : stop.signal;
  const batches: Batch[] = [];
  for (let start = 0; start < hrefs.length; start += limits.READ_BATCH) {
    const part = hrefs.slice(start, start + limits.READ_BATCH);
    batches.push(createBatch(wire, { collection, kind, hrefs: part, signal: both }));
  }
  try {
    // One request at a time, the next as soon as the one before it has come: two at once are slower on Radicale.
    let begun = batches[0]?.fetch();
    for (const [i, batch] of batches.entries()) {
      const next = batches[i + 1];
      begun = begun?.then(() => next?.fetch());
      yield* batch.items();
    }
  } finally {
    stop.abort(new Error("the reader stopped"));
  }
}

/** One item by its href; undefined when it is not there. Throws `gone` when its collection is not. */
export async function readOne(wire: Wire, href: string, signal: AbortSignal | undefined): Promise<Item | undefined> {
  const collection = href.slice(0, href.lastIndexOf("/") + 1);
  for await (const item of read(wire, collection, [href], signal)) return item;
  return undefined;
}

/** The revision of one item as it is now. Throws `gone` when it is not there. */
export async function readRevision(wire: Wire, href: string, signal: AbortSignal | undefined): Promise<Entry> {
  const response = await fetchOne(wire, href, ["D:getetag"], signal);
  const rev = property(response, DAV, "getetag")?.text.trim();
  if (!rev) throw new BackendError("unreachable", `PROPFIND ${href}: the server gives no revision`);
  return { href, rev: quoted(rev) };
}

/** Stands for an item that was handed out: its text is not kept. */
const taken: Item = { href: "", rev: "", text: "" };

interface Wanted {
  readonly collection: string;
  readonly kind: Kind;
  readonly hrefs: readonly string[];
  readonly signal: AbortSignal;
}

interface Batch {
  /** Sends the request and keeps what comes until it is asked for, up to a limit. Never rejects: `items` does. */
  fetch(): Promise<void>;
  /** In the order asked, each as soon as it and those before it have come. To be used once. */
  items(): AsyncGenerator<Item>;
}

/** Wakes one sleeper. */
interface Bell {
  readonly ring: () => void;
  readonly awaited: boolean;
  wait(): Promise<void>;
}

function createBell(): Bell {
  let sleeper: (() => void) | undefined;
  return {
    ring() {
      sleeper?.();
      sleeper = undefined;
    },
    get awaited() {
      return sleeper !== undefined;
    },
    wait() {
      return new Promise((resolve) => {
        sleeper = resolve;
      });
    },
  };
}

function createBatch(wire: Wire, wanted: Wanted): Batch {
  const arrived = new Map<string, Item>();
  const state: { held: number; done: boolean; failure: unknown } = { held: 0, done: false, failure: undefined };
  const news = createBell(); // Rung when something came.
  const room = createBell(); // Rung when something was taken, or is waited for.

  async function fill(hrefs: readonly string[]): Promise<void> {
    let answered = false;
    const body = multiget(wanted.kind, hrefs, true);
    const ask = { method: "REPORT", path: wanted.collection, depth: "0", body, signal: wanted.signal } as const;
    for await (const responses of stream(wire, ask)) {
      answered ||= responses.length > 0;
      for (const response of responses) {
        const item = readItem(response, wanted.kind);
        if (item === undefined) continue;
        arrived.set(item.href, item);
        state.held += item.text.length;
      }
      news.ring();
      while (state.held > limits.READ_BUFFER && !news.awaited && !wanted.signal.aborted) await room.wait();
    }
    if (!answered) await confirmGone(wire, hrefs[0], wanted.signal);
  }

  return {
    async fetch() {
      wanted.signal.addEventListener("abort", room.ring, { once: true });
      try {
        await fill(wanted.hrefs).catch((error: unknown) => {
          if (!isBroken(error) || wanted.signal.aborted) throw error;
          return fill(wanted.hrefs.filter((href) => !arrived.has(href)));
        });
      } catch (error) {
        state.failure = error;
      }
      state.done = true;
      news.ring();
      wanted.signal.removeEventListener("abort", room.ring);
    },
    async *items() {
      for (const href of wanted.hrefs) {
        while (!arrived.has(href) && !state.done) {
          const something = news.wait();
          room.ring(); // What is waited for may come last: let the others in.
          await something;
        }
        const item = arrived.get(href);
        if (item === undefined) {
          if (state.failure !== undefined) throw state.failure;
          continue; // Not answered, or with 404: it is not there.
        }
        if (item === taken) continue; // Asked for twice.
        arrived.set(href, taken);
        state.held -= item.text.length;
        room.ring();
        yield await withPhoto(wire, item, wanted.signal);
      }
    },
  };
}

/**
 * Servers leave out of a multiget what is gone; when that is all of it, the answer may as well be trouble, and what was
 * listed would be lost for good. @throws BackendError `unreachable` when the item is there after all.
 */
async function confirmGone(wire: Wire, href: string | undefined, signal: AbortSignal): Promise<void> {
  if (href === undefined) return;
  try {
    await fetchOne(wire, href, ["D:getetag"], signal);
  } catch (error) {
    if (error instanceof BackendError && error.kind === "gone") return;
    throw error;
  }
  throw new BackendError("unreachable", `REPORT ${href}: the multiget is empty, and the item is there`);
}
