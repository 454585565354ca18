/**
 * The watch of one account on this node: who waits for which collection, and the probe that asks for all of them at
 * once, on whichever node's turn it is.
 */
import type { Account } from "../backends/backend.ts";
import { BackendError } from "../errors.ts";
import type { Log } from "../log.ts";
import type { FolderId } from "./ids.ts";
import type { Listings } from "./listings.ts";
import { mailboxOf } from "./mail/href.ts";
import { membersOf } from "./merged.ts";
import type { Polling } from "./polling.ts";
import type { Folder } from "./records.ts";
import type { Session } from "./session.ts";

/** How a wait ended. */
export type Wake =
  /** `since`: milliseconds of `now` at which the first of it was seen, or told of, on this node. */
  | { readonly kind: "news"; readonly folders: readonly FolderId[]; readonly since: number }
  /** The folder list differs from what the device knows. */
  | { readonly kind: "hierarchy" }
  /** The time is over, or the process is about to stop: nothing changed. */
  | { readonly kind: "expired" }
  /** A newer request of the device took its place. */
  /** What people decided of the device changed: its next request hears of it. */
  | { readonly kind: "reconsider" }
  | { readonly kind: "superseded" }
  /** The phone hung up. */
  | { readonly kind: "aborted" }
  /** The login this wait came with is refused now. */
  | { readonly kind: "refused" };

/** The commands that wait. */
export type WaitingCommand = "Ping" | "Sync";

export interface Waiter {
  readonly session: Session;
  readonly command: WaitingCommand;
  readonly folders: readonly Folder[];
  /** Milliseconds of `now` at which the wait began. */
  readonly since: number;
  end(wake: Wake): void;
}

/** Whether there is something to tell a phone; `later`: it cannot be told yet, and is to be looked at again. */
export type News = boolean | "later";

/** How the hub computes a device's difference; given by the engine, so that the hub knows no keys and deltas. */
export interface Difference {
  hasNews(session: Session, folder: Folder): Promise<News>;
  /** The cursor up to which this device knows a collection. */
  cursor(session: Session, folder: Folder): Promise<string | undefined>;
  /**
   * Whether the folder list differs from what the device knows, or lacks a folder it waits for; `isMailSame`: but for
   * the folders of mail, which are as they were.
   */
  hierarchyMoved(session: Session, waiting: readonly Folder[], isMailSame: boolean): Promise<boolean>;
}

export interface WatchOptions {
  readonly user: string;
  readonly polling: Polling;
  readonly listings: Listings;
  readonly difference: Difference;
  readonly log: Log;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** A number in [0, 1): spreads the probes of many users. */
  readonly jitter: () => number;
  /** Seconds between two probes of an account at the least. */
  readonly pollEvery: number;
  /** The newest cursor anyone saw a collection at. */
  readonly cursor: (collection: string) => string | undefined;
  readonly onProbe: (requests: number) => void;
  /** The probe saw a collection move: other nodes need not wait for their next round. */
  readonly onMoved: (collection: string) => void;
  /** When the folder list was looked at for this device on this node, in milliseconds since 1970; 0: never. */
  readonly foldersSeen: (session: Session) => number;
  readonly onFoldersSeen: (session: Session) => void;
  readonly onIdle: () => void;
}

export interface Watch {
  readonly user: string;
  /** `freshAt` tells when a folder was last seen to be where the device is: no need to look again at once. */
  join(waiter: Waiter, freshAt: (folder: Folder) => Promise<number | undefined>): void;
  leave(waiter: Waiter): void;
  /** Looks, for everyone who waits for this collection, whether there is news for them. */
  check(collection: string): void;
  /** Looks, for everyone who waits, whether the folder list is still what they know. */
  checkFolders(): void;
  matching(hint: { readonly path?: string; readonly user?: string }): readonly string[];
  /** Ends what goes on although nobody waits. */
  close(): void;
}

/** A probe may take this share of the time: an interval is at least so many times as long as the probe took. */
const paceFactor = 50;
/** Milliseconds after which what was seen is looked at again when a wait begins. */
export const freshFor = 5_000;
/** Milliseconds between two looks at the folder list. */
const hierarchyEvery = 300_000;
/** Milliseconds; failures stretch the interval up to this. */
const longestInterval = 300_000;
/** Milliseconds for which a mail server is listened to although no phone waits: the next wait begins any moment. */
const lingerFor = 120_000;
/** Seconds a server can make us wait at the most. */
const longestPause = 3_600;

