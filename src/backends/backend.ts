/**
 * What the sync engine asks of a backend that stores items as text: calendars, task lists, journals, address books.
 * A backend is a leaf: it knows its own protocol and nothing of EAS. Every method throws `BackendError` and nothing
 * else on purpose, and stops early (rejecting with the signal's reason) when its `signal` is aborted.
 */
import type { Credentials, Secret } from "../log.ts";
import type { MailAccount } from "./mail.ts";
import type { Sending } from "./submission.ts";

/** What a collection can hold. */
export type Component = "VEVENT" | "VTODO" | "VJOURNAL" | "VCARD";

/** A collection as discovery found it. `undefined` in an optional field means the server did not say. */
export interface Collection {
  /** Path on the server, percent-decoded, with a trailing slash: the collection's identity. */
  readonly href: string;
  readonly name: string;
  /** What it may hold; a calendar without a component set holds all three calendar components. */
  readonly components: readonly Component[];
  /** From the privileges, never from a status code (a read-only share answers 404 to a PUT). */
  readonly rights: { readonly create: boolean; readonly update: boolean; readonly remove: boolean };
  /** The server says that new events belong here (schedule-default-calendar-URL, RFC 6638 §9.2). */
  readonly isDefault: boolean;
  /** Another user's collection, shared with this one. */
  readonly shared: boolean;
  /** Whose it is, where it is another's: that user's name on the server. */
  readonly owner?: string;
  /**
   * People the user was in touch with lately, as the server notes them: cards, and no address book. Such a collection
   * has no `components`: nothing can be kept in it.
   */
  readonly recipients?: true;
  /** Whether the collection itself may be renamed, and deleted: by privileges, and never another's. */
  readonly mayRename: boolean;
  readonly mayRemove: boolean;
}

/** A collection that is to be made. */
export interface NewCollection {
  /** What it is to hold. Servers exist that let it hold the other components of a calendar too. */
  readonly component: Component;
  /** Its path segment: a derived name that no other collection has, or had (a deleted one may keep it for weeks). */
  readonly name: string;
  readonly displayName: string;
}

/** The stored text of an item. `href` is percent-decoded; `rev` is an opaque revision (ETag), compared for equality. */
export interface Item {
  readonly href: string;
  readonly rev: string;
  readonly text: string;
}

/** A member of a collection as a listing names it. */
export interface Entry {
  readonly href: string;
  readonly rev: string;
}

/** An item as it was stored. */
export interface Written extends Entry {
  /**
   * False when the server did not vouch for the text (no ETag in its answer: it repaired it, or scheduling changed
   * it): the stored text has to be read before it is relied on. True is the server's claim only (Xandikos re-writes
   * and claims it): what was sent must never be cached as what is stored.
   */
  readonly verbatim: boolean;
}

/** What became of a collection since a cursor. */
export interface Changes {
  /** True: `entries` is the whole collection, and what is not in it is gone. False: only what changed. */
  readonly full: boolean;
  readonly entries: readonly Entry[];
  /** Hrefs that are gone, each confirmed (servers report a 404 for what exists). Empty when `full`. */
  readonly gone: readonly string[];
  /** Where the next call continues. Opaque to the caller, made of the server's token and what else is needed. */
  readonly cursor: string;
}

/** What of a collection a full listing is to tell. */
export type Only = Component | Date;

export interface Account {
  /** The canonical account: stable however the login was typed (the DAV principal's path, percent-decoded). */
  readonly user: string;
  /** The user's own e-mail addresses, the preferred one first, lower case, without `mailto:`. */
  readonly addresses: readonly string[];
  readonly displayName: string | undefined;
  /** The account at the mail server; undefined where none is configured. */
  readonly mail?: MailAccount | undefined;
  /** How its mail is sent; undefined where no server is configured for that. */
  readonly sending?: Sending | undefined;
  /** Passwords that its user enters for servers that do not take the phone's. */
  readonly passwords?: OwnPasswords | undefined;

  /** All collections the account sees, in the server's order. Never an empty list because of an error. */
  collections(signal?: AbortSignal): Promise<readonly Collection[]>;

  /**
   * What changed in a collection since `cursor`; everything when it is undefined. A cursor the server refuses or
   * that went backwards leads to one full listing here, never to "all gone". One request when nothing changed. With
   * `only`, a full listing may leave out the items that hold none of that component, or messages of before that day.
   */
  changes(collection: string, cursor: string | undefined, signal?: AbortSignal, only?: Only): Promise<Changes>;

  /**
   * Reads items, in the order asked, yielding each as soon as it is parsed. An href that does not exist is left out.
   * Batches are chosen inside; the caller may stop early.
   */
  read(collection: string, hrefs: readonly string[], signal?: AbortSignal): AsyncIterable<Item>;

