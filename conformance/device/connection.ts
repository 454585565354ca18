/** A device's connection: who it is, how it writes a request line, and what it holds every answer against. */
import { randomBytes } from "node:crypto";
import { gunzipSync } from "node:zlib";
import { type CommandParameters, formatBase64Query, formatPlainQuery } from "../../src/protocol/request-line.ts";
import { atLeast, type Version } from "../../src/schema/versions.ts";
import type { Element } from "../../src/wire/element.ts";
import { encode } from "../../src/wire/writer.ts";
import { type Asked, type Checked, checkAnswer, checkOptions, DeviceViolation, type Violation } from "./check.ts";
import {
  createTransport,
  type HttpRequest,
  type HttpResponse,
  headerOf,
  type RawHeader,
  type Transport,
} from "./http.ts";

export interface DeviceOptions {
  /** The server: `https://host` (the usual path is added) or with a path of its own. */
  readonly url: string;
  /**
   * Where the next request goes, of several addresses of one server, in the form of `url`. Asked once for each request,
   * a repeated one included. Left out: all go to `url`.
   */
  readonly address?: () => string;
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
  /** The address it was sent to, as the options have it. */
  readonly url: string;
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
  /** What the query says beside the command. */
  readonly parameters?: CommandParameters;
  /** The query asks for a copy in Sent: below 14.0. */
  readonly saveInSent?: boolean;
  /** The answer may come in parts. */
  readonly acceptMultiPart?: boolean;
  /** The raw query, instead of the one the device would write. */
  readonly query?: string;
  /** The raw path, instead of the server's. */
  readonly path?: string;
  readonly method?: string;
  readonly timeout?: number;
  readonly signal?: AbortSignal | undefined;
}

/** A request that is none of ActiveSync's. */
export interface Visit extends Pick<SendOptions, "headers" | "timeout" | "signal"> {
  readonly method: string;
  /** Path and query. */
  readonly path: string;
  readonly bytes?: Buffer;
}

export interface Connection {
  readonly version: Version;
  readonly deviceId: string;
  /** The policy key, once there is one. */
  policyKey: string | undefined;
  options(options?: SendOptions): Promise<Reply>;
  /** Sends a command: a document, octets as they are, or no body. HTTP errors are answers, not exceptions. */
  send(command: string, body?: Element | Buffer, options?: SendOptions): Promise<Reply>;
  /** Asks for something beside ActiveSync, with the same login. Any status is an answer, and no rule is held against it. */
  visit(visit: Visit): Promise<Reply>;
  /** Sends the very last request again, octet for octet. */
  repeat(options?: Pick<SendOptions, "timeout" | "signal">): Promise<Reply>;
  /** The answer of the next request is thrown away unread: `send` throws ResponseDropped. */
  dropNext(): void;
  close(): void;
}

/** A request before it is known where it goes. */
interface Sent {
  readonly command: string;
  readonly method: string;
  /** Instead of the server's. */
  readonly path: string | undefined;
  /** With its question mark. */
  readonly query: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly bytes: Buffer | undefined;
  readonly body: Element | undefined;
  readonly version: Version;
  readonly acceptsMultiPart: boolean;
}

/** One address, with the connections to it. */
interface Place {
  readonly host: string;
  readonly path: string;
  readonly transport: Transport;
}

