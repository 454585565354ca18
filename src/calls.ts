/**
 * Which calls to the servers behind were made for a request: each backend notes its own, and who wants to know listens
 * around the work. While nobody listens anywhere, a note costs a comparison and Node tracks no asynchronous context.
 */
import { AsyncLocalStorage } from "node:async_hooks";

/** One call, without names, contents and credentials. */
export interface Call {
  readonly server: "DAV" | "IMAP" | "SMTP";
  /** Method and shape of the path, the command's name, or the step: connect, login, send. */
  readonly asked: string;
  /** An HTTP or SMTP status, or OK; `failed` where there is none. */
  readonly answer: string;
  readonly milliseconds: number;
}

interface Listener {
  heard: ((call: Call) => void) | undefined;
}

const listeners = new AsyncLocalStorage<Listener>();
let listening = 0;

/**
 * Tells `heard` of each call that `work` makes until it is done. What it shares with others (a listing that was under
 * way already) is told to whoever began it, and what it leaves running in the background to nobody.
 */
export async function hearCalls<T>(heard: (call: Call) => void, work: () => Promise<T>): Promise<T> {
  const listener: Listener = { heard };
  listening += 1;
  try {
    return await listeners.run(listener, work);
  } finally {
    listener.heard = undefined;
    listening -= 1;
    // Else every promise of the process would go on paying for it.
    if (listening === 0) listeners.disable();
  }
}

/** Notes a call that was made; `tell` is asked only when somebody listens. */
export function noteCall(tell: () => Call): void {
  if (listening === 0) return;
  listeners.getStore()?.heard?.(tell());
}
