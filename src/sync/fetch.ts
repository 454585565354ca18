import type { Item } from "../backends/backend.ts";
import type { ClassName } from "../mapping/item.ts";
import { attachedPart, parseFileReference } from "../mapping/mail/attachments.ts";
import { readHead } from "../mapping/mail/head.ts";
import type { Element } from "../wire/element.ts";
import { recipientType } from "./folder-types.ts";
import { findFolder } from "./hierarchy.ts";
import { folderOf, type ServerId } from "./ids.ts";
import { namedItem } from "./known.ts";
import { mailboxOf, messageOf } from "./mail/href.ts";
import { readParts } from "./mail/items.ts";
import { type BaseEntry, defaultOptions, type StickyOptions } from "./records.ts";
import { mappingContext, mappingOf, type Session } from "./session.ts";
import { type Spool, spool, spoolOf } from "./spool.ts";

export interface Fetched {
  readonly className: ClassName;
  readonly elements: readonly Element[];
}

/** A file, which is to be closed. */
export interface FetchedFile {
  /** As the sender says it. */
  readonly type: string;
  readonly content: Spool;
}

/** How an item is fetched: with these options before the sticky ones, or with those, and nothing cut. */
export type Wanted = { readonly options: Partial<StickyOptions> } | { readonly whole: true };

/**
 * One item as it is now, for a device that has it, or found it by a search.
 * Undefined when the device has no such item, or it is gone. @throws MappingError, BackendError.
 */
export async function fetchItem(
  session: Session,
  folderId: string,
  id: string,
  wanted: Wanted,
): Promise<Fetched | undefined> {
  const found = await readKnown(session, folderId, id);
  if (!found) return undefined;
  const { folder, head, entry, item } = found;
  const options = optionsFor(head?.options ?? defaultOptions, wanted);
  const context = mappingContext(session, { options, supported: head?.supported });
  const mapping = mappingOf(session, folder);
  const needs = mapping.needs?.(item.text, context) ?? [];
  const parts = await readParts(session.account, folder.href, new Map([[item.href, needs]]), session.signal);
  const texts = parts.get(item.href);
  // What is known of a message may be older than its end: none of its parts is there then.
  if (needs.length > 0 && !texts && !(await isThere(session, folder.href, item.href))) return undefined;
  const elements = mapping.down(item.text, entry.part ?? "", context, { id, ...(texts ? { texts } : {}) });
  return { className: folder.className, elements };
}

function optionsFor(sticky: StickyOptions, wanted: Wanted): StickyOptions {
  if (!("whole" in wanted)) return { ...sticky, ...wanted.options };
  const { truncation: _truncation, mimeTruncation: _mimeTruncation, bodyPreferences, ...kept } = sticky;
  return { ...kept, bodyPreferences: bodyPreferences.map(({ truncationSize: _size, ...preference }) => preference) };
}

/**
 * The file that a FileReference names, of an item that the device has, or found by a search: it is the item's id and the file's own name
 * (mapping/item.ts). Undefined for any other text, whoever made it up. @throws BackendError.
 */
export async function fetchAttachment(session: Session, reference: string): Promise<FetchedFile | undefined> {
  const id = reference.slice(0, Math.max(0, reference.lastIndexOf(":")));
  const found = await readKnown(session, folderOf(id), id);
  if (!found) return undefined;
  if (found.folder.className === "Email") return fetchPart(session, found.item, reference);
  const file = mappingOf(session, found.folder).attached?.(found.item.text, found.entry.part ?? "", reference);
  return file && { type: file.type, content: spoolOf(file.content) };
}

/** A part of a message that phones are shown as a file. */
async function fetchPart(session: Session, { href, text }: Item, reference: string): Promise<FetchedFile | undefined> {
  const part = attachedPart(readHead(text), parseFileReference(reference)?.path ?? "");
  const mailbox = mailboxOf(href);
  if (!part || mailbox === undefined || !session.account.mail) return undefined;
  const stream = await session.account.mail.part(mailbox, messageOf(href), part.part.path, session.signal);
  return { type: part.type, content: await spool(stream) };
}

async function readKnown(session: Session, folderId: string, id: string) {
  const folder = await findFolder(session, folderId);
  // MS-ASCMD_R196: nothing is fetched from the recipient information cache.
  if (!folder || folder.href === undefined || folder.type === recipientType) return undefined;
  const { head, entry } = await namedItem(session, folder, id as ServerId);
  const item = entry && (await readItem(session, folder.href, entry));
  return entry && item ? { folder: { ...folder, href: folder.href }, head, entry, item } : undefined;
}

/** Past any cache. */
async function isThere(session: Session, collection: string, href: string): Promise<boolean> {
  for await (const _item of session.account.read(collection, [href], session.signal)) return true;
  return false;
}

async function readItem(session: Session, collection: string, entry: BaseEntry): Promise<Item | undefined> {
  for await (const item of session.services.texts.read(session.account, collection, [entry], session.signal))
    return item;
  return undefined;
}
