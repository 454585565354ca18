/**
 * A story is data: what two phones, another client and the weather do, step by step, with every random choice already
 * made. So it can be written to a file, told again, and told without some of its steps. A step that makes no sense
 * where it stands (its item is not there) does nothing.
 */
import type { Component } from "../../src/backends/backend.ts";
import type { Version } from "../../src/schema/versions.ts";
import type { FaultPoint } from "../../src/sync/faults.ts";

export type Who = 0 | 1;
export const classNames = ["Contacts", "Calendar", "Tasks", "Notes"] as const;
export type DavClass = (typeof classNames)[number];
/** Messages are there in some stories only. */
export type ClassName = DavClass | "Email";

/** What a collection has to hold to be a folder of the class. */
export const componentOf: Readonly<Record<DavClass, Component>> = {
  Contacts: "VCARD",
  Calendar: "VEVENT",
  Tasks: "VTODO",
  Notes: "VJOURNAL",
};

/**
 * An item's name, which stands in it and never changes: its last name, or the first word of its title. The first
 * letter says what it is: c contact, e event, d all-day event, s series, p past event, t task, r task that repeats,
 * n note, m message, z the notice that nobody knows whether the message of that name was sent.
 */
export type Name = string;

/**
 * A collection: the last segment of its path, and the first word of its display name in lower case. A mailbox: the first
 * word of its name, or what phones look it up for.
 */
export type Place = string;

export interface PlaceTraits {
  readonly place: Place;
  /** None: a mailbox. */
  readonly components: readonly Component[];
  /** The other client may write there, and no phone. */
  readonly isReadOnly?: true;
}

/** The display name of a place. */
export function nameOf(place: Place): string {
  return `${place.slice(0, 1).toUpperCase()}${place.slice(1)}`;
}

/** Whose habits a phone has: `outlook` has one folder of contacts, `samsung` one of each class. */
export type Make = "standard" | "outlook" | "samsung";

export interface Traits {
  readonly version: Version;
  readonly make: Make;
  /** The Supported list of its contacts: none (nothing is ghosted), an empty one (everything is), or some names. */
  readonly supported: "none" | "empty" | "some";
  readonly conflict: "client" | "server";
  /** The FilterType of its calendar: 0 all, 4 two weeks, 5 a month. */
  readonly filter: 0 | 4 | 5;
  /** The FilterType of its tasks: 0 all, 8 those that are not done. */
  readonly tasks: 0 | 8;
  /** The FilterType of its mail: 0 all, 2 three days, 3 a week, 5 a month. */
  readonly mail: MailFilter;
  /** What it deletes goes to the trash, or for good. */
  readonly deletes: "as moves" | "for good";
}

export type MailFilter = 0 | 2 | 3 | 5;

/** What a field becomes; "" clears it. */
export type Fields = Readonly<Record<string, string>>;

/** What another client does by DAV. */
export type DavStep =
  | { readonly kind: "dav-add"; readonly item: Name; readonly fields: Fields; readonly place: Place }
  | { readonly kind: "dav-change"; readonly item: Name; readonly fields: Fields }
  /** Lines that no phone can express; told anew, they replace those before. */
  | { readonly kind: "dav-line"; readonly item: Name; readonly line: KeptLine; readonly value: string }
  | { readonly kind: "dav-remove"; readonly item: Name }
  /** Removed and made again at the same href with the same UID. */
  | { readonly kind: "dav-recreate"; readonly item: Name; readonly fields: Fields }
  /** Moved to another href. */
  | { readonly kind: "dav-move"; readonly item: Name }
  /** Moved to another collection. */
  | { readonly kind: "dav-refile"; readonly item: Name; readonly to: Place }
  /** One occurrence of a series, by its number. */
  | {
      readonly kind: "dav-occurrence";
      readonly item: Name;
      readonly slot: number;
      readonly what: "remove" | "title" | "restore";
      readonly value: string;
    }
  | { readonly kind: "dav-shift"; readonly item: Name; readonly hours: number };

/** What the other client does with collections as such. */
export type PlaceStep =
  | { readonly kind: "place-make"; readonly place: Place; readonly component: Component }
  /** What follows the first word of its name from now on. */
  | { readonly kind: "place-rename"; readonly place: Place; readonly more: string }
  /** With all that is in it. */
  | { readonly kind: "place-drop"; readonly place: Place }
  /** Of all that is in it. */
  | { readonly kind: "place-empty"; readonly place: Place }
  /** Many new contacts in it at once. */
  | { readonly kind: "place-fill"; readonly place: Place; readonly items: readonly Name[] };

