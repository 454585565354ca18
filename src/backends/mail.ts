/**
 * What the sync engine asks of a backend that keeps messages. As with `backend.ts` it is a leaf that knows nothing of
 * EAS; every method throws `BackendError` and nothing else on purpose, and stops early (rejecting with the signal's
 * reason) when its `signal` is aborted.
 */
import type { Readable } from "node:stream";
import type { Credentials } from "../log.ts";
import type { Changes } from "./backend.ts";

/** What a mailbox is for (RFC 6154), by the server's word or else by its name. */
export type MailboxUse = "inbox" | "drafts" | "sent" | "trash" | "junk" | "archive";

export interface Mailbox {
  /** Full name as the server has it, decoded: its address, until it is renamed. */
  readonly path: string;
  /** The last level of the path. */
  readonly name: string;
  /** The path of the mailbox it lies in; undefined at the top. */
  readonly parent: string | undefined;
  /** What stays when it is renamed: MAILBOXID (RFC 8474); undefined where the server has none. */
  readonly objectId: string | undefined;
  /** UIDVALIDITY, where it is told with the list: kept when it is renamed, though others may have the same. */
  readonly uidValidity: number | undefined;
  /** One mailbox of an account at most has each use. */
  readonly use: MailboxUse | undefined;
  /** False: it holds other mailboxes only. */
  readonly selectable: boolean;
  readonly subscribed: boolean;
  /** In another user's namespace, or in the public one (RFC 2342). */
  readonly shared: boolean;
}

/**
 * Members of a mailbox are named by `UIDVALIDITY.UID`: a message that was moved has another name. Their revision is made
 * of their flags and keywords; everything else of a message never changes. It says which are set: a letter for each of
 * \Seen (S), \Answered (A), \Flagged (F), \Draft (T), $Forwarded (W) and $FollowUpComplete (C), a dot, and the other
 * keywords in lower case, sorted, with spaces between, or an asterisk and a digest of them where they are long.
 */
export type MessageName = string;

export interface MailAddress {
  readonly name: string;
  /** Empty for the name of a group (RFC 5322 §3.4). */
  readonly address: string;
}

/**
 * A node of a message's structure (BODYSTRUCTURE, RFC 9051 §7.5.2). Names of types and parameters are lower case. An
 * embedded message is a leaf. What senders overdo (depth, number of parts) is left out.
 */
export interface MessagePart {
  /** Section number, such as `1.2`; `TEXT` never: a message of one part has the part `1`. Empty for a multipart root. */
  readonly path: string;
  /** `type/subtype`. */
  readonly type: string;
  /** Decoded (RFC 2231, and the encoded words that senders use instead). */
  readonly parameters: Readonly<Record<string, string>>;
  /** Without angle brackets. */
  readonly id: string | undefined;
  readonly location: string | undefined;
  readonly encoding: string;
  /** Octets as they are transferred. */
  readonly size: number;
  readonly disposition: string | undefined;
  readonly dispositionParameters: Readonly<Record<string, string>>;
  readonly children: readonly MessagePart[];
}

/** What flags of IMAP have no words for, of a message that is flagged: by the name that devices have for each. */
export type FollowUp = Readonly<Record<string, string>>;

/** A message without its content. */
export interface MessageHead {
  readonly href: MessageName;
  readonly rev: string;
  /** System flags with their backslash, and keywords, as the server writes them. */
  readonly flags: readonly string[];
  /** INTERNALDATE. */
  readonly received: Date;
  /** Octets of the whole. */
  readonly size: number;
  /** The Date header, where it can be read. */
  readonly sent: Date | undefined;
  readonly subject: string;
  readonly from: readonly MailAddress[];
  readonly sender: readonly MailAddress[];
  readonly replyTo: readonly MailAddress[];
  readonly to: readonly MailAddress[];
  readonly cc: readonly MailAddress[];
  readonly bcc: readonly MailAddress[];
  /** With its angle brackets; empty without one. */
  readonly messageId: string;
  /** By lower-case name, unfolded and decoded; only those of `headerNames`, and only where the message has them. */
  readonly headers: ReadonlyMap<string, string>;
  readonly structure: MessagePart;
  /** Where it is kept: no server does. */
  readonly followUp?: FollowUp;
}

