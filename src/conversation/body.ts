/** What is kept of a request's octets, and of an answer's. */
import { WireError } from "../errors.ts";
import { children, type Element, text } from "../wire/element.ts";
import { decode } from "../wire/reader.ts";
import { show } from "../wire/show.ts";
import type { Body } from "./entry.ts";
import { type Redaction, redact, redactedMessage } from "./redact.ts";

/** Characters of a dump that are kept: a window of 512 contacts has more. */
const treeCharacters = 256 * 1024;
/** Values whose length is told because not all of them is kept. */
const mostCuts = 20;

/** An answer before it is sent: octets, or a file of which nothing but the length is known here. */
export type Sent = Buffer | readonly (Buffer | { readonly length: number })[] | undefined;

export function keepRequest(octets: Buffer, isMessage: boolean, redaction: Redaction): Body {
  if (octets.length === 0 || !isMessage) return keepOctets(octets, redaction);
  const message = redactedMessage(octets, redaction);
  return { octets: octets.length, message };
}

export interface KeptAnswer {
  readonly body: Body;
  readonly statuses: readonly string[];
}

/** What an answer is, by its type. */
export type AnswerKind = "document" | "multipart" | "file";

/** Of an answer in parts the document is kept, and of each file its length. */
export function keepAnswer(sent: Sent, kind: AnswerKind, redaction: Redaction): KeptAnswer {
  const pieces = sent === undefined || Buffer.isBuffer(sent) ? [sent ?? Buffer.alloc(0)] : sent;
  const octets = pieces.reduce((sum, piece) => sum + piece.length, 0);
  if (kind === "file") return { body: { octets, notes: ["a file, of which nothing is kept"] }, statuses: [] };
  // Before the document of a multipart answer stands where its parts are.
  const [document, ...files] = kind === "multipart" ? pieces.slice(1) : pieces;
  const read = Buffer.isBuffer(document) ? readDocument(document) : undefined;
  const body = keepDocument(octets, read, redaction);
  const parts = files.map(({ length }) => length);
  return { body: parts.length === 0 ? body : { ...body, parts }, statuses: statusesIn(read) };
}

function keepOctets(octets: Buffer, redaction: Redaction): Body {
  return keepDocument(octets.length, readDocument(octets), redaction);
}

/** An element; undefined for no octets; why they cannot be read. */
type Read = Element | string | undefined;

function readDocument(octets: Buffer): Read {
  if (octets.length === 0) return undefined;
  try {
    return decode(octets);
  } catch (error) {
    if (error instanceof WireError) return `no document: ${error.message}`;
    throw error;
  }
}

function keepDocument(octets: number, document: Read, redaction: Redaction): Body {
  if (document === undefined) return { octets };
  if (typeof document === "string") return { octets, notes: [document] };
  const cuts: string[] = [];
  const kept = redact(document, redaction, (name, length) => cuts.push(`${name} was longer: ${length}`));
  const { tree, note } = bounded(show(kept));
  const more = cuts.length > mostCuts ? [`and ${cuts.length - mostCuts} others`] : [];
  const notes = [...cuts.slice(0, mostCuts), ...more, ...note];
  return { octets, tree, ...(notes.length === 0 ? {} : { notes }) };
}

/** At the end of a line: what is left is a tree still. */
function bounded(whole: string): { readonly tree: string; readonly note: readonly string[] } {
  if (whole.length <= treeCharacters) return { tree: whole, note: [] };
  const tree = whole.slice(0, whole.lastIndexOf("\n", treeCharacters) + 1);
  return { tree, note: [`the tree goes on: ${whole.length - tree.length} characters`] };
}

/** The command's own Status, else each one that its collections and items have. */
export function statusesIn(document: Read): readonly string[] {
  if (document === undefined || typeof document === "string") return [];
  const own = children(document).filter(isStatus).map(text);
  return own.length > 0 ? own : [...new Set(allStatuses(document))];
}

/** Not those within an item, which are the item's own. */
function allStatuses(of: Element): readonly string[] {
  if (of.name === "AirSync:ApplicationData" || of.name.endsWith(":Properties")) return [];
  return children(of).flatMap((inner) => (isStatus(inner) ? [text(inner)] : allStatuses(inner)));
}

function isStatus({ name }: Element): boolean {
  return name.endsWith(":Status");
}
