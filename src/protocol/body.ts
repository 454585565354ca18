/**
 * Bodies of items whose stored text is plain: choosing the form a device asked for, cutting it, and recognising it when
 * it comes back (MS-ASAIRS 2.2.2.9, 2.2.2.12; 2.5: MS-ASCMD 2.2.3.180).
 */
import { convert } from "html-to-text";
import type { Version } from "../schema/versions.ts";
import { atLeast } from "../schema/versions.ts";
import { flatten } from "./html.ts";

/** One BodyPreference of the collection's sticky Options (MS-ASAIRS 2.2.2.12). */
export interface BodyPreference {
  /** 1 plain, 2 HTML, 3 RTF, 4 MIME. */
  readonly type: number;
  /** Octets; undefined means all of it. */
  readonly truncationSize?: number;
  readonly allOrNone?: boolean;
  /** Characters, at most 255. */
  readonly preview?: number;
}

export interface BodyRequest {
  readonly version: Version;
  /** In the device's order; empty means plain and whole. */
  readonly bodyPreferences: readonly BodyPreference[];
  /** The 2.5 Truncation code; undefined means none (MS-ASCMD_R7347). */
  readonly truncation?: number;
}

/** A body as it is sent. */
export interface Body {
  /** 1 plain, 2 HTML. */
  readonly type: 1 | 2;
  /** undefined where a cut or AllOrNone leaves nothing. */
  readonly data: string | undefined;
  /** The whole in that form: octets, in 2.5 characters. */
  readonly size: number;
  readonly truncated: boolean;
  readonly preview: string | undefined;
}

/** The form of `plain` that this device gets. Line ends are LF in `plain` and CRLF on the wire. */
export function shapeBody(plain: string, request: BodyRequest): Body {
  if (request.version === "2.5") return legacyBody(plain, request.truncation);
  const usable = request.bodyPreferences.filter(({ type }) => type === 1 || type === 2);
  for (const preference of usable) {
    const body = preferredBody(plain, preference, request.version);
    if (!(preference.allOrNone && body.truncated)) return body;
  }
  const last = usable.at(-1);
  if (last === undefined) return preferredBody(plain, { type: 1 }, request.version);
  // AllOrNone, and it fits nowhere: the device learns that there is a body, and its size.
  return { ...preferredBody(plain, last, request.version), data: undefined };
}

/** A body as a device sent it; `type` is 1 where the version has none. */
export interface IncomingBody {
  readonly type: number;
  /** undefined: the device said nothing of the content (MS-ASCMD_R878). */
  readonly data: string | undefined;
}

/**
 * Whether a body says nothing new: it equals the stored text as it is, or as it was sent (cut, converted), once line
 * ends, spaces and entities are normalised, or it begins with what was sent cut. One that begins with the whole stored
 * text loses nothing, and is an edit even where less was sent: the device may have fetched the rest.
 */
export function sameBody(incoming: IncomingBody, plain: string, request: BodyRequest): boolean {
  return compareBody(incoming, plain, request) !== "other";
}

/** Whether a body that `sameBody` takes for no news says more than was sent: an edit of a text that the device has the beginning of. */
export function isBodyLeftOut(incoming: IncomingBody, plain: string, request: BodyRequest): boolean {
  return compareBody(incoming, plain, request) === "cut and continued";
}

function compareBody(
  incoming: IncomingBody,
  plain: string,
  request: BodyRequest,
): "same" | "cut and continued" | "other" {
  const said = plainOf(incoming);
  if (said === undefined) return "same";
  const squeeze = incoming.type === 2 ? squeezeAll : squeezeLines;
  const text = squeeze(said);
  const whole = squeeze(plain);
  if (text === whole) return "same";
  const sent = shapeBody(plain, request);
  if (!sent.truncated || text.startsWith(whole)) return "other";
  const beginning = squeeze(plainOf(sent) ?? "");
  if (text === beginning) return "same";
  return text.startsWith(beginning) ? "cut and continued" : "other";
}

/** The plain text of a body, LF at its line ends; undefined when there is no content, or in a form that holds none. */
export function plainOf(body: IncomingBody): string | undefined {
  if (body.data === undefined) return undefined;
  if (body.type === 1) return body.data.replace(/\r\n?/g, "\n");
  return body.type === 2 ? plainFromHtml(body.data) : undefined;
}

/** The beginning of `text` that fits into so many octets of UTF-8, no character cut. */
export function cutToOctets(text: string, octets: number): string {
  // No UTF-16 unit needs more than three octets.
  if (text.length * 3 <= octets) return text;
  const bytes = Buffer.from(text, "utf8");
  if (bytes.length <= octets) return text;
  let end = Math.max(0, octets);
  while (end > 0 && ((bytes[end] ?? 0) & 0xc0) === 0x80) end--;
  return bytes.toString("utf8", 0, end);
}

