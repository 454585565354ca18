/** One request to anywhere, as a phone makes it that has kept no connection; and a look at who answers there. */
import http, { type IncomingHttpHeaders } from "node:http";
import https from "node:https";
import { isIP } from "node:net";
import { checkServerIdentity, connect, type PeerCertificate } from "node:tls";

export interface Web {
  /** Rejects with the connection's own error, which has a `code`: a certificate that does not fit is one. */
  ask(url: URL, question: Question): Promise<WebAnswer>;
  /** The certificate, whatever it is. Rejects where nobody speaks TLS. */
  certificate(url: URL): Promise<Certificate>;
}

export interface Question {
  readonly method: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

export interface WebAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly bytes: Buffer;
}

export interface Certificate {
  /** What it says it is for. */
  readonly names: readonly string[];
  readonly isForHost: boolean;
  readonly from: Date;
  readonly until: Date;
  /** Why it is not trusted: Node's code; undefined where it is, but for its names. */
  readonly doubt: string | undefined;
}

export interface WebOptions {
  /** Milliseconds for an answer. */
  readonly timeout?: number;
  /** Where a host and a port really are: for tests. */
  readonly reach?: (host: string, port: number) => { readonly host: string; readonly port: number };
  /** An authority to be trusted (PEM), beside none other. */
  readonly ca?: string;
}

/** Octets of an answer that are read. */
const mostRead = 256 * 1024;

export function createWeb(options: WebOptions = {}): Web {
  const { timeout = 10_000, reach = (host, port) => ({ host, port }), ca } = options;
  const trusted = ca === undefined ? {} : { ca };

  return {
    ask(url, { method, headers = {}, body = "" }) {
      const isSecure = url.protocol === "https:";
      const length = method === "GET" ? {} : { "Content-Length": String(Buffer.byteLength(body)) };
      const settings = {
        method,
        ...reach(hostOf(url), portOf(url)),
        path: `${url.pathname}${url.search}`,
        headers: { Host: url.host, "User-Agent": "Isthmus doctor", ...length, ...headers },
        agent: false,
        timeout,
        ...(isSecure ? { servername: serverName(url), ...trusted } : {}),
      };
      return new Promise((resolve, reject) => {
        const request = (isSecure ? https.request : http.request)(settings);
        request.on("timeout", () => request.destroy(late()));
        request.on("error", reject);
        request.on("response", (response) => {
          const pieces: Buffer[] = [];
          let size = 0;
          response.on("data", (piece: Buffer) => {
            size += piece.length;
            if (size <= mostRead) pieces.push(piece);
            else response.destroy();
          });
          response.on("error", () => {}); // What came is enough.
          response.once("close", () => {
            resolve({ status: response.statusCode ?? 0, headers: response.headers, bytes: Buffer.concat(pieces) });
          });
        });
        request.end(body);
      });
    },
    certificate(url) {
      const place = { ...reach(hostOf(url), portOf(url)), servername: serverName(url), ...trusted };
      return new Promise((resolve, reject) => {
        const socket = connect({ ...place, rejectUnauthorized: false, timeout }, () => {
          const shown = socket.getPeerCertificate();
          // Node tells the first of what is wrong: names and times are looked at by themselves.
          const doubt = socket.authorized ? undefined : codeOf(socket.authorizationError);
          resolve({ ...readCertificate(shown), isForHost: !checkServerIdentity(hostOf(url), shown), doubt });
          socket.destroy();
        });
        socket.on("timeout", () => socket.destroy(late()));
        socket.on("error", reject);
      });
    },
  };
}

function readCertificate({ subjectaltname = "", subject, valid_from, valid_to }: PeerCertificate) {
  const names = subjectaltname.split(", ").map((name) => name.replace(/^(DNS|IP Address):/, ""));
  const common = [subject.CN].flat().filter((name) => name !== undefined);
  return { names: subjectaltname === "" ? common : names, from: new Date(valid_from), until: new Date(valid_to) };
}

/** Node's types have an error here, where its values are codes. */
function codeOf(error: unknown): string {
  if (typeof error === "string") return error;
  return error instanceof Error && "code" in error ? String(error.code) : String(error);
}

function hostOf({ hostname }: URL): string {
  return hostname.replace(/^\[|\]$/g, "");
}

function portOf({ port, protocol }: URL): number {
  if (port !== "") return Number(port);
  return protocol === "https:" ? 443 : 80;
}

/** An address is no name that TLS can ask for. */
function serverName(url: URL): string {
  return isIP(hostOf(url)) === 0 ? hostOf(url) : "";
}

function late(): Error {
  return Object.assign(new Error("no answer"), { code: "ETIMEDOUT" });
}
