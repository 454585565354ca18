/**
 * Ids that phones keep for years. They are derived, not drawn: after a loss of all state the same collection and the
 * same item get the same id again, so a resync costs time and never a duplicate (MS-ASCMD_R885, R5012).
 */
import { createHash, createHmac } from "node:crypto";
import type { ClassName } from "../mapping/item.ts";

declare const brand: unique symbol;
type Branded<Name extends string> = string & { readonly [brand]: Name };

/** A folder's ServerId and a collection's CollectionId: at most 64 characters (MS-ASCMD_R2036). */
export type FolderId = Branded<"FolderId">;
/** An item's ServerId: at most 64 characters (MS-ASCMD_R3241). */
export type ServerId = Branded<"ServerId">;
/** A sync key: opaque to the phone, at most 64 characters (MS-ASCMD_R4604). */
export type SyncKey = Branded<"SyncKey">;

/** Derives ids for one canonical user under the server's secret. */
export interface Ids {
  /** A class is part of the identity: one CalDAV collection may be a calendar and a task list at once. */
  folder(className: ClassName, href: string): FolderId;
  /**
   * `part` is the RECURRENCE-ID of an orphaned instance, else "". A message is named as its mailbox names it: a device
   * may open one that it was never sent, which it found by a search.
   */
  item(folder: FolderId, href: string, part: string): ServerId;
  /** File name, without extension, of an item that a device adds: the same request makes the same name again. */
  newName(device: string, folder: FolderId, key: SyncKey, clientId: string): string;
  /** Path segment of a collection: what is asked for again in the same way has the same name. */
  newCollection(...asked: readonly string[]): string;
}

const classLetters: Record<ClassName, string> = { Email: "e", Calendar: "c", Contacts: "a", Tasks: "t", Notes: "n" };

/** For one request: an item's id is asked for at every step, and computed once. */
export function createIds(secret: Uint8Array, user: string): Ids {
  const digest = (...parts: readonly string[]) =>
    createHmac("sha256", secret)
      .update(JSON.stringify([user, ...parts]))
      .digest("hex");
  const items = new Map<string, ServerId>();
  return {
    // 64 bits of a keyed hash among a user's few folders; an item has 128 of its own.
    folder: (className, href) =>
      `${classLetters[className]}${digest("folder", className, href).slice(0, 16)}` as FolderId,
    item(folder, href, part) {
      const key = `${folder} ${part} ${href}`; // neither a folder's id nor a part holds a blank
      const known = items.get(key);
      if (known !== undefined) return known;
      const id = `${folder}:${messageNameIn(href) ?? digest("item", href, part).slice(0, 32)}` as ServerId;
      items.set(key, id);
      return id;
    },
    newCollection: (...asked) => digest("collection", ...asked).slice(0, 32),
    newName: (device, folder, key, clientId) => digest("new", device, folder, key, clientId).slice(0, 40),
  };
}

/** The first key of a collection or hierarchy; the phone sends it to begin (MS-ASCMD_R4598). */
export const initialKey = "0";

/** A new key: a count for the reader of a log, and a nonce, so that no key is ever given out twice. */
export function nextKey(count: number, random: (octets: number) => Uint8Array): SyncKey {
  return `${count}-${Buffer.from(random(8)).toString("hex")}` as SyncKey;
}

/** Folder of an item's ServerId, for commands that name the item alone. */
export function folderOf(id: string): FolderId {
  return id.slice(0, Math.max(0, id.indexOf(":"))) as FolderId;
}

/** `UIDVALIDITY.UID`: two numbers of 32 bits. */
const messageName = String.raw`\d{1,10}\.\d{1,10}`;
const messageHref = new RegExp(`^mail:[^/]*/(${messageName})$`);
const messageId = new RegExp(`^[^:]+:(${messageName})$`);

function messageNameIn(href: string): string | undefined {
  return messageHref.exec(href)?.[1];
}

/**
 * The name, within its mailbox, of the message that an id stands for; undefined for other items. An id that somebody
 * made up names nothing but a message of the user's own, or none.
 */
export function messageNamed(id: string): string | undefined {
  return messageId.exec(id)?.[1];
}

/** A short digest for telling one request or command from another. */
export function fingerprint(octets: Uint8Array | string): string {
  return createHash("sha256").update(octets).digest("base64url").slice(0, 22);
}

/** A UID that never changes for what `name` stands for (RFC 4122 version 5 form, namespace folded into `name`). */
export function uuidFrom(name: string): string {
  const octets = createHash("sha1").update(name).digest().subarray(0, 16);
  octets.writeUInt8((octets.readUInt8(6) & 0x0f) | 0x50, 6);
  octets.writeUInt8((octets.readUInt8(8) & 0x3f) | 0x80, 8);
  const hex = octets.toString("hex");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}
