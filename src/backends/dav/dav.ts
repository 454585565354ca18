/** A CalDAV and CardDAV server as a backend: any that follows the RFCs, with care for those that do not quite. */
import { BackendError } from "../../errors.ts";
import { type Log, silentLog } from "../../log.ts";
import type { Account, Backend } from "../backend.ts";
import { changes } from "./changes.ts";
import { type Looking, listCollections } from "./collections.ts";
import { findPrincipal, type Principal, type Service } from "./discovery.ts";
import type { Access, Timeouts } from "./exchange.ts";
import { createHttp, type Exchanged, type Http } from "./http.ts";
import { joinAccounts } from "./join.ts";
import { creatable, createCollection, removeCollection, renameCollection } from "./manage.ts";
import { move } from "./move.ts";
import { probe } from "./probe.ts";
import { findByUid } from "./query.ts";
import { read } from "./read.ts";
import { stored } from "./stored.ts";
import { createServerFacts, type Wire } from "./wire.ts";
import { create, remove, update } from "./write.ts";

/** `url` names both services; or each has its own address, or one of them only. */
export interface DavOptions {
  /** The server, its DAV root, or a principal: `https://cloud.example.org` is enough where RFC 6764 is followed. */
  readonly url?: string;
  readonly caldavUrl?: string;
  readonly carddavUrl?: string;
  /** Milliseconds. */
  readonly timeouts?: Partial<Timeouts>;
  /** Connections of one account, and of all of them. */
  readonly socketsPerAccount?: number;
  readonly socketsInAll?: number;
  /** Milliseconds before the first further attempt. */
  readonly retryPause?: number;
  readonly log?: Log;
  /** Told of each request that was sent, failed ones and repetitions included. */
  readonly onExchange?: (told: Exchanged) => void;
}

/** Throws `TypeError` when an address is missing or not one. */
export function createDavBackend(options: DavOptions): Backend {
  const log = options.log ?? silentLog;
  const calendars = options.caldavUrl ?? options.url;
  const contacts = options.carddavUrl ?? options.url;
  const http = createHttp({ ...options, log });
  const servers = [
    ...(calendars === undefined
      ? []
      : [createServer(http, log, readAddress(calendars), serviceOf(contacts, calendars))]),
    ...(contacts === undefined || contacts === calendars
      ? []
      : [createServer(http, log, readAddress(contacts), ["carddav"])]),
  ];
  const [first, second] = servers;
  if (first === undefined) throw new TypeError("a DAV backend needs an address");

  return {
    async login(credentials, { client, signal, onTaken } = {}) {
      const access = http.access(credentials, client);
      // Two servers count wrong passwords each for itself: only the account found at both is the end of the question.
      if (second === undefined) return first.open(access, credentials.user, { signal, onTaken });
      const [one, other] = await Promise.all([
        first.open(access, credentials.user, { signal }),
        second.open(access, credentials.user, { signal }),
      ]);
      return joinAccounts(one, other, second.host);
    },
    async close() {
      http.close();
    },
  };
}

interface Opening {
  readonly signal: AbortSignal | undefined;
  readonly onTaken?: (() => void) | undefined;
}

interface Server {
  readonly host: string;
  open(access: Access, login: string, options: Opening): Promise<Account>;
}

function serviceOf(contacts: string | undefined, calendars: string): readonly Service[] {
  return contacts === calendars ? ["caldav", "carddav"] : ["caldav"];
}

function readAddress(text: string): URL {
  const url = new URL(text);
  if (url.protocol !== "http:" && url.protocol !== "https:") throw new TypeError("the address is not http or https");
  url.username = "";
  url.password = "";
  return url;
}

function createServer(http: Http, log: Log, base: URL, services: readonly Service[]): Server {
  const facts = createServerFacts();
  return {
    host: base.host,
    async open(access, login, { signal, onTaken }) {
      const wire: Wire = { http, access, base, facts, log };
      const [service = "caldav"] = services;
      const principal = await findPrincipal(wire, login, service, { signal, onTaken });
      const homes = new Set(services.flatMap((one) => homesFor(principal, one)));
      return createAccount(wire, principal, { homes: [...homes], services });
    },
  };
}

function homesFor(principal: Principal, service: Service): readonly string[] {
  return service === "caldav" ? principal.calendarHomes : principal.addressBookHomes;
}

function createAccount(wire: Wire, principal: Principal, looking: Looking): Account {
  const { homes, services } = looking;
  const own = { principal, services };
  return {
    user: principal.path,
    addresses: principal.addresses,
    displayName: principal.displayName,
    async collections(signal) {
      if (homes.length === 0) throw new BackendError("unreachable", `${principal.path} names no home of collections`);
      return listCollections(wire, principal, looking, signal);
    },
    changes: (...asked) => changes(wire, ...asked),
    read: (collection, hrefs, signal) => read(wire, collection, hrefs, signal),
    stored: (item, signal) => stored(wire, item, signal),
    create: (collection, name, text, signal) => create(wire, collection, name, text, signal),
    update: (href, rev, text, signal) => update(wire, href, rev, text, signal),
    remove: (href, rev, signal) => remove(wire, href, rev, signal),
    move: (href, collection, name, signal) => move(wire, href, collection, name, signal),
    findByUid: (collection, uid, signal) => findByUid(wire, collection, uid, signal),
    creatable: (signal) => creatable(wire, own, signal),
    createCollection: (made, signal) => createCollection(wire, own, made, signal),
    renameCollection: (collection, name, signal) => renameCollection(wire, own, collection, name, signal),
    removeCollection: (collection, signal) => removeCollection(wire, own, collection, signal),
    probe: (collections, cursors, signal) => probe(wire, { homes, collections, cursors, signal }),
  };
}
