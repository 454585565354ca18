/**
 * A draft that a device makes or edits, as a message (MS-ASEMAIL_R1489 to R1490, R14890 to R14900). What the device says
 * takes the place of what the stored message says in its stead; every other octet of that stays.
 */
import { MappingError } from "../../errors.ts";
import { child, children, childText, type Element, text } from "../../wire/element.ts";
import { type Entity, readEntity } from "../outgoing/entity.ts";
import { readHead } from "../outgoing/head.ts";
import { withLineEnds } from "../outgoing/line-ends.ts";
import { isSealed, layOut } from "../outgoing/original.ts";
import type { Sender } from "../outgoing/outgoing.ts";
import { asPart, editFields, type FieldEdits, render, withParts } from "../outgoing/write-entity.ts";
import { addressList, dateText, mailbox, unstructured } from "../outgoing/write-field.ts";
import { type FileEdits, partsAt, placesOf, readFiles } from "./files.ts";
import { isEcho, type ShownBody, textEdits } from "./text.ts";

export interface DraftOptions {
  /** The draft's ServerId, with which the names of its files begin; undefined for a new one. */
  readonly id: string | undefined;
  /** Of the message that is made. */
  readonly messageId: string;
  readonly sender: Sender;
  /** Milliseconds since 1970. */
  readonly now: number;
  readonly shown?: ShownBody | undefined;
}

export interface Draft {
  readonly message: Buffer;
  /** The section numbers of the files that were added, by the device's name for each. */
  readonly added: ReadonlyMap<string, string>;
}

/** What devices change of any message (MS-ASEMAIL_R41). */
const flagTags: ReadonlySet<string> = new Set(["Email:Read", "Email:Flag", "Email:Categories"]);

/** Whether a Change says more of a message than its flags do. */
export function isDraftEdit(data: Element): boolean {
  return children(data).some(({ name }) => !flagTags.has(name));
}

/**
 * A Change of a draft without what is so already: a device that saves what it did not touch edits nothing. Undefined where
 * nothing but flags is left.
 * @param told the elements of the stored message, as the device is sent them.
 */
export function newsIn(data: Element, told: readonly Element[], shown: ShownBody | undefined): Element | undefined {
  const toldText = new Map(told.map((one) => [one.name, text(one).trim()]));
  const news = children(data).filter((one) => {
    if (one.name === "AirSyncBase:Body") return readBody(data, shown) !== undefined;
    if (one.name === "AirSyncBase:Attachments") return children(one).length > 0;
    return fieldTags.has(one.name) ? text(one).trim() !== (toldText.get(one.name) ?? "") : flagTags.has(one.name);
  });
  return news.every(({ name }) => flagTags.has(name)) ? undefined : { ...data, content: news };
}

/** What of a Change the flags say. */
export function flagsIn(data: Element): Element {
  return { ...data, content: children(data).filter(({ name }) => flagTags.has(name)) };
}

/** @throws MappingError for what is the server's to say (MS-ASEMAIL_R348). */
export function checkDraft(data: Element): void {
  const fixed = children(data).find(
    ({ name }) => name === "Email2:ConversationId" || name === "Email2:ConversationIndex",
  );
  if (fixed) throw new MappingError("a conversation is not a device's to choose", fixed.name);
}

/**
 * The message that the device wants there to be, out of the one that is stored, if any.
 * @throws MappingError for what is no draft, and where a part would be lost that the device has no words for.
 */
export function composeDraft(stored: Buffer | undefined, data: Element, options: DraftOptions): Draft {
  const body = readBody(data, options.shown);
  const files = readFiles(data, options.id);
  const isMime = body?.type === 4;
  const base = isMime ? withLineEnds(body.content) : (stored ?? blank);
  if (isMime && readHead(base).fields.every(({ name }) => name === ""))
    throw new MappingError("no message", "AirSyncBase:Body");
  const entity = readEntity(withLineEnds(base));
  const isText = body !== undefined && !isMime;
  const isInside = isText || files.added.length > 0 || files.removed.size > 0;
  if (isInside && (isSealed(entity) || entity.type === "multipart/signed"))
    throw new MappingError("signed or encrypted: it can be replaced as a whole only", "AirSyncBase:Body");
  const removed = isMime ? [] : partsAt(entity, files.removed);
  const { edits, before } = isText
    ? textEdits(entity, removed, { type: body.type, text: body.content.toString() })
    : { edits: new Map(removed.map((part) => [part, undefined])), before: [] };
  const changed = readEntity(Buffer.concat(render(entity, edits)));
  const kept = isMime && stored ? keptFiles(stored, entity, data, files) : [];
  const message = withParts(changed, { before, behind: [...kept, ...files.added.map(({ part }) => part)] });
  const draft = editFields(message, fieldEdits(message, data, options));
  return { message: draft, added: placesOf(draft, files.added) };
}

