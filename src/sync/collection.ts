/**
 * One collection of a Sync request, from the key the phone sends to the key it gets: everything the phone is told is
 * committed before it is told.
 */
import { BackendError, EasError } from "../errors.ts";
import { windowOctets, windowSize } from "../schema/limits.ts";
import { brakeFired, settle } from "./brakes.ts";
import type { Command } from "./command.ts";
import { amendPending, commitTurn, noteRepetition, restart } from "./commit.ts";
import { type Change, defer, fillWindow, prefetchNext, repeatWindow, type Window } from "./download.ts";
import { extentOf } from "./folder-types.ts";
import { initialKey, type ServerId, type SyncKey } from "./ids.ts";
import { listDifferences, listRefiltered } from "./listing.ts";
import { type CommandResult, defaultOptions, type Folder, type Head, marksOf, type StickyOptions } from "./records.ts";
import type { Session } from "./session.ts";
import {
  confirmedTurn,
  type PendingEntry,
  type Reservation,
  type Stored,
  type Turn,
  voidingTurn,
  withStored,
} from "./turn.ts";
import { type Uploaded, upload } from "./upload.ts";
import type { News } from "./watch.ts";

export interface CollectionRequest {
  readonly folder: Folder;
  readonly key: string;
  /** Tells this request from another one under the same key. */
  readonly fingerprint: string;
  readonly getChanges: boolean;
  readonly windowSize: number;
  /** Undefined: the sticky ones stay (MS-ASCMD_R3597). */
  readonly options: StickyOptions | undefined;
  readonly supported: readonly string[] | undefined;
  readonly commands: readonly Command[];
  /** Items that the device has shown it cannot take: left out until they change, or the next full comparison. */
  readonly setAside?: ReadonlySet<ServerId>;
  /** Octets left in the whole answer. */
  readonly octets: number;
  /** The request waited: a newer one of the device, on whatever node, may have come before it. */
  readonly waited: boolean;
}

export interface CollectionAnswer {
  readonly status: number;
  /** Undefined with Status 3: the phone begins again at 0. */
  readonly key?: SyncKey;
  readonly changes: readonly Change[];
  readonly results: readonly CommandResult[];
  readonly more: boolean;
  /** False when there is nothing to say: the collection may be left out, and a waiting Sync waits. */
  readonly answered: boolean;
  /** A newer request of the device moved the collection on while this one waited: there is nothing left to say. */
  readonly overtaken?: true;
  readonly octets: number;
}

const invalidKey: CollectionAnswer = { status: 3, changes: [], results: [], more: false, answered: true, octets: 0 };

const overtaken: CollectionAnswer = { ...invalidKey, status: 1, answered: false, overtaken: true };

/**
 * Syncs one collection.
 * @throws BackendError when the backend cannot answer (Status 16, or 401 for `auth`); the phone's key stays valid.
 * @throws EasError 4 for a FilterType that the class does not have, 5 when another request holds the collection.
 */
export async function syncCollection(
  session: Session,
  request: CollectionRequest,
  reservation?: Reservation,
): Promise<CollectionAnswer> {
  const { folder } = request;
  const filters = session.services.mappings.get(folder.className)?.filters;
  if (request.options && filters && !filters.has(request.options.filterType))
    throw new EasError(4, `FilterType ${request.options.filterType} for a collection of class ${folder.className}`);
  const turn = async (stored: Stored): Promise<CollectionAnswer> => {
    if (request.key === initialKey) return begin(session, request, stored);
    const { head } = stored;
    if (head && request.key === head.key) return advance(confirmedTurn(session, folder, stored, head), request, false);
    if (head && request.key === head.previous) {
      if (head.pending?.fingerprint === request.fingerprint)
        return repeat(session, request, stored, head, head.pending);
      if (request.waited) return overtaken;
      return advance(voidingTurn(session, folder, stored, head), request, true);
    }
    return request.waited ? overtaken : invalidKey;
  };
  return withStored(session, folder, turn, reservation);
}

/**
 * Whether a phone that waits would be told something now. What it need not be told (its own writes, items outside its
 * filter, items that cannot be mapped) is noted meanwhile, and its key stays: such a change wakes it never.
 */
