import { isAscii } from "node:buffer";
import { Readable } from "node:stream";

const chunkOctets = 64 * 1024;

/**
 * A message in pieces, so that its copy with stuffed dots is never there as a whole. `onBegin` is called before the first
 * is taken, and what it throws ends the stream without its end; `onEnd` once the last one was taken.
 */
export function createMessageStream(
  message: Buffer,
  { onBegin, onEnd }: { readonly onBegin: () => void; readonly onEnd: () => void },
): Readable {
  function* pieces() {
    onBegin();
    for (let at = 0; at < message.length; at += chunkOctets) yield message.subarray(at, at + chunkOctets);
    onEnd();
  }
  return Readable.from(pieces(), { objectMode: false });
}

export function isEightBit(message: Buffer): boolean {
  return !isAscii(message);
}
