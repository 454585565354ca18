/**
 * A backend that keeps mail in memory and behaves as a good IMAP server does: for tests, and for `npm run dev` without a
 * server. Messages of one backend are shared by all its logins and gone with it.
 */
import { timingSafeEqual } from "node:crypto";
import { Readable } from "node:stream";
import { BackendError } from "../../errors.ts";
import type { Changes } from "../backend.ts";
import { readCursor, writeCursor } from "../imap/cursor.ts";
import { isFlag } from "../imap/flag.ts";
import { uidOf } from "../imap/names.ts";
import { isDeleted, revisionOf } from "../imap/revision.ts";
import { decodeTransfer } from "../imap/transfer.ts";
import type { MailAccount, MailBackend, Mailbox, MessageHead, MessagePart } from "../mail.ts";
import { matches } from "./mail-search.ts";
import {
  type Box,
  createMailStore,
  delimiter,
  type MailExtension,
  type MailStore,
  messageIn,
  nameIn,
  type StoredMessage,
} from "./mail-store.ts";

/** One call of an account, as `before` sees it. */
export interface MemoryMailCall {
  readonly user: string;
  readonly method: keyof MailAccount | "login";
  /** The mailbox it is about. */
  readonly mailbox?: string;
}

export interface MemoryMailOptions {
  /** Password by user. */
  readonly users: Readonly<Record<string, string>>;
  /** Runs before each call takes effect: tests count calls, delay them, or throw what they want to happen. */
  readonly before?: (call: MemoryMailCall) => void | Promise<void>;
  /** Milliseconds since 1970: when a message that is appended is received. */
  readonly now?: () => number;
  /** Extensions that it has not got. */
  readonly without?: readonly MailExtension[];
}

export interface MemoryMailBackend extends MailBackend {
  /** A user's mailboxes, seen from behind: what is flagged as deleted too. */
  store(user: string): MailStore;
}

/** Each user has an inbox, Drafts, Sent, Trash, Junk and Archive. */
export function createMemoryMailBackend(options: MemoryMailOptions): MemoryMailBackend {
  const { now = Date.now } = options;
  const stores = new Map<string, MailStore>();
  let closed = false;

  function storeOf(user: string): MailStore {
    const store = stores.get(user) ?? createMailStore(options.without);
    stores.set(user, store);
    return store;
  }

  return {
    store: storeOf,
    async login({ user, password }, { signal } = {}) {
      signal?.throwIfAborted();
      await options.before?.({ user, method: "login" });
      if (closed) throw new BackendError("unreachable", "the backend is closed");
      const expected = Object.hasOwn(options.users, user) ? options.users[user] : undefined;
      if (expected === undefined || !same(expected, password.reveal())) {
        throw new BackendError("auth", "the login was refused");
      }
      return createAccount({ store: storeOf(user), now }, async (method, mailbox, aborted) => {
        aborted?.throwIfAborted();
        if (closed) throw new BackendError("unreachable", "the backend is closed");
        await options.before?.({ user, method, ...(mailbox !== undefined && { mailbox }) });
        aborted?.throwIfAborted();
      });
    },
    async close() {
      closed = true;
      for (const store of stores.values()) store.listeners.clear();
    },
  };
}

type Before = (
  method: keyof MailAccount,
  mailbox: string | undefined,
  signal: AbortSignal | undefined,
) => Promise<void>;

