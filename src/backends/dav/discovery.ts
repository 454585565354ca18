/**
 * From an address to an account: its principal (RFC 5397), home sets (RFC 4791 §6.2.1, RFC 6352 §7.1.1) and
 * addresses (RFC 6638 §2.4.1). Paths are never built from the login name: one may log in as
 * `ALICE` or by e-mail address and be `alice`.
 */
import { BackendError } from "../../errors.ts";
import { asCollection, pathOf } from "./href.ts";
import {
  CALDAV,
  CALENDARSERVER,
  CARDDAV,
  DAV,
  hasChild,
  hrefs,
  type Node,
  property,
  type Response,
} from "./multistatus.ts";
import { findService } from "./tsdav.ts";
import { fetchOne, isBroken, type Wire } from "./wire.ts";
import type { PropertyName } from "./xml.ts";

/** What the principal says. All paths are canonical. */
export interface Principal {
  readonly path: string;
  readonly displayName: string | undefined;
  readonly addresses: readonly string[];
  readonly calendarHomes: readonly string[];
  readonly addressBookHomes: readonly string[];
}

/** Which of the two services is looked for. */
export type Service = "caldav" | "carddav";

/**
 * The principal of the login, by one request when this login was seen before, else by two to four. Throws `auth` when
 * the login is refused, `unreachable` when no principal is found at the address.
 */
export async function findPrincipal(
  wire: Wire,
  login: string,
  service: Service,
  { signal, onTaken }: { readonly signal?: AbortSignal | undefined; readonly onTaken?: (() => void) | undefined } = {},
): Promise<Principal> {
  const known = wire.facts.principals.get(login);
  if (known !== undefined) {
    const principal = await readPrincipal(wire, known, signal).catch(unlessGone);
    if (principal) return principal;
    wire.facts.principals.delete(login);
  }
  const path = await principalPath(wire, service, signal);
  onTaken?.();
  const principal = await readPrincipal(wire, path, signal);
  if (principal === undefined) {
    throw new BackendError("unreachable", `${path} is named as the principal, and does not say who it is`);
  }
  wire.facts.principals.set(login, path);
  return principal;
}

const principalProperties: readonly PropertyName[] = [
  "D:current-user-principal",
  "D:displayname",
  "C:calendar-home-set",
  "CARD:addressbook-home-set",
  "C:calendar-user-address-set",
  "CS:email-address-set",
];

/** Where `current-user-principal` leads, asked at the configured address, then at the well-known one. */
async function principalPath(wire: Wire, service: Service, signal: AbortSignal | undefined): Promise<string> {
  const configured = pathOf(wire.base.pathname);
  let reason: unknown;
  const first = await askPrincipal(wire, configured, signal).catch((error: unknown) => {
    if (!mayBeElsewhere(error)) throw error;
    reason = error;
  });
  if (first !== undefined) return first;
  const found = await findService(wire.http, wire.access, wire.base, service, signal);
  const path = found && pathOf(found.pathname);
  const second = path === undefined || path === configured ? undefined : await askPrincipal(wire, path, signal);
  if (second !== undefined) return second;
  const why = reason instanceof Error ? ` (${reason.message})` : "";
  throw new BackendError(
    "unreachable",
    `no ${service} account at ${wire.base.origin}${wire.base.pathname}${why} or by /.well-known/${service}`,
    { cause: reason },
  );
}

async function askPrincipal(wire: Wire, path: string, signal: AbortSignal | undefined): Promise<string | undefined> {
  return namedPrincipal(await fetchOne(wire, path, ["D:current-user-principal"], signal));
}

/** Throws `auth` where the server took the request for nobody's (Cyrus answers 207 on `/` without a login). */
function namedPrincipal(response: Response): string | undefined {
  const node = property(response, DAV, "current-user-principal");
  if (hasChild(node, DAV, "unauthenticated")) throw new BackendError("auth", "the login was not taken");
  return hrefs(node)[0];
}

/** Undefined when the path is not (or no longer) the principal of this login. */
async function readPrincipal(
  wire: Wire,
  path: string,
  signal: AbortSignal | undefined,
): Promise<Principal | undefined> {
  const response = await fetchOne(wire, path, principalProperties, signal);
  const named = namedPrincipal(response);
  if (named === undefined) {
    // Whoever may read it, it does not follow that the password was looked at.
    throw new BackendError("unreachable", `PROPFIND ${path}: the server does not say who is logged in`);
  }
  if (asCollection(named) !== asCollection(path)) return undefined;
  return {
    path: asCollection(path),
    displayName: property(response, DAV, "displayname")?.text.trim() || undefined,
    addresses: readAddresses(response),
    calendarHomes: hrefs(property(response, CALDAV, "calendar-home-set")).map(asCollection),
    addressBookHomes: hrefs(property(response, CARDDAV, "addressbook-home-set")).map(asCollection),
  };
}

/** E-mail addresses, those marked as preferred (Apple's attribute, sent by sabre too) first. */
function readAddresses(response: Response): readonly string[] {
  const named = property(response, CALDAV, "calendar-user-address-set")?.children ?? [];
  const mails = named
    .filter((node) => node.local === "href" && /^\s*mailto:/i.test(node.text))
    .toSorted((a, b) => preference(b) - preference(a))
    .map((node) => decodeMail(node.text.trim().slice("mailto:".length)));
  const others = (property(response, CALENDARSERVER, "email-address-set")?.children ?? []).map((node) =>
    node.text.trim(),
  );
  return [
    ...new Set([...mails, ...others].map((address) => address.toLowerCase()).filter((address) => address !== "")),
  ];
}

function preference(node: Node): number {
  return Number(node.attributes.preferred ?? 0) || 0;
}

function decodeMail(address: string): string {
  try {
    return decodeURIComponent(address);
  } catch {
    return address;
  }
}

function unlessGone(error: unknown): undefined {
  if (error instanceof BackendError && (error.kind === "gone" || error.kind === "refused")) return undefined;
  throw error;
}

/** An address that serves something else, or nothing, may still have the well-known one beside it. */
function mayBeElsewhere(error: unknown): boolean {
  if (!(error instanceof BackendError) || isBroken(error)) return false;
  return error.kind !== "auth" && error.kind !== "busy";
}
