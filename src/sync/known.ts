/** What a phone has of a collection: the stored base, and on top of it what the phone has just confirmed. */
import { folderOf, messageNamed, type ServerId } from "./ids.ts";
import { placedIn } from "./mail/href.ts";
import { type BaseEntry, decodeRecord, type Folder, type Head, keys, type Pending } from "./records.ts";
import type { Session } from "./session.ts";
import type { Turn } from "./turn.ts";

/** What the phone knows of these ids; absent where it knows nothing. */
export async function knownEntries(turn: Turn, ids: readonly ServerId[]): Promise<Map<ServerId, BaseEntry>> {
  const found = new Map<ServerId, BaseEntry>();
  const stored = ids.filter((id) => !turn.confirmed.has(id));
  await readBase(turn, stored);
  for (const id of ids) {
    const entry = turn.confirmed.has(id) ? turn.confirmed.get(id) : turn.base.get(id);
    if (entry) found.set(id, entry);
  }
  return found;
}

async function readBase(turn: Turn, ids: readonly ServerId[]): Promise<void> {
  const { base, folder, session } = turn;
  const missing = ids.filter((id) => !base.has(id));
  const values = await session.services.state.read(
    session.scope,
    missing.map((id) => keys.base(folder.id, id)),
  );
  for (const id of missing) base.set(id, readEntry(folder, values.get(keys.base(folder.id, id))));
}

function readEntry(folder: Folder, stored: string | undefined): BaseEntry | undefined {
  const entry = decodeRecord<BaseEntry>(stored);
  return entry && placed(folder, entry);
}

/** As it was stored, but for a mailbox that was renamed since. */
export function placed(folder: Folder, entry: BaseEntry): BaseEntry {
  const href = placedIn(folder.href, entry.href);
  return href === entry.href ? entry : { ...entry, href };
}

/**
 * An item that the phone shows, or that is beyond its filter (`hidden`), by what it was told last; for commands that take
 * no turn of the collection.
 */
export async function knownItem(
  session: Session,
  folder: Folder,
  id: ServerId,
): Promise<{ readonly head: Head | undefined; readonly entry: BaseEntry | undefined }> {
  const names = [keys.head(folder.id), keys.pending(folder.id), keys.base(folder.id, id)];
  const values = await session.services.state.read(session.scope, names);
  const [head, pending, base] = names.map((name) => values.get(name));
  const sent = decodeRecord<Pending>(pending)?.entries.find(([sentId]) => sentId === id)?.[1];
  const entry = sent === null ? undefined : sent ? placed(folder, sent) : readEntry(folder, base);
  const isItem = entry?.hidden === undefined || entry.hidden === "filter";
  return { head: decodeRecord<Head>(head), entry: isItem ? entry : undefined };
}

/**
 * As `knownItem`, and a message that the device was never sent, which it found by a search: its id says where it is. It is
 * there, or it is gone; nobody has looked yet.
 */
export async function namedItem(
  session: Session,
  folder: Folder,
  id: ServerId,
): Promise<Awaited<ReturnType<typeof knownItem>>> {
  const known = await knownItem(session, folder, id);
  const message = messageNamed(id);
  const isHere = folder.className === "Email" && folderOf(id) === folder.id && folder.href !== undefined;
  if (known.entry || !isHere || message === undefined) return known;
  return { ...known, entry: { href: folder.href + message, rev: "" } };
}

/** Everything the phone knows in this collection: costs a walk over the base. */
export async function allKnown(turn: Turn): Promise<Map<ServerId, BaseEntry>> {
  const found = new Map<ServerId, BaseEntry>();
  const prefix = keys.base(turn.folder.id, "");
  for await (const [key, value] of turn.session.services.state.scan(turn.session.scope, prefix)) {
    const entry = readEntry(turn.folder, value);
    if (entry) found.set(key.slice(prefix.length) as ServerId, entry);
  }
  for (const [id, entry] of turn.confirmed) {
    if (entry) found.set(id, entry);
    else found.delete(id);
  }
  return found;
}

/**
 * Orphaned instances are as their resource is: an edit of one moves the revision of all, and is written down in the
 * record that lists them. One without a revision is yet to be sent.
 */
export function renewParts(known: Map<ServerId, BaseEntry>, main: BaseEntry): void {
  for (const [id, entry] of known) {
    if (entry.part === undefined || entry.href !== main.href || entry.rev === "") continue;
    known.set(id, { ...entry, rev: main.rev, ...(main.stale ? { stale: true } : {}) });
  }
}