/** Headers beside those of the envelope that `heads` reads. */
export const headerNames = [
  "references",
  "in-reply-to",
  "importance",
  "x-priority",
  "priority",
  "thread-topic",
  "thread-index",
  "content-class",
  "x-microsoft-cdo-busystatus",
] as const;

/** The beginning of a part. */
export interface PartText {
  readonly href: MessageName;
  readonly path: string;
  /** Without its transfer encoding; not decoded further. As much as `octets` of the transferred ones gave. */
  readonly content: Buffer;
  /** Whether that is all of the part. */
  readonly whole: boolean;
}

export interface PartWanted {
  readonly href: MessageName;
  /** Empty for the whole message. */
  readonly path: string;
  readonly encoding: string;
  /** Octets of the part as it is transferred that are read at most. */
  readonly octets: number;
}

/** What a search looks for. Texts are looked for anywhere in what they are compared with, in any case. */
export type Criterion =
  | { readonly is: "and" | "or"; readonly of: readonly Criterion[] }
  | { readonly is: "not"; readonly of: Criterion }
  /** `text` is what people see of a message: its subject, its addresses, and what it says. */
  | { readonly is: "text" | "subject" | "from" | "to" | "cc" | "bcc" | "body"; readonly text: string }
  /** An empty text: the message has that header. */
  | { readonly is: "header"; readonly name: string; readonly text: string }
  /** A system flag with its backslash, or a keyword. */
  | { readonly is: "flag"; readonly flag: string }
  /** INTERNALDATE, `since` included. Within `or` and `not` what was received a day or two off may be found too. */
  | { readonly is: "received"; readonly since?: Date; readonly before?: Date }
  /** Octets of the whole. */
  | { readonly is: "size"; readonly above?: number; readonly below?: number }
  /** Has a file, as far as the server can tell; with `text`, one whose name it may be. */
  | { readonly is: "file"; readonly text?: string };

/** A message that was found. */
export interface Hit {
  readonly href: MessageName;
  readonly received: Date;
}

export interface Found {
  /** Newest first. */
  readonly hits: readonly Hit[];
  /** How many there are: those beyond the ones that were asked for are counted as the server sees them. */
  readonly total: number;
}

export interface MailAccount {
  /** All mailboxes the account sees. Never an empty list because of an error. */
  mailboxes(signal?: AbortSignal): Promise<readonly Mailbox[]>;

  /**
   * What changed in a mailbox since `cursor`; everything, newest first (by UID), when it is undefined. With `since` a full
   * listing leaves out what was received more than a day before; what is told of changes may be older. Messages
   * flagged \Deleted are gone (others have deleted them). A cursor of another UIDVALIDITY leads to a full listing.
   * One STATUS, or less, when nothing changed. `gone` when there is no such mailbox.
   */
  changes(mailbox: string, cursor: string | undefined, since?: Date, signal?: AbortSignal): Promise<Changes>;

  /** Heads, in the order asked, by one command. What is no more there is left out. */
  heads(mailbox: string, names: readonly MessageName[], signal?: AbortSignal): Promise<readonly MessageHead[]>;

  /**
   * The beginnings of parts of several messages, by one command, or by one for each section number where that would
   * fetch too much in vain. What is not there is left out, or empty: of a section not every server can tell.
   */
  texts(mailbox: string, wanted: readonly PartWanted[], signal?: AbortSignal): Promise<readonly PartText[]>;

  /**
   * The content of a part, without its transfer encoding, as a stream; with `path` empty the whole message as it is
   * stored. `gone` when it is not there.
   */
  part(mailbox: string, name: MessageName, path: string, signal?: AbortSignal): Promise<Readable>;

