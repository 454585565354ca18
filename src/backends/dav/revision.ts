/** ETags and ctags as revisions: one form for what headers and properties say, so that they can be compared. */
import { CALENDARSERVER, DAV, property, type Response } from "./multistatus.ts";
import type { PropertyName } from "./xml.ts";

/** An etag with its quotes: some servers leave them out in one of the two places. */
export function quoted(etag: string): string {
  return etag === "" || etag.startsWith('"') || etag.startsWith("W/") ? etag : `"${etag}"`;
}

/** The ctag of a collection; undefined when it has none. */
function ctagOf(response: Response): string | undefined {
  return unquoted(property(response, CALENDARSERVER, "getctag")?.text.trim() ?? "") || undefined;
}

/**
 * What moves when a collection does, where no token is of use; undefined when it has none. DAViCal's ctag is made of
 * the last change alone: who writes the same again sets it back, and only the token next to it shows that.
 */
export function tagOf(response: Response, losesChanges: boolean): string | undefined {
  const ctag = ctagOf(response);
  if (ctag === undefined || !losesChanges) return ctag;
  return `${ctag} ${property(response, DAV, "sync-token")?.text.trim() ?? ""}`;
}

/** What `tagOf` reads. */
export function tagNames(losesChanges: boolean): readonly PropertyName[] {
  return losesChanges ? ["CS:getctag", "D:sync-token"] : ["CS:getctag"];
}

/** A ctag without quotes: some servers write them in one answer and not in another. */
export function unquoted(ctag: string): string {
  return ctag.replace(/^"(.*)"$/s, "$1");
}

/**
 * The revision in an ETag header; undefined when there is none. A proxy that compresses marks the etag as weak or
 * with a suffix (Apache's `-gzip`): the item's own is what is meant.
 */
export function revisionOf(header: string | undefined): string | undefined {
  if (header === undefined || header === "") return undefined;
  return quoted(header.replace(/^W\//, "").replace(/-(gzip|br|zstd)"$/, '"'));
}
