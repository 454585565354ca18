/** The collections in a home, and what may be done with them. */
import { BackendError } from "../../errors.ts";
import type { Collection, Component } from "../backend.ts";
import type { Principal, Service } from "./discovery.ts";
import { asCollection } from "./href.ts";
import { CALDAV, CARDDAV, DAV, hasChild, hrefs, type Node, property, type Response } from "./multistatus.ts";
import { failureIn, fetchAll, fetchOne, type Wire } from "./wire.ts";
import { type PropertyName, propfind } from "./xml.ts";

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
  for (const [at, { responses }] of answers.entries()) {
    const home = responses.find((response) => asCollection(response.href) === homes[at]);
    for (const response of responses) {
      const collection = readCollection(response, { wire, principal, home, defaultCalendar });
      if (!collection || found.has(collection.href) || !services.includes(serviceOf(collection))) continue;
      found.set(collection.href, collection);
    }
  }
  for (const collection of found.values()) {
    const kind = serviceOf(collection) === "carddav" ? "addressbook" : "calendar";
    wire.facts.kinds.set(collection.href, { kind, components: collection.components });
  }
  return [...found.values()];
}

function serviceOf({ components, recipients }: Collection): Service {
  return recipients || components.includes("VCARD") ? "carddav" : "caldav";
}

/** One collection, asked for by itself; undefined when what is there is none of ours. `gone` when nothing is there. */
export async function fetchCollection(
  wire: Wire,
  principal: Principal,
  href: string,
  signal?: AbortSignal,
): Promise<Collection | undefined> {
  const parent = href.slice(0, href.lastIndexOf("/", href.length - 2) + 1);
  const response = await fetchOne(wire, href, collectionProperties, signal);
  return readCollection(response, {
    wire,
    principal,
    home: await fetchHome(wire, parent, signal),
    defaultCalendar: undefined,
  });
}

/** What may be done in a home, and in the home of a collection, which a server need not show. */
export async function fetchHome(wire: Wire, path: string, signal?: AbortSignal): Promise<Response | undefined> {
  try {
    return await fetchOne(wire, path, ["D:current-user-privilege-set"], signal);
  } catch (error) {
    if (error instanceof BackendError && (error.kind === "gone" || error.kind === "refused")) return undefined;
    throw error;
  }
}

/** Neither ctag nor sync token: Radicale reads the whole collection for each of them, 0.3 s for 5,000 cards. */
const collectionProperties: readonly PropertyName[] = [
  "D:resourcetype",
  "D:displayname",
  "C:supported-calendar-component-set",
  "D:current-user-privilege-set",
  "D:owner",
  "C:schedule-default-calendar-URL",
];

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

/** One of them is of use: Nextcloud's note of who was written to or invited lately. */
const recentContacts = "z-app-generated--contactsinteraction--recent";

/** What a collection is read with: who asks, what the home it lies in says of itself, and the default calendar. */
interface Surroundings {
  readonly wire: Wire;
  readonly principal: Principal;
  readonly home: Response | undefined;
  readonly defaultCalendar: string | undefined;
}

function readCollection(
  response: Response,
  { wire, principal, home, defaultCalendar }: Surroundings,
): Collection | undefined {
  if (isFailure(response)) return undefined;
  const type = property(response, DAV, "resourcetype");
  const components = readComponents(type, property(response, CALDAV, "supported-calendar-component-set"));
  if (components.length === 0) return undefined;
  const href = asCollection(response.href);
  const last = href.split("/").at(-2) ?? "";
  const isAddressBook = components.includes("VCARD");
  const recipients = isAddressBook && last === recentContacts;
  if (generated.test(last) && !recipients) return undefined;
  const owner = hrefs(property(response, DAV, "owner"))[0];
  const shared = owner !== undefined && asCollection(owner) !== principal.path;
  // Whoever may write may read that he may (RFC 3744 §5.4): who is not told has no rights there (DAViCal's bindings).
  const isHidden = shared && response.forbidden.includes("current-user-privilege-set");
  const privileges = property(response, DAV, "current-user-privilege-set");
  const rights = isHidden ? noRights : readRights(privileges);
  // What the user cannot write is generated (birthdays), or a subscription: to delete it would switch it off.
  const isOwn = !shared && !hasMark(type, "subscribed") && rights.create && rights.update && rights.remove;
  return {
    href,
    name: nameIn(response, wire) || last,
    components: recipients ? [] : components,
    ...(recipients ? { recipients } : {}),
    rights: recipients ? noRights : rights,
    isDefault: href === defaultCalendar,
    shared,
    ...(shared ? { owner: owner.split("/").filter(Boolean).at(-1) ?? "" } : {}),
    mayRename: isOwn && isGranted(privileges, "write-properties"),
    mayRemove: isOwn && isGranted(property(home, DAV, "current-user-privilege-set"), "unbind"),
  };
}

function nameIn(response: Response, { facts }: Wire): string {
  const text = property(response, DAV, "displayname")?.text.trim() ?? "";
  if (!facts.escapesNames) return text;
  return text.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&");
}

const noRights: Collection["rights"] = { create: false, update: false, remove: false };

const calendarComponents: readonly Component[] = ["VEVENT", "VTODO", "VJOURNAL"];

function readComponents(type: Node | undefined, set: Node | undefined): readonly Component[] {
  if (hasChild(type, CARDDAV, "addressbook")) return ["VCARD"];
  if (!hasChild(type, CALDAV, "calendar") || hasMark(type, "deleted-calendar") || hasMark(type, "trash-bin")) return [];
  if (set === undefined || set.children.length === 0) return calendarComponents;
  const named = new Set(set.children.map((child) => child.attributes.name?.toUpperCase()));
  return calendarComponents.filter((component) => named.has(component));
}

/** A resource type of whatever namespace. */
function hasMark(type: Node | undefined, name: string): boolean {
  return type?.children.some((child) => child.local === name) ?? false;
}

/** A server that does not say leaves it to the attempt. */
function readRights(set: Node | undefined): Collection["rights"] {
  return {
    create: isGranted(set, "bind"),
    update: isGranted(set, "write-content"),
    remove: isGranted(set, "unbind"),
  };
}

/** Whether a privilege of RFC 3744 §3 is among these, by itself or within `all` or `write`. */
export function isGranted(set: Node | undefined, privilege: "bind" | "unbind" | "write-content" | "write-properties") {
  const names = new Set(set?.children.flatMap((one) => one.children.map((child) => child.local)));
  return set === undefined || names.has("all") || names.has("write") || names.has(privilege);
}

function isFailure(response: Response): boolean {
  return response.status !== undefined && response.status >= 300;
}
