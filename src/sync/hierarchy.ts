/**
 * The folder list of an account as phones see it: one folder per collection and class, exactly one default of each
 * kind, and the mail folders that every phone insists on.
 */
import { isDeepStrictEqual } from "node:util";
import type { Collection, Component } from "../backends/backend.ts";
import { EasError } from "../errors.ts";
import type { ClassName } from "../mapping/item.ts";
import { folderNameCharacters } from "../schema/limits.ts";
import { type FolderId, initialKey, nextKey, type SyncKey } from "./ids.ts";
import {
  type Defaults,
  type DeviceRecords,
  decodeRecord,
  encodeRecord,
  type Folder,
  type Hierarchy,
  keys,
} from "./records.ts";
import type { Session } from "./session.ts";

/** What a FolderSync tells: the whole list when the phone began at 0, else what differs. */
export interface HierarchyAnswer {
  readonly key: SyncKey;
  readonly added: readonly Folder[];
  readonly updated: readonly Folder[];
  readonly deleted: readonly FolderId[];
}

/** Folder types of MS-ASCMD 2.2.3.186.3: the default of a class, and another one of it. */
const types: Readonly<Partial<Record<ClassName, { standard: number; other: number; component: Component }>>> = {
  Calendar: { standard: 8, other: 13, component: "VEVENT" },
  Contacts: { standard: 9, other: 14, component: "VCARD" },
  Tasks: { standard: 7, other: 15, component: "VTODO" },
  Notes: { standard: 10, other: 17, component: "VJOURNAL" },
};

/** A FolderSync that meets another one of its device begins again, so many times. */
const mostAttempts = 5;

/** Phones look these up by type and fail in odd ways without them; empty and read-only while no mail server is set up. */
const mailFolders: readonly { readonly name: string; readonly type: number }[] = [
  { name: "Inbox", type: 2 },
  { name: "Drafts", type: 3 },
  { name: "Deleted Items", type: 4 },
  { name: "Sent Items", type: 5 },
  { name: "Outbox", type: 6 },
];

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

  const folders = await listFolders(session);
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
function knownFolders(before: Hierarchy | undefined, key: string): readonly Folder[] {
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

/** The folder of that id as the device knows it; undefined when it does not (Status 12: FolderSync is needed). */
export async function findFolder(session: Session, id: string): Promise<Folder | undefined> {
  return (await deviceFolders(session)).find((folder) => folder.id === id);
}

async function deviceFolders(session: Session): Promise<readonly Folder[]> {
  return foldersIn(await session.services.state.read(session.scope, [keys.hierarchy]));
}

/** All folders the device was told of. */
export function foldersIn(records: DeviceRecords): readonly Folder[] {
  const hierarchy = decodeRecord<Hierarchy>(records.get(keys.hierarchy));
  return hierarchy ? (hierarchy.pending ?? hierarchy.folders) : [];
}

/** Whether a FolderSync would tell the device anything. */
export async function hierarchyMoved(session: Session): Promise<boolean> {
  const known = await deviceFolders(session);
  const answer = differences("" as SyncKey, known, await listFolders(session));
  return answer.added.length + answer.updated.length + answer.deleted.length > 0;
}

/** The folders of the account, in the order phones are told: mail first, then defaults before others. */
export async function listFolders(session: Session): Promise<readonly Folder[]> {
  const collections = await session.account.collections(session.signal);
  const defaults = await chooseDefaults(session, collections);
  const mail = mailFolders.map(
    ({ name, type }): Folder => ({
      id: session.ids.folder("Email", `:${type}`),
      parent: "0",
      name,
      type,
      className: "Email",
      rights: { create: false, update: false, remove: false },
    }),
  );
  const items = servedClasses(session).flatMap(([className, { standard, other, component }]) =>
    collections
      .filter(({ components }) => components.includes(component))
      .map(
        (collection): Folder => ({
          id: session.ids.folder(className, collection.href),
          parent: "0",
          name: displayName(collection),
          type: defaults[className] === collection.href ? standard : other,
          className,
          href: collection.href,
          rights: collection.rights,
        }),
      )
      .sort((one, two) => one.type - two.type),
  );
  return [...mail, ...withDistinctNames(items)];
}

/** Chosen once, then kept while the collection exists: a default that moves makes phones file new items elsewhere. */
async function chooseDefaults(session: Session, collections: readonly Collection[]): Promise<Defaults> {
  const { state } = session.services;
  const scope = { user: session.account.user };
  const stored = (await state.read(scope, [keys.defaults])).get(keys.defaults);
  const before = decodeRecord<Defaults>(stored) ?? {};
  const chosen: { -readonly [Name in ClassName]?: string } = { ...before };
  for (const [className, { component }] of servedClasses(session)) {
    const candidates = collections.filter(({ components }) => components.includes(component));
    if (candidates.some(({ href }) => href === chosen[className])) continue;
    const choice = firstChoice(candidates);
    if (choice) chosen[className] = choice.href;
    else delete chosen[className];
  }
  const next = encodeRecord(chosen);
  if (next === stored) return chosen;
  const outcome = await state.commit(scope, {
    expect: new Map([[keys.defaults, stored]]),
    put: new Map([[keys.defaults, next]]),
  });
  // Another phone of the user chose in the same moment: its choice stands.
  return outcome === "done" ? chosen : chooseDefaults(session, collections);
}

function firstChoice(candidates: readonly Collection[]): Collection | undefined {
  const byHref = [...candidates].sort((one, two) => (one.href < two.href ? -1 : 1));
  return (
    byHref.find(({ isDefault }) => isDefault) ??
    byHref.find(({ rights, shared }) => rights.create && !shared) ??
    byHref.find(({ rights }) => rights.create) ??
    byHref[0]
  );
}

function servedClasses(session: Session) {
  return (Object.entries(types) as [ClassName, { standard: number; other: number; component: Component }][]).filter(
    ([className]) => session.services.mappings.has(className),
  );
}

/** One line, not empty, not endless: some clients keep their folder list in a text file. */
function displayName({ name, href }: Collection): string {
  const cleaned = name.replace(/[\u0000-\u001f\u007f]+/g, " ").trim();
  const last = href.split("/").filter(Boolean).at(-1) ?? "Folder";
  return (cleaned === "" ? last : cleaned).slice(0, folderNameCharacters);
}

/** Phones refuse or merge folders of one name: the later ones get a number. */
function withDistinctNames(folders: readonly Folder[]): readonly Folder[] {
  const taken = new Set(mailFolders.map(({ name }) => name));
  return folders.map((folder) => {
    let { name } = folder;
    for (let number = 2; taken.has(name); number += 1) name = `${folder.name} (${number})`;
    taken.add(name);
    return { ...folder, name };
  });
}

function differences(key: SyncKey, known: readonly Folder[], now: readonly Folder[]): HierarchyAnswer {
  const before = new Map(known.map((folder) => [folder.id, folder]));
  const present = new Set(now.map(({ id }) => id));
  return {
    key,
    added: now.filter(({ id }) => !before.has(id)),
    updated: now.filter((folder) => {
      const old = before.get(folder.id);
      return old !== undefined && (old.name !== folder.name || old.type !== folder.type);
    }),
    deleted: known.filter(({ id }) => !present.has(id)).map(({ id }) => id),
  };
}