function createAccount(
  { store, now }: { readonly store: MailStore; readonly now: () => number },
  before: Before,
): MailAccount {
  return {
    async mailboxes(signal) {
      await before("mailboxes", undefined, signal);
      return Array.from(store.boxes.values(), (box) => mailboxOf(box, store));
    },
    async changes(mailbox, cursor, since, signal) {
      await before("changes", mailbox, signal);
      return changesIn(store.box(mailbox), cursor, since);
    },
    async probe(mailboxes, signal) {
      await before("probe", undefined, signal);
      return new Map(mailboxes.flatMap((path) => (store.boxes.has(path) ? [[path, cursorOf(store.box(path))]] : [])));
    },
    async heads(mailbox, names, signal) {
      if (names.length === 0) return [];
      await before("heads", mailbox, signal);
      const box = store.box(mailbox);
      return [...new Set(names)].flatMap((name): readonly MessageHead[] => {
        const message = messageIn(box, name);
        if (message === undefined) return [];
        const { flags, received } = message;
        return [{ ...message.parsed().head, href: name, rev: revisionOf(flags), flags, received }];
      });
    },
    async texts(mailbox, wanted, signal) {
      if (wanted.length === 0) return [];
      await before("texts", mailbox, signal);
      const box = store.box(mailbox);
      return wanted.flatMap(({ href, path, encoding, octets }) => {
        const section = messageIn(box, href)?.parsed().sections.get(path);
        if (section === undefined) return [];
        const content = decodeTransfer(encoding, section.subarray(0, octets));
        return [{ href, path, content, whole: section.length <= octets }];
      });
    },
    async part(mailbox, name, path, signal) {
      await before("part", mailbox, signal);
      const { head, sections } = present(messageIn(store.box(mailbox), name)).parsed();
      const section = present(sections.get(path));
      const encoding = path === "" ? "" : (find(head.structure, path)?.encoding ?? "");
      return Readable.from([decodeTransfer(encoding, section)], { objectMode: false });
    },
    async flag(mailbox, name, change, signal) {
      await before("flag", mailbox, signal);
      const box = store.box(mailbox);
      const message = present(box.messages.get(uidOf(name, box.uidValidity) ?? 0));
      const flags = changed(message.flags, change);
      if (isDeleted(flags) && !isDeleted(change.add)) throw gone();
      if (flags.join() !== message.flags.join()) store.setFlags(box, message, flags);
      return { rev: revisionOf(flags), flags };
    },
    async move(mailbox, names, target, signal) {
      await before("move", mailbox, signal);
      const [box, there] = [store.box(mailbox), store.box(target)];
      return new Map(
        [...new Set(names)].flatMap((name) => {
          const message = messageIn(box, name);
          if (message === undefined) return [];
          const moved = store.add(there, message);
          store.expunge(box, message);
          return [[name, nameIn(there, moved)] as const];
        }),
      );
    },
    async remove(mailbox, names, signal) {
      await before("remove", mailbox, signal);
      const box = store.box(mailbox);
      for (const name of names) {
        const message = messageIn(box, name);
        if (message !== undefined) store.expunge(box, message);
      }
    },
    async empty(mailbox, signal) {
      await before("empty", mailbox, signal);
      const box = store.box(mailbox);
      for (const message of [...box.messages.values()]) store.expunge(box, message);
    },
    async append(mailbox, raw, flags, signal) {
      await before("append", mailbox, signal);
      const box = store.box(mailbox);
      const kept = changed([], { add: flags, remove: [] });
      return nameIn(box, store.add(box, { raw: Buffer.from(raw), received: new Date(now()), flags: kept }));
    },
    async search(mailbox, criterion, most, signal) {
      await before("search", mailbox, signal);
      const box = store.box(mailbox);
      const found = newestFirst(box).filter((message) => matches(message, criterion));
      const hits = found
        .slice(0, most)
        .toSorted((a, b) => b.received.getTime() - a.received.getTime() || b.uid - a.uid)
        .map((message) => ({ href: nameIn(box, message), received: message.received }));
      return { hits, total: found.length };
    },
    async findByMessageId(mailbox, messageId, signal) {
      await before("findByMessageId", mailbox, signal);
      const box = store.box(mailbox);
      const found = newestFirst(box).find(
        (message) => messageId !== "" && message.parsed().head.messageId === messageId.trim(),
      );
      return found && nameIn(box, found);
    },
    async createMailbox(name, parent, signal) {
      await before("createMailbox", parent, signal);
      return mailboxOf(store.create(freePath(store, name, parent)), store);
    },
    async renameMailbox(path, name, parent, signal) {
      await before("renameMailbox", path, signal);
      const box = store.box(path);
      if (pathOf(name, parent) === path) return mailboxOf(box, store);
      if (path === "INBOX") throw new BackendError("refused", "the inbox keeps its name");
      store.rename(path, freePath(store, name, parent));
      return mailboxOf(box, store);
    },
    async removeMailbox(path, signal) {
      await before("removeMailbox", path, signal);
      if (path === "INBOX") throw new BackendError("refused", "the inbox stays");
      store.box(path);
      store.remove(path);
    },
    async watch(onNews, { onMailboxes }) {
      await before("watch", undefined, undefined);
      const listener = (path: string | undefined): void => {
        if (path === undefined) onMailboxes?.();
        else onNews(path);
      };
      store.listeners.add(listener);
      return () => {
        store.listeners.delete(listener);
      };
    },
  };
}

