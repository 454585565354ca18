/** Messages as a backend tells of them, read from `.eml` files: a small reader of MIME, lenient as mail servers are. */
import { readdirSync, readFileSync } from "node:fs";
import libmime from "libmime";
import { mail } from "../../mappings/email.ts";
import type { MappingContext } from "../../src/mapping/item.ts";
import type { MailAddress, MailHead, MailPart, MailText, MailWanted } from "../../src/mapping/mail/message.ts";
import type { Version } from "../../src/schema/versions.ts";
import type { Element } from "../../src/wire/element.ts";
import { context } from "./context.ts";

const folder = new URL("../fixtures/email/", import.meta.url);

export interface Mail {
  readonly name: string;
  readonly octets: Buffer;
}

export const mails: readonly Mail[] = readdirSync(folder)
  .filter((file) => file.endsWith(".eml"))
  .map((file) => ({ name: file.slice(0, -4), octets: readFileSync(new URL(file, folder)) }));

export function mailOf(name: string): Mail {
  const found = mails.find((one) => one.name === name);
  if (found === undefined) throw new Error(`no fixture ${name}`);
  return found;
}

export function goldenPath(name: string, version: Version): URL {
  return new URL(`${name}.${version}.eas`, folder);
}

/** The lines of a message, with CRLF at their ends. */
export function lines(...texts: readonly string[]): Buffer {
  return Buffer.from(texts.join("\r\n"), "latin1");
}

/** A text of one part. */
export function textMail(type: string, content: string | Buffer, ...headers: readonly string[]): Buffer {
  const head = lines(
    "From: a@example.org",
    `Content-Type: ${type}`,
    "Content-Transfer-Encoding: 8bit",
    ...headers,
    "",
    "",
  );
  return Buffer.concat([head, typeof content === "string" ? Buffer.from(content) : content]);
}

/** What a device of `version` gets of a message that came as `octets`, read as `wanted` says. */
export function down(
  octets: Buffer,
  version: Version = "14.1",
  more: Partial<MappingContext> & { readonly flags?: readonly string[] } = {},
): readonly Element[] {
  const { flags, ...asked } = more;
  const stored = readMail(octets, flags);
  const given = context(version, asked);
  return mail.down(stored.head, stored.read(mail.wanted(stored.head, given)), given, { id: "5:1.7" });
}

export interface Stored {
  readonly head: MailHead;
  read(wanted: readonly MailWanted[]): readonly MailText[];
}

/** A message as IMAP has it. */
export function readMail(octets: Buffer, flags: readonly string[] = []): Stored {
  const contents = new Map<string, Content>();
  const root = readEntity(octets.toString("latin1"), "", contents);
  const { headers } = root;
  const line = (name: string) => headers.get(name) ?? "";
  const addresses = (name: string) => readAddresses(line(name));
  const date = new Date(line("date"));
  const from = addresses("from");
  const or = (name: string) => (addresses(name).length > 0 ? addresses(name) : from);
  const head: MailHead = {
    flags,
    received: new Date("2026-11-23T08:09:10.000Z"),
    size: octets.length,
    sent: Number.isNaN(date.getTime()) ? undefined : date,
    subject: libmime.decodeWords(line("subject")),
    from,
    sender: or("sender"),
    replyTo: or("reply-to"),
    to: addresses("to"),
    cc: addresses("cc"),
    bcc: addresses("bcc"),
    messageId: /<[^>]*>/.exec(line("message-id"))?.[0] ?? "",
    headers,
    structure: root.part,
  };
  const read = ({ path, octets: most, encoding }: MailWanted): MailText[] => {
    if (path === "") return [{ path, content: octets.subarray(0, most), whole: most >= octets.length }];
    const found = contents.get(path);
    if (found === undefined || found.encoding !== encoding) return [];
    const part = Buffer.from(found.text.slice(0, most), "latin1");
    return [{ path, content: decode(part, encoding), whole: most >= found.text.length }];
  };
  return { head, read: (wanted) => wanted.flatMap(read) };
}

interface Content {
  readonly text: string;
  readonly encoding: string;
}

interface Entity {
  readonly part: MailPart;
  readonly headers: ReadonlyMap<string, string>;
}

