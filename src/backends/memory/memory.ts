/**
 * A backend that keeps everything in memory and behaves as a good DAV server does: for tests, and for `npm run dev`
 * without a server. Items of one backend are shared by all its logins and gone with it.
 */
import { randomUUID, timingSafeEqual } from "node:crypto";
import { BackendError } from "../../errors.ts";
import type { Account, Backend, Changes, Collection, Component, Entry, Item, Written } from "../backend.ts";
import { uidOf } from "../uid.ts";

/** A collection to begin with. */
export interface MemoryCollection {
  /** The last segment of its href. */
  readonly path: string;
  readonly name: string;
  readonly components: readonly Component[];
  readonly isDefault?: boolean;
  readonly readOnly?: boolean;
  readonly shared?: boolean;
  /** Whose it is; implies `shared`. */
  readonly owner?: string;
  /** Text by file name. */
  readonly items?: Readonly<Record<string, string>>;
}

/** One call of an account, as `before` sees it. */
export interface MemoryCall {
  readonly user: string;
  readonly method: Exclude<keyof Account, "user" | "addresses" | "displayName"> | "login";
  /** The collection or item it is about. */
  readonly href?: string;
}

export interface MemoryOptions {
  /** Password by user. */
  readonly users: Readonly<Record<string, string>>;
  /** What each user has; a calendar, a task list, a book of notes and an address book when left out. */
  readonly collections?: readonly MemoryCollection[];
  /** What a user may make collections for; everything when left out. */
  readonly creatable?: readonly Component[];
  /** Runs before each call takes effect: tests count calls, delay them, or throw what they want to happen. */
  readonly before?: (call: MemoryCall) => void | Promise<void>;
}

export function createMemoryBackend(options: MemoryOptions): Backend {
  const homes = new Map<string, Home>();
  let closed = false;

  function homeOf(user: string): Home {
    let home = homes.get(user);
    if (home === undefined) {
      home = createHome(user, options.collections ?? usual);
      homes.set(user, home);
    }
    return home;
  }

  return {
    async login({ user, password }, { signal } = {}) {
      signal?.throwIfAborted();
      await options.before?.({ user, method: "login" });
      if (closed) throw new BackendError("unreachable", "the backend is closed");
      const expected = Object.hasOwn(options.users, user) ? options.users[user] : undefined;
      if (expected === undefined || !same(expected, password.reveal())) {
        throw new BackendError("auth", "the login was refused", { status: 401 });
      }
      return createAccount(user, homeOf(user), {
        creatable: options.creatable ?? everything,
        before: async (call) => options.before?.(call),
      });
    },
    async close() {
      closed = true;
    },
  };
}

const usual: readonly MemoryCollection[] = [
  { path: "calendar", name: "Calendar", components: ["VEVENT"], isDefault: true },
  { path: "tasks", name: "Tasks", components: ["VTODO"] },
  { path: "notes", name: "Notes", components: ["VJOURNAL"] },
  { path: "contacts", name: "Contacts", components: ["VCARD"] },
];

const everything: readonly Component[] = ["VEVENT", "VTODO", "VJOURNAL", "VCARD"];

/** As many servers have it. */
const largest = 10_000_000;

interface Stored extends Item {
  readonly uid: string | undefined;
  /** The collection's counter when it was stored. */
  readonly at: number;
}

interface Shelf {
  collection: Collection;
  /** Tells the cursors of this collection from those of another one under the same name. */
  readonly id: string;
  readonly items: Map<string, Stored>;
  /** The counter at which an item was removed, by href. */
  readonly tombstones: Map<string, number>;
  counter: number;
}

type Home = Map<string, Shelf>;

function createHome(user: string, collections: readonly MemoryCollection[]): Home {
  return new Map(collections.map((given) => [`/${user}/${given.path}/`, createShelf(user, given)]));
}

function createShelf(user: string, given: MemoryCollection): Shelf {
  const href = `/${user}/${given.path}/`;
  const writable = given.readOnly !== true;
  const { owner, shared = owner !== undefined } = given;
  const shelf: Shelf = {
    collection: {
      href,
      name: given.name,
      components: given.components,
      rights: { create: writable, update: writable, remove: writable },
      isDefault: given.isDefault ?? false,
      shared,
      ...(owner === undefined ? {} : { owner }),
      mayRename: writable && !shared,
      mayRemove: writable && !shared,
    },
    id: randomUUID(),
    items: new Map(),
    tombstones: new Map(),
    counter: 0,
  };
  for (const [name, text] of Object.entries(given.items ?? {})) put(shelf, href + name, text);
  return shelf;
}