function mailboxOf({ path, objectId, uidValidity, use }: Box, store: MailStore): Mailbox {
  const at = path.lastIndexOf(delimiter);
  const parent = at === -1 ? undefined : path.slice(0, at);
  return {
    path,
    name: path.slice(at + 1),
    parent: parent !== undefined && store.boxes.has(parent) ? parent : undefined,
    objectId: store.has("OBJECTID") ? objectId : undefined,
    uidValidity: store.has("LIST-STATUS") ? uidValidity : undefined,
    use,
    selectable: true,
    subscribed: true,
    shared: false,
  };
}

function cursorOf({ uidValidity, modSequence, uidNext, messages }: Box): string {
  const standing = { uidValidity, uidNext, messages: messages.size, modSequence: BigInt(modSequence) };
  return writeCursor({ by: "sequence", ...standing });
}

function changesIn(box: Box, cursor: string | undefined, since: Date | undefined): Changes {
  const known = readCursor(cursor);
  const now = cursorOf(box);
  const entry = (message: StoredMessage): { href: string; rev: string } => ({
    href: nameIn(box, message),
    rev: revisionOf(message.flags),
  });
  if (
    known?.by !== "sequence" ||
    known.uidValidity !== box.uidValidity ||
    (known.modSequence ?? 0n) > box.modSequence
  ) {
    // A day is the resolution, and whose day it is the server does not say.
    const from = since === undefined ? 0 : since.getTime() - 24 * 3600_000;
    const entries = newestFirst(box).filter(({ received }) => received.getTime() >= from);
    return { full: true, entries: entries.map(entry), gone: [], cursor: now };
  }
  const after = Number(known.modSequence ?? 0n);
  const touched = [...box.messages.values()].filter(({ modSequence }) => modSequence > after);
  const vanished = [...box.vanished].filter(([, at]) => at > after).map(([uid]) => ({ uid }));
  return {
    full: false,
    entries: touched
      .filter(({ flags }) => !isDeleted(flags))
      .toSorted((a, b) => b.uid - a.uid)
      .map(entry),
    gone: [...touched.filter(({ flags }) => isDeleted(flags)), ...vanished].map((one) => nameIn(box, one)),
    cursor: now,
  };
}

function newestFirst({ messages }: Box): readonly StoredMessage[] {
  return [...messages.values()].filter(({ flags }) => !isDeleted(flags)).toSorted((a, b) => b.uid - a.uid);
}

const system = new Set(["\\seen", "\\answered", "\\flagged", "\\deleted", "\\draft"]);

/** Flags are compared without regard to case; a server knows no others with a backslash. */
function changed(
  flags: readonly string[],
  { add, remove }: { readonly add: readonly string[]; readonly remove: readonly string[] },
): readonly string[] {
  const kept = new Map(flags.map((flag) => [flag.toLowerCase(), flag]));
  for (const flag of add) {
    const key = flag.toLowerCase();
    if (isFlag(flag) && (!flag.startsWith("\\") || system.has(key)) && !kept.has(key)) kept.set(key, flag);
  }
  for (const flag of remove) kept.delete(flag.toLowerCase());
  return [...kept.values()];
}

function pathOf(name: string, parent: string | undefined): string {
  return parent === undefined ? name : parent + delimiter + name;
}

function freePath(store: MailStore, name: string, parent: string | undefined): string {
  // oxlint-disable-next-line no-control-regex
  if (name === "" || /[\u0000-\u001f\u007f%*/]/.test(name)) {
    throw new BackendError("refused", "no mailbox can have that name");
  }
  if (parent !== undefined) store.box(parent);
  const path = pathOf(name, parent);
  if (store.boxes.has(path)) throw new BackendError("conflict", "there is a mailbox of that name");
  return path;
}

function find(node: MessagePart, path: string): MessagePart | undefined {
  if (node.path === path) return node;
  for (const child of node.children) {
    const found = find(child, path);
    if (found !== undefined) return found;
  }
  return undefined;
}

function present<T>(found: T | undefined): T {
  if (found === undefined) throw gone();
  return found;
}

function gone(): BackendError {
  return new BackendError("gone", "the message, or that part of it, is not there");
}

function same(a: string, b: string): boolean {
  const [one, other] = [Buffer.from(a), Buffer.from(b)];
  return one.length === other.length && timingSafeEqual(one, other);
}
