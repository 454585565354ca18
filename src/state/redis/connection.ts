/**
 * The connection to Redis, whatever happens to it. Sending again is decided here, in one place, for everything that is
 * sent may be run twice (`scripts.ts`).
 */
import { setTimeout as pause } from "node:timers/promises";
import type { StateError, StateErrorKind } from "../../errors.ts";
import type { Log } from "../../log.ts";
import {
  answerTime,
  type Client,
  type ClientOptions,
  createClient,
  describeSite,
  leave,
  leaveTime,
  longestPause,
} from "./client.ts";
import { mayPass, stateErrorOf, unexpected } from "./failure.ts";
import type { Script } from "./scripts.ts";

export interface ConnectionOptions extends ClientOptions {
  readonly log: Log;
  /** Milliseconds for one request of ours with all its attempts; shortened where tests wait for its end. */
  readonly patience?: number;
}

const defaultPatience = 10_000;
/** Milliseconds between two log lines about the same trouble. */
const tellEvery = 60_000;
const tellAwayEvery = 5_000;

export interface Connection {
  readonly client: Client;
  /** Which store, for messages: without credentials. */
  readonly place: string;
  /** Runs a script on the scope of this base. @throws StateError */
  run(script: Script, base: string, args: readonly string[], patience?: number): Promise<unknown>;
  /**
   * Sends a command, again if need be: it must bear being run twice. `patience` of 0 milliseconds tries once.
   * @throws StateError
   */
  send<T>(command: (client: Client) => Promise<T>, patience?: number): Promise<T>;
  /** Called with the first answer after one that failed. */
  onBack(listener: () => void): void;
  /** Times that something was sent and its answer awaited; what is sent together counts once. */
  readonly roundTrips: number;
  close(): Promise<void>;
}

/** Connects, within that patience. @throws StateError */
export async function connect(options: ConnectionOptions): Promise<Connection> {
  const { patience: usualPatience = defaultPatience } = options;
  const place = describeSite(options);
  const client = createClient(options);
  let roundTrips = 0;
  let together = false;
  /** When the store went away; undefined while it answers. */
  let awaySince: number | undefined;
  const toldAt = new Map<StateErrorKind, number>();
  let isToldAway = false;
  let closed = false;
  /** Why there is no connection: a command that finds none is only told that there is none. */
  let trouble: Error | undefined;
  const backListeners: (() => void)[] = [];
  const underWay = new Set<Promise<unknown>>();

  function countTrip(): void {
    if (together) return;
    together = true;
    roundTrips += 1;
    setImmediate(() => {
      together = false;
    });
  }

  function tell(error: StateError): void {
    const { kind, message } = error;
    const isAway = kind === "unreachable";
    // A part of a cluster can be away while the others answer: then it goes and comes with every request.
    const quiet = isAway ? tellAwayEvery : tellEvery;
    const last = toldAt.get(kind) ?? Number.NEGATIVE_INFINITY;
    if (closed || (isAway && isToldAway) || performance.now() - last < quiet) return;
    isToldAway ||= isAway;
    toldAt.set(kind, performance.now());
    options.log.error({ kind }, `${message}; phones are asked to come again`);
  }

  function noteAnswer(): void {
    const since = awaySince;
    awaySince = undefined;
    if (since === undefined) return;
    for (const listener of backListeners) listener();
    if (!isToldAway) return;
    isToldAway = false;
    const seconds = Math.round((performance.now() - since) / 1000);
    options.log.warn({ seconds }, `the state store ${place} is back`);
  }

  function send<T>(command: (client: Client) => Promise<T>, patience?: number): Promise<T> {
    const sent = sendUntil(command, patience);
    underWay.add(sent);
    const settled = () => void underWay.delete(sent);
    sent.then(settled, settled);
    return sent;
  }

  async function sendUntil<T>(command: (client: Client) => Promise<T>, patience = usualPatience): Promise<T> {
    // Who comes while it is away for long already is not kept waiting.
    const deadline = (awaySince ?? performance.now()) + patience;
    for (let attempt = 0; ; attempt += 1) {
      try {
        countTrip();
        const answer = await within(command(client));
        // What is sent from here on may depend on it.
        together = false;
        noteAnswer();
        return answer;
      } catch (error) {
        const known = stateErrorOf(hasNoConnection(error) ? (trouble ?? new Error("no connection")) : error, place);
        if (!known) throw unexpected(error, place);
        if (known.kind === "unreachable") awaySince ??= performance.now();
        const wait = Math.min(longestPause, 25 * 2 ** attempt) * (0.5 + Math.random() / 2);
        if (closed || !mayPass(known) || performance.now() + wait > deadline) {
          if (patience > 0) tell(known);
          throw known;
        }
        await pause(wait);
      }
    }
  }

  function run(script: Script, base: string, args: readonly string[], patience?: number): Promise<unknown> {
    // Declared, because a cluster that moves a slot looks for them: the base is no key and never there, so while some of
    // the slot is here and some there the answer is TRYAGAIN, and no script works on half a scope.
    const keys = ["2", base, `${base}:i`];
    return send(async () => {
      try {
        return await client.call("evalsha", [script.sha, ...keys, ...args]);
      } catch (error) {
        if (!(error instanceof Error) || !error.message.startsWith("NOSCRIPT")) throw error;
        return client.call("eval", [script.lua, ...keys, ...args]);
      }
    }, patience);
  }

  const noteTrouble = (error: Error) => {
    trouble = error;
  };
  client.on("error", noteTrouble);
  client.on("node error", noteTrouble);
  client.on("ready", () => {
    trouble = undefined;
    // It is told that it is back even if nobody asks for anything now.
    if (awaySince !== undefined) void send((at) => at.ping(), 0).catch(() => {});
  });
  const connection: Connection = {
    client,
    place,
    run,
    send,
    onBack: (listener) => void backListeners.push(listener),
    get roundTrips() {
      return roundTrips;
    },
    async close() {
      // What nobody waits for, such as a lease that is given back, is waited for here.
      if (underWay.size > 0)
        await Promise.race([Promise.allSettled(underWay), pause(leaveTime, undefined, { ref: false })]);
      closed = true;
      leave(client);
    },
  };
  try {
    await send((at) => at.ping());
  } catch (error) {
    leave(client);
    throw error;
  }
  return connection;
}

/** The client's own time-out does not run while it looks for a node to ask. */
async function within<T>(answer: Promise<T>): Promise<T> {
  const late = new AbortController();
  const timeout = pause(answerTime, undefined, { signal: late.signal }).then(() => {
    throw new Error("no answer in time");
  });
  timeout.catch(() => {});
  answer.catch(() => {});
  try {
    return await Promise.race([answer, timeout]);
  } finally {
    late.abort();
  }
}

/** What the client says where it does not even try. */
function hasNoConnection(error: unknown): boolean {
  return error instanceof Error && /enableOfflineQueue|Connection is closed|startup nodes/.test(error.message);
}
