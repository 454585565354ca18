/**
 * The readable dump: one element per line, two spaces per level, values as JSON strings, bytes as base64.
 *
 *     AirSync:Sync
 *       AirSync:Status "1"
 *       Email2:ConversationId base64 AAECAw==
 *
 * It is what `isthmus decode` prints and what golden files (`.eas`) hold; `parseShown` reads it back.
 */
import { isKnownName, isUnknownName, type QName } from "../schema/pages.ts";
import type { Content, Element } from "./element.ts";
import { isStructural } from "./structural.ts";

export interface ShowOptions {
  /** Values longer than this (characters, or octets of bytes) are cut and their length is told. Left out: never. */
  readonly cutAt?: number;
  /** Replaces what people wrote or are called, and passwords, by its length; keys, ids, flags and times stay. */
  readonly redact?: boolean;
}

/** The dump of an element, with a newline at its end. */
export function show(root: Element, options: ShowOptions = {}): string {
  const lines: string[] = [];
  showInto(lines, root, "", options);
  return `${lines.join("\n")}\n`;
}

/**
 * Reads a dump that was neither cut nor redacted. Empty lines and lines that begin with `#` are skipped.
 * @throws SyntaxError with the line's number when a line is no element, a name is in no table, or the nesting is wrong.
 */
export function parseShown(dump: string): Element {
  const roots: Element[] = [];
  const open: { children: Element[]; hasValue: boolean }[] = [{ children: roots, hasValue: false }];
  for (const [index, line] of dump.split(/\r?\n/).entries()) {
    if (/^\s*(#.*)?$/.test(line)) continue;
    const { level, name, content } = parseLine(line, index + 1);
    const parent = open[level];
    if (parent === undefined || parent.hasValue) throw new SyntaxError(`line ${index + 1}: indented under no element`);
    const children: Element[] = [];
    parent.children.push({ name, content: content ?? children });
    open.length = level + 1;
    open.push({ children, hasValue: content !== undefined });
  }
  const [root, second] = roots;
  if (root === undefined || second !== undefined) throw new SyntaxError(`${roots.length} root elements instead of one`);
  return emptied(root);
}

function showInto(lines: string[], of: Element, indent: string, options: ShowOptions): void {
  const { name, content } = of;
  lines.push(`${indent}${name}${shownValue(name, content, options)}`);
  if (content === undefined || typeof content === "string" || content instanceof Uint8Array) return;
  for (const child of content) showInto(lines, child, `${indent}  `, options);
}

function shownValue(name: QName, content: Content, options: ShowOptions): string {
  const isValue = typeof content === "string" || content instanceof Uint8Array;
  if (!isValue || content.length === 0) return "";
  const kind = typeof content === "string" ? "characters" : "octets";
  if (options.redact === true && !isStructural(name, content)) return ` [${content.length} ${kind}]`;
  const cutAt = options.cutAt ?? Number.POSITIVE_INFINITY;
  const isCut = content.length > cutAt;
  const shown =
    typeof content === "string"
      ? JSON.stringify(isCut ? content.slice(0, cutAt) : content)
      : `base64 ${Buffer.from(isCut ? content.subarray(0, cutAt) : content).toString("base64")}`;
  return isCut ? ` ${shown}… [${content.length} ${kind}]` : ` ${shown}`;
}

function parseLine(line: string, number: number): { level: number; name: QName; content: Content } {
  const [, indent, name, base64, quoted] =
    /^((?: {2})*)([\w:]+)(?: base64 ([A-Za-z0-9+/]+={0,2})| ("(?:[^"\\]|\\.)*"))?\s*$/.exec(line) ?? [];
  if (indent === undefined || name === undefined) throw new SyntaxError(`line ${number}: no element: ${line.trim()}`);
  if (!isKnownName(name) && !isUnknownName(name)) throw new SyntaxError(`line ${number}: no page has ${name}`);
  const level = indent.length / 2;
  if (base64 !== undefined) return { level, name, content: Buffer.from(base64, "base64") };
  if (quoted === undefined) return { level, name, content: undefined };
  const value: unknown = JSON.parse(quoted);
  return { level, name, content: typeof value === "string" ? value : undefined };
}

/** Elements without children become empty tags, as the reader has them. */
function emptied(of: Element): Element {
  if (of.content === undefined || typeof of.content === "string" || of.content instanceof Uint8Array) return of;
  return { name: of.name, content: of.content.length === 0 ? undefined : of.content.map(emptied) };
}
