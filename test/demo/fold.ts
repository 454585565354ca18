/** Folds a content line. By characters, few enough that their octets stay below 75 (RFC 5545 §3.1). */
export function fold(line: string): string {
  return line.match(/.{1,60}/gsu)?.join("\r\n ") ?? line;
}

/** The lines of a text, unfolded. */
export function unfold(text: string): readonly string[] {
  return text
    .replace(/\r?\n[ \t]/g, "")
    .split(/\r?\n/)
    .filter((line) => line !== "");
}
