/**
 * What waits for news of a login: one connection for all who wait. The inbox tells at once (IDLE), the others too where
 * the server has NOTIFY (RFC 5465); else they are asked how they stand, all in one command where that can be done.
 */
import { setTimeout as pause } from "node:timers/promises";
import type { Log } from "../../log.ts";
import type { MailAccount } from "../mail.ts";
import { atom, type Client, type Connect, execute } from "./client.ts";
import { type Connections, isKind } from "./connections.ts";
import { failure } from "./failure.ts";
import * as limits from "./limits.ts";
import { listMailboxes, sharedPrefixes } from "./mailboxes.ts";
import { createSession, type OnCommand, type Session } from "./session.ts";
import { sweep } from "./sweep.ts";

type Options = Parameters<MailAccount["watch"]>[1];
type OnNews = Parameters<MailAccount["watch"]>[0];

export interface Watch {
  /** Resolves once the connection waits. */
  add(onNews: OnNews, options: Options): Promise<() => void>;
  close(): void;
}

interface Watcher {
  readonly onNews: OnNews;
  readonly options: Options;
}

export interface WatchOptions {
  readonly connect: Connect;
  readonly connections: Connections;
  readonly onCommand: OnCommand | undefined;
  readonly log: Log;
}

export function createWatch(own: WatchOptions): Watch {
  const watchers = new Set<Watcher>();
  let running: Running | undefined;

  function tell(path: string): void {
    for (const { onNews } of watchers) onNews(path);
  }

  function tellMailboxes(): void {
    for (const { options } of watchers) options.onMailboxes?.();
  }

  function refuse(error: unknown): void {
    running = undefined;
    const told = [...watchers];
    watchers.clear();
    for (const { options } of told) options.onRefused(error);
  }

  function stop(): void {
    running?.stop();
    running = undefined;
  }

  return {
    async add(onNews, options) {
      const watcher: Watcher = { onNews, options };
      watchers.add(watcher);
      running ??= run(own, {
        tell,
        tellMailboxes,
        refuse,
        sweepEvery: () => Math.min(...Array.from(watchers, (one) => one.options.sweepEvery)),
      });
      const mine = running;
      try {
        await mine.started;
      } catch (error) {
        watchers.delete(watcher);
        if (running === mine) stop();
        throw error;
      }
      return () => {
        watchers.delete(watcher);
        if (watchers.size === 0) stop();
      };
    },
    close() {
      watchers.clear();
      stop();
    },
  };
}

interface Running {
  /** Rejects when there was no first connection. */
  readonly started: Promise<void>;
  stop(): void;
}

interface Told {
  tell(path: string): void;
  tellMailboxes(): void;
  refuse(error: unknown): void;
  sweepEvery(): number;
}

function run(own: WatchOptions, told: Told): Running {
  const stopped = new AbortController();
  const leave = own.connections.reserve();
  stopped.signal.addEventListener("abort", leave, { once: true });
  let first: { resolve(): void; reject(error: unknown): void } | undefined;
  const started = new Promise<void>((resolve, reject) => {
    first = { resolve, reject };
  });
  void keepWaiting(own, told, stopped.signal, () => {
    first?.resolve();
    first = undefined;
  }).catch((error: unknown) => {
    // Before anybody was told that it waits it is their call that fails; after that, the wait.
    if (first !== undefined) first.reject(error);
    else told.refuse(error);
    stopped.abort();
  });
  return { started, stop: () => stopped.abort() };
}

/** Ends when it is stopped. Rejects when the first connection failed, or a later one was refused. */
async function keepWaiting(own: WatchOptions, told: Told, signal: AbortSignal, onWaiting: () => void): Promise<void> {
  let back = 0;
  for (let connected = 0; !signal.aborted; ) {
    try {
      const client = await own.connect({ maxIdleTime: limits.IDLE_RENEWAL });
      try {
        await waitOn(client, own, told, signal, () => {
          connected += 1;
          back = 0;
          onWaiting();
          if (connected > 1) void tellAll(own, told);
        });
      } finally {
        client.close();
      }
    } catch (error) {
      if (signal.aborted) return;
      if (connected === 0 || isKind(error, "auth")) throw error;
      own.log.debug({ error }, "the IMAP connection that waits for news is gone");
    }
    back = Math.min(Math.max(limits.BACK_OFF, back * 2), limits.MOST_WATCH_BACK_OFF);
    await pause(back * (0.75 + Math.random() / 2), undefined, { signal, ref: false }).catch(() => {});
  }
}

