/** ETags and ctags as revisions: one form for what headers and properties say, so that they can be compared. */
import { CALENDARSERVER, property, type Response } from "./multistatus.ts";

/** An etag with its quotes: some servers leave them out in one of the two places. */
export function quoted(etag: string): string {
  return etag === "" || etag.startsWith('"') || etag.startsWith("W/") ? etag : `"${etag}"`;
}

/** The ctag of a collection; undefined when it has none. */
export function ctagOf(response: Response): string | undefined {
  return unquoted(property(response, CALENDARSERVER, "getctag")?.text.trim() ?? "") || undefined;
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
