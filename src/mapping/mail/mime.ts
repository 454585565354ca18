/** A message as it is stored, as the characters that it is sent as. */

/** Octet for octet where they are characters of UTF-8. */
export function transferable(content: Buffer): string {
  return content.toString("utf8");
}
