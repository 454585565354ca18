/** The folder list under its key: what a phone knows of it, and what it is told (MS-ASCMD 2.2.1.5). */
import { isDeepStrictEqual } from "node:util";
import { EasError } from "../errors.ts";
import { isInSight } from "./folder-choice.ts";
import { isEmptinessDoubtful } from "./folder-doubt.ts";
import { provideLists } from "./folder-provision.ts";
import { isInVersion, mappingNameOf } from "./folder-types.ts";
import { foldersOf } from "./folders.ts";
import { type FolderId, initialKey, nextKey, type SyncKey } from "./ids.ts";
import { type DeviceRecords, decodeRecord, encodeRecord, type Folder, type Hierarchy, keys } from "./records.ts";
import type { Session } from "./session.ts";

/** What a FolderSync tells: the whole list when the phone began at 0, else what differs. */
export interface HierarchyAnswer {
  readonly key: SyncKey;
  readonly added: readonly Folder[];
  readonly updated: readonly Folder[];
  readonly deleted: readonly FolderId[];
}

/** A FolderSync that meets another one of its device begins again, so many times. */
const mostAttempts = 5;

/**
 * Answers a FolderSync. Key 0 keeps every collection's base and key: Gmail sends it at each manual refresh.
 * @throws EasError 9 when the key is neither the newest nor the one before it (MS-ASCMD_R4581).
 */
export async function syncHierarchy(session: Session, key: string): Promise<HierarchyAnswer> {
  for (let attempt = 0; attempt < mostAttempts; attempt += 1) {
    const answer = await trySyncHierarchy(session, key);
    if (answer) return answer;
  }
  throw new EasError(6, "other FolderSyncs of this device kept coming first");
}

/** Undefined when another request of the device came between reading and writing. */
async function trySyncHierarchy(session: Session, key: string): Promise<HierarchyAnswer | undefined> {
  const { state } = session.services;
  const stored = (await state.read(session.scope, [keys.hierarchy])).get(keys.hierarchy);
  const before = decodeRecord<Hierarchy>(stored);
  if (key !== initialKey && key !== before?.key && key !== before?.previous) {
    throw new EasError(9, `folder key ${key} is not one of ours`);
  }
  if (before && key === before.previous && before.pending)
    return differences(before.key, before.folders, before.pending);

  const collections = await session.account.collections(session.signal);
  if (await isEmptinessDoubtful(session, collections, before?.pending ?? before?.folders ?? []))
    throw new EasError(6, "no collection is left, which is not believed yet");
  const folders = await foldersOf(session, await provideLists(session, collections));
  // Asked from the beginning once more, before the first answer was taken up: which of the two is, nobody knows.
  if (before?.pending && key === initialKey && isFirst(before) && isDeepStrictEqual(before.pending, folders))
    return differences(before.key, [], before.pending);
  const known = knownFolders(before, key);
  const answer = differences(before?.key ?? ("" as SyncKey), known, folders);
  const next = nextHierarchy(session, before, key, known, folders, answer);
  const record = encodeRecord(next);
  if (record !== stored) {
    const outcome = await state.commit(session.scope, {
      expect: new Map([[keys.hierarchy, stored]]),
      put: new Map([[keys.hierarchy, record]]),
      ...forgetting(before, next),
    });
    if (outcome !== "done") return undefined;
  }
  return { ...answer, key: next.key };
}

/** Whether the key that was given out last stands for a whole list. */
function isFirst({ previous, folders }: Hierarchy): boolean {
  return previous === undefined && folders.length === 0;
}

/** What the device has, by the key it holds. */
export function knownFolders(before: Hierarchy | undefined, key: string): readonly Folder[] {
  if (!before || key === initialKey) return [];
  return key === before.key ? (before.pending ?? before.folders) : before.folders;
}

