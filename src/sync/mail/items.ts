/**
 * Messages as the engine's items: a mailbox is a collection, and the text of an item is what its message's head says,
 * which changes with its flags alone. So keys, deltas, windows and repetitions are the same for mail as for all else.
 */
import type { Account, Changes, Item, Only, ProbeResult, Written } from "../../backends/backend.ts";
import type { MailAccount, MessageHead, PartText } from "../../backends/mail.ts";
import { BackendError } from "../../errors.ts";
import type { PartNeed } from "../../mapping/item.ts";
import { readHead, writeHead } from "../../mapping/mail/head.ts";
import { ForwardingAccount } from "../forwarding-account.ts";
import { lastingOf, mailboxOf, messageOf } from "./href.ts";
import { trashOf } from "./trash.ts";

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
  for (const text of await withoutBad(wanted, (some) => mail.texts(mailbox, some, signal))) {
    const href = collection + text.href;
    found.set(href, [...(found.get(href) ?? []), text]);
  }
  return found;
}

/** Messages that the server cannot read, after which it is the server that is out of order. */
const mostBad = 5;

/**
 * One question for all; where the server fails at it, one for each: a message that it cannot read, whatever happened to
 * its file, must not keep the others from the phone.
 */
async function withoutBad<One, Told>(
  all: readonly One[],
  ask: (some: readonly One[]) => Promise<readonly Told[]>,
): Promise<readonly Told[]> {
  try {
    return await ask(all);
  } catch (error) {
    if (!isAboutMessage(error)) throw error;
    const told: Told[] = [];
    let bad = all.length === 1 ? 1 : 0;
    for (const one of all.length === 1 ? [] : all) {
      try {
        told.push(...(await ask([one])));
      } catch (failure) {
        if (!isAboutMessage(failure)) throw failure;
        bad += 1;
        if (bad > mostBad) throw error;
      }
    }
    return told;
  }
}

function isAboutMessage(error: unknown): boolean {
  return error instanceof BackendError && (error.kind === "refused" || error.precondition === "SERVERBUG");
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

interface Trash {
  readonly path: Promise<string | undefined>;
  /** By `performance.now`. */
  readonly at: number;
}

/** Milliseconds for which the trash is taken to be where it was. */
const trashFor = 10_000;

class MailingAccount extends ForwardingAccount {
  #trash: Trash | undefined;

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
    const heads = await withoutBad(own, (some) => mail.heads(mailbox, some, signal));
    for (const head of heads) yield itemOf(collection, head);
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
    const wanted = readHead(text);
    const [before, after] = [new Set(stored.flags), new Set(wanted.flags)];
    const add = [...after].filter((flag) => !before.has(flag));
    const remove = [...before].filter((flag) => !after.has(flag));
    const isSame = JSON.stringify(stored.followUp) === JSON.stringify(wanted.followUp);
    const followUp = isSame ? {} : { followUp: wanted.followUp ?? null };
    const now = await mail.flag(mailbox, name, { add, remove, ...followUp }, signal);
    // What was set or cleared in that moment by somebody else, or cannot be kept, is told to the device.
    return { href, rev: now.rev, verbatim: areSame(now.flags, wanted.flags) };
  }

  /** Into the trash, and out of it for good. */
  override async remove(href: string, rev: string | undefined, signal?: AbortSignal): Promise<void> {
    if (mailboxOf(href) === undefined) return this.inner.remove(href, rev, signal);
    const { mail, mailbox } = placeOf(this.inner, href);
    const name = messageOf(href);
    const known = this.#trash && performance.now() - this.#trash.at < trashFor ? this.#trash : undefined;
    const trash = await (known ?? this.#findTrash(mail)).path;
    try {
      await discard(mail, mailbox, name, trash, signal);
    } catch (error) {
      // It may be the trash that is no more where it was.
      if (!known || !(error instanceof BackendError) || error.kind !== "gone") throw error;
      const now = await this.#findTrash(mail).path;
      if (now === trash) throw error;
      await discard(mail, mailbox, name, now, signal);
    }
  }

  /** Once for all that is deleted at a time. */
  #findTrash(mail: MailAccount): Trash {
    const found = { path: mail.mailboxes().then((mailboxes) => trashOf(mail, mailboxes)), at: performance.now() };
    this.#trash = found;
    found.path.catch(() => {
      if (this.#trash === found) this.#trash = undefined;
    });
    return found;
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

async function discard(
  mail: MailAccount,
  mailbox: string,
  name: string,
  trash: string | undefined,
  signal: AbortSignal | undefined,
): Promise<void> {
  if (trash === undefined || trash === mailbox) return mail.remove(mailbox, [name], signal);
  const moved = await mail.move(mailbox, [name], trash, signal);
  if (!moved.has(name)) throw new BackendError("gone", "the message is no more there");
}

function itemOf(collection: string, head: MessageHead): Item {
  return { href: collection + head.href, rev: head.rev, text: writeHead(head) };
}

/** \Recent is the connection's, and not the message's. */
function areSame(flags: readonly string[], others: readonly string[]): boolean {
  const [one, other] = [flags, others].map((all) =>
    [...new Set(all.map((flag) => flag.toLowerCase()))]
      .filter((flag) => flag !== "\\recent")
      .toSorted()
      .join(" "),
  );
  return one === other;
}
