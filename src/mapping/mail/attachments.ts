/** The files of a message, and the names by which a device asks for one (MS-ASAIRS 2.2.2.7, 2.2.2.24). */
import { cutToUnits } from "../../protocol/body.ts";
import { fileReferenceCharacters, mailFiles } from "../../schema/limits.ts";
import { type Element, element } from "../../wire/element.ts";
import { charsetOfPage, decodeText } from "./charset.ts";
import { type File, layoutOf, partAt } from "./layout.ts";
import { oneLine } from "./line.ts";
import type { MailHead, MailPart, MailText } from "./message.ts";
import { decodedSize } from "./size.ts";

/** A file of a message. */
export interface AttachedPart {
  readonly name: string;
  /** `type/subtype`. */
  readonly type: string;
  readonly part: MailPart;
}

/** What a FileReference says: the item, and the part of it. Undefined for one that is none of ours. */
export function parseFileReference(reference: string): { readonly id: string; readonly path: string } | undefined {
  if (reference.length > fileReferenceCharacters) return undefined;
  const [, id, path] = /^(.+):(\d{1,5}(?:\.\d{1,5}){0,100})$/s.exec(reference) ?? [];
  return id === undefined || path === undefined ? undefined : { id, path };
}

/** The part of a message that a FileReference names; any part may be fetched, a text that is shown, too. */
export function attachedPart({ structure }: MailHead, path: string): AttachedPart | undefined {
  const part = partAt(structure, path);
  if (part === undefined || part.type.startsWith("multipart/")) return undefined;
  return { name: nameOf(part), type: typeOf(part), part };
}

/** The elements of AirSyncBase:Attachments, in the order of the schema; `except` is the path of a part that is no file. */
export function attachments(
  head: MailHead,
  texts: ReadonlyMap<string, MailText>,
  id: string,
  except?: string,
): readonly Element[] {
  const files = layoutOf(head.structure).files.filter(({ part }) => part.path !== except);
  const used = referenced(head, texts);
  return files.slice(0, mailFiles).flatMap((file): Element[] => {
    const reference = referenceOf(id, file.part);
    if (reference === undefined) return [];
    const contentId = oneLine(file.part.id ?? "");
    const location = oneLine(file.part.location ?? "");
    return [
      element("AirSyncBase:Attachment", [
        element("AirSyncBase:DisplayName", nameOf(file.part)),
        element("AirSyncBase:FileReference", reference),
        element("AirSyncBase:Method", methodOf(file.part)),
        element("AirSyncBase:EstimatedDataSize", decodedSize(file.part)),
        contentId === "" ? undefined : element("AirSyncBase:ContentId", contentId),
        location === "" ? undefined : element("AirSyncBase:ContentLocation", location),
        isInline(file, used) ? element("AirSyncBase:IsInline", 1) : undefined,
      ]),
    ];
  });
}

/** The elements of Email:Attachments in 2.5. */
export function legacyAttachments({ structure }: MailHead, id: string, except?: string): readonly Element[] {
  return layoutOf(structure)
    .files.filter(({ part }) => part.path !== except)
    .slice(0, mailFiles)
    .flatMap(({ part }): Element[] => {
      const reference = referenceOf(id, part);
      if (reference === undefined) return [];
      return [
        element("Email:Attachment", [
          element("Email:AttName", reference),
          element("Email:AttSize", decodedSize(part)),
          element("Email:AttMethod", methodOf(part)),
          element("Email:DisplayName", nameOf(part)),
        ]),
      ];
    });
}

/** A normal file, or a message within this one (MS-ASAIRS_R225, R2299). */
const normal = 1;
const embedded = 5;

/** Content-Ids that the page names, as far as it was read. */
interface Used {
  readonly ids: ReadonlySet<string>;
  readonly whole: boolean;
}

function referenced({ structure }: MailHead, texts: ReadonlyMap<string, MailText>): Used {
  const ids = new Set<string>();
  const { segments, files } = layoutOf(structure);
  const isNamed = files.some(({ part }) => (part.id ?? "") !== "");
  const pages = isNamed ? segments.flatMap(({ html }) => html ?? []) : [];
  for (const { path, parameters } of pages) {
    const read = texts.get(path);
    if (read === undefined) continue;
    const page = decodeText(read.content, parameters["charset"] ?? charsetOfPage(read.content), read.whole);
    for (const [, id = ""] of page.matchAll(/\bcid:([^\s"'<>)]{1,250})/gi)) ids.add(decoded(id));
  }
  return { ids, whole: pages.every(({ path }) => texts.get(path)?.whole === true) };
}

function decoded(id: string): string {
  const plain = id.replaceAll("&amp;", "&");
  try {
    return decodeURIComponent(plain);
  } catch {
    return plain;
  }
}

/** A picture that the page shows. Where the page was not read, one that was sent along with it. */
function isInline({ part, related }: File, used: Used): boolean {
  const id = part.id ?? "";
  if (id !== "" && used.ids.has(id)) return true;
  return !used.whole && related && id !== "" && part.disposition !== "attachment" && part.type.startsWith("image/");
}

function referenceOf(id: string, { path }: MailPart): string | undefined {
  const reference = `${id}:${path}`;
  return parseFileReference(reference) === undefined ? undefined : reference;
}

function methodOf({ type }: MailPart): number {
  return isMessage(type) ? embedded : normal;
}

function isMessage(type: string): boolean {
  return type === "message/rfc822" || type === "message/global";
}

/** A name without a path, which no device may be led by; one that says what it is where the sender gave none. */
function nameOf(part: MailPart): string {
  const said = oneLine(part.dispositionParameters["filename"] || part.parameters["name"] || "");
  const name = cutToUnits(said.replace(/^.*[/\\]/, "").replace(/^\.+(?=\.|$)/, ""), 255);
  if (isMessage(part.type)) return /\.eml$/i.test(name) ? name : `${name || "message"}.eml`;
  return name || `attachment${extensionOf(part.type)}`;
}

function typeOf({ type }: MailPart): string {
  return /^[\w!#$&^.+-]{1,100}\/[\w!#$&^.+-]{1,100}$/.test(type) ? type : "application/octet-stream";
}

/** Names of types that arrive without one of their own. */
const extensions: Readonly<Record<string, string>> = {
  "application/pdf": ".pdf",
  "application/pgp-signature": ".asc",
  "application/pgp-encrypted": ".asc",
  "application/pkcs7-mime": ".p7m",
  "application/x-pkcs7-mime": ".p7m",
  "application/pkcs7-signature": ".p7s",
  "application/x-pkcs7-signature": ".p7s",
  "application/zip": ".zip",
  "image/gif": ".gif",
  "image/jpeg": ".jpg",
  "image/png": ".png",
  "image/svg+xml": ".svg",
  "image/webp": ".webp",
  "message/delivery-status": ".txt",
  "message/disposition-notification": ".txt",
  "text/calendar": ".ics",
  "text/html": ".html",
  "text/plain": ".txt",
  "text/rfc822-headers": ".txt",
  "text/vcard": ".vcf",
};

function extensionOf(type: string): string {
  return Object.hasOwn(extensions, type) ? (extensions[type] ?? "") : "";
}
