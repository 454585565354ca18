/**
 * Names of messages that last. No message can be edited: what a device makes of a draft is another message under another
 * name. Here it keeps the name that it had first, for all devices of the user, so that it is one item to them.
 */
import type { Readable } from "node:stream";
import type { Changes } from "../../backends/backend.ts";
import type { Criterion, Found, MailAccount, MessageName, PartWanted } from "../../backends/mail.ts";
import { BackendError } from "../../errors.ts";
import type { State } from "../../state/state.ts";
import { decodeRecord, encodeRecord, keys } from "../records.ts";
import { MailForwarder } from "./forwarder.ts";

/** What a message is called by everybody above, and what it is called on the server now. */
interface Succession {
  readonly first: MessageName;
  readonly now: MessageName;
  /** The Message-ID it had first, by which a repetition of the command that made it knows it again. */
  readonly from?: string;
  /** The Message-ID of what is about to take its place. */
  readonly next?: string;
  /** Names it had: those messages are yet to be deleted. */
  readonly old?: readonly MessageName[];
  /** The last time that it was replaced, in seconds since 1970. */
  readonly at: number;
  /** It was deleted or moved, by whomever. */
  readonly gone?: true;
}

type Successions = readonly Succession[];

/** Seconds for which a replacement that was begun is looked for where nobody asks for it again. */
const lookedFor = 3_600;
/** Seconds for which devices may still have to learn that a draft is gone. */
const goneFor = 60 * 86_400;
/** Drafts of one mailbox of which the names are known. */
const mostDrafts = 500;
/** Milliseconds for a look at whether a message whose storing broke off is there. */
const lookBackTime = 5_000;

export interface Replacement {
  readonly message: Buffer;
  readonly flags: readonly string[];
  /** Of the new message, and of no other. */
  readonly messageId: string;
  /** Of the message that is replaced. */
  readonly before: string | undefined;
}

/** Where the successions of a user are written down, and the clock. */
export interface NameStore {
  readonly state: State;
  readonly user: string;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** A record gets another key. What another node writes to it in the same moment is lost with the old one. */
export async function carry({ state, user }: Omit<NameStore, "now">, from: string, to: string): Promise<void> {
  const stored = (await state.read({ user }, [from])).get(from);
  if (stored !== undefined && from !== to)
    await state.commit({ user }, { put: new Map([[to, stored]]), remove: [from] });
}

/** What of a revision changes with the content of a message, and not with its flags. */
export function contentOf(rev: string): string {
  const at = rev.indexOf(mark);
  return at < 0 ? "" : rev.slice(at);
}

/** A revision as the server's flags make it. */
export function flagsOf(rev: string): string {
  const at = rev.indexOf(mark);
  return at < 0 ? rev : rev.slice(0, at);
}

/** Stands in no revision: no keyword has it in front of a name. */
const mark = "\n";

/** A mail account in which messages can be replaced. */
export class LastingNames extends MailForwarder {
  private readonly store: NameStore;

  constructor(inner: MailAccount, store: NameStore) {
    super(inner);
    this.store = store;
  }

  /**
   * Puts a message in the place of another, under the name that this one has. Nothing is lost and nothing doubled,
   * whatever breaks off in between: what is about to be stored is written down, and both this and the next listing finish
   * it. Asked again with the same Message-ID, it does nothing twice.
   * @throws BackendError
   */
  async replace(mailbox: string, name: MessageName, wanted: Replacement, signal?: AbortSignal): Promise<void> {
    const { messageId, before } = wanted;
    const settled = await this.settle(mailbox, await this.read(mailbox), signal);
    const known = settled.find(({ first }) => first === name);
    const found = known && (await this.inner.findByMessageId(mailbox, messageId, signal));
    if (found !== undefined) {
      await this.succeed(mailbox, name, found, signal);
      return;
    }
    const from = before === undefined ? {} : { from: before };
    await this.amend(mailbox, name, (one) => ({ ...from, ...(one ?? { first: name, now: name }), next: messageId }));
    let stored: MessageName | undefined;
    try {
      stored = await this.inner.append(mailbox, wanted.message, wanted.flags, signal);
    } catch (error) {
      if (!(error instanceof BackendError)) throw error;
      if (error.kind !== "unreachable") {
        await this.amend(mailbox, name, withoutNext);
        throw error;
      }
      // The answer broke off: it may be stored.
      const signalled = AbortSignal.timeout(lookBackTime);
      stored = await this.inner.findByMessageId(mailbox, messageId, signalled).catch(() => undefined);
      if (stored === undefined) throw error;
    }
    stored ??= await this.inner.findByMessageId(mailbox, messageId, signal);
    if (stored === undefined) throw new BackendError("unreachable", "what was stored a moment ago is not there");
    await this.succeed(mailbox, name, stored, signal);
  }

