/** A device's connection: who it is, how it writes a request line, and what it holds every answer against. */
import { randomBytes } from "node:crypto";
import { gunzipSync } from "node:zlib";
import { formatBase64Query, formatPlainQuery } from "../../src/protocol/request-line.ts";
import { atLeast, type Version } from "../../src/schema/versions.ts";
import type { Element } from "../../src/wire/element.ts";
import { encode } from "../../src/wire/writer.ts";
import { type Asked, type Checked, checkAnswer, checkOptions, DeviceViolation, type Violation } from "./check.ts";
import { createTransport, type HttpRequest, type HttpResponse, headerOf, type RawHeader } from "./http.ts";

export interface DeviceOptions {
  /** The server: `https://host` (the usual path is added) or with a path of its own. */
  readonly url: string;
  readonly user: string;
  readonly password: string;
  /** Left out: a new random one, so that two devices never share state. */
  readonly deviceId?: string;
  readonly deviceType?: string;
  readonly userAgent?: string;
  readonly version: Version;
  /** Base64 exists from 12.1 on. */
  readonly queryForm: "plain" | "base64";
  /**
   * A polite phone does what the standard asks of it without being told: it provisions when asked to (142, 449),
   * lists folders anew after Status 9, primes a collection, follows MoreAvailable, starts over after Status 3.
   * With `false` each method sends exactly one request. Default true.
   */
  readonly polite?: boolean;
  /**
   * What becomes of a broken rule: true (the default) throws a DeviceViolation, a function is told of it, false
   * ignores it.
   */
  readonly strict?: boolean | ((violation: DeviceViolation) => void);
  /** Whether answers may come compressed. */
  readonly gzip?: boolean;
  /** Sees each exchange, the failed ones included. */
  readonly trace?: (exchange: Exchange) => void;
  /** Milliseconds for an answer that is not asked to wait. Default 60,000. */
  readonly timeout?: number;
}

/** One request and what came of it. */
export interface Exchange {
  /** `OPTIONS`, or the command. */
  readonly command: string;
  readonly request: HttpRequest;
  readonly requestBody: Element | undefined;
  readonly reply: Reply | undefined;
  /** Why there is no reply. */
  readonly error: unknown;
  readonly milliseconds: number;
}

/** An answer. */
export interface Reply {
  readonly status: number;
  /** In the case they came in. */
  readonly headers: readonly RawHeader[];
  /** The document; undefined for an empty body, or one that is no WBXML. */
  readonly body: Element | undefined;
  /** The body, decompressed. */
  readonly bytes: Buffer;
  /** Octets of the body on the wire. */
  readonly octets: number;
  header(name: string): string | undefined;
}

export interface SendOptions {
  /** Another version than the device's. */
  readonly version?: Version;
  /** Replaces or adds headers; an empty value leaves the header out. */
  readonly headers?: Readonly<Record<string, string>>;
  /** The raw query, instead of the one the device would write. */
  readonly query?: string;
  /** The raw path, instead of the server's. */
  readonly path?: string;
  readonly method?: string;
  readonly timeout?: number;
  readonly signal?: AbortSignal | undefined;
}

export interface Connection {
  readonly version: Version;
  readonly deviceId: string;
  /** The policy key, once there is one. */
  policyKey: string | undefined;
  options(options?: SendOptions): Promise<Reply>;
  /** Sends a command: a document, octets as they are, or no body. HTTP errors are answers, not exceptions. */
  send(command: string, body?: Element | Buffer, options?: SendOptions): Promise<Reply>;
  /** Sends the very last request again, octet for octet. */
  repeat(options?: Pick<SendOptions, "timeout" | "signal">): Promise<Reply>;
  /** The answer of the next request is thrown away unread: `send` throws ResponseDropped. */
  dropNext(): void;
  close(): void;
}

interface Sent {
  readonly command: string;
  readonly request: HttpRequest;
  readonly body: Element | undefined;
  readonly version: Version;
}

