/**
 * One request of an inspected device and its answer, as they are kept and shown. A conversation is a file of such
 * entries, one a line; `isthmus decode` and the replay read it.
 */
import type { Call } from "../calls.ts";
import type { CommandParameters } from "../protocol/request-line.ts";

/** What a request or an answer held. */
export interface Body {
  /** Octets as they were sent, uncompressed. */
  readonly octets: number;
  /** The document as `show` prints it. */
  readonly tree?: string;
  /** The message that stands where others have a document (SendMail and its kin below 14.0); a character an octet. */
  readonly message?: string;
  /** Why there is neither, or what is not kept of it. */
  readonly notes?: readonly string[];
  /** Octets of what stands beside the document: the files of a multipart answer. */
  readonly parts?: readonly number[];
}

export interface Entry {
  /** Of the format; a reader that finds another one says so. */
  readonly conversation: 1;
  /** When the request came; ISO 8601. */
  readonly at: string;
  readonly command: string;
  readonly version: string;
  readonly query: "plain" | "base64";
  /** What the query named beside the command, and the headers that change what a command means. */
  readonly parameters: CommandParameters;
  readonly saveInSent?: true;
  readonly acceptMultiPart?: true;
  readonly deviceType: string;
  readonly userAgent: string;
  /** A stand-in: equal for equal keys. Undefined when the request had none. */
  readonly policyKey?: string;
  readonly http: number;
  /** The command's Status; where it has none, each one that is in the answer, once. */
  readonly statuses: readonly string[];
  readonly milliseconds: number;
  /** The phone hung up before it had the answer. */
  readonly aborted?: true;
  /** The kind of error that the answer stands for. */
  readonly failure?: string;
  /** To the servers behind once the login was checked, in the order they ended. */
  readonly calls: readonly Call[];
  /** Calls beyond those that are kept. */
  readonly moreCalls?: number;
  readonly request: Body;
  readonly answer: Body;
  /** Contents are replaced by others of the same length. */
  readonly redacted: boolean;
  /** Of a reader that was too slow: entries before this one that it did not get. */
  readonly missed?: number;
}

/** Whether octets are a file of entries. */
export function isConversation(octets: Uint8Array): boolean {
  return Buffer.from(octets.subarray(0, prefix.length)).toString("latin1") === prefix;
}

const prefix = '{"conversation":';

/**
 * The entries of a file. A line that a crash cut short is left out.
 * @throws SyntaxError that names the line of anything else that is no entry of this format.
 */
export function parseConversation(text: string): readonly Entry[] {
  return text.split("\n").flatMap((line, index) => (line.endsWith("}") ? [parseEntry(line, index + 1)] : []));
}

export function parseEntry(line: string, number = 1): Entry {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch (error) {
    throw new SyntaxError(`line ${number}: no entry of a conversation`, { cause: error });
  }
  if (!isEntry(value)) throw new SyntaxError(`line ${number}: no entry of a conversation, or one of another format`);
  return value;
}

/** As far as a reader would fall over it: the files are the gateway's own. */
function isEntry(value: unknown): value is Entry {
  const entry = value as Partial<Record<keyof Entry, unknown>> | null;
  return (
    typeof entry === "object" &&
    entry?.conversation === 1 &&
    typeof entry.command === "string" &&
    Array.isArray(entry.calls) &&
    Array.isArray(entry.statuses) &&
    isBody(entry.request) &&
    isBody(entry.answer)
  );
}

function isBody(value: unknown): value is Body {
  return typeof value === "object" && value !== null && "octets" in value && typeof value.octets === "number";
}

/** An entry as people read it. */
export function describeEntry(entry: Entry): string {
  const { at, command, version, http, statuses, milliseconds, calls, moreCalls } = entry;
  const answered = [`HTTP ${http}`, ...(statuses.length === 0 ? [] : [`Status ${statuses.join(", ")}`])].join(", ");
  const asides = [
    ...(entry.aborted ? ["the phone hung up"] : []),
    ...(entry.failure === undefined ? [] : [entry.failure]),
    ...(entry.missed === undefined ? [] : [`${entry.missed} before it were not shown`]),
  ];
  const lines = [
    `# ${at} ${command} ${version} → ${answered}, ${milliseconds} ms${asides.map((aside) => `; ${aside}`).join("")}`,
    ...askedBeside(entry).map((line) => `#   ${line}`),
    ...calls.map((call) => `#   ${call.server} ${call.asked} → ${call.answer}, ${Math.round(call.milliseconds)} ms`),
    ...(moreCalls === undefined ? [] : [`#   and ${moreCalls} calls more`]),
    ...describeBody("request", entry.request),
    ...describeBody("answer", entry.answer),
  ];
  return `${lines.map(visible).join("\n")}\n`;
}

/** What a terminal would obey, or a reader not see, in the notation of the trees. */
function visible(line: string): string {
  return line.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (character) =>
    Array.from({ length: character.length }, (_, index) => character.charCodeAt(index).toString(16).padStart(4, "0"))
      .map((digits) => `\\u${digits}`)
      .join(""),
  );
}

function askedBeside({ query, parameters, saveInSent, acceptMultiPart, policyKey }: Entry): readonly string[] {
  const named = Object.entries(parameters).map(([name, value]) => `${name} ${JSON.stringify(value)}`);
  const asked = [
    `${query} query`,
    ...named,
    ...(saveInSent ? ["saveInSent"] : []),
    ...(acceptMultiPart ? ["acceptMultiPart"] : []),
    ...(policyKey === undefined ? [] : [`policy key ${policyKey}`]),
  ];
  return [asked.join(", ")];
}

function describeBody(name: string, { octets, tree, message, notes = [], parts = [] }: Body): readonly string[] {
  const files = parts.length === 0 ? "" : `, and parts of ${parts.join(", ")} octets`;
  return [
    `# ${name}: ${octets} octets${files}`,
    ...notes.map((note) => `#   ${note}`),
    ...(tree === undefined ? [] : tree.trimEnd().split("\n").flatMap(withMessage)),
    ...(message === undefined ? [] : message.split(/\r?\n/).map((line) => `  ${line}`)),
  ];
}

/** A message stands in a document as octets: the dump has them as base64, which nobody reads. */
function withMessage(line: string): readonly string[] {
  const [, indent, octets] = /^( *)ComposeMail:Mime base64 (\S+)/.exec(line) ?? [];
  if (indent === undefined || octets === undefined) return [line];
  const message = Buffer.from(octets, "base64").toString("utf8");
  return [line, ...message.split(/\r?\n/).map((text) => `# ${indent}${text}`)];
}