export async function hasNews(session: Session, folder: Folder): Promise<News> {
  if (folder.href === undefined) return false;
  return withStored(session, folder, async (stored) => {
    const { head } = stored;
    // Never synced: the phone has everything to learn, but a Ping for such a folder must not spin.
    if (!head) return false;
    const turn: Turn = { ...confirmedTurn(session, folder, stored, head), shared: true };
    if (turn.position.backlog || turn.position.cursor === undefined) return true;
    // A flag alone wakes nobody (MS-ASCMD_R5641).
    const strict = session.services.settings.wakeOn === "added" || folder.className === "Email";
    const window = await fillWindow(turn, {
      options: head.options,
      size: strict ? windowSize.largest : 1,
      octets: windowOctets,
      overlay: new Map(),
      revert: [],
    });
    const news = strict ? window.changes.some(({ kind }) => kind === "add") : window.changes.length > 0;
    if (!news && window.changes.length === 0) await noteSilently(turn, stored, window);
    if (news || window.more) return true;
    return window.marks.doubted === undefined ? false : "later";
  });
}

/** How many changes a Sync would bring, without moving anything (MS-ASCMD_R4591); undefined for a key that is not ours. */
export async function estimate(session: Session, folder: Folder, key: string): Promise<number | undefined> {
  return withStored(session, folder, async (stored) => {
    const { head } = stored;
    if (!head || (key !== head.key && key !== head.previous)) return undefined;
    if (folder.href === undefined) return 0;
    const turn =
      key === head.key ? confirmedTurn(session, folder, stored, head) : voidingTurn(session, folder, stored, head);
    const { backlog } = turn.position;
    if (backlog) return backlog.length - backlog.at;
    const first = turn.position.cursor === undefined;
    const listing = await listDifferences(turn, new Map());
    if (!listing) return 0;
    // The listing is kept for the Sync that follows: it costs most of that Sync's time.
    if (first) {
      const extent = extentOf(folder, head.options, session.services.now());
      session.services.listings.keep(session.account, extent, listing.changes);
    }
    return listing.listed.length + (await listRefiltered(turn, head.options, new Map())).length;
  });
}

async function begin(session: Session, request: CollectionRequest, stored: Stored): Promise<CollectionAnswer> {
  const { folder } = request;
  const options = request.options ?? defaultOptions;
  const key = await restart(session, folder, stored, {
    options,
    ...(request.supported ? { supported: request.supported } : {}),
  });
  if (folder.href !== undefined) {
    const extent = extentOf(folder, options, session.services.now());
    session.services.listings.begin(session.account, extent);
  }
  return { status: 1, key, changes: [], results: [], more: false, answered: true, octets: 0 };
}

async function advance(start: Turn, request: CollectionRequest, voids: boolean): Promise<CollectionAnswer> {
  const options = request.options ?? start.head.options;
  const turn: Turn = { ...start, head: { ...start.head, options } };
  const uploaded = await uploadAll(turn, request.commands);
  const window = await download(uploaded, request, options);
  const answered = voids || uploaded.results.length > 0 || window.changes.length > 0 || window.more;
  const key = await commitTurn({
    turn: uploaded.turn,
    options,
    marks: window.marks,
    position: window.position,
    entries: mergeEntries(uploaded.entries, window.entries),
    replaced: replacedEntries(uploaded.entries, window.entries),
    results: uploaded.results,
    more: window.more,
    fingerprint: request.fingerprint,
    records: window.records,
    answered,
  });
  if (window.more) void prefetchNext(turn, window.position, request.windowSize).catch(() => {});
  if (uploaded.entries.length > 0) turn.session.services.hub.wrote(turn.session, request.folder);
  return {
    status: 1,
    key,
    changes: window.changes,
    results: uploaded.results,
    more: window.more,
    answered,
    octets: window.octets,
  };
}

/**
 * The answer was lost: the same again, under the same key. A phone that never gets over it chokes on something in it:
 * it is sent less at once, until it is known on what.
 */
