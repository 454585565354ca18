/** Folding of content lines: at most 75 octets to a line, never within a character (RFC 5545 §3.1, RFC 6350 §3.2). */

const MAX_OCTETS = 75;

/** `line` without its end, broken by CRLF and a space where it is too long. */
export function fold(line: string): string {
  if (line.length <= MAX_OCTETS / 3) return line;
  let folded = "";
  let start = 0;
  let octets = 0;
  for (let at = 0; at < line.length; ) {
    const code = line.codePointAt(at) ?? 0;
    const size = octetsOf(code);
    if (octets + size > MAX_OCTETS) {
      folded += `${line.slice(start, at)}\r\n `;
      start = at;
      // The space that marks the fold counts too.
      octets = 1;
    }
    octets += size;
    at += code > 0xffff ? 2 : 1;
  }
  return folded + line.slice(start);
}

function octetsOf(code: number): number {
  if (code < 0x80) return 1;
  if (code < 0x800) return 2;
  return code < 0x10000 ? 3 : 4;
}
