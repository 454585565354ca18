/**
 * One turn of one collection: the lease, the records as they were when it was granted, and what a commit will write.
 * The phone's key decides which base the turn works from (design.md §5): the newest key confirms the pending delta,
 * the key before it repeats or voids it, any other is refused.
 */
import { EasError } from "../errors.ts";
import type { Commit, Lease } from "../state/state.ts";
import { nextKey, type ServerId, type SyncKey } from "./ids.ts";
import {
  type Backlog,
  type BaseEntry,
  type CommandResult,
  decodeRecord,
  encodeRecord,
  type Folder,
  type Head,
  type Intent,
  keys,
  type Listed,
  type Pending,
  type Position,
  type Sent,
} from "./records.ts";
import type { Session } from "./session.ts";

/** Milliseconds a dead process blocks a collection for; renewed while the work goes on. */
const leaseTime = 30_000;
/** Milliseconds a request waits for an earlier request of the same device on the same collection. */
const leaseWait = 60_000;
/** Listed changes per stored chunk of a backlog: a window reads one or two of them. */
const chunkSize = 512;
/** Intents are remembered for a day, and not more of them than one request may carry. */
const intentAge = 86_400;
const maxIntents = 200;

export type PendingEntry = readonly [ServerId, BaseEntry | null, Sent];

/** The state a turn starts from, before the phone's key was looked at. */
export interface Stored {
  readonly lease: Lease;
  readonly head: Head | undefined;
  readonly pending: Pending;
}

export interface Turn {
  readonly session: Session;
  readonly folder: Folder;
  readonly lease: Lease;
  readonly head: Head;
  /** The key the phone holds. */
  readonly phoneKey: SyncKey;
  /** Commands whose results the phone has confirmed by holding the newest key. */
  readonly settled: ReadonlySet<string>;
  /** The phone knows these on top of the stored base: what it just confirmed. */
  readonly confirmed: ReadonlyMap<ServerId, BaseEntry | null>;
  /** Results of commands that were executed under a key the phone never saw, and what they left in the base. */
  readonly voided: Pending;
  /** Where the phone stands. */
  readonly position: Position;
  /** A look on behalf of a waiting phone: one answer of the backend serves all of the user's phones. */
  readonly shared?: boolean;
}

const nothingPending: Pending = { entries: [], results: [] };

/**
 * Takes the collection's lease and reads its head.
 * @throws EasError 5 when another request of the device holds it for too long.
 */
export async function openStored(session: Session, folder: Folder): Promise<Stored> {
  const { state, fault } = session.services;
  const names = [keys.head(folder.id), keys.pending(folder.id)];
  const lease = await state.lease(session.scope, leaseName(folder), {
    ttl: leaseTime,
    wait: leaseWait,
    read: names,
    signal: session.signal,
  });
  if (!lease) throw new EasError(5, `collection ${folder.id} is busy with another request of this device`);
  fault("lease");
  return {
    lease,
    head: decodeRecord<Head>(lease.values.get(keys.head(folder.id))),
    pending: decodeRecord<Pending>(lease.values.get(keys.pending(folder.id))) ?? nothingPending,
  };
}

/** Runs `work` under the collection's lease, which is renewed meanwhile and given back in the end. */
export async function withStored<T>(
  session: Session,
  folder: Folder,
  work: (stored: Stored) => Promise<T>,
): Promise<T> {
  const stored = await openStored(session, folder);
  const { state } = session.services;
  const timer = setInterval(() => void state.renew(stored.lease, leaseTime).catch(() => {}), leaseTime / 3);
  try {
    return await work(stored);
  } finally {
    clearInterval(timer);
    await state.release(stored.lease);
  }
}

/** The turn of a phone that holds the newest key: the pending delta is confirmed. */
export function confirmedTurn(session: Session, folder: Folder, stored: Stored, head: Head): Turn {
  return {
    session,
    folder,
    lease: stored.lease,
    head,
    phoneKey: head.key,
    settled: new Set(
      stored.pending.results.flatMap((result) =>
        isOpen(result) ? [] : [result.command, result.repeats ?? result.command],
      ),
    ),
    confirmed: new Map(stored.pending.entries.map(([id, entry]) => [id, entry])),
    voided: nothingPending,
    position: positionOf(head.pending ?? head),
  };
}

/**
 * An Add that came to nothing as far as we know, and that the phone will send again (Status 5): the backend may have
 * stored it before the connection broke, so its intent stays.
 */
function isOpen({ kind, status }: CommandResult): boolean {
  return kind === "Add" && status === 5;
}

/** The turn of a phone that never saw the newest key and asks for something else now: the delta is void. */
export function voidingTurn(session: Session, folder: Folder, stored: Stored, head: Head): Turn {
  return {
    session,
    folder,
    lease: stored.lease,
    head,
    phoneKey: head.previous ?? head.key,
    settled: new Set(),
    confirmed: new Map(),
    voided: stored.pending,
    position: positionOf(head),
  };
}

