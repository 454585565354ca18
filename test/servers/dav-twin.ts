/**
 * An imitation of a CalDAV and CardDAV server that can be told to misbehave as real ones were seen to. Each switch
 * names who does it. With no switch on it follows the RFCs and passes the same contract as the real servers.
 */
import http from "node:http";
import { gzipSync } from "node:zlib";
import { contentProblem, createShelf, type Shelf, tokenNumber, tokenOf, uidOf } from "./dav-twin-store.ts";
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
import { portOf } from "./process.ts";

/** One request as it came. */
export interface Seen {
  readonly method: string;
  /** Decoded. */
  readonly path: string;
  readonly depth: string | undefined;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: string;
  /** Tells connections apart. */
  readonly connection: number;
  /** The name of the body's root element, without prefix. */
  readonly report: string;
}

/** What happens instead of an answer. `cut` closes after half of the answer; `stall` stops there and keeps silent. */
export type Trouble =
  | "hang"
  | "reset"
  | "cut"
  | "stall"
  | { readonly status: number; readonly headers?: http.OutgoingHttpHeaders; readonly body?: string };

/** All off by default; may be changed while the server runs. */
export interface Switches {
  /** Looked up for each request; undefined lets it pass. */
  trouble?: ((seen: Seen) => Trouble | undefined) | undefined;
  /** 501 for sync-collection (old servers). */
  noSync?: boolean;
  /** Items of the first listing before a 507 (Nextcloud's address books: the rest is lost). */
  firstPage?: number;
  /** Items of a delta before a 507. */
  deltaPage?: number;
  /** What a token is answered with that was never given out: a status, the whole list without 404s (DAViCal), or
   * nothing and the present token (Nextcloud after a restore). Default 403 with `valid-sync-token`. */
  badToken?: number | "all" | "nothing";
  /** What was deleted and made again between two syncs is reported as 404 (sabre calendars). */
  falseGone?: boolean;
  /** The initial listing names the deleted ones too (Radicale). */
  tombstones?: boolean;
  /** No ETag in the answer to a PUT (DAViCal cards). */
  noPutEtag?: boolean;
  /** Etags that look like numbers, without quotes in the properties. */
  numericEtags?: boolean;
  /** Properties as CDATA. */
  cdata?: boolean;
  /** A NUL as it is stored (Radicale). */
  rawNul?: boolean;
  /** Failures of PUT and DELETE come inside a 207 (Xandikos). */
  wrapFailures?: boolean;
  /** Missing hrefs of a multiget are left out instead of reported (sabre, Nextcloud, DAViCal). */
  omitMissing?: boolean;
  /** Queries give everything, whatever the filter (Nextcloud's trash bin). */
  ignoreFilters?: boolean;
  /** A taken UID is answered with a bare 400 (Nextcloud). */
  bareUidConflict?: boolean;
  gzip?: boolean;
  /** Hrefs in answers as full URLs with everything encoded, in lower case. */
  oddHrefs?: boolean;
}

export interface Twin {
  readonly url: string;
  readonly switches: Switches;
  /** All requests so far, refused ones included. */
  readonly seen: Seen[];
  /** Collections by path: the tests look into them and change them behind the server's back. */
  readonly shelves: ReadonlyMap<string, Shelf>;
  /** The largest number of connections at one time. */
  readonly connections: number;
  stop(): Promise<void>;
}

export interface TwinOptions {
  /** Password by user; default `anna`, `geheim`. */
  readonly users?: Readonly<Record<string, string>>;
  readonly switches?: Switches;
}

export async function startTwin(options: TwinOptions = {}): Promise<Twin> {
  const users = options.users ?? { anna: "geheim" };
  const shelves = new Map<string, Shelf>();
  for (const user of Object.keys(users)) {
    shelves.set(`/dav/cal/${user}/calendar/`, createShelf("calendar", "Calendar"));
    shelves.set(`/dav/card/${user}/contacts/`, createShelf("addressbook", "Contacts"));
  }
  const switches: Switches = { ...options.switches };
  const seen: Seen[] = [];

  const server = http.createServer((request, reply) => {
    const parts: Buffer[] = [];
    request.on("data", (part: Buffer) => parts.push(part));
    request.on("end", () => {
      const one = readRequest(request, Buffer.concat(parts).toString("utf8"));
      seen.push(one);
      const trouble = switches.trouble?.(one);
      if (trouble === "hang") return;
      if (trouble === "reset") {
        request.socket.resetAndDestroy();
        return;
      }
      const answer = typeof trouble === "object" ? trouble : handle({ users, shelves, switches }, one);
      write(reply, answer, trouble === "cut" || trouble === "stall" ? trouble : undefined, switches);
    });
  });
  let open = 0;
  let most = 0;
  server.on("connection", (socket) => {
    open += 1;
    most = Math.max(most, open);
    socket.once("close", () => {
      open -= 1;
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const port = portOf(server);

  return {
    url: `http://127.0.0.1:${port}/`,
    switches,
    seen,
    shelves,
    get connections() {
      return most;
    },
    stop: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}

interface World {
  readonly users: Readonly<Record<string, string>>;
  readonly shelves: Map<string, Shelf>;
  readonly switches: Switches;
}

interface Answer {
  readonly status: number;
  readonly headers?: http.OutgoingHttpHeaders;
  readonly body?: string;
}

function readRequest(request: http.IncomingMessage, body: string): Seen {
  return {
    method: request.method ?? "",
    path: decodeURIComponent(new URL(request.url ?? "/", "http://x").pathname),
    depth: request.headers.depth?.toString(),
    headers: request.headers,
    body,
    connection: request.socket.remotePort ?? 0,
    report: /<(?:\w+:)?([\w-]+)[\s>]/.exec(body.replace(/<\?.*?\?>/s, ""))?.[1] ?? "",
  };
}

function write(reply: http.ServerResponse, answer: Answer, broken: "cut" | "stall" | undefined, on: Switches): void {
  const plain = Buffer.from(answer.body ?? "", "utf8");
  const body = on.gzip ? gzipSync(plain) : plain;
  reply.writeHead(answer.status, {
    ...(plain.length > 0 && { "Content-Type": "application/xml; charset=utf-8" }),
    ...(on.gzip && { "Content-Encoding": "gzip" }),
    "Content-Length": body.length,
    ...answer.headers,
  });
  if (broken === undefined) reply.end(body);
  else reply.write(body.subarray(0, body.length / 2), () => broken === "cut" && reply.socket?.destroy());
}

function handle(world: World, seen: Seen): Answer {
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
  } else if (item) responses.push(itemResponse(item, names, switches));
  else if (seen.path === "/dav/" || seen.path === `/dav/principals/${user}/`) add(seen.path, principalProperties(user));
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
      if (item) return [itemResponse(item, names, switches)];
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
