/** Sizes of parts, as a server tells them. */
import type { MailPart } from "./message.ts";

/** What a server says of a size, as one that every element of EAS takes. */
export function wholeOctets(size: number): number {
  return size > 0 ? Math.min(Math.floor(size), 0x7fff_ffff) : 0;
}

/** Octets of a part without its transfer encoding; those of base64 with its ends of lines. */
export function decodedSize({ encoding, size }: MailPart): number {
  const octets = wholeOctets(size);
  return encoding.toLowerCase() === "base64" ? Math.floor((octets * 57) / 78) : octets;
}
