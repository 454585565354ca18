/** Plain requests to a real server, to see for oneself what it does. */
import http from "node:http";
import type { TestServer } from "../../servers/radicale.ts";

export interface RawAnswer {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly version: string;
  readonly text: string;
  /** Statuses of informational answers before it. */
  readonly signs: readonly number[];
}

export interface RawOptions {
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Without a login. */
  readonly anonymous?: boolean;
}

export function ask(
  server: TestServer,
  method: string,
  path: string,
  { headers, body, anonymous }: RawOptions = {},
): Promise<RawAnswer> {
  const login = Buffer.from(`${server.user}:${server.password}`).toString("base64");
  return new Promise((resolve, reject) => {
    const signs: number[] = [];
    const outgoing = http.request(
      new URL(path, server.url),
      { method, agent: false, headers: { ...(!anonymous && { Authorization: `Basic ${login}` }), ...headers } },
      (incoming) => {
        const parts: Buffer[] = [];
        incoming.on("data", (part: Buffer) => parts.push(part));
        incoming.on("error", reject);
        incoming.on("end", () =>
          resolve({
            status: incoming.statusCode ?? 0,
            headers: incoming.headers,
            version: incoming.httpVersion,
            text: Buffer.concat(parts).toString("utf8"),
            signs,
          }),
        );
      },
    );
    outgoing.on("information", ({ statusCode }) => signs.push(statusCode));
    outgoing.on("error", reject);
    outgoing.end(body);
  });
}

const xml = { "Content-Type": "application/xml; charset=utf-8" };
const namespaces =
  'xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav" xmlns:CARD="urn:ietf:params:xml:ns:carddav" ' +
  'xmlns:CS="http://calendarserver.org/ns/"';

/** `properties` as elements: `<D:getetag/>`. */
export function propfind(server: TestServer, path: string, properties: string, depth = "0"): Promise<RawAnswer> {
  const body = `<D:propfind ${namespaces}><D:prop>${properties}</D:prop></D:propfind>`;
  return ask(server, "PROPFIND", path, { headers: { ...xml, Depth: depth }, body });
}

export function sync(server: TestServer, path: string, token: string): Promise<RawAnswer> {
  const body =
    `<D:sync-collection ${namespaces}><D:sync-token>${token}</D:sync-token><D:sync-level>1</D:sync-level>` +
    "<D:prop><D:getetag/></D:prop></D:sync-collection>";
  return ask(server, "REPORT", path, { headers: { ...xml, Depth: "0" }, body });
}

/** The token that an answer ends with. */
export function tokenIn(answer: RawAnswer): string {
  return /<(?:\w+:)?sync-token>([^<]+)</.exec(answer.text)?.[1] ?? "";
}

export function multiget(server: TestServer, path: string, hrefs: readonly string[], data: string): Promise<RawAnswer> {
  const name = data.includes("CARD:") ? "CARD:addressbook-multiget" : "C:calendar-multiget";
  const list = hrefs.map((href) => `<D:href>${href}</D:href>`).join("");
  const body = `<${name} ${namespaces}><D:prop><D:getetag/>${data}</D:prop>${list}</${name}>`;
  return ask(server, "REPORT", path, { headers: { ...xml, Depth: "1" }, body });
}

export function put(
  server: TestServer,
  href: string,
  body: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<RawAnswer> {
  const type = href.endsWith(".vcf") ? "text/vcard" : "text/calendar";
  return ask(server, "PUT", href, { headers: { "Content-Type": `${type}; charset=utf-8`, ...headers }, body });
}
