/** What the twin keeps: a collection with its history. */
import { createHash } from "node:crypto";
import type { Switches } from "./dav-twin-switches.ts";

export interface TwinItem {
  readonly href: string;
  /** Without quotes. */
  readonly etag: string;
  readonly text: string;
}

export interface Change {
  /** The counter at the last change, and at the last deletion. */
  readonly at: number;
  readonly deletedAt: number | undefined;
}

export interface Shelf {
  readonly kind: "calendar" | "addressbook";
  name: string;
  /** What a calendar takes. */
  readonly components: readonly string[];
  readonly items: Map<string, TwinItem>;
  readonly changes: Map<string, Change>;
  /** The counter at which a token was given out, where its form does not tell. */
  readonly tokens: Map<string, number>;
  /** Whose it is, when it is not the user's own. */
  readonly owner?: string;
  /** It is in the home only while one of these switches is on. */
  readonly shownBy?: readonly (
    | "readOnlyShare"
    | "hiddenRights"
    | "confidential"
    | "subscriptions"
    | "recentContacts"
  )[];
  /** Writes are answered as if nothing were there. */
  readOnly: boolean;
  counter: number;
  put(href: string, text: string): TwinItem;
  remove(href: string): void;
}

/** What a deleted calendar object leaves behind. */
export interface Trashed {
  readonly item: TwinItem;
  /** The collection it was in. */
  readonly collection: string;
}

export type ShelfOptions = Pick<Shelf, "kind" | "name"> &
  Partial<Pick<Shelf, "owner" | "shownBy" | "readOnly" | "components">>;

export function createShelf(options: ShelfOptions, switches: Switches): Shelf {
  const shelf: Shelf = {
    readOnly: false,
    components: ["VEVENT"],
    ...options,
    items: new Map(),
    changes: new Map(),
    tokens: new Map(),
    counter: 1,
    put(href, text) {
      shelf.counter += 1;
      // Looks like a number with a zero to lose: some readers make 1.1 of it.
      const etag = switches.contentTokens ? hash(text) : `${shelf.counter}.10`;
      const item = { href, etag, text };
      shelf.items.set(href, item);
      const at = switches.overlaps ? Math.max(0, ...shelf.tokens.values()) : shelf.counter;
      shelf.changes.set(href, { at, deletedAt: shelf.changes.get(href)?.deletedAt });
      return item;
    },
    remove(href) {
      shelf.counter += 1;
      shelf.items.delete(href);
      shelf.changes.set(href, { at: shelf.counter, deletedAt: shelf.counter });
    },
  };
  return shelf;
}

/** The collection's token as it is told now. */
export function tokenOf(shelf: Shelf, switches: Switches): string {
  const token = formOf(shelf, switches);
  shelf.tokens.set(token, shelf.counter);
  return token;
}

function formOf(shelf: Shelf, switches: Switches): string {
  if (switches.contentTokens) {
    const content = Array.from(shelf.items.values(), ({ href, text }) => `${href}\n${text}`).toSorted();
    return `urn:twin:${hash(content.join("\n"))}`;
  }
  if (switches.mintsTokens) {
    const [last, at] = [...shelf.tokens].at(-1) ?? [];
    return last !== undefined && at === shelf.counter ? last : `data:,${shelf.tokens.size * 7 + 3}`;
  }
  return `http://sabre.io/ns/sync/${shelf.counter}`;
}

/** The counter a token stands for; undefined for one that was not given out. */
export function countOf(shelf: Shelf, token: string): number | undefined {
  const given = shelf.tokens.get(token);
  if (given !== undefined && given <= shelf.counter) return given;
  const match = /^http:\/\/sabre\.io\/ns\/sync\/(\d+)$/.exec(token);
  const count = match ? Number(match[1]) : undefined;
  return count !== undefined && count <= shelf.counter ? count : undefined;
}

export function uidOf(text: string): string | undefined {
  return /^UID:(.*?)\r?$/m.exec(text)?.[1];
}

/** The precondition a text fails, if any. */
export function contentProblem(shelf: Shelf, href: string, text: string, switches: Switches): string | undefined {
  const start = shelf.kind === "calendar" ? "BEGIN:VCALENDAR" : "BEGIN:VCARD";
  if (!text.startsWith(start)) return shelf.kind === "calendar" ? "valid-calendar-data" : "valid-address-data";
  const [, component] = /^BEGIN:(VEVENT|VTODO|VJOURNAL)/m.exec(text) ?? [];
  const isForeign = component !== undefined && !shelf.components.includes(component);
  if (switches.componentSet && isForeign) return "supported-calendar-component";
  if (switches.allowsUidTwice) return undefined;
  return otherWithUid(shelf, href, text) ? "no-uid-conflict" : undefined;
}

export function otherWithUid(shelf: Shelf, href: string, text: string): TwinItem | undefined {
  const uid = uidOf(text);
  return [...shelf.items.values()].find((item) => item.href !== href && uidOf(item.text) === uid);
}

function hash(text: string): string {
  return createHash("sha1").update(text).digest("hex").slice(0, 16);
}
