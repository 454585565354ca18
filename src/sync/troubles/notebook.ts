/**
 * What goes wrong with items of a collection during a turn, and what goes well again: written with the turn, in its one
 * step. A collection without troubles costs nothing: its head says whether there are any.
 */
import type { Folder, Head } from "../records.ts";
import { decodeRecord, encodeRecord, keys } from "../records.ts";
import type { Session } from "../session.ts";
import type { HeldItem, HeldRecord } from "./held.ts";
import type { Noticed, Trouble } from "./trouble.ts";

/** Of one collection: the newest stay. */
const mostTroubles = 50;
const mostHeld = 2_000;
/** Seconds that a trouble is kept when it does not come again. */
export const troubleAge = 14 * 86_400;

/** For one turn of one collection. */
export interface Notebook {
  notice(trouble: Noticed): void;
  /** The item goes well in this direction. */
  mend(direction: Trouble["direction"], item: string): void;
  /** Deletions that were not carried out. */
  hold(items: readonly HeldItem[]): void;
  /** What is to be stored with the turn, and whether there are troubles then. */
  write(): Promise<Notes>;
}

export interface Notes {
  readonly put: ReadonlyMap<string, string>;
  readonly remove: readonly string[];
  readonly isTroubled: boolean;
}

export function createNotebook(session: Session, folder: Folder, head: Pick<Head, "troubled">): Notebook {
  const isTroubled = head.troubled === true;
  const noticed = new Map<string, Noticed>();
  const mended = new Set<string>();
  const held: HeldItem[] = [];
  const names = { troubles: keys.troubles(folder.id), held: keys.held(folder.id) };

  function troublesNow(stored: readonly Trouble[], now: number): readonly Trouble[] {
    const kept = stored.filter((one) => !noticed.has(nameOf(one)) && !mended.has(nameOf(one)) && !isOld(one.last, now));
    const before = new Map(stored.map((one) => [nameOf(one), one]));
    const added = [...noticed].map(([name, one]): Trouble => {
      const { first = now, count = 0 } = before.get(name) ?? {};
      return { ...one, folder: folder.id, className: folder.className, first, last: now, count: count + 1 };
    });
    return [...kept, ...added].slice(-mostTroubles);
  }

  function heldNow(stored: HeldRecord | undefined, now: number): HeldRecord | undefined {
    const before = stored && !isOld(stored.at, now) ? stored.items : [];
    const fresh = new Set(held.map(({ id }) => id));
    const items = [...before.filter(({ id }) => !fresh.has(id) && !mended.has(`up ${id}`)), ...held].slice(-mostHeld);
    const at = held.length > 0 ? now : (stored?.at ?? now);
    return items.length === 0 ? undefined : { className: folder.className, at, items };
  }

  return {
    notice(trouble) {
      noticed.set(nameOf(trouble), trouble);
      mended.delete(nameOf(trouble));
    },
    mend(direction, item) {
      if (isTroubled) mended.add(nameOf({ direction, item }));
    },
    hold: (items) => void held.push(...items),
    async write() {
      if (noticed.size + mended.size + held.length === 0) return { put: new Map(), remove: [], isTroubled };
      const records = await session.services.state.read(session.scope, Object.values(names));
      const now = Math.floor(session.services.now() / 1000);
      const stored = decodeRecord<{ troubles: readonly Trouble[] }>(records.get(names.troubles))?.troubles ?? [];
      const troubles = troublesNow(stored, now);
      const holding = heldNow(decodeRecord<HeldRecord>(records.get(names.held)), now);
      const put = new Map<string, string>();
      const remove: string[] = [];
      if (troubles.length > 0) put.set(names.troubles, encodeRecord({ troubles }));
      else remove.push(names.troubles);
      if (holding) put.set(names.held, encodeRecord(holding));
      else remove.push(names.held);
      return { put, remove, isTroubled: troubles.length > 0 || holding !== undefined };
    },
  };
}

function nameOf({ direction, item }: Pick<Trouble, "direction" | "item">): string {
  return `${direction} ${item}`;
}

export function isOld(last: number, now: number): boolean {
  return now - last > troubleAge;
}