async function repeat(
  session: Session,
  request: CollectionRequest,
  stored: Stored,
  head: Head,
  told: NonNullable<Head["pending"]>,
): Promise<CollectionAnswer> {
  const { pending } = stored;
  const turn = voidingTurn(session, request.folder, stored, head);
  const shown = pending.entries.filter(([, , sent]) => sent === "add" || sent === "change");
  const now = Math.floor(session.services.now() / 1000);
  const { times, since } = { times: (told.repeated?.times ?? 0) + 1, since: told.repeated?.since ?? now };
  const step = session.services.settings.brakes.loops ? settle(times, now - since, shown.length) : "again";
  if (step === "less") return advance(turn, { ...request, windowSize: Math.ceil(shown.length / 4) }, true);
  if (step === "set aside") {
    const items = shown.map(([id, entry]) => ({ id, href: entry?.href }));
    brakeFired(session, "loops", { folder: request.folder.id, times, items }, "the phone chokes on an item: set aside");
    return advance(turn, { ...request, setAside: new Set(shown.map(([id]) => id)) }, true);
  }
  await noteRepetition({ ...turn, head: { ...head, pending: { ...told, repeated: { times, since } } } });
  const changes = request.folder.href === undefined ? [] : await repeatWindow(turn, pending.entries);
  const octets = changes.reduce((sum, { data }) => sum + (data?.length ?? 0), 0);
  return {
    status: 1,
    key: head.key,
    changes,
    results: pending.results,
    more: told.more,
    answered: true,
    octets,
  };
}

async function uploadAll(turn: Turn, commands: readonly Command[]): Promise<Uploaded> {
  if (commands.length === 0) return { turn, results: [], entries: [], revert: [] };
  const uploaded = await upload(turn, commands);
  if (uploaded.entries.length > 0) turn.session.services.listings.wrote(turn.session.account, turn.folder.href ?? "");
  // From here on the answer is worth finishing even if the phone has hung up: its repetition will find the results.
  const session = { ...turn.session, signal: new AbortController().signal };
  return { ...uploaded, turn: { ...uploaded.turn, session } };
}

/** The server's changes; when they cannot be had, the results of what was executed are still told. */
async function download(uploaded: Uploaded, request: CollectionRequest, options: StickyOptions): Promise<Window> {
  const { turn, revert } = uploaded;
  const idle = { changes: [], entries: [], marks: marksOf(turn.head), octets: 0 };
  const quiet = async (): Promise<Window> => {
    const later = await defer(turn, revert, turn.position);
    return { ...idle, ...later, more: later.position.backlog !== undefined && request.getChanges };
  };
  if (!request.getChanges || request.folder.href === undefined) return quiet();
  try {
    return await fillWindow(turn, {
      options,
      size: request.windowSize,
      octets: request.octets,
      setAside: request.setAside,
      overlay: new Map(uploaded.entries.map(([id, entry]) => [id, entry])),
      revert,
    });
  } catch (error) {
    if (!(error instanceof BackendError) || error.kind === "auth" || uploaded.results.length === 0) throw error;
    turn.session.log.warn({ folder: request.folder.id, error }, "the server's changes could not be read");
    return { ...(await quiet()), more: false };
  }
}

/** Writes what a look for news learned, without touching what the phone has yet to confirm. */
async function noteSilently(turn: Turn, stored: Stored, window: Window): Promise<void> {
  const { head } = turn;
  if (!head.pending) {
    await commitTurn({
      ...window,
      turn,
      options: head.options,
      results: [],
      replaced: [],
      fingerprint: "",
      answered: false,
    });
    return;
  }
  await amendPending(turn, stored.pending, window);
}

/** Those that a later entry of their item stands for, and that a repetition of their command has to go out from. */
function replacedEntries(own: readonly PendingEntry[], told: readonly PendingEntry[]): readonly PendingEntry[] {
  const ids = new Set(told.map(([id]) => id));
  return own.filter(([id, entry]) => entry !== null && ids.has(id));
}

/** Later entries of one item stand for the earlier ones. */
function mergeEntries(...lists: readonly (readonly PendingEntry[])[]): readonly PendingEntry[] {
  const merged = new Map<ServerId, PendingEntry>();
  for (const list of lists) {
    for (const entry of list) {
      merged.delete(entry[0]);
      merged.set(entry[0], entry);
    }
  }
  return [...merged.values()];
}
