/** Storing and deleting items, always on condition, and what servers make of it. */
import { BackendError } from "../../errors.ts";
import type { Entry, Item, Written } from "../backend.ts";
import { uidOf } from "../uid.ts";
import type { Reply } from "./exchange.ts";
import { failureOf } from "./failure.ts";
import { pathOf } from "./href.ts";
import * as limits from "./limits.ts";
import { createMultistatusReader, DAV, property, restoreLineEnds } from "./multistatus.ts";
import { findByUid } from "./query.ts";
import { read } from "./read.ts";
import { quoted, revisionOf } from "./revision.ts";
import { failureIn, fetchOne, send, type Wire } from "./wire.ts";

/** See `Account.create`. */
export async function create(
  wire: Wire,
  collection: string,
  name: string,
  text: string,
  signal?: AbortSignal,
): Promise<Written> {
  if (name === "" || name.includes("/")) throw new TypeError("a name is a file name without a slash");
  const put: Put = { href: pathOf(collection + encodeURIComponent(name)), collection, text, signal };
  try {
    return await store(wire, put, { "If-None-Match": "*" });
  } catch (error) {
    throw (await uidConflict(wire, put, error)) ?? error;
  }
}

/** See `Account.update`. */
export async function update(
  wire: Wire,
  href: string,
  rev: string,
  text: string,
  signal?: AbortSignal,
): Promise<Written> {
  const put: Put = { href, collection: href.slice(0, href.lastIndexOf("/") + 1), text, signal };
  try {
    return await store(wire, put, { "If-Match": rev });
  } catch (error) {
    throw await conflictOrGone(wire, href, error, signal);
  }
}

/** See `Account.remove`. */
export async function remove(wire: Wire, href: string, rev: string | undefined, signal?: AbortSignal): Promise<void> {
  const headers: Record<string, string> = rev === undefined ? {} : { "If-Match": rev };
  const reply = await send(wire, "DELETE", href, { headers, signal });
  try {
    await accept(`DELETE ${href}`, reply);
  } catch (error) {
    // The connection broke and the repeat found nothing: it was deleted the first time.
    if (reply.repeated && error instanceof BackendError && error.kind === "gone") return;
    throw await conflictOrGone(wire, href, error, signal);
  }
}

interface Put {
  readonly href: string;
  readonly collection: string;
  readonly text: string;
  readonly signal: AbortSignal | undefined;
}

async function store(wire: Wire, put: Put, condition: Record<string, string>): Promise<Written> {
  const { href, text, signal } = put;
  const what = `PUT ${href}`;
  const type = /^\s*BEGIN:VCARD/i.test(text) ? "text/vcard" : "text/calendar";
  const headers = { "Content-Type": `${type}; charset=utf-8`, ...condition };
  const reply = await send(wire, "PUT", href, { headers, body: text, signal });
  try {
    await accept(what, reply);
  } catch (error) {
    const ours = reply.repeated && (await isStored(wire, put, error));
    if (ours) return ours;
    throw error;
  }
  const rev = revisionOf(reply.headers.etag);
  if (rev !== undefined) return { href, rev, verbatim: true };
  return { ...(await revision(wire, href, signal)), verbatim: false };
}

/** Throws unless the reply is a success, also where a failure is wrapped into a 207 (Xandikos). */
async function accept(what: string, reply: Reply): Promise<void> {
  if (reply.status === 207) return acceptWrapped(what, reply);
  if (reply.status === 200 && /^text\/html\b/i.test(reply.headers["content-type"] ?? "")) {
    reply.discard();
    // A login page or a proxy's own: no DAV server answers a write with a page and 200 (mod_dav does with 201).
    throw new BackendError("unreachable", `${what}: a page of HTML instead of an answer`);
  }
  if (reply.status >= 200 && reply.status < 300) return reply.discard();
  throw await failureOf(what, reply);
}

async function acceptWrapped(what: string, reply: Reply): Promise<void> {
  const reader = createMultistatusReader(what);
  const text = await reply.text(limits.ERROR_SIZE);
  const responses = reader.write(Buffer.from(text));
  reader.end();
  if (responses.length === 0) throw new BackendError("unreachable", `${what}: an empty multistatus`);
  for (const response of responses) {
    if ((response.status ?? response.refused ?? 200) >= 300) throw failureIn(what, response);
  }
}

/** The revision of an item whose PUT did not tell. */
async function revision(wire: Wire, href: string, signal: AbortSignal | undefined): Promise<Entry> {
  const response = await fetchOne(wire, href, ["D:getetag"], signal);
  const rev = property(response, DAV, "getetag")?.text.trim();
  if (!rev) throw new BackendError("unreachable", `PROPFIND ${href}: the server gives no revision`);
  return { href, rev: quoted(rev) };
}

/** A 412 on an item that is not there means that it is gone (RFC 9110 §13.1.1 does not tell the two apart). */
async function conflictOrGone(
  wire: Wire,
  href: string,
  error: unknown,
  signal: AbortSignal | undefined,
): Promise<unknown> {
  if (!(error instanceof BackendError) || error.kind !== "conflict" || error.precondition !== undefined) return error;
  try {
    await revision(wire, href, signal);
    return error;
  } catch (other) {
    return other instanceof BackendError && other.kind === "gone" ? other : error;
  }
}

/** Our own PUT, carried out before its connection broke, is no conflict. */
async function isStored(wire: Wire, put: Put, error: unknown): Promise<Written | undefined> {
  if (!(error instanceof BackendError) || error.kind !== "conflict") return undefined;
  for await (const item of read(wire, put.collection, [put.href], put.signal)) {
    if (item.text === restoreLineEnds(put.text)) return { href: item.href, rev: item.rev, verbatim: true };
  }
  return undefined;
}

/** Statuses behind which Nextcloud (400), Cyrus (403) and others hide that the UID is taken. */
const hiding = new Set([400, 403, 409, 500]);

/** Says that the UID is taken where the server only said no. */
async function uidConflict(wire: Wire, put: Put, error: unknown): Promise<BackendError | undefined> {
  if (!(error instanceof BackendError) || error.status === undefined || !hiding.has(error.status)) return undefined;
  if (error.precondition === "unique-scheduling-object-resource") return taken(error);
  if (error.precondition !== undefined) return undefined;
  const uid = uidOf(put.text);
  if (uid === undefined) return undefined;
  let other: Item | undefined;
  try {
    other = await findByUid(wire, put.collection, uid, put.signal);
  } catch {
    return undefined; // The refusal itself is the answer then.
  }
  return other && other.href !== put.href ? taken(error) : undefined;
}

function taken(error: BackendError): BackendError {
  return new BackendError("conflict", error.message, {
    cause: error,
    precondition: "no-uid-conflict",
    ...(error.status !== undefined && { status: error.status }),
  });
}