/** A device that has nothing to learn keeps its key; what it need not know (a right that changed) is noted all the same. */
function nextHierarchy(
  session: Session,
  before: Hierarchy | undefined,
  key: string,
  known: readonly Folder[],
  folders: readonly Folder[],
  answer: HierarchyAnswer,
): Hierarchy {
  const same = answer.added.length + answer.updated.length + answer.deleted.length === 0;
  if (before && key === before.key && same) return { count: before.count, key: before.key, folders };
  const count = (before?.count ?? 0) + 1;
  return {
    count,
    key: nextKey(count, session.services.random),
    ...(key === initialKey ? {} : { previous: key as SyncKey }),
    folders: known,
    pending: folders,
  };
}

/** What is dropped with the folders that the device neither has nor is told of any more: all that was kept for them. */
export function forgetting(
  before: Hierarchy | undefined,
  next: Hierarchy,
): { readonly remove: readonly string[]; readonly removePrefix: readonly string[] } {
  const kept = new Set([...next.folders, ...(next.pending ?? [])].map(({ id }) => id));
  const had = new Set([...(before?.folders ?? []), ...(before?.pending ?? [])].map(({ id }) => id));
  const gone = [...had].filter((id) => !kept.has(id));
  return {
    remove: gone.flatMap((id) => [keys.head(id), keys.pending(id), keys.troubles(id), keys.held(id)]),
    removePrefix: gone.flatMap((id) => [keys.base(id, ""), `backlog/${id}/`, `moved/${id}/`]),
  };
}

/** The folder of that id as the device knows it; undefined when it does not (Status 12: FolderSync is needed). */
export async function findFolder(session: Session, id: string): Promise<Folder | undefined> {
  const folders = foldersIn(await session.services.state.read(session.scope, [keys.hierarchy]), session);
  return folders.find((folder) => folder.id === id);
}

/**
 * The folders the device was told of, but for those of a class that the version it speaks now does not have, and those
 * that it is not to have any more.
 */
export function foldersIn(records: DeviceRecords, session: Session): readonly Folder[] {
  return toldFolders(records).filter(
    (folder) => isInVersion(session, mappingNameOf(folder)) && isInSight(session, folder),
  );
}

function toldFolders(records: DeviceRecords): readonly Folder[] {
  const hierarchy = decodeRecord<Hierarchy>(records.get(keys.hierarchy));
  return hierarchy ? (hierarchy.pending ?? hierarchy.folders) : [];
}

/**
 * Whether a FolderSync would tell the device anything, or one of the folders it waits for is no more. `isMailSame`: the
 * mail server, which tells of such things, told of none.
 */
export async function hierarchyMoved(
  session: Session,
  waiting: readonly Folder[],
  isMailSame: boolean,
): Promise<boolean> {
  const known = toldFolders(await session.services.state.read(session.scope, [keys.hierarchy]));
  const collections = await session.account.collections(session.signal);
  if (await isEmptinessDoubtful(session, collections, known)) return false;
  const mail = isMailSame ? known.filter(({ className }) => className === "Email") : undefined;
  const now = await foldersOf(session, collections, mail);
  const answer = differences("" as SyncKey, known, now);
  const present = new Set(now.map(({ id }) => id));
  return (
    answer.added.length + answer.updated.length + answer.deleted.length > 0 ||
    isMergedOtherwise(known, now) ||
    waiting.some(({ id }) => !present.has(id))
  );
}

/** A merged folder got or lost a collection: no news to the phone, but its FolderSync is what makes it so. */
function isMergedOtherwise(known: readonly Folder[], now: readonly Folder[]): boolean {
  const hrefs = new Set(known.map(({ href }) => href));
  return now.some(({ href }) => href !== undefined && !hrefs.has(href));
}

function differences(key: SyncKey, known: readonly Folder[], now: readonly Folder[]): HierarchyAnswer {
  const before = new Map(known.map((folder) => [folder.id, folder]));
  const present = new Set(now.map(({ id }) => id));
  return {
    key,
    added: now.filter(({ id }) => !before.has(id)),
    updated: now.filter((folder) => {
      const old = before.get(folder.id);
      if (old === undefined) return false;
      return old.name !== folder.name || old.type !== folder.type || old.parent !== folder.parent;
    }),
    deleted: known.filter(({ id }) => !present.has(id)).map(({ id }) => id),
  };
}
