import { parseArgs } from "node:util";
import { defineCommand } from "citty";
import { runConformance } from "../../conformance/cli-run.ts";
import { isVersion, type Version, versions } from "../schema/versions.ts";
import { checkArguments } from "./arguments.ts";
import { CliError } from "./cli-error.ts";
import { readPassword } from "./read-password.ts";

const args = {
  case: { type: "positional", required: false, description: "The beginning of a case's id, or a requirement id" },
  url: { type: "string", valueHint: "URL", description: "The server; once for each address, when it has several" },
  user: { type: "string", valueHint: "NAME", description: "An account made for this: the cases write into it" },
  "password-file": { type: "string", valueHint: "FILE", description: "Holds the password; else it is asked for" },
  version: { type: "string", valueHint: "V", description: `${versions.join(" ")}; else all that the server offers` },
  query: { type: "string", valueHint: "FORM", description: "How request lines are written: plain or base64" },
  address: {
    type: "string",
    valueHint: "ADDRESS",
    description: "The account's own, where the server does not tell it",
  },
  "without-mail": { type: "boolean", description: "The account has no mail: leave out the cases about it" },
  list: { type: "boolean", description: "Print the cases, run none" },
  slow: { type: "boolean", description: "Run the cases that take minutes as well" },
  known: { type: "string", valueHint: "FILE", description: "Failures that are known, one per line" },
  json: { type: "string", valueHint: "FILE", description: "Write the results here" },
  junit: { type: "string", valueHint: "FILE", description: "Write a JUnit report here" },
} as const;

/** Tests any ActiveSync server. */
export const conformance = defineCommand({
  args,
  async run({ args: given, rawArgs }) {
    checkArguments(given, args, 1);
    const { user, known, json, junit, query } = given;
    const nodes = urlsIn(rawArgs);
    const [url] = nodes;
    const list = given.list ?? false;
    if (!list && (url === undefined || user === undefined)) throw new CliError("conformance needs --url and --user", 2);
    const password = list ? "" : (await readPassword(given["password-file"], user ?? "")).reveal();
    const passed = await runConformance({
      url: url ?? "",
      nodes,
      user: user ?? "",
      password,
      list,
      slow: given.slow ?? false,
      mail: !(given["without-mail"] ?? false),
      ...(given.address === undefined ? {} : { address: given.address }),
      ...(given.case === undefined ? {} : { filter: given.case }),
      ...(given.version === undefined ? {} : { versions: [versionOf(given.version)] }),
      ...(query === undefined ? {} : { query: queryFormOf(query) }),
      ...(known === undefined ? {} : { known }),
      ...(json === undefined ? {} : { json }),
      ...(junit === undefined ? {} : { junit }),
    }).catch((error: unknown) => {
      throw new CliError(error instanceof Error ? error.message : String(error), 1, { cause: error });
    });
    if (!passed) process.exitCode = 1;
  },
});

/** Every `--url`, in order: of an option that comes again, citty keeps the last. */
function urlsIn(rawArgs: readonly string[]): readonly string[] {
  const options = { url: { type: "string", multiple: true } } as const;
  const { url = [] } = parseArgs({ args: [...rawArgs], options, strict: false, allowPositionals: true }).values;
  return url.filter((value) => typeof value === "string");
}

function versionOf(text: string): Version {
  if (isVersion(text)) return text;
  throw new CliError(`--version ${text}: one of ${versions.join(" ")}`, 2);
}

function queryFormOf(text: string): "plain" | "base64" {
  if (text === "plain" || text === "base64") return text;
  throw new CliError(`--query ${text}: plain or base64`, 2);
}