/** While the connection was away anything may have happened anywhere. */
async function tellAll({ connections, log }: WatchOptions, told: Told): Promise<void> {
  told.tellMailboxes();
  try {
    const all = await connections.run({ repeatable: true, work: listMailboxes });
    for (const { path, selectable } of all) if (selectable) told.tell(path);
  } catch (error) {
    log.debug({ error }, "the mailboxes could not be listed");
    told.tell("INBOX");
  }
}

/** Returns when the connection is gone. */
async function waitOn(
  client: Client,
  own: WatchOptions,
  told: Told,
  signal: AbortSignal,
  onWaiting: () => void,
): Promise<void> {
  const session = createSession(client, own.onCommand);
  const stop = (): void => client.close();
  signal.addEventListener("abort", stop, { once: true });
  if (signal.aborted) stop();
  const ended = new AbortController();
  client.once("close", () => ended.abort());
  for (const event of ["exists", "expunge", "flags"]) client.on(event, () => told.tell("INBOX"));
  try {
    await openInbox(client);
    const notified = await askToBeNotified(client, session, told);
    if (notified === "nothing") void keepSweeping(own, told, ended.signal, await sweepOnce(own, ended.signal));
    if (notified === "messages") void tellOfMailboxes(told, ended.signal);
    onWaiting();
    while (client.usable) {
      const began = Date.now();
      await client.idle();
      // One that ends at once would be begun again without end.
      if (Date.now() - began < 1_000) await pause(1_000, undefined, { signal, ref: false }).catch(() => {});
    }
  } finally {
    ended.abort();
    signal.removeEventListener("abort", stop);
  }
}

/** By imapflow's own way, since its `idle` waits in the mailbox that this opened. */
async function openInbox(client: Client): Promise<void> {
  try {
    await client.mailboxOpen("INBOX", { readOnly: true });
  } catch (error) {
    throw failure("EXAMINE", error);
  }
}

/** What the server will tell by itself. */
async function askToBeNotified(
  client: Client,
  session: Session,
  told: Told,
): Promise<"everything" | "messages" | "nothing"> {
  if (!session.has("NOTIFY")) return "nothing";
  client.untaggedHandlers.STATUS = async ({ attributes = [] }) => told.tell(session.pathOf(attributes[0]));
  client.untaggedHandlers.LIST = async () => told.tellMailboxes();
  const messages = [atom("MessageNew"), atom("MessageExpunge"), atom("FlagChange")];
  const mailboxes = [atom("MailboxName"), atom("SubscriptionChange")];
  const others = sharedPrefixes(session).map(session.name);
  // BADEVENT, or too many mailboxes: what is asked for is optional.
  for (const [events, gives] of [
    [[...messages, ...mailboxes], "everything"],
    [messages, "messages"],
  ] as const) {
    const asked = [
      [atom("SELECTED"), messages],
      [atom("PERSONAL"), events],
      ...(others.length > 0 ? [[atom("SUBTREE"), others, events]] : []),
    ];
    try {
      await execute(client, "NOTIFY", [atom("SET"), ...asked], {});
      return gives;
    } catch (error) {
      if (!client.usable) throw failure("NOTIFY", error);
    }
  }
  return "nothing";
}

async function tellOfMailboxes(told: Told, signal: AbortSignal): Promise<void> {
  for (;;) {
    await pause(limits.MAILBOXES_LOOK, undefined, { signal, ref: false }).catch(() => {});
    if (signal.aborted) return;
    told.tellMailboxes();
  }
}

function sweepOnce({ connections }: WatchOptions, signal: AbortSignal): Promise<ReadonlyMap<string, string>> {
  return connections.run({ repeatable: true, signal, work: sweep });
}

/** `before` is how they stood when the wait began. */
async function keepSweeping(
  own: WatchOptions,
  told: Told,
  signal: AbortSignal,
  before: ReadonlyMap<string, string>,
): Promise<void> {
  let last = before;
  for (;;) {
    await pause(told.sweepEvery() * 1_000, undefined, { signal, ref: false }).catch(() => {});
    if (signal.aborted) return;
    try {
      const now = await sweepOnce(own, signal);
      for (const [path, standing] of now) if (last.get(path) !== standing) told.tell(path);
      if (now.size !== last.size || [...now.keys()].some((path) => !last.has(path))) told.tellMailboxes();
      last = now;
    } catch (error) {
      if (!signal.aborted) own.log.debug({ error }, "the mailboxes could not be asked how they stand");
    }
  }
}
