/**
 * HTTP for the DAV backend, over `node:http(s)` and not `fetch`: undici can end the process on Radicale's HTTP/1.0
 * answers. Keeps connections but no cookies (a Nextcloud session cookie beats the Authorization header), never mixes
 * two accounts on one connection, and never takes credentials to another origin.
 */
import { createHmac, randomBytes } from "node:crypto";
import http from "node:http";
import https from "node:https";
import { isIP } from "node:net";
import type { Readable } from "node:stream";
import { setTimeout as pause } from "node:timers/promises";
import { createGunzip } from "node:zlib";
import { BackendError } from "../../errors.ts";
import type { Credentials, Log } from "../../log.ts";
import { busy, unreachable } from "./failure.ts";
import * as limits from "./limits.ts";

/** Who a request is for. Made by `Http.access`. */
export interface Access {
  readonly authorization: string;
  /** Tells connections of different credentials apart; says nothing about them. */
  readonly pool: string;
  /** The phone's address, for the server's own brute-force counting. */
  readonly client: string | undefined;
}

export interface Request {
  readonly method: string;
  readonly url: URL;
  readonly access: Access;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly signal?: AbortSignal | undefined;
  /** Answer a redirect to the caller instead of following it. */
  readonly redirects?: "follow" | "manual";
}

export interface Reply {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  /** Where the answer came from, after redirects. */
  readonly url: URL;
  /** The connection broke at an earlier attempt, which may have been carried out. */
  readonly repeated: boolean;
  /** The unpacked body, once. Leaving the loop early closes the connection. */
  body(): AsyncIterable<Buffer>;
  /** The body as text, cut at `size` octets. */
  text(size: number): Promise<string>;
  /** Lets the body go unread. */
  discard(): void;
}

export interface Timeouts {
  readonly connect: number;
  readonly response: number;
  readonly idle: number;
  readonly body: number;
}

export interface HttpOptions {
  readonly timeouts?: Partial<Timeouts>;
  readonly socketsPerAccount?: number;
  readonly socketsInAll?: number;
  readonly retryPause?: number;
  readonly log: Log;
}

export interface Http {
  access(credentials: Credentials, client?: string): Access;
  /**
   * One exchange, redirects and retries included. Throws `BackendError` `unreachable` (nothing usable came back) or
   * `busy` (a long Retry-After), or the signal's reason; every other status is an answer.
   */
  send(request: Request): Promise<Reply>;
  /** Requests sent since the start, repeats included. */
  readonly requests: number;
  close(): void;
}

/** Safe to send twice. PUT and DELETE are not: a repeat after a lost answer meets its own work. */
const repeatable = new Set(["GET", "HEAD", "OPTIONS", "PROPFIND", "REPORT"]);
const tired = new Set([502, 503, 504]);

export function createHttp(options: HttpOptions): Http {
  const timeouts: Timeouts = {
    connect: limits.CONNECT_TIMEOUT,
    response: limits.RESPONSE_TIMEOUT,
    idle: limits.IDLE_TIMEOUT,
    body: limits.BODY_TIMEOUT,
    ...options.timeouts,
  };
  const settings = {
    keepAlive: true,
    scheduling: "lifo",
    maxSockets: options.socketsPerAccount ?? limits.SOCKETS_PER_ACCOUNT,
    maxTotalSockets: options.socketsInAll ?? limits.SOCKETS_IN_ALL,
  } as const;
  const plain = new AccountAgent(settings);
  const secure = new SecureAccountAgent(settings);
  const poolKey = randomBytes(32);
  const retryPause = options.retryPause ?? limits.RETRY_PAUSE;
  let requests = 0;
  let closed = false;

  async function attempt(request: Request, repeated: boolean): Promise<Reply> {
    if (closed) throw new BackendError("unreachable", "the backend is closed");
    requests += 1;
    const agent = request.url.protocol === "https:" ? secure : plain;
    return exchange(request, agent, timeouts, repeated);
  }

  async function sendOnce(request: Request): Promise<Reply> {
    const retries = repeatable.has(request.method) ? limits.RETRIES : 0;
    let staleTried = false;
    for (let tries = 0, repeated = false; ; ) {
      try {
        const reply = await attempt(request, repeated);
        const wait = tries < retries && tired.has(reply.status) ? waitBefore(reply, retryPause, tries) : undefined;
        if (wait === undefined) return reply;
        reply.discard();
        await sleep(wait, request.signal);
        tries += 1;
      } catch (error) {
        request.signal?.throwIfAborted();
        repeated = true;
        if (error instanceof StaleConnection && !staleTried) {
          staleTried = true; // The server had closed a kept connection: no fault of anybody, no pause needed.
          continue;
        }
        const cause = error instanceof StaleConnection ? error.cause : error;
        if (cause instanceof BackendError) throw cause;
        if (tries >= retries) throw unreachable(`${request.method} ${request.url.pathname}`, cause);
        options.log.debug({ method: request.method, path: request.url.pathname, tries }, "backend: trying again");
        await sleep(jittered(retryPause, tries), request.signal);
        tries += 1;
      }
    }
  }

  return {
    access(credentials, client) {
      // UTF-8, as RFC 7617 §2.1 has it: Latin-1 would lock out every password with an umlaut.
      const pair = `${credentials.user}:${credentials.password.reveal()}`;
      return {
        authorization: `Basic ${Buffer.from(pair, "utf8").toString("base64")}`,
        pool: createHmac("sha256", poolKey).update(pair).digest("base64"),
        client: client !== undefined && isIP(client) !== 0 ? client : undefined,
      };
    },
    async send(request) {
      let at = request;
      for (let hops = 0; ; hops += 1) {
        const reply = await sendOnce(at);
        const target = request.redirects === "manual" ? undefined : redirectTarget(reply);
        if (target === undefined) return reply;
        reply.discard();
        if (hops === limits.REDIRECTS) {
          throw new BackendError("unreachable", `${at.method} ${request.url.pathname}: redirected in circles`);
        }
        at = { ...at, url: target };
      }
    },
    get requests() {
      return requests;
    },
    close() {
      closed = true;
      plain.destroy();
      secure.destroy();
    },
  };
}