function readEntity(text: string, path: string, contents: Map<string, Content>, fallback = "text/plain"): Entity {
  const end = /\r?\n\r?\n/.exec(text);
  const head = /^\r?\n/.test(text) ? "" : text.slice(0, end?.index);
  const body = /^\r?\n/.test(text) ? text.replace(/^\r?\n/, "") : end ? text.slice(end.index + end[0].length) : "";
  const headers = readHeaders(head);
  const type = libmime.parseHeaderValue(headers.get("content-type") ?? fallback);
  const disposition = libmime.parseHeaderValue(headers.get("content-disposition") ?? "");
  const value = type.value.toLowerCase();
  const boundary = type.params["boundary"];
  const isMultipart = value.startsWith("multipart/") && boundary !== undefined;
  const encoding = (headers.get("content-transfer-encoding") ?? "7bit").toLowerCase();
  const inner = value === "multipart/digest" ? "message/rfc822" : "text/plain";
  const children = isMultipart
    ? split(body, boundary).map(
        (one, index) => readEntity(one, `${path}${path && "."}${index + 1}`, contents, inner).part,
      )
    : [];
  const own = isMultipart ? path : path || "1";
  if (!isMultipart) contents.set(own, { text: body, encoding });
  const part: MailPart = {
    path: own,
    type: value,
    parameters: decodedParams(type.params),
    id: headers.get("content-id")?.replace(/^<|>$/g, ""),
    location: headers.get("content-location"),
    encoding,
    size: isMultipart ? 0 : body.length,
    disposition: disposition.value.toLowerCase() || undefined,
    dispositionParameters: decodedParams(disposition.params),
    children,
  };
  return { part, headers };
}

function decodedParams(params: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(params).map(([name, value]) => [name, libmime.decodeWords(value)]));
}

function readHeaders(head: string): ReadonlyMap<string, string> {
  const unfolded = head.replace(/\r?\n[ \t]+/g, " ").split(/\r?\n/);
  return new Map(
    unfolded.flatMap((line) => {
      const [, name, value] = /^([!-9;-~]+):\s*(.*)$/s.exec(line) ?? [];
      // Headers in UTF-8 (RFC 6532) come as IMAP servers tell them.
      const said = Buffer.from((value ?? "").trim(), "latin1").toString("utf8");
      return name === undefined ? [] : [[name.toLowerCase(), said] as const];
    }),
  );
}

/** The bodies between the lines of a boundary; the last one may lack its end. */
function split(body: string, boundary: string): readonly string[] {
  const parts: string[] = [];
  let start = -1;
  const mark = `--${boundary}`;
  for (let at = body.indexOf(mark); at >= 0; at = body.indexOf(mark, at + 1)) {
    const isWhole = /^(?:--)?[ \t]*(?:\r?\n|$)/.test(body.slice(at + mark.length, at + mark.length + 80));
    if (!isWhole || (at > 0 && body[at - 1] !== "\n")) continue;
    if (start >= 0) parts.push(body.slice(start, at).replace(/\r?\n$/, ""));
    const line = body.indexOf("\n", at);
    const isEnd = body.startsWith(`${mark}--`, at);
    if (line < 0 || isEnd) return parts;
    start = line + 1;
  }
  return start >= 0 ? [...parts, body.slice(start)] : parts;
}

function readAddresses(line: string): readonly MailAddress[] {
  const pattern = /\s*(?:"((?:[^"\\]|\\.)*)"|([^<",;]*?))\s*<([^>]*)>|([^\s,;<>"]+@[^\s,;<>"]+)|([^,;:<>"]+):[^;]*;/g;
  return [...line.matchAll(pattern)].map(([, quoted, name, address, bare, group]) => ({
    name: libmime.decodeWords((quoted?.replace(/\\(.)/g, "$1") ?? name ?? group ?? "").trim()),
    address: address ?? bare ?? "",
  }));
}

function decode(content: Buffer, encoding: string): Buffer {
  const text = content.toString("latin1");
  if (encoding === "base64") return Buffer.from(text, "base64");
  if (encoding !== "quoted-printable") return content;
  const unsoft = text
    .replace(/[ \t]+(?=\r?\n|$)/g, "")
    .replace(/=\r?\n/g, "")
    .replace(/=$/, "");
  return Buffer.from(
    unsoft.replace(/=([0-9A-Fa-f]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))),
    "latin1",
  );
}
