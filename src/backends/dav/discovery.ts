/**
 * From an address to an account: its principal (RFC 5397), home sets (RFC 4791 §6.2.1, RFC 6352 §7.1.1), addresses
 * (RFC 6638 §2.4.1), and the collections in the homes. Paths are never built from the login name: one may log in as
 * `ALICE` or by e-mail address and be `alice`.
 */
import { BackendError } from "../../errors.ts";
import type { Collection, Component } from "../backend.ts";
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
import { failureIn, fetchAll, fetchOne, isBroken, type Wire } from "./wire.ts";
import { type PropertyName, propfind } from "./xml.ts";

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
  signal?: AbortSignal,
): Promise<Principal> {
  const known = wire.facts.principals.get(login);
  if (known !== undefined) {
    const principal = await readPrincipal(wire, known, signal).catch(unlessGone);
    if (principal) return principal;
    wire.facts.principals.delete(login);
  }
  const path = await principalPath(wire, service, signal);
  const principal = await readPrincipal(wire, path, signal);
  if (principal === undefined) {
    throw new BackendError("unreachable", `${path} is named as the principal, and does not say who it is`);
  }
  wire.facts.principals.set(login, path);
  return principal;
}

/** Where to look for collections, and which. */
export interface Looking {
  readonly homes: readonly string[];
  /** One home may hold the collections of both (DAViCal). */
  readonly services: readonly Service[];
}

/** All collections in these homes that hold items a phone can show, in the server's order. */
export async function listCollections(
  wire: Wire,
  principal: Principal,
  { homes, services }: Looking,
  signal?: AbortSignal,
): Promise<readonly Collection[]> {
  const body = propfind(collectionProperties);
  const answers = await Promise.all(
    homes.map(async (path) => {
      const answer = await fetchAll(wire, { method: "PROPFIND", path, depth: "1", body, signal });
      // A home names itself at the least: an answer without a word is trouble, and never "no folders".
      if (answer.responses.length === 0) throw new BackendError("unreachable", `PROPFIND ${path}: the answer is empty`);
      const failed = answer.responses.find((response) => asCollection(response.href) === path && isFailure(response));
      if (failed) throw failureIn(`PROPFIND ${path}`, failed);
      return answer;
    }),
  );
  const defaultCalendar = defaultIn(answers.flatMap((answer) => answer.responses));
  const found = new Map<string, Collection>();
  for (const { responses } of answers) {
    for (const response of responses) {
      const collection = readCollection(response, principal, defaultCalendar);
      if (!collection || found.has(collection.href) || !services.includes(serviceOf(collection))) continue;
      found.set(collection.href, collection);
    }
  }
  for (const { href, components } of found.values()) {
    wire.facts.kinds.set(href, { kind: components.includes("VCARD") ? "addressbook" : "calendar", components });
  }
  return [...found.values()];
}

function serviceOf({ components }: Collection): Service {
  return components.includes("VCARD") ? "carddav" : "caldav";
}

const principalProperties: readonly PropertyName[] = [
  "D:current-user-principal",
  "D:displayname",
  "C:calendar-home-set",
  "CARD:addressbook-home-set",
  "C:calendar-user-address-set",
  "CS:email-address-set",
];

/** Neither ctag nor sync token: Radicale reads the whole collection for each of them, 0.3 s for 5,000 cards. */
const collectionProperties: readonly PropertyName[] = [
  "D:resourcetype",
  "D:displayname",
  "C:supported-calendar-component-set",
  "D:current-user-privilege-set",
  "D:owner",
  "C:schedule-default-calendar-URL",
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

/** The inbox names the default calendar (RFC 6638 §9.2). */
function defaultIn(responses: readonly Response[]): string | undefined {
  for (const response of responses) {
    const [href] = hrefs(property(response, CALDAV, "schedule-default-calendar-URL"));
    if (href !== undefined) return asCollection(href);
  }
  return undefined;
}

/** Collections other programs make for themselves, and the server's list of all users. */
const generated = /^z-(app|server)-generated/;

function readCollection(
  response: Response,
  principal: Principal,
  defaultCalendar: string | undefined,
): Collection | undefined {
  if (isFailure(response)) return undefined;
  const type = property(response, DAV, "resourcetype");
  const components = readComponents(type, property(response, CALDAV, "supported-calendar-component-set"));
  if (components.length === 0) return undefined;
  const href = asCollection(response.href);
  const last = href.split("/").at(-2) ?? "";
  if (generated.test(last)) return undefined;
  const owner = hrefs(property(response, DAV, "owner"))[0];
  const shared = owner !== undefined && asCollection(owner) !== principal.path;
  // Whoever may write may read that he may (RFC 3744 §5.4): who is not told has no rights there (DAViCal's bindings).
  const isHidden = shared && response.forbidden.includes("current-user-privilege-set");
  return {
    href,
    name: property(response, DAV, "displayname")?.text.trim() || last,
    components,
    rights: isHidden ? noRights : readRights(property(response, DAV, "current-user-privilege-set")),
    isDefault: href === defaultCalendar,
    shared,
  };
}

const noRights: Collection["rights"] = { create: false, update: false, remove: false };

const calendarComponents: readonly Component[] = ["VEVENT", "VTODO", "VJOURNAL"];

function readComponents(type: Node | undefined, set: Node | undefined): readonly Component[] {
  if (hasChild(type, CARDDAV, "addressbook")) return ["VCARD"];
  const marks = new Set(type?.children.map((child) => child.local));
  if (!hasChild(type, CALDAV, "calendar") || marks.has("deleted-calendar") || marks.has("trash-bin")) return [];
  if (set === undefined || set.children.length === 0) return calendarComponents;
  const named = new Set(set.children.map((child) => child.attributes.name?.toUpperCase()));
  return calendarComponents.filter((component) => named.has(component));
}

/** RFC 3744 §3: `all` and `write` contain the others. A server that does not say leaves it to the attempt. */
function readRights(set: Node | undefined): Collection["rights"] {
  const names = new Set(set?.children.flatMap((privilege) => privilege.children.map((child) => child.local)));
  const all = set === undefined || names.has("all") || names.has("write");
  return {
    create: all || names.has("bind"),
    update: all || names.has("write-content"),
    remove: all || names.has("unbind"),
  };
}

function isFailure(response: Response): boolean {
  return response.status !== undefined && response.status >= 300;
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
