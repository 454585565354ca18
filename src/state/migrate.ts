/** Everything from one store to another, with what it has left to live; nobody else may work on either meanwhile. */
import type { Scope, State, Store, StoredRecord } from "./state.ts";

/** What was moved. */
export interface Migrated {
  readonly records: number;
  readonly devices: number;
}

/** Why a store cannot be moved, in a sentence that says what to do. */
export class MigrationError extends Error {
  override readonly name = "MigrationError";
}

export interface MigrateOptions {
  /** Removes what the target holds; without it a target that is not empty is left alone. */
  readonly replace: boolean;
}

/** Belongs to no user. */
const markScope: Scope = { user: "" };
const markKey = "migration";

/** Records of one commit. */
const batch = 500;
/** Milliseconds: a record that ends sooner may be gone before it is looked for. */
const soon = 60_000;

/** Whether a migration into this store was begun and not finished: half a store must not be worked on. */
export async function isHalfCopied(state: State): Promise<boolean> {
  return (await state.read(markScope, [markKey])).has(markKey);
}

/**
 * Copies all records and reads every one of them back. What an earlier try left in the target is removed first, since
 * the source may have moved on in between.
 * @throws MigrationError when a store is in use, the target is not empty, or a record did not arrive.
 */
export async function migrate(from: Store, to: Store, { replace }: MigrateOptions): Promise<Migrated> {
  if (await from.inUse()) throw new MigrationError("a gateway works on the store that is to be moved: stop all nodes");
  if (await to.inUse()) throw new MigrationError("a gateway works on the target: stop all nodes");
  if (await isHalfCopied(from)) throw new MigrationError("the store that is to be moved is itself half copied");
  if ((await holdsRecords(to)) && !replace && !(await isHalfCopied(to)))
    throw new MigrationError("the target is not empty: --replace removes what it holds");
  await to.commit(markScope, { put: new Map([[markKey, "1"]]), durable: true });
  await empty(to);

  const devices = new Set<string>();
  let records = 0;
  for await (const some of batches(from)) {
    await copy(to, some);
    for (const { scope } of some) {
      if (scope.device !== undefined) devices.add(JSON.stringify([scope.user, scope.device]));
    }
    records += some.length;
  }
  const arrived = await countLasting(to);
  const sent = await countLasting(from);
  if (arrived !== sent) throw new MigrationError(`${sent} records were copied, and ${arrived} are there: try again`);
  await to.commit(markScope, { remove: [markKey], durable: true });
  return { records, devices: devices.size };
}

async function holdsRecords(store: Store): Promise<boolean> {
  for await (const _record of store.records()) return true;
  return false;
}

/** Removes everything but the mark. */
async function empty(store: Store): Promise<void> {
  const scopes = new Map<string, Scope>();
  for await (const record of store.records()) {
    if (!isMark(record)) scopes.set(JSON.stringify([record.scope.user, record.scope.device]), record.scope);
  }
  for (const scope of scopes.values()) {
    const isMarked = scope.user === markScope.user && scope.device === undefined;
    await store.commit(scope, { removePrefix: [""], ...(isMarked ? { put: new Map([[markKey, "1"]]) } : {}) });
  }
}

/** Records of one scope at a time. */
async function* batches(store: Store): AsyncGenerator<readonly StoredRecord[]> {
  let some: StoredRecord[] = [];
  for await (const record of store.records()) {
    const [first] = some;
    const isOther = first && (first.scope.user !== record.scope.user || first.scope.device !== record.scope.device);
    if (some.length >= batch || isOther) {
      yield some;
      some = [];
    }
    some.push(record);
  }
  if (some.length > 0) yield some;
}

async function copy(to: Store, some: readonly StoredRecord[]): Promise<void> {
  const [first] = some;
  if (!first) return;
  const { scope } = first;
  const lasting = some.filter(({ ttl }) => ttl === undefined);
  if (lasting.length > 0) await to.commit(scope, { put: new Map(lasting.map(({ key, value }) => [key, value])) });
  for (const { key, value, ttl } of some) {
    if (ttl !== undefined) await to.commit(scope, { put: new Map([[key, value]]), ttl });
  }
  const sure = some.filter(({ ttl }) => ttl === undefined || ttl > soon);
  const there = await to.read(
    scope,
    sure.map(({ key }) => key),
  );
  const missing = sure.filter(({ key, value }) => there.get(key) !== value);
  if (missing.length > 0) throw new MigrationError(`${missing.length} records did not arrive as they were: try again`);
}

/** Without those that may end while they are counted, and without the mark. */
async function countLasting(store: Store): Promise<number> {
  let count = 0;
  for await (const record of store.records()) if (record.ttl === undefined && !isMark(record)) count += 1;
  return count;
}

function isMark({ scope, key }: StoredRecord): boolean {
  return scope.user === markScope.user && scope.device === undefined && key === markKey;
}