/** What the phone knows of these ids; absent where it knows nothing. */
export async function knownEntries(turn: Turn, ids: readonly ServerId[]): Promise<Map<ServerId, BaseEntry>> {
  const found = new Map<ServerId, BaseEntry>();
  const asked = new Map<string, ServerId>();
  for (const id of ids) {
    const entry = turn.confirmed.get(id);
    if (entry) found.set(id, entry);
    else if (entry === undefined) asked.set(keys.base(turn.folder.id, id), id);
  }
  const values = await turn.session.services.state.read(turn.session.scope, [...asked.keys()]);
  for (const [key, value] of values) {
    const id = asked.get(key);
    const entry = decodeRecord<BaseEntry>(value);
    if (id && entry) found.set(id, entry);
  }
  return found;
}

/** Everything the phone knows in this collection: costs a walk over the base. */
export async function allKnown(turn: Turn): Promise<Map<ServerId, BaseEntry>> {
  const found = new Map<ServerId, BaseEntry>();
  const prefix = keys.base(turn.folder.id, "");
  for await (const [key, value] of turn.session.services.state.scan(turn.session.scope, prefix)) {
    const entry = decodeRecord<BaseEntry>(value);
    if (entry) found.set(key.slice(prefix.length) as ServerId, entry);
  }
  for (const [id, entry] of turn.confirmed) {
    if (entry) found.set(id, entry);
    else found.delete(id);
  }
  return found;
}

/** Reads the unsent part of a backlog, `count` entries at most. */
export async function readBacklog(turn: Turn, backlog: Backlog, count: number): Promise<readonly Listed[]> {
  const first = Math.floor(backlog.at / chunkSize);
  const end = Math.min(backlog.length, backlog.at + count);
  const names: string[] = [];
  for (let chunk = first; chunk * chunkSize < end; chunk += 1)
    names.push(keys.chunk(turn.folder.id, backlog.list, chunk));
  const values = await turn.session.services.state.read(turn.session.scope, names);
  const listed = names.flatMap((name) => {
    const chunk = decodeRecord<{ listed: readonly Listed[] }>(values.get(name));
    if (!chunk) throw new Error(`the backlog of ${turn.folder.id} misses ${name}`);
    return chunk.listed;
  });
  return listed.slice(backlog.at - first * chunkSize, end - first * chunkSize);
}

/** A backlog of these changes, and its records. */
export function newBacklog(turn: Turn, listed: readonly Listed[]): { backlog: Backlog; records: Map<string, string> } {
  const list = Buffer.from(turn.session.services.random(6)).toString("hex");
  const records = new Map<string, string>();
  for (let at = 0; at < listed.length; at += chunkSize) {
    records.set(
      keys.chunk(turn.folder.id, list, at / chunkSize),
      encodeRecord({ listed: listed.slice(at, at + chunkSize) }),
    );
  }
  return { backlog: { list, at: 0, length: listed.length }, records };
}

/** What a turn ends with. */
export interface Ending {
  readonly turn: Turn;
  readonly options: Head["options"];
  readonly filtered: Head["filtered"];
  readonly compared: Head["compared"];
  readonly position: Position;
  readonly entries: readonly PendingEntry[];
  readonly results: readonly CommandResult[];
  readonly more: boolean;
  readonly fingerprint: string;
  /** A new backlog's chunks. */
  readonly records: ReadonlyMap<string, string>;
  /** False when the phone is told nothing: what was learned is written, and its key stays. */
  readonly answered: boolean;
}

/** Commits a turn in one step, under its lease. @throws EasError 5 when the lease was lost: nothing was written. */
export async function commitTurn(ending: Ending): Promise<SyncKey> {
  const { turn } = ending;
  const { session, folder } = turn;
  const put = new Map(ending.records);
  const remove: string[] = [];
  for (const [id, entry] of turn.confirmed) writeBase(folder, id, entry, put, remove);

  const { previous: _previous, pending: _pending, cursor: _cursor, backlog: _backlog, ...kept } = turn.head;
  const intents = unsettledIntents(turn);
  const common = {
    ...kept,
    options: ending.options,
    ...(ending.filtered ? { filtered: ending.filtered } : {}),
    ...(ending.compared === undefined ? {} : { compared: ending.compared }),
    intents,
  };
  let head: Head;
  if (ending.answered) {
    const count = turn.head.count + 1;
    head = {
      ...common,
      count,
      previous: turn.phoneKey,
      key: nextKey(count, session.services.random),
      ...turn.position,
      pending: { ...ending.position, fingerprint: ending.fingerprint, more: ending.more },
    };
    put.set(
      keys.pending(folder.id),
      encodeRecord({ entries: ending.entries, results: ending.results } satisfies Pending),
    );
  } else {
    head = { ...common, ...ending.position };
    for (const [id, entry] of ending.entries) writeBase(folder, id, entry, put, remove);
    if (turn.confirmed.size > 0 || turn.head.pending) remove.push(keys.pending(folder.id));
  }
  const text = encodeRecord(head);
  if (text === turn.lease.values.get(keys.head(folder.id)) && put.size === 0 && remove.length === 0) return head.key;
  put.set(keys.head(folder.id), text);
  session.services.fault("before-commit");
  await commitOrFail(turn, {
    put,
    remove,
    removePrefix: staleBacklogs(turn, head),
    durable: ending.results.length > 0,
  });
  session.services.fault("commit");
  return head.key;
}