/** A plain text as a page of HTML that shows it. */
export function htmlFromPlain(plain: string): string {
  const escaped = plain.replace(/[&<>"]/g, (found) => ENTITIES[found] ?? found);
  // A run of spaces, or one that begins a line, would be drawn as none or one.
  const spaced = escaped.replace(/(^|\n| ) /g, "$1&nbsp;");
  return `${HTML_HEAD}${spaced.replaceAll("\n", "<br>\r\n")}${HTML_TAIL}`;
}

const HTML_HEAD = '<html><head><meta http-equiv="Content-Type" content="text/html; charset=utf-8"></head><body>';
const HTML_TAIL = "</body></html>";
const ENTITIES: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };
const CHARACTERS: Readonly<Record<string, string>> = {
  "&amp;": "&",
  "&lt;": "<",
  "&gt;": ">",
  "&quot;": '"',
  "&nbsp;": " ",
};

/** Characters by the Truncation code of 2.5; 0 sends none of the body, 9 all (MS-ASCMD_R7356 to R7365). */
export const truncationCharacters: readonly number[] = [0, 512, 1024, 2048, 5120, 10240, 20480, 51200, 102400];

/** Deeper markup than this is an attack; the text below it is left out. */
const HTML_DEPTH = 200;
/** UTF-16 units of HTML that are read; a note of this size is refused by every server. */
const HTML_LENGTH = 4 * 1024 * 1024;

function legacyBody(plain: string, truncation: number | undefined): Body {
  const wire = plain.replaceAll("\n", "\r\n");
  const limit = truncation === undefined ? undefined : truncationCharacters[truncation];
  const truncated = limit !== undefined && wire.length > limit;
  const data = truncated ? cutToUnits(wire, limit) : wire;
  return { type: 1, data: data === "" ? undefined : data, size: wire.length, truncated, preview: undefined };
}

function preferredBody(plain: string, preference: BodyPreference, version: Version): Body {
  const type = preference.type === 2 ? 2 : 1;
  const whole = type === 2 ? htmlFromPlain(plain) : plain.replaceAll("\n", "\r\n");
  const size = Buffer.byteLength(whole);
  const limit = preference.truncationSize;
  const truncated = limit !== undefined && size > limit;
  const data = truncated ? cutBody(whole, type, limit) : whole;
  const previews = preference.preview !== undefined && atLeast(version, "14.0");
  const preview = previews ? cutToUnits(squeezeAll(plain), preference.preview ?? 0) : undefined;
  return { type, data: data === "" ? undefined : data, size, truncated, preview };
}

/** The beginning in so many octets. HTML is not cut within a tag or an entity: the rest of it would be shown as text. */
export function cutBody(whole: string, type: 1 | 2, limit: number): string {
  const text = cutToOctets(whole, limit);
  return type === 1 ? text : text.replace(/(?:<[^<>]*|&[^&;\s]{0,8})$/, "");
}

/** The beginning in so many UTF-16 units, no character cut. */
export function cutToUnits(text: string, units: number): string {
  const kept = text.slice(0, units);
  return /[\ud800-\udbff]$/.test(kept) ? kept.slice(0, -1) : kept;
}

function plainFromHtml(html: string): string {
  return unwrapped(html) ?? converted(html);
}

/** Our own page, or the beginning of one, read back exactly. */
function unwrapped(html: string): string | undefined {
  if (!html.startsWith(HTML_HEAD)) return undefined;
  const inner = html.slice(HTML_HEAD.length).replace(/<\/body><\/html>\s*$/, "");
  const text = inner.replace(/<br>(?:\r?\n)?/g, "\n");
  if (text.includes("<")) return undefined;
  return text.replace(/&(?:amp|lt|gt|quot|nbsp);/g, (found) => CHARACTERS[found] ?? found).replaceAll("\r", "");
}

function converted(html: string): string {
  return convert(flatten(html.slice(0, HTML_LENGTH)), {
    wordwrap: false,
    limits: { maxInputLength: HTML_LENGTH, maxDepth: HTML_DEPTH },
    selectors: [
      { selector: "a", options: { hideLinkHrefIfSameAsText: true, ignoreHref: false } },
      { selector: "img", format: "skip" },
      { selector: "p", options: { leadingLineBreaks: 1, trailingLineBreaks: 1 } },
    ],
  });
}

/** Spaces are one, line ends LF; what trails is gone. */
function squeezeLines(text: string): string {
  return text
    .replace(/\r\n?/g, "\n")
    .replace(/[ \t\u00a0]+/g, " ")
    .replace(/ ?\n ?/g, "\n")
    .trim();
}

/** As HTML sees it: white space of any kind and length is one space. */
export function squeezeAll(text: string): string {
  return text.replace(/[\s\u00a0]+/g, " ").trim();
}
