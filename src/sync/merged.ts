/**
 * Several collections that look like one, for clients that handle a single folder of a class. A merged collection has
 * an href of its own that names its members; the engine works with it as with any other, and `mergingAccount` asks the
 * members. Items keep their own hrefs, and so their ids.
 */
import type { Account, Changes, Entry, Item, Only, ProbeResult } from "../backends/backend.ts";
import { ForwardingAccount } from "./forwarding-account.ts";
import type { Ids } from "./ids.ts";
import type { Folder } from "./records.ts";

/** No server's path begins so: they begin with a slash. */
const mark = "merged:";

/** The href of a merged collection. */
export function mergedHref(members: readonly string[]): string {
  return mark + JSON.stringify(members);
}

/** The collections that an href stands for: itself, unless it is a merged one. Never empty. */
export function membersOf(href: string): readonly string[] {
  return isMerged(href) ? (JSON.parse(href.slice(mark.length)) as string[]) : [href];
}

function isMerged(href: string): boolean {
  return href.startsWith(mark);
}

/** The collection that new items of this one go to. */
export function homeOf(href: string): string {
  return membersOf(href)[0] ?? href;
}

/**
 * The folders of one class as one, for a client that handles no more; the first, the default one, gives it its name and
 * takes what is new. Its id lasts, whichever collections come and go.
 */
export function mergeFolders(folders: readonly Folder[], ids: Ids): readonly Folder[] {
  const [first, ...others] = folders;
  if (!first) return [];
  // A server may tell its collections in any order: the same ones are the same folder.
  const sorted = others.toSorted((one, two) => ((one.href ?? "") < (two.href ?? "") ? -1 : 1));
  const members = [first, ...sorted].flatMap(({ href, rights }) =>
    href === undefined || !rights ? [] : [{ href, rights }],
  );
  const href = mergedHref(members.map((member) => member.href));
  return [{ ...first, id: ids.folder(first.className, mark), href, members }];
}

/** What the user may do with an item: in a merged folder by the collection that it is in. */
export function rightsAt({ members, rights }: Folder, href: string): Folder["rights"] {
  if (!members) return rights;
  const holders = members.filter((member) => href.startsWith(member.href));
  return holders.sort((one, two) => two.href.length - one.href.length)[0]?.rights;
}

/** An account that answers for merged collections too. */
export function mergingAccount(inner: Account): Account {
  return new MergingAccount(inner);
}

class MergingAccount extends ForwardingAccount {
  override async changes(
    collection: string,
    cursor: string | undefined,
    signal?: AbortSignal,
    only?: Only,
  ): Promise<Changes> {
    if (!isMerged(collection)) return this.inner.changes(collection, cursor, signal, only);
    const members = membersOf(collection);
    const since = cursor === undefined ? undefined : splitCursor(cursor);
    // A member came or went: what is gone with it is found by comparing everything.
    if (since?.size !== members.length || members.some((member) => !since.has(member)))
      return this.#listAll(members, [], signal, only);
    const parts = await Promise.all(
      members.map((member) => this.inner.changes(member, since.get(member), signal, only)),
    );
    return parts.some(({ full }) => full) ? this.#listAll(members, parts, signal, only) : join(members, parts, false);
  }

  /** What of `parts` is not the whole of its member is asked for once more. */
  async #listAll(
    members: readonly string[],
    parts: readonly Changes[],
    signal?: AbortSignal,
    only?: Only,
  ): Promise<Changes> {
    const whole = members.map(async (member, at) => {
      const part = parts[at];
      return part?.full ? part : this.inner.changes(member, undefined, signal, only);
    });
    return join(members, await Promise.all(whole), true);
  }

  override async *read(collection: string, hrefs: readonly string[], signal?: AbortSignal): AsyncGenerator<Item> {
    for (const [member, run] of runs(membersOf(collection), hrefs)) yield* this.inner.read(member, run, signal);
  }

  override create(collection: string, name: string, text: string, signal?: AbortSignal) {
    return this.inner.create(homeOf(collection), name, text, signal);
  }

  override move(href: string, collection: string, name: string, signal?: AbortSignal) {
    return this.inner.move(href, homeOf(collection), name, signal);
  }

  override async findByUid(collection: string, uid: string, signal?: AbortSignal): Promise<Item | undefined> {
    for (const member of membersOf(collection)) {
      const found = await this.inner.findByUid(member, uid, signal);
      if (found) return found;
    }
    return undefined;
  }

  override async probe(
    collections: readonly string[],
    cursors: ReadonlyMap<string, string>,
    signal?: AbortSignal,
  ): Promise<ProbeResult> {
    if (!collections.some(isMerged)) return this.inner.probe(collections, cursors, signal);
    const known = new Map<string, string>();
    for (const [collection, cursor] of cursors) {
      for (const [member, part] of partsOf(collection, cursor)) known.set(member, part);
    }
    const answer = await this.inner.probe([...new Set(collections.flatMap(membersOf))], known, signal);
    const tags = collections.flatMap((collection): [string, string][] => {
      const tag = tagOf(collection, answer.tags);
      return tag === undefined ? [] : [[collection, tag]];
    });
    return { ...answer, tags: new Map(tags) };
  }
}

/** The hrefs in their order, those of one member that stand together at once. */
function runs(members: readonly string[], hrefs: readonly string[]): readonly (readonly [string, readonly string[]])[] {
  const [only = ""] = members;
  if (members.length === 1) return [[only, hrefs]];
  const byLength = [...members].sort((one, two) => two.length - one.length);
  const found: (readonly [string, string[]])[] = [];
  for (const href of hrefs) {
    const member = byLength.find((one) => href.startsWith(one)) ?? only;
    const last = found.at(-1);
    if (last?.[0] === member) last[1].push(href);
    else found.push([member, [href]]);
  }
  return found;
}

function join(members: readonly string[], parts: readonly Changes[], full: boolean): Changes {
  return {
    full,
    entries: parts.flatMap(({ entries }): readonly Entry[] => entries),
    gone: full ? [] : parts.flatMap(({ gone }) => gone),
    cursor: joinCursors(members, (_member, at) => parts[at]?.cursor ?? ""),
  };
}

/** A probe's tag has the form of a cursor: equal to it, it says that nothing changed. */
function joinCursors(members: readonly string[], cursorAt: (member: string, at: number) => string): string {
  return JSON.stringify(members.map((member, at) => [member, cursorAt(member, at)]));
}

function splitCursor(cursor: string): ReadonlyMap<string, string> {
  return new Map(JSON.parse(cursor) as [string, string][]);
}

function partsOf(collection: string, cursor: string): Iterable<readonly [string, string]> {
  return isMerged(collection) ? splitCursor(cursor) : [[collection, cursor]];
}

/** Undefined when a member is gone: the folder list has changed. */
function tagOf(collection: string, tags: ReadonlyMap<string, string>): string | undefined {
  if (!isMerged(collection)) return tags.get(collection);
  const members = membersOf(collection);
  if (members.some((member) => !tags.has(member))) return undefined;
  return joinCursors(members, (member) => tags.get(member) ?? "");
}