  /**
   * The very text that the server stores, of an item that `read` gave. Servers exist that convert vCards by request,
   * and a converted copy must not be written back. The same item, at no cost, where the server is known to give what
   * it stores. `refused` when the stored text cannot be had.
   */
  stored(item: Item, signal?: AbortSignal): Promise<Item>;

  /**
   * Stores a new item under `name` (a file name without slash) and never overwrites: `conflict` when the name or the
   * UID is taken (`precondition` `no-uid-conflict` in the latter case, as far as the server can tell them apart).
   */
  create(collection: string, name: string, text: string, signal?: AbortSignal): Promise<Written>;

  /** Replaces an item whose revision is still `rev`; `conflict` when it is not, `gone` when it is no more. */
  update(href: string, rev: string, text: string, signal?: AbortSignal): Promise<Written>;

  /** Deletes an item; with `rev` only if it is still that revision (`conflict`). `gone` when it is no more. */
  remove(href: string, rev: string | undefined, signal?: AbortSignal): Promise<void>;

  /**
   * Moves an item into another collection of the same kind, under a `name` that only this move uses (a derived one).
   * Never overwrites: `conflict` when another item has the name, or the UID (`precondition` `no-uid-conflict`). May be
   * repeated after any failure: an item that is not where it was, while `name` is there, was moved. `gone` when
   * neither is there; `refused` when it may not be moved, or not there. At no moment is the item nowhere; where a server
   * has no MOVE it is in both places for a moment, and for longer when the answer is lost and nobody repeats the call.
   */
  move(href: string, collection: string, name: string, signal?: AbortSignal): Promise<Written>;

  /** The item of a collection that has this UID, if any. */
  findByUid(collection: string, uid: string, signal?: AbortSignal): Promise<Item | undefined>;

  /** What the account may make collections for, by its privileges; everything where the server does not say. */
  creatable(signal?: AbortSignal): Promise<readonly Component[]>;

  /**
   * Makes a collection in the account's own home. May be repeated after any failure: a collection of its own that is
   * there under that name was made before, and is given as it is. `conflict` when something else has the name, or has
   * left it only lately; `refused` when the account may not make one (`precondition` `need-privileges`), or the server
   * will not have it.
   */
  createCollection(made: NewCollection, signal?: AbortSignal): Promise<Collection>;

  /** Gives a collection another display name. `gone` when it is no more; `refused` when that may not be done. */
  renameCollection(collection: string, displayName: string, signal?: AbortSignal): Promise<void>;

  /**
   * Deletes a collection with all that is in it; into the server's trash bin where it has one. Only the account's own:
   * a share or a subscription would be left by it (`refused`). `gone` when it is no more.
   */
  removeCollection(collection: string, signal?: AbortSignal): Promise<void>;

  /**
   * The cheapest question that tells whether any of these collections changed, by what was measured on this server:
   * a value per collection that moves when it does. A value equal to the collection's cursor means that nothing
   * changed since; any other is a hint only: ask `changes` before believing it.
   * Also returns how long the probe took, in milliseconds, so that the caller can pace itself.
   */
  probe(
    collections: readonly string[],
    cursors: ReadonlyMap<string, string>,
    signal?: AbortSignal,
  ): Promise<ProbeResult>;
}

export interface ProbeResult {
  /** By collection href. A collection that is gone is left out. */
  readonly tags: ReadonlyMap<string, string>;
  readonly milliseconds: number;
  /** Requests the probe cost. */
  readonly requests: number;
}

/** A server of the account that has a password of its own. */
export type OwnServer = "dav" | "imap" | "smtp";

/** The passwords of one account whose login was checked just now. */
export interface OwnPasswords {
  /** Those that want one. */
  readonly servers: readonly OwnServer[];
  isEntered(server: OwnServer): Promise<boolean>;
  /** Tries it at the server, and keeps it. @throws BackendError `auth` when the server refuses it. */
  enter(server: OwnServer, password: Secret): Promise<void>;
  forget(server: OwnServer): Promise<void>;
}

/** One configured server. Holds the connections; an `Account` holds none of its own. */
export interface Backend {
  /**
   * Checks the credentials at the server and discovers the account. `auth` when they are refused; `busy` or
   * `unreachable` when it could not be told. The account is usable until `close`; each request carries the credentials.
   */
  login(
    credentials: Credentials,
    options?: {
      readonly client?: string;
      readonly signal?: AbortSignal;
      /** Called, where that is known before the account is found, once the server has taken the credentials. */
      readonly onTaken?: () => void;
    },
  ): Promise<Account>;
  /** Ends idle connections and refuses new work. */
  close(): Promise<void>;
}
