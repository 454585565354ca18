/** Elements to WBXML octets. */
import { placeOfUnknown, type QName, tagOf } from "../schema/pages.ts";
import type { Element } from "./element.ts";
import * as token from "./tokens.ts";

/** Writes a whole document. */
export function encode(root: Element): Buffer {
  const writer = new Writer();
  writer.element(root);
  return writer.finish();
}

/**
 * Writes one element so that it can be put into any document with `Writer.raw`: it begins with a SWITCH_PAGE and so
 * means the same at every place. For items that are written once and sent to many devices.
 */
export function encodeFragment(of: Element): Buffer {
  const writer = new Writer({ fragment: true });
  writer.element(of);
  return writer.finish();
}

export interface WriterOptions {
  /** Octets to begin with; the buffer doubles when it is full. */
  readonly size?: number;
  /** Leaves out the header and begins with a SWITCH_PAGE. */
  readonly fragment?: boolean;
}

/**
 * Writes a document piece by piece: `open`, what is in it, `close`, and at last `finish`. A value is written as OPAQUE
 * where the tag's row says so, else as STR_I; bytes given for a text tag are read as UTF-8, text for an opaque tag is
 * written as UTF-8. Characters that XML 1.0 does not have are left out of text. A misuse (close without open, a name
 * in no table, finish with open elements) is a bug and throws a plain Error.
 */
export class Writer {
  private buffer: Buffer;
  private used = 0;
  /** The page the reader will be in; `undefined` when that is not known. */
  private page: number | undefined;
  private openElements = 0;

  constructor(options: WriterOptions = {}) {
    this.buffer = Buffer.allocUnsafe(Math.max(options.size ?? 4096, 16));
    if (options.fragment === true) return;
    for (const octet of token.header) this.buffer[this.used++] = octet;
    this.page = 0;
  }

  /** Octets written so far. */
  get length(): number {
    return this.used;
  }

  /** Starts an element that will have content. */
  open(name: QName): void {
    this.tag(placeOf(name), token.hasContent);
    this.openElements++;
  }

  /** Ends the element that was opened last. */
  close(): void {
    if (this.openElements === 0) throw new Error("close without an open element");
    this.openElements--;
    this.reserve(1);
    this.buffer[this.used++] = token.END;
  }

  /** Writes an empty tag. */
  empty(name: QName): void {
    this.tag(placeOf(name), 0);
  }

  /** Writes an element with a value; an empty one, or one of forbidden characters only, is an empty tag. */
  text(name: QName, value: string): void {
    const place = placeOf(name);
    if (place.opaque === "always") this.octets(place, Buffer.from(value, "utf8"));
    else this.characters(place, value);
  }

  /** Writes an element whose value is these bytes. */
  opaque(name: QName, bytes: Uint8Array): void {
    const place = placeOf(name);
    if (place.opaque === "never") this.characters(place, asBuffer(bytes).toString("utf8"));
    else this.octets(place, bytes);
  }

  /** Writes an element and all that is in it. */
  element(of: Element): void {
    const { name, content } = of;
    if (content === undefined) return this.empty(name);
    if (typeof content === "string") return this.text(name, content);
    if (content instanceof Uint8Array) return this.opaque(name, content);
    if (content.length === 0) return this.empty(name);
    this.open(name);
    for (const child of content) this.element(child);
    this.close();
  }

  /** Puts in what `encodeFragment` made. */
  raw(fragment: Uint8Array): void {
    this.reserve(fragment.length);
    this.buffer.set(fragment, this.used);
    this.used += fragment.length;
    this.page = undefined;
  }

  /** The document, a view of the writer's buffer; the writer is not to be used after. */
  finish(): Buffer {
    if (this.openElements > 0) throw new Error(`finish with ${this.openElements} open elements`);
    return this.buffer.subarray(0, this.used);
  }

  private tag(place: Place, flag: number): void {
    this.reserve(3);
    if (place.page !== this.page) {
      this.buffer[this.used++] = token.SWITCH_PAGE;
      this.buffer[this.used++] = place.page;
      this.page = place.page;
    }
    this.buffer[this.used++] = place.token | flag;
  }

  private characters(place: Place, value: string): void {
    const clean = notXml.test(value) ? value.replaceAll(notXmlEverywhere, "") : value;
    if (clean === "") return this.tag(place, 0);
    this.tag(place, token.hasContent);
    // UTF-16 to UTF-8 at most triples a length; the string's own end and END are two more.
    this.reserve(clean.length * 3 + 3);
    this.buffer[this.used++] = token.STR_I;
    this.used += this.buffer.write(clean, this.used, "utf8");
    this.buffer[this.used++] = 0;
    this.buffer[this.used++] = token.END;
  }

  private octets(place: Place, bytes: Uint8Array): void {
    if (bytes.length === 0) return this.tag(place, 0);
    this.tag(place, token.hasContent);
    this.reserve(bytes.length + 7);
    this.buffer[this.used++] = token.OPAQUE;
    this.number(bytes.length);
    this.buffer.set(bytes, this.used);
    this.used += bytes.length;
    this.buffer[this.used++] = token.END;
  }

  /** mb_u_int32, the highest seven bits first. */
  private number(value: number): void {
    for (const shift of [28, 21, 14, 7]) {
      if (value >= 2 ** shift) this.buffer[this.used++] = 0x80 | (Math.floor(value / 2 ** shift) & 0x7f);
    }
    this.buffer[this.used++] = value & 0x7f;
  }

  private reserve(octets: number): void {
    const wanted = this.used + octets;
    if (wanted <= this.buffer.length) return;
    const larger = Buffer.allocUnsafe(Math.max(wanted, this.buffer.length * 2));
    larger.set(this.buffer.subarray(0, this.used));
    this.buffer = larger;
  }
}

/** What XML 1.0 §2.2 leaves out: controls but TAB, LF and CR, lone surrogates, U+FFFE and U+FFFF. */
const notXml = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff\p{Cs}]/u;
const notXmlEverywhere = new RegExp(notXml, "gu");

interface Place {
  readonly page: number;
  readonly token: number;
  /** `if given`: bytes stay bytes and text stays text: tags that are in no table or without a known type. */
  readonly opaque: "always" | "never" | "if given";
}

const places = new Map<QName, Place>();

function placeOf(name: QName): Place {
  const cached = places.get(name);
  if (cached !== undefined) return cached;
  const tag = tagOf(name);
  if (tag === undefined) {
    const unknown = placeOfUnknown(name);
    if (unknown === undefined) throw new Error(`no page has the tag ${name}`);
    return { ...unknown, opaque: "if given" };
  }
  const opaque =
    tag.type === "opaque" ? "always" : tag.mark === "historic" || tag.type === "mixed" ? "if given" : "never";
  const place: Place = { page: tag.page, token: tag.token, opaque };
  places.set(name, place);
  return place;
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
