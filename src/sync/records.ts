/**
 * What the gateway remembers, and the form it has in the store. Every value begins with a format number; a release
 * reads the format before its own (`test/sync/records.test.ts` keeps stored examples).
 *
 * A collection is a *base* (what the device has confirmed) and at most one *pending* delta (what was sent under the
 * newest key). Nothing rewrites the base whole: each item is a record of its own, so a Sync writes what changed.
 */
import type { Added, BodyPreference, ClassName } from "../mapping/item.ts";
import type { FolderId, ServerId, SyncKey } from "./ids.ts";

const format = 1;

export function encodeRecord(value: object): string {
  return `${format}:${JSON.stringify(value)}`;
}

/** Throws on a value of an unknown format: better a clear error than a wrong sync. */
export function decodeRecord<T>(stored: string | undefined): T | undefined {
  if (stored === undefined) return undefined;
  const separator = stored.indexOf(":");
  if (stored.slice(0, separator) !== String(format)) {
    throw new Error(`a stored record has format ${stored.slice(0, separator)}, this release reads ${format}`);
  }
  return JSON.parse(stored.slice(separator + 1)) as T;
}

export const keys = {
  device: "device",
  policy: "policy",
  /** What people decided of the device (devices/control.ts). */
  control: "control",
  /** When and as what it was seen last (devices/last-seen.ts). */
  lastSeen: "last-seen",
  hierarchy: "hierarchy",
  ping: "ping",
  /** The last Sync request with a body, for the empty and the partial one (MS-ASCMD_R666, R3635). */
  syncRequest: "sync-request",
  /** In the user's own scope, and in that of a device which does not see the user's. */
  defaults: "defaults",
  /** In the user's own scope: what folders are called whose collections have one name. */
  names: "names",
  /** In the user's own scope: what mailboxes were called first, where the server does not tell which was renamed. */
  mailboxes: "mailboxes",
  /** In the user's own scope: a list that was made, or could not be made, because there was none of this class. */
  provided: (className: ClassName) => `provided/${className}`,
  /** In the user's own scope: since when no collection was seen. */
  emptied: "emptied",
  /** In the user's own scope: drafts of a mailbox that were replaced, and what they are called (mail/lasting-names.ts). */
  drafts: (mailbox: string) => `drafts/${mailbox}`,
  /** In the user's own scope: what IMAP cannot say of flags in a mailbox (mail/flag-details.ts). */
  flags: (mailbox: string) => `flags/${mailbox}`,
  /** In the user's own scope: what the node that polls for all saw, and what each other node waits for. */
  seen: "poll/seen",
  wants: (node: string) => `poll/wants/${node}`,
  head: (folder: FolderId) => `head/${folder}`,
  pending: (folder: FolderId) => `pending/${folder}`,
  /** What a search of the device found; one of each command is kept. */
  found: (command: "search" | "find") => `found/${command}`,
  /** What became of an item that the device moved out of a folder. */
  moved: (folder: FolderId, id: ServerId) => `moved/${folder}/${id}`,
  /** What goes wrong with items of a folder, and deletions that were held back (troubles/). */
  troubles: (folder: FolderId) => `troubles/${folder}`,
  held: (folder: FolderId) => `held/${folder}`,
  base: (folder: FolderId, id: ServerId | "") => `base/${folder}/${id}`,
  backlog: (folder: FolderId, list: string) => `backlog/${folder}/${list}`,
  chunk: (folder: FolderId, list: string, chunk: number) => `backlog/${folder}/${list}/${chunk}`,
} as const;

/** The records of a device that most requests begin with, as they were at one moment. */
export type DeviceRecords = ReadonlyMap<string, string>;

export const deviceRecords: readonly string[] = [keys.device, keys.hierarchy, keys.ping, keys.syncRequest];

/** An item the device has, or one we know it must not have. */
export interface BaseEntry {
  readonly href: string;
  /** Revision the device has; compared for equality with what the backend lists. */
  readonly rev: string;
  /** The server stored something else than the device sent: the stored copy is yet to be sent. */
  readonly stale?: true;
  /** Why the device does not have it: outside its filter, it could not be mapped, or its parts are items. */
  readonly hidden?: "filter" | "poison" | "parts";
  /** End of the last instance in seconds since 1970; left out when it has none. */
  readonly until?: number;
  /** RECURRENCE-IDs of orphaned instances that are items of their own. */
  readonly parts?: readonly string[];
  /** Set on such an instance: its RECURRENCE-ID. */
  readonly part?: string;
}

/** Where the device stands in the backend's history, and the listed changes that were not sent yet. */
export interface Position {
  /** Undefined before the first listing. */
  readonly cursor?: string;
  readonly backlog?: Backlog;
}

/** Listed and still unsent changes, stored in chunks; `at` of `length` are done. */
export interface Backlog {
  readonly list: string;
  readonly at: number;
  readonly length: number;
}

