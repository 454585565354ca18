/** The DAV methods over `http.ts`: a request with its XML, and the answer as responses or as an error. */
import { LRUCache } from "lru-cache";
import { BackendError } from "../../errors.ts";
import type { Log } from "../../log.ts";
import type { Access, Reply } from "./exchange.ts";
import { failure, failureOf } from "./failure.ts";
import { encodePath } from "./href.ts";
import type { Http } from "./http.ts";
import * as limits from "./limits.ts";
import { createMultistatusReader, type Response } from "./multistatus.ts";
import { type PropertyName, propfind } from "./xml.ts";

/** One server as one account sees it: everything a request needs. */
export interface Wire {
  readonly http: Http;
  readonly access: Access;
  /** The configured address; requests go to its origin only. */
  readonly base: URL;
  readonly facts: ServerFacts;
  readonly log: Log;
}

/** What was learnt about a server and holds for all accounts. Lost at a restart: it is found out again. */
export interface ServerFacts {
  /** The first listing has to be Depth:1 etags: this server pages sync-collection (and Nextcloud loses cards). */
  pagesFirstListing: boolean;
  /** By kind of collection: a token from the future comes back as if it were good. Absent while nobody asked. */
  readonly echoesTokens: Map<CollectionKind["kind"], boolean>;
  /** A token that is not known gets the whole list; undefined while nobody asked. */
  listsForUnknown: boolean | undefined;
  /** Its sync-collection leaves out changes that were made while others were (DAViCal): tokens are of no use. */
  losesChanges: boolean;
  /** A second event with a UID is stored, against RFC 4791 §5.3.2.1: who creates one has to look first. */
  storesUidTwice: boolean;
  /** Names of collections are stored as XML text: `&` as `&amp;` (DAViCal). */
  escapesNames: boolean;
  /** MOVE is not known. */
  refusesMove: boolean;
  /** Cards come in the version that was asked for, not in the one that is stored; undefined while nobody asked. */
  convertsCards: boolean | undefined;
  /** Collections that know no sync-collection. */
  readonly withoutSync: LRUCache<string, true>;
  /** By collection: calendar or address book, and the components. */
  readonly kinds: LRUCache<string, CollectionKind>;
  /** By login: the principal that was found. */
  readonly principals: LRUCache<string, string>;
  /** By collection and cursor: the ctag of that state. */
  readonly ctags: LRUCache<string, string>;
  readonly probeCosts: ProbeCosts;
}

/** Milliseconds: of one home's Depth:1, and of one collection's own question. */
export interface ProbeCosts {
  home: number | undefined;
  each: number | undefined;
  /** Probes since the start. */
  probes: number;
}

export function createServerFacts(): ServerFacts {
  return {
    pagesFirstListing: false,
    echoesTokens: new Map(),
    listsForUnknown: undefined,
    losesChanges: false,
    storesUidTwice: false,
    escapesNames: false,
    refusesMove: false,
    convertsCards: undefined,
    withoutSync: new LRUCache({ max: limits.REMEMBERED, ttl: limits.REMEMBERED_REFUSAL }),
    kinds: new LRUCache({ max: limits.REMEMBERED }),
    principals: new LRUCache({ max: limits.REMEMBERED }),
    ctags: new LRUCache({ max: limits.REMEMBERED }),
    probeCosts: { home: undefined, each: undefined, probes: 0 },
  };
}

export interface CollectionKind {
  readonly kind: "calendar" | "addressbook";
  readonly components: readonly ("VEVENT" | "VTODO" | "VJOURNAL" | "VCARD")[];
}

export interface Ask {
  readonly method: "PROPFIND" | "REPORT";
  readonly path: string;
  readonly depth: "0" | "1";
  readonly body: string;
  readonly signal: AbortSignal | undefined;
}

/** A whole multistatus. */
export interface Multistatus {
  readonly responses: readonly Response[];
  readonly syncToken: string | undefined;
}

