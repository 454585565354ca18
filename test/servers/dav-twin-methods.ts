/** The DAV methods of the twin. */
import type http from "node:http";
import { contentProblem, type Shelf, type TwinItem, tokenNumber, tokenOf, uidOf } from "./dav-twin-store.ts";
import type { Seen, Switches } from "./dav-twin-switches.ts";
import {
  collectionProperties,
  itemResponse,
  missingResponse,
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
  readonly switches: Switches;
}

export interface Answer {
  readonly status: number;
  readonly headers?: http.OutgoingHttpHeaders;
  readonly body?: string;
}

/** Answers a request as the switches have it. */
export function handle(world: World, seen: Seen): Answer {
  const user = userOf(world.users, seen.headers.authorization);
  if (user === undefined) return { status: 401, headers: { "WWW-Authenticate": 'Basic realm="twin"' } };
  if (/^\/\.well-known\/(cal|card)dav$/.test(seen.path)) return { status: 301, headers: { Location: "/dav/" } };
  if (!seen.path.startsWith("/dav/")) return { status: 405 };
  const collection = seen.path.slice(0, seen.path.lastIndexOf("/") + 1);
  const shelf = world.shelves.get(collection);
  const owner = seen.path.split("/")[3];
  if (owner !== undefined && owner !== "" && owner !== user) return { status: 403 };
  switch (seen.method) {
    case "PROPFIND":
      return propfind(world, seen, user);
    case "REPORT":
      return shelf ? report(world.switches, shelf, seen) : { status: 404 };
    case "PUT":
      return shelf ? wrapped(world.switches, seen, put(world.switches, shelf, seen)) : { status: 409 };
    case "DELETE":
      return shelf ? wrapped(world.switches, seen, remove(shelf, seen)) : { status: 404 };
    default:
      return { status: 501 };
  }
}

function userOf(users: Readonly<Record<string, string>>, header: string | undefined): string | undefined {
  const pair = Buffer.from(header?.replace(/^Basic /, "") ?? "", "base64").toString("utf8");
  const colon = pair.indexOf(":");
  const user = pair.slice(0, colon);
  return colon > 0 && users[user] === pair.slice(colon + 1) ? user : undefined;
}

function propfind({ shelves, switches }: World, seen: Seen, user: string): Answer {
  const names = namesIn(seen.body);
  const responses: string[] = [];
  const add = (path: string, properties: Readonly<Record<string, string>>): void => {
    responses.push(response(path, propstat(names, properties, switches), switches));
  };
  const shelf = shelves.get(seen.path);
  const inside = shelves.get(seen.path.slice(0, seen.path.lastIndexOf("/") + 1));
  const item = inside?.items.get(seen.path);
  if (shelf) {
    add(seen.path, collectionProperties(shelf, user));
    if (seen.depth === "1") for (const one of shelf.items.values()) responses.push(itemResponse(one, names, switches));
  } else if (item) {
    const given = new Set(names);
    if (switches.convertsCards === "always") given.delete("CARD:address-data");
    responses.push(itemResponse(item, given, switches));
  } else if (seen.path === "/dav/" || seen.path === `/dav/principals/${user}/`)
    add(seen.path, principalProperties(user));
  else if (seen.path === `/dav/cal/${user}/` || seen.path === `/dav/card/${user}/`) {
    add(seen.path, { "D:resourcetype": "<D:collection/>" });
    if (seen.depth === "1") {
      for (const [path, one] of shelves) if (path.startsWith(seen.path)) add(path, collectionProperties(one, user));
    }
  } else return { status: 404 };
  return multistatus(responses);
}

function report(switches: Switches, shelf: Shelf, seen: Seen): Answer {
  const names = namesIn(seen.body);
  if (seen.report === "sync-collection") return switches.noSync ? { status: 501 } : sync(switches, shelf, seen);
  if (seen.report.endsWith("-multiget")) {
    const asked = [...seen.body.matchAll(/<D:href>([^<]*)<\/D:href>/g)].map(([, href = ""]) =>
      decodeURIComponent(href),
    );
    const responses = asked.flatMap((href) => {
      const item = shelf.items.get(href.replaceAll("&amp;", "&"));
      if (item) return [itemResponse(converted(switches, item, seen.body), names, switches)];
      return switches.omitMissing ? [] : [missingResponse(href, switches)];
    });
    return multistatus(responses);
  }
  const uid = /<[A-Z]+:text-match[^>]*>([^<]*)</.exec(seen.body)?.[1] ?? "";
  const component = /comp-filter name="(V[A-Z]+)"><C:prop/.exec(seen.body)?.[1];
  const found = [...shelf.items.values()].filter(
    (item) =>
      switches.ignoreFilters ||
      (uidOf(item.text)?.includes(uid) && (component === undefined || item.text.includes(`BEGIN:${component}`))),
  );
  return multistatus(found.map((item) => itemResponse(item, names, switches)));
}

