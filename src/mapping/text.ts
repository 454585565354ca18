/** TEXT values of iCalendar and vCard (RFC 5545 §3.3.11, RFC 6350 §3.4): escaping, structured values and lists. */

/** The text a value stands for. A backslash before any other character is kept, as the lenient readers do. */
export function unescapeText(value: string): string {
  if (!value.includes("\\")) return value;
  return value.replace(/\\([\\;,:nN])/g, (_, code: string) => (code === "n" || code === "N" ? "\n" : code));
}

/** The value that stands for a text. Line ends become `\n`; control characters are dropped (RFC 5545 §3.1). */
export function escapeText(text: string): string {
  if (!/[\\;,\p{Cc}]/u.test(text)) return text;
  return clean(text).replace(/[\\;,\n]/g, (found) => (found === "\n" ? "\\n" : `\\${found}`));
}

/** Splits at a separator that is not escaped; the parts stay escaped. */
export function splitValue(value: string, separator: ";" | ","): string[] {
  if (!value.includes("\\")) return value.split(separator);
  const parts: string[] = [];
  let start = 0;
  for (let at = 0; at < value.length; at++) {
    const found = value[at];
    if (found === "\\") at++;
    else if (found === separator) {
      parts.push(value.slice(start, at));
      start = at + 1;
    }
  }
  parts.push(value.slice(start));
  return parts;
}

/** Line ends as LF, without the control characters that neither XML 1.0 nor a content line can hold. */
export function clean(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are the ones to drop
  return /[\p{Cc}]/u.test(text) ? text.replace(/\r\n?/g, "\n").replace(/[\x00-\x08\x0b-\x1f\x7f]/g, "") : text;
}
