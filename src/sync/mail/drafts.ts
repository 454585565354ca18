/**
 * Drafts that a device makes, edits and sends by Sync (16.0 and later; MS-ASEMAIL 2.2.2.69). Each is written once and
 * sent once, whatever became of earlier attempts: the command's intent names the Message-ID of what it stores.
 */
import type { Item } from "../../backends/backend.ts";
import type { MailAccount } from "../../backends/mail.ts";
import { BackendError, EasError, MappingError } from "../../errors.ts";
import {
  addedTo,
  checkDraft,
  composeDraft,
  type Draft,
  flagsIn,
  isDraftEdit,
  newsIn,
} from "../../mapping/drafts/draft.ts";
import type { ShownBody } from "../../mapping/drafts/text.ts";
import type { MappingContext } from "../../mapping/item.ts";
import { flagChange, has } from "../../mapping/mail/flags.ts";
import { readHead } from "../../mapping/mail/head.ts";
import { conversationId, conversationIndex } from "../../mapping/mail/thread.ts";
import { OutgoingError, type OutgoingFault } from "../../mapping/outgoing/outgoing.ts";
import { requestOctets } from "../../schema/limits.ts";
import { atLeast } from "../../schema/versions.ts";
import { child, childText, type Element } from "../../wire/element.ts";
import { type Command, contentFingerprint } from "../command.ts";
import type { Done, Work } from "../execute.ts";
import { fingerprint, type ServerId } from "../ids.ts";
import type { BaseEntry, CommandResult, Intent } from "../records.ts";
import { mappingOf } from "../session.ts";
import type { Turn } from "../turn.ts";
import { lastingOf, mailboxOf, messageOf } from "./href.ts";
import { readParts } from "./items.ts";
import { contentOf, LastingNames } from "./lasting-names.ts";
import { sendOnce } from "./sending.ts";
import { readSource } from "./source.ts";

type Add = Extract<Command, { kind: "Add" }>;
type Change = Extract<Command, { kind: "Change" }>;

/** What the executor of a request has at hand. */
export interface DraftNeeds {
  readonly turn: Turn;
  readonly context: MappingContext;
  /** Intents of earlier requests. */
  readonly begun: readonly Intent[];
  /** What the device's own commands left of an item under a key that it never saw. */
  readonly own: ReadonlyMap<ServerId, BaseEntry>;
  /** Runs what writes to the backend. */
  readonly write: <T>(action: () => Promise<T>) => Promise<T>;
  /** An item as it is stored now. */
  readonly readNow: (href: string) => Promise<Item | undefined>;
  /** The result of a command that succeeded. */
  readonly succeeded: (work: Work) => CommandResult;
}

export interface Drafts {
  /** @throws MappingError, BackendError, EasError 111 to 122 and 183 */
  add(command: Add, work: Work): Promise<Done>;
  /**
   * The same, and `conflict` for a draft that somebody else has edited. Undefined where nothing is said that is not so
   * already, but for flags.
   */
  change(command: Change, work: Work, entry: BaseEntry): Promise<Done | undefined>;
}

/** MS-ASCMD_R4669 */
const draftsType = 3;

/** Whether a command concerns the content of a draft. */
export function isDraftCommand({ folder, session }: Turn, command: Command): boolean {
  if (folder.className !== "Email" || !atLeast(session.version, "16.0")) return false;
  if (command.kind === "Add") return command.className !== "SMS";
  return command.kind === "Change" && (command.send === true || isDraftEdit(command.data));
}

/** The name of what a Change of a draft is about to store: the same for a repetition. */
export function draftName(
  { session, folder, phoneKey }: Turn,
  begun: readonly Intent[],
  work: Work,
  href: string,
): string {
  const itself = begun.find((intent) => intent.command === work.fingerprint && intent.href === href);
  return itself?.text ?? session.ids.newName(session.scope.device, folder.id, phoneKey, work.fingerprint);
}

