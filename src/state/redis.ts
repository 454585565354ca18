/**
 * The store of many nodes: one Redis, the primary that Sentinel names, or a Redis Cluster. How records lie there is in
 * `redis/names.ts`, what is done in one step in `redis/scripts.ts`, how trouble is borne in `redis/connection.ts`.
 *
 * `durable` adds nothing here: how much survives a power failure or the loss of a primary is for Redis' own settings to
 * say (`appendfsync`, `min-replicas-to-write`), for all writes alike. The engine bears the loss of the last ones: names
 * of what it makes are derived, so that a repetition finds it.
 */
import { randomBytes } from "node:crypto";
import { StateError } from "../errors.ts";
import { atLeastOne, commitArguments, counted, found, placeArguments } from "./redis/arguments.ts";
import { type ConnectionOptions, connect } from "./redis/connection.ts";
import { mayPass } from "./redis/failure.ts";
import { inspectServers, type Remark } from "./redis/inspect.ts";
import { createMessages } from "./redis/messages.ts";
import { createNames } from "./redis/names.ts";
import { commitScript, leaseScript, readScript, releaseScript, renewScript, type Script } from "./redis/scripts.ts";
import { everyBase, inUse, type Walk, walkBase } from "./redis/walk.ts";
import type { Commit, Lease, LeaseOptions, Outcome, Scope, Store } from "./state.ts";
import { createWaiting } from "./waiting.ts";

export interface RedisStateOptions extends ConnectionOptions {
  /** What all keys and channels begin with; without braces. */
  readonly prefix: string;
  /** Stands in for Redis' own clock where records end; for tests. */
  readonly now?: () => number;
}

export interface RedisStore extends Store {
  /** What the servers' settings lack. @throws StateError */
  inspect(): Promise<readonly Remark[]>;
}

/** The channel on which a lease that somebody waits for is told to be free. */
const leaseChannel = "leases";
/** Milliseconds between two looks at a busy lease, for messages may be lost; and how long a look is remembered. */
const lookEvery = { least: 250, most: 1_000 };
const watchTime = 3_000;

/** Leases that could not be given back, kept until the store answers again. */
const mostOwed = 10_000;

