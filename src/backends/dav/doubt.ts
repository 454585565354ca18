/** What a server says of changes, and whether it can be believed: asked by trying, and remembered for the server. */
import { BackendError } from "../../errors.ts";
import { futureOf } from "./cursor.ts";
import { kindOf } from "./kind.ts";
import * as limits from "./limits.ts";
import { DAV, property } from "./multistatus.ts";
import { quoted } from "./revision.ts";
import { fetchAll, stream, type Wire } from "./wire.ts";
import { multiget, syncCollection } from "./xml.ts";

interface Doubtful {
  readonly entries: Map<string, string>;
  readonly missing: ReadonlySet<string>;
  readonly signal: AbortSignal | undefined;
}

/**
 * Which of the missing are truly gone. sabre reports a 404 for what was deleted and created again under the same
 * href; those go back to the entries.
 */
export async function confirmGone(wire: Wire, path: string, doubtful: Doubtful): Promise<readonly string[]> {
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

/**
 * Whether the server gives back a token from the future as if nothing had changed since (sabre/dav's calendars): after
 * a restore its silence would last until the count has caught up. False for tokens that count nothing.
 */
export async function echoes(
  wire: Wire,
  path: string,
  token: string,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  const future = futureOf(token);
  if (future === undefined) return false;
  const { kind } = await kindOf(wire, path, signal);
  const known = wire.facts.echoesTokens.get(kind);
  if (known !== undefined) return known;
  const found = await tryToken(wire, path, future, signal);
  wire.facts.echoesTokens.set(kind, found.token === future);
  return found.token === future;
}

/** No server gave this out. */
const unheardOf = "data:,isthmus-asks-what-an-unknown-token-gets";

/**
 * Whether the server answers a token that it does not know (any more) with the whole list, and without a word of what
 * is gone (DAViCal). Looks like a delta in which all items changed.
 */
export async function listsForUnknown(wire: Wire, path: string, signal: AbortSignal | undefined): Promise<boolean> {
  wire.facts.listsForUnknown ??= (await tryToken(wire, path, unheardOf, signal)).lists;
  return wire.facts.listsForUnknown;
}

/** What a token gets: the token of the answer, and whether items came. An error says no to both. */
async function tryToken(
  wire: Wire,
  path: string,
  token: string,
  signal: AbortSignal | undefined,
): Promise<{ readonly token: string | undefined; readonly lists: boolean }> {
  const answer = stream(wire, { method: "REPORT", path, depth: "0", body: syncCollection(token), signal });
  try {
    const next = await answer.next();
    return next.done === true ? { token: next.value, lists: false } : { token: undefined, lists: true };
  } catch (error) {
    const isAnswer = error instanceof BackendError && error.status !== undefined;
    if (!isAnswer || error.kind === "auth" || error.kind === "busy") throw error;
    return { token: undefined, lists: false };
  } finally {
    await answer.return(undefined);
  }
}
