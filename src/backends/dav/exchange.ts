/** One request and its answer over `node:http(s)`: connections by account, limits of time and size, unpacking. */
import http from "node:http";
import https from "node:https";
import type { Readable } from "node:stream";
import { createGunzip } from "node:zlib";
import { BackendError } from "../../errors.ts";
import { unreachable } from "./failure.ts";
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
  /** The address of the server. */
  readonly address: string | undefined;
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

/** What an exchange goes through. */
export interface Passage {
  readonly agent: http.Agent;
  readonly timeouts: Timeouts;
  /** An earlier attempt may have been carried out. */
  readonly repeated: boolean;
  /** Ask for a packed answer. */
  readonly gzip: boolean;
  /** Called when the connection is free again, or closed. */
  readonly leave: () => void;
}

/** A kept connection ended before a single octet of the answer came. */
export class StaleConnection extends Error {}

/** Names connections by credentials too: one credential per connection. */
export class AccountAgent extends http.Agent {
  override getName(options?: http.ClientRequestArgs & { pool?: string }): string {
    return `${super.getName(options)}:${options?.pool ?? ""}`;
  }
}

export class SecureAccountAgent extends https.Agent {
  override getName(options?: https.RequestOptions & { pool?: string }): string {
    return `${super.getName(options)}:${options?.pool ?? ""}`;
  }
}

/** Sends a request and gives its answer, whatever the status. Throws what went wrong with the connection. */
export async function exchange(request: Request, passage: Passage): Promise<Reply> {
  const { agent, timeouts, repeated } = passage;
  const body = request.body === undefined ? undefined : Buffer.from(request.body, "utf8");
  const start = request.url.protocol === "https:" ? https.request : http.request;
  const options: http.RequestOptions & { pool: string } = {
    method: request.method,
    agent,
    pool: request.access.pool,
    headers: requestHeaders(request, body, passage.gzip),
  };
  request.signal?.throwIfAborted();
  const outgoing = start(request.url, options);
  outgoing.once("close", passage.leave);
  outgoing.on("error", () => {}); // Once answered, the body's reader sees what happens to the connection.
  stopOnAbort(outgoing, request.signal);
  const timer = setTimeout(() => outgoing.destroy(new Error("no answer in time")), timeouts.response);
  beginAnewOnInformation(outgoing, timer);
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

/** A server that says `102 Processing` is at work (Cyrus, on a large PUT): patience begins anew, so many times. */
function beginAnewOnInformation(outgoing: http.ClientRequest, timer: NodeJS.Timeout): void {
  let left = limits.PROCESSING_SIGNS;
  outgoing.on("information", () => {
    if (left > 0) timer.refresh();
    left -= 1;
  });
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

function requestHeaders(request: Request, body: Buffer | undefined, gzip: boolean): Record<string, string | number> {
  return {
    Authorization: request.access.authorization,
    "User-Agent": "Isthmus",
    "Accept-Encoding": gzip ? "gzip" : "identity",
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
    address: incoming.socket.remoteAddress,
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

function isReset(error: unknown): boolean {
  return error instanceof Error && "code" in error && (error.code === "ECONNRESET" || error.code === "EPIPE");
}