export function createDrafts(needs: DraftNeeds): Drafts {
  const { turn, context, begun, own, write, readNow, succeeded } = needs;
  const { session, folder } = turn;
  const { account, ids, services } = session;
  const mapping = mappingOf(session, folder);
  const collection = folder.href ?? "";
  const sender = { addresses: account.addresses, displayName: account.displayName };

  function mailAccount(): LastingNames {
    if (account.mail instanceof LastingNames) return account.mail;
    throw new BackendError("gone", "no mail server is configured");
  }

  function messageIdOf(name: string): string {
    const [address = ""] = account.addresses;
    return `<${name}@${address.slice(address.lastIndexOf("@") + 1) || "drafts.invalid"}>`;
  }

  function compose(stored: Buffer | undefined, command: Add | Change, messageId: string, shown?: ShownBody): Draft {
    const id = command.kind === "Change" ? command.serverId : undefined;
    return composeDraft(stored, command.data, { id, messageId, sender, now: services.now(), shown });
  }

  /** What the device has from now on, and is told of it. */
  function done(work: Work, item: Item, files: Draft["added"]): Done {
    const serverId = ids.item(folder.id, item.href, "");
    const head = readHead(item.text);
    const end = mapping.lastEnd(item.text, context);
    const entry = { href: item.href, rev: item.rev, until: Math.floor(end / 1000) };
    const added = [...files].map(([clientId, path]) => ({ clientId, reference: `${serverId}:${path}` }));
    const conversation = {
      id: conversationId(head).toString("base64"),
      index: conversationIndex(head).toString("base64"),
    };
    const result = { ...succeeded(work), serverId, conversation, ...(added.length > 0 ? { added } : {}) };
    return { result, entries: [[serverId, entry, "silent"]] };
  }

  async function stored(href: string): Promise<Item> {
    const item = await readNow(href);
    if (!item) throw new BackendError("gone", "the draft is no more");
    return item;
  }

  /**
   * `what` is sent once, whatever is made of it meanwhile, and is known again when it is gone.
   * @throws EasError for what cannot be sent, in the words of the Sync command.
   */
  async function send(what: string, make: () => Promise<Buffer>): Promise<void> {
    const upload = Buffer.from(`Message-ID: ${messageIdOf(fingerprint(what))}\r\n\r\n`);
    const identity = JSON.stringify(["draft", what]);
    try {
      await sendOnce(session, { identity, upload, saveInSent: true, compose: make });
    } catch (error) {
      if (!(error instanceof OutgoingError)) throw error;
      throw new EasError(faultStatus[error.fault], error.message, { cause: error });
    }
  }

  /** It was never in the folder, or is there no more: the device takes it out. */
  function sent(work: Work, serverId: ServerId, href: string): Done {
    const result = { ...succeeded(work), serverId };
    return { result, entries: [[serverId, { href, rev: "" }, "silent"]], revert: [href] };
  }

  async function add(command: Add, work: Work): Promise<Done> {
    checkDraft(command.data);
    if (folder.type !== draftsType) throw new MappingError("a message is made by sending it");
    const mail = mailAccount();
    const mailbox = mailboxOf(collection) ?? "";
    const itself = begun.find((intent) => intent.command === work.fingerprint);
    const content = contentFingerprint(command.data);
    const named = (href: string) => href.slice(href.lastIndexOf("/") + 1, href.length - mapping.extension.length);
    // A phone that starts over sends what it never saw confirmed again, under another key.
    const earlier = begun.find((intent) => intent.content === content && intent.command !== work.fingerprint);
    const known = itself ?? (command.send ? earlier : undefined);
    const name = known
      ? named(known.href)
      : ids.newName(session.scope.device, folder.id, turn.phoneKey, command.clientId);
    const messageId = messageIdOf(name);
    if (command.send) {
      await send(name, async () => compose(undefined, command, messageId).message);
      const href = `${collection}${name}${mapping.extension}`;
      return sent(work, ids.item(folder.id, href, ""), href);
    }
    for (const before of [...(itself ? [name] : []), ...(earlier ? [named(earlier.href)] : [])]) {
      const found = await mail.findByMessageId(mailbox, messageIdOf(before));
      const item = found === undefined ? undefined : await readNow(collection + found);
      if (!item) continue;
      const again = done(work, item, compose(undefined, command, messageId).added);
      return earlier ? { ...again, result: { ...again.result, repeats: earlier.command } } : again;
    }
    const draft = compose(undefined, command, messageId);
    const { add: flags } = flagChange({ flags: [] }, flagsIn(command.data), context);
    const isUnread = childText(command.data, "Email:Read")?.trim() === "0";
    const kept = ["\\Draft", ...(isUnread ? [] : ["\\Seen"]), ...flags];
    const made = await append(mail, mailbox, { message: draft.message, messageId }, [...new Set(kept)]);
    return done(work, await stored(collection + made), draft.added);
  }

  async function append(
    mail: MailAccount,
    mailbox: string,
    { message, messageId }: { readonly message: Buffer; readonly messageId: string },
    flags: readonly string[],
  ): Promise<string> {
    const find = () => mail.findByMessageId(mailbox, messageId, AbortSignal.timeout(lookBackTime));
    let made: string | undefined;
    try {
      made = await write(() => mail.append(mailbox, message, flags));
    } catch (error) {
      // The answer broke off: it may be stored.
      if (!(error instanceof BackendError) || error.kind !== "unreachable") throw error;
      made = await find().catch(() => undefined);
      if (made === undefined) throw error;
    }
    made ??= await find();
    if (made === undefined) throw new BackendError("unreachable", "what was stored a moment ago is not there");
    return made;
  }

  async function change(command: Change, work: Work, entry: BaseEntry): Promise<Done | undefined> {
    checkDraft(command.data);
    const mail = mailAccount();
    const mailbox = mailboxOf(entry.href) ?? "";
    const name = draftName(turn, begun, work, entry.href);
    const messageId = messageIdOf(name);
    const item = await readNow(entry.href);
    if (item) check(command, entry, item, messageId);
    if (command.send) {
      await send(lastingOf(entry.href), async () => {
        if (!item) throw new BackendError("gone", "the draft is no more");
        const draft = await edited(command, item, messageId);
        const unsaid = { ...command, data: { ...command.data, content: [] } };
        return (draft ?? compose(await messageOfItem(item), unsaid, messageId)).message;
      });
      await write(() => mail.remove(mailbox, [messageOf(entry.href)])).catch((error: unknown) => {
        session.log.warn({ error }, "a draft was sent and could not be taken out of its folder");
      });
      return sent(work, command.serverId as ServerId, entry.href);
    }
    if (!item) {
      if (folder.type === draftsType && isWritten(command.data)) await saveAnew(mail, mailbox, command, messageId);
      throw new BackendError("gone", "the draft is no more");
    }
    const head = readHead(item.text);
    if (head.messageId === messageId) {
      const added = addedTo(await messageOfItem(item), command.data, command.serverId);
      return done(work, item, added);
    }
    const draft = await edited(command, item, messageId);
    if (!draft) return undefined;
    const { flags } = readHead(mapping.change(item.text, "", flagsIn(command.data), undefined, context));
    const before = head.messageId === "" ? undefined : head.messageId;
    await write(() =>
      mail.replace(mailbox, messageOf(entry.href), { message: draft.message, flags, messageId, before }),
    );
    return done(work, await stored(entry.href), draft.added);
  }

  /** Another client has put its own in the place of the draft, or deleted it: what was written is a draft of its own. */
  async function saveAnew(mail: MailAccount, mailbox: string, command: Change, messageId: string): Promise<void> {
    if ((await mail.findByMessageId(mailbox, messageId)) !== undefined) return;
    const { message } = compose(undefined, command, messageId);
    await append(mail, mailbox, { message, messageId }, ["\\Draft", "\\Seen"]);
  }

  /** @throws MappingError for what is no draft, BackendError `conflict` */
  function check({ serverId }: Change, entry: BaseEntry, item: Item, messageId: string): void {
    const head = readHead(item.text);
    // MS-ASEMAIL_R41
    if (!has(head, "\\Draft")) throw new MappingError("a message that is no draft", "AirSync:Change");
    const isKnown = [entry, own.get(serverId as ServerId)].some(
      (known) => known && contentOf(known.rev) === contentOf(item.rev),
    );
    const names = begun.flatMap(({ href, text }) =>
      href === item.href && text !== undefined ? [messageIdOf(text)] : [],
    );
    const isOurs = isKnown || [messageId, ...names].includes(head.messageId);
    if (!isOurs && turn.head.options.conflict !== "client")
      throw new BackendError("conflict", `draft ${serverId} was edited elsewhere`);
  }

  /** Undefined where the draft is as the device says. */
  async function edited(command: Change, item: Item, messageId: string): Promise<Draft | undefined> {
    const told = await shownTo(item, context);
    const shown = child(command.data, "AirSyncBase:Body") && (await shownBody(item, told));
    const data = newsIn(command.data, told, shown);
    return data && compose(await messageOfItem(item), { ...command, data }, messageId, shown);
  }

  function messageOfItem({ href }: Item): Promise<Buffer> {
    const place = { mailbox: mailboxOf(href) ?? "", name: messageOf(href) };
    return readSource(session, place, { octets: requestOctets, isWhole: true });
  }

  async function shownTo(item: Item, asked: MappingContext): Promise<readonly Element[]> {
    const needs = mapping.needs?.(item.text, asked) ?? [];
    const parts = await readParts(account, collection, new Map([[item.href, needs]]), session.signal);
    return mapping.down(item.text, "", asked, { texts: parts.get(item.href) ?? [] });
  }

  /** The body as the device was sent it, by the options it has. */
  async function shownBody(item: Item, told: readonly Element[]): Promise<ShownBody | undefined> {
    const bodyOf = (elements: readonly Element[]) => elements.find(({ name }) => name === "AirSyncBase:Body");
    const sent = bodyOf(told);
    if (!sent || childText(sent, "AirSyncBase:Truncated") !== "1") return sent && { sent, whole: sent };
    const { mimeTruncation: _mimeTruncation, ...uncut } = context;
    const bodyPreferences = context.bodyPreferences.map(({ type }) => ({ type }));
    const whole = bodyOf(await shownTo(item, { ...uncut, bodyPreferences }));
    return whole && { sent, whole };
  }

  return { add, change };
}

/** Whether a Change holds what its user wrote. */
function isWritten(data: Element): boolean {
  const body = child(data, "AirSyncBase:Body");
  return body !== undefined && (childText(body, "AirSyncBase:Data") ?? "").trim() !== "";
}

/** Milliseconds for a look at whether a message whose storing broke off is there. */
const lookBackTime = 5_000;

/** MS-ASCMD_R7472; the others as SendMail has them. */
const faultStatus: Readonly<Record<OutgoingFault, number>> = {
  "no recipient": 183,
  "bad recipient": 183,
  "no message": 107,
  "too many recipients": 115,
  "no sender": 120,
};