/** Of a draft whose files the device speaks of by themselves, and not in the message that it says there is to be. */
function keptFiles(stored: Buffer, upload: Entity, data: Element, { removed }: FileEdits): readonly Buffer[] {
  const before = readEntity(stored);
  const own = layOut(upload);
  if (!child(data, "AirSyncBase:Attachments") || own.files.length + own.shown.length > 0 || isSealed(before)) return [];
  const gone = new Set(partsAt(before, removed));
  const { files, shown } = layOut(before);
  return [...files, ...shown].flatMap((part) => (gone.has(part) ? [] : [Buffer.concat([...asPart(part)])]));
}

/** Where the files that a device adds are in the message that it was made into before. */
export function addedTo(message: Buffer, data: Element, id: string): Draft["added"] {
  return placesOf(message, readFiles(data, id).added);
}

const blank = Buffer.from("MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n");

interface SaidBody {
  readonly type: number;
  readonly content: Buffer;
}

/** Undefined where nothing is said that is not so already. @throws MappingError */
function readBody(data: Element, shown: ShownBody | undefined): SaidBody | undefined {
  const body = child(data, "AirSyncBase:Body");
  const content = body && child(body, "AirSyncBase:Data");
  if (!body || !content) return undefined;
  const type = Number(childText(body, "AirSyncBase:Type") ?? "1");
  if (![1, 2, 4].includes(type)) throw new MappingError(`a body of type ${type}`, "AirSyncBase:Body");
  const octets = content.content instanceof Uint8Array ? Buffer.from(content.content) : Buffer.from(text(content));
  return shown && isEcho(type, octets, shown) ? undefined : { type, content: octets };
}

const addressTags = [
  ["Email:To", "To"],
  ["Email:Cc", "Cc"],
  ["Email2:Bcc", "Bcc"],
  ["Email:ReplyTo", "Reply-To"],
] as const;

const fieldTags: ReadonlySet<string> = new Set([
  ...addressTags.map(([tag]) => tag),
  "Email:Subject",
  "Email:Importance",
]);

const importances: Readonly<Record<string, string | undefined>> = { "0": "low", "1": "", "2": "high" };

function fieldEdits(message: Buffer, data: Element, { sender, now, messageId }: DraftOptions): FieldEdits {
  const dropped = ["date", "message-id"];
  const added = [`Date: ${dateText(now)}`, `Message-ID: ${messageId}`];
  const set = (name: string, value: string) => {
    dropped.push(name.toLowerCase());
    if (value !== "") added.push(`${name}: ${value}`);
  };
  for (const [tag, name] of addressTags) {
    const said = childText(data, tag);
    if (said !== undefined) set(name, addressList(said));
  }
  const subject = childText(data, "Email:Subject");
  if (subject !== undefined) set("Subject", unstructured(subject));
  const importance = childText(data, "Email:Importance");
  if (importance !== undefined) {
    const word = importances[importance.trim() || "1"];
    if (word === undefined) throw new MappingError("no such importance", "Email:Importance");
    set("Importance", word);
    dropped.push("x-priority", "priority", "x-msmail-priority");
  }
  const { fields } = readHead(message);
  const has = (name: string) => fields.some((field) => field.name === name);
  const [from] = sender.addresses;
  if (!has("from") && from !== undefined) added.push(`From: ${mailbox(sender.displayName, from)}`);
  if (!has("mime-version")) added.push("MIME-Version: 1.0");
  return { dropped, added };
}
