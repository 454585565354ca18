/**
 * One turn of one collection: the lease, and the records as they were when it was granted. The phone's key decides
 * which base the turn works from: the newest key confirms the pending delta,
 * the key before it repeats or voids it, any other is refused.
 */
import { EasError } from "../errors.ts";
import type { Lease } from "../state/state.ts";
import type { FolderId, ServerId, SyncKey } from "./ids.ts";
import { placed } from "./known.ts";
import {
  type BaseEntry,
  type CommandResult,
  decodeRecord,
  type Folder,
  type Head,
  keys,
  type Pending,
  type Position,
  type Sent,
} from "./records.ts";
import type { Session } from "./session.ts";
import { createNotebook, type Notebook } from "./troubles/notebook.ts";

/** Milliseconds a request waits for an earlier request of the same device on the same collection. */
const leaseWait = 60_000;

/** How long a turn has its lease. */
export interface Tenure {
  /**
   * Asked before each write to the backend, which knows no fences: a process that was stopped and woken must not write
   * what another node has done meanwhile. @throws EasError 5 when the lease is another's by now.
   */
  confirm(): Promise<void>;
  /** The turn's last commit gave the lease back. */
  ended(): void;
}

/** A lease asked for in one step with what a request reads first, before it is known whether it will be needed. */
export interface Reservation {
  /** The lease, if it is this folder's and was free. To be asked for once. */
  take(folder: Folder): Promise<Lease | undefined>;
  /** Gives back what was not taken. */
  drop(): void;
}

export type PendingEntry = readonly [ServerId, BaseEntry | null, Sent];

/** The state a turn starts from, before the phone's key was looked at. */
export interface Stored {
  readonly lease: Lease;
  readonly tenure: Tenure;
  readonly head: Head | undefined;
  readonly pending: Pending;
}

export interface Turn {
  readonly session: Session;
  readonly folder: Folder;
  readonly lease: Lease;
  readonly tenure: Tenure;
  readonly head: Head;
  /** The head as it stands in the store: who finds another one there must not write over it (start-over.ts). */
  readonly stored: string | undefined;
  /** The key the phone holds. */
  readonly phoneKey: SyncKey;
  /** Commands whose results the phone has confirmed by holding the newest key. */
  readonly settled: ReadonlySet<string>;
  /** What was read of the stored base so far: nobody else writes it during the turn. */
  readonly base: Map<ServerId, BaseEntry | undefined>;
  /** The phone knows these on top of the stored base: what it just confirmed. */
  readonly confirmed: ReadonlyMap<ServerId, BaseEntry | null>;
  /** Results of commands that were executed under a key the phone never saw, and what they left in the base. */
  readonly voided: Pending;
  /** Where the phone stands. */
  readonly position: Position;
  /** What goes wrong with items, and well again. */
  readonly notebook: Notebook;
  /** A look on behalf of a waiting phone: one answer of the backend serves all of the user's phones. */
  readonly shared?: boolean;
}

const nothingPending: Pending = { entries: [], results: [] };

/**
 * Takes the collection's lease and reads its head.
 * @throws EasError 5 when another request of the device holds it for too long.
 */
async function openStored(
  session: Session,
  folder: Folder,
  reservation: Reservation | undefined,
): Promise<Omit<Stored, "tenure">> {
  const lease = (await reservation?.take(folder)) ?? (await askForLease(session, folder.id, leaseWait));
  if (!lease) throw new EasError(5, `collection ${folder.id} is busy with another request of this device`);
  session.services.fault("lease");
  return {
    lease,
    head: decodeRecord<Head>(lease.values.get(keys.head(folder.id))),
    pending: readPending(folder, lease.values.get(keys.pending(folder.id))),
  };
}

function readPending(folder: Folder, stored: string | undefined): Pending {
  const pending = decodeRecord<Pending>(stored);
  if (!pending) return nothingPending;
  return {
    ...pending,
    entries: pending.entries.map(([id, entry, sent]) => [id, entry && placed(folder, entry), sent]),
  };
}

