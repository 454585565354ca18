import { randomBytes } from "node:crypto";
import { defineCommand } from "citty";
import { hashPassword } from "../portal/password-hash.ts";
import { newTotp } from "../portal/totp.ts";
import { checkArguments } from "./arguments.ts";
import { CliError } from "./cli-error.ts";
import { readPassword } from "./read-password.ts";

const args = {
  name: { type: "positional", required: true, description: "What the administrator is called" },
  "password-file": { type: "string", valueHint: "FILE", description: "Holds the password; else it is asked for" },
  totp: { type: "boolean", description: "Make a second factor too" },
} as const;

const leastPassword = 10;

/** Prints what stands in the configuration for an administrator of the portal. The password itself is kept nowhere. */
export const portalPassword = defineCommand({
  args,
  async run({ args: given }) {
    checkArguments(given, args, 1);
    const password = await readPassword(given["password-file"], `the administrator ${given.name}`);
    if (password.reveal().length < leastPassword)
      throw new CliError(`a password of at least ${leastPassword} characters: it opens all users' devices`, 2);
    const lines = [
      "portal:",
      "  admins:",
      `    - name: ${JSON.stringify(given.name)}`,
      `      passwordHash: "${await hashPassword(password)}"`,
    ];
    if (given.totp === true) {
      const { secret, address } = newTotp(given.name, randomBytes(20));
      lines.push(`      totpSecret: ${secret}`);
      process.stderr.write(`For the authenticator, as a QR code or typed: ${address}\n`);
    }
    process.stdout.write(`${lines.join("\n")}\n`);
  },
});
