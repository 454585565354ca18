/** Hosts of a domain as a phone sees them: names in a DNS of its own, and web servers that are all one on this machine. */
import { readFileSync } from "node:fs";
import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  request,
  type Server,
  type ServerResponse,
} from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo } from "node:net";
import { onTestFinished } from "vitest";
import { playPhone } from "../../src/cli/doctor/as-phone.ts";
import type { Finding } from "../../src/cli/doctor/finding.ts";
import type { Names, Service } from "../../src/cli/doctor/names.ts";
import { createWeb } from "../../src/cli/doctor/web.ts";
import { Secret } from "../../src/log.ts";
import { createAuthority } from "../server/certificates.ts";

export interface Seen {
  /** As the phone wrote it: `https://example.org/autodiscover/autodiscover.xml`. */
  readonly url: string;
  readonly method: string;
  readonly hasPassword: boolean;
}

export interface PhoneWorld {
  readonly seen: readonly Seen[];
  play(
    url: string,
    user: string,
    more?: { readonly now?: () => number; readonly wait?: number },
  ): Promise<readonly Finding[]>;
}

export interface PhoneWorldOptions {
  /** By origin, what answers there; `https://example.org`. What is not named cannot be reached. */
  readonly hosts: Readonly<Record<string, RequestListener>>;
  /** Hosts that DNS does not know although they are there, or the other way round; those of `hosts` by default. */
  readonly dns?: readonly string[];
  readonly services?: Readonly<Record<string, readonly Service[]>>;
  /** Names of the certificate, by default all that tests use; `unknown`: nobody trusts who signed it. */
  readonly certificate?: readonly string[] | "unknown";
  /** DNS gives no answer. */
  readonly isDnsDown?: boolean;
}

const usualNames = ["example.org", "*.example.org", "example.com", "evil.example"];
const made = new Map<string, { readonly cert: string; readonly key: string; readonly ca: string }>();

/** Made once for all tests of a file: it takes a while. */
function certificateFor(names: readonly string[]) {
  const known = made.get(names.join());
  if (known) return known;
  const authority = createAuthority();
  const { certFile, keyFile } = authority.sign("leaf", [
    `subjectAltName=${names.map((name) => `DNS:${name}`).join(",")}`,
  ]);
  const [cert = "", key = "", ca = ""] = [certFile, keyFile, authority.caFile].map((file) =>
    readFileSync(file, "utf8"),
  );
  made.set(names.join(), { cert, key, ca });
  return { cert, key, ca };
}

export const secret = "gehe1m!";

export async function phoneWorld(options: PhoneWorldOptions): Promise<PhoneWorld> {
  const { hosts, services = {}, certificate } = options;
  const named = Object.keys(hosts).map((origin) => new URL(origin).hostname);
  const dns = new Set(options.dns ?? named);
  const seen: Seen[] = [];
  const { ca, ...shown } = certificateFor(typeof certificate === "object" ? certificate : usualNames);
  const listener = (scheme: string) => (incoming: IncomingMessage, outgoing: ServerResponse) => {
    const origin = `${scheme}://${incoming.headers.host ?? ""}`;
    const hasPassword = incoming.headers.authorization !== undefined;
    seen.push({ url: `${origin}${incoming.url ?? ""}`, method: incoming.method ?? "", hasPassword });
    (hosts[origin] ?? (() => outgoing.destroy()))(incoming, outgoing);
  };
  const secure = await open(createTlsServer(shown, listener("https")));
  const plain = await open(createServer(listener("http")));
  const web = createWeb({
    reach: (host, port) => {
      if (host === "127.0.0.1") return { host, port };
      const origin = (scheme: string, usual: number) => `${scheme}://${host}${port === usual ? "" : `:${port}`}`;
      if (port !== 80 && hosts[origin("https", 443)]) return { host: "127.0.0.1", port: secure };
      return { host: "127.0.0.1", port: hosts[origin("http", 80)] ? plain : 1 };
    },
    ...(certificate === "unknown" ? {} : { ca }),
  });
  const answer = <T>(value: T): Promise<T> =>
    options.isDnsDown === true ? Promise.reject(new Error("queryA ETIMEOUT")) : Promise.resolve(value);
  const names: Names = {
    addresses: (host) => answer(dns.has(host) ? ["192.0.2.1"] : []),
    services: (name) => answer(services[name] ?? []),
  };
  return {
    seen,
    async play(url, user, { now = Date.now, wait = 0.1 } = {}) {
      const found: Finding[] = [];
      const phone = { url: new URL(url), user, password: new Secret(secret), wait, web, names, now };
      for await (const finding of playPhone(phone)) found.push(finding);
      return found;
    },
  };
}

export function answers(status: number, headers: Readonly<Record<string, string>> = {}, text = ""): RequestListener {
  return (incoming, outgoing) => {
    incoming
      .resume()
      .on("end", () => outgoing.writeHead(status, { "Content-Length": Buffer.byteLength(text), ...headers }).end(text));
  };
}

/** What `target` answers; `change` may answer instead. */
export function passesOn(
  target: string,
  change: (incoming: IncomingMessage, outgoing: ServerResponse) => boolean = () => false,
): RequestListener {
  return (incoming, outgoing) => {
    if (change(incoming, outgoing)) return;
    const { host: _host, ...headers } = incoming.headers;
    const onward = request(
      new URL(incoming.url ?? "/", target),
      { method: incoming.method ?? "", headers },
      (reply) => {
        outgoing.statusCode = reply.statusCode ?? 500;
        for (let at = 0; at + 1 < reply.rawHeaders.length; at += 2)
          outgoing.setHeader(reply.rawHeaders[at] ?? "", reply.rawHeaders[at + 1] ?? "");
        reply.pipe(outgoing);
      },
    );
    onward.on("error", () => outgoing.destroy());
    outgoing.on("close", () => onward.destroy());
    incoming.pipe(onward);
  };
}

/** A web server of this machine, closed after the test. */
export async function startWeb(listener: RequestListener): Promise<string> {
  return `http://127.0.0.1:${await open(createServer(listener))}`;
}

async function open(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  // A server that listens on a port has an address of this shape.
  return (server.address() as AddressInfo).port;
}
