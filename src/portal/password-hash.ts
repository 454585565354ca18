/** Passwords of administrators: made by `isthmus portal-password`, kept in the configuration as a hash (scrypt, RFC 7914). */
import { randomBytes, scrypt, timingSafeEqual } from "node:crypto";
import type { Secret } from "../log.ts";

/** 2^15 rounds of 8 blocks: 32 MiB and some 80 ms for each guess. */
const rounds = 15;
const blocks = 8;

/** `$scrypt$ln=15,r=8,p=1$SALT$KEY`, octets as base64url. */
export async function hashPassword(password: Secret): Promise<string> {
  const salt = randomBytes(16);
  const key = await keyFrom(password, salt, rounds);
  return `$scrypt$ln=${rounds},r=${blocks},p=1$${salt.toString("base64url")}$${key.toString("base64url")}`;
}

/** Whether the hash was made of this password. A hash in another form than ours is nobody's. */
export async function isPassword(password: Secret, hash: string): Promise<boolean> {
  const [, cost, salt = "", key = ""] = /^\$scrypt\$ln=(1[4-7]),r=8,p=1\$([\w-]{22})\$([\w-]{43})$/.exec(hash) ?? [];
  if (cost === undefined) return false;
  const made = await keyFrom(password, Buffer.from(salt, "base64url"), Number(cost));
  return timingSafeEqual(made, Buffer.from(key, "base64url"));
}

function keyFrom(password: Secret, salt: Buffer, cost: number): Promise<Buffer> {
  const options = { N: 2 ** cost, r: blocks, p: 1, maxmem: 256 * 2 ** cost * blocks };
  return new Promise((resolve, reject) => {
    // The same letters typed on two systems may differ in octets (NFC, NFD).
    scrypt(password.reveal().normalize("NFC"), salt, 32, options, (error, key) =>
      error ? reject(error) : resolve(key),
    );
  });
}
