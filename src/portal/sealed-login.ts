/**
 * The user's login, as their cookie carries it: sealed with a key made of the gateway's secret, the session's id, and a
 * half that only the session's record holds. The store alone cannot make the key, nor can the cookie and the secret once
 * the record is gone: after the logout nothing opens it.
 */
import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from "node:crypto";
import { type Credentials, Secret } from "../log.ts";

export interface SealKey {
  readonly secret: Uint8Array;
  /** As the cookie has it. */
  readonly id: string;
  /** As the record has it. */
  readonly half: Buffer;
}

const nonceOctets = 12;
const tagOctets = 16;

/** base64url; some 4/3 of the login's length and 50. */
export function sealLogin({ user, password }: Credentials, key: SealKey): string {
  const nonce = randomBytes(nonceOctets);
  const cipher = createCipheriv("aes-256-gcm", keyFrom(key), nonce);
  const text = Buffer.concat([cipher.update(JSON.stringify([user, password.reveal()]), "utf8"), cipher.final()]);
  return Buffer.concat([nonce, cipher.getAuthTag(), text]).toString("base64url");
}

/** Undefined for what was not sealed with this key. */
export function openLogin(sealed: string, key: SealKey): Credentials | undefined {
  const octets = Buffer.from(sealed, "base64url");
  if (octets.length < nonceOctets + tagOctets) return undefined;
  const nonce = octets.subarray(0, nonceOctets);
  const decipher = createDecipheriv("aes-256-gcm", keyFrom(key), nonce, { authTagLength: tagOctets });
  decipher.setAuthTag(octets.subarray(nonceOctets, nonceOctets + tagOctets));
  try {
    const text = Buffer.concat([decipher.update(octets.subarray(nonceOctets + tagOctets)), decipher.final()]);
    const [user, password] = JSON.parse(text.toString("utf8")) as [string, string];
    return { user, password: new Secret(password) };
  } catch {
    return undefined;
  }
}

function keyFrom({ secret, id, half }: SealKey): Buffer {
  return Buffer.from(hkdfSync("sha256", secret, half, `isthmus portal login ${id}`, 32));
}
