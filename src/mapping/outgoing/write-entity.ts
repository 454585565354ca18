/** Messages and their parts, put together of octets that stay what they are. */
import { isAscii } from "node:buffer";
import { boundaryFor } from "./boundary.ts";
import { contentFields, type Entity, readEntity } from "./entity.ts";
import { readHead } from "./head.ts";
import { withLineEnds } from "./line-ends.ts";

/** A text part in UTF-8 in place of another (MS-ASCMD_R548, R584): what else its header says stays. */
export function textPart({ raw, head }: Entity, subtype: "plain" | "html", text: string): Buffer {
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
export function related(html: Entity, page: Buffer, shown: readonly Entity[]): Buffer {
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
export function withFiles(entity: Entity, files: readonly (readonly Buffer[])[]): Buffer {
  const { raw, head } = entity;
  const own = head.fields.filter(({ name }) => !name.startsWith("content-") && name !== "mime-version");
  return Buffer.concat([
    ...own.map(({ start, end }) => raw.subarray(start, end)),
    Buffer.from("MIME-Version: 1.0\r\n"),
    ...multipart("mixed", [asPart(entity), ...files]),
  ]);
}

/** The fields and the body of a multipart. */
export function multipart(subtype: string, parts: readonly (readonly Buffer[])[], more = ""): readonly Buffer[] {
  const boundary = boundaryFor(...parts.flat());
  return [
    Buffer.from(`Content-Type: multipart/${subtype}${more}; boundary="${boundary}"\r\n\r\n`),
    ...parts.flatMap((part) => [Buffer.from(`--${boundary}\r\n`), ...part, Buffer.from("\r\n")]),
    Buffer.from(`--${boundary}--\r\n`),
  ];
}

/** As it is, but for fields of a message whose only part it was. */
export function asPart(entity: Entity): readonly Buffer[] {
  return [...contentFields(entity), Buffer.from("\r\n"), entity.raw.subarray(entity.head.body)];
}

/** A message as a file of another. */
export function asFile({ raw }: Entity): readonly Buffer[] {
  const fields = "Content-Type: message/rfc822\r\nContent-Disposition: attachment; filename=message.eml\r\n\r\n";
  return [Buffer.from(fields), raw];
}

/** What takes the place of a part; undefined: nothing does. */
export type Replacements = ReadonlyMap<Entity, Buffer | undefined>;

/** An entity's octets, with some of the parts in it replaced or left out. */
export function render(entity: Entity, replacements: Replacements): readonly Buffer[] {
  if (replacements.has(entity)) return [replacements.get(entity) ?? emptyText(entity)];
  const isGone = (child: Entity) => replacements.has(child) && replacements.get(child) === undefined;
  if (entity.children.some((child) => isGone(child.entity))) {
    const left = entity.children.filter((child) => !isGone(child.entity));
    if (left.length === 0) return [emptyText(entity)];
    return partsWithin(
      entity,
      left.map((child) => render(child.entity, replacements)),
    );
  }
  const pieces: Buffer[] = [];
  let at = 0;
  for (const { start, entity: child } of entity.children) {
    pieces.push(entity.raw.subarray(at, start), ...render(child, replacements));
    at = start + child.raw.length;
  }
  return [...pieces, entity.raw.subarray(at)];
}

/** A message with more parts before or behind all that it holds. */
export function withParts(
  entity: Entity,
  { before = [], behind = [] }: { readonly before?: readonly Buffer[]; readonly behind?: readonly Buffer[] },
): Buffer {
  if (before.length + behind.length === 0) return entity.raw;
  const boundary = entity.parameters.get("boundary") ?? "";
  const isOpen = entity.type === "multipart/mixed" && entity.children.length > 0;
  const isFree = [...before, ...behind].every((part) => !part.includes(`--${boundary}`));
  if (!isOpen || !isFree) {
    const parts = [...before.map((part) => [part]), asPart(entity), ...behind.map((part) => [part])];
    return multipartInPlace(entity, "mixed", parts);
  }
  const own = entity.children.map((child) => [child.entity.raw]);
  return Buffer.concat(partsWithin(entity, [...before.map((part) => [part]), ...own, ...behind.map((part) => [part])]));
}

/** A multipart that has the place of a part, or of the message: what else the header of that says stays. */
export function multipartInPlace(
  { raw, head }: Entity,
  subtype: string,
  parts: readonly (readonly Buffer[])[],
): Buffer {
  const own = head.fields.filter(({ name }) => !name.startsWith("content-"));
  return Buffer.concat([...own.map(({ start, end }) => raw.subarray(start, end)), ...multipart(subtype, parts)]);
}

/** A multipart with these parts under the header that it has. */
function partsWithin({ raw, head, parameters }: Entity, parts: readonly (readonly Buffer[])[]): readonly Buffer[] {
  const boundary = parameters.get("boundary") ?? "";
  return [
    raw.subarray(0, head.body),
    ...parts.flatMap((part) => [Buffer.from(`--${boundary}\r\n`, "latin1"), ...part, Buffer.from("\r\n")]),
    Buffer.from(`--${boundary}--\r\n`, "latin1"),
  ];
}

/** A multipart has a part at the least. */
function emptyText(entity: Entity): Buffer {
  const { raw, head } = entity;
  const own = head.fields.filter(({ name }) => !name.startsWith("content-"));
  return Buffer.concat([
    ...own.map(({ start, end }) => raw.subarray(start, end)),
    Buffer.from("Content-Type: text/plain; charset=utf-8\r\n\r\n"),
  ]);
}

/** The message with more fields after its last. */
export function withFields(message: Buffer, lines: readonly string[]): Buffer {
  if (lines.length === 0) return message;
  const { end } = readHead(message);
  return Buffer.concat([
    message.subarray(0, end),
    Buffer.from(lines.map((line) => `${line}\r\n`).join("")),
    message.subarray(end),
  ]);
}

/** Fields that go, by lower-case name, and lines that are added. */
export interface FieldEdits {
  readonly dropped: readonly string[];
  readonly added: readonly string[];
}

/** The message without some fields, and with others after the last; itself where there is nothing to do. */
export function editFields(message: Buffer, { dropped, added }: FieldEdits): Buffer {
  const { fields, end } = readHead(message);
  const kept = fields.filter(({ name }) => !dropped.includes(name));
  if (kept.length === fields.length && added.length === 0) return message;
  const lines = added.map((line) => Buffer.from(`${line}\r\n`));
  return Buffer.concat([
    ...kept.map((field) => message.subarray(field.start, field.end)),
    ...lines,
    message.subarray(end),
  ]);
}

/** In lines of 76 characters. */
export function base64Lines(octets: Buffer): Buffer {
  return Buffer.from(octets.toString("base64").replace(/.{1,76}/g, "$&\r\n"));
}
