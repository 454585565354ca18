/**
 * HTTP for the DAV backend, over `node:http(s)` and not `fetch`: undici can end the process on Radicale's HTTP/1.0
 * answers. Keeps connections but no cookies (a Nextcloud session cookie beats the Authorization header), never mixes
 * two accounts on one connection, and never takes credentials to another origin.
 */
import { createHmac, randomBytes } from "node:crypto";
import { isIP } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import { noteCall } from "../../calls.ts";
import { BackendError } from "../../errors.ts";
import type { Credentials, Log } from "../../log.ts";
import {
  type Access,
  AccountAgent,
  exchange,
  type Reply,
  type Request,
  SecureAccountAgent,
  StaleConnection,
  type Timeouts,
} from "./exchange.ts";
import { busy, failureOf, unreachable } from "./failure.ts";
import { createGate } from "./gate.ts";
import * as limits from "./limits.ts";
import { isNear } from "./near.ts";
import { pathShape } from "./path-shape.ts";

export interface HttpOptions {
  readonly timeouts?: Partial<Timeouts>;
  readonly socketsPerAccount?: number;
  readonly socketsInAll?: number;
  readonly retryPause?: number;
  readonly log: Log;
  readonly onExchange?: (told: Exchanged) => void;
}

/** One request as it went, for figures. */
export interface Exchanged {
  readonly method: string;
  /** Undefined when no answer came. */
  readonly status: number | undefined;
  /** Until the first header; waiting for a free connection not counted. */
  readonly seconds: number;
  /** Whoever wanted the answer is gone. */
  readonly aborted: boolean;
}

export interface Http {
  access(credentials: Credentials, client?: string): Access;
  /**
   * One exchange, redirects and retries included. Throws `BackendError` `unreachable` (nothing usable came back), or
   * what a 503 says of itself (`busy` in maintenance, `auth` for a disabled account), or the signal's reason; every
   * other status is an answer.
   */
  send(request: Request): Promise<Reply>;
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
  // Not the agents' own limits: those count idle connections of other accounts too, and never close one for a new one.
  const gate = createGate(
    options.socketsPerAccount ?? limits.SOCKETS_PER_ACCOUNT,
    options.socketsInAll ?? limits.SOCKETS_IN_ALL,
  );
  const settings = { keepAlive: true, scheduling: "lifo", timeout: limits.KEPT_CONNECTION } as const;
  const plain = new AccountAgent(settings);
  const secure = new SecureAccountAgent(settings);
  const poolKey = randomBytes(32);
  const retryPause = options.retryPause ?? limits.RETRY_PAUSE;
  const near = new Map<string, boolean>(); // By origin, of which there are as many as are configured.
  let closed = false;

  async function attempt(request: Request, repeated: boolean): Promise<Reply> {
    if (closed) throw new BackendError("unreachable", "the backend is closed");
    const agent = request.url.protocol === "https:" ? secure : plain;
    const leave = await gate.enter(request.access.pool, request.signal);
    const { origin } = request.url;
    const began = performance.now();
    const told = (status: number | undefined) => {
      const milliseconds = performance.now() - began;
      const aborted = request.signal?.aborted ?? false;
      options.onExchange?.({ method: request.method, status, seconds: milliseconds / 1000, aborted });
      noteCall(() => ({
        server: "DAV",
        asked: `${request.method} ${pathShape(request.url.pathname)}`,
        answer: status === undefined ? "failed" : String(status),
        milliseconds,
      }));
    };
    try {
      const reply = await exchange(request, { agent, timeouts, repeated, gzip: near.get(origin) !== true, leave });
      near.set(origin, isNear(reply.address));
      told(reply.status);
      return reply;
    } catch (error) {
      leave();
      told(undefined);
      throw error;
    }
  }

  async function sendOnce(request: Request): Promise<Reply> {
    const retries = repeatable.has(request.method) ? limits.RETRIES : 0;
    let staleTried = false;
    for (let tries = 0, repeated = false; ; ) {
      try {
        const reply = await attempt(request, repeated);
        const wait = tries < retries && tired.has(reply.status) ? waitBefore(reply, retryPause, tries) : undefined;
        if (wait === undefined) return reply;
        const refusal = await failureOf(`${request.method} ${request.url.pathname}`, reply);
        if (refusal.reason !== undefined) throw refusal; // It will be the same in a second.
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
