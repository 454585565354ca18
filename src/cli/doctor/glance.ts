/** One request without a login, to see who is there: the connection, the certificate, the clock, the product. */
import http, { type IncomingHttpHeaders, type RequestOptions } from "node:http";
import https from "node:https";
import { TLSSocket } from "node:tls";

export interface Glance {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** Milliseconds, the connection included. */
  readonly milliseconds: number;
  /** Milliseconds that the server's clock is ahead of ours, or (negative) behind; undefined without a Date. */
  readonly ahead: number | undefined;
  /** When the certificate ends. */
  readonly certificateUntil: Date | undefined;
  /** Our address, as far as nothing between translates it. */
  readonly ours: string | undefined;
  /** The beginning of what came with a refusal. */
  readonly text: string;
}

export type Product = "Nextcloud" | "Radicale" | "DAViCal" | "Cyrus" | "sabre/dav" | undefined;

export interface GlanceOptions {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly now?: () => number;
  /** Milliseconds. */
  readonly timeout?: number;
  /** Reads a certificate that does not fit: for a look at ourselves by address. */
  readonly anyCertificate?: boolean;
}

/** Characters of an answer that are read. */
const mostText = 4_096;

/** Rejects with the connection's own error, which has a `code`. */
export function glance(url: URL, options: GlanceOptions = {}): Promise<Glance> {
  const { method = "OPTIONS", headers = {}, now = Date.now, timeout = 10_000 } = options;
  const began = now();
  const settings: RequestOptions & https.RequestOptions = {
    method,
    headers: { "User-Agent": "Isthmus doctor", ...headers },
    agent: false,
    timeout,
    ...(options.anyCertificate === true ? { rejectUnauthorized: false } : {}),
  };
  return new Promise((resolve, reject) => {
    const request = (url.protocol === "https:" ? https.request : http.request)(url, settings);
    request.on("timeout", () => request.destroy(Object.assign(new Error("no answer"), { code: "ETIMEDOUT" })));
    request.on("error", reject);
    request.on("response", (response) => {
      const { socket } = response;
      const until = socket instanceof TLSSocket ? socket.getPeerCertificate().valid_to : undefined;
      const ended = now();
      const ours = socket.localAddress;
      let text = "";
      response.setEncoding("utf8").on("data", (piece: string) => {
        if (text.length < mostText) text += piece;
        else response.destroy();
      });
      response.on("error", () => {}); // What came is enough.
      response.once("close", () => {
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          milliseconds: ended - began,
          ahead: aheadBy(response.headers.date, (began + ended) / 2),
          certificateUntil: until === undefined ? undefined : new Date(until),
          ours,
          text,
        });
      });
    });
    request.end();
  });
}

/** Date counts whole seconds: half a one is added, so that a right clock is at most 0.5 s off. */
function aheadBy(date: string | undefined, at: number): number | undefined {
  const told = Date.parse(date ?? "");
  return Number.isNaN(told) ? undefined : told + 500 - at;
}

/** The server's name, as far as it shows itself. */
export function productOf({ headers }: Glance): Product {
  const realm = /realm="([^"]*)"/i.exec(String(headers["www-authenticate"] ?? ""))?.[1] ?? "";
  if (/nextcloud/i.test(realm) || /\bnc-calendar-/.test(String(headers.dav ?? ""))) return "Nextcloud";
  if (/radicale/i.test(realm)) return "Radicale";
  if (headers["x-davical-version"] !== undefined) return "DAViCal";
  if (/cyrus/i.test(String(headers.server ?? ""))) return "Cyrus";
  return headers["x-sabre-version"] === undefined ? undefined : "sabre/dav";
}
