/** The parts of a message as MIME has them (RFC 2046), each where its octets are, whatever somebody wrote. */
import { fieldText, type Head, readHead } from "./head.ts";

export interface Entity {
  readonly raw: Buffer;
  readonly head: Head;
  /** `type/subtype`, lower case. */
  readonly type: string;
  /** Of Content-Type, by lower-case name. */
  readonly parameters: ReadonlyMap<string, string>;
  readonly encoding: string;
  readonly isAttachment: boolean;
  readonly children: readonly Child[];
}

/** A part, and where it lies in what it is a part of. */
export interface Child {
  readonly start: number;
  readonly entity: Entity;
}

/** Parts within parts, and parts in all: what is beyond is left in one piece. */
const deepest = 20;
const mostParts = 500;

export function readEntity(raw: Buffer): Entity {
  return read(raw, { depth: 0, type: "text/plain", counted: { parts: 0 } });
}

interface Reading {
  readonly depth: number;
  /** What a part is that does not say. */
  readonly type: string;
  readonly counted: { parts: number };
}

function read(raw: Buffer, reading: Reading): Entity {
  reading.counted.parts += 1;
  const head = readHead(raw);
  const said = (name: string) => {
    const field = head.fields.find((candidate) => candidate.name === name);
    return field ? fieldText(raw, field) : undefined;
  };
  const content = readParameters(said("content-type") ?? "");
  const type = /^[^\s/]+\/[^\s/]+$/.test(content.value) ? content.value : reading.type;
  const disposition = readParameters(said("content-disposition") ?? "");
  const isNamed = [...disposition.parameters.keys(), ...content.parameters.keys()].some((key) =>
    /^(?:file)?name\b/.test(key),
  );
  return {
    raw,
    head,
    type,
    parameters: content.parameters,
    encoding: (said("content-transfer-encoding") ?? "7bit").toLowerCase(),
    isAttachment: disposition.value === "attachment" || isNamed,
    children: type.startsWith("multipart/") ? childrenOf(raw, head, content.parameters.get("boundary"), reading) : [],
  };
}

function childrenOf(raw: Buffer, head: Head, boundary: string | undefined, reading: Reading): readonly Child[] {
  if (boundary === undefined || boundary === "" || reading.depth >= deepest) return [];
  const type = "text/plain";
  const children: Child[] = [];
  let start: number | undefined;
  for (const line of delimiters(raw, head.body, boundary)) {
    if (start !== undefined) children.push(part(start, line.start));
    start = line.isLast ? undefined : line.end;
    if (line.isLast || reading.counted.parts >= mostParts) break;
  }
  // Nothing says where the last one ends.
  if (start !== undefined) children.push(part(start, raw.length));
  return children;

  function part(from: number, to: number): Child {
    const entity = read(raw.subarray(from, Math.max(from, to)), { ...reading, depth: reading.depth + 1, type });
    return { start: from, entity };
  }
}

/** Lines that begin with the boundary; the line end before belongs to them. */
function* delimiters(raw: Buffer, from: number, boundary: string) {
  const mark = Buffer.from(`--${boundary}`, "latin1");
  for (let at = raw.indexOf(mark, from); at >= 0; at = raw.indexOf(mark, at + 1)) {
    if (at !== from && raw[at - 1] !== 0x0a) continue;
    const lineEnd = raw.indexOf(0x0a, at);
    const end = lineEnd < 0 ? raw.length : lineEnd + 1;
    const rest = raw.subarray(at + mark.length, Math.min(end, at + mark.length + 100)).toString("latin1");
    if (!/^(?:--)?[ \t]*\r?\n?$/.test(rest) && !rest.startsWith("--")) continue;
    const start = raw[at - 2] === 0x0d ? at - 2 : at - 1;
    yield { start: Math.max(from, start), end, isLast: rest.startsWith("--") };
  }
}

/** A value and its parameters; the first of a name counts. Quoted ones may hold anything. */
export function readParameters(field: string): {
  readonly value: string;
  readonly parameters: ReadonlyMap<string, string>;
} {
  const value = field.split(";", 1)[0] ?? "";
  const parameters = new Map<string, string>();
  const pattern = /;\s*([^\s=;]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^;]*))/gs;
  for (const [, name = "", quoted, bare = ""] of field.matchAll(pattern)) {
    const key = name.toLowerCase();
    if (!parameters.has(key)) parameters.set(key, quoted?.replace(/\\(.)/gs, "$1") ?? bare.trim());
  }
  return { value: value.trim().toLowerCase(), parameters };
}

/** The octets of a part without its transfer encoding. */
export function contentOf({ raw, head, encoding }: Entity): Buffer {
  const body = raw.subarray(head.body);
  switch (encoding) {
    case "base64":
      return Buffer.from(body.toString("latin1"), "base64");
    case "quoted-printable":
      return unquoted(body.toString("latin1"));
    default:
      return body;
  }
}

function unquoted(text: string): Buffer {
  const plain = text
    .replace(/[ \t]+(?=\r?\n|$)/g, "")
    .replace(/=\r?\n/g, "")
    .replace(/=([\dA-Fa-f]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  return Buffer.from(plain, "latin1");
}

/** The fields that say what a part is, and nothing of the message it came in. */
export function contentFields({ raw, head }: Entity, except: readonly string[] = []): readonly Buffer[] {
  return head.fields
    .filter(({ name }) => name.startsWith("content-") && !except.includes(name))
    .map(({ start, end }) => raw.subarray(start, end));
}
