/** The UID of a stored text: of its first component that has one; undefined when none has. */
export function uidOf(text: string): string | undefined {
  const unfolded = text.replace(/\r?\n[ \t]/g, "");
  const line = /^(?:[A-Za-z0-9-]+\.)?UID(?:;[^:\r\n]*)?:(.*?)\r?$/im.exec(unfolded)?.[1];
  // RFC 5545 §3.3.11, RFC 6350 §3.4: what is escaped in a text value.
  return line?.trim().replace(/\\([\\;,])/g, "$1");
}
