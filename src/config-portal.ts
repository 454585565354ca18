/** The `portal` section of the configuration: whether there is one, and who administers the gateway by it. */
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { z } from "zod";
import { Secret } from "./log.ts";

/**
 * As `isthmus portal-password` prints it: `$scrypt$ln=15,r=8,p=1$SALT$KEY`, octets as base64url. What may be asked for
 * is bounded, so that a login never takes more than 128 MiB.
 */
const passwordHash = z
  .string()
  .regex(
    /^\$scrypt\$ln=1[4-7],r=8,p=1\$[A-Za-z0-9_-]{22}\$[A-Za-z0-9_-]{43}$/,
    "what isthmus portal-password prints, in quotes",
  );

const totpSecret = /^[A-Z2-7]{26,128}$/;
const totpHint = "a secret of at least 26 letters and digits in base32, as isthmus portal-password --totp prints it";

const admin = z
  .strictObject({
    name: z.string().regex(/^[^\s\p{Cc}][^\p{Cc}]{0,63}$/u, "a name of up to 64 characters"),
    passwordHash,
    /** The second factor (RFC 6238); left out: the password is enough. */
    totpSecret: z.string().regex(totpSecret, totpHint).optional(),
    totpSecretFile: z.string().optional(),
  })
  .refine(
    ({ totpSecret: secret, totpSecretFile }) => secret === undefined || totpSecretFile === undefined,
    "one of totpSecret and totpSecretFile",
  );

export const portalSection = z
  .strictObject({
    /** Without it there are no web pages at all. */
    enabled: z.boolean().default(true),
    admins: z
      .array(admin)
      .max(100)
      .refine((all) => new Set(all.map(({ name }) => name)).size === all.length, "two have one name")
      .default([]),
  })
  .prefault({});

export interface AdminAccount {
  readonly name: string;
  readonly passwordHash: string;
  /** In base32. */
  readonly totp?: Secret;
}

export interface PortalConfig {
  readonly enabled: boolean;
  readonly admins: readonly AdminAccount[];
}

/** Reads what the section names. */
export function resolvePortal(
  { enabled, admins }: z.infer<typeof portalSection>,
  folder: string,
  mistakes: string[],
): PortalConfig {
  return {
    enabled,
    admins: admins.map(({ name, passwordHash: hash, totpSecret: secret, totpSecretFile: file }, index) => {
      const read = secret ?? (file === undefined ? undefined : readTotp(resolve(folder, file), index, mistakes));
      return { name, passwordHash: hash, ...(read === undefined ? {} : { totp: new Secret(read) }) };
    }),
  };
}

function readTotp(file: string, index: number, mistakes: string[]): string | undefined {
  const path = `portal.admins.${index}.totpSecretFile`;
  try {
    const text = readFileSync(file, "utf8").trim();
    if (totpSecret.test(text)) return text;
    mistakes.push(`${path}: ${totpHint}`);
  } catch (error) {
    mistakes.push(`${path}: ${error instanceof Error ? error.message : String(error)}`);
  }
  return undefined;
}
