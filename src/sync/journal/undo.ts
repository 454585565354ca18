/**
 * Takes back what a device did, by the journal: the text of before is put where the text of after is, and nowhere else.
 * What somebody changed since is left alone, unless whoever asks wants it otherwise. An undoing is a change as any other:
 * phones are told of it as of what another client does, and it is in the journal itself.
 */
import { randomUUID } from "node:crypto";
import type { Account, Entry, Item } from "../../backends/backend.ts";
import { BackendError, MappingError } from "../../errors.ts";
import type { Log } from "../../log.ts";
import type { ClassName } from "../../mapping/item.ts";
import { reinstated } from "../../mapping/reinstated.ts";
import type { Scope } from "../../state/state.ts";
import type { Services } from "../session.ts";
import type { JournalEntry } from "./entry.ts";
import type { Journal } from "./journal.ts";
import { carriedOut, collectionOf, sideOf } from "./recorder.ts";
import { titleOf } from "./title.ts";

/** With whose rights, and whose changes. */
export interface Desk {
  readonly services: Pick<Services, "hub" | "journal" | "listings" | "now" | "state">;
  /** Of the user, by credentials that were checked just now. */
  readonly account: Account;
  /** The device whose changes are meant. */
  readonly scope: Required<Scope>;
  readonly log: Log;
}

export interface UndoOptions {
  /** What somebody changed since is overwritten. */
  readonly force?: boolean;
}

export interface Undone {
  /** The entry's. */
  readonly id: string;
  readonly title?: string;
  readonly outcome: UndoOutcome;
  /** For people. */
  readonly says: string;
}

export type UndoOutcome =
  | "undone"
  /** There was nothing left to do. */
  | "already"
  /** Somebody changed it since: nothing was overwritten. */
  | "changed"
  /** The server will not have it, or the texts were not kept. */
  | "refused"
  /** The server could not be reached: it can be tried again. */
  | "failed";

/** Undoes one entry of the journal. @throws BackendError `auth` when the login is refused. */
export async function undoEntry(desk: Desk, id: string, options: UndoOptions = {}): Promise<Undone> {
  const { journal } = desk.services;
  if (!journal) return { id, outcome: "refused", says: "No journal is kept here." };
  const entries = byId(await journal.list(desk.scope));
  const entry = entries.get(id);
  if (!entry) return { id, outcome: "refused", says: "The journal has no such change any more." };
  return undo({ ...desk, journal, entries }, entry, options);
}

/**
 * Undoes all that the device did since then (milliseconds since 1970), the newest first; what was undone stays so. One
 * that cannot be undone does not keep the others from it. Edits that lost a conflict are left as they are.
 * @throws BackendError `auth` when the login is refused.
 */
export async function undoSince(desk: Desk, since: number, options: UndoOptions = {}): Promise<readonly Undone[]> {
  const { journal } = desk.services;
  if (!journal) return [];
  const all = await journal.list(desk.scope);
  const work = { ...desk, journal, entries: byId(all) };
  const results: Undone[] = [];
  for (const { id, at, kind, undoes } of all) {
    const entry = work.entries.get(id);
    const isMeant = at >= since && kind !== "lost" && undoes === undefined;
    if (isMeant && entry && !entry.undone) results.push(await undo(work, entry, options));
  }
  return results;
}

function byId(entries: readonly JournalEntry[]): Map<string, JournalEntry> {
  return new Map(entries.map((entry) => [entry.id, entry]));
}

interface Work extends Desk {
  readonly journal: Journal;
  /** The whole journal of the device, with what this work adds to it. */
  readonly entries: Map<string, JournalEntry>;
}

/** Somebody else may write in the very moment: looked at again so many times. */
const mostAttempts = 3;

