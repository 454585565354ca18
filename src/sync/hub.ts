/**
 * The watch hub: what waits behind Ping and a waiting Sync. A waiting phone costs memory only; one probe of the
 * backend serves all phones of a user. A moved tag is a hint: before a phone is woken, its own difference is computed
 * against what is stored for it, so a change between its last Sync and this wait is never missed, and neither its own
 * writes nor what its filter hides wake it.
 */
import { randomUUID } from "node:crypto";
import { LRUCache } from "lru-cache";
import type { Changes } from "../backends/backend.ts";
import type { Scope, State } from "../state/state.ts";
import { recipientType } from "./folder-types.ts";
import { membersOf } from "./merged.ts";
import { createPolling } from "./polling.ts";
import { type Folder, keys } from "./records.ts";
import type { Session } from "./session.ts";
import {
  createWatch,
  freshFor,
  matches,
  type Waiter,
  type WaitingCommand,
  type Wake,
  type Watch,
  type WatchOptions,
} from "./watch.ts";

export interface HubOptions
  extends Omit<
    WatchOptions,
    "user" | "polling" | "cursor" | "onProbe" | "onMoved" | "foldersSeen" | "onFoldersSeen" | "onIdle"
  > {
  readonly state: State;
  /** The backend tells of every change by the hook: a Sync need not ask when none came. */
  readonly trustHook: boolean;
}

export interface Hub {
  /** Waits for news in `folders`, at most so many milliseconds. */
  wait(session: Session, folders: readonly Folder[], milliseconds: number, command: WaitingCommand): Promise<Wake>;
  /** A new request of a device ends its older wait, on whatever node that is. */
  supersede(session: Session): void;
  /** People decided something of a device: it asks anew at once, on whatever node it waits. */
  reconsider(scope: Required<Scope>): void;
  /** The device wrote to this collection: the other phones that have it are told at once. */
  wrote(session: Session, folder: Folder): void;
  /** The device made, renamed or deleted a folder: the user's other phones are told at once. */
  rearranged(session: Session): void;
  /** The change hook was called: for a collection or item path, for a user, or (neither) for all. */
  changed(hint: Hint): void;
  /** A collection was just seen at this answer's cursor, by a request or a look: a move is news to all who wait for it. */
  observed(user: string, collection: string, changes: Changes): void;
  /** Whether an event-driven watch knows that nothing happened since this cursor. */
  knowsUnchanged(user: string, collection: string, cursor: string): boolean;
  /** Phones waiting on this node. */
  readonly waiting: number;
  /** Those of them that wait in this command. */
  waitingIn(command: WaitingCommand): number;
  /** Requests the probes have cost so far. */
  readonly probeRequests: number;
  /** Ends all waits as expired and refuses new ones. */
  close(): Promise<void>;
}

/** What changed: a collection or item by its path, a user's, or (neither) anything. */
interface Hint {
  readonly path?: string;
  readonly user?: string;
}

/** When the folder list was looked at for a device, in milliseconds since 1970, and what was decided of it then. */
interface FoldersSeen {
  readonly at: number;
  readonly control: string | undefined;
}

const channel = "hub";
/** Milliseconds after which a message between nodes that was lost is made up for. */
const sweepEvery = 60_000;
/** Hints that are remembered for the waits about to begin. */
const mostTold = 10_000;

/** Tells the nodes that people decided something of a device: for a process that is none of them. */
export function tellOfDecision(state: State, { user, device }: Required<Scope>): Promise<void> {
  return state.publish(channel, JSON.stringify({ node: "", user, device, reconsider: true }));
}

