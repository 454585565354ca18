/**
 * Which form of a message's text a device gets, and how much of it (MS-ASAIRS 2.2.2.9, 2.2.2.12; MS-ASCMD 2.2.3.104,
 * 2.2.3.105; 2.5: MS-ASCMD 2.2.3.180).
 */
import { cutBody, cutToOctets, cutToUnits, squeezeAll, truncationCharacters } from "../../protocol/body.ts";
import { mailBodyOctets, mimeOctets } from "../../schema/limits.ts";
import { atLeast } from "../../schema/versions.ts";
import type { BodyPreference, MappingContext } from "../item.ts";
import { type Layout, layoutOf } from "./layout.ts";
import type { MailHead, MailPart, MailText, MailWanted } from "./message.ts";
import { isSecure } from "./message-class.ts";
import { transferable } from "./mime.ts";
import { decodedSize, wholeOctets } from "./size.ts";
import { pageText, plainText, sourceOf, type Text } from "./text.ts";

/** 1 plain, 2 HTML, 4 MIME. */
export type Form = 1 | 2 | 4;

/** A body as it is sent. */
export interface Shape {
  readonly form: Form;
  /** undefined where nothing of it is sent. */
  readonly data: string | undefined;
  /** The whole in that form: octets, in 2.5 characters; estimated where not all was read. */
  readonly size: number;
  readonly truncated: boolean;
  readonly preview: string | undefined;
}

/** One form that is tried. */
interface Attempt {
  readonly form: Form;
  /** Octets, in 2.5 characters; undefined: all of it. */
  readonly limit: number | undefined;
  /** Octets of UTF-8 that those may be. */
  readonly reach: number | undefined;
  readonly allOrNone: boolean;
  /** Characters; undefined: none is asked for. */
  readonly preview: number | undefined;
}

/** What is asked for the body, in the order in which it is tried; nothing where only the message part is wanted. */
export function bodyAttempts(head: MailHead, context: MappingContext): readonly Attempt[] {
  if (context.version === "2.5") return [legacyAttempt(head, context)];
  const { bodyPreferences, bodyPartPreferences = [] } = context;
  // MS-ASCON_R247: who asks for the message part alone gets nothing else.
  if (bodyPreferences.length === 0 && isPartAsked(context) && bodyPartPreferences.length > 0) return [];
  return attempts(bodyPreferences, head, context);
}

/** What is asked for the message part. */
export function partAttempts(head: MailHead, context: MappingContext): readonly Attempt[] {
  const { bodyPartPreferences = [] } = context;
  return isPartAsked(context) && bodyPartPreferences.length > 0 ? attempts(bodyPartPreferences, head, context) : [];
}

/** What has to be read for these. */
export function wantedFor(attempts: readonly Attempt[], head: MailHead): readonly MailWanted[] {
  const layout = layoutOf(head.structure);
  const wanted = new Map<string, MailWanted>();
  const add = (one: MailWanted) => {
    if (one.octets > 0 && one.octets > (wanted.get(one.path)?.octets ?? 0)) wanted.set(one.path, one);
  };
  for (const { form, reach, preview } of attempts) {
    if (form === 4) add({ path: "", encoding: "", octets: mimeOctetsFor(head, reach) });
    else for (const one of partsFor(layout, form, reach)) add(one);
    if (preview !== undefined) for (const one of partsFor(layout, 1, preview * 4)) add(one);
  }
  return [...wanted.values()];
}

/** The first of the forms that fits; where none does, the device learns that there is a body, and its size. */
export function shape(
  attempts: readonly Attempt[],
  head: MailHead,
  texts: ReadonlyMap<string, MailText>,
  legacy = false,
): Shape {
  const layout = layoutOf(head.structure);
  let tooLarge: Shape | undefined;
  for (const attempt of attempts) {
    const body = shapeOf(attempt, head, layout, texts, legacy);
    if (!isLeftOut(attempt, body)) return body;
    tooLarge ??= body;
  }
  return tooLarge ?? { form: 1, data: undefined, size: 0, truncated: false, preview: undefined };
}

