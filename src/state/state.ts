/**
 * The state store's interface: records under a scope, leases with fencing numbers, atomic commits, and messages
 * between nodes. It knows nothing of EAS: keys and values are strings whose meaning (and format number) belongs to
 * `sync/records.ts`. Embedded and Redis stores pass the same contract test (`test/state/contract.ts`).
 *
 * All records of one scope share a hash tag, so that one commit is one atomic step on Redis Cluster too.
 */

/** Whose records: a user (the canonical account) and one of their devices; without device, the user's own records. */
export interface Scope {
  readonly user: string;
  readonly device?: string;
}

export interface LeaseOptions {
  /** Milliseconds after which the lease ends by itself unless renewed: a dead node must not hold it for ever. */
  readonly ttl: number;
  /** Milliseconds to wait for the present holder; 0 asks once. */
  readonly wait: number;
  /** Records to read in the same step (one round trip). */
  readonly read?: readonly string[];
  readonly signal?: AbortSignal;
}

export interface Lease {
  readonly scope: Scope;
  readonly name: string;
  /** Grows with every grant of this lease; a commit that names an older one is refused. */
  readonly fence: number;
  /** The records asked for by `read`, as they were when the lease was granted; absent ones are left out. */
  readonly values: ReadonlyMap<string, string>;
}

/** What one atomic step does. All of it happens, or nothing. */
export interface Commit {
  /** Leases that must still be held; otherwise the outcome is `lost`. */
  readonly leases?: readonly Lease[];
  /** Records that must still have these values (undefined: be absent); otherwise the outcome is `changed`. */
  readonly expect?: ReadonlyMap<string, string | undefined>;
  readonly put?: ReadonlyMap<string, string>;
  /** Milliseconds after which the records in `put` vanish; without it they stay. */
  readonly ttl?: number;
  readonly remove?: readonly string[];
  /** Every record whose key begins so. At most a collection's worth; costs what it removes. */
  readonly removePrefix?: readonly string[];
  /** Gives the leases back in the same step. */
  readonly release?: boolean;
  /**
   * Must survive a power failure, not only a killed process, before the promise resolves. In Redis its own settings
   * decide, for all commits alike.
   */
  readonly durable?: boolean;
}

export type Outcome = "done" | "lost" | "changed";

export interface State {
  /** Takes a named lease, waiting for its holder up to `wait`; undefined when it could not be had in time. */
  lease(scope: Scope, name: string, options: LeaseOptions): Promise<Lease | undefined>;
  /** Prolongs a lease; false when it was lost meanwhile. */
  renew(lease: Lease, ttl: number): Promise<boolean>;
  /** Gives a lease back; nothing happens when it was lost. */
  release(lease: Lease): Promise<void>;

  read(scope: Scope, keys: readonly string[]): Promise<ReadonlyMap<string, string>>;
  /** Records whose key begins with `prefix`, in unspecified order, as of some moment during the walk. */
  scan(scope: Scope, prefix: string): AsyncIterable<readonly [key: string, value: string]>;
  commit(scope: Scope, commit: Commit): Promise<Outcome>;

  /** The scopes that hold any record of this user, devices included. */
  scopes(user: string): Promise<readonly Scope[]>;

  /** Tells every node, this one included. Messages may be lost; nobody may depend on one. */
  publish(channel: string, message: string): Promise<void>;
  /** Returns how to stop listening. */
  subscribe(channel: string, listener: (message: string) => void): Promise<() => Promise<void>>;

  /** Other processes may work on the same store: what this one was not told may have happened all the same. */
  readonly shared: boolean;
  /** Octets of keys and values written since start, for the bench and the metrics. */
  readonly bytesWritten: number;
  close(): Promise<void>;
}

/** One record with all that belongs to it. */
export interface StoredRecord {
  readonly scope: Scope;
  readonly key: string;
  readonly value: string;
  /** Milliseconds it has left; undefined: it stays. */
  readonly ttl?: number;
}

/** A store as it is opened: what moving and measuring it takes stands beside what the engine needs. */
export interface Store extends State {
  /** Every record of every scope, in unspecified order. */
  records(): AsyncIterable<StoredRecord>;
  /** Whether another process works on it now, as far as that can be told. */
  inUse(): Promise<boolean>;
  /** Times that a server was asked and its answer awaited since start; what is sent together counts once. */
  readonly roundTrips: number;
}
