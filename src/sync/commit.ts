/** How a turn ends: everything it learned and did in one atomic step, under its lease. */
import { EasError } from "../errors.ts";
import { syncOperations } from "../schema/limits.ts";
import type { Commit } from "../state/state.ts";
import { nextKey, type ServerId, type SyncKey } from "./ids.ts";
import {
  type BaseEntry,
  type CommandResult,
  encodeRecord,
  type Folder,
  type Head,
  type Intent,
  keys,
  type Marks,
  type Pending,
  type Position,
} from "./records.ts";
import type { Session } from "./session.ts";
import type { PendingEntry, Stored, Turn } from "./turn.ts";

/** Intents are remembered for a day, and not more of them than two requests may carry. */
const intentAge = 86_400;
const maxIntents = 2 * syncOperations;

/** What a turn ends with. */
export interface Ending {
  readonly turn: Turn;
  readonly options: Head["options"];
  readonly marks: Marks;
  readonly position: Position;
  readonly entries: readonly PendingEntry[];
  /** As in `Pending`. */
  readonly replaced: readonly PendingEntry[];
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
  const notes = await turn.notebook.write();
  const put = new Map([...ending.records, ...notes.put]);
  const remove: string[] = [...notes.remove];
  for (const [id, entry] of turn.confirmed) writeBase(folder, id, entry, put, remove);

  const {
    previous: _previous,
    pending: _pending,
    cursor: _cursor,
    backlog: _backlog,
    troubled: _troubled,
    ...kept
  } = turn.head;
  const intents = unsettledIntents(turn);
  const common = {
    ...kept,
    options: ending.options,
    ...ending.marks,
    intents,
    ...(notes.isTroubled ? { troubled: true as const } : {}),
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
      pending: {
        ...ending.position,
        fingerprint: ending.fingerprint,
        more: ending.more,
        filteredBefore: turn.head.filtered,
      },
    };
    const { entries, results, replaced } = ending;
    const pending: Pending = { entries, results, ...(replaced.length > 0 ? { replaced } : {}) };
    put.set(keys.pending(folder.id), encodeRecord(pending));
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
    release: true,
  });
  turn.tenure.ended();
  session.services.fault("commit");
  return head.key;
}

/** Adds what is to be known silently to a delta that the phone has yet to confirm, and moves its position. */
export async function amendPending(
  turn: Turn,
  pending: Pending,
  seen: Pick<Ending, "position" | "marks" | "entries" | "records">,
): Promise<void> {
  const { folder } = turn;
  const { troubled: _troubled, ...head } = turn.head;
  if (!head.pending) return;
  const notes = await turn.notebook.write();
  const { cursor: _cursor, backlog: _backlog, ...kept } = head.pending;
  const amended: Head = {
    ...head,
    ...seen.marks,
    ...(notes.isTroubled ? { troubled: true as const } : {}),
    pending: { ...kept, ...seen.position },
  };
  const text = encodeRecord(amended);
  const put = new Map([...seen.records, ...notes.put]);
  if (seen.entries.length > 0) {
    const replaced = new Set(seen.entries.map(([id]) => id));
    const entries = [...pending.entries.filter(([id]) => !replaced.has(id)), ...seen.entries];
    put.set(keys.pending(folder.id), encodeRecord({ ...pending, entries }));
  }
  if (text !== turn.lease.values.get(keys.head(folder.id))) put.set(keys.head(folder.id), text);
  if (put.size > 0) await commitOrFail(turn, { put, remove: notes.remove });
}

/** Writes down that an answer was asked for again. */
export async function noteRepetition(turn: Turn): Promise<void> {
  await commitOrFail(turn, { put: new Map([[keys.head(turn.folder.id), encodeRecord(turn.head)]]) });
}

/** Commits what is about to be done, before it is done. */
export async function commitIntents(turn: Turn, intents: readonly Intent[]): Promise<Turn> {
  const head: Head = {
    ...turn.head,
    intents: recentIntents(turn.session, [...(turn.head.intents ?? []), ...intents]),
  };
  const stored = encodeRecord(head);
  await commitOrFail(turn, { put: new Map([[keys.head(turn.folder.id), stored]]), durable: true });
  turn.session.services.fault("intent");
  return { ...turn, head, stored };
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
    expect: new Map([[keys.head(folder.id), stored.lease.values.get(keys.head(folder.id))]]),
    removePrefix: [keys.base(folder.id, ""), `backlog/${folder.id}/`],
    remove: [keys.pending(folder.id), keys.troubles(folder.id)],
    put: new Map([[keys.head(folder.id), encodeRecord(head)]]),
  });
  if (outcome !== "done") throw new EasError(5, `collection ${folder.id}: the lease was lost (${outcome})`);
  return head.key;
}

async function commitOrFail(turn: Turn, commit: Commit): Promise<void> {
  const { session, folder, lease, stored } = turn;
  const expect = new Map([[keys.head(folder.id), stored]]);
  const outcome = await session.services.state.commit(session.scope, { ...commit, leases: [lease], expect });
  if (outcome !== "done") throw new EasError(5, `collection ${folder.id}: the lease was lost (${outcome})`);
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
  // What an edit was about to store, it did not, where the next attempt planned anew: one that is cut short again and
  // again must not crowd out the rest.
  const last = new Map(intents.map((intent) => [attemptKey(intent), intent]));
  return intents.filter((intent) => intent.at > oldest && last.get(attemptKey(intent)) === intent).slice(-maxIntents);
}

/** The same for the attempts of one command at one item, as far as they planned. */
function attemptKey({ command, href, text }: Intent): string {
  return JSON.stringify([command, href, text === undefined]);
}
