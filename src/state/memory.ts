import { createLeases } from "./leases.ts";
import { createLocalBus } from "./local-bus.ts";
import type { Commit, Outcome, Scope, State } from "./state.ts";

interface Stored {
  readonly value: string;
  /** Milliseconds since 1970; Infinity when it stays. */
  readonly expires: number;
}

/** A store that forgets everything with the process: for tests, and to see what a phone does after a loss of state. */
export function createMemoryState(now: () => number = Date.now): State {
  const scopes = new Map<string, { scope: Scope; records: Map<string, Stored> }>();
  const leases = createLeases(0);
  const bus = createLocalBus();
  let bytesWritten = 0;

  function records(scope: Scope): Map<string, Stored> {
    const key = JSON.stringify([scope.user, scope.device]);
    const found = scopes.get(key) ?? { scope, records: new Map<string, Stored>() };
    scopes.set(key, found);
    return found.records;
  }

  function get(scope: Scope, key: string): string | undefined {
    const stored = records(scope).get(key);
    return stored && stored.expires > now() ? stored.value : undefined;
  }

  async function read(scope: Scope, keys: readonly string[]): Promise<ReadonlyMap<string, string>> {
    const found = new Map<string, string>();
    for (const key of keys) {
      const value = get(scope, key);
      if (value !== undefined) found.set(key, value);
    }
    return found;
  }

  async function commit(scope: Scope, change: Commit): Promise<Outcome> {
    if (change.leases?.some((lease) => !leases.holds(lease))) return "lost";
    for (const [key, value] of change.expect ?? []) if (get(scope, key) !== value) return "changed";
    const target = records(scope);
    for (const prefix of change.removePrefix ?? []) {
      for (const key of target.keys()) if (key.startsWith(prefix)) target.delete(key);
    }
    for (const key of change.remove ?? []) target.delete(key);
    const expires = change.ttl === undefined ? Number.POSITIVE_INFINITY : now() + change.ttl;
    for (const [key, value] of change.put ?? []) {
      target.set(key, { value, expires });
      bytesWritten += Buffer.byteLength(key) + Buffer.byteLength(value);
    }
    if (change.release) for (const lease of change.leases ?? []) leases.release(lease);
    return "done";
  }

  return {
    lease: (scope, name, options) => leases.acquire(scope, name, options, read),
    renew: async (lease, ttl) => leases.renew(lease, ttl),
    release: async (lease) => leases.release(lease),
    read,
    async *scan(scope, prefix) {
      for (const key of [...records(scope).keys()]) {
        const value = key.startsWith(prefix) ? get(scope, key) : undefined;
        if (value !== undefined) yield [key, value];
      }
    },
    commit,
    scopes: async (user) =>
      [...scopes.values()]
        .filter((entry) => entry.scope.user === user && [...entry.records.keys()].some((key) => get(entry.scope, key)))
        .map((entry) => entry.scope),
    publish: async (channel, message) => bus.publish(channel, message),
    subscribe: async (channel, listener) => {
      const stop = bus.subscribe(channel, listener);
      return async () => stop();
    },
    shared: false,
    get bytesWritten() {
      return bytesWritten;
    },
    close: async () => {},
  };
}
