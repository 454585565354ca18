/**
 * The server's changes for a phone: windows of a listing, mapped and encoded one item at a time. An item that cannot
 * be mapped is left out, counted and named in the log; it never blocks a folder.
 */
import type { Entry, Item } from "../backends/backend.ts";
import type { DownOptions, ItemMapping, MappingContext } from "../mapping/item.ts";
import { windowOctets, windowSeconds } from "../schema/limits.ts";
import { element } from "../wire/element.ts";
import { encodeFragment } from "../wire/writer.ts";
import { newBacklog, readBacklog } from "./backlog.ts";
import { isInside, windowStart } from "./filter.ts";
import type { ServerId } from "./ids.ts";
import { titleOf } from "./journal/title.ts";
import { knownEntries } from "./known.ts";
import { filteredNow, listDifferences, listRefiltered, type Overlay } from "./listing.ts";
import { contentOf, flagsOf } from "./mail/lasting-names.ts";
import { type Readable, withNeeds } from "./readable.ts";
import {
  type Backlog,
  type BaseEntry,
  type Listed,
  type Marks,
  marksOf,
  type Position,
  type Sent,
  type StickyOptions,
} from "./records.ts";
import { mappingContext, mappingOf } from "./session.ts";
import type { PendingEntry, Turn } from "./turn.ts";

/** One change as the answer shows it; `data` is the encoded ApplicationData of an Add or Change. */
export interface Change {
  readonly kind: Exclude<Sent, "silent">;
  readonly id: ServerId;
  readonly data?: Buffer;
}

export interface WindowRequest {
  readonly options: StickyOptions;
  /** Items at most, 1–512. */
  readonly size: number;
  /** Items that are not to be sent. */
  readonly setAside?: ReadonlySet<ServerId> | undefined;
  /** Octets left in the answer; at least one item is sent whatever its size. */
  readonly octets: number;
  readonly overlay: Overlay;
  /** Items to be sent again as they are, because the device's edit of them was refused. */
  readonly revert: readonly Listed[];
}

export interface Window {
  readonly changes: readonly Change[];
  readonly entries: readonly PendingEntry[];
  readonly position: Position;
  readonly marks: Marks;
  readonly records: ReadonlyMap<string, string>;
  readonly more: boolean;
  readonly octets: number;
}

/** Fills one window: with what was listed before and is left over, else with what is listed now. */
export async function fillWindow(turn: Turn, request: WindowRequest): Promise<Window> {
  const { backlog } = turn.position;
  const deadline = turn.session.services.now() + windowSeconds * 1000;
  if (!backlog) return fillByListing(turn, request, deadline);
  const left = await fillFromBacklog(turn, request, backlog, deadline);
  if (left.more || left.changes.length > 0) return left;
  // Nothing of it is news any more: the phone is not told so before the server was asked what is.
  const overlay = new Map([...request.overlay, ...left.entries.map(([id, entry]) => [id, entry] as const)]);
  const next = { ...turn, position: left.position };
  const window = await fillByListing(next, { ...request, overlay, revert: [] }, deadline);
  return { ...window, entries: [...left.entries, ...window.entries] };
}

async function fillFromBacklog(
  turn: Turn,
  request: WindowRequest,
  backlog: Backlog,
  deadline: number,
): Promise<Window> {
  const listed = await readBacklog(turn, backlog, request.size);
  const filler = createFiller(turn, request, deadline);
  const done = await filler.fill(listed);
  const at = backlog.at + done;
  const { backlog: _backlog, ...kept } = turn.position;
  const position: Position = { ...kept, ...(at < backlog.length ? { backlog: { ...backlog, at } } : {}) };
  const later = await defer(turn, [...request.revert, ...filler.missed], position);
  const marks = marksOf(turn.head);
  return { ...filler.result(), ...later, marks, more: later.position.backlog !== undefined };
}

/** The time that the listing takes is the window's too: phones give up on the whole. */
async function fillByListing(turn: Turn, request: WindowRequest, deadline: number): Promise<Window> {
  const refiltered = await listRefiltered(turn, request.options, request.overlay);
  const listing = await listDifferences(turn, request.overlay);
  if (!listing) return unlisted(turn, request);
  const { cursor } = listing;
  const listed = merge(listing.listed, refiltered, request.revert);
  const now = turn.session.services.now();
  const marks: Marks = {
    filtered: filteredNow(turn.head, request.options, now),
    compared: listing.changes.full && listing.doubted === undefined ? Math.floor(now / 1000) : turn.head.compared,
    doubted: listing.doubted,
  };
  const filler = createFiller(turn, request, deadline);
  const done = await filler.fill(listed);
  const left = [...listed.slice(done), ...filler.missed];
  const window = { ...filler.result(), marks };
  const position = cursor === undefined ? {} : { cursor };
  if (left.length === 0) return { ...window, position, records: new Map(), more: false };
  prefetch(turn, left.slice(0, request.size));
  const { backlog: rest, records } = newBacklog(turn, left);
  return { ...window, position: { ...position, backlog: rest }, records, more: true };
}