/** Characters by the MIMETruncation code (MS-ASCMD_R3418 to R3426). */
const mimeCharacters: readonly number[] = [0, 4096, 5120, 7168, 10240, 20480, 51200, 102400];

/** Octets of a page for one of what it says: markup, and the styles in front of it. */
const markup = { factor: 8, head: 32_768 };

function isPartAsked({ version }: MappingContext): boolean {
  return atLeast(version, "14.1");
}

function legacyAttempt(head: MailHead, { truncation, mimeSupport, mimeTruncation }: MappingContext): Attempt {
  const form = sendsMime(head, mimeSupport) ? 4 : 1;
  const limit =
    form === 4 ? mimeLimit(mimeTruncation) : truncation === undefined ? undefined : truncationCharacters[truncation];
  // No UTF-16 unit needs more than three octets.
  const reach = limit === undefined ? undefined : limit * 3;
  return { form, limit, reach, allOrNone: false, preview: undefined };
}

/**
 * MIME where it is wanted for this message; else the form it is stored in (MS-ASAIRS_R77), and the other one where that
 * is too large (R80). Nobody asks for RTF alone that cannot show anything else: the stored form stands in for it.
 */
function attempts(preferences: readonly BodyPreference[], head: MailHead, context: MappingContext): readonly Attempt[] {
  const { native } = layoutOf(head.structure);
  const asked = preferences.length === 0 ? [{ type: 1 }] : preferences;
  const mime = sendsMime(head, context.mimeSupport) ? asked.find(({ type }) => type === 4) : undefined;
  const texts = asked.filter(({ type }) => type === 1 || type === 2);
  const first = asked[0];
  const usable = texts.length > 0 || mime || first === undefined ? texts : [{ ...first, type: native }];
  const ordered = usable.toSorted((a, b) => Number(b.type === native) - Number(a.type === native));
  const tried = [...(mime ? [mime] : []), ...ordered].map((preference): Attempt => {
    const isMime = preference.type === 4;
    const limit = preference.truncationSize ?? (isMime ? mimeLimit(context.mimeTruncation) : undefined);
    return {
      form: isMime ? 4 : preference.type === 2 ? 2 : 1,
      limit,
      reach: limit,
      allOrNone: preference.allOrNone === true,
      preview: atLeast(context.version, "14.0") ? preference.preview : undefined,
    };
  });
  // Without a size AllOrNone says nothing (MS-ASAIRS_R75), and behind a form that may be cut no other is tried.
  const last = tried.findIndex(({ allOrNone, limit }) => !allOrNone || limit === undefined);
  return last < 0 ? tried : tried.slice(0, last + 1);
}

function mimeLimit(code: number | undefined): number | undefined {
  return code === undefined ? undefined : mimeCharacters[code];
}

function sendsMime(head: MailHead, mimeSupport: number | undefined): boolean {
  return mimeSupport === 2 || (mimeSupport === 1 && isSecure(head.structure));
}

function shapeOf(
  attempt: Attempt,
  head: MailHead,
  layout: Layout,
  texts: ReadonlyMap<string, MailText>,
  legacy: boolean,
): Shape {
  const { form, limit, preview } = attempt;
  const made = form === 4 ? mimeShape(head, texts.get(""), limit) : textShape(form, layout, texts, limit, legacy);
  const cut = isLeftOut(attempt, made) ? { ...made, data: undefined } : made;
  // Beside a plain text, a preview would say the same again (MS-ASAIRS_R1001036).
  const isPreviewed = preview !== undefined && !(form === 1 && cut.data !== undefined);
  const said = isPreviewed ? cutToUnits(previewOf(plainText(layout, texts, false).text), preview) : "";
  return { form, ...cut, preview: said === "" ? undefined : said };
}

/** All or none was asked for, and all is too much. */
function isLeftOut({ allOrNone, limit }: Attempt, { truncated }: Pick<Shape, "truncated">): boolean {
  return allOrNone && limit !== undefined && truncated;
}

