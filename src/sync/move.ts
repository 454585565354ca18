/**
 * Moving an item of a device from one folder to another; messages go by `mail/move-message.ts`. The collections' own
 * Syncs tell the device of it, by a Delete and an Add (MS-ASCMD_R289): a move touches no key and no base.
 */
import { BackendError, EasError } from "../errors.ts";
import { fingerprint, type ServerId } from "./ids.ts";
import type { JournalEntry } from "./journal/entry.ts";
import { carriedOut, collectionOf } from "./journal/recorder.ts";
import { titleOf } from "./journal/title.ts";
import { knownItem } from "./known.ts";
import { homeOf, rightsAt } from "./merged.ts";
import { type BaseEntry, decodeRecord, encodeRecord, type Folder, keys, type Moved } from "./records.ts";
import { mappingOf, type Session } from "./session.ts";
import { type Stored, withStored } from "./turn.ts";

/** Milliseconds for which a move that was done is recognised when it is asked for again. */
const rememberedFor = 86_400_000;

/**
 * Moves one item and says under which id it is in `target`. Asked again for the same, it says the same.
 * @throws BackendError `gone` when the device has no such item in `source` (any more), `refused` and `conflict` when it
 * may not be moved or its UID is taken there, others when the backend cannot answer.
 * @throws EasError 5 when another request of the device holds the source.
 */
export async function moveItem(session: Session, source: Folder, id: string, target: Folder): Promise<ServerId> {
  const moved = await withStored(session, source, async (stored) => {
    const { entry } = await knownItem(session, source, id as ServerId);
    if (!entry || entry.hidden) return recall(session, source, id, target);
    return carryOut(session, stored, { source, id: id as ServerId, entry, target });
  });
  for (const folder of [source, target]) session.services.hub.wrote(session, folder);
  return moved;
}

interface Move {
  readonly source: Folder;
  readonly id: ServerId;
  readonly entry: BaseEntry;
  readonly target: Folder;
}

async function carryOut(session: Session, stored: Stored, { source, id, entry, target }: Move): Promise<ServerId> {
  const { account, ids, services } = session;
  // Instances without their series share one resource: it cannot be in two places.
  if (entry.part !== undefined || rightsAt(source, entry.href)?.remove === false || target.rights?.create === false)
    throw new BackendError("refused", `the item ${id} may not be moved there`);
  const home = homeOf(target.href ?? "");
  const name = nameOf(session, id, target);
  const noted = await note(session, { source, id, entry, target }, home + name);
  await stored.tenure.confirm();
  services.fault("before-write");
  const written = await account.move(entry.href, home, name);
  const { href } = written;
  services.fault("after-write");
  if (noted) await services.journal?.save(session.scope, [carriedOut(noted, written)]);
  services.listings.wrote(account, target.href ?? "");
  const moved = ids.item(target.id, href, "");
  const outcome = await services.state.commit(session.scope, {
    leases: [stored.lease],
    put: new Map([[keys.moved(source.id, id), encodeRecord({ to: target.id, id: moved } satisfies Moved)]]),
    ttl: rememberedFor,
  });
  if (outcome !== "done") throw new EasError(5, `collection ${source.id}: the lease was lost (${outcome})`);
  return moved;
}

/** The move in the journal, before it is made. Repeated, it is the same entry. */
async function note(session: Session, { id, entry, target }: Move, href: string): Promise<JournalEntry | undefined> {
  const { account, services, scope } = session;
  if (!services.journal) return undefined;
  let title: string | undefined;
  for await (const item of services.texts.read(account, collectionOf(entry.href), [entry])) title = titleOf(item.text);
  const made = {
    id: fingerprint(JSON.stringify(["move", id, target.id, entry.rev])),
    kind: "move",
    className: target.className,
    collection: collectionOf(href),
    href,
    from: entry.href,
    ...(title === undefined ? {} : { title }),
    state: "begun",
  } as const;
  return services.journal.begin(scope, made, {});
}

/** In its new folder. Derived, so that a move whose answer was lost finds itself. */
function nameOf(session: Session, id: string, target: Folder): string {
  return fingerprint(JSON.stringify(["move", id, target.id])) + mappingOf(session, target).extension;
}

/** A move that was done, and that the source's Sync has told of since. */
async function recall(session: Session, source: Folder, id: string, target: Folder): Promise<ServerId> {
  const { account, ids, scope, services } = session;
  const key = keys.moved(source.id, id as ServerId);
  const moved = decodeRecord<Moved>((await services.state.read(scope, [key])).get(key));
  if (moved?.id !== undefined && moved.to === target.id) return moved.id;
  // The server may have done it and not have said so.
  const home = homeOf(target.href ?? "");
  const href = home + nameOf(session, id, target);
  for await (const item of account.read(home, [href], session.signal)) return ids.item(target.id, item.href, "");
  throw new BackendError("gone", `no item ${id} on this device`);
}

/** Whether items of the one folder can be in the other: the same class, and both of a real collection. */
export function canHold(source: Folder, target: Folder): boolean {
  return target.href !== undefined && source.href !== undefined && source.className === target.className;
}
