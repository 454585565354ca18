/**
 * What changed in a collection: by sync-collection (RFC 6578), else by ctag and a listing of etags. Nothing here ever
 * takes trouble for emptiness: a token the server does not know leads to one full listing, and an item reported as
 * gone is asked for by name first.
 */
import { BackendError } from "../../errors.ts";
import type { Changes, Component, Entry, Only } from "../backend.ts";
import { type Cursor, readCursor, wentBackwards, writeCursor } from "./cursor.ts";
import { confirmGone, echoes, listsForUnknown } from "./doubt.ts";
import { kindOf } from "./kind.ts";
import * as limits from "./limits.ts";
import { DAV, hasChild, property, type Response } from "./multistatus.ts";
import { quoted, tagNames, tagOf } from "./revision.ts";
import { failureIn, fetchAll, fetchOne, type Multistatus, type Wire } from "./wire.ts";
import { calendarHolding, propfind, syncCollection } from "./xml.ts";

/** See `Account.changes`. */
export async function changes(
  wire: Wire,
  path: string,
  cursor: string | undefined,
  signal?: AbortSignal,
  only?: Only,
): Promise<Changes> {
  const from = readCursor(cursor);
  if (from?.by === "token" && hasTokens(wire, path)) {
    const delta = await changesSince(wire, path, from.value, signal);
    if (delta) return delta;
    wire.log.info({ collection: path }, "backend: the sync token is of no use any more, listing everything");
  }
  if (from?.by === "ctag") {
    const { losesChanges } = wire.facts;
    const now = await fetchOne(wire, path, tagNames(losesChanges), signal);
    if (tagOf(now, losesChanges) === from.value) {
      return { full: false, entries: [], gone: [], cursor: writeCursor(from) };
    }
  }
  const listed = await listAll(wire, path, signal);
  return typeof only === "string" ? holders(wire, path, listed, only, signal) : listed;
}

/** Of a listing, what holds this component, where the collection may hold others; all of it where it cannot be asked. */
async function holders(
  wire: Wire,
  path: string,
  listed: Changes,
  component: Component,
  signal: AbortSignal | undefined,
): Promise<Changes> {
  if ((await kindOf(wire, path, signal)).components.length < 2) return listed;
  try {
    const body = calendarHolding(component);
    const { responses } = await fetchAll(wire, { method: "REPORT", path, depth: "1", body, signal });
    const found = new Set(responses.map(({ href }) => href));
    return { ...listed, entries: listed.entries.filter(({ href }) => found.has(href)) };
  } catch (error) {
    if (!isStatus(error, unknownReport) && !isStatus(error, refusals)) throw error;
    return listed;
  }
}

/** Whether the collection's sync tokens are there, and of use. */
function hasTokens(wire: Wire, path: string): boolean {
  return !wire.facts.losesChanges && !wire.facts.withoutSync.has(path);
}

/** Statuses by which servers refuse a token; Xandikos ends in a 500. */
const refusals = new Set([400, 403, 409, 410, 412, 500]);
/** Statuses by which servers say that they do not know the report. */
const unknownReport = new Set([400, 403, 405, 415, 422, 501]);

/** Undefined when only a full listing can tell. */
async function changesSince(
  wire: Wire,
  path: string,
  token: string,
  signal: AbortSignal | undefined,
): Promise<Changes | undefined> {
  if (await echoes(wire, path, token, signal)) {
    // What the report says of a token means nothing there: the collection says what it counts now.
    const told = property(await fetchOne(wire, path, ["D:sync-token"], signal), DAV, "sync-token")?.text.trim();
    if (told === undefined || wentBackwards(token, told)) return undefined;
    if (told === token)
      return { full: false, entries: [], gone: [], cursor: writeCursor({ by: "token", value: token }) };
  }
  const entries = new Map<string, string>();
  const missing = new Set<string>();
  let at = token;
  for (let page = 0; page < limits.SYNC_PAGES; page += 1) {
    let answer: Multistatus;
    try {
      answer = await report(wire, path, at, signal);
    } catch (error) {
      if (isStatus(error, refusals) || isStatus(error, unknownReport)) return undefined;
      throw error;
    }
    const next = answer.syncToken;
    if (next === undefined || wentBackwards(at, next)) return undefined;
    const more = sort(answer.responses, path, entries, missing);
    const stuck = more && next === at;
    at = next;
    if (stuck) return undefined;
    if (more) continue;
    if (at !== token && missing.size === 0 && (await listsForUnknown(wire, path, signal))) {
      const listed = await listByEtags(wire, path, signal);
      if (listed.entries.every(({ href }) => entries.has(href))) return listed;
    }
    const gone = await confirmGone(wire, path, { entries, missing, signal });
    return { full: false, entries: asEntries(entries), gone, cursor: writeCursor({ by: "token", value: at }) };
  }
  return undefined;
}

