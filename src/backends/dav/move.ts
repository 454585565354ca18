/** Moving an item between collections: by MOVE, and where a server refuses that, by PUT and then DELETE. */
import { BackendError } from "../../errors.ts";
import type { Item, Written } from "../backend.ts";
import { uidOf } from "../uid.ts";
import { accept } from "./accept.ts";
import { pathOf } from "./href.ts";
import { readOne, readRevision } from "./read.ts";
import { requireFreeUid } from "./refusal.ts";
import { revisionOf } from "./revision.ts";
import { stored } from "./stored.ts";
import { send, urlOf, type Wire } from "./wire.ts";
import { create, remove, update } from "./write.ts";

/** See `Account.move`. */
export async function move(
  wire: Wire,
  href: string,
  collection: string,
  name: string,
  signal?: AbortSignal,
): Promise<Written> {
  if (name === "" || name.includes("/")) throw new TypeError("a name is a file name without a slash");
  const way: Way = { href, collection, name, target: pathOf(collection + encodeURIComponent(name)), signal };
  if (way.target === href) throw new BackendError("refused", `MOVE ${href}: onto itself`);
  if (wire.facts.storesUidTwice) {
    const source = await readOne(wire, href, signal);
    if (source) await requireFreeUid(wire, { href: way.target, collection, text: source.text, signal });
  }
  return (await moveByServer(wire, way)) ?? moveByCopy(wire, way);
}

interface Way {
  readonly href: string;
  readonly collection: string;
  readonly name: string;
  readonly target: string;
  readonly signal: AbortSignal | undefined;
}

/** Statuses by which servers say that they know no MOVE at all; a 403 (sabre/dav) may be about this one only. */
const unknownMethod = new Set([405, 501]);

/** RFC 4918 §9.9. Undefined when the server would not: why is seen when it is done by hand. */
async function moveByServer(wire: Wire, { href, target, signal }: Way): Promise<Written | undefined> {
  if (wire.facts.refusesMove) return undefined;
  const headers = { Destination: urlOf(wire, target).href, Overwrite: "F" };
  const reply = await send(wire, "MOVE", href, { headers, signal });
  try {
    await accept(`MOVE ${href}`, reply);
  } catch (error) {
    if (!(error instanceof BackendError) || error.status === undefined) throw error;
    if (error.kind === "auth" || error.kind === "busy") throw error;
    if (unknownMethod.has(error.status)) wire.facts.refusesMove = true;
    return undefined;
  }
  const rev = revisionOf(reply.headers.etag);
  return { ...(rev === undefined ? await readRevision(wire, target, signal) : { href: target, rev }), verbatim: false };
}

/** How often a source that changes meanwhile is copied again. */
const attempts = 3;

/**
 * The copy comes first, so that the item is never nowhere. A copy that an earlier call left behind is known by its UID
 * under the name, which nobody else uses, and becomes what the source is now.
 */
async function moveByCopy(wire: Wire, way: Way): Promise<Written> {
  const { href, target, signal } = way;
  for (let attempt = 1; ; attempt += 1) {
    const source = await readOne(wire, href, signal);
    const there = await readTarget(wire, way);
    if (source === undefined) {
      if (there === undefined) throw new BackendError("gone", `MOVE ${href}: 404`, { status: 404 });
      return { href: target, rev: there.rev, verbatim: false }; // It was moved before.
    }
    if (there !== undefined && uidOf(there.text) !== uidOf(source.text)) {
      throw new BackendError("conflict", `MOVE ${href}: 412`, { status: 412 });
    }
    const written = await copy(wire, way, await stored(wire, source, signal), there);
    try {
      // Who moves a meeting to another calendar does not decline it (RFC 6638 §8.1).
      await remove(wire, href, source.rev, signal, { "Schedule-Reply": "F" });
      return written;
    } catch (error) {
      if (!(error instanceof BackendError)) throw error;
      if (error.kind === "gone") return written;
      if (error.kind === "conflict" && attempt < attempts) continue;
      // It stays where it is: the copy goes again.
      if (error.kind === "conflict" || error.kind === "refused") await remove(wire, target, written.rev, signal);
      throw error;
    }
  }
}

async function copy(wire: Wire, way: Way, source: Item, there: Item | undefined): Promise<Written> {
  const { collection, name, target, signal } = way;
  if (there === undefined) return create(wire, collection, name, source.text, signal);
  if (there.text === source.text) return { href: target, rev: there.rev, verbatim: false };
  return update(wire, target, there.rev, source.text, signal);
}

async function readTarget(wire: Wire, { target, signal }: Way): Promise<Item | undefined> {
  try {
    return await readOne(wire, target, signal);
  } catch (error) {
    if (!(error instanceof BackendError) || error.kind !== "gone") throw error;
    throw new BackendError("refused", `MOVE to ${target}: there is no such collection`, { cause: error });
  }
}
