/** Where the contents stand that ItemOperations returns: in the document, or beside it (MS-ASCMD 2.2.1.10.1). */
import { randomUUID } from "node:crypto";
import { heldInMemory, type Spool } from "../sync/spool.ts";
import { children, type Element, element, text } from "../wire/element.ts";
import { encode } from "../wire/writer.ts";
import type { Answer, Large, Piece } from "./handler.ts";

export interface Contents {
  /** A file of which contents are taken: it is closed once it was sent. */
  keep(file: Spool): void;
  /** The element that holds octets of a file, from the first to the last, or says which part does (MS-ASCMD_R234, R236). */
  data(file: Spool, first: number, last: number): Promise<Element>;
  /** A property; of a Body the text stands where all contents stand (MS-ASAIRS_R176, R244). */
  withBody(this: void, property: Element): Element;
  /** The whole answer. */
  answer(document: Element): Answer;
  /** Instead of an answer. */
  close(): Promise<void>;
}

/** `isMultipart`: the device asked for parts. */
export function createContents(isMultipart: boolean): Contents {
  const parts: Piece[] = [];
  const files: Spool[] = [];
  /** Large files by the text that stands in the document for each. */
  const marked = new Map<string, Large>();
  const add = (piece: Piece) => element("ItemOperations:Part", parts.push(piece));
  const closeAll = async () => void (await Promise.all(files.splice(0).map((file) => file.close())));

  function inDocument(piece: Piece): Element {
    if (Buffer.isBuffer(piece)) return element("ItemOperations:Data", piece.toString("base64"));
    const mark = randomUUID();
    marked.set(mark, inBase64(piece));
    return element("ItemOperations:Data", mark);
  }

  return {
    keep: (file) => void files.push(file),
    async data(file, first, last) {
      const large = { ...partOf(file, first, last), close: closeAll };
      const piece = large.length > heldInMemory ? large : await wholeOf(large);
      return isMultipart ? add(piece) : inDocument(piece);
    },
    withBody(property) {
      if (!isMultipart || property.name !== "AirSyncBase:Body") return property;
      const content = children(property).map((one) =>
        one.name === "AirSyncBase:Data" ? add(Buffer.from(text(one), "utf8")) : one,
      );
      return { ...property, content };
    },
    answer(document) {
      if (![...parts, ...marked.values()].some((piece) => !Buffer.isBuffer(piece))) void closeAll();
      if (isMultipart) return { document, parts };
      return marked.size === 0 ? document : { pieces: split(encode(document), marked) };
    },
    close: closeAll,
  };
}

/** Octets of a file, from the first to the last, as a piece of an answer. */
export function partOf(file: Spool, first: number, last: number): Large {
  return { length: last - first + 1, copy: (take) => file.copy(first, last, take), close: () => file.close() };
}

/** A document with files instead of the texts that stand for them. */
function split(document: Buffer, marked: ReadonlyMap<string, Large>): readonly Piece[] {
  const pieces: Piece[] = [];
  let from = 0;
  for (const [mark, file] of marked) {
    const at = document.indexOf(mark, from, "latin1");
    pieces.push(document.subarray(from, at), file);
    from = at + mark.length;
  }
  return [...pieces, document.subarray(from)];
}

function inBase64(file: Large): Large {
  return {
    length: Math.ceil(file.length / 3) * 4,
    copy: (take) => file.copy((octets) => take(Buffer.from(octets.toString("base64"), "latin1"))),
    close: file.close,
  };
}

async function wholeOf({ length, copy }: Large): Promise<Buffer> {
  const whole = Buffer.allocUnsafe(length);
  let at = 0;
  await copy(async (octets) => {
    at += octets.copy(whole, at);
  });
  return whole;
}

export interface ByteRange {
  readonly first: number;
  readonly last: number;
}

/**
 * The octets that a Range means, `0-9` for the first ten; all of them for none, and as far as there are some
 * (MS-ASCMD_R3711, R3713, R3716). Undefined for one that is none, or begins behind the end (Status 8).
 */
export function rangeOf(asked: string | undefined, length: number): ByteRange | undefined {
  if (asked === undefined) return { first: 0, last: length - 1 };
  const match = /^\s*(\d{1,15})\s*-\s*(\d{1,15})\s*$/.exec(asked);
  const [first, last] = [Number(match?.[1]), Number(match?.[2])];
  return match && first <= last && first < length ? { first, last: Math.min(last, length - 1) } : undefined;
}
