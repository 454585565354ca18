/** The text of a message in the forms a device can ask for, made of what was read of its parts. */
import { compile } from "html-to-text";
import libmime from "libmime";
import { htmlFromPlain } from "../../protocol/body.ts";
import { flatten } from "../../protocol/html.ts";
import { charsetOfPage, decodeText } from "./charset.ts";
import type { Layout, Segment } from "./layout.ts";
import type { MailPart, MailText } from "./message.ts";
import { wholeOctets } from "./size.ts";

export interface Text {
  /** LF at its ends of lines. */
  readonly text: string;
  /** Whether that is all of it. */
  readonly whole: boolean;
}

/** UTF-16 units of HTML that are made plain: what a mail of this size says is not read on a phone. */
const pageLength = 1_048_576;

/** The part that a form of a segment is made from; undefined where the form says nothing here. */
export function sourceOf(segment: Segment, form: 1 | 2): MailPart | undefined {
  if (form === 2) return segment.html ?? segment.plain;
  if (segment.isTold) return undefined;
  // Some senders add a plain form with nothing in it, because a filter asked for one.
  const isEmpty = segment.plain !== undefined && segment.plain.size < 5;
  return isEmpty ? (segment.html ?? segment.plain) : (segment.plain ?? segment.html);
}

/** The text as plain text. `links`: the addresses behind links are told, too. */
export function plainText(layout: Layout, read: ReadonlyMap<string, MailText>, links: boolean): Text {
  return join(layout, read, 1, "\n", (segment, part, text) =>
    part === segment.html ? plainFromPage(text, links) : text,
  );
}

/** The text as a page. One that is a page already stays as it is, but for the charset that it says it has. */
export function pageText(layout: Layout, read: ReadonlyMap<string, MailText>): Text {
  return join(layout, read, 2, "<br>\n", (segment, part, text) =>
    part === segment.html ? withCharset(text) : htmlFromPlain(text),
  );
}

/** What a page says, as plain text. */
export function plainFromPage(html: string, links: boolean): string {
  const page = flatten(html.slice(0, pageLength));
  return (links ? withLinks : withoutLinks)(page)
    .replace(/[ \t\u00a0]+$/gm, "")
    .replace(/\n{3,}/g, "\n\n")
    .trim();
}

function join(
  { segments }: Layout,
  read: ReadonlyMap<string, MailText>,
  form: 1 | 2,
  between: string,
  write: (segment: Segment, part: MailPart, text: string) => string,
): Text {
  const pieces: string[] = [];
  let whole = true;
  for (const segment of segments) {
    const part = sourceOf(segment, form);
    if (part === undefined || wholeOctets(part.size) === 0) continue;
    const found = read.get(part.path);
    if (found !== undefined) pieces.push(write(segment, part, charactersOf(part, found)));
    if (found?.whole === true) continue;
    whole = false;
    break;
  }
  return { text: pieces.filter((piece) => piece.trim() !== "").join(between), whole };
}

function charactersOf(part: MailPart, { content, whole }: MailText): string {
  const isPage = part.type === "text/html";
  const declared = part.parameters["charset"] ?? (isPage ? charsetOfPage(content) : undefined);
  const text = decodeText(content, declared, whole);
  if (isPage || part.parameters["format"]?.toLowerCase() !== "flowed") return text;
  return libmime.decodeFlowed(text, part.parameters["delsp"]?.toLowerCase() === "yes");
}

/** The page goes out as characters, and a device that keeps them as UTF-8 is told so by the page. */
function withCharset(html: string): string {
  const head = html.slice(0, 8_192);
  return head.replace(/(<meta\b[^<>]{0,300}?\bcharset\s*=\s*["']?\s*)[\w.:-]{1,40}/gi, "$1utf-8") + html.slice(8_192);
}

const withLinks = converter(false);
const withoutLinks = converter(true);

function converter(ignoreHref: boolean): (html: string) => string {
  const heading = { format: "heading", options: { uppercase: false, leadingLineBreaks: 2, trailingLineBreaks: 2 } };
  return compile({
    wordwrap: false,
    limits: { maxInputLength: pageLength * 2, maxDepth: 200 },
    selectors: [
      {
        selector: "a",
        options: { ignoreHref, hideLinkHrefIfSameAsText: true, linkBrackets: ["<", ">"], noAnchorUrl: true },
      },
      { selector: "img", format: "skip" },
      { selector: "hr", options: { length: 20 } },
      ...["h1", "h2", "h3", "h4", "h5", "h6"].map((selector) => ({ selector, ...heading })),
    ],
  });
}
