/**
 * What changed in a collection: by sync-collection (RFC 6578), else by ctag and a listing of etags. Nothing here ever
 * takes trouble for emptiness: a token the server does not know leads to one full listing, and an item reported as
 * gone is asked for by name first.
 */
import { BackendError } from "../../errors.ts";
import type { Changes, Entry } from "../backend.ts";
import { kindOf } from "./kind.ts";
import * as limits from "./limits.ts";
import { CALENDARSERVER, DAV, hasChild, property, type Response } from "./multistatus.ts";
import { quoted } from "./revision.ts";
import { failureIn, fetchAll, fetchOne, type Multistatus, type Wire } from "./wire.ts";
import { multiget, propfind, syncCollection } from "./xml.ts";

/** A cursor's parts: the server's sync token, or its ctag where it has no tokens. */
export interface Cursor {
  readonly by: "token" | "ctag";
  readonly value: string;
}

/** The cursor as the caller keeps it. `1` is the format. */
export function writeCursor({ by, value }: Cursor): string {
  return `1${by === "token" ? "s" : "c"}${value}`;
}

/** Undefined for what this version did not write: it leads to a full listing. */
export function readCursor(text: string | undefined): Cursor | undefined {
  if (text?.startsWith("1s")) return { by: "token", value: text.slice(2) };
  if (text?.startsWith("1c")) return { by: "ctag", value: text.slice(2) };
  return undefined;
}

/** See `Account.changes`. */
export async function changes(
  wire: Wire,
  path: string,
  cursor: string | undefined,
  signal?: AbortSignal,
): Promise<Changes> {
  const from = readCursor(cursor);
  if (from?.by === "token" && !wire.facts.withoutSync.has(path)) {
    const delta = await changesSince(wire, path, from.value, signal);
    if (delta) return delta;
    wire.log.info({ collection: path }, "backend: the sync token is of no use any more, listing everything");
  }
  if (from?.by === "ctag" && (await readTags(wire, path, signal)).ctag === from.value) {
    return { full: false, entries: [], gone: [], cursor: writeCursor(from) };
  }
  return listAll(wire, path, signal);
}

/** Whether a sabre or DAViCal token counts less than the one before it: the server came back from a backup. */
export function wentBackwards(before: string, after: string): boolean {
  const [, beforeName, beforeCount] = counting.exec(before) ?? [];
  const [, afterName, afterCount] = counting.exec(after) ?? [];
  if (beforeName !== afterName || beforeCount === undefined || afterCount === undefined) return false;
  return BigInt(afterCount) < BigInt(beforeCount);
}

const counting = /^(http:\/\/sabre\.io\/ns\/sync\/|data:,)(\d{1,30})$/;

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
    const gone = await confirmGone(wire, path, { entries, missing, signal });
    return { full: false, entries: asEntries(entries), gone, cursor: writeCursor({ by: "token", value: at }) };
  }
  return undefined;
}

async function listAll(wire: Wire, path: string, signal: AbortSignal | undefined): Promise<Changes> {
  if (!wire.facts.withoutSync.has(path) && !wire.facts.pagesFirstListing) {
    try {
      const listed = await listBySync(wire, path, signal);
      if (listed) return listed;
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
  const ctag = property(own, CALENDARSERVER, "getctag")?.text.trim() ?? "";
  const cursor: Cursor =
    token && !wire.facts.withoutSync.has(path) ? { by: "token", value: token } : { by: "ctag", value: ctag };
  return { full: true, entries: asEntries(entries), gone: [], cursor: writeCursor(cursor) };
}

function report(wire: Wire, path: string, token: string, signal: AbortSignal | undefined): Promise<Multistatus> {
  return fetchAll(wire, { method: "REPORT", path, depth: "0", body: syncCollection(token), signal });
}

async function readTags(wire: Wire, path: string, signal: AbortSignal | undefined): Promise<{ ctag?: string }> {
  const ctag = property(await fetchOne(wire, path, ["CS:getctag"], signal), CALENDARSERVER, "getctag")?.text.trim();
  return ctag ? { ctag } : {};
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

interface Doubtful {
  readonly entries: Map<string, string>;
  readonly missing: ReadonlySet<string>;
  readonly signal: AbortSignal | undefined;
}

/**
 * Which of the missing are truly gone. sabre reports a 404 for what was deleted and created again under the same
 * href; those go back to the entries.
 */
async function confirmGone(wire: Wire, path: string, doubtful: Doubtful): Promise<readonly string[]> {
  const { entries, missing, signal } = doubtful;
  if (missing.size === 0) return [];
  const { kind } = await kindOf(wire, path, signal);
  const hrefs = [...missing];
  const there = new Set<string>();
  for (let start = 0; start < hrefs.length; start += limits.CONFIRM_BATCH) {
    const body = multiget(kind, hrefs.slice(start, start + limits.CONFIRM_BATCH), false);
    const { responses } = await fetchAll(wire, { method: "REPORT", path, depth: "0", body, signal });
    for (const response of responses) {
      const rev = property(response, DAV, "getetag")?.text.trim();
      if (response.status === 404 || rev === undefined || !missing.has(response.href)) continue;
      there.add(response.href);
      entries.set(response.href, quoted(rev));
    }
  }
  return hrefs.filter((href) => !there.has(href));
}

function asEntries(revisions: ReadonlyMap<string, string>): readonly Entry[] {
  return Array.from(revisions, ([href, rev]) => ({ href, rev }));
}

function isStatus(error: unknown, statuses: ReadonlySet<number>): boolean {
  return error instanceof BackendError && error.status !== undefined && statuses.has(error.status);
}
