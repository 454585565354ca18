/** Asks whether anything changed, in the way that was measured to be the cheapest on this server. */
import { BackendError } from "../../errors.ts";
import type { ProbeResult } from "../backend.ts";
import { type Cursor, readCursor, writeCursor } from "./changes.ts";
import { asCollection } from "./href.ts";
import type { Http } from "./http.ts";
import { CALENDARSERVER, DAV, property, type Response } from "./multistatus.ts";
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
  const homes = probed.homes.filter((home) => probed.collections.some((path) => path.startsWith(home)));
  const costs = wire.facts.probeCosts;
  const byHomes = chooseHomes(costs, homes.length, probed.collections.length);
  let requests = 0;
  const http: Http = {
    ...wire.http,
    send(request) {
      requests += 1;
      return wire.http.send(request);
    },
  };
  const counting: Wire = { ...wire, http };
  const started = performance.now();
  const tags = byHomes ? await askHomes(counting, homes, probed) : await askEach(counting, probed.collections, probed);
  const milliseconds = performance.now() - started;
  if (byHomes) costs.home = smoothed(costs.home, milliseconds / Math.max(1, homes.length));
  else costs.each = smoothed(costs.each, milliseconds / Math.max(1, probed.collections.length));
  return { tags, milliseconds, requests };
}

/** Every so many probes the dearer way is tried again: collections grow, servers are replaced. */
const REMEASURE = 200;

function chooseHomes(costs: ProbeCosts, homes: number, collections: number): boolean {
  if (homes === 0) return false;
  if (costs.home === undefined) return true;
  if (costs.each === undefined) return false;
  costs.probes += 1;
  const cheaper = costs.home * homes <= costs.each * collections;
  return costs.probes % REMEASURE === 0 ? !cheaper : cheaper;
}

function smoothed(before: number | undefined, now: number): number {
  return before === undefined ? now : before * 0.7 + now * 0.3;
}

/** All collections of a home by one request (RFC 4918 Depth:1). */
async function askHomes(wire: Wire, homes: readonly string[], probed: Probed): Promise<ReadonlyMap<string, string>> {
  const body = propfind(["D:sync-token", "CS:getctag"]);
  const { signal } = probed;
  const answers = await Promise.all(
    homes.map((path) => fetchAll(wire, { method: "PROPFIND", path, depth: "1", body, signal })),
  );
  const wanted = new Set(probed.collections);
  const tags = new Map<string, string>();
  const answered = new Set<string>();
  for (const response of answers.flatMap((answer) => answer.responses)) {
    const path = asCollection(response.href);
    if (!wanted.has(path)) continue;
    const tag = tagIn(response, readCursor(probed.cursors.get(path)));
    if (tag === undefined) continue;
    answered.add(path);
    tags.set(path, tag);
  }
  const others = probed.collections.filter((path) => !answered.has(path));
  for (const [path, tag] of await askEach(wire, others, probed)) tags.set(path, tag);
  return tags;
}

async function askEach(
  wire: Wire,
  collections: readonly string[],
  { cursors, signal }: Probed,
): Promise<ReadonlyMap<string, string>> {
  const tags = new Map<string, string>();
  await Promise.all(
    collections.map(async (path) => {
      const tag = await ask(wire, path, readCursor(cursors.get(path)), signal);
      if (tag !== undefined) tags.set(path, tag);
    }),
  );
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
    if (cursor?.by === "token") {
      // On Radicale this costs half of what the ctag costs.
      const body = syncCollection(cursor.value);
      const { syncToken } = await fetchAll(wire, { method: "REPORT", path, depth: "0", body, signal });
      return syncToken === undefined ? unknown : writeCursor({ by: "token", value: syncToken });
    }
    return tagIn(await fetchOne(wire, path, ["D:sync-token", "CS:getctag"], signal), cursor) ?? unknown;
  } catch (error) {
    if (!(error instanceof BackendError)) throw error;
    if (error.kind === "gone") return undefined;
    // A token that is refused is a change: `changes` will find out what it means.
    if (error.kind === "auth" || error.kind === "busy" || error.status === undefined || cursor === undefined)
      throw error;
    return unknown;
  }
}

/** Differs from every cursor, so that it is looked into. */
const unknown = "?";

/** The collection's state in the form of its cursor. */
function tagIn(response: Response, cursor: Cursor | undefined): string | undefined {
  const token = property(response, DAV, "sync-token")?.text.trim();
  const ctag = property(response, CALENDARSERVER, "getctag")?.text.trim();
  if (cursor?.by !== "ctag" && token) return writeCursor({ by: "token", value: token });
  return ctag && cursor?.by !== "token" ? writeCursor({ by: "ctag", value: ctag }) : undefined;
}