/** One listed change: href and revision (`again`: it could not be read once already), or href alone when it is gone. */
export type Listed = readonly [href: string, rev: string, again?: 1] | readonly [href: string];

/** The sticky Options of a collection, as far as they are kept (MS-ASCMD_R3597–R3599). */
export interface StickyOptions {
  readonly filterType: number;
  readonly conflict: "client" | "server";
  readonly bodyPreferences: readonly BodyPreference[];
  readonly bodyPartPreferences?: readonly BodyPreference[];
  readonly truncation?: number;
  readonly mimeSupport?: number;
  readonly mimeTruncation?: number;
}

export const defaultOptions: StickyOptions = { filterType: 0, conflict: "server", bodyPreferences: [] };

/** What is remembered of the last listing of a collection, beside its position. */
export interface Marks {
  /** The filter and window start (seconds) that the base reflects. */
  readonly filtered?: { readonly type: number; readonly at: number } | undefined;
  /** When the collection was last listed in full, in seconds since 1970. */
  readonly compared?: number | undefined;
  /** Since when (seconds since 1970) the server says that most of it is gone, and is not believed yet. */
  readonly doubted?: number | undefined;
}

export function marksOf({ filtered, compared, doubted }: Marks): Marks {
  return { filtered, compared, doubted };
}

export interface Head extends Position, Marks {
  readonly className: ClassName;
  readonly count: number;
  /** The newest key given out. */
  readonly key: SyncKey;
  /** The key before it, while the newest is unconfirmed. */
  readonly previous?: SyncKey;
  /** Undefined: the device named none; empty: it sent an empty list (MS-ASCMD_R5906–R5909). */
  readonly supported?: readonly string[];
  readonly options: StickyOptions;
  /** What the phone deleted lately: when the first (seconds since 1970), how many, of how many; for the brake. */
  readonly deleted?: { readonly at: number; readonly count: number; readonly of?: number };
  /** Where the device stands once it confirms `key`; the entries are in the pending record. */
  readonly pending?: Position & {
    readonly fingerprint: string;
    readonly more: boolean;
    /** What `filtered` was before, and is again when the delta is void. */
    readonly filteredBefore?: Marks["filtered"];
    /** How often this answer was sent again, and since when (seconds since 1970). */
    readonly repeated?: { readonly times: number; readonly since: number };
  };
  /** Something is written down of troubles with its items. */
  readonly troubled?: true;
  /** Adds begun under an intent whose result was never confirmed. */
  readonly intents?: readonly Intent[];
}

/** What the newest key stands for, beside what `Head.pending` says. */
export interface Pending {
  /** Base records as they will be when the key is confirmed; null for one that goes. */
  readonly entries: readonly (readonly [ServerId, BaseEntry | null, Sent])[];
  /** What its commands left of items that the same answer tells of again (somebody deleted what was just added). */
  readonly replaced?: readonly (readonly [ServerId, BaseEntry | null, Sent])[];
  /** Results of the request's commands, in its order. */
  readonly results: readonly CommandResult[];
}

/** How a pending entry is shown to the device: `silent` changes what we know and sends nothing. */
export type Sent = "add" | "change" | "delete" | "soft-delete" | "silent";

/** A side effect that was about to happen. Kept until its result is confirmed; recognises a repetition. */
export interface Intent {
  /** Fingerprint of the command: ClientId or ServerId, and content. */
  readonly command: string;
  /** Fingerprint of the content alone: a phone that starts over sends it under another ClientId and key. */
  readonly content: string;
  readonly href: string;
  /** Fingerprint of the text that is about to be stored: found there, it is this device's own. */
  readonly text?: string;
  /** That text is merged with what the device had not been told yet. */
  readonly merged?: true;
  /** Seconds since 1970. */
  readonly at: number;
}

/** What became of one command of the device. */
export interface CommandResult {
  readonly kind: "Add" | "Change" | "Delete" | "Fetch";
  readonly command: string;
  /** The intent of an earlier key that this command turned out to repeat. */
  readonly repeats?: string;
  readonly status: number;
  readonly clientId?: string;
  readonly serverId?: ServerId;
  readonly instanceId?: string;
  /** Class the device named, when it differs from the collection's (MS-ASCMD_R942). */
  readonly className?: string;
  /** The UID given to a new event (MS-ASCAL_R2223). */
  readonly uid?: string;
  /** The files that the command added, and their references from now on (MS-ASAIRS_R1082). */
  readonly added?: readonly Added[];
  /** The conversation that a draft belongs to, in base64 (MS-ASEMAIL_R1184, R1190). */
  readonly conversation?: { readonly id: string; readonly index: string };
}

