/** Undoes transfer encodings (RFC 2045 §6), of whole texts and of what comes in pieces. What is no encoding is left as it is. */

export interface TransferDecoder {
  /** What these octets complete. */
  write(octets: Buffer): Buffer;
  /** What is left over. */
  end(): Buffer;
}

export function decodeTransfer(encoding: string, octets: Buffer): Buffer {
  const decoder = createTransferDecoder(encoding);
  const first = decoder.write(octets);
  const last = decoder.end();
  return last.length === 0 ? first : Buffer.concat([first, last]);
}

export function createTransferDecoder(encoding: string): TransferDecoder {
  switch (encoding.trim().toLowerCase()) {
    case "base64":
      return base64();
    case "quoted-printable":
      return quotedPrintable();
    default:
      return { write: (octets) => octets, end: () => Buffer.alloc(0) };
  }
}

const padding = 64;
const nothing = 65;
/** By octet: the six bits that it stands for; else what it is. */
const sextets = new Uint8Array(256).fill(nothing);
const alphabet = Buffer.from("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=");
for (const [value, octet] of alphabet.entries()) sextets[octet] = value;

/**
 * What is none of its alphabet is skipped, and padding ends a run, not the text. Octet by octet: texts in between would
 * take several times the memory of what is decoded.
 */
function base64(): TransferDecoder {
  let bits = 0;
  let count = 0;
  return {
    write(octets) {
      const out = Buffer.allocUnsafe(Math.ceil((octets.length * 3) / 4) + 1);
      let length = 0;
      for (let at = 0; at < octets.length; at += 1) {
        const value = sextets[octets[at] ?? 0] ?? nothing;
        if (value < padding) {
          bits = ((bits << 6) | value) & 0x3fff;
          count += 6;
          if (count >= 8) {
            count -= 8;
            out[length] = bits >> count;
            length += 1;
          }
        } else if (value === padding) count = 0;
      }
      return out.subarray(0, length);
    },
    end: () => Buffer.alloc(0),
  };
}

const equals = 0x3d;
const newline = 0x0a;
const carriageReturn = 0x0d;

function quotedPrintable(): TransferDecoder {
  let rest: Buffer = Buffer.alloc(0);
  function decode(octets: Buffer, isLast: boolean): Buffer {
    const out = Buffer.allocUnsafe(octets.length);
    let length = 0;
    let at = 0;
    while (at < octets.length) {
      const octet = octets[at] ?? 0;
      if (octet !== equals) {
        out[length] = octet;
        length += 1;
        at += 1;
        continue;
      }
      const after = softBreak(octets, at + 1);
      // The end of this piece may be in the middle of an escape.
      if (!isLast && (after === "unknown" || at + 2 >= octets.length)) break;
      if (typeof after === "number") {
        at = after;
        continue;
      }
      const code = hex(octets[at + 1]) * 16 + hex(octets[at + 2]);
      // An equals sign that means nothing stands for itself; a last one was a soft break.
      if (Number.isNaN(code)) {
        if (after !== "unknown") {
          out[length] = octet;
          length += 1;
        }
        at += 1;
      } else {
        out[length] = code;
        length += 1;
        at += 3;
      }
    }
    rest = Buffer.from(octets.subarray(at));
    return out.subarray(0, length);
  }
  return {
    write: (octets) => decode(rest.length === 0 ? octets : Buffer.concat([rest, octets]), false),
    end: () => decode(rest, true),
  };
}

/** Where a line goes on after `=` and the end of the line; unknown where the octets end before that. */
function softBreak(octets: Buffer, from: number): number | "none" | "unknown" {
  let at = from;
  while (octets[at] === 0x20 || octets[at] === 0x09) at += 1;
  if (at - from > 1_000) return "none";
  if (octets[at] === carriageReturn) at += 1;
  if (at >= octets.length) return "unknown";
  return octets[at] === newline ? at + 1 : "none";
}

function hex(octet: number | undefined): number {
  if (octet === undefined) return Number.NaN;
  if (octet >= 0x30 && octet <= 0x39) return octet - 0x30;
  const letter = octet & 0xdf;
  return letter >= 0x41 && letter <= 0x46 ? letter - 0x37 : Number.NaN;
}
