/**
 * The results of a device's search, kept for a while, so that the pages it reads are of one list (MS-ASCMD_R3749): new
 * mail does not move them, and what was deleted since is left out (R3756, R3757).
 */
import type { Criterion } from "../../backends/mail.ts";
import type { FolderId } from "../ids.ts";
import { decodeRecord, encodeRecord, type Folder, keys, type StickyOptions } from "../records.ts";
import type { Session } from "../session.ts";
import { readPage, type ShownHit } from "./page.ts";
import { type FoundMessage, type Results, searchFolders } from "./search.ts";

/** Milliseconds for which what was found is kept. */
const keptFor = 600_000;

/** One search of a device; of each command the last one is kept. */
export interface SearchName {
  readonly command: "search" | "find";
  /** Tells it from the others. */
  readonly asked: string;
}

/** Which results are shown, and how. */
export interface PageRequest {
  /** Places in the list, both included. */
  readonly first: number;
  readonly last: number;
  /** The folders that the device knows. */
  readonly known: readonly Folder[];
  readonly options: Partial<StickyOptions>;
}

export interface ResultsPage {
  /** From `first` on, without a gap; fewer than asked where the answer has no room for more. */
  readonly shown: readonly ShownHit[];
  readonly total: number;
  /** Results that can be read in all. */
  readonly readable: number;
}

/** As it is stored: folders by their place in a list, since they repeat. */
interface Kept {
  readonly asked: string;
  readonly folders: readonly FolderId[];
  readonly hits: readonly (readonly [folder: number, name: string])[];
  readonly total: number;
}

/** What a search found that was begun lately; undefined when it was another one, or none. */
export async function keptResults(session: Session, { command, asked }: SearchName): Promise<Results | undefined> {
  const key = keys.found(command);
  const kept = decodeRecord<Kept>((await session.services.state.read(session.scope, [key])).get(key));
  if (kept?.asked !== asked) return undefined;
  const hits = kept.hits.flatMap(([at, message]): readonly FoundMessage[] => {
    const folder = kept.folders[at];
    return folder === undefined ? [] : [[folder, message]];
  });
  return { hits, total: kept.total };
}

/** Searches, and keeps what is found. @throws BackendError when no folder could be searched. */
export async function newResults(
  session: Session,
  name: SearchName,
  folders: readonly Folder[],
  criterion: Criterion,
): Promise<Results> {
  const results = await searchFolders(session, folders, criterion);
  await keep(session, name, results);
  return results;
}

/** @throws BackendError when messages of the page cannot be read. */
export async function readResults(
  session: Session,
  name: SearchName,
  results: Results,
  { first, last, known, options }: PageRequest,
): Promise<ResultsPage> {
  const shown: ShownHit[] = [];
  let { hits } = results;
  for (;;) {
    const page = await readPage(session, known, hits.slice(first + shown.length, last + 1), options);
    shown.push(...page.shown);
    hits = hits.filter((message) => !page.missing.has(message));
    if (page.missing.size === 0) break;
  }
  const total = results.total - (results.hits.length - hits.length);
  if (hits.length < results.hits.length) await keep(session, name, { hits, total });
  return { shown, total, readable: hits.length };
}

async function keep(session: Session, { command, asked }: SearchName, { hits, total }: Results): Promise<void> {
  const folders = [...new Set(hits.map(([folder]) => folder))];
  const kept: Kept = {
    asked,
    folders,
    hits: hits.map(([folder, message]) => [folders.indexOf(folder), message]),
    total,
  };
  const put = new Map([[keys.found(command), encodeRecord(kept)]]);
  await session.services.state.commit(session.scope, { put, ttl: keptFor });
}