/** @throws RangeError for a base64 query before 12.1. */
export function createConnection(options: DeviceOptions): Connection {
  const { version, queryForm, strict = true } = options;
  if (queryForm === "base64" && !atLeast(version, "12.1")) throw new RangeError(`no base64 query in ${version}`);
  const url = new URL(options.url);
  const path = url.pathname === "/" ? "/Microsoft-Server-ActiveSync" : url.pathname;
  const deviceId = options.deviceId ?? `ISTHMUS${randomBytes(12).toString("hex").toUpperCase()}`;
  const deviceType = options.deviceType ?? "IsthmusDevice";
  const transport = createTransport(url);
  const credentials = Buffer.from(`${options.user}:${options.password}`, "utf8").toString("base64");
  let dropping = false;
  let last: Sent | undefined;

  function report(command: string, violations: readonly Violation[]): void {
    if (violations.length === 0 || strict === false) return;
    const violation = new DeviceViolation(command, violations);
    if (strict === true) throw violation;
    strict(violation);
  }

  function queryOf(command: string, spoken: Version): string {
    const line = { command, deviceId, deviceType };
    if (queryForm === "plain") return formatPlainQuery({ ...line, user: options.user });
    const key = self.policyKey === undefined || command === "Ping" ? {} : { policyKey: self.policyKey };
    return formatBase64Query({ ...line, version: spoken, ...key });
  }

  function headersOf(command: string, spoken: Version): Record<string, string> {
    const headers: Record<string, string> = {
      Host: url.host,
      Authorization: `Basic ${credentials}`,
      "User-Agent": options.userAgent ?? `${deviceType}/1.0`,
    };
    if (options.gzip === true) headers["Accept-Encoding"] = "gzip";
    if (command === "OPTIONS" || queryForm === "base64") return headers;
    headers["MS-ASProtocolVersion"] = spoken;
    // Ping never carries the key (MS-ASPROV_R61103).
    if (self.policyKey !== undefined && command !== "Ping") headers["X-MS-PolicyKey"] = self.policyKey;
    return headers;
  }

  async function exchange(sent: Sent, more: SendOptions, check: (response: HttpResponse) => Checked): Promise<Reply> {
    last = sent;
    const drop = dropping;
    dropping = false;
    const began = performance.now();
    let reply: Reply | undefined;
    let error: unknown;
    try {
      const timeout = more.timeout ?? options.timeout ?? 60_000;
      const response = await transport.send(sent.request, { timeout, signal: more.signal, drop });
      const { body, violations } = check(response);
      reply = replyOf(response, body);
      report(sent.command, violations);
      return reply;
    } catch (thrown) {
      error = thrown;
      throw thrown;
    } finally {
      const milliseconds = performance.now() - began;
      const { command, request, body: requestBody } = sent;
      options.trace?.({ command, request, requestBody, reply, error, milliseconds });
    }
  }

  async function post(sent: Sent, more: SendOptions): Promise<Reply> {
    const asked: Asked = {
      command: sent.command,
      version: sent.version,
      acceptsGzip: /\bgzip\b/.test(sent.request.headers["Accept-Encoding"] ?? ""),
      acceptsMultiPart: sent.request.headers["MS-ASAcceptMultiPart"] === "T",
    };
    return exchange(sent, more, (response) => checkAnswer(asked, response));
  }

  const self: Connection = {
    version,
    deviceId,
    policyKey: undefined,
    async options(more = {}) {
      const headers = merged(headersOf("OPTIONS", version), more.headers);
      const request = { method: "OPTIONS", path: more.path ?? path, headers, bytes: undefined };
      const sent: Sent = { command: "OPTIONS", request, body: undefined, version };
      return exchange(sent, more, (response) => ({ violations: checkOptions(response), body: undefined }));
    },
    async send(command, body, more = {}) {
      const spoken = more.version ?? version;
      const bytes = body === undefined || Buffer.isBuffer(body) ? body : encode(body);
      const headers = headersOf(command, spoken);
      if (bytes !== undefined) headers["Content-Type"] = "application/vnd.ms-sync.wbxml";
      const request: HttpRequest = {
        method: more.method ?? "POST",
        path: `${more.path ?? path}?${more.query ?? queryOf(command, spoken)}`,
        headers: merged(headers, more.headers),
        bytes,
      };
      return post({ command, request, body: Buffer.isBuffer(body) ? undefined : body, version: spoken }, more);
    },
    async repeat(more = {}) {
      if (last === undefined) throw new Error("there is no request to repeat");
      return post(last, more);
    },
    dropNext() {
      dropping = true;
    },
    close: () => transport.close(),
  };
  return self;
}

function replyOf(response: HttpResponse, body: Element | undefined): Reply {
  const { status, headers, bytes } = response;
  return {
    status,
    headers,
    body,
    bytes: decompressed(bytes, headerOf(headers, "Content-Encoding")),
    octets: bytes.length,
    header: (name) => headerOf(headers, name),
  };
}

function decompressed(bytes: Buffer, encoding: string | undefined): Buffer {
  if (encoding !== "gzip") return bytes;
  try {
    return gunzipSync(bytes);
  } catch {
    return bytes; // The check has told of it; what came is shown as it came.
  }
}

function merged(headers: Record<string, string>, more: Readonly<Record<string, string>> = {}): Record<string, string> {
  return Object.fromEntries(Object.entries({ ...headers, ...more }).filter(([, value]) => value !== ""));
}
