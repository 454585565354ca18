/**
 * The mailboxes of an account, and what stays of each when it is renamed: by the server's word (OBJECTID), else by a map
 * that is kept. The map follows what phones rename, and others' renamings by UIDVALIDITY where that tells mailboxes apart.
 */
import type { Mailbox } from "../../backends/mail.ts";
import type { FolderId } from "../ids.ts";
import { decodeRecord, encodeRecord, type KeptMailboxes, keys } from "../records.ts";
import type { Session } from "../session.ts";

export interface PlacedMailbox extends Mailbox {
  /**
   * Stays when it is renamed or moved, but for a way into the trash or out of it: that is a deletion to a phone, and what
   * lies in the trash another folder.
   */
  readonly identity: FolderId;
}

/** All mailboxes the account sees. @throws BackendError */
export async function readMailboxes(session: Session): Promise<readonly PlacedMailbox[]> {
  const { mail } = session.account;
  if (!mail) return [];
  const mailboxes = await mail.mailboxes(session.signal);
  const origins = await originsOf(session, mailboxes);
  const trash = mailboxes.find(({ use }) => use === "trash")?.path;
  const taken = new Set<string>();
  return mailboxes.map((mailbox) => {
    const { objectId, path } = mailbox;
    const told = `id:${objectId}`;
    // A server that gives one id twice is not to be believed.
    const origin = objectId === undefined || taken.has(told) ? `path:${origins.get(path) ?? path}` : told;
    taken.add(origin);
    const isDeleted = trash !== undefined && parentsOf(mailbox, mailboxes).some((parent) => parent.path === trash);
    return { ...mailbox, identity: session.ids.folder("Email", isDeleted ? `deleted ${origin}` : origin) };
  });
}

/** Those that a mailbox lies in, the nearest first. */
export function parentsOf<One extends Mailbox>(mailbox: One, all: readonly One[]): readonly One[] {
  const byPath = new Map(all.map((one) => [one.path, one]));
  const found: One[] = [];
  for (let at = mailbox.parent; at !== undefined && found.length < all.length; at = found.at(-1)?.parent) {
    const parent = byPath.get(at);
    if (!parent) break;
    found.push(parent);
  }
  return found;
}

/** What is about to be done to a mailbox: should its answer be lost, the map knows where it went. */
export async function noteRenaming(session: Session, renaming: NonNullable<KeptMailboxes["renaming"]>): Promise<void> {
  await amend(session, (kept) => ({ ...kept, renaming }));
}

/** The first path that each mailbox was known by; of those that tell no id of their own. */
async function originsOf(session: Session, mailboxes: readonly Mailbox[]): Promise<ReadonlyMap<string, string>> {
  const nameless = mailboxes.filter(({ objectId }) => objectId === undefined);
  if (nameless.length === 0) return new Map();
  const kept = await amend(session, (before) => followed(before, nameless));
  return new Map(Object.entries(kept.boxes).map(([path, { origin }]) => [path, origin]));
}

/** What is kept of these mailboxes, by what was kept before they were as they are. */
export function followed({ boxes, renaming }: KeptMailboxes, mailboxes: readonly Mailbox[]): KeptMailboxes {
  const to = renaming && movedTo(renaming, mailboxes);
  const before = to === undefined ? boxes : rekeyed(boxes, renaming?.from ?? "", to, mailboxes);
  const byValidity = unique(Object.entries(before).map(([path, { validity }]) => [validity, path]));
  const now = unique(mailboxes.map(({ path, uidValidity }) => [uidValidity, path]));
  const taken = new Set<string>();
  const claimed = new Map<string, string>();
  const claim = (path: string, origin: string | undefined): void => {
    if (origin === undefined || claimed.has(path) || taken.has(origin)) return;
    taken.add(origin);
    claimed.set(path, origin);
  };
  // A mailbox that bears what only one bore before is that one, wherever it is now.
  for (const [validity, path] of now) claim(path, before[byValidity.get(validity) ?? ""]?.origin);
  for (const { path } of mailboxes) claim(path, before[path]?.origin);
  for (const { path } of mailboxes) {
    claim(path, path);
    for (let number = 2; !claimed.has(path); number += 1) claim(path, `${path} ${number}`);
  }
  const found = mailboxes.map(({ path, uidValidity }): [string, KeptMailboxes["boxes"][string]] => [
    path,
    { origin: claimed.get(path) ?? path, ...(uidValidity === undefined ? {} : { validity: uidValidity }) },
  ]);
  return { boxes: Object.fromEntries(found), ...(renaming && to === undefined ? { renaming } : {}) };
}

/** Where a mailbox is that was about to be renamed; undefined as long as it is where it was. */
function movedTo(
  { from, name, parent }: NonNullable<KeptMailboxes["renaming"]>,
  mailboxes: readonly Mailbox[],
): string | undefined {
  if (mailboxes.some(({ path }) => path === from)) return undefined;
  return mailboxes.find((one) => one.name === name && one.parent === parent)?.path;
}

/** Those in it have gone along. */
function rekeyed(
  boxes: KeptMailboxes["boxes"],
  from: string,
  to: string,
  mailboxes: readonly Mailbox[],
): KeptMailboxes["boxes"] {
  const now = new Set(mailboxes.map(({ path }) => path));
  return Object.fromEntries(
    Object.entries(boxes).map(([path, one]) => {
      const moved = path.startsWith(from) && !now.has(path) ? to + path.slice(from.length) : path;
      return [now.has(moved) ? moved : path, one];
    }),
  );
}

/** Paths by validity, but for those that several have. */
function unique(all: readonly (readonly [validity: number | undefined, path: string])[]): ReadonlyMap<number, string> {
  const found = new Map<number, string>();
  const several = new Set<number>();
  for (const [validity, path] of all) {
    if (validity === undefined) continue;
    if (found.has(validity)) several.add(validity);
    found.set(validity, path);
  }
  for (const validity of several) found.delete(validity);
  return found;
}

async function amend(session: Session, change: (before: KeptMailboxes) => KeptMailboxes): Promise<KeptMailboxes> {
  const { state } = session.services;
  const scope = { user: session.account.user };
  const stored = (await state.read(scope, [keys.mailboxes])).get(keys.mailboxes);
  const next = change(decodeRecord<KeptMailboxes>(stored) ?? { boxes: {} });
  const record = encodeRecord(next);
  if (record === stored) return next;
  const outcome = await state.commit(scope, {
    expect: new Map([[keys.mailboxes, stored]]),
    put: new Map([[keys.mailboxes, record]]),
  });
  // Another phone of the user looked in the same moment.
  return outcome === "done" ? next : amend(session, change);
}
