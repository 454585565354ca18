/**
 * One content line of iCalendar or vCard (RFC 5545 §3.1, RFC 6350 §3.2): the octets as they were stored, folds and line
 * end included, and lazy readings of them. A line is never changed; an edit puts another line in its place.
 */
import { fold } from "./folding.ts";

export interface Param {
  /** In capitals. */
  readonly name: string;
  /** Quotes and RFC 6868 escapes resolved. */
  readonly values: readonly string[];
}

/** What a new line is made of; `value` is escaped already. */
export interface LineParts {
  readonly group?: string;
  readonly name: string;
  readonly params?: readonly Param[];
  readonly value: string;
}

export class Line {
  readonly raw: string;
  /** The vCard group as it is spelled, "" for none. */
  readonly group: string;
  /** In capitals; "" when the line is blank or no content line at all. */
  readonly name: string;
  /** Where in `raw` the name ends. */
  readonly #nameEnd: number;
  #params: readonly Param[] | undefined;
  #types: readonly string[] | undefined;
  #head: string | undefined;
  #value: string | undefined;

  constructor(raw: string) {
    const end = endOfName(raw);
    const dot = end < 0 ? -1 : raw.lastIndexOf(".", end - 1);
    this.raw = raw;
    this.#nameEnd = end;
    this.group = dot > 0 ? unfold(raw.slice(0, dot)) : "";
    this.name = end < 0 ? "" : unfold(raw.slice(dot + 1, end)).toUpperCase();
  }

  /** The value as it stands, unfolded and still escaped; "" when there is none. */
  get value(): string {
    if (this.#value === undefined) this.#read();
    return this.#value ?? "";
  }

  /** In order. A bare word of vCard 2.1 (`TEL;CELL`) reads as a TYPE, or as the ENCODING it names. */
  get params(): readonly Param[] {
    if (this.#params === undefined) this.#read();
    return this.#params ?? [];
  }

  /** The first value of a parameter. */
  param(name: string): string | undefined {
    return this.params.find((param) => param.name === name)?.values[0];
  }

  /** All values of TYPE in lower case, however they are spelled: repeated, listed, or listed within quotes. */
  types(): readonly string[] {
    if (this.#types !== undefined) return this.#types;
    const found: string[] = [];
    for (const param of this.params) {
      if (param.name !== "TYPE") continue;
      for (const value of param.values) {
        if (value.includes(",")) found.push(...value.toLowerCase().split(","));
        else found.push(value.toLowerCase());
      }
    }
    this.#types = found;
    return found;
  }

  /** Group, name and parameters as they are spelled, the colon included, unfolded. */
  get head(): string {
    if (this.#head === undefined) this.#read();
    return this.#head ?? "";
  }

  #read(): void {
    const whole = unfold(withoutEnd(this.raw));
    const start = this.#nameEnd < 0 ? -1 : endOfName(whole);
    if (start < 0) {
      this.#params = [];
      this.#value = "";
      this.#head = whole;
      return;
    }
    const params: Param[] = [];
    const colon = whole.charCodeAt(start) === COLON ? start : readParams(whole, start, params);
    this.#params = params;
    this.#value = colon < 0 ? "" : whole.slice(colon + 1);
    this.#head = colon < 0 ? whole : whole.slice(0, colon + 1);
  }
}

/** A line of these parts, folded at 75 octets and ended by CRLF. */
export function formatLine(parts: LineParts): Line {
  let head = parts.group ? `${parts.group}.${parts.name}` : parts.name;
  for (const param of parts.params ?? []) head += `;${param.name}=${param.values.map(quoteParam).join(",")}`;
  return new Line(`${fold(`${head}:${parts.value}`)}\r\n`);
}

/** The line with another value, everything before the colon spelled as it was. */
export function withValue(line: Line, value: string): Line {
  return new Line(`${fold(line.head.endsWith(":") ? line.head + value : `${line.head}:${value}`)}\r\n`);
}

/** The parts of `line`, to be changed and given to `formatLine`. */
export function partsOf(line: Line): LineParts {
  return { group: line.group, name: line.name, params: line.params, value: line.value };
}

/** The parameters without those of these names. */
export function withoutParams(params: readonly Param[], ...names: readonly string[]): readonly Param[] {
  return params.filter((param) => !names.includes(param.name));
}

const COLON = 58;
const SEMICOLON = 59;
const QUOTE = 34;
/** No registered name is longer than 32; a longer head is no content line. */
const MAX_NAME = 128;
const ENCODINGS = new Set(["QUOTED-PRINTABLE", "BASE64", "B", "8BIT", "7BIT"]);

function endOfName(raw: string): number {
  const limit = Math.min(raw.length, MAX_NAME);
  for (let at = 0; at < limit; at++) {
    const code = raw.charCodeAt(at);
    if (code === COLON || code === SEMICOLON) return at === 0 ? -1 : at;
  }
  return -1;
}

function withoutEnd(raw: string): string {
  if (raw.endsWith("\r\n")) return raw.slice(0, -2);
  return raw.endsWith("\n") ? raw.slice(0, -1) : raw;
}

function unfold(text: string): string {
  return text.includes("\n") ? text.replace(/\r?\n[ \t]/g, "") : text;
}

/** Reads `;NAME=value,"value"` from `start` into `params`; returns where the colon stands, -1 when there is none. */
function readParams(text: string, start: number, params: Param[]): number {
  let at = start;
  while (text.charCodeAt(at) === SEMICOLON) {
    const end = endOfParam(text, at + 1);
    addParam(text.slice(at + 1, end), params);
    at = end;
  }
  if (at < text.length) return at;
  // A quote that is never closed hides the colon: read again as if quotes meant nothing.
  params.length = 0;
  const colon = text.indexOf(":", start);
  if (colon >= 0) for (const param of text.slice(start + 1, colon).split(";")) addParam(param, params);
  return colon;
}

function endOfParam(text: string, start: number): number {
  let quoted = false;
  for (let at = start; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) quoted = !quoted;
    else if (!quoted && (code === COLON || code === SEMICOLON)) return at;
  }
  return text.length;
}

function addParam(text: string, params: Param[]): void {
  const equals = text.indexOf("=");
  if (equals < 0) {
    const word = text.trim().toUpperCase();
    if (word !== "") params.push({ name: ENCODINGS.has(word) ? "ENCODING" : "TYPE", values: [text.trim()] });
    return;
  }
  params.push({ name: text.slice(0, equals).trim().toUpperCase(), values: paramValues(text.slice(equals + 1)) });
}

function paramValues(text: string): string[] {
  if (!text.includes('"')) return (text.includes(",") ? text.split(",") : [text]).map(decodeCarets);
  const values: string[] = [];
  for (const match of text.matchAll(/(?:^|,)(?:"([^"]*)"[^,]*|([^,]*))/g)) {
    values.push(decodeCarets(match[1] ?? match[2] ?? ""));
  }
  return values;
}

function decodeCarets(text: string): string {
  if (!text.includes("^")) return text;
  return text.replace(/\^([n^'])/g, (_, code: string) => (code === "n" ? "\n" : code === "'" ? '"' : "^"));
}

/** RFC 6868 §3, and quotes where RFC 6350 §3.3 asks for them. */
function quoteParam(value: string): string {
  const safe = value.replace(/[\^"\n]/g, (found) => (found === "^" ? "^^" : found === '"' ? "^'" : "^n"));
  return /[:;,]/.test(safe) ? `"${safe}"` : safe;
}
