/**
 * What is wrong with an answer, beyond what it says: the HTTP rules that clients rely on, and the command trees.
 * Real clients compare headers and the first octets by equality, so this does too.
 */
import { gunzipSync } from "node:zlib";
import { validate } from "../../src/protocol/validate.ts";
import { isVersion, type Version, versions } from "../../src/schema/versions.ts";
import type { Element } from "../../src/wire/element.ts";
import { decode } from "../../src/wire/reader.ts";
import { type HttpResponse, headerOf, type RawHeader } from "./http.ts";

/** One broken rule. */
export interface Violation {
  /** Where: a header's name, or the names from the root of the document. */
  readonly path: string;
  readonly rule: string;
  readonly message: string;
  /** Requirement id; undefined where the rule is what clients need rather than what the standard says. */
  readonly spec: string | undefined;
}

/** The server's answer breaks a rule. The message names command, path, rule and requirement. */
export class DeviceViolation extends Error {
  override readonly name = "DeviceViolation";
  readonly command: string;
  readonly violations: readonly Violation[];

  constructor(command: string, violations: readonly Violation[]) {
    super(`${command}: ${violations.map(shown).join("; ")}`);
    this.command = command;
    this.violations = violations;
  }
}

export interface Checked {
  readonly violations: readonly Violation[];
  /** The document; undefined for an empty body, or one that is none. */
  readonly body: Element | undefined;
}

/** What the device asked for. */
export interface Asked {
  readonly command: string;
  readonly version: Version;
  readonly acceptsGzip: boolean;
  readonly acceptsMultiPart: boolean;
}

export const wbxmlType = "application/vnd.ms-sync.wbxml";
export const multiPartType = "application/vnd.ms-sync.multipart";

/** Holds the answer of a POST against the rules. */
export function checkAnswer(asked: Asked, response: HttpResponse): Checked {
  const violations = checkHead(response);
  const report = (path: string, rule: string, message: string, spec?: string) =>
    violations.push({ path, rule, message, spec });
  const encoding = headerOf(response.headers, "Content-Encoding");
  if (encoding !== undefined && (encoding !== "gzip" || !asked.acceptsGzip)) {
    report("Content-Encoding", "coding", `${encoding} was not asked for`, "MS-ASHTTP_R198");
  }
  if (response.status !== 200 || response.bytes.length === 0) return { violations, body: undefined };
  // A file as it is, with a type of its own.
  if (asked.command === "GetAttachment") return { violations, body: undefined };
  const type = headerOf(response.headers, "Content-Type");
  const isMultiPart = type === multiPartType && asked.acceptsMultiPart;
  if (!isMultiPart && type !== wbxmlType)
    report("Content-Type", "type", `${type} instead of ${wbxmlType}`, "MS-ASHTTP_R219");
  const whole = plainBytes(response, report);
  const bytes = whole && isMultiPart ? documentPart(whole, report) : whole;
  if (bytes === undefined || bytes.length === 0) return { violations, body: undefined };
  if (!bytes.subarray(0, prefix.length).equals(prefix)) {
    report("body", "prefix", `begins ${bytes.subarray(0, 4).toString("hex")} instead of 03016a00`);
  }
  const body = document(bytes, report);
  if (body === undefined) return { violations, body };
  violations.push(...validate(asked.command, "response", asked.version, body));
  return { violations, body };
}

/** Holds the answer of OPTIONS against the rules (MS-ASHTTP_R1107, R247, R249). */
export function checkOptions(response: HttpResponse): readonly Violation[] {
  const violations = checkHead(response);
  if (response.status !== 200) return violations;
  for (const name of ["MS-ASProtocolVersions", "MS-ASProtocolCommands"]) {
    const value = headerOf(response.headers, name);
    if (value === undefined || value === "") {
      violations.push({ path: name, rule: "missing", message: "is not there", spec: "MS-ASHTTP_R1107" });
    } else if (/\s/.test(value)) {
      violations.push({ path: name, rule: "list", message: "has blanks between its values", spec: undefined });
    }
  }
  const offered = (headerOf(response.headers, "MS-ASProtocolVersions") ?? "").split(",").filter(isVersion);
  const order = offered.map((version) => versions.indexOf(version));
  if (order.some((place, index) => place <= (order[index - 1] ?? -1))) {
    const message = "versions do not ascend: clients take the last";
    violations.push({ path: "MS-ASProtocolVersions", rule: "order", message, spec: undefined });
  }
  return violations;
}

/** Version, public identifier, UTF-8, no string table: what clients compare (MS-ASWBXML 2.1). */
const prefix = Buffer.of(0x03, 0x01, 0x6a, 0x00);

/** As Microsoft's client and others look for them, by exact case. */
const canonicalNames = new Map(
  [
    "Content-Length",
    "Content-Type",
    "Content-Encoding",
    "WWW-Authenticate",
    "MS-ASProtocolVersions",
    "MS-ASProtocolCommands",
    "MS-Server-ActiveSync",
    "X-MS-RP",
    "X-MS-Location",
    "Retry-After",
  ].map((name) => [name.toLowerCase(), name]),
);

function checkHead({ headers, bytes }: HttpResponse): Violation[] {
  const violations: Violation[] = [];
  const report = (path: string, rule: string, message: string, spec?: string) =>
    violations.push({ path, rule, message, spec });
  for (const [name] of headers) {
    const canonical = canonicalNames.get(name.toLowerCase());
    if (canonical !== undefined && canonical !== name) report(name, "case", `instead of ${canonical}`);
  }
  checkLength(headers, bytes.length, report);
  return violations;
}

/** The first part, where the numbers at the beginning put it (MS-ASCMD_R5509 to R5518). */
function documentPart(bytes: Buffer, report: Report): Buffer | undefined {
  const count = bytes.length < 4 ? 0 : bytes.readInt32LE(0);
  const isThere = count > 0 && bytes.length >= 4 + 8 * count;
  const [start, length] = isThere ? [bytes.readInt32LE(4), bytes.readInt32LE(8)] : [0, 0];
  if (isThere && start >= 4 + 8 * count && length > 0 && start + length <= bytes.length) {
    return bytes.subarray(start, start + length);
  }
  report("body", "parts", `${count} parts in ${bytes.length} octets`, "MS-ASCMD_R5509");
  return undefined;
}

type Report = (path: string, rule: string, message: string, spec?: string) => void;

function checkLength(headers: readonly RawHeader[], octets: number, report: Report): void {
  const length = headerOf(headers, "Content-Length");
  if (length === undefined) report("Content-Length", "missing", "is not there", "MS-ASHTTP_R212");
  else if (length !== String(octets)) report("Content-Length", "value", `${length} for ${octets} octets`);
  if (headerOf(headers, "Transfer-Encoding") !== undefined)
    report("Transfer-Encoding", "coding", "clients cannot read it");
}

function plainBytes({ headers, bytes }: HttpResponse, report: Report): Buffer | undefined {
  if (headerOf(headers, "Content-Encoding") !== "gzip") return bytes;
  try {
    return gunzipSync(bytes);
  } catch (error) {
    report("body", "coding", `cannot be decompressed: ${String(error)}`, "MS-ASHTTP_R197");
    return undefined;
  }
}

function document(bytes: Buffer, report: Report): Element | undefined {
  try {
    return decode(bytes);
  } catch (error) {
    report("body", "wbxml", error instanceof Error ? error.message : String(error));
    return undefined;
  }
}

function shown({ path, rule, message, spec }: Violation): string {
  return `${path}: ${rule}: ${message}${spec === undefined ? "" : ` (${spec})`}`;
}
