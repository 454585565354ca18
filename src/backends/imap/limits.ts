/** Limits on what is asked of an IMAP server, and on what is taken from one. Octets and milliseconds. */

/** Connections of one login, its watch included. Dovecot allows ten of one user and address. */
export const CONNECTIONS = 3;
/** A connection that nobody needed for so long is closed. */
export const IDLE_CONNECTION = 60_000;
/** A login is taken as proven for so long, while a connection that it made is open. */
export const PROVEN = 5 * 60_000;

export const CONNECT_TIMEOUT = 15_000;
export const GREETING_TIMEOUT = 15_000;
/** A server that says nothing for so long is not there. */
export const ANSWER_TIMEOUT = 90_000;
/** IDLE is renewed so often: NAT boxes forget quiet connections after five minutes. */
export const IDLE_RENEWAL = 4 * 60_000;

/** A server that does not tell of made, renamed and deleted mailboxes: they are looked at so often. */
export const MAILBOXES_LOOK = 5 * 60_000;

/** After a connection failed, doubled each time; at most, for what a phone asks and for what waits for news. */
export const BACK_OFF = 1_000;
export const MOST_BACK_OFF = 10_000;
export const MOST_WATCH_BACK_OFF = 60_000;
/** A server that allows no further connection is asked for one again after this. */
export const FULL_FOR = 60_000;

/** Of one answer: an ENVELOPE with ten thousand recipients has its place. */
export const LINE = 16 * 2 ** 20;
export const LITERAL = 16 * 2 ** 20;
export const RESPONSE = 48 * 2 ** 20;
export const TOKENS = 300_000;

/** A part is streamed in pieces of this size, a command each. */
export const PIECE = 512 * 1024;
/** Of a command's set of UIDs; longer ones are cut in several commands. Servers take lines of 8,000 octets at least. */
export const SET_LENGTH = 6_000;
/** More messages than this vanished, by the server's word: a full listing tells it better. */
export const MOST_VANISHED = 100_000;
/**
 * What messages say is searched in so many of them at a time, the newest first, and in no further ones after so long: a
 * server without an index reads them all.
 */
export const STRETCH = 20_000;
export const SEARCH_TIME = 12_000;
/** What one command for several texts may fetch beyond what is wanted. */
export const WASTE = 2 ** 20;

/** Of a message's structure: what is deeper, or more, is left out. */
export const DEPTH = 30;
export const PARTS = 1_000;
export const PARAMETERS = 50;
export const PARAMETER_LENGTH = 2_000;
/** Of a header's value. */
export const HEADER_LENGTH = 64 * 1024;
/** Of a mailbox's path, in octets as it is sent. */
export const PATH_LENGTH = 1_000;
/** Of an account. */
export const MAILBOXES = 10_000;
/** Candidates whose Message-ID is compared. */
export const CANDIDATES = 20;
