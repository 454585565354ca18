/**
 * One turn of one collection: the lease, and the records as they were when it was granted. The phone's key decides
 * which base the turn works from: the newest key confirms the pending delta,
 * the key before it repeats or voids it, any other is refused.
 */
import { EasError } from "../errors.ts";
import type { Lease } from "../state/state.ts";
import type { ServerId, SyncKey } from "./ids.ts";
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

/** Milliseconds a request waits for an earlier request of the same device on the same collection. */
const leaseWait = 60_000;

/**
 * Asked before each write to the backend, which knows no fences: a process that was stopped and woken must not write
 * what another node has done meanwhile. @throws EasError 5 when the lease is another's by now.
 */
export type Held = () => Promise<void>;

export type PendingEntry = readonly [ServerId, BaseEntry | null, Sent];

/** The state a turn starts from, before the phone's key was looked at. */
export interface Stored {
  readonly lease: Lease;
  readonly held: Held;
  readonly head: Head | undefined;
  readonly pending: Pending;
}

export interface Turn {
  readonly session: Session;
  readonly folder: Folder;
  readonly lease: Lease;
  readonly held: Held;
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
async function openStored(session: Session, folder: Folder): Promise<Omit<Stored, "held">> {
  const { state, fault, settings } = session.services;
  const names = [keys.head(folder.id), keys.pending(folder.id)];
  const lease = await state.lease(session.scope, leaseName(folder), {
    ttl: settings.leaseTime,
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
  const opened = await openStored(session, folder);
  const { state, settings } = session.services;
  const tenure = createTenure(session, opened.lease);
  const timer = setInterval(() => void tenure.renew().catch(() => {}), settings.leaseTime / 3);
  try {
    return await work({ ...opened, held: tenure.held });
  } finally {
    clearInterval(timer);
    await state.release(opened.lease);
  }
}

function createTenure(session: Session, lease: Lease): { renew(): Promise<boolean>; readonly held: Held } {
  const { state, settings, now } = session.services;
  // Two clocks: the one does not jump, the other goes on while the machine sleeps.
  const clocks = () => ({ steady: performance.now(), wall: now() });
  let renewed = clocks();

  async function renew(): Promise<boolean> {
    const asked = clocks();
    if (!(await state.renew(lease, settings.leaseTime))) return false;
    renewed = asked;
    return true;
  }

  return {
    renew,
    async held() {
      const { steady, wall } = clocks();
      const age = Math.max(steady - renewed.steady, Math.abs(wall - renewed.wall));
      if (age < settings.leaseTime / 2 || (await renew())) return;
      throw new EasError(5, "another node has taken over what this one was about to write");
    },
  };
}

/** The turn of a phone that holds the newest key: the pending delta is confirmed. */
export function confirmedTurn(session: Session, folder: Folder, stored: Stored, head: Head): Turn {
  return {
    session,
    folder,
    lease: stored.lease,
    held: stored.held,
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
    held: stored.held,
    head,
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

function leaseName(folder: Folder): string {
  return `collection/${folder.id}`;
}
