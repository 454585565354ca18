/** What the command prints for an administrator is what the configuration takes and the portal checks. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { parse } from "yaml";
import { checkConfig } from "../../src/config.ts";
import { Secret } from "../../src/log.ts";
import { isPassword } from "../../src/portal/password-hash.ts";
import { isthmus } from "./program.ts";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "isthmus-portal-password-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

function run(password: string, ...more: readonly string[]) {
  const file = join(folder, "password");
  writeFileSync(file, `${password}\n`);
  return isthmus(["portal-password", 'anna: "the" first', "--password-file", file, ...more]).ended;
}

it("prints an account whose password is right, and a second factor on demand", async () => {
  const { code, out, errors } = await run("correct horse battery", "--totp");
  expect([code, out.includes("correct horse")]).toEqual([0, false]);
  expect(errors).toMatch(/otpauth:\/\/totp\/Isthmus:anna.*secret=[A-Z2-7]{32}/);
  const { admins } = checkConfig(
    { ...parse(out), backends: [{ dav: { url: "https://example.org" } }] },
    { folder },
  ).portal;
  expect(admins.map(({ name }) => name)).toEqual(['anna: "the" first']);
  expect(errors).toContain(admins[0]?.totp?.reveal());
  const hash = admins[0]?.passwordHash ?? "";
  expect(await isPassword(new Secret("correct horse battery"), hash)).toBe(true);
  expect(await isPassword(new Secret("correct horse batterz"), hash)).toBe(false);
});

it("prints another hash each time, and none of a short password", async () => {
  const [one, two] = await Promise.all([run("correct horse battery"), run("correct horse battery")]);
  expect(one.out).toContain("$scrypt$ln=15,r=8,p=1$");
  expect(one.out).not.toBe(two.out);
  expect(one.out).not.toContain("totp");
  const short = await run("short");
  expect([short.code, short.out]).toEqual([2, ""]);
});