export type Composing = "send" | "reply" | "forward";

export type KeptLine = "custom" | "folded" | "grouped" | "logo" | "alarm" | "attachment" | "related";

/** What a phone does. */
export type PhoneStep = (
  | { readonly kind: "add"; readonly who: Who; readonly item: Name; readonly fields: Fields; readonly place: Place }
  | {
      readonly kind: "change";
      readonly who: Who;
      readonly item: Name;
      readonly fields: Fields;
      /** All of its copy, or only what is new where the version and the Supported list allow it. */
      readonly form: "whole" | "part";
    }
  | { readonly kind: "remove"; readonly who: Who; readonly item: Name }
  | {
      readonly kind: "occurrence";
      readonly who: Who;
      readonly item: Name;
      readonly slot: number;
      readonly what: "remove" | "title" | "move";
      readonly value: string;
    }
  /** The whole series, or a single event, so many hours later. */
  | { readonly kind: "shift"; readonly who: Who; readonly item: Name; readonly hours: number }
  /** One folder of the class, or all of them in one request. */
  | {
      readonly kind: "sync";
      readonly who: Who;
      readonly of: ClassName;
      readonly place?: Place;
      readonly filter?: 0 | 4 | 5;
      readonly mailFilter?: MailFilter;
    }
  /** To another folder of its class, and with it another item in the same request. */
  | { readonly kind: "move"; readonly who: Who; readonly item: Name; readonly to: Place; readonly also?: Name }
  /** Its last request again, octet for octet. */
  | { readonly kind: "repeat"; readonly who: Who }
  /** Forgets the collection and begins at key 0; what it has yet to send it sends under new names, or old ones. */
  | {
      readonly kind: "restart";
      readonly who: Who;
      readonly of: ClassName;
      readonly place: Place;
      readonly renames: boolean;
    }
  | { readonly kind: "folders"; readonly who: Who; readonly anew: boolean }
  /** Makes a folder, gives one another name behind its first word, deletes one. */
  | {
      readonly kind: "folder";
      readonly who: Who;
      readonly what: "create" | "rename" | "delete";
      readonly of: ClassName;
      readonly place: Place;
      /** What follows the first word of its name. */
      readonly more: string;
    }
  /** Deletes all that it has in the folder, in one Sync. */
  | { readonly kind: "empty"; readonly who: Who; readonly of: ClassName; readonly place: Place }
  | { readonly kind: "estimate"; readonly who: Who; readonly of: ClassName; readonly place: Place }
  /** Sends a message of its own, or one that answers or forwards another. */
  | {
      readonly kind: "send";
      readonly who: Who;
      readonly item: Name;
      readonly how: Composing;
      /** What it answers or forwards. */
      readonly of?: Name;
      /** To be kept in Sent. */
      readonly saved: boolean;
      /** It says a Message-ID. */
      readonly isNamed: boolean;
    }
  /** Reads a message whole, by itself. */
  | { readonly kind: "fetch"; readonly who: Who; readonly item: Name }
  /** Waits until something is new, or the phone does something else. */
  | { readonly kind: "ping"; readonly who: Who }
) & {
  /** Items of an answer. */
  readonly window?: number;
  /** The edit is kept and sent with the next one. */
  readonly later?: true;
  readonly trouble?: Trouble;
};

/** What another mail client does. */
export type MailStep =
  /** Comes, so many hours ago. */
  | {
      readonly kind: "mail-come";
      readonly item: Name;
      readonly place: Place;
      readonly fields: Fields;
      readonly hours: number;
    }
  | { readonly kind: "mail-flag"; readonly item: Name; readonly fields: Fields }
  | { readonly kind: "mail-move"; readonly item: Name; readonly to: Place }
  /** Flagged \Deleted, and taken back. */
  | { readonly kind: "mail-delete"; readonly item: Name }
  | { readonly kind: "mail-undelete"; readonly item: Name }
  /** At once. */
  | { readonly kind: "mail-purge"; readonly item: Name }
  /** All that is flagged \Deleted goes. */
  | { readonly kind: "mail-expunge"; readonly place: Place };

/** What another mail client, or the server, does with mailboxes as such. */
export type BoxStep =
  | { readonly kind: "box-make"; readonly place: Place }
  /** What follows the first word of its name from now on. */
  | { readonly kind: "box-rename"; readonly place: Place; readonly more: string }
  | { readonly kind: "box-drop"; readonly place: Place }
  /** Another UIDVALIDITY: all that is in it has other UIDs. */
  | { readonly kind: "box-renew"; readonly place: Place };

