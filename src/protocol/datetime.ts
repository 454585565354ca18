/** The two date formats of EAS, both UTC: dashed (MS-ASDTYPE_R15) and compact (MS-ASDTYPE_R12211). */
import { EasError } from "../errors.ts";

/** `2000-12-25T08:35:00.000Z` of milliseconds since 1970. */
export function dashedUtc(at: number): string {
  return new Date(at).toISOString();
}

/** `20001225T083500Z` of milliseconds since 1970; fractions of a second are dropped. */
export function compactUtc(at: number): string {
  return `${new Date(at).toISOString().slice(0, 19).replace(/[-:]/g, "")}Z`;
}

/**
 * Milliseconds since 1970 of either form, with any number of fraction digits, or of a date alone (its midnight in
 * UTC); undefined for anything else, dates that do not exist (30 February) included.
 */
export function parseUtc(text: string): number | undefined {
  const found = DASHED.exec(text) ?? COMPACT.exec(text);
  if (!found) return undefined;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = found
    .slice(1, 7)
    .map((digits) => Number(digits ?? 0));
  if (month < 1 || month > 12 || hour > 23 || minute > 59 || second > 60) return undefined;
  // A leap second has no place in milliseconds since 1970: the second before it stands in.
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  if (date.getUTCDate() !== day) return undefined;
  date.setUTCHours(hour, minute, Math.min(second, 59), Math.floor(Number(`0.${found[7] ?? 0}`) * 1000));
  return date.getTime();
}

/** As `parseUtc`, for a request: what cannot be read is answered with Status 104 (MS-ASCMD_R3195). */
export function requireUtc(text: string): number {
  const at = parseUtc(text);
  if (at === undefined) throw new EasError(104, `not a date and time: ${JSON.stringify(text.slice(0, 40))}`);
  return at;
}

const DASHED = /^\s*(\d{4})-(\d{2})-(\d{2})(?:T(\d{2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,20}))?)?Z?)?\s*$/i;
const COMPACT = /^\s*(\d{4})(\d{2})(\d{2})(?:T(\d{2})(\d{2})(\d{2})(?:[.,](\d{1,20}))?Z?)?\s*$/i;
