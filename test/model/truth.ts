/**
 * What the server must hold, worked out from what was done and how it was answered, and from nothing else. Where an
 * answer was lost nobody can know whether the edit was made: both are possible then, until a look at the server tells.
 */
import { difference, type ItemState, sameState } from "./item-state.ts";
import type { Name } from "./story.ts";

/** One edit of a phone, executed at most once whatever becomes of its requests. */
export interface Edit {
  readonly id: number;
  readonly item: Name;
  /** For the report. */
  readonly what: string;
  readonly apply: (state: ItemState | undefined) => ItemState | undefined;
  /** Whether it may have to be made again where its effect is gone: an Add, whose item somebody removed since. */
  readonly recreates: boolean;
  /** A phone that is to win may win twice: sent again, it beats what came after its first time. */
  readonly winsAgain?: boolean;
  /** It may be answered as made and do nothing: the deletion of an item that was moved elsewhere. */
  readonly isVain?: boolean;
}

/** What may be, and the edits that were made on the way there. */
interface Possible {
  readonly state: ItemState | undefined;
  readonly done: ReadonlySet<number>;
}

interface Record {
  possible: readonly Possible[];
  /** Edits that may be made at any time: sent, and not answered for good. */
  readonly open: Map<number, Edit>;
}

export interface Truth {
  /** Everything that was ever there. */
  readonly names: readonly Name[];
  /** An edit is on its way. */
  sent(edit: Edit): void;
  /** It was answered: it is made, now or before. */
  made(edit: Edit): void;
  /** It was answered: it is not made; `wasLost` when an earlier request may have done it all the same. */
  refused(edit: Edit, wasLost: boolean): void;
  /** The other client found the item so and left it so. */
  wrote(item: Name, before: ItemState | undefined, after: ItemState | undefined): void;
  /** What is there must be possible, and is what is from now on. Undefined, or what is wrong. */
  look(item: Name, seen: ItemState | undefined): string | undefined;
  /** Nothing is on its way any more. */
  settled(): void;
  isOpen(item: Name): boolean;
  /** So much is on its way that nearly anything may be: time to come to rest. */
  readonly isTangled: boolean;
  /** The state, if only one is possible. */
  certain(item: Name): ItemState | undefined | "unknown";
}

/** Of an item, at the end of a step. */
const mostPossible = 300;

export function createTruth(): Truth {
  const records = new Map<Name, Record>();

  function of(item: Name): Record {
    const found = records.get(item) ?? { possible: [{ state: undefined, done: new Set<number>() }], open: new Map() };
    records.set(item, found);
    return found;
  }

  /** With every open edit made or not made, in any order. */
  function close(record: Record): void {
    if (record.open.size === 0) return;
    const found = new Map(record.possible.map((one) => [keyOf(one), one]));
    // What is added meanwhile is walked too.
    for (const one of found.values()) {
      for (const edit of record.open.values()) {
        const isDone = one.done.has(edit.id);
        if (isDone && edit.winsAgain !== true && !(edit.recreates && one.state === undefined)) continue;
        const next = { state: edit.apply(one.state), done: new Set([...one.done, edit.id]) };
        const key = keyOf(next);
        if (!found.has(key)) found.set(key, next);
      }
    }
    record.possible = [...found.values()];
  }

  return {
    get names() {
      return [...records.keys()];
    },
    sent(edit) {
      const record = of(edit.item);
      record.open.set(edit.id, edit);
      close(record);
    },
    made(edit) {
      const record = of(edit.item);
      if (edit.isVain !== true) record.possible = record.possible.filter(({ done }) => done.has(edit.id));
      record.open.delete(edit.id);
    },
    refused(edit, wasLost) {
      const record = of(edit.item);
      if (wasLost) return;
      record.possible = record.possible.filter(({ done }) => !done.has(edit.id));
      record.open.delete(edit.id);
    },
    wrote(item, before, after) {
      const record = of(item);
      const matching = record.possible.filter(({ state }) => sameState(state, before));
      const from = matching.length > 0 ? matching : record.possible;
      record.possible = from.map(({ done }) => ({ state: after, done }));
      close(record);
    },
    look(item, seen) {
      const record = of(item);
      const matching = record.possible.filter(({ state }) => sameState(state, seen));
      const [first] = record.possible;
      if (matching.length === 0) {
        const more = record.possible.length > 1 ? ` (or ${record.possible.length - 1} other possibilities)` : "";
        return `${difference(first?.state, seen) ?? "an edit that was refused is there"}${more}`;
      }
      // What was not foretold is known from here on.
      record.possible = matching.map(({ done }) => ({ state: seen, done }));
      close(record);
      return undefined;
    },
    settled() {
      for (const record of records.values()) record.open.clear();
    },
    get isTangled() {
      return [...records.values()].some(({ possible }) => possible.length > mostPossible);
    },
    isOpen: (item) => of(item).open.size > 0,
    certain(item) {
      const { possible, open } = of(item);
      return possible.length === 1 && open.size === 0 ? possible[0]?.state : "unknown";
    },
  };
}

function keyOf({ state, done }: Possible): string {
  return `${[...done].toSorted((one, other) => one - other).join(" ")} ${JSON.stringify(state)}`;
}
