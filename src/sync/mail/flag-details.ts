/**
 * What IMAP cannot say of a flag, such as when it is due: kept beside the mailbox for all devices of the user, as long as
 * the message bears the flag there.
 */
import type { Changes } from "../../backends/backend.ts";
import type { FollowUp, MailAccount, MessageHead, MessageName } from "../../backends/mail.ts";
import { followUpDigest } from "../../mapping/mail/flags.ts";
import { decodeRecord, encodeRecord, keys } from "../records.ts";
import { MailForwarder } from "./forwarder.ts";
import { carry, type NameStore } from "./lasting-names.ts";

/** What is kept of a mailbox; `seq` counts what was changed, so that it can be told since when. */
interface Kept {
  readonly seq: number;
  readonly flags: readonly (readonly [name: MessageName, details: FollowUp, seq: number])[];
}

/** Flags of one mailbox of which something is kept: the oldest go. */
const mostFlags = 200;

/** Between the cursor or revision of the server and what is made of the details. */
const mark = "\t";

export class FlagDetails extends MailForwarder {
  private readonly store: Omit<NameStore, "now">;

  constructor(inner: MailAccount, store: Omit<NameStore, "now">) {
    super(inner);
    this.store = store;
  }

  override async changes(mailbox: string, cursor: string | undefined, since?: Date, signal?: AbortSignal) {
    const [before, seq] = splitCursor(cursor);
    const changes = await this.inner.changes(mailbox, before, since, signal);
    const kept = await this.forget(mailbox, await this.read(mailbox), changes);
    if (kept === undefined) return changes;
    const rest = { ...changes, cursor: `${changes.cursor}${mark}${kept.seq}` };
    const entries = changes.entries.map(({ href, rev }) => ({ href, rev: revisionOf(kept, href, rev) }));
    if (changes.full || seq === kept.seq) return { ...rest, entries };
    const told = new Set([...changes.entries.map(({ href }) => href), ...changes.gone]);
    const moved = kept.flags.flatMap(([name, , at]) => (at > seq && !told.has(name) ? [name] : []));
    const heads = moved.length === 0 ? [] : await this.heads(mailbox, moved, signal);
    return { ...rest, entries: [...entries, ...heads.map(({ href, rev }) => ({ href, rev }))] };
  }

  override async heads(mailbox: string, names: readonly MessageName[], signal?: AbortSignal) {
    const heads = await this.inner.heads(mailbox, names, signal);
    const kept = heads.some(isFlagged) ? await this.read(mailbox) : undefined;
    if (kept === undefined) return heads;
    return heads.map((head) => {
      const details = detailsOf(kept, head.href);
      if (details === undefined || !isFlagged(head)) return head;
      return { ...head, rev: revisionOf(kept, head.href, head.rev), followUp: details };
    });
  }

  override async flag(
    mailbox: string,
    name: MessageName,
    change: Parameters<MailAccount["flag"]>[2],
    signal?: AbortSignal,
  ) {
    const { followUp, ...flags } = change;
    const now = await this.inner.flag(mailbox, name, flags, signal);
    const { rev } = now;
    const kept =
      followUp === undefined && isFlaggedAt(rev)
        ? await this.read(mailbox)
        : await this.amend(mailbox, (before) => withDetails(before, name, isFlaggedAt(rev) ? followUp : null));
    return kept ? { ...now, rev: revisionOf(kept, name, rev) } : now;
  }

  override async move(mailbox: string, names: readonly MessageName[], target: string, signal?: AbortSignal) {
    const moved = await this.inner.move(mailbox, names, target, signal);
    const kept = await this.read(mailbox);
    for (const [name, there] of moved) {
      const details = kept && detailsOf(kept, name);
      if (details && there !== undefined) await this.amend(target, (before) => withDetails(before, there, details));
    }
    return moved;
  }

  override async probe(mailboxes: readonly string[], signal?: AbortSignal) {
    const tags = await this.inner.probe(mailboxes, signal);
    const { state, user } = this.store;
    const records = await state.read({ user }, mailboxes.map(keys.flags));
    return new Map(
      [...tags].map(([mailbox, tag]) => {
        const kept = decodeRecord<Kept>(records.get(keys.flags(mailbox)));
        return [mailbox, kept ? `${tag}${mark}${kept.seq}` : tag];
      }),
    );
  }

  override async renameMailbox(...asked: Parameters<MailAccount["renameMailbox"]>) {
    const renamed = await this.inner.renameMailbox(...asked);
    await carry(this.store, keys.flags(asked[0]), keys.flags(renamed.path));
    return renamed;
  }

  private async read(mailbox: string): Promise<Kept | undefined> {
    const key = keys.flags(mailbox);
    return decodeRecord<Kept>((await this.store.state.read({ user: this.store.user }, [key])).get(key));
  }

  /** Flags that somebody has taken away, and messages that are gone. */
  private async forget(mailbox: string, kept: Kept | undefined, changes: Changes): Promise<Kept | undefined> {
    if (kept === undefined || (changes.entries.length === 0 && changes.gone.length === 0)) return kept;
    const over = new Set([
      ...changes.gone,
      ...changes.entries.flatMap(({ href, rev }) => (isFlaggedAt(rev) ? [] : [href])),
    ]);
    if (!kept.flags.some(([name]) => over.has(name))) return kept;
    return this.amend(
      mailbox,
      (before) => before && { ...before, flags: before.flags.filter(([name]) => !over.has(name)) },
    );
  }

  private async amend(
    mailbox: string,
    change: (kept: Kept | undefined) => Kept | undefined,
  ): Promise<Kept | undefined> {
    const { state, user } = this.store;
    const key = keys.flags(mailbox);
    for (;;) {
      const stored = (await state.read({ user }, [key])).get(key);
      const after = change(decodeRecord<Kept>(stored));
      const next = after && encodeRecord(after);
      if (next === undefined || next === stored) return after;
      const commit = { expect: new Map([[key, stored]]), put: new Map([[key, next]]), durable: true };
      if ((await state.commit({ user }, commit)) === "done") return after;
    }
  }
}

function withDetails(
  kept: Kept | undefined,
  name: MessageName,
  details: FollowUp | null | undefined,
): Kept | undefined {
  if (details === undefined) return kept;
  const others = kept?.flags.filter(([other]) => other !== name) ?? [];
  if (details === null) return kept && others.length < kept.flags.length ? { ...kept, flags: others } : kept;
  const seq = (kept?.seq ?? 0) + 1;
  return { seq, flags: [...others, [name, details, seq] as const].slice(-mostFlags) };
}

function detailsOf(kept: Kept, name: MessageName): FollowUp | undefined {
  return kept.flags.find(([other]) => other === name)?.[1];
}

function revisionOf(kept: Kept, name: MessageName, rev: string): string {
  const details = isFlaggedAt(rev) ? detailsOf(kept, name) : undefined;
  return details ? `${rev}${mark}${followUpDigest(details)}` : rev;
}

function isFlagged({ rev }: MessageHead): boolean {
  return isFlaggedAt(rev);
}

/** Flagged, or flagged as done: by the letters of a revision (`backends/mail.ts`). */
function isFlaggedAt(rev: string): boolean {
  return /^[A-Z]*[FC]/.test(rev);
}

/** Without details there was nothing to know. */
function splitCursor(cursor: string | undefined): readonly [cursor: string | undefined, seq: number] {
  const at = cursor?.lastIndexOf(mark) ?? -1;
  return cursor === undefined || at < 0 ? [cursor, 0] : [cursor.slice(0, at), Number(cursor.slice(at + 1))];
}
