/**
 * The journal: what devices change in calendars, address books, task lists and notes, with the texts before and after,
 * so that it can be undone. Off unless configured. What is deleted of mail is in the trash: messages are not in it.
 *
 * An entry is written before the server is (as intents are, and as durably): the text that a write replaces is nowhere
 * else afterwards. Whether the write was carried out is noted when the request ends; where the gateway died between the
 * two, the repetition of the request notes it, and an undoing looks at what is there.
 *
 * Entries are records in the user's own scope: they outlast the device, which may be removed because of what it did.
 */
import type { Secret } from "../../log.ts";
import type { Scope, State } from "../../state/state.ts";
import { fingerprint } from "../ids.ts";
import { decodeRecord, encodeRecord } from "../records.ts";
import type { JournalEntry, JournalTexts } from "./entry.ts";
import { createSeal } from "./seal.ts";

/** Characters of one text; a card with a photo is well below. What is larger is in the journal without its texts. */
const longestText = 512 * 1024;
/** Of one device. Beyond, the oldest entries go before their time. */
const mostEntries = 2_000;
const mostCharacters = 32 * 1024 * 1024;
/** What is kept when they go, as a share: it is to be long until they go again. */
const keptShare = 0.9;

const day = 86_400_000;

export interface Journal {
  /** The newest first; `since` in milliseconds since 1970. */
  list(scope: Required<Scope>, since?: number): Promise<readonly JournalEntry[]>;
  find(scope: Required<Scope>, ids: readonly string[]): Promise<readonly JournalEntry[]>;
  /** Undefined where they were too large to be kept. */
  texts(scope: Required<Scope>, id: string): Promise<JournalTexts | undefined>;
  /** Writes down what is about to be done. */
  begin(scope: Required<Scope>, entry: NewEntry, texts: JournalTexts): Promise<JournalEntry>;
  /** Writes down what became of entries, and forgets those that came to nothing. */
  save(scope: Required<Scope>, entries: readonly JournalEntry[], forgotten?: readonly string[]): Promise<void>;
}

export type NewEntry = Omit<JournalEntry, "at" | "hasTexts" | "size">;

export interface JournalOptions {
  readonly state: State;
  readonly key: Secret;
  /** How long entries are kept. */
  readonly days: number;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** About how much there is of one device: counted up with every entry, and exactly when the oldest go. */
interface Extent {
  readonly entries: number;
  readonly characters: number;
}

export function createJournal({ state, key, days, now }: JournalOptions): Journal {
  const seal = createSeal(key);
  let last = 0;

  function nextMoment(): number {
    const at = now();
    last = at > last ? at : last + 0.001;
    return last;
  }

  function open<T>(scope: Required<Scope>, record: string, stored: string | undefined): T | undefined {
    const sealed = decodeRecord<{ sealed: string }>(stored)?.sealed;
    const text = sealed === undefined ? undefined : seal.open({ ...scope, record }, sealed);
    return text === undefined ? undefined : (JSON.parse(text) as T);
  }

  function close(scope: Required<Scope>, record: string, value: object): string {
    return encodeRecord({ sealed: seal.close({ ...scope, record }, JSON.stringify(value)) });
  }

  async function list(scope: Required<Scope>, since = 0): Promise<readonly JournalEntry[]> {
    const oldest = Math.max(since, now() - days * day);
    const found: JournalEntry[] = [];
    const prefix = keys.entry(scope, "");
    for await (const [record, value] of state.scan(ownScope(scope), prefix)) {
      const entry = open<JournalEntry>(scope, record, value);
      if (entry && entry.at >= oldest) found.push(entry);
    }
    return found.sort((one, two) => two.at - one.at);
  }

  /** Makes room for a new entry: what is to be put and removed with it. */
  async function makeRoom(
    scope: Required<Scope>,
    size: number,
  ): Promise<{ extent: Extent; remove: readonly string[] }> {
    const record = keys.extent(scope);
    const stored = (await state.read(ownScope(scope), [record])).get(record);
    const { entries, characters } = decodeRecord<Extent>(stored) ?? { entries: 0, characters: 0 };
    const extent = { entries: entries + 1, characters: characters + size };
    if (extent.entries <= mostEntries && extent.characters <= mostCharacters) return { extent, remove: [] };
    const kept = { entries: 1, characters: size };
    const remove: string[] = [];
    for (const entry of await list(scope)) {
      const fits = kept.entries < mostEntries * keptShare && kept.characters + entry.size <= mostCharacters * keptShare;
      if (fits && remove.length === 0) {
        kept.entries += 1;
        kept.characters += entry.size;
      } else remove.push(keys.entry(scope, entry.id), keys.texts(scope, entry.id));
    }
    return { extent: kept, remove };
  }

  return {
    list,
    async find(scope, ids) {
      const records = ids.map((id) => keys.entry(scope, id));
      const found = records.length === 0 ? new Map() : await state.read(ownScope(scope), records);
      return records.flatMap((record) => open<JournalEntry>(scope, record, found.get(record)) ?? []);
    },
    async texts(scope, id) {
      const record = keys.texts(scope, id);
      return open<JournalTexts>(scope, record, (await state.read(ownScope(scope), [record])).get(record));
    },
    async begin(scope, told, { before, after }) {
      const lengths = [before?.length ?? 0, after?.length ?? 0];
      const hasTexts = lengths.every((length) => length <= longestText);
      const size = hasTexts ? lengths.reduce((sum, length) => sum + length, 0) : 0;
      const entry: JournalEntry = { ...told, at: nextMoment(), hasTexts, size };
      const { extent, remove } = await makeRoom(scope, size);
      const record = keys.entry(scope, entry.id);
      const put = new Map([
        [record, close(scope, record, entry)],
        [keys.extent(scope), encodeRecord(extent)],
      ]);
      const texts = keys.texts(scope, entry.id);
      if (hasTexts) {
        const kept = { ...(before === undefined ? {} : { before }), ...(after === undefined ? {} : { after }) };
        put.set(texts, close(scope, texts, kept));
      }
      // What is written down again under the same name is no old entry.
      const old = remove.filter((one) => !put.has(one));
      await state.commit(ownScope(scope), { put, remove: old, ttl: days * day, durable: true });
      return entry;
    },
    async save(scope, entries, forgotten = []) {
      if (entries.length + forgotten.length === 0) return;
      const put = new Map(
        entries.map((entry) => {
          const record = keys.entry(scope, entry.id);
          return [record, close(scope, record, entry)];
        }),
      );
      const remove = forgotten.flatMap((id) => [keys.entry(scope, id), keys.texts(scope, id)]);
      await state.commit(ownScope(scope), { put, remove, ttl: days * day });
    },
  };
}

/** A device may call itself anything. */
const keys = {
  entry: ({ device }: Required<Scope>, id: string) => `journal/${fingerprint(device)}/entry/${id}`,
  texts: ({ device }: Required<Scope>, id: string) => `journal/${fingerprint(device)}/texts/${id}`,
  extent: ({ device }: Required<Scope>) => `journal/${fingerprint(device)}/extent`,
} as const;

function ownScope({ user }: Required<Scope>): Scope {
  return { user };
}
