import type { IncomingMessage } from "node:http";
import { HttpError } from "../errors.ts";

/** Octets: a list of a thousand collections fits. */
const longestForm = 256 * 1024;

/** @throws HttpError 413, 415 for what is no form, 400 for one that ends early. */
export async function readForm(request: IncomingMessage): Promise<URLSearchParams> {
  const type = (request.headers["content-type"] ?? "").split(";", 1)[0]?.trim().toLowerCase();
  if (type !== "application/x-www-form-urlencoded") throw new HttpError(415, "no form");
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of request) {
      size += (chunk as Buffer).length;
      if (size > longestForm) throw new HttpError(413, "a form too long", { Connection: "close" });
      chunks.push(chunk as Buffer);
    }
  } catch (error) {
    if (error instanceof HttpError) throw error;
    throw new HttpError(400, "the form ended early", { Connection: "close" }, { cause: error });
  }
  return new URLSearchParams(Buffer.concat(chunks).toString("utf8"));
}
