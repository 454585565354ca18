/**
 * A document as it may be kept: nothing that a person wrote or is called, each value replaced by one of its length and
 * form, so that the document can be sent again. Credentials and policy keys are replaced in any case.
 */
import { type KnownName, type QName, tagOf } from "../schema/pages.ts";
import type { Element } from "../wire/element.ts";
import { isStructural } from "../wire/structural.ts";
import type { Aliases } from "./aliases.ts";
import { redactMessage } from "./message.ts";

export interface Redaction {
  readonly aliases: Aliases;
  /** The owner agreed that contents are kept. */
  readonly bodies: boolean;
  /** What is left out wherever it stands: the login's password, and the credentials as a header has them. */
  readonly secrets: readonly string[];
}

/** Characters, or octets, of a value that are kept: a file of megabytes tells no more than its beginning. */
export const valueLength = 4_096;

/** The same tree with other values; values that were longer than what is kept of them are reported. */
export function redact(root: Element, redaction: Redaction, onCut: (name: QName, length: number) => void): Element {
  const { name, content } = root;
  if (content === undefined) return root;
  if (typeof content !== "string" && !(content instanceof Uint8Array))
    return { name, content: content.map((inner) => redact(inner, redaction, onCut)) };
  if (content.length > valueLength) onCut(name, content.length);
  return { name, content: redactValue(name, content, redaction) };
}

function redactValue(name: QName, whole: string | Uint8Array, redaction: Redaction): string | Uint8Array {
  const begin = typeof whole === "string" ? whole.slice(0, valueLength) : whole.subarray(0, valueLength);
  if (credentials.has(name)) return filler(begin);
  if (name === "Provision:PolicyKey") return policyKeyAlias(textOf(begin), redaction.aliases);
  if (redaction.bodies || isStructural(name, begin)) return beginOf(whole, redaction.secrets);
  return substitute(name, begin, whole, redaction.aliases);
}

/** "0" asks for a policy and is no key. */
export function policyKeyAlias(key: string, aliases: Aliases): string {
  return key === "0" ? key : aliases.number(key.slice(0, 10));
}

function substitute(
  name: QName,
  kept: string | Uint8Array,
  whole: string | Uint8Array,
  aliases: Aliases,
): string | Uint8Array {
  if (messages.has(name)) return redactMessage(octetsOf(whole), aliases);
  if (kept instanceof Uint8Array) return ids.has(name) ? aliases.octets(kept) : filler(kept);
  if (ids.has(name)) return tagOf(name)?.type === "base64" ? base64Alias(kept, aliases) : aliases.text(kept);
  if (addresses.has(name)) return aliases.addresses(kept);
  return byType[tagOf(name)?.type ?? "text"]?.(kept) ?? filler(kept);
}

/** Values that would not be read otherwise. */
const byType: Readonly<Record<string, (value: string) => string | undefined>> = {
  flag: () => "0",
  byte: (value) => zeros(value),
  uint: (value) => zeros(value),
  int: (value) => zeros(value),
  double: (value) => zeros(value),
  base64: (value) => value.replace(/[^=\s]/g, "A"),
  utc: (value) => (/^\d{4}-\d{2}-\d{2}T/.test(value) ? "2000-01-01T00:00:00.000Z" : undefined),
  compact: (value) => (/^\d{8}T/.test(value) ? "20000101T000000Z" : undefined),
};

function zeros(value: string): string | undefined {
  return /^-?[\d.]+$/.test(value) ? value.replace(/\d/g, "0") : undefined;
}

/** Line ends stay. */
function filler(value: string | Uint8Array): string | Buffer {
  return typeof value === "string" ? value.replace(/[^\r\n]/g, "x") : Buffer.alloc(value.length, "x");
}

function base64Alias(value: string, aliases: Aliases): string {
  return aliases.octets(Buffer.from(value, "base64")).toString("base64");
}

