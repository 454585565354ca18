/** What an IMAP server knows of a message: its structure with the octets of each section, its envelope, its headers. */
import { getStructuredParams } from "imapflow/lib/tools.js";
import addressparser from "nodemailer/lib/addressparser";
import * as limits from "../imap/limits.ts";
import { decoded, quietly } from "../imap/structure.ts";
import { decodeOctets } from "../imap/tree.ts";
import { headerNames, type MailAddress, type MessageHead, type MessagePart } from "../mail.ts";

/** Everything of a head that does not change. */
export type FixedHead = Omit<MessageHead, "href" | "rev" | "flags" | "received">;

export interface ParsedMessage {
  readonly head: FixedHead;
  /** Octets by section number, as they are transferred; the whole message by the empty one. */
  readonly sections: ReadonlyMap<string, Buffer>;
}

export function parseMessage(raw: Buffer): ParsedMessage {
  const sections = new Map<string, Buffer>([["", raw]]);
  const { headers, body } = split(raw);
  const isMultipart = typeOf(headers.get("content-type")).startsWith("multipart/");
  const structure = partOf(headers, body, { path: isMultipart ? "" : "1", depth: 0 }, sections);
  return { head: { size: raw.length, ...envelopeOf(headers), headers: chosen(headers), structure }, sections };
}

interface Entity {
  /** First value by lower-case name: unfolded, not decoded. */
  readonly headers: ReadonlyMap<string, string>;
  readonly body: Buffer;
}

function split(octets: Buffer): Entity {
  const end = /^\r?\n|\r?\n\r?\n/.exec(octets.toString("latin1"));
  const headLength = end === null ? octets.length : end.index;
  const headers = new Map<string, string>();
  const text = decodeOctets(octets.subarray(0, headLength)).replaceAll(/\r?\n(?=[ \t])/g, "");
  for (const line of text.split(/\r?\n/)) {
    const [, name = "", value = ""] = /^([!-9;-~]+)[ \t]*:[ \t]*(.*)$/.exec(line) ?? [];
    const key = name.toLowerCase();
    if (key !== "" && !headers.has(key)) headers.set(key, value.trim());
  }
  return { headers, body: octets.subarray(end === null ? octets.length : end.index + end[0].length) };
}

interface Place {
  readonly path: string;
  readonly depth: number;
}

function partOf(
  headers: Entity["headers"],
  body: Buffer,
  { path, depth }: Place,
  sections: Map<string, Buffer>,
): MessagePart {
  const contentType = parametersOf(headers.get("content-type"));
  const disposition = parametersOf(headers.get("content-disposition"));
  const type = typeOf(headers.get("content-type"));
  if (path !== "") sections.set(path, body);
  const { boundary } = contentType.parameters;
  const inner = type.startsWith("multipart/") && boundary !== undefined && depth < limits.DEPTH;
  return {
    path,
    type,
    parameters: headers.has("content-type") ? contentType.parameters : { charset: "us-ascii" },
    id: headers.get("content-id")?.replace(/^<|>$/g, "") || undefined,
    location: headers.get("content-location") || undefined,
    encoding: type.startsWith("multipart/") ? "" : (headers.get("content-transfer-encoding") ?? "7bit").toLowerCase(),
    size: type.startsWith("multipart/") ? 0 : body.length,
    disposition: disposition.value === "" ? undefined : disposition.value,
    dispositionParameters: disposition.parameters,
    children: inner ? childrenOf(body, boundary, { path, depth }, sections) : [],
  };
}

function childrenOf(
  body: Buffer,
  boundary: string,
  { path, depth }: Place,
  sections: Map<string, Buffer>,
): readonly MessagePart[] {
  return bodiesBetween(body, boundary)
    .slice(0, limits.PARTS)
    .map((octets, index) => {
      const entity = split(octets);
      const at = path === "" ? `${index + 1}` : `${path}.${index + 1}`;
      return partOf(entity.headers, entity.body, { path: at, depth: depth + 1 }, sections);
    });
}

/** The line break before a boundary belongs to it (RFC 2046 §5.1.1). */
function bodiesBetween(body: Buffer, boundary: string): readonly Buffer[] {
  const text = body.toString("latin1");
  const name = Buffer.from(boundary)
    .toString("latin1")
    .replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);
  const bodies: Buffer[] = [];
  let from: number | undefined;
  for (const found of text.matchAll(new RegExp(`(?:^|\r?\n)--${name}(--)?[ \t]*(?=\r?\n|$)`, "g"))) {
    if (from !== undefined) bodies.push(body.subarray(Math.min(from, found.index), found.index));
    if (found[1] !== undefined) return bodies;
    const after = found.index + found[0].length;
    from = after + (/^\r?\n/.exec(text.slice(after, after + 2))?.[0].length ?? 0);
  }
  if (from !== undefined) bodies.push(body.subarray(from));
  return bodies;
}

function typeOf(header: string | undefined): string {
  const [, type] = /^\s*([\w!#$&^.+-]+\/[\w!#$&^.+-]+)/.exec(header ?? "") ?? [];
  return type?.toLowerCase() ?? "text/plain";
}

function parametersOf(header: string | undefined): {
  readonly value: string;
  readonly parameters: Readonly<Record<string, string>>;
} {
  const [value = "", ...rest] = (header ?? "").match(/(?:"(?:\\.|[^"\\])*"|[^;"])+/g) ?? [];
  const list = rest.slice(0, limits.PARAMETERS).flatMap((parameter) => {
    const at = parameter.indexOf("=");
    const quoted = parameter.slice(at + 1).trim();
    const plain = /^"(.*)"$/s.exec(quoted)?.[1]?.replaceAll(/\\(.)/g, "$1") ?? quoted;
    return at === -1 ? [] : [text(parameter.slice(0, at).trim()), text(plain)];
  });
  return { value: value.trim().toLowerCase(), parameters: quietly(() => getStructuredParams(list), {}) };
}

function text(value: string): { type: string; value: string } {
  return { type: "STRING", value };
}

function envelopeOf(headers: Entity["headers"]): Omit<FixedHead, "size" | "headers" | "structure"> {
  const sent = new Date(headers.get("date") ?? "");
  const from = addresses(headers.get("from"));
  const orFrom = (list: readonly MailAddress[]): readonly MailAddress[] => (list.length === 0 ? from : list);
  return {
    sent: Number.isNaN(sent.getTime()) ? undefined : sent,
    subject: decoded(headers.get("subject") ?? ""),
    from,
    sender: orFrom(addresses(headers.get("sender"))),
    replyTo: orFrom(addresses(headers.get("reply-to"))),
    to: addresses(headers.get("to")),
    cc: addresses(headers.get("cc")),
    bcc: addresses(headers.get("bcc")),
    messageId: headers.get("message-id") ?? "",
  };
}

function addresses(header: string | undefined): readonly MailAddress[] {
  const list = quietly(() => addressparser(header ?? ""), []);
  return list.flatMap((one) => {
    if (one.group === undefined) return [plainAddress(one)];
    const members = one.group.flatMap((member) => (member.group === undefined ? [plainAddress(member)] : []));
    return [{ name: decoded(one.name), address: "" }, ...members];
  });
}

function plainAddress({ name, address }: { readonly name: string; readonly address?: string }): MailAddress {
  return { name: decoded(name), address: address ?? "" };
}

function chosen(headers: Entity["headers"]): ReadonlyMap<string, string> {
  return new Map(
    headerNames.flatMap((name) => {
      const value = headers.get(name);
      return value === undefined ? [] : [[name, decoded(value)] as const];
    }),
  );
}
