/**
 * Stand-ins for values that tell something and by which things are told apart: one value always has the same stand-in,
 * of the same length and form, and nobody without the gateway's secret can tell the one from the other.
 */
import { createHmac } from "node:crypto";

export interface Aliases {
  /** Letters and digits are others; what stands between them in an id or an address stays. */
  text(value: string): string;
  /** Each address in a header or element, and x for the names beside them. */
  addresses(value: string): string;
  /** A policy key: digits, and still below 2^32. */
  number(value: string): string;
  octets(value: Uint8Array): Buffer;
}

export function createAliases(secret: Uint8Array): Aliases {
  const key = createHmac("sha256", secret).update("conversation aliases").digest();

  function stream(value: string | Uint8Array, length: number): Buffer {
    const seed = createHmac("sha256", key).update(value).digest();
    const blocks = Array.from({ length: Math.ceil(length / seed.length) }, (_, index) =>
      createHmac("sha256", seed).update(String(index)).digest(),
    );
    return Buffer.concat(blocks).subarray(0, length);
  }

  function text(value: string): string {
    const octets = stream(value, value.length);
    return Array.from({ length: value.length }, (_, index) => {
      const character = value.charAt(index);
      const drawn = octets.readUInt8(index);
      if (/[-_.:{}@+/=]/.test(character)) return character;
      return /\d/.test(character) ? String(drawn % 10) : String.fromCharCode(0x61 + (drawn % 26));
    }).join("");
  }

  return {
    text,
    // Word by word: a pattern that looks for an address takes a time that grows with the square of what is none.
    addresses: (value) =>
      value
        .split(/([\s<>,;:"()]+)/)
        .map((part) => (/.@./.test(part) ? text(part.toLowerCase()) : withoutWords(part)))
        .join(""),
    number(value) {
      const digits = text(value.replace(/\D/g, "0")).replace(/^0/, "1");
      return digits.length > 9 ? `1${digits.slice(1)}` : digits;
    },
    octets: (value) => stream(value, value.length),
  };
}

function withoutWords(text: string): string {
  return text.replace(/[^\s<>,;"]/g, "x");
}
