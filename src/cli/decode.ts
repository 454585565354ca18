import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { defineCommand } from "citty";
import { describeEntry, isConversation, parseConversation } from "../conversation/entry.ts";
import { WireError } from "../errors.ts";
import { wireLimits } from "../schema/limits.ts";
import { decode as decodeWbxml } from "../wire/reader.ts";
import { show } from "../wire/show.ts";
import { checkArguments } from "./arguments.ts";
import { CliError } from "./cli-error.ts";

const args = {
  file: {
    type: "positional",
    required: true,
    description: "A request or answer body, or a recorded conversation; - is standard input",
  },
  redact: { type: "boolean", description: "Show the length of what people wrote, instead of the text" },
} as const;

/** Prints a WBXML body, or the conversation of an inspected device, in readable form. */
export const decode = defineCommand({
  args,
  run({ args: given }) {
    checkArguments(given, args, 1);
    const input = readInput(given.file);
    const redact = given.redact ?? false;
    process.stdout.write(isConversation(input) ? describeConversation(input) : describeBody(input, { redact }));
  },
});

/**
 * The dump of a body: WBXML as it is, compressed by gzip, or as base64 text.
 * @throws CliError (1) that says at which octet reading ended.
 */
export function describeBody(input: Buffer, options: { readonly redact?: boolean } = {}): string {
  if (input.length === 0) throw new CliError("the body is empty (an empty Sync or Ping: as the one before)");
  try {
    return show(decodeWbxml(unpack(fromBase64(input))), options);
  } catch (error) {
    if (error instanceof WireError) throw new CliError(`no ActiveSync body: ${error.message}`, 1, { cause: error });
    throw error;
  }
}

/**
 * A recorded conversation; what is in it was redacted when it was recorded.
 * @throws CliError (1) that names the line that is none of it.
 */
export function describeConversation(input: Buffer): string {
  try {
    return parseConversation(input.toString("utf8")).map(describeEntry).join("\n");
  } catch (error) {
    if (error instanceof SyntaxError) throw new CliError(error.message, 1, { cause: error });
    throw error;
  }
}

function readInput(file: string): Buffer {
  try {
    return readFileSync(file === "-" ? 0 : file);
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "";
    const why = reasons[code] ?? (error instanceof Error ? error.message : String(error));
    throw new CliError(`${file} cannot be read: ${why}`, 1, { cause: error });
  }
}

const reasons: Readonly<Record<string, string>> = {
  ENOENT: "there is no such file",
  EISDIR: "it is a folder",
  EACCES: "it belongs to another user",
};

/** WBXML begins with 0x03, which is no letter: the two cannot be taken for each other. */
function fromBase64(input: Buffer): Buffer {
  const text = input.toString("latin1");
  return /^[A-Za-z0-9+/_=\s-]+$/.test(text) ? Buffer.from(text, "base64") : input;
}

function unpack(input: Buffer): Buffer {
  if (input[0] !== 0x1f || input[1] !== 0x8b) return input;
  try {
    return gunzipSync(input, { maxOutputLength: wireLimits.octets });
  } catch (error) {
    throw new CliError(`cannot be decompressed: ${error instanceof Error ? error.message : String(error)}`);
  }
}