interface Manners {
  readonly creatable: readonly Component[];
  readonly before: (call: MemoryCall) => Promise<void>;
}

function createAccount(user: string, home: Home, { creatable, before }: Manners): Account {
  /** One macrotask as any request would take, so that nobody comes to rely on less. */
  async function enter(method: MemoryCall["method"], href: string | undefined, signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    await before(href === undefined ? { user, method } : { user, method, href });
    await new Promise((resolve) => setImmediate(resolve));
    signal?.throwIfAborted();
  }

  return {
    user: `/${user}/`,
    addresses: [user.includes("@") ? user.toLowerCase() : `${user.toLowerCase()}@example.org`],
    displayName: user,

    async collections(signal) {
      await enter("collections", undefined, signal);
      return Array.from(home.values(), (shelf) => shelf.collection);
    },
    async changes(href, cursor, signal, only) {
      await enter("changes", href, signal);
      const shelf = shelfOf(home, href);
      const changes = changesSince(shelf, cursor);
      if (typeof only !== "string" || !changes.full) return changes;
      const begin = new RegExp(`^BEGIN:${only}\\s*$`, "im");
      const holds = (entry: Entry) => begin.test(shelf.items.get(entry.href)?.text ?? "");
      return { ...changes, entries: changes.entries.filter(holds) };
    },
    async *read(href, hrefs, signal) {
      await enter("read", href, signal);
      const { items } = shelfOf(home, href);
      for (const asked of hrefs) {
        signal?.throwIfAborted();
        const found = items.get(asked);
        if (found) yield asItem(found);
      }
    },
    async stored(item) {
      return item;
    },
    async create(href, name, text, signal) {
      await enter("create", href + name, signal);
      const shelf = shelfOf(home, href);
      if (shelf.items.has(href + name)) throw new BackendError("conflict", `PUT ${href}${name}: 412`, { status: 412 });
      return store(shelf, href + name, text, "create");
    },
    async update(href, rev, text, signal) {
      await enter("update", href, signal);
      const shelf = shelfOf(home, collectionOf(href));
      requireRevision(shelf, href, rev);
      return store(shelf, href, text, "update");
    },
    async remove(href, rev, signal) {
      await enter("remove", href, signal);
      const shelf = shelfOf(home, collectionOf(href));
      requireRevision(shelf, href, rev);
      requireRight(shelf, "remove");
      drop(shelf, href);
    },
    async move(href, collection, name, signal) {
      await enter("move", href, signal);
      const from = shelfOf(home, collectionOf(href));
      const to = home.get(collection);
      const target = collection + name;
      if (to === undefined || target === href) throw new BackendError("refused", `MOVE ${href}: 409`, { status: 409 });
      const item = from.items.get(href);
      const there = to.items.get(target);
      if (item === undefined) {
        if (there === undefined) throw new BackendError("gone", `MOVE ${href}: 404`, { status: 404 });
        return { ...asEntry(there), verbatim: true };
      }
      if (there !== undefined) throw new BackendError("conflict", `MOVE ${href}: 412`, { status: 412 });
      requireRight(from, "remove");
      const written = store(to, target, item.text, "create");
      drop(from, href);
      return written;
    },
    async findByUid(href, uid, signal) {
      await enter("findByUid", href, signal);
      const found = [...shelfOf(home, href).items.values()].find((item) => item.uid === uid);
      return found && asItem(found);
    },
    async creatable(signal) {
      await enter("creatable", undefined, signal);
      return creatable;
    },
    async createCollection({ component, name, displayName }, signal) {
      const href = `/${user}/${name}/`;
      await enter("createCollection", href, signal);
      const there = home.get(href)?.collection;
      if (there?.shared === false && there.components.includes(component)) return there;
      if (there !== undefined) throw new BackendError("conflict", `MKCOL ${href}: 405`, { status: 405 });
      if (!creatable.includes(component)) {
        throw new BackendError("refused", `MKCOL ${href}: 403`, { status: 403, precondition: "need-privileges" });
      }
      const shelf = createShelf(user, { path: name, name: displayName, components: [component] });
      home.set(href, shelf);
      return shelf.collection;
    },
    async renameCollection(href, displayName, signal) {
      await enter("renameCollection", href, signal);
      const shelf = shelfOf(home, href);
      if (!shelf.collection.mayRename) throw new BackendError("refused", `PROPPATCH ${href}: 403`, { status: 403 });
      shelf.collection = { ...shelf.collection, name: displayName };
    },
    async removeCollection(href, signal) {
      await enter("removeCollection", href, signal);
      if (!shelfOf(home, href).collection.mayRemove) {
        throw new BackendError("refused", `DELETE ${href}: 403`, { status: 403 });
      }
      home.delete(href);
    },
    async probe(hrefs, _cursors, signal) {
      const started = performance.now();
      await enter("probe", undefined, signal);
      const tags = new Map<string, string>();
      for (const href of hrefs) {
        const shelf = home.get(href);
        if (shelf) tags.set(href, cursorOf(shelf));
      }
      return { tags, milliseconds: performance.now() - started, requests: 1 };
    },
  };
}