/** What happens to the machines, and to phones and collections as such. */
export type WorldStep =
  /** A phone speaks another version from now on: it begins all over, or goes on with the keys it has. */
  | { readonly kind: "upgrade"; readonly who: Who; readonly version: Version; readonly anew: boolean }
  /** Its owner has a phone start over; what it has yet to send it sends under new names, or old ones. */
  | { readonly kind: "resync"; readonly who: Who; readonly renames: boolean }
  | PlaceStep
  | BoxStep
  | { readonly kind: "route"; readonly who: Who; readonly node: number }
  | { readonly kind: "kill"; readonly node: number }
  | { readonly kind: "thaw" }
  | { readonly kind: "clock"; readonly seconds: number }
  /** Messages between nodes are lost from now on, or not. */
  | { readonly kind: "bus"; readonly deaf: boolean }
  /** Everything comes to rest, and everybody must agree. */
  | { readonly kind: "rest"; readonly wake?: true };

/** Two at once: both phones, or a phone and the other client. */
export type Both = { readonly kind: "both"; readonly steps: readonly [PhoneStep, PhoneStep | DavStep | MailStep] };

export type Step = DavStep | MailStep | PhoneStep | WorldStep | Both;

/** What goes wrong with one request of a phone. */
export interface Trouble {
  /** `answer`: thrown away when it comes. A number: the phone hangs up after so many milliseconds. */
  readonly lost?: "answer" | number;
  /** Sent to both nodes at once. */
  readonly twice?: true;
  readonly node?: NodeTrouble;
  readonly backend?: BackendTrouble;
}

/** The node that has the request dies, or stands still until it is thawed, at a fault point or at a call of its own. */
export interface NodeTrouble {
  readonly what: "kill" | "freeze";
  readonly at: { readonly point: FaultPoint; readonly hit: number } | { readonly call: number };
}

/** A request of the gateway to the backend. */
export type BackendCall = DavCall | MailCall;
export type DavCall = "changes" | "read" | "create" | "update" | "remove" | "move";
export type MailCall =
  | "mail-list"
  | "mail-read"
  | "mail-flag"
  | "mail-move"
  | "mail-remove"
  | "mail-append"
  | "mail-find"
  | "submit";

export interface BackendTrouble {
  readonly at: BackendCall;
  /** The how many-th such call of this request, from 1. */
  readonly nth: number;
  /**
   * `busy`: 503. `cut`: the connection breaks before anything is done, `lost`: after it is. `slow`: takes a while. A
   * step: the other client comes first. Of what is sent besides: `refused` by the server, and `doubt`, the connection
   * breaks before it is taken, and that cannot be told from after it.
   */
  readonly what: "busy" | "cut" | "lost" | "slow" | "refused" | "doubt" | DavStep | MailStep;
}

export interface MailTraits {
  /** The server that sends keeps a copy in Sent by itself. */
  readonly savesSent: boolean;
}

export interface Story {
  readonly seed: number;
  /** Whether the gateways have their brakes. */
  readonly brakes: boolean;
  readonly places: readonly PlaceTraits[];
  /** What the mail server is like; undefined: there is none. */
  readonly mail?: MailTraits | undefined;
  readonly phones: readonly [Traits, Traits];
  readonly steps: readonly Step[];
}

const classLetters: ReadonlyMap<string, ClassName> = new Map([
  ["c", "Contacts"],
  ["t", "Tasks"],
  ["r", "Tasks"],
  ["n", "Notes"],
  ["m", "Email"],
  ["z", "Email"],
]);

export function classOf(name: Name): ClassName {
  return classLetters.get(name.slice(0, 1)) ?? "Calendar";
}

export function isPlaceStep(step: Step): step is PlaceStep {
  return step.kind.startsWith("place-");
}

/** Of what is no message. */
export function davClassOf(name: Name): DavClass {
  const found = classOf(name);
  if (found === "Email") throw new Error(`${name} is a message`);
  return found;
}

export function isBoxStep(step: Step): step is BoxStep {
  return step.kind.startsWith("box-");
}

export function isMailStep(step: Step): step is MailStep {
  return step.kind.startsWith("mail-");
}

export function isDavStep(step: Step): step is DavStep {
  return step.kind.startsWith("dav-");
}
