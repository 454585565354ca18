/** How the twin can be told to misbehave, and what it saw. */
import type http from "node:http";

/** One request as it came. */
export interface Seen {
  readonly method: string;
  /** Decoded. */
  readonly path: string;
  readonly depth: string | undefined;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: string;
  /** Tells connections apart. */
  readonly connection: number;
  /** The name of the body's root element, without prefix. */
  readonly report: string;
}

/** What happens instead of an answer. `cut` closes after half of the answer; `stall` stops there and keeps silent. */
export type Trouble =
  | "hang"
  | "reset"
  | "cut"
  | "stall"
  | { readonly status: number; readonly headers?: http.OutgoingHttpHeaders; readonly body?: string };

/** All off by default; may be changed while the server runs. */
export interface Switches {
  /** Looked up for each request; undefined lets it pass. */
  trouble?: ((seen: Seen) => Trouble | undefined) | undefined;
  /** 501 for sync-collection (old servers). */
  noSync?: boolean;
  /** Items of the first listing before a 507 (Nextcloud's address books: the rest is lost). */
  firstPage?: number;
  /** Items of a delta before a 507. */
  deltaPage?: number;
  /** What a token is answered with that was never given out: a status, the whole list without 404s (DAViCal), or
   * nothing and the present token (Nextcloud after a restore). Default 403 with `valid-sync-token`. */
  badToken?: number | "all" | "nothing";
  /** What was deleted and made again between two syncs is reported as 404 (sabre calendars). */
  falseGone?: boolean;
  /** The initial listing names the deleted ones too (Radicale). */
  tombstones?: boolean;
  /** No ETag in the answer to a PUT (DAViCal cards). */
  noPutEtag?: boolean;
  /** Etags that look like numbers, without quotes in the properties. */
  numericEtags?: boolean;
  /** Properties as CDATA. */
  cdata?: boolean;
  /** A NUL as it is stored (Radicale). */
  rawNul?: boolean;
  /** Failures of PUT and DELETE come inside a 207 (Xandikos). */
  wrapFailures?: boolean;
  /** Missing hrefs of a multiget are left out instead of reported (sabre, Nextcloud, DAViCal). */
  omitMissing?: boolean;
  /** Queries give everything, whatever the filter (Nextcloud's trash bin). */
  ignoreFilters?: boolean;
  /** A taken UID is answered with a bare 400 (Nextcloud). */
  bareUidConflict?: boolean;
  gzip?: boolean;
  /** Reports give cards in the version asked for, 3.0 by default (sabre, Cyrus); `always`: no property has the stored one. */
  convertsCards?: "reports" | "always";
  /** A `102 Processing` comes first (Cyrus, for a large PUT). */
  processing?: boolean;
  /** Hrefs in answers as full URLs with everything encoded, in lower case. */
  oddHrefs?: boolean;
}
