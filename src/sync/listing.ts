/**
 * What differs between the backend and what a phone has: listed once, in proportion to what changed. Only the first
 * listing and a full comparison look at everything.
 */
import type { Changes } from "../backends/backend.ts";
import { windowSeconds } from "../schema/limits.ts";
import { brakeFired, countShown, doubtSpan, isMassDeletion, mayBeMassDeletion } from "./brakes.ts";
import { isInside, sweepEvery, windowStart } from "./filter.ts";
import { extentOf } from "./folder-types.ts";
import type { ServerId } from "./ids.ts";
import { allKnown, knownEntries } from "./known.ts";
import { messageValidity } from "./mail/href.ts";
import type { BaseEntry, Head, Listed, StickyOptions } from "./records.ts";
import type { Turn } from "./turn.ts";

/** Seconds between two full comparisons of a collection. */
const compareEvery = 7 * 86_400;

export interface Listing {
  /** Deletions first: an item that was deleted and made again under the same UID must not meet itself on the phone. */
  readonly listed: readonly Listed[];
  /** Where the next listing begins: where this one began, as long as it is not believed. */
  readonly cursor: string | undefined;
  /** As in `Marks`. */
  readonly doubted: number | undefined;
  /** What the backend said. */
  readonly changes: Changes;
}

/** Entries the device got by its own doing in this request. */
export type Overlay = ReadonlyMap<ServerId, BaseEntry | null>;

/**
 * Asks the backend what happened since the turn's position and leaves out what the phone already has. Undefined when a
 * first listing is not ready in the time an answer may take; it runs on for the next request.
 */
export async function listDifferences(turn: Turn, overlay: Overlay): Promise<Listing | undefined> {
  const { session, folder } = turn;
  const changes = await changesSince(turn);
  if (!changes) return undefined;
  const known = await knownOf(turn, changes, overlay);
  const id = (href: string) => session.ids.item(folder.id, href, "");

  const changed = changes.entries.filter(({ href, rev }) => {
    if (known.size === 0) return true;
    const entry = known.get(id(href));
    return entry?.rev !== rev || entry.stale === true;
  });
  const gone = changes.full ? missing(known, changes) : changes.gone.filter((href) => known.has(id(href)));
  const differing = changed.map(({ href, rev }): Listed => [href, rev]);
  // An item that the phone never had is not missed: an event that a task list skipped, say.
  const missed = gone.filter((href) => isShown(known.get(id(href))));
  const doubted = await doubtedSince(turn, changes, missed.filter(mayReturn(changes)).length, known);
  if (doubted !== undefined) return { listed: differing, cursor: turn.position.cursor, doubted, changes };
  return {
    listed: [...gone.map((href): Listed => [href]), ...differing],
    cursor: changes.cursor,
    doubted: undefined,
    changes,
  };
}

/** Messages of a mailbox that was made anew are gone for certain, whatever the server lost: no name comes twice. */
function mayReturn({ entries: [one] }: Changes): (href: string) => boolean {
  const validity = one && messageValidity(one.href);
  return (href) => validity === undefined || messageValidity(href) === validity;
}

function isShown(entry: BaseEntry | undefined): boolean {
  return entry !== undefined && (entry.hidden === undefined || (entry.parts ?? []).length > 0);
}

/**
 * Since when it is in doubt that most of a collection is gone; undefined when it is not, or no more. A server that lost
 * its disk, or a share that was not mounted, looks like this for a while: a second full listing has to agree.
 */
async function doubtedSince(
  turn: Turn,
  changes: Changes,
  gone: number,
  known: ReadonlyMap<ServerId, BaseEntry>,
): Promise<number | undefined> {
  const { session, folder, head } = turn;
  const now = session.services.now() / 1000;
  if (!session.services.settings.brakes.listings || !mayBeMassDeletion(gone)) return undefined;
  // A mail server that names what was deleted means it: people empty mailboxes.
  if (folder.className === "Email" && !changes.full) return undefined;
  const all = changes.full ? known : await allKnown(turn);
  const items = countShown(all.values());
  if (!isMassDeletion(gone, items)) return undefined;
  if (changes.full && isDoubtOver(turn)) return undefined;
  if (head.doubted !== undefined) return head.doubted;
  const fields = { folder: folder.id, gone, items };
  brakeFired(
    session,
    "listings",
    fields,
    "the server says that most of a collection is gone: asked again before it is believed",
  );
  return Math.floor(now);
}

/** Whether a doubted collection is to be listed once more, to be believed this time. */
function isDoubtOver({ head, session }: Turn): boolean {
  return head.doubted !== undefined && session.services.now() / 1000 - head.doubted >= doubtSpan;
}