/** A first listing that takes longer than a phone waits: nothing yet, and more to come under a new key. */
async function unlisted(turn: Turn, request: WindowRequest): Promise<Window> {
  const later = await defer(turn, request.revert, turn.position);
  return { changes: [], entries: [], octets: 0, marks: marksOf(turn.head), ...later, more: true };
}

/** Puts items (whose edit was refused, or that could not be read) behind what is listed already, for a later window. */
export async function defer(
  turn: Turn,
  later: readonly Listed[],
  position: Position,
): Promise<Pick<Window, "position" | "records">> {
  if (later.length === 0) return { position, records: new Map() };
  const rest = position.backlog ? await readBacklog(turn, position.backlog, position.backlog.length) : [];
  const { backlog, records } = newBacklog(turn, merge(rest, later));
  return { position: { ...position, backlog }, records };
}

/** Reads the window after this one while the phone is busy with this one. */
export async function prefetchNext(turn: Turn, position: Position, size: number): Promise<void> {
  if (position.backlog) prefetch(turn, await readBacklog(turn, position.backlog, size));
}

/**
 * The changes of an answer that was lost, from the records of the key that it gave out. Items gone since are left out. An
 * item that changed since is told as it is, and its record stays as it was: nobody knows which of the answers the phone
 * took.
 */
export async function repeatWindow(turn: Turn, entries: readonly PendingEntry[]): Promise<readonly Change[]> {
  const { session, folder } = turn;
  const shown = entries.flatMap(([id, entry, sent]) => (sent === "silent" ? [] : [{ id, entry, sent }]));
  const wanted = new Map(
    shown.flatMap(({ entry, sent }) => (entry && sent !== "soft-delete" ? [[entry.href, entry]] : [])),
  );
  const mapping = mappingOf(session, folder);
  const context = mappingContext(session, turn.head);
  const items = new Map<string, Readable>();
  const source = session.services.texts.read(session.account, folder.href ?? "", [...wanted.values()], session.signal);
  const had = new Map(shown.flatMap(({ id, entry, sent }) => (entry && sent === "change" ? [[entry.href, id]] : [])));
  const before = await knownEntries(turn, [...had.values()]);
  const knownOf = (href: string) => before.get(had.get(href) ?? ("" as ServerId));
  const isNeedy = (item: Item) => !had.has(item.href) || toldOf(knownOf(item.href), item).before === undefined;
  for await (const item of withNeeds(turn, context, source, isNeedy)) items.set(item.href, item);

  return shown.flatMap(({ id, entry, sent }): Change[] => {
    if (sent === "delete" || sent === "soft-delete") return [{ kind: sent, id }];
    const item = entry && items.get(entry.href);
    const told = item && sent === "change" ? toldOf(knownOf(item.href), item) : {};
    const data = item && encodeItem(turn, mapping, context, item, entry.part ?? "", { id, ...told });
    return data?.length ? [{ kind: sent, id, data }] : [];
  });
}

interface Filler {
  /** Works through listed changes until the window is full; answers how many are done with. */
  fill(listed: readonly Listed[]): Promise<number>;
  /** Listed items that the backend did not return. */
  readonly missed: readonly Listed[];
  result(): Pick<Window, "changes" | "entries" | "octets">;
}