async function listAll(wire: Wire, path: string, signal: AbortSignal | undefined): Promise<Changes> {
  if (hasTokens(wire, path) && !wire.facts.pagesFirstListing) {
    try {
      const listed = await listBySync(wire, path, signal);
      if (listed) {
        await getToKnow(wire, path, signal);
        return listed;
      }
      wire.facts.pagesFirstListing = true;
      wire.log.info({ collection: path }, "backend: pages its first listing, listing by etags instead");
    } catch (error) {
      if (!isStatus(error, unknownReport)) throw error;
      wire.facts.withoutSync.set(path, true);
      wire.log.info({ collection: path }, "backend: has no sync-collection, comparing etags instead");
    }
  }
  return listByEtags(wire, path, signal);
}

/** Finds out with a first listing, which takes its time anyway, what the first delta would have to wait for. */
async function getToKnow(wire: Wire, path: string, signal: AbortSignal | undefined): Promise<void> {
  try {
    await listsForUnknown(wire, path, signal);
  } catch {
    signal?.throwIfAborted(); // The next one who needs to know asks again.
  }
}

/** Undefined when the server pages: Nextcloud cuts the pages of a first listing so that cards are lost. */
async function listBySync(wire: Wire, path: string, signal: AbortSignal | undefined): Promise<Changes | undefined> {
  const answer = await report(wire, path, "", signal);
  const entries = new Map<string, string>();
  const paged = sort(answer.responses, path, entries, new Set());
  if (paged || answer.syncToken === undefined) return undefined;
  const cursor = writeCursor({ by: "token", value: answer.syncToken });
  return { full: true, entries: asEntries(entries), gone: [], cursor };
}

async function listByEtags(wire: Wire, path: string, signal: AbortSignal | undefined): Promise<Changes> {
  const body = propfind(["D:getetag", "D:resourcetype", "D:sync-token", "CS:getctag"]);
  const { responses } = await fetchAll(wire, { method: "PROPFIND", path, depth: "1", body, signal });
  const own = responses.find((response) => response.href === path || `${response.href}/` === path);
  if (own === undefined) throw new BackendError("unreachable", `PROPFIND ${path}: the answer lacks the collection`);
  if (own.status !== undefined && own.status >= 300) throw failureIn(`PROPFIND ${path}`, own);
  const entries = new Map<string, string>();
  sort(responses, path, entries, new Set());
  const token = property(own, DAV, "sync-token")?.text.trim();
  const tag = tagOf(own, wire.facts.losesChanges) ?? "";
  const cursor: Cursor = token && hasTokens(wire, path) ? { by: "token", value: token } : { by: "ctag", value: tag };
  return { full: true, entries: asEntries(entries), gone: [], cursor: writeCursor(cursor) };
}

function report(wire: Wire, path: string, token: string, signal: AbortSignal | undefined): Promise<Multistatus> {
  return fetchAll(wire, { method: "REPORT", path, depth: "0", body: syncCollection(token), signal });
}

/** Sorts responses into what is there and what is said to be missing; true when the server has more to tell (507). */
function sort(
  responses: readonly Response[],
  path: string,
  entries: Map<string, string>,
  missing: Set<string>,
): boolean {
  let more = false;
  for (const response of responses) {
    const { href, status } = response;
    if (status === 507) more = true;
    else if (href === path || href.endsWith("/") || !href.startsWith(path)) continue;
    else if (status === 404 || status === 410) {
      entries.delete(href);
      missing.add(href);
    } else if (!hasChild(property(response, DAV, "resourcetype"), DAV, "collection")) {
      missing.delete(href);
      entries.set(href, quoted(property(response, DAV, "getetag")?.text.trim() ?? ""));
    }
  }
  return more;
}

function asEntries(revisions: ReadonlyMap<string, string>): readonly Entry[] {
  return Array.from(revisions, ([href, rev]) => ({ href, rev }));
}

function isStatus(error: unknown, statuses: ReadonlySet<number>): boolean {
  return error instanceof BackendError && error.status !== undefined && statuses.has(error.status);
}
