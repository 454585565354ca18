/** Reading items: multigets in batches, parsed as they stream, one batch ahead of the consumer. */
import type { Item } from "../backend.ts";
import { kindOf } from "./kind.ts";
import * as limits from "./limits.ts";
import { CALDAV, CARDDAV, DAV, property, type Response, restoreLineEnds } from "./multistatus.ts";
import { quoted } from "./revision.ts";
import { isBroken, stream, type Wire } from "./wire.ts";
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
  const underway: Batch[] = [];
  let next = 0;
  try {
    for (;;) {
      while (underway.length < limits.READ_AHEAD && next < hrefs.length) {
        const part = hrefs.slice(next, next + limits.READ_BATCH);
        next += part.length;
        underway.push(startBatch(wire, { collection, kind, hrefs: part, signal: both }));
      }
      const batch = underway[0];
      if (batch === undefined) return;
      yield* batch.items();
      underway.shift();
    }
  } finally {
    stop.abort(new Error("the reader stopped"));
  }
}

/** Marks what was handed out already: its text is not kept. */
const taken: Item = { href: "", rev: "", text: "" };

/** The item in a response; undefined when it is missing or the server gives no text for it. */
export function readItem(response: Response, kind: Kind): Item | undefined {
  if (response.status !== undefined && response.status >= 300) return undefined;
  const text =
    kind === "calendar"
      ? property(response, CALDAV, "calendar-data")?.text
      : property(response, CARDDAV, "address-data")?.text;
  if (text === undefined || text === "") return undefined;
  const rev = quoted(property(response, DAV, "getetag")?.text.trim() ?? "");
  return { href: response.href, rev, text: restoreLineEnds(text) };
}

interface Wanted {
  readonly collection: string;
  readonly kind: Kind;
  readonly hrefs: readonly string[];
  readonly signal: AbortSignal;
}

interface Batch {
  /** In the order asked, each as soon as it and those before it have come. To be used once. */
  items(): AsyncGenerator<Item>;
}

/** Starts the request; what comes is kept until it is asked for, up to a limit. */
function startBatch(wire: Wire, wanted: Wanted): Batch {
  const arrived = new Map<string, Item>();
  let held = 0;
  let done = false;
  let failure: unknown;
  let wake: (() => void) | undefined;
  let consuming = false;

  function signalChange(): void {
    wake?.();
    wake = undefined;
  }
  function change(): Promise<void> {
    return new Promise((resolve) => {
      wake = resolve;
    });
  }

  async function fill(hrefs: readonly string[]): Promise<void> {
    const body = multiget(wanted.kind, hrefs, true);
    const ask = { method: "REPORT", path: wanted.collection, depth: "0", body, signal: wanted.signal } as const;
    for await (const responses of stream(wire, ask)) {
      for (const response of responses) {
        const item = readItem(response, wanted.kind);
        if (item === undefined) continue;
        arrived.set(item.href, item);
        held += item.text.length;
      }
      signalChange();
      while (held > limits.READ_BUFFER && !consuming) await change();
    }
  }

  async function run(): Promise<void> {
    try {
      await fill(wanted.hrefs);
    } catch (error) {
      if (!isBroken(error) || wanted.signal.aborted) throw error;
      await fill(wanted.hrefs.filter((href) => !arrived.has(href)));
    }
  }

  run()
    .catch((error: unknown) => {
      failure = error;
    })
    .finally(() => {
      done = true;
      signalChange();
    });

  return {
    async *items() {
      consuming = true;
      signalChange();
      for (const href of wanted.hrefs) {
        while (!arrived.has(href) && !done) await change();
        const item = arrived.get(href);
        if (item === undefined) {
          if (failure !== undefined) throw failure;
          continue; // Not answered, or with 404: it is not there.
        }
        arrived.set(href, taken);
        held -= item.text.length;
        yield item;
      }
    },
  };
}
