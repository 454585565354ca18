import { createLeases } from "./leases.ts";
import { type Operation, openLevel } from "./level.ts";
import { createLocalBus } from "./local-bus.ts";
import type { Commit, Outcome, Scope, Store, StoredRecord } from "./state.ts";

/** The default store: LevelDB in a folder of this process's own. A second process gets a clear error. */
export interface EmbeddedOptions {
  /** Folder of the database; made when it is missing, readable by its owner only. */
  readonly folder: string;
  readonly now?: () => number;
  /** Milliseconds between sweeps of expired records. */
  readonly sweepEvery?: number;
}

/** Length of an expiry in a record's head and in the index: base 36, padded, so that it sorts. */
const expiryLength = 9;
const never = "0".repeat(expiryLength);
// "#" cannot begin a scope: encodeURIComponent never leaves it in a name.
const epochKey = "#epoch";
const expiryPrefix = "#expiry/";
/** Fences of one process lifetime; the lifetime's number stands above them. */
const fencesPerEpoch = 2 ** 32;

/** Opens the store. Throws when the folder cannot be used, or another process has it open. */
export async function openEmbeddedState(options: EmbeddedOptions): Promise<Store> {
  const now = options.now ?? Date.now;
  const level = await openLevel(options.folder);
  const [before = "0"] = await level.getMany([epochKey]);
  const epoch = Number(before) + 1;
  await level.write([{ type: "put", key: epochKey, value: String(epoch) }], { sync: true });

  const leases = createLeases(epoch * fencesPerEpoch);
  const bus = createLocalBus();
  const lastCommits = new Map<string, Promise<unknown>>();
  let bytesWritten = 0;

  async function read(scope: Scope, keys: readonly string[]): Promise<ReadonlyMap<string, string>> {
    const found = new Map<string, string>();
    if (keys.length === 0) return found;
    const values = await level.getMany(keys.map((key) => fullKey(scope, key)));
    values.forEach((stored, index) => {
      const key = keys[index];
      const value = live(stored, now());
      if (key !== undefined && value !== undefined) found.set(key, value);
    });
    return found;
  }

  async function* scan(scope: Scope, prefix: string): AsyncGenerator<readonly [string, string]> {
    const start = fullKey(scope, prefix);
    const skip = fullKey(scope, "").length;
    for await (const [key, stored] of level.entries({ gte: start, lt: `${start}\u{10ffff}` })) {
      const value = live(stored, now());
      if (value !== undefined) yield [key.slice(skip), value];
    }
  }

  /** What reads and then writes runs one after the other within a scope, so that both are one step. */
  function inTurn<T>(scopeKey: string, work: () => Promise<T>): Promise<T> {
    const before = lastCommits.get(scopeKey) ?? Promise.resolve();
    const run = before.then(work);
    const settled = run.then(ignore, ignore);
    lastCommits.set(scopeKey, settled);
    void settled.then(() => {
      if (lastCommits.get(scopeKey) === settled) lastCommits.delete(scopeKey);
    });
    return run;
  }

  async function commitNow(scope: Scope, change: Commit): Promise<Outcome> {
    if (change.expect && change.expect.size > 0) {
      const found = await read(scope, [...change.expect.keys()]);
      for (const [key, value] of change.expect) if (found.get(key) !== value) return "changed";
    }
    const operations: Operation[] = [];
    for (const prefix of change.removePrefix ?? []) {
      for await (const [key] of scan(scope, prefix)) operations.push({ type: "del", key: fullKey(scope, key) });
    }
    for (const key of change.remove ?? []) operations.push({ type: "del", key: fullKey(scope, key) });
    const expiry = change.ttl === undefined ? never : formatExpiry(now() + change.ttl);
    for (const [key, value] of change.put ?? []) {
      const full = fullKey(scope, key);
      operations.push({ type: "put", key: full, value: expiry + value });
      if (expiry !== never) operations.push({ type: "put", key: `${expiryPrefix}${expiry}/${full}`, value: "" });
    }
    await level.ready();
    // Checked last, with nothing awaited between it and the write: a lease lost during the reads above must not write.
    if (change.leases?.some((lease) => !leases.holds(lease))) return "lost";
    if (operations.length > 0) await level.write(operations, { sync: change.durable === true });
    for (const operation of operations) {
      if (operation.type === "put")
        bytesWritten += Buffer.byteLength(operation.key) + Buffer.byteLength(operation.value);
    }
    if (change.release) for (const lease of change.leases ?? []) leases.release(lease);
    return "done";
  }

  async function scopes(user: string): Promise<readonly Scope[]> {
    const prefix = `${encodeURIComponent(user)}/`;
    const found: Scope[] = [];
    let from = prefix;
    for (;;) {
      const key = await level.firstKey({ gte: from, lt: `${prefix}\u{10ffff}` });
      if (key === undefined) return found;
      const name = key.slice(prefix.length, key.indexOf("/", prefix.length));
      found.push(name === "" ? { user } : { user, device: decodeURIComponent(name) });
      from = `${prefix}${name}0`; // "0" follows "/": the first key behind this scope's
    }
  }

  async function* records(): AsyncGenerator<StoredRecord> {
    for await (const [full, stored] of level.entries({})) {
      if (full.startsWith("#")) continue;
      const value = live(stored, now());
      const [user, device, ...key] = full.split("/");
      if (value === undefined || user === undefined || device === undefined) continue;
      const scope = {
        user: decodeURIComponent(user),
        ...(device === "" ? {} : { device: decodeURIComponent(device) }),
      };
      const ends = stored.slice(0, expiryLength);
      yield {
        scope,
        key: key.join("/"),
        value,
        ...(ends === never ? {} : { ttl: Number.parseInt(ends, 36) - now() }),
      };
    }
  }

  async function sweep(): Promise<void> {
    const end = `${expiryPrefix}${formatExpiry(now())}`;
    for await (const [key] of level.entries({ gte: expiryPrefix, lt: end })) {
      const full = key.slice(expiryPrefix.length + expiryLength + 1);
      const scopeKey = full.slice(0, full.indexOf("/", full.indexOf("/") + 1) + 1);
      await inTurn(scopeKey, async () => {
        // It may have been written again since, with a later expiry or none.
        const [stored] = await level.getMany([full]);
        const isOver = live(stored, now()) === undefined;
        await level.ready();
        const gone: Operation[] = [key, ...(isOver ? [full] : [])].map((name) => ({ type: "del", key: name }));
        await level.write(gone, { sync: false });
      });
    }
  }

  const timer = setInterval(() => void sweep().catch(ignore), options.sweepEvery ?? 3_600_000);
  timer.unref();

  return {
    lease: (scope, name, leaseOptions) => leases.acquire(scope, name, leaseOptions, read),
    renew: async (lease, ttl) => leases.renew(lease, ttl),
    release: async (lease) => leases.release(lease),
    read,
    scan,
    commit: (scope, change) => inTurn(fullKey(scope, ""), () => commitNow(scope, change)),
    scopes,
    publish: async (channel, message) => bus.publish(channel, message),
    subscribe: async (channel, listener) => {
      const stop = bus.subscribe(channel, listener);
      return async () => stop();
    },
    records,
    inUse: async () => false,
    roundTrips: 0,
    shared: false,
    get bytesWritten() {
      return bytesWritten;
    },
    async close() {
      clearInterval(timer);
      await Promise.all(lastCommits.values());
      await level.close();
    },
  };
}

/** User and device are chosen by strangers: encoded, so that no name can reach into another's records. */
function fullKey(scope: Scope, key: string): string {
  return `${encodeURIComponent(scope.user)}/${scope.device === undefined ? "" : encodeURIComponent(scope.device)}/${key}`;
}

function live(stored: string | undefined, now: number): string | undefined {
  if (stored === undefined) return undefined;
  const expiry = stored.slice(0, expiryLength);
  if (expiry !== never && expiry <= formatExpiry(now)) return undefined;
  return stored.slice(expiryLength);
}

function formatExpiry(milliseconds: number): string {
  return Math.ceil(milliseconds).toString(36).padStart(expiryLength, "0");
}

function ignore(): void {}
