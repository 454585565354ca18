/** The collections in a home, and what may be done with them. */
import { BackendError } from "../../errors.ts";
import type { Collection, Component } from "../backend.ts";
import type { Principal, Service } from "./discovery.ts";
import { asCollection } from "./href.ts";
import { CALDAV, CARDDAV, DAV, hasChild, hrefs, type Node, property, type Response } from "./multistatus.ts";
import { failureIn, fetchAll, type Wire } from "./wire.ts";
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