async function undo(work: Work, entry: JournalEntry, options: UndoOptions): Promise<Undone> {
  const answer = (outcome: UndoOutcome, says: string): Undone => ({
    id: entry.id,
    ...(entry.title === undefined ? {} : { title: entry.title }),
    outcome,
    says,
  });
  if (entry.undone) return answer("already", "It was undone before.");
  try {
    for (let attempt = 1; ; attempt += 1) {
      const found = entry.kind === "move" ? await moveBack(work, entry) : await putBack(work, entry, options);
      if (found !== "again") return answer(...found);
      if (attempt === mostAttempts) return answer("changed", sentences.changed);
    }
  } catch (error) {
    if (!(error instanceof BackendError) || error.kind === "auth") throw error;
    work.log.warn({ href: entry.href, error }, "a change could not be undone");
    if (error.kind === "busy" || error.kind === "unreachable") return answer("failed", sentences.unreached);
    return answer("refused", error.precondition === "no-uid-conflict" ? sentences.twin : sentences.refused);
  }
}

const sentences = {
  undone: "It is as it was before.",
  already: "It was as before already.",
  changed: "Somebody has changed it since: it was left as it is.",
  tooLarge: "It is too large: its text was not kept.",
  unreached: "The server could not be reached. Try again later.",
  refused: "The server does not accept it. What was deleted may still be in the server's own trash bin.",
  twin: "The server has another item of the same UID, perhaps in its trash bin.",
} as const;

type Found = readonly [outcome: UndoOutcome, says: string];

/** An edit that lost a conflict was not carried out: to undo that is to carry it out. */
async function putBack(work: Work, entry: JournalEntry, { force = false }: UndoOptions): Promise<Found | "again"> {
  const isLost = entry.kind === "lost";
  const wanted = isLost ? entry.after : entry.before;
  const expected = isLost ? entry.before : entry.after;
  const current = await readNow(work.account, entry.href);
  const isThere = current ? wanted?.print === sideOf(current.text).print : wanted === undefined;
  if (isThere) {
    await mark(work, entry, undefined);
    return ["already", sentences.already];
  }
  const isAsLeft = current
    ? expected !== undefined && (expected.print === sideOf(current.text).print || revsOf(work, entry).has(current.rev))
    : expected === undefined;
  if (!isAsLeft && !force) return ["changed", sentences.changed];
  const texts = wanted && (await work.journal.texts(work.scope, entry.id));
  const kept = isLost ? texts?.after : texts?.before;
  const text = kept === undefined ? undefined : asItIsTold(work, entry, kept, current);
  if (wanted && text === undefined) return ["refused", sentences.tooLarge];

  const action = () => writeBack(work.account, entry.href, current, text);
  const made = { before: current, after: text };
  const done = await carryOut(work, entry, made, action);
  return done ? ["undone", sentences.undone] : "again";
}

/** An edit that lost a conflict was revised for the guests when it was made. */
function asItIsTold({ account }: Work, { kind, className }: JournalEntry, text: string, current: Item | undefined) {
  if (className !== "Calendar" || kind === "lost") return text;
  try {
    return reinstated(text, current?.text, account.addresses);
  } catch (error) {
    if (!(error instanceof MappingError)) throw error;
    return text;
  }
}

async function writeBack(
  account: Account,
  href: string,
  current: Item | undefined,
  text: string | undefined,
): Promise<Entry | undefined> {
  if (text === undefined) {
    if (current) await account.remove(href, current.rev);
    return undefined;
  }
  if (current) return account.update(href, current.rev, text);
  return account.create(collectionOf(href), href.slice(href.lastIndexOf("/") + 1), text);
}

async function moveBack(work: Work, entry: JournalEntry): Promise<Found | "again"> {
  const { account } = work;
  const from = entry.from ?? "";
  const item = await readNow(account, entry.href);
  if (!item) {
    const isBack = (await readNow(account, from)) !== undefined;
    if (!isBack) return ["changed", sentences.changed];
    await mark(work, entry, undefined);
    return ["already", sentences.already];
  }
  const action = () => account.move(entry.href, collectionOf(from), from.slice(from.lastIndexOf("/") + 1));
  const done = await carryOut(work, entry, { from: entry.href, href: from }, action);
  return done ? ["undone", sentences.undone] : "again";
}

interface Made {
  readonly before?: Item | undefined;
  readonly after?: string | undefined;
  /** Of a move. */
  readonly from?: string;
  readonly href?: string;
}