/** Whether it is time to compare everything, however sure the server is of its changes: some forget. */
export function isComparisonDue(turn: Turn): boolean {
  const { head, position, session, shared } = turn;
  if (position.cursor === undefined || head.compared === undefined) return false;
  // What was outside of the filter is not even known.
  if (turn.folder.className === "Email") return isWidened(head);
  if (shared) return false;
  return session.services.now() / 1000 - head.compared > compareEvery;
}

/** Whether the device's filter lets in more than the one that was listed by. */
function isWidened({ filtered, options: { filterType } }: Head): boolean {
  return filtered !== undefined && filtered.type !== 0 && (filterType === 0 || filterType > filtered.type);
}

async function changesSince(turn: Turn): Promise<Changes | undefined> {
  const { session, folder, head, position } = turn;
  const { hub } = session.services;
  const collection = folder.href ?? "";
  const { cursor } = position;
  if (
    cursor !== undefined &&
    head.doubted === undefined &&
    !isComparisonDue(turn) &&
    hub.knowsUnchanged(session.account.user, collection, cursor)
  ) {
    return { full: false, entries: [], gone: [], cursor };
  }
  const changes = await askBackend(turn, collection);
  if (changes) hub.observed(session.account.user, collection, changes);
  return changes;
}

function askBackend(turn: Turn, collection: string): Promise<Changes | undefined> {
  const { session, position } = turn;
  const { account } = session;
  const { listings } = session.services;
  const extent = extentOf(turn.folder, turn.head.options, session.services.now());
  if (position.cursor === undefined) {
    // What the device added is on the server since, perhaps by way of another node: an older listing would lack it.
    if (turn.confirmed.size > 0) listings.wrote(account, collection);
    return listings.take(account, extent, windowSeconds * 1000, session.signal);
  }
  // Never a listing that somebody else began: it may be older than what this phone has learned since.
  if (isComparisonDue(turn) || isDoubtOver(turn))
    return account.changes(collection, undefined, session.signal, extent.only);
  if (turn.shared) return listings.share(account, collection, position.cursor);
  return account.changes(collection, position.cursor, session.signal);
}

/**
 * Items whose place relative to the filter may have changed: because the device chose another filter, or (once a day)
 * because time passed. Costs a walk over what is known, no request.
 */
export async function listRefiltered(turn: Turn, options: StickyOptions, overlay: Overlay): Promise<readonly Listed[]> {
  const { head, session, folder } = turn;
  const now = session.services.now();
  const before = head.filtered ?? { type: 0, at: 0 };
  const widened = before.type !== options.filterType;
  const due = options.filterType !== 0 && now / 1000 - before.at > sweepEvery;
  if (turn.position.cursor === undefined || !(widened || due)) return [];
  const start = windowStart(folder.className, options, now);
  const listed: Listed[] = [];
  const known = overlaid(await allKnown(turn), overlay);
  for (const { href, rev, hidden, until, part } of known.values()) {
    if (part !== undefined || (hidden !== undefined && hidden !== "filter")) continue;
    if (isInside(start, until) !== (hidden === undefined)) listed.push([href, rev]);
  }
  return listed;
}

/** What `Head.filtered` becomes once `listRefiltered` was worked into a window. */
export function filteredNow(head: Head, options: StickyOptions, now: number): Head["filtered"] {
  const at = Math.floor(now / 1000);
  const fresh = head.filtered?.type === options.filterType && at - head.filtered.at <= sweepEvery;
  return fresh ? head.filtered : { type: options.filterType, at };
}

async function knownOf(turn: Turn, changes: Changes, overlay: Overlay): Promise<ReadonlyMap<ServerId, BaseEntry>> {
  const empty = turn.position.cursor === undefined && turn.confirmed.size === 0;
  return overlaid(empty ? new Map<ServerId, BaseEntry>() : await storedOf(turn, changes, overlay), overlay);
}

function overlaid(known: Map<ServerId, BaseEntry>, overlay: Overlay): ReadonlyMap<ServerId, BaseEntry> {
  for (const [id, entry] of overlay) {
    if (entry) known.set(id, entry);
    else known.delete(id);
  }
  return known;
}

async function storedOf(turn: Turn, changes: Changes, overlay: Overlay): Promise<Map<ServerId, BaseEntry>> {
  if (changes.full) return allKnown(turn);
  const hrefs = [...changes.entries.map(({ href }) => href), ...changes.gone];
  const ids = hrefs.map((href) => turn.session.ids.item(turn.folder.id, href, ""));
  return knownEntries(
    turn,
    ids.filter((id) => !overlay.has(id)),
  );
}

function missing(known: ReadonlyMap<ServerId, BaseEntry>, changes: Changes): readonly string[] {
  const present = new Set(changes.entries.map(({ href }) => href));
  return [...known.values()]
    .filter(({ href, part }) => part === undefined && !present.has(href))
    .map(({ href }) => href);
}