/**
 * Where a redirect leads on the same server. A Location that only lost its `https` (a proxy ends TLS and the server
 * behind it does not know) keeps our scheme and port; any other change of origin is an error that names the address.
 */
export function sameServer(location: string, from: URL): URL {
  let target: URL;
  try {
    target = new URL(location, from);
  } catch (error) {
    throw unreachable(`${from.pathname}: redirected to no address`, error);
  }
  if (target.origin === from.origin) return target;
  if (target.hostname === from.hostname && from.protocol === "https:" && target.protocol === "http:") {
    return new URL(target.pathname + target.search, from);
  }
  throw new BackendError(
    "unreachable",
    `${from.origin} redirects to ${target.origin}: put that address into the configuration if it is yours`,
  );
}

/** A kept connection ended before a single octet of the answer came. */
class StaleConnection extends Error {}

/** Names connections by credentials too: one credential per connection. */
class AccountAgent extends http.Agent {
  override getName(options?: http.ClientRequestArgs & { pool?: string }): string {
    return `${super.getName(options)}:${options?.pool ?? ""}`;
  }
}

class SecureAccountAgent extends https.Agent {
  override getName(options?: https.RequestOptions & { pool?: string }): string {
    return `${super.getName(options)}:${options?.pool ?? ""}`;
  }
}

async function exchange(request: Request, agent: http.Agent, timeouts: Timeouts, repeated: boolean): Promise<Reply> {
  const body = request.body === undefined ? undefined : Buffer.from(request.body, "utf8");
  const start = request.url.protocol === "https:" ? https.request : http.request;
  const options: http.RequestOptions & { pool: string } = {
    method: request.method,
    agent,
    pool: request.access.pool,
    headers: requestHeaders(request, body),
  };
  request.signal?.throwIfAborted();
  const outgoing = start(request.url, options);
  outgoing.on("error", () => {}); // Once answered, the body's reader sees what happens to the connection.
  stopOnAbort(outgoing, request.signal);
  const timer = setTimeout(() => outgoing.destroy(new Error("no answer in time")), timeouts.response);
  const connecting = limitConnecting(outgoing, timeouts.connect);
  try {
    outgoing.end(body);
    return createReply(await answerTo(outgoing), request, timeouts, repeated);
  } catch (error) {
    outgoing.destroy();
    if (outgoing.reusedSocket && isReset(error)) throw new StaleConnection("stale", { cause: error });
    throw error;
  } finally {
    clearTimeout(timer);
    clearTimeout(connecting());
  }
}

function answerTo(outgoing: http.ClientRequest): Promise<http.IncomingMessage> {
  return new Promise((resolve, reject) => {
    outgoing.once("error", reject);
    outgoing.once("response", (incoming) => {
      incoming.on("error", () => {}); // Told to the body's reader too; without a listener it would end the process.
      resolve(incoming);
    });
  });
}

/**
 * Not by Node's own `signal` option, and not with an error: between the end of an answer and the return of its socket
 * to the agent nobody listens, and the error would end the process.
 */
function stopOnAbort(outgoing: http.ClientRequest, signal: AbortSignal | undefined): void {
  if (!signal) return;
  const stop = (): void => {
    outgoing.destroy();
  };
  signal.addEventListener("abort", stop, { once: true });
  outgoing.once("close", () => signal.removeEventListener("abort", stop));
}

