/**
 * What the journal keeps is sealed (AES-256-GCM): whoever reads the store without the configured key learns how many
 * changes there were, and when. An entry opens under the user, device and name that it was sealed for, and no other.
 */
import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from "node:crypto";
import { LRUCache } from "lru-cache";
import type { Secret } from "../../log.ts";

/** For whom and as what something is sealed. */
export interface About {
  readonly user: string;
  readonly device: string;
  /** The entry, and which of its records. */
  readonly record: string;
}

export interface Seal {
  close(about: About, text: string): string;
  /** Undefined for what was sealed for something else, or with another key. */
  open(about: About, sealed: string): string | undefined;
}

const cipherName = "aes-256-gcm";
const nonceOctets = 12;
const tagOctets = 16;

/** Every user has a key of their own, derived from the configured one (RFC 5869). */
export function createSeal(key: Secret): Seal {
  const keys = new LRUCache<string, Buffer>({ max: 1_000 });

  function keyOf(user: string): Buffer {
    const known = keys.get(user);
    if (known) return known;
    const made = Buffer.from(hkdfSync("sha256", key.reveal(), "", JSON.stringify(["isthmus journal", user]), 32));
    keys.set(user, made);
    return made;
  }

  return {
    close(about, text) {
      const nonce = randomBytes(nonceOctets);
      const cipher = createCipheriv(cipherName, keyOf(about.user), nonce, { authTagLength: tagOctets });
      cipher.setAAD(additional(about));
      const octets = [cipher.update(text, "utf8"), cipher.final()];
      return Buffer.concat([nonce, cipher.getAuthTag(), ...octets]).toString("base64");
    },
    open(about, sealed) {
      try {
        const octets = Buffer.from(sealed, "base64");
        const nonce = octets.subarray(0, nonceOctets);
        const decipher = createDecipheriv(cipherName, keyOf(about.user), nonce, { authTagLength: tagOctets });
        decipher.setAAD(additional(about));
        decipher.setAuthTag(octets.subarray(nonceOctets, nonceOctets + tagOctets));
        const text = [decipher.update(octets.subarray(nonceOctets + tagOctets)), decipher.final()];
        return Buffer.concat(text).toString("utf8");
      } catch {
        return undefined;
      }
    },
  };
}

function additional({ user, device, record }: About): Buffer {
  return Buffer.from(JSON.stringify([user, device, record]));
}
