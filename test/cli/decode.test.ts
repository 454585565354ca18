import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { CliError } from "../../src/cli/cli-error.ts";
import { describeBody } from "../../src/cli/decode.ts";
import { isthmus } from "./program.ts";

/** A Sync answer with Status 1 as it stands on the wire, byte by byte. */
const body = Buffer.from("03016a00454e03310001" + "01", "hex");
const dump = 'AirSync:Sync\n  AirSync:Status "1"\n';

describe("a body", () => {
  test.each([
    ["as it is", body],
    ["as base64", Buffer.from(body.toString("base64"))],
    ["as base64 of a mail client, in lines", Buffer.from(`${body.toString("base64").replace(/(.{4})/g, "$1\r\n")}\n`)],
    ["as URL-safe base64", Buffer.from(body.toString("base64url"))],
    ["compressed", gzipSync(body)],
    ["compressed, as base64", Buffer.from(gzipSync(body).toString("base64"))],
  ])("%s is shown", (_name, input) => {
    expect(describeBody(input)).toBe(dump);
  });

  test("hides what people wrote on demand", () => {
    // ApplicationData, page Contacts, FirstName "Peter".
    const contact = Buffer.from(`03016a005d00015f03${Buffer.from("Peter").toString("hex")}000101`, "hex");
    expect(describeBody(contact)).toContain('"Peter"');
    expect(describeBody(contact, { redact: true })).not.toContain("Peter");
  });

  test.each([
    ["is empty", Buffer.alloc(0), /empty/],
    ["ends early", body.subarray(0, 7), /at octet \d/],
    ["goes on after its end", Buffer.concat([body, body]), /at octet 11/],
    ["is something else", Buffer.from("<?xml version='1.0'?>"), /no ActiveSync body/],
    ["is a broken archive", Buffer.from("1f8b0800deadbeef", "hex"), /cannot be decompressed/],
  ])("that %s is refused with the place", (_name, input, reason) => {
    expect(() => describeBody(input)).toThrow(CliError);
    expect(() => describeBody(input)).toThrow(reason);
  });
});

describe("isthmus decode", () => {
  test("reads a file, or standard input", async () => {
    const folder = mkdtempSync(join(tmpdir(), "isthmus-decode-"));
    const file = join(folder, "body.wbxml");
    writeFileSync(file, body);
    const byFile = await isthmus(["decode", file]).ended;
    const byInput = await isthmus(["decode", "-"], { input: body }).ended;
    rmSync(folder, { recursive: true });
    expect(byFile).toMatchObject({ code: 0, out: dump, errors: "" });
    expect(byInput).toMatchObject({ code: 0, out: dump, errors: "" });
  });

  test.each([
    [["decode", "/nowhere/body"], 1, /^isthmus: \/nowhere\/body cannot be read: there is no such file\n$/],
    [["decode"], 2, /FILE/],
    [["decode", "-", "--colour"], 2, /no option --colour/],
    [["decode", "-", "more"], 2, /more/],
    [["serve", "--password", "secret"], 2, /--password-file/],
    [["sing"], 2, /no command sing/],
    [[], 2, /serve/],
  ])("isthmus %j ends with %i", async (args, code, reason) => {
    const ended = await isthmus(args, { input: body }).ended;
    expect(ended).toMatchObject({ code, out: "" });
    expect(ended.errors).toMatch(reason);
  });

  test("tells its version and its commands", async () => {
    const version = await isthmus(["--version"]).ended;
    expect(version.out).toMatch(/^\S+\n$/);
    const help = await isthmus(["--help"]).ended;
    for (const command of ["serve", "doctor", "decode", "conformance"]) expect(help.out).toContain(command);
    expect(await isthmus(["doctor", "--help"]).ended).toMatchObject({
      code: 0,
      out: expect.stringContaining("--password-file"),
    });
  });
});
