/** What a refused write means: one status has many reasons, and some servers have a status of their own for each. */
import { BackendError } from "../../errors.ts";
import type { Component } from "../backend.ts";
import { uidOf } from "../uid.ts";
import { findByUid } from "./query.ts";
import { readRevision } from "./read.ts";
import { fetchOne, type Wire } from "./wire.ts";
import type { Put } from "./write.ts";

/** Statuses behind which Nextcloud (400), Cyrus (403), DAViCal (412) and others hide that the UID is taken. */
const hiding = new Set([400, 403, 409, 412, 500]);

/** The reason why a PUT of something new failed, as far as it can be found out. */
export async function whyNotCreated(wire: Wire, put: Put, error: unknown): Promise<unknown> {
  if (!(error instanceof BackendError) || error.status === undefined) return error;
  if (error.kind === "gone") return (await isThere(wire, put.collection, put.signal)) ? readOnly(error) : error;
  if (!hiding.has(error.status)) return error;
  if (error.precondition === "unique-scheduling-object-resource") return taken(error);
  if (error.precondition !== undefined) return error;
  const isConflict = error.status === 412;
  if (isConflict && (await exists(wire, put))) return error;
  if (await isUidTaken(wire, put)) return taken(error);
  // Nothing is there to be in conflict with: it is the text that the server will not have.
  return isConflict ? as("refused", error) : error;
}

/** An item that a write was about. */
export interface Target {
  readonly href: string;
  /** The revision the write was for. */
  readonly rev: string | undefined;
  readonly signal: AbortSignal | undefined;
}

/**
 * The reason why a PUT or DELETE of an item failed. A 404 is asked about, because it may stand for "not yours to
 * write", and so is a 412, which may stand for "gone" (RFC 9110 §13.1.1 does not tell the two apart) or for a refusal.
 */
export async function whyNotWritten(wire: Wire, { href, rev, signal }: Target, error: unknown): Promise<unknown> {
  if (!(error instanceof BackendError)) return error;
  const isGone = error.kind === "gone";
  if (!isGone && (error.kind !== "conflict" || error.precondition !== undefined)) return error;
  try {
    const now = await readRevision(wire, href, signal);
    if (isGone) return readOnly(error);
    return error.status === 412 && now.rev === rev ? as("refused", error) : error;
  } catch (other) {
    const isAnswer = other instanceof BackendError && (isGone || other.kind === "gone");
    return isAnswer ? other : error;
  }
}

async function exists(wire: Wire, { href, signal }: Put): Promise<boolean> {
  try {
    await readRevision(wire, href, signal);
    return true;
  } catch (error) {
    if (error instanceof BackendError && error.kind === "gone") return false;
    return true; // Unknown: the conflict stands.
  }
}

async function isThere(wire: Wire, collection: string, signal: AbortSignal | undefined): Promise<boolean> {
  try {
    await fetchOne(wire, collection, ["D:resourcetype"], signal);
    return true;
  } catch {
    return false; // The status of the write is the answer then.
  }
}

/** Throws `no-uid-conflict` for an event whose UID is taken, where the server would store it all the same. */
export async function requireFreeUid(wire: Wire, put: Put): Promise<void> {
  if (!wire.facts.storesUidTwice || !/^\s*BEGIN:VCALENDAR/i.test(put.text)) return;
  if (await isUidTaken(wire, put)) {
    throw new BackendError("conflict", `PUT ${put.href}: the UID is taken`, { precondition: "no-uid-conflict" });
  }
}

async function isUidTaken(wire: Wire, put: Put): Promise<boolean> {
  const uid = uidOf(put.text);
  if (uid === undefined) return false;
  try {
    const other = await findByUid(wire, put.collection, uid, put.signal, componentOf(put.text));
    return other !== undefined && other.href !== put.href;
  } catch {
    return false; // The refusal itself is the answer then.
  }
}

/** An event is in the way of an event, a card of a card; undefined where the text does not say. */
function componentOf(text: string): Component | undefined {
  const [, name] = /^\s*BEGIN:(VCARD|VEVENT|VTODO|VJOURNAL)\s*$/im.exec(text) ?? [];
  return name?.toUpperCase() as Component | undefined;
}

function taken(error: BackendError): BackendError {
  return as("conflict", error, "no-uid-conflict");
}

/** What is there and answered with 404 may not be written by this user. */
function readOnly(error: BackendError): BackendError {
  return as("refused", error);
}

function as(kind: "conflict" | "refused", error: BackendError, precondition?: string): BackendError {
  return new BackendError(kind, error.message, {
    cause: error,
    ...(precondition !== undefined && { precondition }),
    ...(error.status !== undefined && { status: error.status }),
  });
}
