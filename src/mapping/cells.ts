/**
 * Cells: how one value crosses between EAS text and the value of a property. Every function is total: odd data gives
 * `undefined`, "cannot", and never an error.
 */
import { compactUtc, dashedUtc, parseUtc } from "../protocol/datetime.ts";
import type { Cell } from "./define.ts";
import { clean, escapeText, splitValue, unescapeText } from "./text.ts";

/** A TEXT value (RFC 5545 §3.3.11, RFC 6350 §4.1). */
export const text = {
  lossless: true,
  down: (native: string) => clean(unescapeText(native)),
  up: (value: string) => escapeText(value),
} as const satisfies Cell;

/** A list of texts shown as one, `Jim, Jimmie`; the blanks behind the commas say nothing. */
export const list = {
  lossless: false,
  down: (native: string) =>
    clean(
      splitValue(native, ",")
        .map((one) => unescapeText(one).trim())
        .filter(Boolean)
        .join(", "),
    ),
  up: (value: string) =>
    value
      .split(",")
      .map((one) => escapeText(one.trim()))
      .filter(Boolean)
      .join(","),
  same: (incoming: string, now: string) => unspaced(incoming) === unspaced(now),
} as const satisfies Cell;

/** A URI. Old clients escape its colon and commas. */
export const uri = {
  lossless: false,
  down: (native: string) => clean(unescapeText(native)).replaceAll("\n", "").trim(),
  up: (value: string) => clean(value).replaceAll("\n", "").replaceAll("\\", "\\\\").trim(),
} as const satisfies Cell;

/** One component of a structured value such as ORG; the others stay as they are. */
export function part(at: number) {
  return {
    lossless: true,
    down: (native: string) => componentText(splitValue(native, ";")[at] ?? ""),
    up: (value: string, native: string) => withPart(native, at, escapeText(value)),
    clear: (native: string) => {
      const left = withPart(native, at, "");
      return /^;*$/.test(left) ? undefined : left;
    },
  } as const satisfies Cell;
}

/** What a component says; one that is itself a list (RFC 6350 §6.2.2) is shown as people write it. */
export function componentText(escaped: string): string {
  if (!escaped.includes("\\") && !escaped.includes(",")) return clean(escaped);
  return clean(unescapeText(splitValue(escaped, ",").join(", ").replace(/,\s+/g, ", ")));
}

/** A structured value with another component in place; `escaped` is written as it is. */
export function withPart(native: string, at: number, escaped: string): string {
  const parts = splitValue(native, ";");
  // A backslash at the end of a value escapes nothing; with a part behind it, it would.
  const last = parts.at(-1) ?? "";
  if (/(?:^|[^\\])(?:\\\\)*\\$/.test(last)) parts[parts.length - 1] = `${last}\\`;
  while (parts.length <= at) parts.push("");
  parts[at] = escaped;
  return parts.join(";");
}

/** `1` and `0` against two words of the other side; what is neither is not sent. */
export function flag(yes: string, no: string) {
  return {
    lossless: true,
    down: (native: string) => (is(native, yes) ? "1" : is(native, no) ? "0" : undefined),
    up: (value: string) => (value === "1" ? yes : value === "0" ? no : undefined),
  } as const satisfies Cell;
}

/**
 * Words against numbers, `{ PUBLIC: "0", PRIVATE: "2" }`. Numbers in `also` have no word of their own and are stored
 * as the given one: such a row needs `remember`.
 */
export function words(table: Readonly<Record<string, string>>, also: Readonly<Record<string, string>> = {}) {
  const byNumber = new Map([
    ...Object.entries(table).map(([word, number]) => [number, word] as const),
    ...Object.entries(also),
  ]);
  const byWord = new Map(Object.entries(table));
  return {
    lossless: false,
    down: (native: string) => byWord.get(native.trim().toUpperCase()),
    up: (value: string) => byNumber.get(value.trim()),
  } as const satisfies Cell;
}

/** A decimal number within bounds. */
export function integer(least: number, most: number) {
  const read = (value: string) => {
    const number = /^\s*[+-]?\d{1,15}\s*$/.test(value) ? Number(value) : Number.NaN;
    return number >= least && number <= most ? String(number) : undefined;
  };
  const same = (incoming: string, now: string) => read(incoming) === read(now);
  return { lossless: true, down: read, up: read, same } as const satisfies Cell;
}

/** A UTC date-time against the compact form (MS-ASDTYPE_R12211). A value that is not UTC cannot cross. */
export const utc = {
  lossless: true,
  down: (native: string) => instantOf(native),
  up: (value: string) => instantOf(value),
  same: (incoming: string, now: string) => instantOf(incoming) === instantOf(now),
} as const satisfies Cell;

/** A UTC date-time in the dashed form (MS-ASDTYPE_R15), for what no property of its own has. */
export const dateTime = {
  lossless: true,
  down: (native: string) => dashedOf(native),
  up: (value: string) => dashedOf(value),
  same: (incoming: string, now: string) => dashedOf(incoming) === dashedOf(now),
} as const satisfies Cell;

function dashedOf(value: string): string | undefined {
  const at = parseUtc(value);
  return at === undefined ? undefined : dashedUtc(at);
}

function instantOf(value: string): string | undefined {
  const at = parseUtc(value);
  return at === undefined ? undefined : compactUtc(at);
}

function unspaced(value: string): string {
  return value.replace(/\s*,\s*/g, ",").trim();
}

function is(native: string, word: string): boolean {
  return native.trim().toUpperCase() === word.toUpperCase();
}