/** A card as a report gives it: in the version asked for, 3.0 when none is named. */
function converted(switches: Switches, item: TwinItem, body: string): TwinItem {
  if (switches.convertsCards === undefined || !item.text.startsWith("BEGIN:VCARD")) return item;
  const version = /address-data[^>]* version="([\d.]+)"/.exec(body)?.[1] ?? "3.0";
  return { ...item, text: item.text.replace(/^VERSION:.*$/m, `VERSION:${version}`) };
}

function sync(switches: Switches, shelf: Shelf, seen: Seen): Answer {
  const token = /<D:sync-token>([^<]*)</.exec(seen.body)?.[1] ?? "";
  const since = token === "" ? 0 : tokenNumber(token);
  const known = since !== undefined && since <= shelf.counter;
  const bad = switches.badToken ?? 403;
  if (!known && bad === "nothing") return multistatus([], tokenOf(shelf.counter));
  if (!known && typeof bad === "number") {
    return { status: bad, body: '<D:error xmlns:D="DAV:"><D:valid-sync-token/></D:error>' };
  }
  const from = known ? since : 0;
  const names = new Set(["D:getetag"]);
  const changes = [...shelf.changes].filter(([, change]) => change.at > from).toSorted(([, a], [, b]) => a.at - b.at);
  const shown = changes.filter(
    ([href, change]) => shelf.items.has(href) || (from > 0 && change.at > from) || switches.tombstones === true,
  );
  const page = from === 0 ? switches.firstPage : switches.deltaPage;
  const taken = page === undefined ? shown : shown.slice(0, page);
  const responses = taken.map(([href, change]) => {
    const item = shelf.items.get(href);
    const lied = switches.falseGone === true && change.deletedAt !== undefined && change.deletedAt > from;
    return item && !lied ? itemResponse(item, names, switches) : missingResponse(href, switches);
  });
  if (taken.length === shown.length) return multistatus(responses, tokenOf(shelf.counter));
  responses.push(
    `<D:response><D:href>${seen.path}</D:href><D:status>HTTP/1.1 507 Insufficient Storage</D:status></D:response>`,
  );
  return multistatus(responses, tokenOf(taken.at(-1)?.[1].at ?? from));
}

function put(switches: Switches, shelf: Shelf, seen: Seen): Answer {
  const old = shelf.items.get(seen.path);
  if (seen.headers["if-none-match"] === "*" && old) return { status: 412 };
  const match = seen.headers["if-match"];
  if (match !== undefined && match !== quotedEtag(old?.etag)) return { status: 412 };
  const problem = contentProblem(shelf, seen.path, seen.body);
  if (problem === "no-uid-conflict" && switches.bareUidConflict)
    return { status: 400, body: "<html>uid exists</html>" };
  if (problem) {
    const name = `X:${problem}`;
    const body = `<D:error xmlns:D="DAV:" xmlns:X="urn:ietf:params:xml:ns:${shelf.kind === "calendar" ? "caldav" : "carddav"}"><${name}/></D:error>`;
    return { status: 403, body };
  }
  const item = shelf.put(seen.path, seen.body);
  const headers = switches.noPutEtag ? {} : { ETag: quotedEtag(item.etag) };
  return { status: old ? 204 : 201, headers };
}

function remove(shelf: Shelf, seen: Seen): Answer {
  const old = shelf.items.get(seen.path);
  if (!old) return { status: 404 };
  const match = seen.headers["if-match"];
  if (match !== undefined && match !== quotedEtag(old.etag)) return { status: 412 };
  shelf.remove(seen.path);
  return { status: 204 };
}

function quotedEtag(etag: string | undefined): string | undefined {
  return etag === undefined ? undefined : `"${etag}"`;
}

/** Xandikos says what went wrong with a write inside a 207. */
function wrapped(switches: Switches, seen: Seen, answer: Answer): Answer {
  if (!switches.wrapFailures || answer.status < 400 || answer.status === 404) return answer;
  const status = `<D:status>HTTP/1.1 412 Precondition Failed</D:status>`;
  return multistatus([`<D:response><D:href>${seen.path}</D:href>${status}${answer.body ?? ""}</D:response>`]);
}