/** Adds what is to be known silently to a delta that the phone has yet to confirm, and moves its position. */
export async function amendPending(
  turn: Turn,
  pending: Pending,
  seen: Pick<Ending, "position" | "filtered" | "compared" | "entries" | "records">,
): Promise<void> {
  const { head, folder } = turn;
  if (!head.pending) return;
  const { cursor: _cursor, backlog: _backlog, ...kept } = head.pending;
  const amended: Head = {
    ...head,
    ...(seen.filtered ? { filtered: seen.filtered } : {}),
    ...(seen.compared === undefined ? {} : { compared: seen.compared }),
    pending: { ...kept, ...seen.position },
  };
  const text = encodeRecord(amended);
  const put = new Map(seen.records);
  if (seen.entries.length > 0) {
    const replaced = new Set(seen.entries.map(([id]) => id));
    const entries = [...pending.entries.filter(([id]) => !replaced.has(id)), ...seen.entries];
    put.set(keys.pending(folder.id), encodeRecord({ ...pending, entries }));
  }
  if (text !== turn.lease.values.get(keys.head(folder.id))) put.set(keys.head(folder.id), text);
  if (put.size > 0) await commitOrFail(turn, { put });
}

/** Commits what is about to be done, before it is done. */
export async function commitIntents(turn: Turn, intents: readonly Intent[]): Promise<Turn> {
  const head: Head = { ...turn.head, intents: [...(turn.head.intents ?? []), ...intents].slice(-maxIntents * 2) };
  await commitOrFail(turn, { put: new Map([[keys.head(turn.folder.id), encodeRecord(head)]]), durable: true });
  turn.session.services.fault("intent");
  return { ...turn, head };
}

/** Starts a collection over under a new key. What was begun and never confirmed is still recognised when it comes again. */
export async function restart(
  session: Session,
  folder: Folder,
  stored: Stored,
  start: Pick<Head, "options" | "supported">,
): Promise<SyncKey> {
  const count = (stored.head?.count ?? 0) + 1;
  const head: Head = {
    className: folder.className,
    count,
    key: nextKey(count, session.services.random),
    options: start.options,
    ...(start.supported ? { supported: start.supported } : {}),
    intents: recentIntents(session, stored.head?.intents ?? []),
  };
  const outcome = await session.services.state.commit(session.scope, {
    leases: [stored.lease],
    removePrefix: [keys.base(folder.id, ""), `backlog/${folder.id}/`],
    remove: [keys.pending(folder.id)],
    put: new Map([[keys.head(folder.id), encodeRecord(head)]]),
  });
  if (outcome !== "done") throw new EasError(5, `collection ${folder.id}: the lease was lost (${outcome})`);
  return head.key;
}

async function commitOrFail(turn: Turn, commit: Commit): Promise<void> {
  const outcome = await turn.session.services.state.commit(turn.session.scope, { ...commit, leases: [turn.lease] });
  if (outcome !== "done") throw new EasError(5, `collection ${turn.folder.id}: the lease was lost (${outcome})`);
}

function positionOf(position: Position): Position {
  return {
    ...(position.cursor === undefined ? {} : { cursor: position.cursor }),
    ...(position.backlog === undefined ? {} : { backlog: position.backlog }),
  };
}

function writeBase(
  folder: Folder,
  id: ServerId,
  entry: BaseEntry | null,
  put: Map<string, string>,
  remove: string[],
): void {
  const key = keys.base(folder.id, id);
  if (entry) put.set(key, encodeRecord(entry));
  else {
    put.delete(key);
    remove.push(key);
  }
}

/** Backlogs that neither the confirmed nor the pending position needs any more. */
function staleBacklogs(turn: Turn, head: Head): string[] {
  const needed = new Set([head.backlog?.list, head.pending?.backlog?.list]);
  const before = [turn.head.backlog?.list, turn.head.pending?.backlog?.list];
  return [...new Set(before)].flatMap((list) =>
    list === undefined || needed.has(list) ? [] : [`${keys.backlog(turn.folder.id, list)}/`],
  );
}

/** What was begun and not confirmed yet; a phone may still send it again, under another key if it starts over. */
export function unsettledIntents(turn: Turn): readonly Intent[] {
  return recentIntents(
    turn.session,
    (turn.head.intents ?? []).filter(({ command }) => !turn.settled.has(command)),
  );
}

function recentIntents(session: Session, intents: readonly Intent[]): readonly Intent[] {
  const oldest = session.services.now() / 1000 - intentAge;
  return intents.filter(({ at }) => at > oldest).slice(-maxIntents);
}

function leaseName(folder: Folder): string {
  return `collection/${folder.id}`;
}
