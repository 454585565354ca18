import { createHash } from "node:crypto";

/** A boundary that none of these contains: it would have to contain its own digest. */
export function boundaryFor(...contents: readonly Uint8Array[]): string {
  const digest = createHash("sha256");
  for (const content of contents) digest.update(content);
  return `=_${digest.digest("hex").slice(0, 40)}`;
}
