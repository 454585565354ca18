/** The header of a message, read where it stands: nothing is written again that is not edited. */

/** A field, by where its octets are. */
export interface Field {
  /** Lower case; empty for a line that is no field. */
  readonly name: string;
  readonly start: number;
  /** After the colon. */
  readonly value: number;
  /** After its line end. */
  readonly end: number;
}

export interface Head {
  readonly fields: readonly Field[];
  /** Where the body begins. */
  readonly body: number;
  /** Where the last field ends: before the empty line, if there is one. */
  readonly end: number;
}

const [tab, lf, space, colon] = [0x09, 0x0a, 0x20, 0x3a];

/** Reads up to the first empty line. Lines end in LF or CRLF. Takes any octets. */
export function readHead(message: Buffer): Head {
  const fields: Field[] = [];
  let at = 0;
  while (at < message.length) {
    let end = lineEnd(message, at);
    if (isEmptyLine(message, at, end)) return { fields, body: end, end: at };
    while (end < message.length && isContinued(message, end)) end = lineEnd(message, end);
    fields.push(fieldAt(message, at, end));
    at = end;
  }
  return { fields, body: at, end: at };
}

/** What a field says, unfolded. UTF-8 (RFC 6532), or else Latin-1, so that no octet is lost. */
export function fieldText(message: Buffer, { value, end }: Field): string {
  const octets = message.subarray(value, end);
  const utf8 = octets.toString("utf8");
  const text = utf8.includes("\ufffd") ? octets.toString("latin1") : utf8;
  return text.replace(/\r?\n(?=[ \t])/g, "").trim();
}

/** What the fields of a name say, in order. */
export function texts(message: Buffer, head: Head, name: string): readonly string[] {
  return head.fields.filter((field) => field.name === name).map((field) => fieldText(message, field));
}

function lineEnd(message: Buffer, at: number): number {
  const found = message.indexOf(lf, at);
  return found < 0 ? message.length : found + 1;
}

function isEmptyLine(message: Buffer, start: number, end: number): boolean {
  const octets = message.subarray(start, end).toString("latin1");
  return octets === "\n" || octets === "\r\n";
}

function isContinued(message: Buffer, at: number): boolean {
  return message[at] === space || message[at] === tab;
}

function fieldAt(message: Buffer, start: number, end: number): Field {
  const at = message.subarray(start, end).indexOf(colon);
  const name = at < 0 ? "" : message.subarray(start, start + at).toString("latin1");
  // A blank before the colon is old syntax (RFC 5322 §4.5): what hides behind it is a Bcc all the same.
  const known = /^([\x21-\x39\x3b-\x7e]+)[ \t]*$/.exec(name)?.[1];
  return known === undefined
    ? { name: "", start, value: start, end }
    : { name: known.toLowerCase(), start, value: start + at + 1, end };
}
