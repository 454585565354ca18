/** Finding an item by its UID. */
import { BackendError } from "../../errors.ts";
import type { Component, Item } from "../backend.ts";
import { uidOf } from "../uid.ts";
import { changes } from "./changes.ts";
import { readItem } from "./item.ts";
import { kindOf } from "./kind.ts";
import { read } from "./read.ts";
import { stream, type Wire } from "./wire.ts";
import { calendarByUid, cardByUid, type Kind } from "./xml.ts";

/**
 * See `Account.findByUid`. Compares itself: servers match substrings, ignore case, or ignore the filter. `only` asks
 * for one component: each costs a request.
 */
export async function findByUid(
  wire: Wire,
  collection: string,
  uid: string,
  signal?: AbortSignal,
  only?: Component,
): Promise<Item | undefined> {
  const { kind, components } = await kindOf(wire, collection, signal);
  try {
    for (const component of only === undefined ? components : [only]) {
      const found = await query(wire, { collection, kind, component, uid, signal });
      if (found) return found;
    }
    return undefined;
  } catch (error) {
    // Quirk: Xandikos 0.2.8 answers 500 to every addressbook-query with a filter; others may know no such filter.
    if (!(error instanceof BackendError) || error.status === undefined || final.has(error.kind)) throw error;
    wire.log.debug({ collection, status: error.status }, "backend: cannot query by UID, reading the whole collection");
    return scan(wire, collection, uid, signal);
  }
}

const final = new Set(["auth", "busy", "gone"]);

interface Wanted {
  readonly collection: string;
  readonly kind: Kind;
  readonly component: Component;
  readonly uid: string;
  readonly signal: AbortSignal | undefined;
}

async function query(wire: Wire, { collection, kind, component, uid, signal }: Wanted): Promise<Item | undefined> {
  const body = component === "VCARD" ? cardByUid(uid) : calendarByUid(component, uid);
  for await (const responses of stream(wire, { method: "REPORT", path: collection, depth: "1", body, signal })) {
    for (const response of responses) {
      const item = response.href.startsWith(collection) ? readItem(response, kind) : undefined;
      if (item && uidOf(item.text) === uid) return item;
    }
  }
  return undefined;
}

async function scan(
  wire: Wire,
  collection: string,
  uid: string,
  signal: AbortSignal | undefined,
): Promise<Item | undefined> {
  const { entries } = await changes(wire, collection, undefined, signal);
  const hrefs = entries.map((entry) => entry.href);
  for await (const item of read(wire, collection, hrefs, signal)) {
    if (uidOf(item.text) === uid) return item;
  }
  return undefined;
}