/** In the journal before it is on the server, as what devices do. False when somebody else came first. */
async function carryOut(
  work: Work,
  entry: JournalEntry,
  { before, after, from, href = entry.href }: Made,
  action: () => Promise<Entry | undefined>,
): Promise<boolean> {
  const { journal, scope } = work;
  const planned = {
    id: randomUUID(),
    kind: from === undefined ? "undo" : "move",
    className: entry.className,
    collection: collectionOf(href),
    href,
    ...(from === undefined ? {} : { from }),
    ...(entry.title === undefined ? {} : { title: entry.title }),
    state: "begun",
    undoes: entry.id,
    ...(before ? { before: sideOf(before.text, before.rev) } : {}),
    ...(after === undefined ? {} : { after: sideOf(after) }),
  } as const;
  const texts = { ...(before ? { before: before.text } : {}), ...(after === undefined ? {} : { after }) };
  const begun = await journal.begin(scope, planned, texts);
  try {
    const written = await action();
    await mark(work, entry, carriedOut(begun, written));
  } catch (error) {
    if (error instanceof BackendError && error.kind !== "unreachable" && error.kind !== "busy")
      await journal.save(scope, [], [begun.id]);
    const isOvertaken = error instanceof BackendError && (error.kind === "conflict" || error.kind === "gone");
    if (isOvertaken && error.precondition === undefined) return false;
    throw error;
  }
  tell(work, [entry.href, href]);
  return true;
}

/**
 * Deletes an item for a device that wanted it deleted, and is in the journal as if that had done it.
 * @throws BackendError `conflict` when it is another revision by now, `gone` when it is no more.
 */
export async function deleteItem(desk: Desk, className: ClassName, href: string, rev: string): Promise<void> {
  const { account, scope, services } = desk;
  const item = services.journal && (await readNow(account, href));
  if (item && item.rev !== rev) throw new BackendError("conflict", `${href} was changed since`);
  const title = item && titleOf(item.text);
  const made = item && {
    id: randomUUID(),
    kind: "delete" as const,
    className,
    collection: collectionOf(href),
    href,
    ...(title === undefined ? {} : { title }),
    state: "begun" as const,
    before: sideOf(item.text, item.rev),
  };
  const begun = made && (await services.journal?.begin(scope, made, { before: item.text }));
  await account.remove(href, rev);
  if (begun) await services.journal?.save(scope, [carriedOut(begun, undefined)]);
  tell(desk, [href]);
}

/** Notes that an entry is undone; what it had undone itself is so no more. */
async function mark(work: Work, entry: JournalEntry, by: JournalEntry | undefined): Promise<void> {
  const { journal, scope, services, entries } = work;
  const undone = { at: services.now(), ...(by ? { by: by.id } : {}) };
  const changed: JournalEntry[] = [{ ...entry, undone }, ...(by ? [by] : [])];
  const former = entries.get(entry.undoes ?? "");
  if (former?.undone?.by === entry.id) {
    const { undone: _, ...again } = former;
    changed.push(again);
  }
  await journal.save(scope, changed);
  for (const one of changed) entries.set(one.id, one);
}

/** The user's phones are told at once. */
function tell({ services, account }: Desk, hrefs: readonly string[]): void {
  for (const path of new Set(hrefs.map(collectionOf))) {
    services.listings.wrote(account, path);
    services.hub.changed({ path });
  }
}

/**
 * Revisions under which the item is what the entry left: the one that was written then, and those under which it was put
 * back since. A server that stores a text in words of its own gives no other means to know it by.
 */
function revsOf({ entries }: Work, entry: JournalEntry): ReadonlySet<string> {
  const side = entry.kind === "lost" ? entry.before : entry.after;
  const revs = new Set(side?.rev === undefined ? [] : [side.rev]);
  const itsOwn = [...entries.values()].filter(({ href }) => href === entry.href).sort((one, two) => one.at - two.at);
  for (const { before, undone } of itsOwn) {
    const put = entries.get(undone?.by ?? "")?.after?.rev;
    if (before?.rev !== undefined && revs.has(before.rev) && put !== undefined) revs.add(put);
  }
  return revs;
}

async function readNow(account: Account, href: string): Promise<Item | undefined> {
  for await (const item of account.read(collectionOf(href), [href])) return account.stored(item);
  return undefined;
}
