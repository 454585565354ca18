/**
 * A device is made to start over: what it has of the account is void, and its keys are. It gets the same items again
 * under the same ids; what it had begun to add, and never heard of, is still recognised.
 */
import type { Scope, State } from "../state/state.ts";
import { type FolderId, nextKey } from "./ids.ts";
import { decodeRecord, defaultOptions, encodeRecord, type Head, keys } from "./records.ts";

/** A request that is under way keeps changing a collection's record. */
const mostAttempts = 20;

/**
 * Voids what was synced with a device. A request that is under way can commit no more: it finds other records than those
 * it began with.
 */
export async function startOver(
  state: State,
  scope: Required<Scope>,
  random: (octets: number) => Uint8Array,
): Promise<void> {
  const prefix = keys.head("" as FolderId);
  const folders: FolderId[] = [];
  for await (const [key] of state.scan(scope, prefix)) folders.push(key.slice(prefix.length) as FolderId);
  for (const folder of folders) await voidCollection(state, scope, folder, random);
  await state.commit(scope, {
    remove: [keys.hierarchy, keys.ping, keys.syncRequest],
    removePrefix: ["moved/", "found/"],
    durable: true,
  });
}

async function voidCollection(
  state: State,
  scope: Required<Scope>,
  folder: FolderId,
  random: (octets: number) => Uint8Array,
): Promise<void> {
  const record = keys.head(folder);
  for (let attempt = 0; attempt < mostAttempts; attempt += 1) {
    const stored = (await state.read(scope, [record])).get(record);
    const before = decodeRecord<Head>(stored);
    if (!before) return;
    const { className, intents } = before;
    const count = before.count + 1;
    // A key that no device was given.
    const key = nextKey(count, random);
    const head: Head = { className, count, key, options: defaultOptions, ...(intents ? { intents } : {}) };
    const outcome = await state.commit(scope, {
      expect: new Map([[record, stored]]),
      put: new Map([[record, encodeRecord(head)]]),
      remove: [keys.pending(folder), keys.troubles(folder)],
      removePrefix: [keys.base(folder, ""), `backlog/${folder}/`],
    });
    if (outcome === "done") return;
  }
  throw new Error(`the collection ${folder} kept changing`);
}