/** Starts counting when the request gets its socket: waiting for a free one is not the server's fault. */
function limitConnecting(outgoing: http.ClientRequest, time: number): () => NodeJS.Timeout | undefined {
  let timer: NodeJS.Timeout | undefined;
  outgoing.once("socket", (socket) => {
    if (!socket.connecting) return;
    timer = setTimeout(() => outgoing.destroy(new Error("no connection in time")), time);
    socket.once("connect", () => clearTimeout(timer));
  });
  return () => timer;
}

function requestHeaders(request: Request, body: Buffer | undefined): Record<string, string | number> {
  return {
    Authorization: request.access.authorization,
    "User-Agent": "Isthmus",
    "Accept-Encoding": "gzip",
    // Nextcloud shows its cached subscriptions as plain read-only calendars to whoever says this.
    "X-NC-CalDAV-Webcal-Caching": "On",
    ...(request.access.client !== undefined && { "X-Forwarded-For": request.access.client }),
    ...(body !== undefined && { "Content-Length": body.length, "Content-Type": "application/xml; charset=utf-8" }),
    ...request.headers,
  };
}

function createReply(incoming: http.IncomingMessage, request: Request, timeouts: Timeouts, repeated: boolean): Reply {
  const what = `${request.method} ${request.url.pathname}`;
  let stream: Readable | undefined;

  function open(): Readable {
    if (stream) return stream;
    if (incoming.headers["content-encoding"] !== "gzip") {
      stream = incoming;
      return stream;
    }
    const unpacked = createGunzip();
    unpacked.on("error", () => {});
    incoming.on("error", (error) => unpacked.destroy(error));
    unpacked.on("close", () => incoming.destroy());
    stream = incoming.pipe(unpacked);
    return stream;
  }

  const reply: Reply = {
    status: incoming.statusCode ?? 0,
    headers: incoming.headers,
    url: request.url,
    repeated,
    body: () => pieces(open(), { what, timeouts, signal: request.signal }),
    async text(size) {
      const parts: Buffer[] = [];
      let length = 0;
      for await (const piece of reply.body()) {
        parts.push(piece);
        length += piece.length;
        if (length >= size) break;
      }
      return Buffer.concat(parts).subarray(0, size).toString("utf8");
    },
    discard() {
      // A short body is read to its end so that the connection can be kept.
      if (Number(incoming.headers["content-length"] ?? Infinity) <= limits.ERROR_SIZE) incoming.resume();
      else incoming.destroy();
    },
  };
  return reply;
}

interface Reading {
  readonly what: string;
  readonly timeouts: Timeouts;
  readonly signal: AbortSignal | undefined;
}

/** A body's pieces within the limits of size and time; time counts only while a piece is waited for. */
async function* pieces(source: Readable, { what, timeouts, signal }: Reading): AsyncGenerator<Buffer> {
  let budget = timeouts.body;
  let size = 0;
  const iterator: AsyncIterator<Buffer> = source[Symbol.asyncIterator]();
  try {
    for (;;) {
      const started = performance.now();
      const timer = setTimeout(
        () => source.destroy(new Error("the body stopped coming")),
        Math.min(timeouts.idle, budget),
      );
      const next = await iterator.next().finally(() => clearTimeout(timer));
      if (next.done === true) return;
      budget = Math.max(1, budget - (performance.now() - started));
      size += next.value.length;
      if (size > limits.RESPONSE_SIZE) throw new BackendError("unreachable", `${what}: the answer is too large`);
      yield next.value;
    }
  } catch (error) {
    signal?.throwIfAborted();
    throw error instanceof BackendError ? error : unreachable(what, error);
  } finally {
    source.destroy();
  }
}

function redirectTarget(reply: Reply): URL | undefined {
  const { location } = reply.headers;
  if (![301, 302, 307, 308].includes(reply.status) || location === undefined) return undefined;
  return sameServer(location, reply.url);
}

/** How long to wait before the next attempt; undefined when no further one is worth it here. */
function waitBefore(reply: Reply, first: number, tries: number): number | undefined {
  const asked = busy("", reply).retryAfter;
  if (asked === undefined) return jittered(first, tries);
  return asked * 1000 <= limits.RETRY_AFTER_AT_MOST ? asked * 1000 : undefined;
}

function jittered(first: number, tries: number): number {
  return first * 4 ** tries * (0.75 + Math.random() / 2);
}

async function sleep(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
  try {
    await pause(milliseconds, undefined, signal && { signal });
  } catch {
    signal?.throwIfAborted();
  }
}

function isReset(error: unknown): boolean {
  return error instanceof Error && "code" in error && (error.code === "ECONNRESET" || error.code === "EPIPE");
}