/** `deadline`, in milliseconds since 1970, ends the window once there is something in it. */
function createFiller(turn: Turn, request: WindowRequest, deadline: number): Filler {
  const { session, folder } = turn;
  const { texts, now } = session.services;
  const mapping = mappingOf(session, folder);
  const context = mappingContext(session, { options: request.options, supported: turn.head.supported });
  const start = windowStart(folder.className, request.options, now());
  const limit = Math.min(request.octets, windowOctets);
  const changes: Change[] = [];
  const entries: PendingEntry[] = [];
  const missed: Listed[] = [];
  let octets = 0;

  function emit(kind: Sent, id: ServerId, entry: BaseEntry | null, data?: Buffer): void {
    entries.push([id, entry, kind]);
    if (kind === "silent") return;
    changes.push({ kind, id, ...(data ? { data } : {}) });
    octets += (data?.length ?? 0) + id.length + 8;
  }

  function drop(known: BaseEntry, id: ServerId, kind: "delete" | "soft-delete", left: BaseEntry | null): void {
    turn.notebook.mend("down", id);
    for (const part of known.hidden === "parts" ? (known.parts ?? []) : []) {
      emit(kind, session.ids.item(folder.id, known.href, part), null);
    }
    emit(known.hidden === undefined ? kind : "silent", id, left);
  }

  /** False when the item does not fit any more. */
  function show(item: Readable, known: BaseEntry | undefined): boolean {
    const id = session.ids.item(folder.id, item.href, "");
    const until = endOf(mapping, context, item);
    const base = { href: item.href, rev: item.rev, ...(until === undefined ? {} : { until }) };
    if (!isInside(start, until)) {
      if (known) drop(known, id, "soft-delete", { ...base, hidden: "filter" });
      else emit("silent", id, { ...base, hidden: "filter" });
      return true;
    }
    if (known && !known.hidden && !known.stale && known.rev === item.rev) return true;

    const before = shownIds(known, id);
    const parts = partsOf(mapping, item);
    // A task in a collection of events and tasks is lawful, and no phone's business; an empty file is somebody's.
    if (parts.length === 0)
      session.log.debug({ folder: folder.id, href: item.href }, "an item holds nothing of this class");
    const encoded = parts.map((part) => {
      const partId = session.ids.item(folder.id, item.href, part);
      const options = { id: partId, ...(before.has(partId) ? toldOf(known, item) : {}) };
      return { part, data: encodeItem(turn, mapping, context, item, part, options) };
    });
    const size = encoded.reduce((sum, { data }) => sum + (data?.length ?? 0), 0);
    if (changes.length > 0 && octets + size > limit) return false;

    const single = parts.length === 1 && parts[0] === "";
    for (const { part, data } of encoded) {
      const partId = session.ids.item(folder.id, item.href, part);
      takeNote(partId, item, data);
      const was = before.delete(partId);
      const entry = single ? base : { ...base, part };
      // Without a revision, a full comparison takes it for changed.
      if (request.setAside?.has(partId))
        emit("silent", partId, { ...entry, rev: "", ...(was ? {} : { hidden: "poison" }) });
      else if (data?.length === 0) emit("silent", partId, entry);
      else if (data) emit(was ? "change" : "add", partId, entry, data);
      else emit("silent", partId, was ? entry : { ...entry, hidden: "poison" });
    }
    for (const gone of before) emit("delete", gone, null);
    if (!single) emit("silent", id, { ...base, hidden: "parts", parts });
    return true;
  }

  /** For the owner of an item that the device does not get. */
  function takeNote(id: ServerId, { href, text }: Item, data: Buffer | undefined): void {
    const isChoked = request.setAside?.has(id) === true;
    if (!isChoked && data) {
      turn.notebook.mend("down", id);
      return;
    }
    const title = folder.className === "Email" ? undefined : titleOf(text);
    turn.notebook.notice({
      direction: "down",
      item: id,
      kind: isChoked ? "choked" : "unreadable",
      href,
      ...(title === undefined ? {} : { title }),
    });
  }

  function shownIds(known: BaseEntry | undefined, id: ServerId): Set<ServerId> {
    if (!known) return new Set();
    if (known.hidden === undefined) return new Set([id]);
    return new Set((known.parts ?? []).map((part) => session.ids.item(folder.id, known.href, part)));
  }

  async function known(listed: readonly Listed[]): Promise<ReadonlyMap<ServerId, BaseEntry>> {
    const ids = listed.map(([href]) => session.ids.item(folder.id, href, ""));
    const found = await knownEntries(
      turn,
      ids.filter((id) => !request.overlay.has(id)),
    );
    for (const [id, entry] of request.overlay) {
      if (entry) found.set(id, entry);
      else found.delete(id);
    }
    return found;
  }

  /** What was listed before the device's own edit in this request is read past the cache. */
  function newest(href: string, rev: string): string {
    const edited = request.overlay.get(session.ids.item(folder.id, href, ""));
    return edited && edited.rev !== rev ? "" : rev;
  }

  async function fillBatch(batch: readonly Listed[]): Promise<number> {
    const knownNow = await known(batch);
    const wanted = batch.flatMap(([href, rev]): Entry[] =>
      rev === undefined ? [] : [{ href, rev: newest(href, rev) }],
    );
    const source = texts.read(session.account, folder.href ?? "", wanted, session.signal);
    const isNeedy = (item: Item) => {
      const before = knownNow.get(session.ids.item(folder.id, item.href, ""));
      return before === undefined || before.hidden !== undefined || toldOf(before, item).before === undefined;
    };
    const items = withNeeds(turn, context, source, isNeedy)[Symbol.asyncIterator]();
    let next: Readable | undefined;
    let done = 0;
    try {
      for (const [href, rev, again] of batch) {
        if (changes.length >= request.size) break;
        if (changes.length > 0 && now() > deadline) break;
        const before = knownNow.get(session.ids.item(folder.id, href, ""));
        if (rev === undefined) {
          if (before) drop(before, session.ids.item(folder.id, href, ""), "delete", null);
        } else {
          next ??= (await items.next()).value ?? undefined;
          if (next?.href === href) {
            if (!show(next, before)) break;
            next = undefined;
          } else {
            session.log.warn({ folder: folder.id, href }, "a listed item could not be read any more");
            // Gone, or a server's hiccup: asked for once more before it is left to the next full comparison.
            if (again === undefined) missed.push([href, rev, 1]);
            // Its deletion was refused, and somebody else has deleted it: a phone that kept it is told so.
            else if (before === undefined && rev === "") emit("delete", session.ids.item(folder.id, href, ""), null);
          }
        }
        done += 1;
      }
    } finally {
      await items.return?.(undefined);
    }
    return done;
  }

  return {
    async fill(listed) {
      let done = 0;
      while (done < listed.length && changes.length < request.size && octets < limit) {
        const batch = listed.slice(done, done + request.size - changes.length);
        const worked = await fillBatch(batch);
        done += worked;
        if (worked < batch.length) break;
        if (now() > deadline) break;
      }
      return done;
    },
    missed,
    result: () => ({ changes, entries, octets }),
  };
}