/** UTF-16 units that a preview is made of: a preview has 255, and spaces and links lie between. */
const previewed = 16_384;

/** Places of pictures, and links behind their text, say nothing in a list of messages. */
function previewOf(plain: string): string {
  return squeezeAll(
    plain.slice(0, previewed).replace(/\[cid:[^\]\s]{0,200}\]|<(?:https?|mailto):[^>\s]{0,2000}>/gi, " "),
  );
}

type Cut = Pick<Shape, "data" | "size" | "truncated">;

function mimeShape(head: MailHead, text: MailText | undefined, limit: number | undefined): Cut {
  const stored = wholeOctets(head.size);
  if (text === undefined) return { data: undefined, size: stored, truncated: stored > 0 };
  const whole = transferable(text.content, text.whole);
  const data = limit === undefined ? whole : cutToOctets(whole, limit);
  const truncated = !text.whole || data.length < whole.length;
  return { data: data === "" ? undefined : data, size: Math.max(stored, Buffer.byteLength(data)), truncated };
}

function textShape(
  form: 1 | 2,
  layout: Layout,
  texts: ReadonlyMap<string, MailText>,
  limit: number | undefined,
  legacy: boolean,
): Cut {
  const found: Text = form === 2 ? pageText(layout, texts) : plainText(layout, texts, true);
  const wire = form === 1 ? found.text.replaceAll("\n", "\r\n") : found.text;
  const length = legacy ? wire.length : Buffer.byteLength(wire);
  const isCut = limit !== undefined && length > limit;
  const data = isCut ? (legacy ? cutToUnits(wire, limit) : cutBody(wire, form, limit)) : wire;
  const size = found.whole ? length : Math.max(length + 1, wholeOctets(estimate(layout, form)));
  return { data: data === "" ? undefined : data, size, truncated: isCut || !found.whole };
}

/** Octets of a text of which only the beginning was read. */
function estimate({ segments }: Layout, form: 1 | 2): number {
  return segments.reduce((sum, segment) => {
    const part = sourceOf(segment, form);
    if (part === undefined) return sum;
    return (
      sum + (form === 1 && part === segment.html ? Math.ceil(decodedSize(part) / markup.factor) : decodedSize(part))
    );
  }, 0);
}

/** The parts from which so many octets of a form can be made, and how much of each. */
function partsFor(layout: Layout, form: 1 | 2, limit: number | undefined): readonly MailWanted[] {
  const wanted: MailWanted[] = [];
  let left = limit === undefined ? mailBodyOctets : Math.min(limit, mailBodyOctets);
  for (const segment of layout.segments) {
    const part = sourceOf(segment, form);
    if (part === undefined || wholeOctets(part.size) === 0) continue;
    if (left <= 0) break;
    const octets = form === 1 && part === segment.html ? left * markup.factor + markup.head : left + margin;
    wanted.push({
      path: part.path,
      encoding: part.encoding,
      octets: Math.min(wholeOctets(part.size), transferredSize(part, octets)),
    });
    left -= decodedSize(part);
  }
  return wanted;
}

/** Octets beyond the limit that are read, so that a text which ends there is known to be whole. */
const margin = 64;

/** Octets that have to be read so that so many are left without the transfer encoding, in a charset of many octets too. */
function transferredSize({ encoding, parameters }: MailPart, octets: number): number {
  const charset = parameters["charset"]?.toLowerCase() ?? "";
  const wide = /^utf-?32/.test(charset) ? 4 : /^(?:utf-?16|ucs-?2|iso-2022)/.test(charset) ? 2 : 1;
  const wanted = octets * wide;
  switch (encoding.toLowerCase()) {
    case "base64":
      return Math.ceil((wanted / 57) * 78) + 78;
    case "quoted-printable":
      return wanted * 3;
    default:
      return wanted;
  }
}

function mimeOctetsFor({ size }: MailHead, limit: number | undefined): number {
  return Math.min(wholeOctets(size), limit === undefined ? mimeOctets : limit + margin, mimeOctets);
}
