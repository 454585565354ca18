/** What the vCard versions spell differently. The stored version is never changed. */
import { allLines, type Component, line, replaceLine } from "./content-lines.ts";
import type { Line, LineParts, Param } from "./line.ts";
import { partsOf, withoutParams } from "./line.ts";
import { clean, unescapeText } from "./text.ts";

export type CardVersion = "2.1" | "3.0" | "4.0";

/** The version a card says it is; a card that says none is read as 3.0. */
export function cardVersion(card: Component): CardVersion {
  const version = line(card, "VERSION")?.value.trim();
  return version === "2.1" || version === "4.0" ? version : "3.0";
}

/** A TYPE parameter: upper case as 3.0 has it, lower case as 4.0 examples do. */
export function typeParam(card: Component, ...types: readonly string[]): Param {
  const lower = cardVersion(card) === "4.0";
  return { name: "TYPE", values: types.map((type) => (lower ? type.toLowerCase() : type.toUpperCase())) };
}

/** The line with a new value that is text: what said otherwise of the old one goes, the rest stays. */
export function withText(old: Line, value: string): LineParts {
  return { ...partsOf(old), params: withoutParams(old.params, "VALUE", "ENCODING", "CHARSET"), value };
}

/** Whether the card has values in the quoted-printable of vCard 2.1. */
export function hasQuotedPrintable(card: Component): boolean {
  // The words may as well stand in a note: the parameters are read only where they stand at all.
  return /QUOTED-PRINTABLE/i.test(card.origin.text) && allLines(card).some(isQuotedPrintable);
}

/** Decodes the quoted-printable values of a card that is only going to be read. */
export function decodeCard(card: Component): void {
  for (const old of allLines(card)) {
    if (!isQuotedPrintable(old)) continue;
    const value = decodeQuotedPrintable(old.value, old.param("CHARSET") ?? "utf-8");
    replaceLine(card, old, { ...partsOf(old), params: withoutParams(old.params, "ENCODING", "CHARSET"), value });
  }
}

/** A URI or text value as people read it: unescaped, without control characters and outer space. */
export function looseText(value: string): string {
  return clean(unescapeText(value)).trim();
}

function isQuotedPrintable(line: Line): boolean {
  return line.param("ENCODING")?.toUpperCase() === "QUOTED-PRINTABLE";
}

function decodeQuotedPrintable(value: string, charset: string): string {
  const bytes: number[] = [];
  for (const byte of Buffer.from(value.replace(/=\r?\n/g, ""), "utf8")) bytes.push(byte);
  const out: number[] = [];
  for (let at = 0; at < bytes.length; at++) {
    const hex = bytes[at] === 61 ? String.fromCharCode(bytes[at + 1] ?? 0, bytes[at + 2] ?? 0) : "";
    if (/^[0-9a-f]{2}$/i.test(hex)) {
      out.push(Number.parseInt(hex, 16));
      at += 2;
    } else out.push(bytes[at] ?? 0);
  }
  // A line end within the value is data here; as an escape it survives splitting.
  return decoder(charset)
    .decode(Uint8Array.from(out))
    .replace(/\r\n?|\n/g, "\\n");
}

function decoder(charset: string): InstanceType<typeof TextDecoder> {
  try {
    return new TextDecoder(charset);
  } catch {
    // A charset nobody knows: most such cards are UTF-8 all the same.
    return new TextDecoder();
  }
}
