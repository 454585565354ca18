#!/usr/bin/env node
/** The command line. */
import { existsSync, readFileSync } from "node:fs";
import { defineCommand, renderUsage } from "citty";
import { CliError } from "./cli-error.ts";
import { commands } from "./commands.ts";

const version = readVersion();

const isthmus = defineCommand({
  meta: {
    name: "isthmus",
    description: "An Exchange ActiveSync gateway in front of CalDAV and CardDAV servers",
  },
  subCommands: Object.fromEntries(
    [...commands].map(([name, { description }]) => [name, { meta: { name, description } }]),
  ),
});

// A reader that has seen enough (`isthmus doctor | head`) ends us, without a word.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code === "EPIPE") process.exit();
  throw error;
});

process.exitCode = await run(process.argv.slice(2));

async function run(args: readonly string[]): Promise<number> {
  const [name, ...rest] = args;
  if (name === "--version" || name === "-v") return say(version);
  if (name === undefined) return say(await renderUsage(isthmus), 2);
  if (name === "--help" || name === "-h" || name === "help") return say(await renderUsage(isthmus));
  const command = await commands.get(name)?.load();
  if (!command) return complain(`there is no command ${name}; isthmus --help lists them`, 2);
  if (rest.includes("--help") || rest.includes("-h")) return say(await command.usage());
  try {
    await command.run(rest);
    return typeof process.exitCode === "number" ? process.exitCode : 0;
  } catch (error) {
    if (error instanceof CliError) return complain(error.message, error.exitCode);
    // citty's own: a required argument is missing.
    if (error instanceof Error && error.name === "CLIError") return complain(`${name}: ${plain(error.message)}`, 2);
    return complain(error instanceof Error ? (error.stack ?? error.message) : String(error), 1);
  }
}

function say(text: string, exitCode = 0): number {
  const stream = exitCode === 0 ? process.stdout : process.stderr;
  stream.write(`${stream.isTTY ? text : plain(text)}\n`);
  return exitCode;
}

function complain(text: string, exitCode: number): number {
  process.stderr.write(`isthmus: ${text}\n`);
  return exitCode;
}

/** Without the colours that citty puts in, whoever reads it. */
function plain(text: string): string {
  return text.replace(/\u001b\[\d+m/g, "");
}

/** From the package's own file: it lies three folders up in the build, two in the sources. */
function readVersion(): string {
  for (const folder of ["../..", "../../.."]) {
    const file = new URL(`${folder}/package.json`, import.meta.url);
    if (!existsSync(file)) continue;
    const found: unknown = JSON.parse(readFileSync(file, "utf8"));
    const isPackage = typeof found === "object" && found !== null && "version" in found;
    if (isPackage && typeof found.version === "string") return found.version;
  }
  return "unknown";
}
