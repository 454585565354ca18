import type { Lease, LeaseOptions, Scope } from "./state.ts";
import { createWaiting } from "./waiting.ts";

/** Reads the records a lease was asked to bring along. */
type Read = (scope: Scope, keys: readonly string[]) => Promise<ReadonlyMap<string, string>>;

interface Held {
  fence: number;
  /** `performance.now()` at which it ends: a clock that jumps must not end or prolong a lease. */
  ends: number;
}

/** Leases for a store that one process owns: they need not outlive it, so they live in memory. */
export interface Leases {
  acquire(scope: Scope, name: string, options: LeaseOptions, read: Read): Promise<Lease | undefined>;
  renew(lease: Lease, ttl: number): boolean;
  release(lease: Lease): void;
  holds(lease: Lease): boolean;
}

/** `firstFence` is greater than any fence an earlier process gave out. */
export function createLeases(firstFence: number): Leases {
  let lastFence = firstFence;
  const held = new Map<string, Held>();
  const waiting = createWaiting();

  function holds(lease: Lease): boolean {
    const current = held.get(keyOf(lease.scope, lease.name));
    return current !== undefined && current.fence === lease.fence && current.ends > performance.now();
  }

  function release(lease: Lease): void {
    const key = keyOf(lease.scope, lease.name);
    if (held.get(key)?.fence !== lease.fence) return;
    held.delete(key);
    waiting.wakeOne(key);
  }

  async function acquire(scope: Scope, name: string, options: LeaseOptions, read: Read): Promise<Lease | undefined> {
    const key = keyOf(scope, name);
    const deadline = performance.now() + options.wait;
    for (;;) {
      options.signal?.throwIfAborted();
      const now = performance.now();
      const current = held.get(key);
      if (!current || current.ends <= now) break;
      if (now >= deadline) return undefined;
      await waiting.untilFree(key, Math.min(current.ends, deadline) - now, options.signal);
    }
    lastFence += 1;
    const fence = lastFence;
    held.set(key, { fence, ends: performance.now() + options.ttl });
    const lease = { scope, name, fence };
    try {
      return { ...lease, values: options.read ? await read(scope, options.read) : new Map() };
    } catch (error) {
      release({ ...lease, values: new Map() });
      throw error;
    }
  }

  return {
    acquire,
    holds,
    release,
    renew(lease, ttl) {
      if (!holds(lease)) return false;
      held.set(keyOf(lease.scope, lease.name), { fence: lease.fence, ends: performance.now() + ttl });
      return true;
    },
  };
}

function keyOf(scope: Scope, name: string): string {
  return JSON.stringify([scope.user, scope.device, name]);
}
