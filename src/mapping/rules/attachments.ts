/**
 * ATTACH (RFC 5545 §3.8.1.1) against the AirSyncBase:Attachments of 16.x. Only what stands in the text itself is a file
 * to a device: a link, a managed attachment of the server (RFC 8607) and a CID are left untouched and not shown.
 */
import { createHash } from "node:crypto";
import { MappingError } from "../../errors.ts";
import { attachmentOctets } from "../../schema/limits.ts";
import { child, childrenNamed, childText, type Element, element } from "../../wire/element.ts";
import { type Component, insertLine, lines, removeLine } from "../content-lines.ts";
import type { Rule } from "../define.ts";
import type { Added } from "../item.ts";
import type { Line, LineParts, Param } from "../line.ts";
import { clean } from "../text.ts";

const tag = "AirSyncBase:Attachments";

/** A file within a text. */
export interface InlineFile {
  /** Names the file within its item: a digest of name and content. */
  readonly reference: string;
  readonly name: string;
  /** `type/subtype`. */
  readonly type: string;
  readonly content: Buffer;
}

export const attachments: Rule & { readonly lossless: false } = {
  name: "attachments",
  lossless: false,
  down({ component }, values) {
    const files = filesOf(component);
    if (files.length > 0)
      values.set(
        tag,
        files.map(({ line, file }) => shown(line, file)),
      );
  },
  // A device says what is to be added and deleted, and nothing of the rest (MS-ASAIRS_R1329, R1330).
  same: (_tag, incoming) => !Array.isArray(incoming) || !incoming.some(({ name }) => name === add || name === remove),
  up(edit) {
    const said = edit.changes.get(tag);
    if (said === undefined || typeof said === "string") return;
    const list: Element = { name: tag, content: said };
    for (const one of childrenNamed(list, remove)) {
      const reference = localReference(childText(one, "AirSyncBase:FileReference") ?? "");
      // What is gone already needs no deletion: the request may be a repetition.
      for (const { line, file } of filesOf(edit.component)) {
        if (file.reference === reference) removeLine(edit.component, line);
      }
    }
    for (const one of childrenNamed(list, add)) addFile(edit.component, one);
  },
};

/** What a device adds by its Attachments, as far as it stands in the components. */
export function addedFiles(components: readonly Component[], data: Element): readonly Added[] {
  const list = child(data, tag);
  if (list === undefined || childrenNamed(list, add).length === 0) return [];
  const present = new Set(components.flatMap((component) => filesOf(component).map(({ file }) => file.reference)));
  return childrenNamed(list, add).flatMap((one): Added[] => {
    const file = fileOf(one);
    const clientId = childText(one, "AirSyncBase:ClientId") ?? "";
    return file && present.has(file.reference) ? [{ clientId, reference: file.reference }] : [];
  });
}

/** The file of that name in one of the components. */
export function findFile(components: readonly Component[], reference: string): InlineFile | undefined {
  for (const component of components) {
    const found = filesOf(component).find(({ file }) => file.reference === reference);
    if (found !== undefined) return found.file;
  }
  return undefined;
}

/** Elements in which every FileReference begins with `item`: by it a file is found again, whoever asks. */
export function withItem(elements: readonly Element[], item: string): readonly Element[] {
  return elements.map((one) => {
    if (one.name === "AirSyncBase:FileReference") return element(one.name, `${item}:${childlessText(one)}`);
    return holdsFiles.has(one.name) && Array.isArray(one.content)
      ? { ...one, content: withItem(one.content, item) }
      : one;
  });
}

/** The part of a FileReference that names the file within its item. */
export function localReference(reference: string): string {
  return reference.slice(reference.lastIndexOf(":") + 1);
}

const add = "AirSyncBase:Add";
const remove = "AirSyncBase:Delete";
const holdsFiles: ReadonlySet<string> = new Set([
  tag,
  "AirSyncBase:Attachment",
  "Calendar:Exceptions",
  "Calendar:Exception",
]);
const fallbackType = "application/octet-stream";
const normal = "1";
/** How clients spell the name of a file: RFC 8607, Outlook and Thunderbird, Apple, Oracle, KDE, Evolution. */
const nameParams = [
  "FILENAME",
  "X-FILENAME",
  "X-APPLE-FILENAME",
  "X-ORACLE-FILENAME",
  "X-LABEL",
  "X-EVOLUTION-CALDAV-ATTACHMENT-NAME",
];
const cid = "X-EAS-CONTENTID";
const locationParam = "X-EAS-CONTENTLOCATION";
const inlineParam = "X-EAS-ISINLINE";

interface Found {
  readonly line: Line;
  readonly file: InlineFile;
}

/** A line never changes, and decoding and digesting megabytes takes its time. */
const known = new WeakMap<Line, { readonly file: InlineFile | undefined }>();

