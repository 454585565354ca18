/** Storing and deleting items, always on condition, and what servers make of it. */
import { BackendError } from "../../errors.ts";
import type { Written } from "../backend.ts";
import { accept } from "./accept.ts";
import { pathOf } from "./href.ts";
import { restoreLineEnds } from "./multistatus.ts";
import { read, readRevision } from "./read.ts";
import { requireFreeUid, whyNotCreated, whyNotWritten } from "./refusal.ts";
import { revisionOf } from "./revision.ts";
import { freeUid } from "./trashbin.ts";
import { send, type Wire } from "./wire.ts";

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
  await requireFreeUid(wire, put);
  try {
    return await store(wire, put, { "If-None-Match": "*" });
  } catch (error) {
    const reason = await whyNotCreated(wire, put, error);
    if (!(await freeUid(wire, put, reason))) throw reason;
    return store(wire, put, { "If-None-Match": "*" });
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
    throw await whyNotWritten(wire, { href, rev, signal }, error);
  }
}

/** See `Account.remove`. `extra` are headers beside the condition. */
export async function remove(
  wire: Wire,
  href: string,
  rev: string | undefined,
  signal?: AbortSignal,
  extra: Readonly<Record<string, string>> = {},
): Promise<void> {
  const headers: Record<string, string> = rev === undefined ? { ...extra } : { ...extra, "If-Match": rev };
  const reply = await send(wire, "DELETE", href, { headers, signal });
  try {
    await accept(`DELETE ${href}`, reply);
  } catch (error) {
    const reason = await whyNotWritten(wire, { href, rev, signal }, error);
    // The connection broke and the repeat found nothing: it was deleted the first time.
    if (reply.repeated && reason instanceof BackendError && reason.kind === "gone") return;
    throw reason;
  }
}

/** A text on its way to an href. */
export interface Put {
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
  return { ...(await readRevision(wire, href, signal)), verbatim: false };
}

/** Our own PUT, carried out before its connection broke, is no conflict. */
async function isStored(wire: Wire, put: Put, error: unknown): Promise<Written | undefined> {
  if (!(error instanceof BackendError) || error.kind !== "conflict") return undefined;
  for await (const item of read(wire, put.collection, [put.href], put.signal)) {
    if (item.text === restoreLineEnds(put.text)) return { href: item.href, rev: item.rev, verbatim: true };
  }
  return undefined;
}
