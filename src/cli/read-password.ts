import { readFileSync } from "node:fs";
import { createInterface } from "node:readline/promises";
import { Writable } from "node:stream";
import { Secret } from "../log.ts";
import { CliError } from "./cli-error.ts";

/**
 * A password from a file (its first line), or typed without being shown where there is a terminal.
 * @throws CliError (2) where there is neither, or the file is empty or cannot be read.
 */
export async function readPassword(file: string | undefined, user: string): Promise<Secret> {
  const password = file === undefined ? await askPassword(user) : firstLine(file);
  if (password === "") throw new CliError(file === undefined ? "no password was typed" : `${file} is empty`, 2);
  return new Secret(password);
}

function firstLine(file: string): string {
  try {
    return readFileSync(file, "utf8").split(/\r?\n/, 1)[0] ?? "";
  } catch (error) {
    throw new CliError(`--password-file: ${error instanceof Error ? error.message : String(error)}`, 2, {
      cause: error,
    });
  }
}

async function askPassword(user: string): Promise<string> {
  if (!process.stdin.isTTY) throw new CliError("no terminal to ask for the password on: give --password-file", 2);
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  const lines = createInterface({ input: process.stdin, output: nowhere, terminal: true });
  // Nobody else hears Ctrl-C while the terminal is read letter by letter.
  lines.once("SIGINT", () => process.exit(130));
  // Asked only now that nothing typed is shown any more.
  process.stderr.write(`Password of ${user}: `);
  try {
    return await lines.question("");
  } finally {
    lines.close();
    process.stderr.write("\n");
  }
}
