/**
 * A story is data: what two phones, another client and the weather do, step by step, with every random choice already
 * made. So it can be written to a file, told again, and told without some of its steps. A step that makes no sense
 * where it stands (its item is not there) does nothing.
 */
import type { Version } from "../../src/schema/versions.ts";
import type { FaultPoint } from "../../src/sync/faults.ts";

export type Who = 0 | 1;
export type ClassName = "Contacts" | "Calendar";

/**
 * An item's name, which stands in it and never changes: its last name, or the first word of its title. The first
 * letter says what it is: c contact, e event, d all-day event, s series, p past event.
 */
export type Name = string;

export interface Traits {
  readonly version: Version;
  /** The Supported list of its contacts: none (nothing is ghosted), an empty one (everything is), or some names. */
  readonly supported: "none" | "empty" | "some";
  readonly conflict: "client" | "server";
  /** The FilterType of its calendar: 0 all, 4 two weeks, 5 a month. */
  readonly filter: 0 | 4 | 5;
}

/** What a field becomes; "" clears it. */
export type Fields = Readonly<Record<string, string>>;

/** What another client does by DAV. */
export type DavStep =
  | { readonly kind: "dav-add"; readonly item: Name; readonly fields: Fields }
  | { readonly kind: "dav-change"; readonly item: Name; readonly fields: Fields }
  /** Lines that no phone can express; told anew, they replace those before. */
  | { readonly kind: "dav-line"; readonly item: Name; readonly line: KeptLine; readonly value: string }
  | { readonly kind: "dav-remove"; readonly item: Name }
  /** Removed and made again at the same href with the same UID. */
  | { readonly kind: "dav-recreate"; readonly item: Name; readonly fields: Fields }
  /** Moved to another href. */
  | { readonly kind: "dav-move"; readonly item: Name }
  /** One occurrence of a series, by its number. */
  | {
      readonly kind: "dav-occurrence";
      readonly item: Name;
      readonly slot: number;
      readonly what: "remove" | "title" | "restore";
      readonly value: string;
    }
  | { readonly kind: "dav-shift"; readonly item: Name; readonly hours: number };

export type KeptLine = "custom" | "folded" | "grouped" | "logo" | "alarm" | "attachment";

/** What a phone does. */
export type PhoneStep = (
  | { readonly kind: "add"; readonly who: Who; readonly item: Name; readonly fields: Fields }
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
  | { readonly kind: "sync"; readonly who: Who; readonly of: ClassName; readonly filter?: 0 | 4 | 5 }
  /** Its last request again, octet for octet. */
  | { readonly kind: "repeat"; readonly who: Who }
  /** Forgets the collection and begins at key 0; what it has yet to send it sends under new names, or old ones. */
  | { readonly kind: "restart"; readonly who: Who; readonly of: ClassName; readonly renames: boolean }
  | { readonly kind: "folders"; readonly who: Who; readonly anew: boolean }
  | { readonly kind: "estimate"; readonly who: Who; readonly of: ClassName }
  /** Waits until something is new, or the phone does something else. */
  | { readonly kind: "ping"; readonly who: Who }
) & {
  /** Items of an answer. */
  readonly window?: number;
  /** The edit is kept and sent with the next one. */
  readonly later?: true;
  readonly trouble?: Trouble;
};

/** What happens to the machines. */
export type WorldStep =
  | { readonly kind: "route"; readonly who: Who; readonly node: number }
  | { readonly kind: "kill"; readonly node: number }
  | { readonly kind: "thaw" }
  | { readonly kind: "clock"; readonly seconds: number }
  /** Messages between nodes are lost from now on, or not. */
  | { readonly kind: "bus"; readonly deaf: boolean }
  /** Everything comes to rest, and everybody must agree. */
  | { readonly kind: "rest"; readonly wake?: true };

/** Two at once: both phones, or a phone and the other client. */
export type Both = { readonly kind: "both"; readonly steps: readonly [PhoneStep, PhoneStep | DavStep] };

export type Step = DavStep | PhoneStep | WorldStep | Both;

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
export type BackendCall = "changes" | "read" | "create" | "update" | "remove";

export interface BackendTrouble {
  readonly at: BackendCall;
  /** The how many-th such call of this request, from 1. */
  readonly nth: number;
  /**
   * `busy`: 503. `cut`: the connection breaks before anything is done, `lost`: after it is. `slow`: takes a while. A
   * step: the other client comes first.
   */
  readonly what: "busy" | "cut" | "lost" | "slow" | DavStep;
}

export interface Story {
  readonly seed: number;
  readonly phones: readonly [Traits, Traits];
  readonly steps: readonly Step[];
}

export function classOf(name: Name): ClassName {
  return name.startsWith("c") ? "Contacts" : "Calendar";
}

export function isDavStep(step: Step): step is DavStep {
  return step.kind.startsWith("dav-");
}