/** @throws RangeError for a base64 query before 12.1. */
export function createConnection(options: DeviceOptions): Connection {
  const { version, queryForm, strict = true } = options;
  if (queryForm === "base64" && !atLeast(version, "12.1")) throw new RangeError(`no base64 query in ${version}`);
  const deviceId = options.deviceId ?? `ISTHMUS${randomBytes(12).toString("hex").toUpperCase()}`;
  const deviceType = options.deviceType ?? "IsthmusDevice";
  const places = new Map<string, Place>();
  const credentials = Buffer.from(`${options.user}:${options.password}`, "utf8").toString("base64");
  let dropping = false;
  let last: Sent | undefined;

  function report(command: string, violations: readonly Violation[]): void {
    if (violations.length === 0 || strict === false) return;
    const violation = new DeviceViolation(command, violations);
    if (strict === true) throw violation;
    strict(violation);
  }

  function placeAt(address: string): Place {
    const known = places.get(address);
    if (known) return known;
    const url = new URL(address);
    const path = url.pathname === "/" ? "/Microsoft-Server-ActiveSync" : url.pathname;
    const made = { host: url.host, path, transport: createTransport(url) };
    places.set(address, made);
    return made;
  }

  function queryOf(command: string, spoken: Version, more: SendOptions): string {
    const { parameters = {}, saveInSent = false, acceptMultiPart = false } = more;
    const line = { command, deviceId, deviceType, parameters, saveInSent };
    if (queryForm === "plain") return formatPlainQuery({ ...line, user: options.user });
    const key = self.policyKey === undefined || command === "Ping" ? {} : { policyKey: self.policyKey };
    return formatBase64Query({ ...line, version: spoken, acceptMultiPart, ...key });
  }

  function headersOf(command: string, spoken: Version): Record<string, string> {
    const headers: Record<string, string> = {
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
    const url = options.address?.() ?? options.url;
    const { host, path, transport } = placeAt(url);
    const request: HttpRequest = {
      method: sent.method,
      path: `${sent.path ?? path}${sent.query}`,
      headers: { Host: host, ...sent.headers },
      bytes: sent.bytes,
    };
    const began = performance.now();
    let reply: Reply | undefined;
    let error: unknown;
    try {
      const timeout = more.timeout ?? options.timeout ?? 60_000;
      const response = await transport.send(request, { timeout, signal: more.signal, drop });
      const { body, violations } = check(response);
      reply = replyOf(response, body);
      report(sent.command, violations);
      return reply;
    } catch (thrown) {
      error = thrown;
      throw thrown;
    } finally {
      const milliseconds = performance.now() - began;
      const { command, body: requestBody } = sent;
      options.trace?.({ command, url, request, requestBody, reply, error, milliseconds });
    }
  }

  async function post(sent: Sent, more: SendOptions): Promise<Reply> {
    const asked: Asked = {
      command: sent.command,
      version: sent.version,
      acceptsGzip: /\bgzip\b/.test(sent.headers["Accept-Encoding"] ?? ""),
      acceptsMultiPart: sent.acceptsMultiPart,
    };
    return exchange(sent, more, (response) => checkAnswer(asked, response));
  }

  const self: Connection = {
    version,
    deviceId,
    policyKey: undefined,
    async options(more = {}) {
      const headers = merged(headersOf("OPTIONS", version), more.headers);
      const empty = { query: "", bytes: undefined, body: undefined, acceptsMultiPart: false };
      const sent: Sent = { command: "OPTIONS", method: "OPTIONS", path: more.path, headers, version, ...empty };
      return exchange(sent, more, (response) => ({ violations: checkOptions(response), body: undefined }));
    },
    async send(command, body, more = {}) {
      const spoken = more.version ?? version;
      const bytes = body === undefined || Buffer.isBuffer(body) ? body : encode(body);
      const headers = headersOf(command, spoken);
      if (bytes !== undefined) headers["Content-Type"] = "application/vnd.ms-sync.wbxml";
      // The base64 query has a bit for it.
      if (more.acceptMultiPart === true && queryForm === "plain") headers["MS-ASAcceptMultiPart"] = "T";
      const all = merged(headers, more.headers);
      const sent: Sent = {
        command,
        method: more.method ?? "POST",
        path: more.path,
        query: `?${more.query ?? queryOf(command, spoken, more)}`,
        headers: all,
        bytes,
        body: Buffer.isBuffer(body) ? undefined : body,
        version: spoken,
        acceptsMultiPart: more.acceptMultiPart === true || all["MS-ASAcceptMultiPart"] === "T",
      };
      return post(sent, more);
    },
    async visit({ method, path, bytes, ...more }) {
      const headers = merged(headersOf("OPTIONS", version), more.headers);
      const none = { query: "", body: undefined, acceptsMultiPart: false };
      const sent: Sent = { command: path, method, path, headers, bytes, version, ...none };
      return exchange(sent, more, () => ({ violations: [], body: undefined }));
    },
    async repeat(more = {}) {
      if (last === undefined) throw new Error("there is no request to repeat");
      return post(last, more);
    },
    dropNext() {
      dropping = true;
    },
    close() {
      for (const { transport } of places.values()) transport.close();
    },
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