  /**
   * Sets and clears flags or keywords; those that the mailbox cannot keep are left, and so is `followUp` (null: there is
   * to be none). `gone` when the message is. The answer has all flags that it has then, whoever set them.
   */
  flag(
    mailbox: string,
    name: MessageName,
    change: {
      readonly add: readonly string[];
      readonly remove: readonly string[];
      readonly followUp?: FollowUp | null | undefined;
    },
    signal?: AbortSignal,
  ): Promise<{ readonly rev: string; readonly flags: readonly string[] }>;

  /**
   * Moves messages (MOVE, else COPY, STORE and UID EXPUNGE of these alone). The answer names each that was moved, and
   * its name there where the server says it.
   */
  move(
    mailbox: string,
    names: readonly MessageName[],
    target: string,
    signal?: AbortSignal,
  ): Promise<ReadonlyMap<MessageName, MessageName | undefined>>;

  /** Deletes messages for good, and no others. Those that are gone are no error. */
  remove(mailbox: string, names: readonly MessageName[], signal?: AbortSignal): Promise<void>;

  /**
   * Deletes every message of a mailbox for good, those that others have flagged \Deleted too, by a few commands whatever
   * their number.
   */
  empty(mailbox: string, signal?: AbortSignal): Promise<void>;

  /** Stores a message octet for octet; its name where the server says it. `too-large`, or `busy` above the quota. */
  append(
    mailbox: string,
    message: Buffer,
    flags: readonly string[],
    signal?: AbortSignal,
  ): Promise<MessageName | undefined>;

  /**
   * The messages of a mailbox that a search finds, the `most` newest of them, by one SEARCH, and one FETCH of the times
   * when there are any. Those flagged \Deleted are not found. Of a mailbox of tens of thousands the texts are read in
   * stretches, the newest first, until there are enough, or it takes too long. `gone` when there is no such mailbox.
   */
  search(mailbox: string, criterion: Criterion, most: number, signal?: AbortSignal): Promise<Found>;

  /** The newest message of a mailbox with this Message-ID header. */
  findByMessageId(mailbox: string, messageId: string, signal?: AbortSignal): Promise<MessageName | undefined>;

  /**
   * By one STATUS each, or one for all: a tag per mailbox that equals the cursor `changes` gave last as long as nothing
   * has changed since. Mailboxes that are gone are left out.
   */
  probe(mailboxes: readonly string[], signal?: AbortSignal): Promise<ReadonlyMap<string, string>>;

  /**
   * `refused` when none can have that name (the server's delimiter, wildcards, control characters), `conflict` when one
   * has it.
   */
  createMailbox(name: string, parent: string | undefined, signal?: AbortSignal): Promise<Mailbox>;
  /** Those in it go along, and so do subscriptions; messages keep their names. The inbox is `refused`. */
  renameMailbox(path: string, name: string, parent: string | undefined, signal?: AbortSignal): Promise<Mailbox>;
  /** With its messages and the mailboxes in it. The inbox is `refused`. */
  removeMailbox(path: string, signal?: AbortSignal): Promise<void>;

  /**
   * Calls `onNews` with the path of a mailbox in which something happened, until the returned function is called: the
   * inbox at once (IDLE), all others where the server tells them (NOTIFY), or else within `sweepEvery` seconds. Rejects
   * when the login is refused; a connection that breaks later is made anew, and all mailboxes are news then. `onMailboxes`
   * is called when mailboxes may have been made, renamed or deleted.
   */
  watch(
    onNews: (path: string) => void,
    options: {
      readonly sweepEvery: number;
      readonly onRefused: (error: unknown) => void;
      readonly onMailboxes?: () => void;
    },
  ): Promise<() => void>;
}

/** One configured mail server. Its connections are shared by all who are logged in with the same name and password. */
export interface MailBackend {
  /** `auth` when the credentials are refused; `busy` or `unreachable` when it could not be told. */
  login(credentials: Credentials, options?: { readonly signal?: AbortSignal }): Promise<MailAccount>;
  close(): Promise<void>;
}