/** A folder as the device knows it. */
export interface Folder {
  readonly id: FolderId;
  /** The folder it lies in; "0" at the top. */
  readonly parent: FolderId | "0";
  readonly name: string;
  /** MS-ASCMD 2.2.3.186.3. */
  readonly type: number;
  readonly className: ClassName;
  /** Undefined: a mail folder that exists so that phones are content, empty and read-only. */
  readonly href?: string;
  /** Of a merged folder: those of the collection that new items go to. */
  readonly rights?: Rights;
  /** The collections that a merged folder consists of (merged.ts). */
  readonly members?: readonly { readonly href: string; readonly rights: Rights }[];
}

export type Rights = { readonly create: boolean; readonly update: boolean; readonly remove: boolean };

export interface Hierarchy {
  readonly count: number;
  readonly key: SyncKey;
  readonly previous?: SyncKey;
  /** What the device has confirmed. */
  readonly folders: readonly Folder[];
  /** What it has once it confirms `key`. */
  readonly pending?: readonly Folder[];
  /** The change by the device that `key` was given out for: its fingerprint, and the folder that was made. */
  readonly done?: { readonly fingerprint: string; readonly id?: FolderId };
  /** A change by the device that was about to happen, and under which key. */
  readonly begun?: { readonly fingerprint: string; readonly key: SyncKey };
}

/** Where an item was moved to, and its id there; of a message that was about to be moved, what it looks like. */
export interface Moved {
  readonly to: FolderId;
  readonly id?: ServerId;
  readonly looks?: { readonly messageId: string; readonly size: number; readonly received: string };
}

/** The default folder of each class, chosen once (in the user's own scope). */
export type Defaults = Partial<Record<ClassName, string>>;

/** What a folder is called, as long as its collection has that name. */
export interface FolderName {
  readonly of: string;
  readonly is: string;
}

export type FolderNames = Readonly<Record<FolderId, FolderName>>;

/** What is known of mailboxes whose server does not say what stays of them. */
export interface KeptMailboxes {
  /** By path: the path that each was known by first, and its UIDVALIDITY where that is told. */
  readonly boxes: Readonly<Record<string, { readonly origin: string; readonly validity?: number }>>;
  /** What was about to be renamed: its path, its name and the mailbox it was to lie in. */
  readonly renaming?: { readonly from: string; readonly name: string; readonly parent?: string };
}

/** When it was tried (seconds since 1970), and whether it succeeded. */
export interface Provided {
  readonly at: number;
  readonly made?: true;
}

export interface PingRecord {
  /** Seconds; the last one the device asked for. */
  readonly heartbeat?: number;
  readonly folders?: readonly { readonly id: FolderId; readonly className: string }[];
}

/** What is known of a device, and how long its connections live. */
export interface DeviceRecord {
  readonly type: string;
  readonly userAgent: string;
  /** Seconds since 1970. */
  readonly firstSeen: number;
  readonly information?: Readonly<Record<string, string>>;
  /** The versions of its last OPTIONS; when ours change it is told to start over (MS-ASHTTP_R226). */
  readonly advertised?: string;
  /** Seconds a wait may last, learned from waits that were cut; undefined while none was. */
  readonly longestWait?: number;
  /** Seconds the last wait lasted before it was cut, while the next one has not come yet. */
  readonly cutOnce?: number;
}

/** Which policy a key stands for. */
export interface PolicyStand {
  /** Name of the set. */
  readonly name: string;
  /** protocol/policy-document.ts. */
  readonly fingerprint: string;
  /** How often the device had been told to provision anew. */
  readonly epoch: number;
  /** Settings that the device was told of. */
  readonly settings: readonly string[];
}

/** The temporary key, good for one acknowledgement (MS-ASPROV_R650). */
export interface PolicyOffer extends PolicyStand {
  readonly key: string;
  /** Seconds since 1970. */
  readonly at: number;
}

/** What a device said to a policy, and the final key it got (MS-ASPROV_R662). */
export interface PolicyGrant extends PolicyStand {
  /** Undefined: what it said did not do. */
  readonly key?: string;
  /** The temporary key it was given for. */
  readonly of: string;
  /** The key before it: requests with that one may be on their way. */
  readonly previous?: string;
  /** 1 taken, 2 in part, 3 not at all, 4 managed by others (MS-ASPROV_R386 to R389). */
  readonly result: 1 | 2 | 3 | 4;
  /** Seconds since 1970. */
  readonly at: number;
  /** The device has sent the key with a command. */
  readonly used?: true;
  /** How often, and since when, it took the same policy once more. */
  readonly again?: { readonly times: number; readonly since: number };
}

/** The policy keys of a device (devices/provisioning.ts). */
export interface PolicyRecord {
  readonly offered?: PolicyOffer;
  readonly granted?: PolicyGrant;
  /** How often it was told to provision, and did not begin. */
  readonly demanded?: number;
}
