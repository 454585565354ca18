/**
 * Messages as the engine's items: a mailbox is a collection, and the text of an item is what its message's head says,
 * which changes with its flags alone. So keys, deltas, windows and repetitions are the same for mail as for all else.
 */
import type { Account, Changes, Item, Only, ProbeResult, Written } from "../backends/backend.ts";
import type { MailAccount, MessageHead, PartText } from "../backends/mail.ts";
import { BackendError } from "../errors.ts";
import type { PartNeed } from "../mapping/item.ts";
import { readHead, writeHead } from "../mapping/mail/head.ts";
import { ForwardingAccount } from "./forwarding-account.ts";
import { lastingOf, mailboxOf, messageOf } from "./mail-href.ts";

/** Parts of messages of one collection, by href. @throws BackendError */
export async function readParts(
  account: Account,
  collection: string,
  needs: ReadonlyMap<string, readonly PartNeed[]>,
  signal?: AbortSignal,
): Promise<ReadonlyMap<string, readonly PartText[]>> {
  const wanted = [...needs].flatMap(([href, parts]) => parts.map((part) => ({ href: messageOf(href), ...part })));
  const found = new Map<string, PartText[]>();
  if (wanted.length === 0) return found;
  const { mail, mailbox } = placeOf(account, collection);
  for (const text of await mail.texts(mailbox, wanted, signal)) {
    const href = collection + text.href;
    found.set(href, [...(found.get(href) ?? []), text]);
  }
  return found;
}

/** Deletes a message for good. @throws BackendError */
export async function removeMessage(account: Account, href: string, signal?: AbortSignal): Promise<void> {
  const { mail, mailbox } = placeOf(account, href);
  await mail.remove(mailbox, [messageOf(href)], signal);
}

/** An account that answers for mailboxes too. */
export function mailingAccount(inner: Account): Account {
  return inner.mail ? new MailingAccount(inner) : inner;
}

function placeOf({ mail }: Account, href: string): { mail: MailAccount; mailbox: string } {
  const mailbox = mailboxOf(href);
  if (!mail || mailbox === undefined) throw new BackendError("gone", "no mail server is configured");
  return { mail, mailbox };
}

class MailingAccount extends ForwardingAccount {
  override async changes(
    collection: string,
    cursor: string | undefined,
    signal?: AbortSignal,
    only?: Only,
  ): Promise<Changes> {
    if (mailboxOf(collection) === undefined) return this.inner.changes(collection, cursor, signal, only);
    const { mail, mailbox } = placeOf(this.inner, collection);
    const since = only instanceof Date ? only : undefined;
    const changes = await mail.changes(mailbox, cursorWithin(collection, cursor), since, signal);
    return {
      ...changes,
      cursor: cursorOf(collection, changes.cursor),
      entries: changes.entries.map(({ href, rev }) => ({ href: collection + href, rev })),
      gone: changes.gone.map((name) => collection + name),
    };
  }

  override async *read(collection: string, hrefs: readonly string[], signal?: AbortSignal): AsyncGenerator<Item> {
    if (mailboxOf(collection) === undefined) {
      yield* this.inner.read(collection, hrefs, signal);
      return;
    }
    const { mail, mailbox } = placeOf(this.inner, collection);
    const own = hrefs.filter((href) => href.startsWith(collection)).map(messageOf);
    if (own.length === 0) return;
    for (const head of await mail.heads(mailbox, own, signal)) yield itemOf(collection, head);
  }

  override stored(item: Item, signal?: AbortSignal) {
    return mailboxOf(item.href) === undefined ? this.inner.stored(item, signal) : Promise.resolve(item);
  }

  override async create(collection: string, name: string, text: string, signal?: AbortSignal) {
    if (mailboxOf(collection) === undefined) return this.inner.create(collection, name, text, signal);
    throw new BackendError("refused", "messages are made by sending them");
  }

  /** Flags are set and cleared one by one: what somebody else did to the others meanwhile stays. */
  override async update(href: string, rev: string, text: string, signal?: AbortSignal): Promise<Written> {
    if (mailboxOf(href) === undefined) return this.inner.update(href, rev, text, signal);
    const { mail, mailbox } = placeOf(this.inner, href);
    const name = messageOf(href);
    const [stored] = await mail.heads(mailbox, [name], signal);
    if (!stored) throw new BackendError("gone", "the message is no more there");
    // What differs from other flags than these is somebody else's doing.
    if (stored.rev !== rev) throw new BackendError("conflict", "the message has other flags by now");
    const [before, after] = [new Set(stored.flags), new Set(readHead(text).flags)];
    const add = [...after].filter((flag) => !before.has(flag));
    const remove = [...before].filter((flag) => !after.has(flag));
    const now = await mail.flag(mailbox, name, { add, remove }, signal);
    return { href, rev: now.rev, verbatim: true };
  }

  /** Into the trash where there is one, and out of it for good. */
  override async remove(href: string, rev: string | undefined, signal?: AbortSignal): Promise<void> {
    if (mailboxOf(href) === undefined) return this.inner.remove(href, rev, signal);
    const { mail, mailbox } = placeOf(this.inner, href);
    const trash = (await mail.mailboxes(signal)).find(({ use }) => use === "trash");
    const name = messageOf(href);
    if (trash === undefined || trash.path === mailbox) return mail.remove(mailbox, [name], signal);
    const moved = await mail.move(mailbox, [name], trash.path, signal);
    if (!moved.has(name)) throw new BackendError("gone", "the message is no more there");
  }

  override async findByUid(collection: string, uid: string, signal?: AbortSignal): Promise<Item | undefined> {
    return mailboxOf(collection) === undefined ? this.inner.findByUid(collection, uid, signal) : undefined;
  }

  override async probe(
    collections: readonly string[],
    cursors: ReadonlyMap<string, string>,
    signal?: AbortSignal,
  ): Promise<ProbeResult> {
    const mailboxes = collections.filter((collection) => mailboxOf(collection) !== undefined);
    const others = collections.filter((collection) => mailboxOf(collection) === undefined);
    if (mailboxes.length === 0) return this.inner.probe(collections, cursors, signal);
    const began = performance.now();
    const { mail } = placeOf(this.inner, mailboxes[0] ?? "");
    const [found, rest] = await Promise.all([
      mail.probe(
        mailboxes.map((collection) => mailboxOf(collection) ?? ""),
        signal,
      ),
      others.length > 0 ? this.inner.probe(others, cursors, signal) : undefined,
    ]);
    const tags = new Map(rest?.tags);
    for (const collection of mailboxes) {
      const tag = found.get(mailboxOf(collection) ?? "");
      if (tag !== undefined) tags.set(collection, cursorOf(collection, tag));
    }
    return { tags, milliseconds: performance.now() - began, requests: 1 + (rest?.requests ?? 0) };
  }
}

/** A cursor is of one mailbox: where another has its place, everything is compared. */
function cursorOf(collection: string, cursor: string): string {
  return lastingOf(collection) + cursor;
}

function cursorWithin(collection: string, cursor: string | undefined): string | undefined {
  const mark = lastingOf(collection);
  return cursor?.startsWith(mark) ? cursor.slice(mark.length) : undefined;
}

function itemOf(collection: string, head: MessageHead): Item {
  return { href: collection + head.href, rev: head.rev, text: writeHead(head) };
}