export async function createHub(options: HubOptions): Promise<Hub> {
  const node = randomUUID();
  const watches = new Map<string, Watch>();
  const waiters = new Map<string, Set<Waiter>>();
  const seen = new Map<string, { cursor: string; at: number }>();
  /** What was observed already. */
  const answers = new WeakSet<Changes>();
  const eventAt = new Map<string, number>();
  /** What was told lately, in order: a wait that begins after it was told must not take what was seen before for fresh. */
  const told: { readonly hint: Hint; readonly at: number }[] = [];
  // A request that was overtaken on its way to its wait must not begin it: by device, and by request, in what order.
  const newest = new LRUCache<string, number>({ max: 50_000 });
  const orders = new WeakMap<Session, number>();
  // By device: a process that was just started may have been told to show other folders than the one before it.
  const foldersSeen = new LRUCache<string, FoldersSeen>({ max: 50_000 });
  let order = 0;
  let closed = false;
  let probeRequests = 0;

  function watchOf(session: Session): Watch {
    const user = session.account.user;
    const found = watches.get(user);
    if (found) return found;
    const made = createWatch({
      ...options,
      user,
      polling: createPolling({ state: options.state, user, node }),
      cursor: (collection) => seen.get(seenKey(user, collection))?.cursor,
      onProbe: (requests) => {
        probeRequests += requests;
      },
      onMoved: (collection) => tellOthers({ path: collection }),
      foldersSeen: (session) => (isDecidedSince(session) ? 0 : (foldersSeen.get(keyOf(session))?.at ?? 0)),
      onFoldersSeen: (session) => foldersSeen.set(keyOf(session), { at: options.now(), control: session.control }),
      onIdle: () => watches.delete(user),
    });
    watches.set(user, made);
    return made;
  }

  async function wait(
    session: Session,
    folders: readonly Folder[],
    milliseconds: number,
    command: WaitingCommand,
  ): Promise<Wake> {
    if (closed) return { kind: "expired" };
    const device = deviceKey(session.scope.user, session.scope.device);
    const own = orders.get(session);
    if (own !== undefined && (newest.get(device) ?? own) > own) return { kind: "superseded" };
    const watch = watchOf(session);
    return new Promise<Wake>((resolve) => {
      const end = (wake: Wake) => {
        clearTimeout(timer);
        session.signal.removeEventListener("abort", hungUp);
        waiters.get(device)?.delete(waiter);
        if (waiters.get(device)?.size === 0) waiters.delete(device);
        watch.leave(waiter);
        resolve(wake);
      };
      const hungUp = () => end({ kind: "aborted" });
      const timer = setTimeout(() => end({ kind: "expired" }), milliseconds);
      // What the server notes of recipients is no news to the user, and often costs a listing to look at.
      const watched = folders.filter(({ type }) => type !== recipientType);
      const waiter: Waiter = { session, command, folders: watched, since: options.now(), end };
      if (session.signal.aborted) {
        end({ kind: "aborted" });
        return;
      }
      session.signal.addEventListener("abort", hungUp, { once: true });
      waiters.set(device, (waiters.get(device) ?? new Set()).add(waiter));
      watch.join(waiter, (folder) => freshAt(waiter, folder));
      if (isDecidedSince(session)) watch.checkFolders();
      // What was decided while the request was on its way here was told to nobody.
      void reconsiderIfDecided(waiter);
    });
  }

  /** Whether the folder list was looked at last when something else was decided of the device. */
  function isDecidedSince(session: Session): boolean {
    return foldersSeen.get(keyOf(session))?.control !== session.control;
  }

  /** Ends a wait whose device something else is decided of by now. */
  async function reconsiderIfDecided({ session, end }: Waiter): Promise<void> {
    const { scope, services, control } = session;
    // A store that does not answer now is asked with the device's next request.
    const records = await services.state.read(scope, [keys.control]).catch(() => undefined);
    if (records && records.get(keys.control) !== control) end({ kind: "reconsider" });
  }

  /** Messages between nodes may be lost. */
  async function sweep(): Promise<void> {
    for (const waiter of [...waiters.values()].flatMap((set) => [...set])) {
      if (waiters.get(keyOf(waiter.session))?.has(waiter)) await reconsiderIfDecided(waiter);
    }
  }

  /** When this folder was last seen at the very cursor the device has; undefined when that is not known. */
  async function freshAt(waiter: Waiter, folder: Folder): Promise<number | undefined> {
    const { user } = waiter.session.account;
    const collection = folder.href ?? "";
    const last = seen.get(seenKey(user, collection));
    if (!last || told.some(({ hint, at }) => at >= last.at && matches(user, collection, hint))) return undefined;
    return (await options.difference.cursor(waiter.session, folder)) === last.cursor ? last.at : undefined;
  }

  function endOlder(user: string, device: string): void {
    const key = deviceKey(user, device);
    newest.set(key, ++order);
    for (const waiter of [...(waiters.get(key) ?? [])]) waiter.end({ kind: "superseded" });
  }

  function endWaits(user: string, device: string): void {
    for (const waiter of [...(waiters.get(deviceKey(user, device)) ?? [])]) waiter.end({ kind: "reconsider" });
  }

  function changed(hint: Hint): void {
    told.push({ hint, at: options.now() });
    while ((told[0]?.at ?? Number.POSITIVE_INFINITY) < options.now() - freshFor) told.shift();
    // A clock that was set back keeps the old ones from ending.
    if (told.length > mostTold) told.splice(0, mostTold / 2);
    options.listings.forget((user, collection) => matches(user, collection, hint));
    for (const watch of watches.values()) {
      for (const collection of watch.matching(hint)) {
        options.listings.stale(watch.user, collection);
        eventAt.set(seenKey(watch.user, collection), options.now());
        watch.check(collection);
      }
    }
    if (!options.trustHook) return;
    for (const key of seen.keys()) if (matchesSeen(key, hint)) eventAt.set(key, options.now());
  }

  function tellOthers(message: object): void {
    void options.state.publish(channel, JSON.stringify({ node, ...message })).catch((error: unknown) => {
      options.log.warn({ error }, "other nodes could not be told of a change");
    });
  }

  const unsubscribe = await options.state.subscribe(channel, (text) => {
    const message = parseMessage(text);
    if (!message || message.node === node) return;
    if (message.device !== undefined && message.user !== undefined) {
      if (message.reconsider === true) endWaits(message.user, message.device);
      else endOlder(message.user, message.device);
    } else if (message.folders === true && message.user !== undefined) watches.get(message.user)?.checkFolders();
    else changed(message);
  });

  const sweeping = options.state.shared ? setInterval(() => void sweep(), sweepEvery).unref() : undefined;

  return {
    wait,
    supersede(session) {
      endOlder(session.scope.user, session.scope.device);
      orders.set(session, order);
      tellOthers({ user: session.scope.user, device: session.scope.device });
    },
    reconsider({ user, device }) {
      endWaits(user, device);
      tellOthers({ user, device, reconsider: true });
    },
    wrote(_session, folder) {
      for (const path of folder.href === undefined ? [] : membersOf(folder.href)) {
        changed({ path });
        tellOthers({ path });
      }
    },
    rearranged({ account }) {
      watches.get(account.user)?.checkFolders();
      tellOthers({ user: account.user, folders: true });
    },
    changed(hint) {
      changed(hint);
      tellOthers(hint);
    },
    observed(user, collection, changes) {
      // An answer that serves several was seen once: told again beside another one, the two would move each other for ever.
      if (answers.has(changes)) return;
      answers.add(changes);
      const { cursor } = changes;
      const key = seenKey(user, collection);
      const moved = seen.get(key)?.cursor !== cursor;
      seen.set(key, { cursor, at: options.now() });
      if (moved) watches.get(user)?.check(collection);
      if (seen.size > 20_000) for (const key of [...seen.keys()].slice(0, 10_000)) seen.delete(key);
    },
    knowsUnchanged(user, collection, cursor) {
      if (!options.trustHook) return false;
      const key = seenKey(user, collection);
      const last = seen.get(key);
      if (last === undefined || last.cursor !== cursor) return false;
      // The node that the hook called may have told us in vain.
      if (options.state.shared && options.now() - last.at > options.pollEvery * 1000) return false;
      return (eventAt.get(key) ?? 0) < last.at;
    },
    get waiting() {
      let count = 0;
      for (const set of waiters.values()) count += set.size;
      return count;
    },
    waitingIn(command) {
      let count = 0;
      for (const set of waiters.values()) for (const waiter of set) if (waiter.command === command) count += 1;
      return count;
    },
    get probeRequests() {
      return probeRequests;
    },
    async close() {
      closed = true;
      clearInterval(sweeping);
      for (const set of [...waiters.values()]) for (const waiter of [...set]) waiter.end({ kind: "expired" });
      for (const watch of [...watches.values()]) watch.close();
      await unsubscribe();
    },
  };
}

function keyOf({ scope }: Session): string {
  return deviceKey(scope.user, scope.device);
}

function deviceKey(user: string, device: string): string {
  return JSON.stringify([user, device]);
}

function seenKey(user: string, collection: string): string {
  return JSON.stringify([user, collection]);
}

function matchesSeen(key: string, hint: Hint): boolean {
  const [user, collection] = JSON.parse(key) as [string, string];
  return matches(user, collection, hint);
}

interface Message {
  readonly node: string;
  readonly user?: string;
  readonly device?: string;
  readonly path?: string;
  readonly folders?: boolean;
  readonly reconsider?: boolean;
}

function parseMessage(text: string): Message | undefined {
  try {
    return JSON.parse(text) as Message;
  } catch {
    return undefined;
  }
}
