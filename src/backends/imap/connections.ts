/**
 * The connections of one login, shared by all that is asked for it: few, each opened when it is needed, and kept on the
 * mailbox that it was asked for last, so that a mailbox is selected as rarely as can be.
 */
import { BackendError } from "../../errors.ts";
import type { Log } from "../../log.ts";
import * as limits from "./limits.ts";
import type { Session } from "./session.ts";

export interface Task<T> {
  /** Where it is done best: in the mailbox that it selects. */
  readonly mailbox?: string;
  /** It changes nothing, and is done once more when its connection breaks. */
  readonly repeatable?: boolean;
  readonly signal?: AbortSignal | undefined;
  work(session: Session): Promise<T>;
}

export interface Connections {
  run<T>(task: Task<T>): Promise<T>;
  /** Proves the login by a connection made now, or made lately and open still. */
  prove(signal: AbortSignal | undefined): Promise<void>;
  /** A connection of its own, which counts among those that are allowed, until it is closed. */
  reserve(): () => void;
  readonly isIdle: boolean;
  close(): void;
}

export interface ConnectionsOptions {
  readonly open: () => Promise<Session>;
  readonly most: number;
  readonly idleAfter: number;
  readonly log: Log;
}

interface Line {
  readonly session: Session;
  readonly opened: number;
  busy: boolean;
  idle?: NodeJS.Timeout;
}

interface Waiter {
  readonly mailbox: string | undefined;
  take(line: Line): void;
  fail(error: unknown): void;
}