/** Sends a request to a path (canonical) of the server. Every status is an answer. */
export async function send(
  wire: Wire,
  method: string,
  path: string,
  options: { headers?: Record<string, string>; body?: string; signal?: AbortSignal | undefined } = {},
): Promise<Reply> {
  const reply = await wire.http.send({ method, url: urlOf(wire, path), access: wire.access, ...options });
  if (reply.headers["x-davical-version"] !== undefined) {
    wire.facts.losesChanges = true;
    wire.facts.escapesNames = true;
  }
  // Nothing but an attempt would show it otherwise, and an attempt leaves an event behind.
  if (nameHeaders.some((name) => reply.headers[name] !== undefined)) wire.facts.storesUidTwice = true;
  return reply;
}

/** By which DAViCal and plain sabre/dav (Baïkal, not Nextcloud) tell who they are. */
const nameHeaders = ["x-davical-version", "x-sabre-version"];

/** The address of a canonical path on the configured server. */
export function urlOf(wire: Wire, path: string): URL {
  const url = new URL(wire.base);
  url.pathname = encodePath(path);
  url.search = "";
  return url;
}

/** Asks and gives the responses as they are parsed, a piece of the body at a time. Not repeated once it has begun. */
export async function* stream(wire: Wire, ask: Ask): AsyncGenerator<readonly Response[], string | undefined> {
  const what = `${ask.method} ${ask.path}`;
  const reply = await send(wire, ask.method, ask.path, {
    headers: { Depth: ask.depth },
    body: ask.body,
    signal: ask.signal,
  });
  if (reply.status !== 207) throw await unexpected(what, reply);
  const reader = createMultistatusReader(what);
  for await (const piece of reply.body()) {
    const responses = reader.write(piece);
    if (responses.length > 0) yield responses;
  }
  reader.end();
  return reader.syncToken;
}

/** Asks and gives the whole answer. Once more from the start when the connection breaks in the middle. */
export async function fetchAll(wire: Wire, ask: Ask): Promise<Multistatus> {
  try {
    return await collect(wire, ask);
  } catch (error) {
    if (!isBroken(error)) throw error;
    wire.log.debug({ method: ask.method, path: ask.path }, "backend: the answer broke off, asking again");
    return collect(wire, ask);
  }
}

/** The properties of one resource. Throws as for a status of its own, also where that is wrapped into a 207. */
export async function fetchOne(
  wire: Wire,
  path: string,
  properties: readonly PropertyName[],
  signal: AbortSignal | undefined,
): Promise<Response> {
  const what = `PROPFIND ${path}`;
  const body = propfind(properties);
  const { responses } = await fetchAll(wire, { method: "PROPFIND", path, depth: "0", body, signal });
  const [response] = responses;
  if (response === undefined) throw new BackendError("unreachable", `${what}: the answer is empty`);
  // Xandikos answers 207 for what is not there.
  if (response.status !== undefined && response.status >= 300) throw failureIn(what, response);
  return response;
}

/** The error that a response inside a multistatus stands for. */
export function failureIn(what: string, response: Response): BackendError {
  return failure(what, { status: response.status ?? response.refused ?? 0, headers: {} }, response.preconditions);
}

/** Whether an answer had begun well and broke off, so that asking again is worth it. */
export function isBroken(error: unknown): boolean {
  return error instanceof BackendError && error.kind === "unreachable" && error.cause instanceof Error;
}

async function collect(wire: Wire, ask: Ask): Promise<Multistatus> {
  const responses: Response[] = [];
  const parts = stream(wire, ask);
  for (;;) {
    const next = await parts.next();
    if (next.done === true) return { responses, syncToken: next.value };
    responses.push(...next.value);
  }
}

async function unexpected(what: string, reply: Reply): Promise<BackendError> {
  if (reply.status >= 300) return failureOf(what, reply);
  reply.discard();
  return new BackendError("unreachable", `${what}: expected a multistatus, got ${reply.status}`);
}