  override async changes(
    mailbox: string,
    cursor: string | undefined,
    since?: Date,
    signal?: AbortSignal,
  ): Promise<Changes> {
    const changes = await this.inner.changes(mailbox, cursor, since, signal);
    if (changes.entries.length === 0 && changes.gone.length === 0) return changes;
    const read = await this.read(mailbox);
    if (read.length === 0) return changes;
    const known = await this.settle(mailbox, read, signal);
    const byNow = new Map(known.map((one) => [one.now, one]));
    const former = formerNames(known);
    for (const name of changes.gone) {
      const left = byNow.get(name);
      if (left && !left.gone) await this.amend(mailbox, left.first, (one) => one && { ...one, gone: true });
    }
    return {
      ...changes,
      entries: changes.entries.flatMap(({ href, rev }) => {
        const one = byNow.get(href);
        if (one) return [{ href: one.first, rev: revisionOf(one, rev) }];
        return former.has(href) ? [] : [{ href, rev }];
      }),
      gone: changes.gone.flatMap((name) => byNow.get(name)?.first ?? (former.has(name) ? [] : [name])),
    };
  }

  override async heads(mailbox: string, names: readonly MessageName[], signal?: AbortSignal) {
    const known = await this.read(mailbox);
    const heads = await this.inner.heads(mailbox, names.map(nameNow(known)), signal);
    return heads.map((head) => {
      const one = known.find(({ now }) => now === head.href);
      return one ? { ...head, href: one.first, rev: revisionOf(one, head.rev) } : head;
    });
  }

  override async texts(mailbox: string, wanted: readonly PartWanted[], signal?: AbortSignal) {
    const known = await this.read(mailbox);
    const now = nameNow(known);
    const texts = await this.inner.texts(
      mailbox,
      wanted.map((one) => ({ ...one, href: now(one.href) })),
      signal,
    );
    const first = nameFirst(known);
    return texts.map((one) => ({ ...one, href: first(one.href) }));
  }

  override async part(mailbox: string, name: MessageName, path: string, signal?: AbortSignal): Promise<Readable> {
    return this.inner.part(mailbox, nameNow(await this.read(mailbox))(name), path, signal);
  }

  override async flag(
    mailbox: string,
    name: MessageName,
    change: Parameters<MailAccount["flag"]>[2],
    signal?: AbortSignal,
  ) {
    const known = await this.read(mailbox);
    const now = await this.inner.flag(mailbox, nameNow(known)(name), change, signal);
    const one = known.find(({ first }) => first === name);
    return one ? { ...now, rev: revisionOf(one, now.rev) } : now;
  }

  override async move(mailbox: string, names: readonly MessageName[], target: string, signal?: AbortSignal) {
    const known = await this.read(mailbox);
    const first = nameFirst(known);
    const moved = await this.inner.move(mailbox, names.map(nameNow(known)), target, signal);
    return new Map([...moved].map(([name, there]) => [first(name), there]));
  }

  override async remove(mailbox: string, names: readonly MessageName[], signal?: AbortSignal): Promise<void> {
    const known = await this.read(mailbox);
    const now = nameNow(known);
    // What is left of an edit that was cut short goes along.
    const old = known.flatMap((one) => (names.includes(one.first) ? (one.old ?? []) : []));
    await this.inner.remove(mailbox, [...names.map(now), ...old], signal);
  }

  override async search(mailbox: string, criterion: Criterion, most: number, signal?: AbortSignal): Promise<Found> {
    const found = await this.inner.search(mailbox, criterion, most, signal);
    const known = await this.read(mailbox);
    const first = nameFirst(known);
    const former = formerNames(known);
    const hits = found.hits.filter(({ href }) => !former.has(href)).map((hit) => ({ ...hit, href: first(hit.href) }));
    return { ...found, hits };
  }

  /** A message that was replaced is found by what it was called first, too. */
  override async findByMessageId(mailbox: string, messageId: string, signal?: AbortSignal) {
    const found = await this.inner.findByMessageId(mailbox, messageId, signal);
    const known = await this.read(mailbox);
    if (found === undefined) return known.find(({ from, gone }) => from === messageId && !gone)?.first;
    return nameFirst(known)(found);
  }

