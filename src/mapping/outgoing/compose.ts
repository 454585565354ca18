/** An answer to a message, or a message that forwards it, of what a device uploads and of what it answers. */
import { isAscii } from "node:buffer";
import libmime from "libmime";
import { quotedCharacters } from "../../schema/limits.ts";
import { boundaryFor } from "./boundary.ts";
import { contentFields, type Entity, readEntity } from "./entity.ts";
import { readHead, texts } from "./head.ts";
import { withLineEnds } from "./line-ends.ts";
import { escaped, htmlOf, isSealed, layOut, type Original, plainOf, textOf } from "./original.ts";
import { threadFields } from "./thread-fields.ts";

export interface Composition {
  readonly upload: Buffer;
  readonly original: Buffer;
  readonly kind: "reply" | "forward";
  /** The upload says all there is to say (MS-ASCMD_R3774). */
  readonly isWhole: boolean;
}

/**
 * The upload's own text stays what it is, with the original's below it; files of a message that is forwarded go along
 * octet for octet. An upload that is signed or encrypted is left alone, but for its header.
 */
export function compose({ upload, original, kind, isWhole }: Composition): Buffer {
  const threaded = withFields(withLineEnds(upload), threadFields(upload, original, kind));
  const entity = readEntity(threaded);
  if (isWhole || entity.type === "multipart/signed" || isSealed(entity)) return threaded;
  const answered = readEntity(withLineEnds(original));
  if (isSealed(answered)) return kind === "forward" ? withFiles(entity, [asFile(answered)]) : threaded;
  const source = layOut(answered);
  const { replaced, showsFiles } = quote(entity, answered, source, kind);
  if (!replaced) return kind === "forward" ? withFiles(entity, [asFile(answered)]) : threaded;
  const files = kind === "forward" ? [...source.files, ...(showsFiles ? [] : source.shown)] : [];
  const quoting = readEntity(replaced);
  return files.length === 0 ? replaced : withFiles(quoting, files.map(asPart));
}

/** The upload with the original's text in each of the forms that its own has; undefined where that would lose any. */
function quote(entity: Entity, answered: Entity, source: Original, kind: Composition["kind"]) {
  const { passages } = layOut(entity);
  const plain = passages.find((passage) => passage.plain)?.plain;
  const html = passages.find((passage) => passage.html)?.html;
  const own = [plain, html].flatMap((part) => (part ? [textOf(part)] : []));
  if (own.length === 0 || own.some((text) => text.includes("\ufffd")))
    return { replaced: undefined, showsFiles: false };
  const lines = introduction(answered);
  const replacements = new Map<Entity, Buffer>();
  if (plain) replacements.set(plain, textPart(plain, "plain", textOf(plain) + quotedPlain(lines, source, kind)));
  if (html) {
    const page = textPart(html, "html", withQuote(textOf(html), quotedHtml(lines, source, kind)));
    replacements.set(html, source.shown.length > 0 ? related(html, page, source.shown) : page);
  }
  return { replaced: Buffer.concat(render(entity, replacements)), showsFiles: html !== undefined };
}

/** What the original's header says, as people want to see it above its text. */
function introduction({ raw, head }: Entity): readonly (readonly [name: string, text: string])[] {
  return ["From", "Date", "To", "Cc", "Subject"].flatMap((name) => {
    const [text = ""] = texts(raw, head, name.toLowerCase());
    return text === ""
      ? []
      : [
          [
            name,
            libmime
              .decodeWords(text)
              .replace(/\p{Cc}+/gu, " ")
              .slice(0, 1_000),
          ] as const,
        ];
  });
}

function quotedPlain(lines: ReturnType<typeof introduction>, source: Original, kind: Composition["kind"]): string {
  const above = lines.map(([name, text]) => `${name}: ${text}`).join("\n");
  const text = cut(plainOf(source));
  const shown = kind === "forward" ? text : text.replace(/^(?=>)/gm, ">").replace(/^(?!>)/gm, "> ");
  return `\n\n${kind === "forward" ? "-------- Forwarded message --------" : "-------- Original message --------"}\n${above}\n\n${shown}\n`;
}

function quotedHtml(lines: ReturnType<typeof introduction>, source: Original, kind: Composition["kind"]): string {
  const above = lines.map(([name, text]) => `<b>${name}:</b> ${escaped(text)}<br>`).join("\n");
  const text = cut(htmlOf(source));
  const shown =
    kind === "forward"
      ? `<div>${text}</div>`
      : `<blockquote type="cite" style="margin:0 0 0 .8ex;border-left:1px solid #ccc;padding-left:1ex">${text}</blockquote>`;
  return `\n<br><hr>\n<div>${above}</div><br>\n${shown}\n`;
}