/** What is kept of a bare message, which stands where others have a document. */
export function redactedMessage(message: Buffer, { bodies, secrets, aliases }: Redaction): string {
  const kept = bodies ? beginOf(message, secrets) : redactMessage(message, aliases);
  return Buffer.from(kept).toString("latin1");
}

/** No copy: a message with its files is large. */
function octetsOf(value: string | Uint8Array): Buffer {
  if (typeof value === "string") return Buffer.from(value, "utf8");
  return Buffer.from(value.buffer, value.byteOffset, value.byteLength);
}

function textOf(value: string | Uint8Array): string {
  return typeof value === "string" ? value : Buffer.from(value).toString("utf8");
}

/** What a query names: ids, and the name of a file as a FileReference says it. */
export function redactParameter(name: string, value: string, { aliases, bodies, secrets }: Redaction): string {
  const isPlain = bodies || (name !== "attachmentName" && isStructural("Search:LongId", value));
  return isPlain ? withoutSecrets(value, secrets) : aliases.text(value.slice(0, valueLength));
}

/** The login's own secrets in what the owner agreed to have kept: somebody may have mailed them to themselves. */
export function withoutSecrets(value: string, secrets: readonly string[]): string {
  return secrets.reduce((text, secret) => text.replaceAll(secret, "***"), value);
}

/** What is kept of a value, without the secrets; none is left in part because the value ends in its middle. */
function beginOf(whole: string | Uint8Array, secrets: readonly string[]): string | Uint8Array {
  if (typeof whole === "string") return beginOfText(whole, secrets);
  const long = Math.max(0, ...secrets.map((secret) => Buffer.byteLength(secret)));
  // One character an octet, so that nothing is lost of octets that are no text.
  const text = Buffer.from(whole.subarray(0, valueLength + long + 1)).toString("latin1");
  const told = beginOfText(
    text,
    secrets.map((secret) => Buffer.from(secret).toString("latin1")),
  );
  return Buffer.from(told, "latin1");
}

function beginOfText(whole: string, secrets: readonly string[]): string {
  if (whole.length <= valueLength) return withoutSecrets(whole, secrets);
  const long = Math.max(0, ...secrets.map(({ length }) => length));
  const told = withoutSecrets(whole.slice(0, valueLength + long), secrets);
  return told.slice(0, Math.min(valueLength, told.length - long));
}

/** Never kept, whatever the owner agreed to. */
const credentials: ReadonlySet<QName> = new Set<KnownName>([
  "ItemOperations:Password",
  "ItemOperations:UserName",
  "Search:Password",
  "Search:UserName",
  "Settings:Password",
]);

/** What things are told apart by, of others' making. */
const ids: ReadonlySet<QName> = new Set<KnownName>([
  "AirSyncBase:ContentId",
  "AirSyncBase:FileReference",
  "Calendar:ClientUid",
  "Calendar:UID",
  "Email2:AccountId",
  "Email2:ConversationId",
  "Email2:ConversationIndex",
  "Email:AttName",
  "Email:GlobalObjId",
  "FolderHierarchy:DisplayName",
  "ItemOperations:ConversationId",
  "Search:ConversationId",
  "Settings:AccountId",
]);

const addresses: ReadonlySet<QName> = new Set<KnownName>([
  "Calendar:Email",
  "Calendar:OrganizerEmail",
  "ComposeMail:Email",
  "Contacts:Email1Address",
  "Contacts:Email2Address",
  "Contacts:Email3Address",
  "Email2:Bcc",
  "Email2:Sender",
  "Email:Cc",
  "Email:From",
  "Email:Organizer",
  "Email:ReplyTo",
  "Email:To",
  "Find:DisplayBcc",
  "Find:DisplayCc",
  "GAL:EmailAddress",
  "ResolveRecipients:EmailAddress",
  "ResolveRecipients:To",
  "Settings:PrimarySmtpAddress",
  "Settings:SMTPAddress",
]);

/** Whole messages, which are read by their headers. */
const messages: ReadonlySet<QName> = new Set<KnownName>(["ComposeMail:Mime"]);