function shelfOf(home: Home, href: string): Shelf {
  const shelf = home.get(href);
  if (shelf === undefined) throw new BackendError("gone", `${href}: 404`, { status: 404 });
  return shelf;
}

function changesSince(shelf: Shelf, cursor: string | undefined): Changes {
  const since = countIn(shelf, cursor);
  const items = [...shelf.items.values()];
  const next = cursorOf(shelf);
  if (since === undefined) return { full: true, entries: items.map(asEntry), gone: [], cursor: next };
  const entries = items.filter((item) => item.at > since).map(asEntry);
  const gone = [...shelf.tombstones].filter(([, at]) => at > since).map(([href]) => href);
  return { full: false, entries, gone, cursor: next };
}

function cursorOf(shelf: Shelf): string {
  return `1m${shelf.id}/${shelf.counter}`;
}

/** Undefined for a cursor that this collection did not give out. */
function countIn(shelf: Shelf, cursor: string | undefined): number | undefined {
  const prefix = `1m${shelf.id}/`;
  if (!cursor?.startsWith(prefix)) return undefined;
  const count = Number(cursor.slice(prefix.length));
  return count <= shelf.counter ? count : undefined;
}

function requireRevision(shelf: Shelf, href: string, rev: string | undefined): void {
  const stored = shelf.items.get(href);
  if (stored === undefined) throw new BackendError("gone", `${href}: 404`, { status: 404 });
  if (rev !== undefined && stored.rev !== rev) throw new BackendError("conflict", `${href}: 412`, { status: 412 });
}

function requireRight(shelf: Shelf, right: keyof Collection["rights"]): void {
  if (shelf.collection.rights[right]) return;
  throw new BackendError("refused", `${shelf.collection.href}: 403`, { status: 403 });
}

function store(shelf: Shelf, href: string, text: string, right: "create" | "update"): Written {
  requireRight(shelf, right);
  const { components } = shelf.collection;
  const held = /^BEGIN:VCARD\r?$/m.test(text)
    ? "VCARD"
    : components.find((component) => new RegExp(`^BEGIN:${component}\\r?$`, "m").test(text));
  if (held === undefined || !components.includes(held)) {
    throw new BackendError("refused", `PUT ${href}: 403`, {
      status: 403,
      precondition: "supported-calendar-component",
    });
  }
  if (text.length > largest) throw new BackendError("too-large", `PUT ${href}: 413`, { status: 413 });
  const uid = uidOf(text);
  const other = [...shelf.items.values()].find((item) => item.uid === uid && item.href !== href);
  if (uid !== undefined && other) {
    throw new BackendError("conflict", `PUT ${href}: 409`, { status: 409, precondition: "no-uid-conflict" });
  }
  return { ...put(shelf, href, text), verbatim: true };
}

function put(shelf: Shelf, href: string, text: string): Entry {
  shelf.counter += 1;
  const rev = `"${shelf.id.slice(0, 8)}-${shelf.counter}"`;
  shelf.items.delete(href); // Stored again last: listings come in the order of the changes.
  shelf.items.set(href, { href, rev, text, uid: uidOf(text), at: shelf.counter });
  shelf.tombstones.delete(href);
  return { href, rev };
}

function drop(shelf: Shelf, href: string): void {
  shelf.items.delete(href);
  shelf.counter += 1;
  shelf.tombstones.set(href, shelf.counter);
}

function collectionOf(href: string): string {
  return href.slice(0, href.lastIndexOf("/") + 1);
}

function asEntry({ href, rev }: Stored): Entry {
  return { href, rev };
}

function asItem({ href, rev, text }: Stored): Item {
  return { href, rev, text };
}

function same(expected: string, given: string): boolean {
  const [a, b] = [Buffer.from(expected), Buffer.from(given)];
  return a.length === b.length && timingSafeEqual(a, b);
}
