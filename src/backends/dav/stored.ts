/**
 * The text as it is stored. Servers exist (sabre/dav, Nextcloud, Cyrus) that answer a multiget with a copy of a card in
 * the version that was asked for, 3.0 by default: an edit of such a copy, written back, would downgrade a 4.0 card. And
 * some (Nextcloud) show another's confidential event as `Busy`, under the ETag of the full one.
 */
import { BackendError } from "../../errors.ts";
import type { Item } from "../backend.ts";
import { asCollection } from "./href.ts";
import { readItem } from "./item.ts";
import { DAV, hrefs, property } from "./multistatus.ts";
import { fetchAll, fetchOne, type Wire } from "./wire.ts";
import { cardInVersion, cardStoredAs } from "./xml.ts";

/** See `Account.stored`. */
export async function stored(wire: Wire, item: Item, signal?: AbortSignal): Promise<Item> {
  const version = versionOf(item.text);
  if (version === undefined) {
    if (/^CLASS:CONFIDENTIAL/im.test(item.text) && (await isOthers(wire, item, signal))) {
      throw new BackendError("refused", `${item.href}: a confidential event of another user's`);
    }
    return item;
  }
  wire.facts.convertsCards ??= await convertsCards(wire, item, version, signal);
  if (!wire.facts.convertsCards) return item;
  // A property is not converted, where the server has it at all: conversion belongs to the reports (RFC 6352 §10.4).
  const kept = readItem(await fetchOne(wire, item.href, ["D:getetag", "CARD:address-data"], signal), "addressbook");
  if (kept !== undefined) return kept;
  for (const one of [version, otherThan(version)]) {
    const found = await ifStoredAs(wire, item, one, signal);
    if (found !== undefined) return found;
  }
  throw new BackendError("refused", `${item.href}: the server does not tell the version that it stores`);
}

/** Whether the collection says that its owner is not who is logged in. */
async function isOthers(wire: Wire, { href }: Item, signal: AbortSignal | undefined): Promise<boolean> {
  const collection = href.slice(0, href.lastIndexOf("/") + 1);
  const response = await fetchOne(wire, collection, ["D:owner", "D:current-user-principal"], signal);
  const [owner] = hrefs(property(response, DAV, "owner"));
  const [self] = hrefs(property(response, DAV, "current-user-principal"));
  return owner !== undefined && self !== undefined && asCollection(owner) !== asCollection(self);
}

/** Asks for a card in the version it did not come in: who gives it so converts. */
async function convertsCards(
  wire: Wire,
  item: Item,
  version: string,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  const other = otherThan(version);
  const path = item.href.slice(0, item.href.lastIndexOf("/") + 1);
  const body = cardInVersion(item.href, other);
  try {
    const { responses } = await fetchAll(wire, { method: "REPORT", path, depth: "0", body, signal });
    const [copy] = responses.flatMap((response) => readItem(response, "addressbook") ?? []);
    return copy !== undefined && versionOf(copy.text) === other;
  } catch (error) {
    // A server that refuses the version does not convert into it.
    if (error instanceof BackendError && error.kind === "refused") return false;
    throw error;
  }
}

function otherThan(version: string): string {
  return version === "4.0" ? "3.0" : "4.0";
}

/** The card in this version, if that is the one it is stored in: filters work on what is stored (Cyrus). */
async function ifStoredAs(
  wire: Wire,
  { href }: Item,
  version: string,
  signal: AbortSignal | undefined,
): Promise<Item | undefined> {
  const body = cardStoredAs(version);
  try {
    const { responses } = await fetchAll(wire, { method: "REPORT", path: href, depth: "0", body, signal });
    const [found] = responses.flatMap((response) => readItem(response, "addressbook") ?? []);
    return found?.href === href && versionOf(found.text) === version ? found : undefined;
  } catch (error) {
    if (error instanceof BackendError && error.kind !== "auth" && error.kind !== "busy" && error.status !== undefined) {
      return undefined; // Who does not know the question does not tell.
    }
    throw error;
  }
}

/** Undefined for what is no vCard. */
function versionOf(text: string): string | undefined {
  return /^BEGIN:VCARD/i.test(text) ? (/^VERSION:([\d.]+)/im.exec(text)?.[1] ?? "") : undefined;
}
