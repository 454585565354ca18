/** ETags as revisions: one form for what headers and properties say, so that they can be compared. */

/** An etag with its quotes: some servers leave them out in one of the two places. */
export function quoted(etag: string): string {
  return etag === "" || etag.startsWith('"') || etag.startsWith("W/") ? etag : `"${etag}"`;
}

/**
 * The revision in an ETag header; undefined when there is none. A proxy that compresses marks the etag as weak or
 * with a suffix (Apache's `-gzip`): the item's own is what is meant.
 */
export function revisionOf(header: string | undefined): string | undefined {
  if (header === undefined || header === "") return undefined;
  return quoted(header.replace(/^W\//, "").replace(/-(gzip|br|zstd)"$/, '"'));
}
