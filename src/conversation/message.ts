/**
 * A message whose headers tell what kind of message it was and nothing else: what a phone sends (SendMail and its kin)
 * has to remain a message, or it could not be sent again.
 */
import type { Aliases } from "./aliases.ts";

/** Octets of headers that are read, and octets in all that are kept. */
const headOctets = 64 * 1024;
const keptOctets = 4_096;
/** Characters of a header that are looked at. */
const fieldCharacters = 1_000;

/** The message with other words; the names of its headers, its kind and its length (within bounds) stay. */
export function redactMessage(message: Buffer, aliases: Aliases): Buffer {
  const text = message.subarray(0, headOctets).toString("latin1");
  const end = /\r?\n\r?\n/.exec(text);
  const head = end === null ? text : text.slice(0, end.index);
  const fields = head.split(/\r?\n(?![ \t])/).map((field) => redactField(field, aliases));
  const body = end === null ? "" : text.slice(end.index + end[0].length);
  const told = `${fields.join("\r\n")}\r\n\r\n${body.replace(/[^\r\n]/g, "x")}`;
  return Buffer.from(told.slice(0, keptOctets), "latin1");
}

function redactField(field: string, aliases: Aliases): string {
  const [, name, value] = /^([A-Za-z0-9-]{1,64}):[ \t]*([\s\S]*)$/.exec(field) ?? [];
  if (name === undefined || value === undefined) return "X-Unreadable: x";
  const unfolded = value
    .slice(0, fieldCharacters)
    .replace(/\r?\n[ \t]+/g, " ")
    .trim();
  // A name of somebody's own making may tell as much as a value.
  const substitute = known.get(name.toLowerCase());
  return substitute === undefined ? `X-Other: ${dumb(unfolded)}` : `${name}: ${substitute(unfolded, aliases)}`;
}

type Substitute = (value: string, aliases: Aliases) => string;

function dumb(value: string): string {
  return value.slice(0, 200).replace(/./g, "x");
}

function addressed(value: string, aliases: Aliases): string {
  return aliases.addresses(value);
}

function identified(value: string, aliases: Aliases): string {
  return `<${aliases.text(value.replace(/[<>\s]/g, ""))}>`;
}

/** Only what is one of these words stays. */
function only(words: RegExp): Substitute {
  return (value) => (words.test(value) ? value : dumb(value));
}

/** Parts cannot be kept apart once their words are gone, so the whole is a text that says what it was. */
function mediaType(value: string): string {
  const type = /^[\w.+-]{1,40}\/[\w.+-]{1,60}/.exec(value)?.[0].toLowerCase() ?? "unreadable";
  return type === "text/plain" || type === "text/html" ? type : `text/plain; was="${type}"`;
}

const known: ReadonlyMap<string, Substitute> = new Map<string, Substitute>([
  ["from", addressed],
  ["to", addressed],
  ["cc", addressed],
  ["bcc", addressed],
  ["reply-to", addressed],
  ["sender", addressed],
  ["message-id", identified],
  ["in-reply-to", identified],
  ["references", identified],
  ["subject", dumb],
  ["thread-topic", dumb],
  ["date", only(/^(?:\w{3}, )?\d{1,2} \w{3} \d{4} \d{2}:\d{2}(?::\d{2})? [+-]\d{4}(?: \(\w{1,5}\))?$/)],
  ["mime-version", only(/^1\.0$/)],
  ["content-type", mediaType],
  ["content-transfer-encoding", only(/^(?:7bit|8bit|binary|base64|quoted-printable)$/i)],
  ["importance", only(/^(?:low|normal|high)$/i)],
  ["x-priority", only(/^[1-5]$/)],
]);
