#!/usr/bin/env node
/** The command line. Each command is a file; what a command needs is loaded when it is chosen. */
import { existsSync, readFileSync } from "node:fs";
import { defineCommand, renderUsage, runCommand } from "citty";
import { CliError } from "./cli-error.ts";

const version = readVersion();

const commands = {
  serve: () => import("./serve.ts").then(({ serve }) => serve),
  doctor: () => import("./doctor.ts").then(({ doctor }) => doctor),
  decode: () => import("./decode.ts").then(({ decode }) => decode),
  conformance: () => import("./conformance.ts").then(({ conformance }) => conformance),
};

const isthmus = defineCommand({
  meta: {
    name: "isthmus",
    version,
    description: "An Exchange ActiveSync gateway in front of CalDAV, CardDAV and IMAP servers",
  },
  subCommands: commands,
});

process.exitCode = await run(process.argv.slice(2));

async function run(args: readonly string[]): Promise<number> {
  const [name, ...rest] = args;
  if (name === "--version" || name === "-v") return say(version);
  if (name === undefined) return say(await renderUsage(isthmus), 2);
  if (name === "--help" || name === "-h" || name === "help") return say(await renderUsage(isthmus));
  if (!isCommand(name)) return complain(`there is no command ${name}; isthmus --help lists them`, 2);
  const command = await commands[name]();
  if (rest.includes("--help") || rest.includes("-h")) return say(await renderUsage(command, isthmus));
  try {
    await runCommand(command, { rawArgs: rest });
    return typeof process.exitCode === "number" ? process.exitCode : 0;
  } catch (error) {
    if (error instanceof CliError) return complain(error.message, error.exitCode);
    // citty's own: a required argument is missing.
    if (error instanceof Error && error.name === "CLIError") return complain(`${name}: ${plain(error.message)}`, 2);
    return complain(error instanceof Error ? (error.stack ?? error.message) : String(error), 1);
  }
}

function isCommand(name: string): name is keyof typeof commands {
  return Object.hasOwn(commands, name);
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
  return "of unknown version";
}
