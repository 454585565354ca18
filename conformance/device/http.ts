/** One HTTP exchange over node's own client: header names stay as they came, and nothing is retried behind our back. */
import * as http from "node:http";
import * as https from "node:https";

export interface HttpRequest {
  readonly method: string;
  /** Path and query, as they go on the wire. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly bytes: Buffer | undefined;
}

/** A header as it came: its name in the server's own case. */
export type RawHeader = readonly [name: string, value: string];

export interface HttpResponse {
  readonly status: number;
  readonly headers: readonly RawHeader[];
  /** The body as it came: still compressed when Content-Encoding says so. */
  readonly bytes: Buffer;
}

export interface SendOptions {
  /** Milliseconds until the whole answer must be there. */
  readonly timeout: number;
  readonly signal?: AbortSignal | undefined;
  /** Hangs up as soon as the answer's head is here, so that the server did the work and the device never learns. */
  readonly drop?: boolean;
}

/** The answer was thrown away on purpose, unread. */
export class ResponseDropped extends Error {
  override readonly name = "ResponseDropped";
}

/** No answer came in time. */
export class DeviceTimeout extends Error {
  override readonly name = "DeviceTimeout";
}

export interface Transport {
  /** @throws ResponseDropped, DeviceTimeout, the signal's reason, or node's network error. */
  send(request: HttpRequest, options: SendOptions): Promise<HttpResponse>;
  close(): void;
}

/** Connections to one server, kept alive as a phone keeps them. */
export function createTransport(origin: URL): Transport {
  const isSecure = origin.protocol === "https:";
  const agent = isSecure ? new https.Agent({ keepAlive: true }) : new http.Agent({ keepAlive: true });
  const start = isSecure ? https.request : http.request;

  async function attempt(request: HttpRequest, options: SendOptions): Promise<HttpResponse | "stale"> {
    const { promise, resolve, reject } = withResolvers<HttpResponse | "stale">();
    const outgoing = start({
      agent,
      host: origin.hostname.replace(/^\[|\]$/g, ""),
      port: origin.port,
      method: request.method,
      path: request.path,
      headers: { "Content-Length": String(request.bytes?.length ?? 0), ...request.headers },
    });
    const fail = (error: Error) => {
      reject(error);
      outgoing.destroy();
    };
    const timer = setTimeout(
      () => fail(new DeviceTimeout(`${request.method} was not answered within ${options.timeout} ms`)),
      options.timeout,
    );
    const aborted = () => fail(reasonOf(options.signal));
    options.signal?.addEventListener("abort", aborted, { once: true });
    outgoing.on("error", (error: NodeJS.ErrnoException) => {
      // The server closed the idle connection in the moment we used it: it never saw the request.
      if (outgoing.reusedSocket && error.code === "ECONNRESET") resolve("stale");
      else reject(error);
    });
    outgoing.on("response", (incoming) => {
      if (options.drop === true) return fail(new ResponseDropped("the answer was thrown away"));
      const chunks: Buffer[] = [];
      incoming.on("data", (chunk: Buffer) => chunks.push(chunk));
      incoming.on("error", reject);
      incoming.on("end", () => {
        const { rawHeaders, statusCode = 0 } = incoming;
        resolve({ status: statusCode, headers: pairs(rawHeaders), bytes: Buffer.concat(chunks) });
      });
    });
    outgoing.end(request.bytes);
    try {
      return await promise;
    } finally {
      clearTimeout(timer);
      options.signal?.removeEventListener("abort", aborted);
    }
  }

  return {
    async send(request, options) {
      options.signal?.throwIfAborted();
      for (;;) {
        const answer = await attempt(request, options);
        if (answer !== "stale") return answer;
      }
    },
    close: () => agent.destroy(),
  };
}

/** The value of a header, its name in any case; `undefined` when it did not come. */
export function headerOf(headers: readonly RawHeader[], name: string): string | undefined {
  const wanted = name.toLowerCase();
  return headers.find(([candidate]) => candidate.toLowerCase() === wanted)?.[1];
}

function pairs(raw: readonly string[]): RawHeader[] {
  const found: RawHeader[] = [];
  for (let at = 0; at + 1 < raw.length; at += 2) found.push([raw[at] ?? "", raw[at + 1] ?? ""]);
  return found;
}

function reasonOf(signal: AbortSignal | undefined): Error {
  const reason: unknown = signal?.reason;
  return reason instanceof Error ? reason : new Error("aborted", { cause: reason });
}

function withResolvers<T>() {
  let resolve: (value: T) => void = () => {};
  let reject: (error: Error) => void = () => {};
  const promise = new Promise<T>((onResolve, onReject) => {
    resolve = onResolve;
    reject = onReject;
  });
  return { promise, resolve, reject };
}