function cut(text: string): string {
  return text.length <= quotedCharacters ? text : `${text.slice(0, quotedCharacters)}…`;
}

/** Within the page, after all that it shows. */
function withQuote(page: string, quoted: string): string {
  const lower = page.toLowerCase();
  const ends = [lower.lastIndexOf("</body"), lower.lastIndexOf("</html")].filter((at) => at >= 0);
  const end = ends.length > 0 ? Math.min(...ends) : page.length;
  return page.slice(0, end) + quoted + page.slice(end);
}

/** A text part in UTF-8 in place of another (MS-ASCMD_R548, R584): what else its header says stays. */
function textPart({ raw, head }: Entity, subtype: "plain" | "html", text: string): Buffer {
  const octets = withLineEnds(Buffer.from(text));
  const isPlain = isAscii(octets) && !/.{990}/.test(octets.toString("latin1"));
  const kept = head.fields.filter(({ name }) => !["content-type", "content-transfer-encoding"].includes(name));
  return Buffer.concat([
    ...kept.map(({ start, end }) => raw.subarray(start, end)),
    Buffer.from(`Content-Type: text/${subtype}; charset=utf-8\r\n`),
    Buffer.from(`Content-Transfer-Encoding: ${isPlain ? "7bit" : "base64"}\r\n\r\n`),
    isPlain ? octets : base64Lines(octets),
  ]);
}

/** The page with what the original's shows by Content-ID. In place of the whole message it has that one's header. */
function related(html: Entity, page: Buffer, shown: readonly Entity[]): Buffer {
  const { raw, head } = html;
  const own = head.fields.filter(({ name }) => !name.startsWith("content-"));
  const inside = readEntity(page);
  const parts = [
    [...contentFields(inside), Buffer.from("\r\n"), page.subarray(inside.head.body)],
    ...shown.map(asPart),
  ];
  return Buffer.concat([
    ...own.map(({ start, end }) => raw.subarray(start, end)),
    ...multipart("related", parts, '; type="text/html"'),
  ]);
}

/** The message as the first part, and files after it. */
function withFiles(entity: Entity, files: readonly (readonly Buffer[])[]): Buffer {
  const { raw, head } = entity;
  const own = head.fields.filter(({ name }) => !name.startsWith("content-") && name !== "mime-version");
  return Buffer.concat([
    ...own.map(({ start, end }) => raw.subarray(start, end)),
    Buffer.from("MIME-Version: 1.0\r\n"),
    ...multipart("mixed", [asPart(entity), ...files]),
  ]);
}

function multipart(subtype: string, parts: readonly (readonly Buffer[])[], more = ""): readonly Buffer[] {
  const boundary = boundaryFor(...parts.flat());
  return [
    Buffer.from(`Content-Type: multipart/${subtype}${more}; boundary="${boundary}"\r\n\r\n`),
    ...parts.flatMap((part) => [Buffer.from(`--${boundary}\r\n`), ...part, Buffer.from("\r\n")]),
    Buffer.from(`--${boundary}--\r\n`),
  ];
}

/** As it is, but for fields of a message whose only part it was. */
function asPart(entity: Entity): readonly Buffer[] {
  return [...contentFields(entity), Buffer.from("\r\n"), entity.raw.subarray(entity.head.body)];
}

function asFile({ raw }: Entity): readonly Buffer[] {
  const fields = "Content-Type: message/rfc822\r\nContent-Disposition: attachment; filename=message.eml\r\n\r\n";
  return [Buffer.from(fields), raw];
}

/** An entity's octets, with some of the parts in it replaced. */
function render(entity: Entity, replacements: ReadonlyMap<Entity, Buffer>): readonly Buffer[] {
  const replacement = replacements.get(entity);
  if (replacement) return [replacement];
  const pieces: Buffer[] = [];
  let at = 0;
  for (const { start, entity: child } of entity.children) {
    pieces.push(entity.raw.subarray(at, start), ...render(child, replacements));
    at = start + child.raw.length;
  }
  return [...pieces, entity.raw.subarray(at)];
}

function withFields(message: Buffer, lines: readonly string[]): Buffer {
  if (lines.length === 0) return message;
  const { end } = readHead(message);
  return Buffer.concat([
    message.subarray(0, end),
    Buffer.from(lines.map((line) => `${line}\r\n`).join("")),
    message.subarray(end),
  ]);
}

function base64Lines(octets: Buffer): Buffer {
  return Buffer.from(octets.toString("base64").replace(/.{1,76}/g, "$&\r\n"));
}
