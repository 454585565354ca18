/**
 * Reads multistatus documents (RFC 4918 §13) as they stream in. Namespaces are resolved, text and CDATA are kept
 * whole, and there are neither DTDs nor entities. Octets that XML does not allow but Radicale sends (a NUL out of a
 * stored item) are left out instead of ending the reading.
 */
import { StringDecoder } from "node:string_decoder";
import { SaxesParser, type SaxesTagNS } from "saxes";
import { BackendError } from "../../errors.ts";
import { pathOf } from "./href.ts";
import * as limits from "./limits.ts";

export const DAV = "DAV:";
export const CALDAV = "urn:ietf:params:xml:ns:caldav";
export const CARDDAV = "urn:ietf:params:xml:ns:carddav";
export const CALENDARSERVER = "http://calendarserver.org/ns/";
export const NEXTCLOUD = "http://nextcloud.com/ns";

/** An element with all that is in it. */
export interface Node {
  readonly uri: string;
  readonly local: string;
  readonly attributes: Readonly<Record<string, string>>;
  text: string;
  readonly children: Node[];
}

/** One `response`: an href and what the server says about it. */
export interface Response {
  /** Canonical (see `href.ts`). */
  readonly href: string;
  /** The response's own status, else undefined. */
  readonly status: number | undefined;
  /** The properties that were found (200). */
  readonly properties: readonly Node[];
  /** Status of the first propstat that is not a success, for servers that report a failed PUT that way. */
  readonly refused: number | undefined;
  /** Local names of the properties that this user may not read (403). */
  readonly forbidden: readonly string[];
  /** Local names of the preconditions named anywhere in the response. */
  readonly preconditions: readonly string[];
}

export interface MultistatusReader {
  /** The responses completed by this piece. Throws `BackendError` `unreachable` when this is no multistatus. */
  write(piece: Buffer): readonly Response[];
  /** Must be called after the last piece: throws when the document is not complete. */
  end(): void;
  /** The new sync token (RFC 6578 §6.4), once it was read. */
  readonly syncToken: string | undefined;
}

export function createMultistatusReader(what: string): MultistatusReader {
  const decoder = new StringDecoder("utf8");
  let completed: Response[] = [];
  let syncToken: string | undefined;
  const parser = createParser(what, (node) => {
    if (node.uri !== DAV) return;
    if (node.local === "response") completed.push(readResponse(node));
    else if (node.local === "sync-token") syncToken = node.text.trim();
  });

  return {
    write(piece) {
      completed = [];
      parser.write(decoder.write(piece));
      return completed;
    },
    end() {
      parser.write(decoder.end());
      parser.close();
    },
    get syncToken() {
      return syncToken;
    },
  };
}

/** A property of a response; undefined when the server did not say. */
export function property(response: Response | undefined, uri: string, local: string): Node | undefined {
  return response?.properties.find((node) => node.local === local && node.uri === uri);
}

/** Whether an element has this child, as `resourcetype` and `privilege` say things. */
export function hasChild(node: Node | undefined, uri: string, local: string): boolean {
  return node?.children.some((child) => child.local === local && child.uri === uri) ?? false;
}

/** The hrefs in a property such as a home set, canonical, in the server's order. */
export function hrefs(node: Node | undefined): readonly string[] {
  return (node?.children ?? [])
    .filter((child) => child.local === "href" && child.uri === DAV)
    .map((child) => pathOf(child.text.trim()));
}

/** The precondition elements of an error body (RFC 4918 §16); none when it is no such body. */
export function readPreconditions(text: string): readonly string[] {
  if (!text.includes("error")) return [];
  const found: string[] = [];
  try {
    const root = createTree(text);
    collectPreconditions(root, found);
  } catch {
    return []; // An HTML page, most likely: it says nothing we could use.
  }
  return found;
}

/** Restores the line ends that XML readers are bound to turn into LF (XML 1.0 §2.11). */
export function restoreLineEnds(text: string): string {
  return text.replace(/\r?\n/g, "\r\n");
}

// Control characters XML 1.0 §2.2 excludes, and the two noncharacters.
const forbidden = /[\0-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]/g;
// What saxes says where a reference names such a character; the reference then stays in the text as it is.
const tolerated = /disallowed character|malformed character entity/;

interface Parser {
  write(text: string): void;
  close(): void;
}

