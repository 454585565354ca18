/** What the twin keeps: a collection with its history. */

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
  readonly name: string;
  readonly items: Map<string, TwinItem>;
  readonly changes: Map<string, Change>;
  counter: number;
  put(href: string, text: string): TwinItem;
  remove(href: string): void;
}

export function createShelf(kind: Shelf["kind"], name: string): Shelf {
  const shelf: Shelf = {
    kind,
    name,
    items: new Map(),
    changes: new Map(),
    counter: 1,
    put(href, text) {
      shelf.counter += 1;
      // Looks like a number with a zero to lose: some readers make 1.1 of it.
      const item = { href, etag: `${shelf.counter}.10`, text };
      shelf.items.set(href, item);
      shelf.changes.set(href, { at: shelf.counter, deletedAt: shelf.changes.get(href)?.deletedAt });
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

/** As sabre writes them. */
export function tokenOf(counter: number): string {
  return `http://sabre.io/ns/sync/${counter}`;
}

export function tokenNumber(token: string): number | undefined {
  const match = /^http:\/\/sabre\.io\/ns\/sync\/(\d+)$/.exec(token);
  return match ? Number(match[1]) : undefined;
}

export function uidOf(text: string): string | undefined {
  return /^UID:(.*?)\r?$/m.exec(text)?.[1];
}

/** The precondition a text fails, if any. */
export function contentProblem(shelf: Shelf, href: string, text: string): string | undefined {
  const start = shelf.kind === "calendar" ? "BEGIN:VCALENDAR" : "BEGIN:VCARD";
  if (!text.startsWith(start)) return shelf.kind === "calendar" ? "valid-calendar-data" : "valid-address-data";
  const uid = uidOf(text);
  const taken = [...shelf.items.values()].some((item) => item.href !== href && uidOf(item.text) === uid);
  return taken ? "no-uid-conflict" : undefined;
}