function prefetch(turn: Turn, listed: readonly Listed[]): void {
  const { session, folder } = turn;
  const wanted = listed.flatMap(([href, rev]): Entry[] => (rev === undefined ? [] : [{ href, rev }]));
  session.services.texts.prefetch(session.account, folder.href ?? "", wanted);
}

/**
 * How a device is told of an item that it has: what is not known of what it has is left out, and so is everything where
 * the content is another's by now.
 */
function toldOf(known: BaseEntry | undefined, { rev }: Item): Pick<DownOptions, "before" | "clearing"> {
  if (known === undefined || known.rev === "" || known.stale) return { clearing: true };
  return contentOf(known.rev) === contentOf(rev) ? { clearing: true, before: flagsOf(known.rev) } : {};
}

/** The encoded ApplicationData, empty where nothing is news, or undefined for an item that cannot be mapped. */
function encodeItem(
  turn: Turn,
  mapping: ItemMapping,
  context: MappingContext,
  { text, texts, href }: Readable,
  part: string,
  options: DownOptions,
): Buffer | undefined {
  try {
    const content = mapping.down(text, part, context, { ...options, ...(texts ? { texts } : {}) });
    const isNoNews = turn.folder.className === "Email" && options.before !== undefined && content.length === 0;
    return isNoNews ? Buffer.alloc(0) : encodeFragment(element("AirSync:ApplicationData", content));
  } catch (error) {
    turn.session.log.warn({ folder: turn.folder.id, href, error }, "an item cannot be shown and is left out");
    return undefined;
  }
}

function partsOf(mapping: ItemMapping, item: Item): readonly string[] {
  try {
    return mapping.parts(item.text);
  } catch {
    return [""]; // unreadable: `encodeItem` says so in the log
  }
}

function endOf(mapping: ItemMapping, context: MappingContext, item: Item): number | undefined {
  try {
    const end = mapping.lastEnd(item.text, context);
    return Number.isFinite(end) ? Math.floor(end / 1000) : undefined;
  } catch {
    return undefined;
  }
}

/** One entry per href: what differs says more than what was only refiltered or reverted. */
function merge(...lists: readonly (readonly Listed[])[]): readonly Listed[] {
  const merged = new Map<string, Listed>();
  for (const listed of lists) for (const entry of listed) if (!merged.has(entry[0])) merged.set(entry[0], entry);
  return [...merged.values()];
}