  override async renameMailbox(...asked: Parameters<MailAccount["renameMailbox"]>) {
    const renamed = await this.inner.renameMailbox(...asked);
    await carry(this.store, keys.drafts(asked[0]), keys.drafts(renamed.path));
    return renamed;
  }

  private async read(mailbox: string): Promise<Successions> {
    const key = keys.drafts(mailbox);
    const stored = await this.store.state.read({ user: this.store.user }, [key]);
    return decodeRecord<Successions>(stored.get(key)) ?? [];
  }

  /** Changes what is written down of one message; another device of the user may do so at the same time. */
  private async amend(
    mailbox: string,
    name: MessageName,
    change: (one: Succession | undefined) => Omit<Succession, "at"> | undefined,
  ): Promise<Successions> {
    const { state, user, now } = this.store;
    const key = keys.drafts(mailbox);
    for (;;) {
      const stored = (await state.read({ user }, [key])).get(key);
      const before = decodeRecord<Successions>(stored) ?? [];
      const at = Math.floor(now() / 1000);
      const changed = change(before.find(({ first }) => first === name));
      const others = before.filter((one) => one.first !== name && !(one.gone && at - one.at > goneFor));
      const after = [...others, ...(changed ? [{ ...changed, at }] : [])].slice(-mostDrafts);
      const next = encodeRecord(after);
      if (next === stored) return after;
      const commit = { expect: new Map([[key, stored]]), put: new Map([[key, next]]), durable: true };
      if ((await state.commit({ user }, commit)) === "done") return after;
    }
  }

  /** Finishes what was begun, by whichever device. */
  private async settle(mailbox: string, known: Successions, signal?: AbortSignal): Promise<Successions> {
    let settled = known;
    for (const { first, next, at, old } of known) {
      const isRecent = this.store.now() / 1000 - at < lookedFor;
      const found =
        next !== undefined && isRecent ? await this.inner.findByMessageId(mailbox, next, signal) : undefined;
      if (found !== undefined) settled = await this.succeed(mailbox, first, found, signal);
      else if (old !== undefined) settled = await this.clear(mailbox, first, old, signal);
    }
    return settled;
  }

  /** From now on it is this message. */
  private async succeed(
    mailbox: string,
    name: MessageName,
    stored: MessageName,
    signal?: AbortSignal,
  ): Promise<Successions> {
    const known = await this.amend(mailbox, name, (one) => {
      const { next: _next, old = [], now, ...rest }: Omit<Succession, "at"> = one ?? { first: name, now: name };
      const left = [...new Set([...old, ...(now === stored ? [] : [now])])];
      return { ...rest, now: stored, ...(left.length > 0 ? { old: left } : {}) };
    });
    const old = known.find(({ first }) => first === name)?.old;
    return old ? this.clear(mailbox, name, old, signal) : known;
  }

  /** Deletes what it was before. Where that fails, the next listing does it. */
  private async clear(
    mailbox: string,
    name: MessageName,
    old: readonly MessageName[],
    signal?: AbortSignal,
  ): Promise<Successions> {
    try {
      await this.inner.remove(mailbox, old, signal);
    } catch (error) {
      if (!(error instanceof BackendError)) throw error;
      return this.read(mailbox);
    }
    return this.amend(mailbox, name, (one) => {
      if (!one) return undefined;
      const { old: left = [], ...rest } = one;
      const more = left.filter((former) => !old.includes(former));
      return more.length > 0 ? { ...rest, old: more } : rest;
    });
  }
}

/** What was never replaced is not to be known. */
function withoutNext(one: Succession | undefined): Succession | undefined {
  const { next: _next, ...rest } = one ?? {};
  return one && one.first !== one.now ? (rest as Succession) : undefined;
}

function revisionOf({ first, now }: Succession, rev: string): string {
  return first === now ? rev : `${rev}${mark}${now}`;
}

/** Names of messages that were replaced, and may still be there. */
function formerNames(known: Successions): ReadonlySet<MessageName> {
  return new Set(known.flatMap(({ first, now, old = [] }) => [...(first === now ? [] : [first]), ...old]));
}

function nameNow(known: Successions): (name: MessageName) => MessageName {
  const names = new Map(known.map(({ first, now }) => [first, now]));
  return (name) => names.get(name) ?? name;
}

function nameFirst(known: Successions): (name: MessageName) => MessageName {
  const names = new Map(known.map(({ first, now }) => [now, first]));
  return (name) => names.get(name) ?? name;
}