function askForLease(session: Session, folder: FolderId, wait: number): Promise<Lease | undefined> {
  const { state, settings } = session.services;
  return state.lease(session.scope, `collection/${folder}`, {
    ttl: settings.leaseTime,
    wait,
    read: [keys.head(folder), keys.pending(folder)],
    signal: session.signal,
  });
}

/** Asks for a collection's lease, without waiting for its holder. */
export function reserve(session: Session, folder: FolderId): Reservation {
  const asked = askForLease(session, folder, 0);
  // Whoever takes it hears of a failure; nobody else needs to.
  asked.catch(() => {});
  let isTaken = false;
  return {
    async take({ id }) {
      if (id !== folder || isTaken) return undefined;
      isTaken = true;
      return asked;
    },
    drop() {
      if (isTaken) return;
      isTaken = true;
      void asked.then((lease) => lease && session.services.state.release(lease)).catch(() => {});
    },
  };
}

/** Runs `work` under the collection's lease, which is renewed meanwhile and given back in the end. */
export async function withStored<T>(
  session: Session,
  folder: Folder,
  work: (stored: Stored) => Promise<T>,
  reservation?: Reservation,
): Promise<T> {
  const opened = await openStored(session, folder, reservation);
  const tenure = createTenure(session, opened.lease);
  try {
    return await work({ ...opened, tenure });
  } finally {
    tenure.end();
  }
}

/** Renews a lease until its end, and gives it back then, unless that was done. */
export function createTenure(session: Session, lease: Lease): Tenure & { end(): void } {
  const { state, settings, now } = session.services;
  // Two clocks: the one does not jump, the other goes on while the machine sleeps.
  const clocks = () => ({ steady: performance.now(), wall: now() });
  let renewed = clocks();
  let isOver = false;

  async function renew(): Promise<boolean> {
    const asked = clocks();
    if (!(await state.renew(lease, settings.leaseTime))) return false;
    renewed = asked;
    return true;
  }

  const timer = setInterval(() => void renew().catch(() => {}), settings.leaseTime / 3);
  return {
    async confirm() {
      const { steady, wall } = clocks();
      const age = Math.max(steady - renewed.steady, Math.abs(wall - renewed.wall));
      if (age < settings.leaseTime / 2 || (await renew())) return;
      throw new EasError(5, "another node has taken over what this one was about to write");
    },
    ended() {
      isOver = true;
      clearInterval(timer);
    },
    end() {
      clearInterval(timer);
      // Nobody waits for it: the answer does not depend on it, and a lease that cannot be given back ends by itself.
      if (!isOver) void state.release(lease).catch(() => {});
    },
  };
}

/** The turn of a phone that holds the newest key: the pending delta is confirmed. */
export function confirmedTurn(session: Session, folder: Folder, stored: Stored, head: Head): Turn {
  return {
    session,
    folder,
    lease: stored.lease,
    tenure: stored.tenure,
    head,
    stored: stored.lease.values.get(keys.head(folder.id)),
    notebook: createNotebook(session, folder, head),
    base: new Map(),
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
 * An Add that came to nothing as far as we know, and that the phone will send again (Status 5, or 111 for a message that
 * it has sent): the backend may have taken it before the connection broke, so its intent stays.
 */
function isOpen({ kind, status }: CommandResult): boolean {
  return kind === "Add" && (status === 5 || status === 111);
}

/** The turn of a phone that never saw the newest key and asks for something else now: the delta is void. */
export function voidingTurn(session: Session, folder: Folder, stored: Stored, head: Head): Turn {
  return {
    session,
    folder,
    lease: stored.lease,
    tenure: stored.tenure,
    head: head.pending ? { ...head, filtered: head.pending.filteredBefore } : head,
    stored: stored.lease.values.get(keys.head(folder.id)),
    notebook: createNotebook(session, folder, head),
    base: new Map(),
    phoneKey: head.previous ?? head.key,
    settled: new Set(),
    confirmed: new Map(),
    voided: stored.pending,
    position: positionOf(head),
  };
}

function positionOf(position: Position): Position {
  return {
    ...(position.cursor === undefined ? {} : { cursor: position.cursor }),
    ...(position.backlog === undefined ? {} : { backlog: position.backlog }),
  };
}
