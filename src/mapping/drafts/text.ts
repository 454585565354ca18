/** The text of a draft: what of a message it is, and what takes its place. */
import { MappingError } from "../../errors.ts";
import { squeezeAll } from "../../protocol/body.ts";
import { child, childText, type Element } from "../../wire/element.ts";
import { plainFromPage } from "../mail/text.ts";
import { type Entity, readEntity } from "../outgoing/entity.ts";
import { layOut } from "../outgoing/original.ts";
import { asPart, multipart, multipartInPlace, textPart } from "../outgoing/write-entity.ts";

/** A text as a device says it: 1 plain, 2 a page. */
export interface Text {
  readonly type: number;
  readonly text: string;
}

/** The body of the stored message as the device was sent it, and all of it in that form. */
export interface ShownBody {
  readonly sent: Element;
  readonly whole: Element;
}

/**
 * Whether a body that a device sends says nothing new: it is what it was sent. @throws MappingError for one that goes on
 * where what it was sent was cut: it would take the place of what the device does not know.
 */
export function isEcho(type: number, content: Buffer, { sent, whole }: ShownBody): boolean {
  const squeeze = (data: string) => (type === 4 ? data.replace(/\r?\n/g, "\r\n") : squeezeAll(data));
  const dataOf = (body: Element) => squeeze(childText(body, "AirSyncBase:Data") ?? "");
  if (childText(whole, "AirSyncBase:Type") !== String(type)) return false;
  const said = squeeze(content.toString());
  if (said === dataOf(whole)) return true;
  const known = dataOf(sent);
  const isCut = childText(sent, "AirSyncBase:Truncated") === "1" && child(sent, "AirSyncBase:Data") !== undefined;
  if (!isCut || known === "" || !said.startsWith(known) || said.startsWith(dataOf(whole))) return false;
  if (said === known) return true;
  throw new MappingError("a text that the device has the beginning of only", "AirSyncBase:Body");
}

/**
 * What takes the place of parts so that the message says this text, and parts that are to stand before all others; those
 * in `removed` are to go.
 */
export function textEdits(entity: Entity, removed: readonly Entity[], { type, text }: Text) {
  const edits = new Map<Entity, Buffer | undefined>(removed.map((part) => [part, undefined]));
  const plain = type === 2 ? plainFromPage(text, true) : text;
  const bothForms = () => [[textPart(bare, "plain", plain)], [textPart(bare, "html", text)]];
  const [first, ...others] = layOut(entity).passages;
  // What follows is told by the one text, too.
  for (const { plain: one, html } of others) for (const leaf of [one, html]) if (leaf) edits.set(leaf, undefined);
  const leaf = first?.html ?? first?.plain;
  if (!leaf) {
    const before =
      type === 2 ? Buffer.concat([...multipart("alternative", bothForms())]) : textPart(bare, "plain", text);
    return { edits, before: [before] };
  }
  if (type === 1) {
    const place = alternativeAround(entity, leaf) ?? leaf;
    const { shown, files } = layOut(place);
    const kept = place === leaf ? [] : [...shown, ...files].filter((part) => !removed.includes(part));
    // What the page shows is a file without it.
    const parts = [[textPart(bare, "plain", text)], ...kept.map(asPart)];
    edits.set(place, kept.length > 0 ? multipartInPlace(place, "mixed", parts) : textPart(place, "plain", text));
  } else if (first?.html) {
    edits.set(first.html, textPart(first.html, "html", text));
    if (first.plain) edits.set(first.plain, textPart(first.plain, "plain", plain));
  } else edits.set(leaf, multipartInPlace(leaf, "alternative", bothForms()));
  return { edits, before: [] };
}

const bare = readEntity(Buffer.from("\r\n"));

/** The outermost that offers this part among other forms of the same. */
function alternativeAround(entity: Entity, leaf: Entity): Entity | undefined {
  if (entity === leaf || !holds(entity, leaf)) return undefined;
  if (entity.type === "multipart/alternative") return entity;
  for (const child of entity.children) {
    const found = alternativeAround(child.entity, leaf);
    if (found) return found;
  }
  return undefined;
}

function holds(entity: Entity, leaf: Entity): boolean {
  return entity === leaf || entity.children.some((child) => holds(child.entity, leaf));
}
