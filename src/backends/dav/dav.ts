/** A CalDAV and CardDAV server as a backend: any that follows the RFCs, with care for those that do not quite. */
import { BackendError } from "../../errors.ts";
import { type Log, silentLog } from "../../log.ts";
import type { Account, Backend } from "../backend.ts";
import { changes } from "./changes.ts";
import { findPrincipal, listCollections, type Principal } from "./discovery.ts";
import { createHttp, type Timeouts } from "./http.ts";
import { probe } from "./probe.ts";
import { findByUid } from "./query.ts";
import { read } from "./read.ts";
import { createServerFacts, type Wire } from "./wire.ts";
import { create, remove, update } from "./write.ts";

export interface DavOptions {
  /** The server, its DAV root, or a principal: `https://cloud.example.org` is enough where RFC 6764 is followed. */
  readonly url: string;
  /** Milliseconds. */
  readonly timeouts?: Partial<Timeouts>;
  /** Connections of one account, and of all of them. */
  readonly socketsPerAccount?: number;
  readonly socketsInAll?: number;
  readonly log?: Log;
}

/** Throws `TypeError` when an address is not one. */
export function createDavBackend(options: DavOptions): Backend {
  const log = options.log ?? silentLog;
  const base = new URL(options.url);
  if (base.protocol !== "http:" && base.protocol !== "https:") throw new TypeError("the address is not http or https");
  base.username = "";
  base.password = "";
  const http = createHttp({ ...options, log });
  const facts = createServerFacts();

  return {
    async login(credentials, { client, signal } = {}) {
      const wire: Wire = { http, access: http.access(credentials, client), base, facts, log };
      const principal = await findPrincipal(wire, credentials.user, "caldav", signal);
      return createAccount(wire, principal);
    },
    async close() {
      http.close();
    },
  };
}

function createAccount(wire: Wire, principal: Principal): Account {
  const homes = [...new Set([...principal.calendarHomes, ...principal.addressBookHomes])];
  return {
    user: principal.path,
    addresses: principal.addresses,
    displayName: principal.displayName,
    async collections(signal) {
      if (homes.length === 0) throw new BackendError("unreachable", `${principal.path} names no home of collections`);
      return listCollections(wire, principal, homes, signal);
    },
    changes: (collection, cursor, signal) => changes(wire, collection, cursor, signal),
    read: (collection, hrefs, signal) => read(wire, collection, hrefs, signal),
    create: (collection, name, text, signal) => create(wire, collection, name, text, signal),
    update: (href, rev, text, signal) => update(wire, href, rev, text, signal),
    remove: (href, rev, signal) => remove(wire, href, rev, signal),
    findByUid: (collection, uid, signal) => findByUid(wire, collection, uid, signal),
    probe: (collections, cursors, signal) => probe(wire, { homes, collections, cursors, signal }),
  };
}
