/**
 * A file on its way from a server to a phone. Phones want its length before its first octet, and it may be larger than
 * what one request may hold in memory: beyond a little it lies on the disk meanwhile, under no name.
 */
import { type FileHandle, mkdtemp, open, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable } from "node:stream";

export interface Spool {
  /** Octets. */
  readonly length: number;
  /**
   * Hands on the octets from the first to the last, both included, in pieces of a multiple of three but for the last. The
   * memory of a piece is used again for the next, as soon as `take` is done with it.
   */
  copy(first: number, last: number, take: Take): Promise<void>;
  close(): Promise<void>;
}

export type Take = (octets: Buffer) => Promise<void>;

/** Octets that are held in memory. */
export const heldInMemory = 256 * 1024;
const pieceLength = 48 * 1024;

/** What is in memory anyway. */
export function spoolOf(content: Buffer): Spool {
  return {
    length: content.length,
    copy: (first, last, take) => take(content.subarray(first, last + 1)),
    close: async () => {},
  };
}

/** All of a stream. @throws what the stream does. */
export async function spool(stream: Readable): Promise<Spool> {
  const held: Buffer[] = [];
  let length = 0;
  let file: FileHandle | undefined;
  try {
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      if (file === undefined && length + chunk.length > heldInMemory) {
        file = await nameless();
        for (const one of held.splice(0)) await file.appendFile(one);
      }
      if (file === undefined) held.push(chunk);
      else await file.appendFile(chunk);
      length += chunk.length;
    }
  } catch (error) {
    await file?.close();
    throw error;
  }
  return file === undefined ? spoolOf(Buffer.concat(held)) : onDisk(file, length);
}

function onDisk(file: FileHandle, length: number): Spool {
  return {
    length,
    async copy(first, last, take) {
      const piece = Buffer.allocUnsafe(Math.min(pieceLength, last - first + 1));
      for (let at = first; at <= last; ) {
        const wanted = Math.min(piece.length, last - at + 1);
        await fill(file, piece.subarray(0, wanted), at);
        await take(piece.subarray(0, wanted));
        at += wanted;
      }
    },
    close: () => file.close(),
  };
}

async function fill(file: FileHandle, piece: Buffer, from: number): Promise<void> {
  for (let done = 0; done < piece.length; ) {
    const { bytesRead } = await file.read(piece, done, piece.length - done, from + done);
    if (bytesRead === 0) throw new Error("a file ends before its end");
    done += bytesRead;
  }
}

/** A file that nobody else can open, and that is gone with the process. */
async function nameless(): Promise<FileHandle> {
  const folder = await mkdtemp(join(tmpdir(), "isthmus-"));
  try {
    return await open(join(folder, "file"), "wx+", 0o600);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
