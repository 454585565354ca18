/**
 * What the edits of a request are about to store, worked out before anything is written: an intent that names the text
 * lets a later request tell this device's own write from somebody else's, whatever cut it short.
 */
import type { Item } from "../backends/backend.ts";
import { BackendError, EasError, MappingError } from "../errors.ts";
import type { MappingContext } from "../mapping/item.ts";
import type { Work } from "./execute.ts";
import { fingerprint, type ServerId } from "./ids.ts";
import type { BaseEntry } from "./records.ts";
import { mappingOf } from "./session.ts";
import type { Turn } from "./turn.ts";

/** An edit that is ready to be written. */
export interface Planned {
  /** As the server stores it. */
  readonly item: Item;
  /** Fingerprint of the text that is to replace it. */
  readonly text: string;
  /** The item holds more than the device was told. */
  readonly isMerged: boolean;
}

/**
 * Plans the first edit of each item, with one reading for all. What cannot be read or mapped is left out: carrying it
 * out says why.
 */
export async function planEdits(
  turn: Turn,
  known: ReadonlyMap<ServerId, BaseEntry>,
  work: readonly Work[],
  context: MappingContext,
): Promise<ReadonlyMap<Work, Planned>> {
  const edits = firstEdits(known, work);
  const planned = new Map<Work, Planned>();
  await unlessRefused(async () => {
    const items = await readAll(turn, [...edits.values()]);
    for (const [item, entry] of edits) {
      const stored = items.get(entry.href);
      const plan = stored && (await unlessRefused(() => planEdit(turn, item, entry, stored, context)));
      if (plan) planned.set(item, plan);
    }
  });
  return planned;
}

/** Undefined for an echo: there is nothing to write. */
async function planEdit(
  turn: Turn,
  { command }: Work,
  entry: BaseEntry,
  item: Item,
  context: MappingContext,
): Promise<Planned | undefined> {
  if (command.kind !== "Change") return undefined;
  const { session, folder } = turn;
  const mapping = mappingOf(session, folder);
  const edited = (text: string) => mapping.change(text, entry.part ?? "", command.data, command.instanceId, context);
  if (edited(item.text) === item.text) return undefined;
  // What is written back must come of what is stored, not of a copy that the server converted for us.
  const stored = await session.account.stored(item);
  const isMerged = stored.rev !== entry.rev || entry.stale === true;
  return { item: stored, text: fingerprint(edited(stored.text)), isMerged };
}

/** A second edit of an item depends on what the first one leaves. */
function firstEdits(known: ReadonlyMap<ServerId, BaseEntry>, work: readonly Work[]): ReadonlyMap<Work, BaseEntry> {
  const edits = new Map<Work, BaseEntry>();
  const seen = new Set<string>();
  for (const item of work) {
    if (!("serverId" in item.command)) continue;
    const entry = known.get(item.command.serverId as ServerId);
    if (!entry || entry.hidden || seen.has(entry.href)) continue;
    seen.add(entry.href);
    if (item.command.kind === "Change") edits.set(item, entry);
  }
  return edits;
}

async function readAll(turn: Turn, entries: readonly BaseEntry[]): Promise<ReadonlyMap<string, Item>> {
  const { account, services } = turn.session;
  const items = new Map<string, Item>();
  if (entries.length === 0) return items;
  for await (const item of services.texts.read(account, turn.folder.href ?? "", entries)) items.set(item.href, item);
  return items;
}

async function unlessRefused<T>(work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    const isTold = error instanceof BackendError || error instanceof MappingError || error instanceof EasError;
    if (!isTold) throw error;
    return undefined;
  }
}
