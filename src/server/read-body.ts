import type { IncomingMessage } from "node:http";
import { createGunzip, type Gunzip } from "node:zlib";
import { HttpError } from "../errors.ts";
import { inflateRatio, requestOctets } from "../schema/limits.ts";

/** A bomb is refused by its ratio, but only beyond this: small documents may compress very well. */
const ratioFrom = 1024 * 1024;

/**
 * Reads a request's body, unpacked.
 * @param most octets.
 * @throws HttpError 413 beyond the limits, 400 for a body cut short or wrongly compressed, 501 for another coding.
 */
export async function readBody(request: IncomingMessage, most: number = requestOctets): Promise<Buffer> {
  const declared = Number(request.headers["content-length"] ?? "0");
  if (declared > most) throw new HttpError(413, `a body of ${declared} octets`, { Connection: "close" });
  const coding = String(request.headers["content-encoding"] ?? "identity")
    .trim()
    .toLowerCase();
  if (coding !== "identity" && coding !== "gzip" && coding !== "x-gzip")
    throw new HttpError(501, `Content-Encoding ${coding}`);

  const unpacked = collector(coding === "identity" ? declared : 0);
  let received = 0;
  let size = 0;
  const unpack = coding === "identity" ? undefined : createGunzip();
  request.on("data", (chunk: Buffer) => {
    received += chunk.length;
  });
  try {
    for await (const chunk of unpack ? piped(request, unpack) : request) {
      const octets = chunk as Buffer;
      size += octets.length;
      if (size > most || (size > ratioFrom && size > received * inflateRatio)) {
        throw new HttpError(413, "the body is too large", { Connection: "close" });
      }
      unpacked.add(octets);
    }
  } catch (error) {
    if (error instanceof HttpError) throw error;
    throw new HttpError(
      400,
      "the body ended early or is wrongly compressed",
      { Connection: "close" },
      { cause: error },
    );
  }
  return unpacked.whole();
}

/** One buffer from the beginning where the size is told: pieces that are joined in the end are there twice by then. */
function collector(declared: number): { add(octets: Buffer): void; whole(): Buffer } {
  let buffer: Buffer | undefined;
  const chunks: Buffer[] = [];
  let size = 0;
  return {
    add(octets) {
      // Memory that nobody writes to is none yet: who tells much and sends little takes little.
      if (declared > 0) buffer ??= Buffer.allocUnsafeSlow(declared);
      if (buffer) octets.copy(buffer, size);
      else chunks.push(octets);
      size += octets.length;
    },
    whole: () => buffer?.subarray(0, size) ?? Buffer.concat(chunks, size),
  };
}

function piped(request: IncomingMessage, unpack: Gunzip): Gunzip {
  request.on("error", (error) => unpack.destroy(error));
  return request.pipe(unpack);
}