/** A mail server that tells by itself that something happened. */
interface Listening {
  readonly account: Account;
  readonly stop: Promise<() => void>;
  /** Milliseconds since 1970, as all times here; undefined until it has begun. */
  since?: number;
  /** When something happened last, by mailbox. */
  readonly heard: Map<string, number>;
}

interface Looking {
  /** Where something is to be looked for, and since when that is known. */
  readonly dirty: Map<Folder, number>;
  running: boolean;
}

export function createWatch(options: WatchOptions): Watch {
  const waiters = new Map<Waiter, Looking>();
  const tags = new Map<string, string>();
  /**
   * Collections that a look could not be taken at, or has to be taken at again, and since when: owed, whatever the next
   * probe says.
   */
  const owed = new Map<string, number>();
  let lastProbe = 0;
  let isFolderGone = false;
  let timer: NodeJS.Timeout | undefined;
  let interval = options.pollEvery * 1000;
  let listening: Listening | undefined;
  /** When the mail server told of other mailboxes than before. */
  let mailboxesMoved = 0;
  let lingering: NodeJS.Timeout | undefined;
  /** Collections that somebody waits for, or waited for lately. */
  const waitedFor = new Set<string>();

  function collections(): readonly string[] {
    const hrefs = [...waiters.keys()].flatMap(({ folders }) => folders.flatMap(({ href }) => href ?? []));
    return [...new Set(hrefs)];
  }

  function schedule(): void {
    clearTimeout(timer);
    if (waiters.size === 0) return;
    // Up to a fifth earlier, never later: the delay that users see is bounded by the configured interval.
    timer = setTimeout(() => void round(), interval * (1 - 0.2 * options.jitter()));
    timer.unref();
  }

  async function round(): Promise<void> {
    const prober = newest();
    if (!prober) return;
    // What the mail server tells by itself is not asked for, unless a look is owed.
    const own = collections().filter((href) => !listening || mailboxOf(href) === undefined || owed.has(href));
    try {
      if (own.length > 0) await poll(prober, own);
      await checkHierarchy(isFolderGone ? 0 : hierarchyEvery);
    } catch (error) {
      if (isRefusedLogin(error)) endAll(prober, { kind: "refused" });
      else interval = Math.max(Math.min(interval * 2, longestInterval), askedPause(error));
      options.log.warn({ user: options.user, error }, "the probe for changes failed");
      // The others may have better luck; while the backend is away for all, each tries in turn.
      await options.polling.leave().catch(() => {});
    } finally {
      // The last phone may have left meanwhile: a claim that nobody renews would keep the other nodes waiting.
      if (waiters.size === 0) void options.polling.leave().catch(() => {});
      schedule();
    }
  }

  async function poll(prober: Account, own: readonly string[]): Promise<void> {
    const part = await options.polling.begin(own, interval);
    const tags = part.leads ? await probe(prober, part.asked) : part.seen;
    for (const href of own) {
      const tag = tags.get(href);
      if (tag !== undefined) lookWhereDue(href, tag, part.leads);
      else if (part.leads) isFolderGone = true;
    }
  }

  async function probe(prober: Account, asked: readonly string[]): Promise<ReadonlyMap<string, string>> {
    const result = await prober.probe(asked, cursorsOf(asked));
    lastProbe = options.now();
    options.onProbe(result.requests);
    interval = Math.max(options.pollEvery * 1000, paceFactor * result.milliseconds);
    await options.polling.tell(result.tags);
    return result.tags;
  }

  /** The mail server tells itself that something happened; one listens for all of the user's phones. */
  function listen(account: Account): void {
    const { mail } = account;
    // Who listened with a login that nobody waits with any more makes room.
    if (listening && listening.account !== account && !isAwaited(listening.account)) stopListening();
    if (listening || !mail) return;
    const onRefused = (error: unknown) => {
      if (listening?.account === account) listening = undefined;
      if (isRefusedLogin(error)) endAll(account, { kind: "refused" });
    };
    const heard = new Map<string, number>();
    const onNews = (path: string) => {
      heard.set(path, options.now());
      // What is heard between two waits is news to the next.
      for (const collection of waitedFor) {
        if (mailboxOf(collection) !== path) continue;
        options.onMoved(collection);
        heardOf(collection);
      }
    };
    const onMailboxes = () => {
      mailboxesMoved = options.now();
      lookAtFolders();
    };
    const stop = mail.watch(onNews, { sweepEvery: options.pollEvery, onRefused, onMailboxes });
    const begun: Listening = { account, stop, heard };
    listening = begun;
    stop.then(
      () => {
        begun.since = options.now();
        // What came before it stood was told to nobody.
        if (listening !== begun) return;
        for (const collection of waitedFor) if (mailboxOf(collection) !== undefined) heardOf(collection);
        lookAtFolders();
      },
      (error: unknown) => {
        onRefused(error);
        options.log.warn({ user: options.user, error }, "the mail server could not be listened to: it is polled");
      },
    );
  }

  /** Looks whether there is news in a collection, past any answer of before. */
  function heardOf(collection: string, since = options.now()): void {
    options.listings.stale(options.user, collection);
    check(collection, since);
  }

  function isAwaited(account: Account): boolean {
    return [...waiters.keys()].some(({ session }) => session.account === account);
  }

  /** Whether the mail server would have told what happened in a mailbox since it was seen, and told nothing. */
  function isQuietSince(collection: string, at: number): boolean {
    const path = mailboxOf(collection);
    if (path === undefined || listening?.since === undefined) return false;
    // What was told while it was looked at may have come before or after.
    return Math.max(listening.since, listening.heard.get(path) ?? 0) + freshFor <= at;
  }

  function stopListening(): void {
    void listening?.stop.then((stop) => stop()).catch(() => {});
    listening = undefined;
  }

  function end(): void {
    clearTimeout(lingering);
    stopListening();
    options.onIdle();
  }

  function lookWhereDue(href: string, tag: string, tellOthers: boolean): void {
    const since = owed.get(href);
    if (!isLookDue(href, tag)) return;
    if (tellOthers) options.onMoved(href);
    heardOf(href, since);
  }

  /** A tag that is the newest cursor is no news: whoever was not there yet was told when it was first seen. */
  function isLookDue(href: string, tag: string): boolean {
    const moved = tags.get(href) !== tag && tag !== options.cursor(href);
    tags.set(href, tag);
    return owed.delete(href) || moved;
  }

  function cursorsOf(asked: readonly string[]): ReadonlyMap<string, string> {
    return new Map(
      asked.flatMap((href) => {
        const cursor = options.cursor(href);
        return cursor === undefined ? [] : [[href, cursor]];
      }),
    );
  }

  /** The newest verified login probes for everyone: it is the least likely to be revoked. */
  function newest(): Account | undefined {
    return [...waiters.keys()].at(-1)?.session.account;
  }

  function endAll(account: Account, wake: Wake): void {
    for (const waiter of [...waiters.keys()]) if (waiter.session.account === account) waiter.end(wake);
  }

  /** Looks at the folder list for the devices for which that was not done in so many milliseconds. */
  async function checkHierarchy(age: number): Promise<void> {
    for (const waiter of [...waiters.keys()]) {
      const seen = options.foldersSeen(waiter.session);
      if (options.now() - seen < age && seen >= mailboxesMoved) continue;
      const isMailSame = age > 0 && listening?.since !== undefined && Math.max(listening.since, mailboxesMoved) < seen;
      if (await options.difference.hierarchyMoved(waiter.session, waiter.folders, isMailSame))
        waiter.end({ kind: "hierarchy" });
      else options.onFoldersSeen(waiter.session);
    }
    isFolderGone = false;
  }

  function lookAtFolders(): void {
    checkHierarchy(0).catch((error: unknown) => {
      options.log.warn({ user: options.user, error }, "a look at the folder list failed; the phones wait on");
      isFolderGone = true;
    });
  }

  function check(collection: string, since = options.now()): void {
    for (const [waiter, looking] of waiters) {
      for (const folder of waiter.folders)
        if (folder.href === collection && !looking.dirty.has(folder)) looking.dirty.set(folder, since);
      void look(waiter, looking);
    }
  }

  function owe({ href }: Folder, since: number): void {
    if (href !== undefined && !owed.has(href)) owed.set(href, since);
  }

  /** One look at a time per waiter; what becomes dirty meanwhile is looked at before it ends. */
  async function look(waiter: Waiter, looking: Looking): Promise<void> {
    if (looking.running || looking.dirty.size === 0) return;
    looking.running = true;
    const news = new Map<FolderId, number>();
    let looked: readonly [Folder, number] | undefined;
    try {
      for (const [folder, since] of looking.dirty) {
        looked = [folder, since];
        looking.dirty.delete(folder);
        if (!waiters.has(waiter)) return;
        if (news.has(folder.id)) continue;
        const found = await options.difference.hasNews(waiter.session, folder);
        if (found === true) news.set(folder.id, since);
        else if (found === "later") owe(folder, since);
      }
      if (news.size > 0) waiter.end({ kind: "news", folders: [...news.keys()], since: Math.min(...news.values()) });
    } catch (error) {
      if (isRefusedLogin(error)) waiter.end({ kind: "refused" });
      else if (waiters.has(waiter)) {
        options.log.warn({ user: options.user, error }, "a look for changes failed; the phone waits on");
        // Nothing is missed because a server was away: the next probe that succeeds looks again.
        for (const [folder, since] of [...(looked ? [looked] : []), ...looking.dirty]) owe(folder, since);
        looking.dirty.clear();
      }
    } finally {
      looking.running = false;
    }
  }

  return {
    user: options.user,
    join(waiter, freshAt) {
      const looking: Looking = { dirty: new Map(), running: false };
      clearTimeout(lingering);
      waiters.set(waiter, looking);
      for (const { href } of waiter.folders) if (href !== undefined) waitedFor.add(href);
      if (waiters.size === 1) schedule();
      if (waiter.folders.some(({ className, href }) => className === "Email" && href !== undefined))
        listen(waiter.session.account);
      const seen = options.foldersSeen(waiter.session);
      if (seen > 0 && seen < mailboxesMoved) lookAtFolders();
      void (async () => {
        for (const folder of waiter.folders) {
          if (folder.href === undefined) continue;
          const at = await freshAt(folder);
          const isFresh = at !== undefined && at >= lastProbe && options.now() - at < freshFor;
          const isQuiet = at !== undefined && isQuietSince(folder.href, at);
          if (!isFresh && !isQuiet) looking.dirty.set(folder, options.now());
        }
        await look(waiter, looking);
      })().catch((error: unknown) => {
        options.log.error({ user: options.user, error }, "a wait could not begin");
        waiter.end({ kind: "expired" });
      });
    },
    leave(waiter) {
      waiters.delete(waiter);
      if (waiters.size > 0) {
        if (listening && !isAwaited(listening.account)) stopListening();
        return;
      }
      clearTimeout(timer);
      void options.polling.leave().catch(() => {});
      if (!listening) {
        options.onIdle();
        return;
      }
      lingering = setTimeout(end, lingerFor);
      lingering.unref();
    },
    check,
    checkFolders: lookAtFolders,
    close: end,
    matching: (hint) => collections().filter((href) => matches(options.user, href, hint)),
  };
}

/** Milliseconds: what the server asked for (Retry-After), and as much more as a round may come too early. */
function askedPause(error: unknown): number {
  const seconds = error instanceof BackendError ? (error.retryAfter ?? 0) : 0;
  return Math.min(seconds, longestPause) * 1000 * 1.25;
}

/** Whether a failed look means that the login is refused now, rather than that the server is away. */
function isRefusedLogin(error: unknown): boolean {
  return error instanceof BackendError && error.kind === "auth";
}

/** Whether a change hint is about this user's collection: its path, an item's, a parent's, or the user's name. */
export function matches(
  user: string,
  collection: string,
  hint: { readonly path?: string; readonly user?: string },
): boolean {
  if (hint.path === undefined && hint.user === undefined) return true;
  const { path } = hint;
  if (path !== undefined)
    return membersOf(collection).some((member) => path.startsWith(member) || member.startsWith(withSlash(path)));
  const name = hint.user ?? "";
  return name !== "" && (user === name || user.split("/").includes(name));
}

function withSlash(path: string): string {
  return path.endsWith("/") ? path : `${path}/`;
}