export function createConnections({ open, most, idleAfter, log }: ConnectionsOptions): Connections {
  const lines = new Set<Line>();
  const waiting = new Set<Waiter>();
  let opening = 0;
  let reserved = 0;
  let closed = false;
  /** The server takes no more than there are until then. */
  let fullUntil = 0;
  let pause = 0;
  let failed: { readonly until: number; readonly error: unknown } | undefined;
  let proving: Promise<void> | undefined;

  async function connect(): Promise<Line> {
    if (closed) throw new BackendError("unreachable", "the mail backend is closed");
    if (failed !== undefined && Date.now() < failed.until) throw failed.error;
    opening += 1;
    try {
      const session = await open();
      pause = 0;
      failed = undefined;
      const line: Line = { session, opened: Date.now(), busy: true };
      lines.add(line);
      session.onClosed(() => {
        lines.delete(line);
        clearTimeout(line.idle);
        serve();
      });
      if (closed) session.end();
      return line;
    } catch (error) {
      if (isKind(error, "unreachable")) {
        pause = Math.min(Math.max(limits.BACK_OFF, pause * 2), limits.MOST_BACK_OFF);
        failed = { until: Date.now() + pause, error };
      }
      throw error;
    } finally {
      opening -= 1;
    }
  }

  function mayOpen(): boolean {
    const count = lines.size + opening + reserved;
    return lines.size + opening === 0 || (count < most && Date.now() >= fullUntil);
  }

  /** Gives free connections to those who wait, and opens more while it may. */
  function serve(): void {
    for (const line of lines) {
      if (line.busy || !line.session.isOpen) continue;
      const waiter = nextFor(line);
      if (waiter === undefined) break;
      give(line, waiter);
    }
    let wanted = waiting.size - opening;
    while (wanted > 0 && mayOpen()) {
      wanted -= 1;
      void openOne();
    }
  }

  /** Whoever waits for what this one has selected goes first: the mailbox need not be selected again. */
  function nextFor({ session }: Line): Waiter | undefined {
    let first: Waiter | undefined;
    for (const waiter of waiting) {
      if (waiter.mailbox !== undefined && waiter.mailbox === session.selected?.path) return waiter;
      first ??= waiter;
    }
    return first;
  }

  function give(line: Line, waiter: Waiter): void {
    waiting.delete(waiter);
    line.busy = true;
    clearTimeout(line.idle);
    waiter.take(line);
  }

  async function openOne(): Promise<void> {
    try {
      release(await connect());
    } catch (error) {
      // Those that are there do it, if a little later.
      const isEnough = lines.size + opening > 0 && (isKind(error, "busy") || isKind(error, "unreachable"));
      if (isEnough) fullUntil = Date.now() + limits.FULL_FOR;
      else for (const waiter of [...waiting]) waiter.fail(error);
      serve();
    }
  }

  function release(line: Line): void {
    line.busy = false;
    line.idle = setTimeout(() => line.session.end(), idleAfter);
    line.idle.unref();
    serve();
  }

  function acquire(mailbox: string | undefined, signal: AbortSignal | undefined): Promise<Line> {
    signal?.throwIfAborted();
    const free = [...lines].filter((line) => !line.busy && line.session.isOpen);
    const best =
      free.find(({ session }) => mailbox !== undefined && session.selected?.path === mailbox) ??
      free.find(({ session }) => session.selected === undefined) ??
      free[0];
    return new Promise((resolve, reject) => {
      const stop = (): void => {
        waiting.delete(waiter);
        reject(signal?.reason);
      };
      const waiter: Waiter = {
        mailbox,
        take(line) {
          signal?.removeEventListener("abort", stop);
          resolve(line);
        },
        fail(error) {
          waiting.delete(waiter);
          signal?.removeEventListener("abort", stop);
          reject(error);
        },
      };
      if (best !== undefined) {
        give(best, waiter);
        return;
      }
      signal?.addEventListener("abort", stop, { once: true });
      waiting.add(waiter);
      serve();
    });
  }

  /** Whoever asked may leave before it is done; the connection stays taken until it is. */
  async function on<T>(line: Line, task: Task<T>): Promise<T> {
    const done = task.work(line.session).finally(() => release(line));
    return task.signal === undefined ? done : untilAborted(done, task.signal);
  }

  async function run<T>(task: Task<T>): Promise<T> {
    for (let attempt = 1; ; attempt += 1) {
      const line = await acquire(task.mailbox, task.signal);
      try {
        return await on(line, task);
      } catch (error) {
        const again = task.repeatable === true && attempt === 1 && !line.session.isOpen && isKind(error, "unreachable");
        if (!again || closed || task.signal?.aborted === true) throw error;
        log.debug({ error }, "an IMAP connection broke; asking once more");
      }
    }
  }

  async function proveNow(): Promise<void> {
    const line = await connect();
    // One that nobody needs makes room for it.
    const spare = [...lines].find((other) => other !== line && !other.busy);
    if (lines.size + reserved > most) spare?.session.end();
    release(line);
  }

  return {
    run,
    async prove(signal) {
      signal?.throwIfAborted();
      const since = Date.now() - limits.PROVEN;
      if ([...lines].some(({ session, opened }) => session.isOpen && opened >= since)) return;
      proving ??= proveNow().finally(() => {
        proving = undefined;
      });
      await (signal === undefined ? proving : untilAborted(proving, signal));
    },
    reserve() {
      reserved += 1;
      let given = false;
      return () => {
        if (given) return;
        given = true;
        reserved -= 1;
        serve();
      };
    },
    get isIdle() {
      return lines.size + opening + reserved + waiting.size === 0;
    },
    close() {
      closed = true;
      for (const { session } of [...lines]) session.end();
      for (const waiter of [...waiting]) waiter.fail(new BackendError("unreachable", "the mail backend is closed"));
    },
  };
}

export function isKind(error: unknown, kind: BackendError["kind"]): error is BackendError {
  return error instanceof BackendError && error.kind === kind;
}

function untilAborted<T>(done: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const stop = (): void => reject(signal.reason);
    signal.addEventListener("abort", stop, { once: true });
    done.then(resolve, reject).finally(() => signal.removeEventListener("abort", stop));
    if (signal.aborted) stop();
  });
}
