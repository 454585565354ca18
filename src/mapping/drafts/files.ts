/** The files that a device adds to a draft and takes from it (MS-ASAIRS_R1006, R1138). */
import { MappingError } from "../../errors.ts";
import { cutToUnits } from "../../protocol/body.ts";
import { mailFiles } from "../../schema/limits.ts";
import { child, childrenNamed, childText, type Element, text } from "../../wire/element.ts";
import { parseFileReference } from "../mail/attachments.ts";
import { oneLine } from "../mail/line.ts";
import { type Entity, readEntity } from "../outgoing/entity.ts";
import { withLineEnds } from "../outgoing/line-ends.ts";
import { base64Lines } from "../outgoing/write-entity.ts";

export interface NewFile {
  readonly clientId: string;
  /** The part as it stands in the message. */
  readonly part: Buffer;
}

export interface FileEdits {
  readonly added: readonly NewFile[];
  /** Section numbers. */
  readonly removed: ReadonlySet<string>;
}

/** @throws MappingError for a file that lacks what it must have (MS-ASAIRS_R1009 to R1016), and another message's. */
export function readFiles(data: Element, id: string | undefined): FileEdits {
  const list = child(data, "AirSyncBase:Attachments");
  if (!list) return { added: [], removed: new Set() };
  const removed = childrenNamed(list, "AirSyncBase:Delete").map((one) => {
    const reference = parseFileReference(childText(one, "AirSyncBase:FileReference") ?? "");
    if (reference === undefined || reference.id !== id)
      throw new MappingError("a file of no such draft", "AirSyncBase:Delete");
    return reference.path;
  });
  const added = childrenNamed(list, "AirSyncBase:Add");
  if (added.length > mailFiles) throw new MappingError(`${added.length} files`, "AirSyncBase:Add");
  return { added: added.map(newFile), removed: new Set(removed) };
}

/** The parts that have these section numbers (RFC 9051 §6.4.5), as far as they are there: one that is gone needs no more. */
export function partsAt(entity: Entity, paths: ReadonlySet<string>): readonly Entity[] {
  return sections(entity).flatMap(([path, part]) => (paths.has(path) ? [part] : []));
}

/** Where the files are in the message that was made. */
export function placesOf(message: Buffer, files: readonly NewFile[]): ReadonlyMap<string, string> {
  const places = new Map<string, string>();
  if (files.length === 0) return places;
  const parts = sections(readEntity(message));
  for (const { clientId, part } of files) {
    const [path] = parts.find(([, { raw }]) => raw.equals(part)) ?? [];
    if (path !== undefined) places.set(clientId, path);
  }
  return places;
}

function sections(entity: Entity, path = ""): readonly (readonly [string, Entity])[] {
  if (entity.children.length === 0) return [[path || "1", entity]];
  return entity.children.flatMap((one, index) =>
    sections(one.entity, path === "" ? `${index + 1}` : `${path}.${index + 1}`),
  );
}

/** A normal file, or a message (MS-ASAIRS_R1393, R1395). */
const [normal, embedded] = ["1", "5"];

function newFile(one: Element): NewFile {
  const clientId = childText(one, "AirSyncBase:ClientId") ?? "";
  const name = cutToUnits(oneLine(childText(one, "AirSyncBase:DisplayName") ?? "").replace(/^.*[/\\]/, ""), 255);
  const method = childText(one, "AirSyncBase:Method")?.trim();
  const content = contentOf(child(one, "AirSyncBase:Content"));
  if (clientId === "" || name === "" || content === undefined || (method !== normal && method !== embedded))
    throw new MappingError("no attachment of a message", "AirSyncBase:Add");
  const contentId = oneLine(childText(one, "AirSyncBase:ContentId") ?? "").replace(/[\s<>]/g, "");
  const location = oneLine(childText(one, "AirSyncBase:ContentLocation") ?? "").replace(/[^\x21-\x7e]/g, "");
  const isInline = child(one, "AirSyncBase:IsInline") && childText(one, "AirSyncBase:IsInline") !== "0";
  const isMessage = method === embedded;
  const type = isMessage ? "message/rfc822" : typeOf(childText(one, "AirSyncBase:ContentType"));
  const fields = [
    `Content-Type: ${type}${parameter("name", name)}`,
    `Content-Disposition: ${isInline ? "inline" : "attachment"}${parameter("filename", name)}`,
    contentId === "" ? "" : `Content-ID: <${contentId.slice(0, 250)}>`,
    location === "" ? "" : `Content-Location: ${location.slice(0, 900)}`,
    `Content-Transfer-Encoding: ${isMessage ? "8bit" : "base64"}`,
  ].filter((line) => line !== "");
  const body = isMessage ? withLineEnds(content) : base64Lines(content);
  return { clientId, part: Buffer.concat([Buffer.from(`${fields.join("\r\n")}\r\n\r\n`), body]) };
}

/** Octets as they are, or base64 where they come as text (MS-ASDTYPE 2.7.1). */
function contentOf(content: Element | undefined): Buffer | undefined {
  if (content === undefined) return undefined;
  if (content.content instanceof Uint8Array) return Buffer.from(content.content);
  const said = text(content).replace(/\s+/g, "");
  return /^[A-Za-z0-9+/]*={0,2}$/.test(said) ? Buffer.from(said, "base64") : undefined;
}

function typeOf(said: string | undefined): string {
  const type = said?.trim() ?? "";
  const isLeaf = /^[\w!#$&^.+-]{1,100}\/[\w!#$&^.+-]{1,100}$/.test(type) && !/^(?:multipart|message)\//i.test(type);
  return isLeaf ? type : "application/octet-stream";
}

/** In ASCII as it is, else in pieces of RFC 2231 that fit into lines. */
function parameter(name: string, value: string): string {
  if (/^[\x20-\x7e]{0,60}$/.test(value)) return `;\r\n ${name}="${value.replace(/["\\]/g, "\\$&")}"`;
  const encoded = Array.from(value, (character) =>
    encodeURIComponent(character).replace(/['()*]/g, (one) => `%${one.charCodeAt(0).toString(16)}`),
  );
  const pieces: string[] = [""];
  for (const character of encoded) {
    const last = pieces.length - 1;
    if ((pieces[last] ?? "").length + character.length <= 55) pieces[last] += character;
    else pieces.push(character);
  }
  return pieces.map((piece, at) => `;\r\n ${name}*${at}*=${at === 0 ? "utf-8''" : ""}${piece}`).join("");
}
