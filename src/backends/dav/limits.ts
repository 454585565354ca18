/** Named limits of the DAV backend, each with its reason. Times are milliseconds, sizes octets. */

/** One socket per request on Radicale; four keep a read with a prefetched batch and a write going at once. */
export const SOCKETS_PER_ACCOUNT = 4;
/** Requests at one time. Radicale takes 100 connections by default, and others need some too. */
export const SOCKETS_IN_ALL = 64;

/** A connection that nobody used for so long is closed: servers count them, and end them without a word. */
export const KEPT_CONNECTION = 15_000;

export const CONNECT_TIMEOUT = 10_000;
/** Until the first header: a cold Radicale needs about 30 s for 5,000 cards. */
export const RESPONSE_TIMEOUT = 120_000;
/** So often a `102 Processing` prolongs that. */
export const PROCESSING_SIGNS = 10;
/** Between two pieces of a body. */
export const IDLE_TIMEOUT = 30_000;
/** Spent waiting for one body in all, the time its reader takes not counted: ends a body that only trickles. */
export const BODY_TIMEOUT = 300_000;

/** Further attempts of a request that can be repeated, and the pause before the first (doubled, jittered). */
export const RETRIES = 2;
export const RETRY_PAUSE = 200;
/** A longer Retry-After is the caller's to wait for. */
export const RETRY_AFTER_AT_MOST = 5_000;
export const REDIRECTS = 5;

/** One answer, unpacked: 100,000 items with data; it is streamed, so this bounds time and not memory. */
export const RESPONSE_SIZE = 512 * 1024 * 1024;
/** One item, or any other text of one multistatus response; Nextcloud takes 10 MiB, DAViCal 6.5 MB. */
export const TEXT_SIZE = 32 * 1024 * 1024;
/** An error body is read for its precondition element only. */
export const ERROR_SIZE = 64 * 1024;
export const XML_DEPTH = 32;
/** Elements of one response of a multistatus: properties, privileges, home sets. */
export const XML_ELEMENTS = 10_000;

/** Xandikos needs 5.8 ms per item of a multiget, sabre 0.5 ms: at 100 the first item comes soon on either. */
export const READ_BATCH = 100;
/** Characters of items a batch may hold before its consumer takes some. */
export const READ_BUFFER = 8 * 1024 * 1024;
/** Hrefs in a question about revisions only. */
export const CONFIRM_BATCH = 500;
/** Answers "there is more" (507) followed before a server is thought to be running in circles. */
export const SYNC_PAGES = 1_000;
/** Logins and collections a server's facts are kept for; the oldest are found out again. */
export const REMEMBERED = 10_000;
/** A report that was refused is tried again after so long: the refusal may have been a passing one. */
export const REMEMBERED_REFUSAL = 3_600_000;
