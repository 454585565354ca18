/** The names of folders as phones show them. */
import type { Collection } from "../backends/backend.ts";
import { folderNameCharacters } from "../schema/limits.ts";
import type { FolderId } from "./ids.ts";
import { decodeRecord, encodeRecord, type Folder, type FolderName, type FolderNames, keys } from "./records.ts";
import type { Session } from "./session.ts";

/** One line, not empty, not endless: some clients keep their folder list in a text file. Another's says whose it is. */
export function displayName({ name, href, owner }: Pick<Collection, "name" | "href" | "owner">): string {
  const own = oneLine(name) || (href.split("/").filter(Boolean).at(-1) ?? "Folder");
  const whose = oneLine(owner ?? "");
  // Else everybody's calendar is called Calendar. Nextcloud says itself whose it is.
  const isSaid = whose === "" || foldName(own).includes(foldName(whose));
  return isSaid ? own.slice(0, folderNameCharacters) : withSuffix(own, whose.slice(0, longestOwner));
}

/** Characters: an owner may be called by a whole mail address, or by something without end. */
const longestOwner = 64;

function oneLine(text: string): string {
  return text.replace(/[\u0000-\u001f\u007f]+/g, " ").trim();
}

/** The same to phones, some of which do not look at capitals. */
export function foldName(name: string): string {
  return name.normalize("NFC").toLowerCase();
}

/**
 * Phones refuse or merge folders of one name: the tasks and the notes of a collection that is a calendar too are named
 * as that, the later ones of any kind get a number, which stays theirs. `folders` are all of the account, whatever a
 * device sees of them; `taken` are names that are none of these.
 */
export async function nameFolders(
  session: Session,
  folders: readonly Folder[],
  taken: readonly string[],
): Promise<readonly Folder[]> {
  const wanted = namedByClass(folders);
  const counts = new Map(taken.map((name) => [foldName(name), 1]));
  for (const { name } of wanted) counts.set(foldName(name), (counts.get(foldName(name)) ?? 0) + 1);
  const collides = ({ name }: Folder): boolean => (counts.get(foldName(name)) ?? 0) > 1;
  if (!wanted.some(collides)) return wanted;

  const { state } = session.services;
  const scope = { user: session.account.user };
  const stored = (await state.read(scope, [keys.names])).get(keys.names);
  const before = decodeRecord<FolderNames>(stored) ?? {};
  const distinct = withDistinctNames(wanted, taken, before);
  const renewed = wanted.flatMap((folder, at): [FolderId, FolderName][] =>
    collides(folder) ? [[folder.id, { of: folder.name, is: distinct[at]?.name ?? folder.name }]] : [],
  );
  const present = new Set(folders.map(({ id }) => id));
  // Those of a class that this version does not have keep theirs.
  const others = (Object.entries(before) as [FolderId, FolderName][]).filter(([id]) => !present.has(id));
  const next = encodeRecord(Object.fromEntries([...others.slice(-mostNames), ...renewed]));
  if (next === stored) return distinct;
  const outcome = await state.commit(scope, {
    expect: new Map([[keys.names, stored]]),
    put: new Map([[keys.names, next]]),
  });
  // Another phone of the user named them in the same moment: it stays at that.
  return outcome === "done" ? distinct : nameFolders(session, folders, taken);
}

/** Names of folders that are remembered though they are not there now. */
const mostNames = 500;

function namedByClass(folders: readonly Folder[]): readonly Folder[] {
  const calendars = new Map(
    folders.flatMap(({ className, href, name }) => (className === "Calendar" ? [[href, name]] : [])),
  );
  return folders.map((folder) => {
    const { className, href, name } = folder;
    const isCalendarToo = className !== "Calendar" && href !== undefined && calendars.get(href) === name;
    return isCalendarToo ? { ...folder, name: withSuffix(name, className) } : folder;
  });
}

function withDistinctNames(
  folders: readonly Folder[],
  taken: readonly string[],
  before: FolderNames,
): readonly Folder[] {
  const names = new Set(taken.map(foldName));
  const given = new Map<FolderId, string>();
  const take = (id: FolderId, name: string): boolean => {
    if (names.has(foldName(name))) return false;
    names.add(foldName(name));
    given.set(id, name);
    return true;
  };
  for (const { id, name } of folders) if (before[id]?.of === name) take(id, before[id].is);
  for (const { id, name } of folders) {
    if (given.has(id) || take(id, name)) continue;
    for (let number = 2; !take(id, withSuffix(name, String(number))); number += 1);
  }
  return folders.map((folder) => ({ ...folder, name: given.get(folder.id) ?? folder.name }));
}

function withSuffix(name: string, suffix: string): string {
  const end = ` (${suffix})`;
  return name.slice(0, folderNameCharacters - end.length) + end;
}
