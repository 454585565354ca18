import { createHash } from "node:crypto";

/**
 * A name for a device's file: what it calls itself as far as that is harmless, and a digest that tells it from every
 * other, those of other users and those that differ in the case of a letter included.
 */
export function deviceFileName(user: string, device: string): string {
  const shown = device.replace(/[^A-Za-z0-9]/g, "").slice(0, 32);
  const digest = createHash("sha256")
    .update(JSON.stringify([user, device]))
    .digest("hex")
    .slice(0, 16);
  return `${shown}-${digest}`;
}
