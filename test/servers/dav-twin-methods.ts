/** The DAV methods of the twin: who may ask, and what is where. */
import type http from "node:http";
import { make, removeCollection, rename } from "./dav-twin-collections.ts";
import { authenticate } from "./dav-twin-logins.ts";
import { get, report, trashReport } from "./dav-twin-reports.ts";
import type { Shelf, Trashed } from "./dav-twin-store.ts";
import type { Seen, Switches } from "./dav-twin-switches.ts";
import { move, put, remove, removeTrashed, wrapped } from "./dav-twin-writes.ts";
import {
  clutterIn,
  collectionProperties,
  homeProperties,
  itemResponse,
  multistatus,
  namesIn,
  principalProperties,
  propstat,
  response,
} from "./dav-twin-xml.ts";

/** All that a request can touch. */
export interface World {
  readonly users: Readonly<Record<string, string>>;
  readonly shelves: Map<string, Shelf>;
  /** Deleted calendar objects by the href they have in the trash bin. */
  readonly trash: Map<string, Trashed>;
  /** Names of deleted collections that are not free yet. */
  readonly left: Set<string>;
  readonly switches: Switches;
  /** Logins refused so far. */
  refusals: number;
}

export interface Answer {
  readonly status: number;
  readonly headers?: http.OutgoingHttpHeaders;
  readonly body?: string;
}

/** Answers a request as the switches have it. */
export function handle(world: World, seen: Seen): Answer {
  const { switches } = world;
  if (switches.htmlPage) return page;
  if (switches.retryAfter !== undefined) return { status: 503, headers: { "Retry-After": `${switches.retryAfter}` } };
  if (switches.foreignRedirect) return { status: 301, headers: { Location: `https://cloud.example${seen.path}` } };
  if (switches.silent && seen.method !== "PUT" && seen.method !== "DELETE") return multistatus([]);
  const who = authenticate(world, seen);
  if ("answer" in who) return who.answer;
  const answer = answerTo(world, seen, who.user);
  return {
    ...answer,
    headers: {
      ...(switches.sessionCookies && { "Set-Cookie": `session=${who.user}; HttpOnly` }),
      ...(switches.allowsUidTwice && { "X-Sabre-Version": "4.7.0" }),
      ...((switches.overlaps || switches.escapesNames) && { "X-DAViCal-Version": "DAViCal/1.1.12; DB/1.3.5" }),
      ...answer.headers,
    },
  };
}

const page: Answer = {
  status: 200,
  headers: { "Content-Type": "text/html" },
  body: "<html><body>Welcome</body></html>",
};

function answerTo(world: World, seen: Seen, user: string): Answer {
  const { switches, shelves } = world;
  if (/^\/\.well-known\/(cal|card)dav$/.test(seen.path)) {
    return { status: switches.wellKnown ?? 301, headers: { Location: "/dav/" } };
  }
  if (!seen.path.startsWith("/dav/")) return switches.wellKnown ? page : { status: 405 };
  const owner = seen.path.split("/")[3];
  if (owner !== undefined && owner !== "" && owner !== user) return othersHome(switches, seen);
  if (seen.path === `/dav/cal/${user}/trashbin/objects/` && switches.trashbin) return trashReport(world, seen);
  if (world.trash.has(seen.path) && seen.method === "DELETE") return removeTrashed(world, seen);
  const shelf = shelfIn(world.shelves, seen.path);
  switch (seen.method) {
    case "PROPFIND":
      return propfind(world, seen, user);
    case "REPORT":
      return shelf ? report(switches, shelf, seen) : { status: 404 };
    case "GET":
      return shelf ? get(switches, shelf, seen) : { status: 404 };
    case "PUT":
      return shelf ? wrapped(switches, seen, put(world, shelf, seen)) : { status: 409 };
    case "MKCALENDAR":
    case "MKCOL":
      return wrapped(switches, seen, make(world, seen, user));
    case "PROPPATCH": {
      const asked = shelves.get(seen.path);
      return asked ? rename(asked, seen, switches) : { status: 404 };
    }
    case "DELETE":
      if (shelves.has(seen.path)) return removeCollection(world, seen);
      return shelf ? wrapped(switches, seen, remove(world, shelf, seen)) : { status: 404 };
    case "MOVE":
      return shelf ? move(world, shelf, seen) : { status: 404 };
    default:
      return { status: 501 };
  }
}

/** The collection a path is or lies in. */
export function shelfIn(shelves: World["shelves"], path: string): Shelf | undefined {
  return shelves.get(path.slice(0, path.lastIndexOf("/") + 1));
}

function othersHome(switches: Switches, seen: Seen): Answer {
  switch (switches.otherHome) {
    case 207:
      return multistatus([response(seen.path, propstat(namesIn(seen.body), {}), switches)]);
    case 301:
      return { status: 301, headers: { Location: "/dav/" } };
    default:
      return { status: switches.otherHome ?? 403 };
  }
}

function propfind({ shelves, switches }: World, seen: Seen, user: string): Answer {
  const names = namesIn(seen.body);
  const responses: string[] = [];
  const add = (path: string, properties: Readonly<Record<string, string | null>>): void => {
    responses.push(response(path, propstat(names, properties), switches));
  };
  const shelf = shelves.get(seen.path);
  const item = shelfIn(shelves, seen.path)?.items.get(seen.path);
  if (shelf) {
    add(seen.path, collectionProperties(shelf, user, seen, switches));
    if (seen.depth === "1") {
      for (const one of shelf.items.values()) responses.push(itemResponse(one, names, switches, shelf));
    }
  } else if (item) {
    const given = new Set(names);
    if (switches.convertsCards === "always" || switches.convertsCards === "queries") given.delete("CARD:address-data");
    responses.push(itemResponse(item, given, switches, shelfIn(shelves, seen.path)));
  } else if (seen.path === "/dav/" || seen.path === `/dav/principals/${user}/`)
    add(seen.path, principalProperties(user, switches));
  else if (seen.path === `/dav/cal/${user}/` || seen.path === `/dav/card/${user}/`) {
    add(seen.path, homeProperties(switches));
    if (seen.depth === "1") {
      for (const [path, one] of shelves) {
        if (!path.startsWith(seen.path) || switches.noCollections) continue;
        if (one.shownBy?.every((name) => !switches[name])) continue;
        add(path, collectionProperties(one, user, seen, switches));
      }
      if (switches.clutter) for (const [path, properties] of clutterIn(seen.path)) add(path, properties);
    }
  } else return { status: 404 };
  return multistatus(responses);
}
