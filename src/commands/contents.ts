/** Where the contents stand that ItemOperations returns: in the document, or beside it (MS-ASCMD 2.2.1.10.1). */
import { children, type Element, element, text } from "../wire/element.ts";
import type { Answer } from "./handler.ts";

export interface Contents {
  /** The element that holds octets, or says which part does (MS-ASCMD_R234, R236). */
  data(octets: Buffer): Element;
  /** A property; of a Body the text stands where all contents stand (MS-ASAIRS_R176, R244). */
  withBody(this: void, property: Element): Element;
  /** The whole answer. */
  answer(document: Element): Answer;
}

/** `isMultipart`: the device asked for parts. */
export function createContents(isMultipart: boolean): Contents {
  const parts: Buffer[] = [];
  const add = (octets: Buffer) => element("ItemOperations:Part", parts.push(octets));
  return {
    data: (octets) => (isMultipart ? add(octets) : element("ItemOperations:Data", octets.toString("base64"))),
    withBody(property) {
      if (!isMultipart || property.name !== "AirSyncBase:Body") return property;
      const content = children(property).map((one) =>
        one.name === "AirSyncBase:Data" ? add(Buffer.from(text(one), "utf8")) : one,
      );
      return { ...property, content };
    },
    answer: (document) => (isMultipart ? { document, parts } : document),
  };
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
