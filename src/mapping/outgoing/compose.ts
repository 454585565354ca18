/** An answer to a message, or a message that forwards it, of what a device uploads and of what it answers. */
import libmime from "libmime";
import { quotedCharacters } from "../../schema/limits.ts";
import { type Entity, readEntity } from "./entity.ts";
import { texts } from "./head.ts";
import { withLineEnds } from "./line-ends.ts";
import { escaped, htmlOf, isSealed, layOut, type Original, plainOf, textOf } from "./original.ts";
import { threadFields } from "./thread-fields.ts";
import { asFile, asPart, related, render, textPart, withFields, withFiles } from "./write-entity.ts";

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
