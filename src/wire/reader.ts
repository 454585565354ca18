/** WBXML octets to elements. */
import { WireError } from "../errors.ts";
import { wireLimits } from "../schema/limits.ts";
import { firstToken, type QName, tagAt, unknownName } from "../schema/pages.ts";
import type { Element } from "./element.ts";
import * as token from "./tokens.ts";

export interface ReadLimits {
  /** Most octets of a document. */
  readonly octets?: number;
  /** Most elements within elements. */
  readonly depth?: number;
  /** Most elements in all. */
  readonly elements?: number;
}

/**
 * Reads one WBXML document. What it takes beyond the letter of MS-ASWBXML, because devices send it or because it costs
 * nothing: any public identifier that is a number; character entities; a value in several runs of text; OPAQUE where
 * text is expected and the reverse; tags in no table (named as `unknownName` says); octets that are not UTF-8 (U+FFFD).
 * An empty value and an empty tag read the same: `content` is undefined. OPAQUE content is a view of `bytes`, no copy.
 * Work and memory are linear in the length of `bytes`.
 *
 * @throws WireError when the octets are no WBXML, use what EAS forbids (string table, attributes, extensions,
 * processing instructions, literals), mix a value with child elements, end early, go on after the root, or exceed a
 * limit.
 */
export function decode(bytes: Uint8Array, limits: ReadLimits = {}): Element {
  const input = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const { octets, depth, elements } = { ...wireLimits, ...limits };
  if (input.length > octets) throw new WireError(`document of ${input.length} octets, at most ${octets} are taken`, 0);
  return new Reader(input, depth, elements).document();
}

/** An element that is still open. At most one of `children`, `text` and `opaque` is there. */
interface Open {
  readonly name: QName;
  children: Element[] | undefined;
  text: string | undefined;
  opaque: Buffer | undefined;
}

class Reader {
  private readonly input: Buffer;
  private readonly mostOpen: number;
  private elementsLeft: number;
  private readonly open: Open[] = [];
  private at = 0;
  private page = 0;

  constructor(input: Buffer, depth: number, elements: number) {
    this.input = input;
    this.mostOpen = depth;
    this.elementsLeft = elements;
  }

  document(): Element {
    this.header();
    for (;;) {
      const done = this.step();
      if (done === undefined) continue;
      if (this.at < this.input.length) throw this.error("octets after the end of the document");
      return done;
    }
  }

  private header(): void {
    const version = this.octet();
    if (version !== token.header[0]) throw this.error(`WBXML version 0x${hex(version)} instead of 0x03`, 0);
    if (this.number() === 0) throw this.error("public identifier in a string table", 1);
    const charset = this.number();
    if (charset !== token.header[2]) throw this.error(`charset 0x${hex(charset)} instead of 0x6A, UTF-8`);
    if (this.number() !== 0) throw this.error("a string table");
  }

  /** Reads one token; the root when it was its last. */
  private step(): Element | undefined {
    const start = this.at;
    const octet = this.octet();
    const top = this.open.at(-1);
    switch (octet) {
      case token.SWITCH_PAGE:
        this.page = this.octet();
        return undefined;
      case token.END:
        if (top === undefined) throw this.error("END without an open element", start);
        this.open.pop();
        return this.closed(finish(top));
      case token.STR_I:
        this.addText(top, this.string(), start);
        return undefined;
      case token.ENTITY:
        this.addText(top, this.entity(start), start);
        return undefined;
      case token.OPAQUE:
        this.addOpaque(top, this.opaque(), start);
        return undefined;
      default:
        return this.tag(octet, top, start);
    }
  }

  private tag(octet: number, top: Open | undefined, start: number): Element | undefined {
    const known = token.forbidden.get(octet);
    if (known !== undefined) throw this.error(`${known}, which EAS does not use`, start);
    if ((octet & token.hasAttributes) !== 0) throw this.error("a tag with attributes", start);
    const id = octet & token.identity;
    if (id < firstToken) throw this.error(`octet 0x${hex(octet)} is no tag`, start);
    if (top !== undefined && (top.text !== undefined || top.opaque !== undefined)) {
      throw this.error(`an element beside the value of ${top.name}`, start);
    }
    if (this.elementsLeft-- <= 0) throw this.error("too many elements", start);
    const name = tagAt(this.page, id)?.name ?? unknownName(this.page, id);
    if ((octet & token.hasContent) === 0) return this.closed({ name, content: undefined });
    if (this.open.length >= this.mostOpen) throw this.error(`elements nested deeper than ${this.mostOpen}`, start);
    this.open.push({ name, children: undefined, text: undefined, opaque: undefined });
    return undefined;
  }

  /** Hands a complete element to its parent, or out when it has none. */
  private closed(element: Element): Element | undefined {
    const parent = this.open.at(-1);
    if (parent === undefined) return element;
    (parent.children ??= []).push(element);
    return undefined;
  }

  private addText(top: Open | undefined, run: string, start: number): void {
    this.expectValue(top, start);
    if (top.opaque !== undefined) throw this.error(`text beside the octets of ${top.name}`, start);
    if (run !== "") top.text = (top.text ?? "") + run;
  }

  private addOpaque(top: Open | undefined, run: Buffer, start: number): void {
    this.expectValue(top, start);
    if (run.length === 0) return;
    if (top.opaque !== undefined || top.text !== undefined) throw this.error(`two values in ${top.name}`, start);
    top.opaque = run;
  }

  private expectValue(top: Open | undefined, start: number): asserts top is Open {
    if (top === undefined) throw this.error("a value outside of any element", start);
    if (top.children !== undefined) throw this.error(`a value beside the children of ${top.name}`, start);
  }

  private string(): string {
    const end = this.input.indexOf(0, this.at);
    if (end < 0) throw this.error("a string without its end");
    const run = this.input.toString("utf8", this.at, end);
    this.at = end + 1;
    return run;
  }

  private opaque(): Buffer {
    const length = this.number();
    if (length > this.input.length - this.at) throw this.error(`OPAQUE of ${length} octets, more than there are`);
    const run = this.input.subarray(this.at, this.at + length);
    this.at += length;
    return run;
  }

  private entity(start: number): string {
    const point = this.number();
    const isCharacter = point > 0 && point <= 0x10ffff && (point < 0xd800 || point > 0xdfff);
    if (!isCharacter) throw this.error(`entity ${point} is no character`, start);
    return String.fromCodePoint(point);
  }

  /** mb_u_int32: seven bits an octet, the highest first, at most five octets. */
  private number(): number {
    const start = this.at;
    let value = 0;
    for (let octets = 0; octets < 5; octets++) {
      const octet = this.octet();
      value = value * 0x80 + (octet & 0x7f);
      if ((octet & 0x80) !== 0) continue;
      if (value > 0xffff_ffff) break;
      return value;
    }
    throw this.error("a number above 32 bits", start);
  }

  private octet(): number {
    const octet = this.input[this.at];
    if (octet === undefined) throw this.error("the document ends early");
    this.at++;
    return octet;
  }

  private error(message: string, offset: number = this.at): WireError {
    return new WireError(message, offset);
  }
}

function finish(open: Open): Element {
  return { name: open.name, content: open.children ?? open.text ?? open.opaque };
}

function hex(octet: number): string {
  return octet.toString(16).toUpperCase().padStart(2, "0");
}
