/** Asks whether anything changed, in the way that was measured to be the cheapest on this server. */
import { BackendError } from "../../errors.ts";
import type { ProbeResult } from "../backend.ts";
import { type Cursor, readCursor, writeCursor } from "./cursor.ts";
import { echoes } from "./doubt.ts";
import { asCollection } from "./href.ts";
import type { Http } from "./http.ts";
import { DAV, property } from "./multistatus.ts";
import { tagNames, tagOf } from "./revision.ts";
import { fetchAll, fetchOne, type ProbeCosts, type Wire } from "./wire.ts";
import { propfind, syncCollection } from "./xml.ts";

/** What a probe is about. */
export interface Probed {
  readonly homes: readonly string[];
  readonly collections: readonly string[];
  readonly cursors: ReadonlyMap<string, string>;
  readonly signal?: AbortSignal | undefined;
}

/** See `Account.probe`. */
export async function probe(wire: Wire, probed: Probed): Promise<ProbeResult> {
  let requests = 0;
  const http: Http = {
    ...wire.http,
    send(request) {
      requests += 1;
      return wire.http.send(request);
    },
  };
  const counting: Wire = { ...wire, http };
  const homes = probed.homes.filter((home) => probed.collections.some((path) => path.startsWith(home)));
  const started = performance.now();
  const tags = chooseHomes(wire.facts.probeCosts, homes.length, probed.collections.length)
    ? await askHomes(counting, homes, probed)
    : await askEach(counting, probed.collections, probed);
  return { tags, milliseconds: performance.now() - started, requests };
}

/** Every so many probes the dearer way is tried again: collections grow, servers are replaced. */
const REMEASURE = 200;

function chooseHomes(costs: ProbeCosts, homes: number, collections: number): boolean {
  if (homes === 0) return false;
  if (costs.home === undefined || costs.each === undefined) return costs.home === undefined;
  costs.probes += 1;
  const cheaper = costs.home * homes <= costs.each * collections;
  return costs.probes % REMEASURE === 0 ? !cheaper : cheaper;
}

function smoothed(before: number | undefined, now: number): number {
  return before === undefined ? now : before * 0.7 + now * 0.3;
}

/**
 * The ctags of a home's collections by one request each, and nothing but the ctags: on Radicale the sync token in
 * the same answer takes half as long again as the ctag. Which ctag belongs to a cursor is learnt once.
 */
async function askHomes(wire: Wire, homes: readonly string[], probed: Probed): Promise<ReadonlyMap<string, string>> {
  const ctags = await readCtags(wire, homes, probed.signal);
  const tags = new Map<string, string>();
  const open: string[] = [];
  for (const path of probed.collections) {
    const ctag = ctags.get(path);
    const cursor = probed.cursors.get(path);
    const from = readCursor(cursor);
    const known = from?.by === "ctag" ? from.value : wire.facts.ctags.get(learnt(path, cursor));
    if (ctag === undefined || (known === undefined && cursor !== undefined)) open.push(path);
    else tags.set(path, known === ctag && cursor !== undefined ? cursor : `?${ctag}`);
  }
  for (const [path, tag] of await askEach(wire, open, probed)) {
    tags.set(path, tag);
    const ctag = ctags.get(path);
    // Read before the answer that nothing changed since the cursor: it is the ctag of the cursor's state.
    if (ctag !== undefined && tag === probed.cursors.get(path)) wire.facts.ctags.set(learnt(path, tag), ctag);
  }
  return tags;
}

function learnt(path: string, cursor: string | undefined): string {
  return `${path}\n${cursor ?? ""}`;
}

async function readCtags(
  wire: Wire,
  homes: readonly string[],
  signal: AbortSignal | undefined,
): Promise<ReadonlyMap<string, string>> {
  const { losesChanges } = wire.facts;
  const body = propfind(tagNames(losesChanges));
  const started = performance.now();
  const answers = await Promise.all(
    homes.map((path) => fetchAll(wire, { method: "PROPFIND", path, depth: "1", body, signal })),
  );
  const costs = wire.facts.probeCosts;
  costs.home = smoothed(costs.home, (performance.now() - started) / homes.length);
  const ctags = new Map<string, string>();
  for (const response of answers.flatMap((answer) => answer.responses)) {
    const ctag = tagOf(response, losesChanges);
    if (ctag) ctags.set(asCollection(response.href), ctag);
  }
  return ctags;
}

async function askEach(
  wire: Wire,
  collections: readonly string[],
  { cursors, signal }: Probed,
): Promise<ReadonlyMap<string, string>> {
  const tags = new Map<string, string>();
  if (collections.length === 0) return tags;
  const started = performance.now();
  await Promise.all(
    collections.map(async (path) => {
      const tag = await ask(wire, path, readCursor(cursors.get(path)), signal);
      if (tag !== undefined) tags.set(path, tag);
    }),
  );
  const costs = wire.facts.probeCosts;
  costs.each = smoothed(costs.each, (performance.now() - started) / collections.length);
  return tags;
}

/** Undefined when the collection is gone. */
async function ask(
  wire: Wire,
  path: string,
  cursor: Cursor | undefined,
  signal: AbortSignal | undefined,
): Promise<string | undefined> {
  try {
    if (cursor?.by === "token" && wire.facts.losesChanges) return unknown();
    if (cursor?.by === "token" && !(await echoes(wire, path, cursor.value, signal))) {
      const body = syncCollection(cursor.value);
      const { responses, syncToken } = await fetchAll(wire, { method: "REPORT", path, depth: "0", body, signal });
      // The token of a first page stays the same whatever happens behind it.
      const isPage = responses.some(({ status }) => status === 507);
      return syncToken === undefined || isPage ? unknown() : writeCursor({ by: "token", value: syncToken });
    }
    const response = await fetchOne(wire, path, ["D:sync-token", "CS:getctag"], signal);
    const token = property(response, DAV, "sync-token")?.text.trim();
    if (cursor?.by === "token") return token ? writeCursor({ by: "token", value: token }) : unknown();
    const ctag = tagOf(response, wire.facts.losesChanges);
    if (ctag) return cursor ? writeCursor({ by: "ctag", value: ctag }) : `?${ctag}`;
    return token ? `?${token}` : unknown();
  } catch (error) {
    if (!(error instanceof BackendError)) throw error;
    if (error.kind === "gone") return undefined;
    // A token that is refused is a change: `changes` will find out what it means.
    const refused = error.status !== undefined && error.kind !== "auth" && error.kind !== "busy";
    if (!refused || cursor === undefined || error.status === 502 || error.status === 504) throw error;
    return unknown();
  }
}

let unknowns = 0;

/** Differs from every cursor and from every other tag, so that it is looked into. */
function unknown(): string {
  unknowns += 1;
  return `?unknown ${unknowns}`;
}