/** Connects. @throws StateError when it cannot be reached within some seconds, or refuses us. */
export async function openRedisState(options: RedisStateOptions): Promise<RedisStore> {
  const connection = await connect(options);
  const names = createNames(options.prefix);
  const messages = createMessages(connection);
  const waiting = createWaiting();
  const channel = names.channel(leaseChannel);
  const walk: Walk = { connection, names, now: options.now };
  const owed = new Set<readonly [base: string, args: readonly string[]]>();
  let bytesWritten = 0;
  let toldOfLeases: Promise<unknown> | undefined;

  const nowArgument = (): string => (options.now ? String(Math.ceil(options.now())) : "");

  /** Without it waiting for a lease takes a little longer, no more. */
  function listenForLeases(): void {
    toldOfLeases ??= messages
      .subscribe(channel, (key) => waiting.wakeOne(key))
      .catch(() => {
        toldOfLeases = undefined;
      });
  }

  async function read(scope: Scope, keys: readonly string[]): Promise<ReadonlyMap<string, string>> {
    if (keys.length === 0) return new Map();
    const args = [nowArgument(), ...counted(keys, placeArguments)];
    return found(keys, await connection.run(readScript, names.base(scope), args));
  }

  async function lease(scope: Scope, name: string, asked: LeaseOptions): Promise<Lease | undefined> {
    const base = names.base(scope);
    const asker = randomBytes(9).toString("base64url");
    const keys = asked.read ?? [];
    const deadline = performance.now() + asked.wait;
    const args = (watch: number) => [
      nowArgument(),
      name,
      asker,
      atLeastOne(asked.ttl),
      String(watch),
      ...counted(keys, placeArguments),
    ];
    for (;;) {
      asked.signal?.throwIfAborted();
      const left = deadline - performance.now();
      const reply = await write(leaseScript, base, args(left > 0 ? watchTime : 0)).catch((error: unknown) => {
        // It may have been granted all the same.
        void giveBack(base, name, "", asker);
        throw error;
      });
      if (!Array.isArray(reply)) throw new StateError("unreachable", `${connection.place} gave no lease`);
      const [fence, ...values] = reply as readonly unknown[];
      if (fence !== "") {
        if (asked.signal?.aborted) void giveBack(base, name, "", asker);
        asked.signal?.throwIfAborted();
        return { scope, name, fence: Number(fence), values: found(keys, values) };
      }
      if (left <= 0) return undefined;
      listenForLeases();
      const look = lookEvery.least + Math.random() * (lookEvery.most - lookEvery.least);
      const ends = Math.max(1, Number(values[0]));
      await waiting.untilFree(leaseKey(base, name), Math.min(left, look, ends), asked.signal);
    }
  }

  /**
   * Never fails, and is tried once: what was done under the lease is done, and its answer must not be lost or late over
   * this. A lease that could not be given back is given back when the store answers again, or ends by itself.
   */
  async function giveBack(base: string, name: string, fence: string, asker: string): Promise<void> {
    await release(base, [nowArgument(), name, fence, asker, channel]);
    waiting.wakeOne(leaseKey(base, name));
  }

  async function release(base: string, args: readonly string[]): Promise<void> {
    try {
      await connection.run(releaseScript, base, args, 0);
    } catch (error) {
      if (!(error instanceof StateError)) throw error;
      if (mayPass(error) && owed.size < mostOwed) owed.add([base, args]);
    }
  }

  function payBack(): void {
    const all = [...owed];
    owed.clear();
    for (const [base, args] of all) void release(base, args);
  }
  connection.onBack(payBack);

  /** Where it takes writes again, it takes back leases too. */
  async function write(script: Script, base: string, args: readonly string[]): Promise<unknown> {
    const answer = await connection.run(script, base, args);
    if (owed.size > 0) payBack();
    return answer;
  }

  async function commit(scope: Scope, change: Commit): Promise<Outcome> {
    const base = names.base(scope);
    const id = randomBytes(9).toString("base64url");
    const puts = [...(change.put ?? [])];
    const args = commitArguments(change, channel);
    const send = (known: string) => write(commitScript, base, [nowArgument(), id, known, ...args]);
    let outcome = await send(puts.length > 0 ? "0" : "1");
    if (outcome === "unlisted") {
      // First on the list of its user's devices, then written: no scope with records is ever missing there.
      await connection.send((at) => at.sadd(devicesKey(scope.user), scope.device ?? ""));
      outcome = await send("1");
    }
    if (outcome === "done") {
      for (const [key, value] of puts) bytesWritten += Buffer.byteLength(key) + Buffer.byteLength(value) + 1;
      if (change.release) for (const { name } of change.leases ?? []) waiting.wakeOne(leaseKey(base, name));
    }
    return outcome as Outcome;
  }

  function devicesKey(user: string): string {
    return `${names.base({ user })}:d`;
  }

  async function scopes(user: string): Promise<readonly Scope[]> {
    const devices = await connection.send((at) => at.smembers(devicesKey(user)));
    const all = devices.map((device): Scope => ({ user, ...(device === "" ? {} : { device }) }));
    const present = await Promise.all(all.map((scope) => connection.send((at) => at.exists(`${names.base(scope)}:i`))));
    return all.filter((_, index) => present[index] === 1);
  }

  return {
    lease,
    release: ({ scope, name, fence }) => giveBack(names.base(scope), name, String(fence), ""),
    read,
    commit,
    scopes,
    async renew({ scope, name, fence }, ttl) {
      const args = [nowArgument(), name, String(fence), atLeastOne(ttl)];
      return (await write(renewScript, names.base(scope), args)) === 1;
    },
    async *scan(scope, prefix) {
      for await (const { key, value } of walkBase(walk, names.base(scope), prefix)) yield [key, value];
    },
    async *records() {
      for await (const base of everyBase(walk)) {
        const scope = names.scopeOf(base);
        if (scope) for await (const record of walkBase(walk, base, "")) yield { scope, ...record };
      }
    },
    inUse: () => inUse(walk, toldOfLeases ? 1 : 0, channel),
    async publish(to, message) {
      await connection.send((at) => at.publish(names.channel(to), message));
    },
    subscribe(from, listener) {
      // Whoever listens to other nodes is a gateway at work: `inUse` knows it by this.
      listenForLeases();
      return messages.subscribe(names.channel(from), listener);
    },
    inspect: () => inspectServers(connection, options.site),
    shared: true,
    get bytesWritten() {
      return bytesWritten;
    },
    get roundTrips() {
      return connection.roundTrips;
    },
    async close() {
      messages.close();
      await connection.close();
    },
  };
}

function leaseKey(base: string, name: string): string {
  return `${base}:l:${name}`;
}