/** Each file once, in the order of the text. */
function filesOf(component: Component): readonly Found[] {
  const found = new Map<string, Found>();
  for (const line of lines(component, "ATTACH")) {
    let entry = known.get(line);
    if (entry === undefined) {
      entry = { file: readFile(line) };
      known.set(line, entry);
    }
    if (entry.file && !found.has(entry.file.reference)) found.set(entry.file.reference, { line, file: entry.file });
  }
  return [...found.values()];
}

function readFile(line: Line): InlineFile | undefined {
  const isBinary = line.param("ENCODING")?.toUpperCase() === "BASE64" && line.param("MANAGED-ID") === undefined;
  const content = isBinary ? decodeBase64(line.value) : undefined;
  if (content === undefined) return undefined;
  const said = nameParams.map((name) => line.param(name)).find((value) => value !== undefined && value.trim() !== "");
  const type = typeIn(line.param("FMTTYPE"));
  return named({ name: fileName(said ?? ""), type, content });
}

function named(file: Omit<InlineFile, "reference">): InlineFile {
  const digest = createHash("sha256").update(file.name).update("\0").update(file.content).digest("base64url");
  return { ...file, reference: digest.slice(0, 22) };
}

/** In the order of the schema; a device drops a file that lacks name, size or reference. */
function shown(line: Line, { reference, name, content }: InlineFile): Element {
  const said = (param: string) => clean(line.param(param) ?? "").trim();
  return element("AirSyncBase:Attachment", [
    element("AirSyncBase:DisplayName", name),
    element("AirSyncBase:FileReference", reference),
    element("AirSyncBase:Method", normal),
    element("AirSyncBase:EstimatedDataSize", content.length),
    said(cid) === "" ? undefined : element("AirSyncBase:ContentId", said(cid)),
    said(locationParam) === "" ? undefined : element("AirSyncBase:ContentLocation", said(locationParam)),
    said(inlineParam) === "" ? undefined : element("AirSyncBase:IsInline", 1),
  ]);
}

function addFile(component: Component, one: Element): void {
  const file = fileOf(one);
  if (file === undefined) throw new MappingError("no attachment of an event", add);
  const present = filesOf(component);
  // The same file again: the request is a repetition, or nobody would know the two apart.
  if (present.some((other) => other.file.reference === file.reference)) return;
  const total = present.reduce((sum, other) => sum + other.file.content.length, file.content.length);
  if (total > attachmentOctets) throw new MappingError(`${total} octets of attachments are too many`, add);
  insertLine(component, lineOf(one, file), lines(component, "ATTACH").at(-1));
}

function lineOf(one: Element, { name, type, content }: InlineFile): LineParts {
  const params: Param[] = [
    { name: "VALUE", values: ["BINARY"] },
    { name: "ENCODING", values: ["BASE64"] },
    { name: "FMTTYPE", values: [type] },
    { name: "FILENAME", values: [name] },
  ];
  const more = [
    [cid, childText(one, "AirSyncBase:ContentId")],
    [locationParam, childText(one, "AirSyncBase:ContentLocation")],
    [inlineParam, child(one, "AirSyncBase:IsInline") && "TRUE"],
  ] as const;
  for (const [param, value] of more) if (value?.trim()) params.push({ name: param, values: [oneLine(value)] });
  return { name: "ATTACH", params, value: content.toString("base64") };
}

/** The file of an Add; undefined for one that lacks what it must have (MS-ASAIRS_R1009 to R1016). */
function fileOf(one: Element): InlineFile | undefined {
  const name = fileName(childText(one, "AirSyncBase:DisplayName") ?? "");
  const content = contentOf(child(one, "AirSyncBase:Content"));
  if (!childText(one, "AirSyncBase:ClientId") || name === "" || content === undefined) return undefined;
  // MS-ASAIRS_R1395: an embedded message belongs to a draft only.
  if ((childText(one, "AirSyncBase:Method") ?? "").trim() !== normal) return undefined;
  return named({ name, type: typeIn(childText(one, "AirSyncBase:ContentType")), content });
}

/** Octets as they are (MS-ASDTYPE 2.7.1), or base64 where they come as text. */
function contentOf(content: Element | undefined): Buffer | undefined {
  if (content === undefined) return undefined;
  if (content.content instanceof Uint8Array) return Buffer.from(content.content);
  return decodeBase64(childlessText(content));
}

function decodeBase64(value: string): Buffer | undefined {
  const text = value.replace(/\s+/g, "");
  return /^[A-Za-z0-9+/]*={0,2}$/.test(text) && text.length % 4 !== 1 ? Buffer.from(text, "base64") : undefined;
}

function childlessText({ content }: Element): string {
  return typeof content === "string" ? content : "";
}

/** A name without a path: some clients store one, and no device may be led by it. */
function fileName(said: string): string {
  return oneLine(said).replace(/^.*[/\\]/, "");
}

function oneLine(text: string): string {
  return clean(text).replaceAll("\n", " ").trim();
}

function typeIn(said: string | undefined): string {
  const type = said?.trim() ?? "";
  return /^[\w!#$&^.+-]{1,100}\/[\w!#$&^.+-]{1,100}$/.test(type) ? type : fallbackType;
}