/** Calls `onChild` with each child of the root, built whole, and forgets it. */
function createParser(what: string, onChild: (node: Node) => void): Parser {
  const parser = new SaxesParser({ xmlns: true, position: false });
  const stack: Node[] = [];
  let depth = 0;
  let elements = 0;
  let size = 0;
  let silence = 0; // Characters since the last tag: the parser keeps a text until it ends.
  let top: Node | undefined;

  function fail(reason: string): never {
    throw new BackendError("unreachable", `${what}: ${reason}`);
  }
  function addText(text: string): void {
    if (top === undefined) return;
    size += text.length;
    if (size > limits.TEXT_SIZE) fail("one response is larger than an item may be");
    top.text += text;
  }

  parser.on("error", (error) => {
    if (!tolerated.test(error.message)) fail(`not XML: ${error.message}`);
  });
  parser.on("doctype", () => fail("has a document type"));
  parser.on("text", addText);
  parser.on("cdata", addText);
  parser.on("opentag", (tag) => {
    silence = 0;
    depth += 1;
    if (depth === 1) {
      if (tag.local !== "multistatus" || tag.uri !== DAV) fail(`expected a multistatus, got ${tag.local}`);
      return;
    }
    if (depth > limits.XML_DEPTH) fail("nested too deeply");
    elements += 1;
    if (elements > limits.XML_ELEMENTS) fail("too many elements in one response");
    const node = createNode(tag);
    top?.children.push(node);
    stack.push(node);
    top = node;
  });
  parser.on("closetag", () => {
    silence = 0;
    depth -= 1;
    const node = stack.pop();
    top = stack[stack.length - 1];
    if (node === undefined || top !== undefined) return;
    elements = 0;
    size = 0;
    onChild(node);
  });

  return {
    write(text) {
      parser.write(forbidden.test(text) ? text.replace(forbidden, "") : text);
      forbidden.lastIndex = 0;
      silence += text.length;
      if (silence > limits.TEXT_SIZE) fail("one response is larger than an item may be");
    },
    close() {
      parser.close();
    },
  };
}

const noAttributes: Readonly<Record<string, string>> = {};

function createNode(tag: SaxesTagNS): Node {
  let attributes: Record<string, string> | undefined;
  for (const name in tag.attributes) {
    const attribute = tag.attributes[name];
    if (attribute === undefined || attribute.prefix === "xmlns" || name === "xmlns") continue;
    attributes ??= {};
    attributes[attribute.local] = attribute.value;
  }
  return { uri: tag.uri, local: tag.local, attributes: attributes ?? noAttributes, text: "", children: [] };
}

/** A small document as a tree. */
function createTree(text: string): Node {
  const root: Node = { uri: "", local: "", attributes: noAttributes, text: "", children: [] };
  const stack: Node[] = [root];
  const parser = new SaxesParser({ xmlns: true, position: false });
  parser.on("error", (error) => {
    throw error;
  });
  parser.on("doctype", () => {
    throw new Error("document type");
  });
  parser.on("opentag", (tag) => {
    if (stack.length > limits.XML_DEPTH) throw new Error("too deep");
    const node = createNode(tag);
    stack[stack.length - 1]?.children.push(node);
    stack.push(node);
  });
  parser.on("closetag", () => {
    stack.pop();
  });
  parser.write(text.replace(forbidden, "")).close();
  return root;
}

function readResponse(node: Node): Response {
  let href = "";
  let status: number | undefined;
  let refused: number | undefined;
  let properties: readonly Node[] = [];
  const forbidden: string[] = [];
  const preconditions: string[] = [];
  for (const child of node.children) {
    if (child.local === "href") href ||= pathOf(child.text.trim());
    else if (child.local === "status") status = statusCode(child.text);
    else if (child.local === "error") collectPreconditions(child, preconditions);
    else if (child.local === "propstat") {
      const part = readPropstat(child, preconditions);
      if (part.status < 300) properties = properties.length === 0 ? part.found : [...properties, ...part.found];
      else refused ??= part.status;
      if (part.status === 403) forbidden.push(...part.found.map(({ local }) => local));
    }
  }
  return { href, status, properties, refused, forbidden, preconditions };
}

function readPropstat(node: Node, preconditions: string[]): { status: number; found: readonly Node[] } {
  let status = 200; // Xandikos leaves it out in places; what is there was found.
  let found: readonly Node[] = [];
  for (const child of node.children) {
    if (child.local === "prop") found = child.children;
    else if (child.local === "status") status = statusCode(child.text) ?? 500;
    else if (child.local === "error") collectPreconditions(child, preconditions);
  }
  return { status, found };
}

/** The others (sabre's exception and message) are no names of conditions. */
const standard = new Set([DAV, CALDAV, CARDDAV]);
/** What DAViCal calls a 412 by: the request's own headers. */
const headerNames = new Set(["if-match", "if-none-match"]);

/** The preconditions in every `error` element in and below a node. */
function collectPreconditions(node: Node, into: string[]): void {
  for (const child of node.children) {
    const isNamed = node.local === "error" && node.uri === DAV && standard.has(child.uri);
    if (isNamed && !headerNames.has(child.local)) into.push(child.local);
    collectPreconditions(child, into);
  }
}

function statusCode(line: string): number | undefined {
  const match = /^\s*HTTP\/[\d.]+\s+(\d{3})/i.exec(line);
  return match ? Number(match[1]) : undefined;
}
