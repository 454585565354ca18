/** The second factor: six digits that an authenticator makes of a secret and the time (RFC 6238). */
import { TOTP, Secret as TotpSecret } from "otpauth";
import type { Secret } from "../log.ts";

/** Milliseconds that a code is shown. */
const period = 30_000;

/**
 * Which step of time a code belongs to: the present one or a neighbour, because clocks differ. Undefined for none of them.
 * @param now milliseconds since 1970.
 */
export function stepOf(secret: Secret, code: string, now: number): number | undefined {
  const totp = new TOTP({ secret: TotpSecret.fromBase32(secret.reveal()) });
  const off = totp.validate({ token: code.replaceAll(/\s/g, ""), timestamp: now, window: 1 });
  return off === null ? undefined : Math.floor(now / period) + off;
}

/** A new secret, in base32, and the address by which an authenticator takes it. */
export function newTotp(name: string, octets: Uint8Array): { readonly secret: string; readonly address: string } {
  const secret = new TotpSecret({ buffer: new Uint8Array(octets).buffer });
  return { secret: secret.base32, address: new TOTP({ issuer: "Isthmus", label: name, secret }).toString() };
}
