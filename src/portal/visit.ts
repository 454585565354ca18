/** One request to the portal, as its pages see it, and what a page answers. */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { ComponentChildren } from "preact";
import type { Account, OwnPasswords } from "../backends/backend.ts";
import type { Actor } from "../devices/audit.ts";
import type { Credentials } from "../log.ts";
import { formToken } from "./form-tokens.ts";
import type { Session } from "./sessions.ts";

export interface Visit {
  readonly request: IncomingMessage;
  readonly url: URL;
  readonly secure: boolean;
  /** The browser's address. */
  readonly client: string | undefined;
  readonly session: Session | undefined;
  /** Keys the tokens of this page's forms. */
  readonly formKey: Uint8Array;
  /** Empty but for a form that was sent. */
  readonly form: URLSearchParams;
  /** Milliseconds since 1970. */
  readonly now: number;
  /** Of the gateway; a script of the page tells times in the browser's own. */
  readonly zone: string;
}

/** A user's; the account is theirs, and cannot be had while `trouble` says why. */
export interface UserVisit extends Visit {
  readonly session: Session;
  readonly user: string;
  readonly login: Credentials;
  readonly account: Account | undefined;
  readonly trouble: string | undefined;
  readonly passwords: OwnPasswords | undefined;
}

export interface AdminVisit extends Visit {
  readonly session: Session;
}

/** Where the parts of a path stand that its pattern has names for, decoded. */
export type Parameters = Readonly<Record<string, string>>;

export interface Page {
  readonly title: string;
  readonly content: ComponentChildren;
  readonly status?: number;
  /** The entry of the menu that this page belongs to. */
  readonly at?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Another page is to be fetched. `cookies` are whole Set-Cookie headers. */
export interface Redirect {
  readonly to: string;
  readonly cookies?: readonly string[];
}

export interface Download {
  readonly file: string;
  readonly type: string;
  readonly body: Buffer;
}

/** It writes what it has by itself, until the browser is gone. */
export interface Stream {
  readonly stream: (response: ServerResponse) => Promise<void>;
}

export type Answer = Page | Redirect | Download | Stream;

/** A form's token. */
export function tokenFor(visit: Visit, path: string): string {
  return formToken(visit.formKey, path, visit.now);
}

export function actorOf(visit: UserVisit | AdminVisit): Actor {
  const { role, name } = visit.session;
  return {
    role: role === "admin" ? "administrator" : "user",
    name,
    ...(visit.client === undefined ? {} : { address: visit.client }),
  };
}
