/** What a DAV collection really holds, asked past the gateway. */
import http from "node:http";
import type { TestServer } from "./radicale.ts";

/** Hrefs of a collection's items. */
export async function listMembers(server: TestServer, path: string): Promise<readonly string[]> {
  const text = await askServer(server, "PROPFIND", path, { Depth: "1" });
  const hrefs = [...text.matchAll(/<(?:\w+:)?href>([^<]+)<\/(?:\w+:)?href>/g)].map(([, href = ""]) =>
    decodeURIComponent(href),
  );
  return hrefs.filter((href) => href.endsWith(".vcf") || href.endsWith(".ics"));
}

/** The stored text of an item; with another method, what that does to it. */
export function readMember(server: TestServer, href: string, method: "GET" | "DELETE" = "GET"): Promise<string> {
  return askServer(server, method, encodeURI(href));
}

/** Stores an item as another client would. */
export function writeMember(server: TestServer, href: string, text: string): Promise<string> {
  return askServer(
    server,
    "PUT",
    encodeURI(href),
    { "Content-Type": href.endsWith(".vcf") ? "text/vcard" : "text/calendar" },
    text,
  );
}

/** Makes a calendar or an address book (RFC 5689) and gives its href. `path` is absolute, with a trailing slash. */
export async function makeCollection(server: TestServer, path: string, component: "VEVENT" | "VCARD"): Promise<string> {
  const type = component === "VCARD" ? "CARD:addressbook" : "C:calendar";
  const body =
    '<D:mkcol xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav" xmlns:CARD="urn:ietf:params:xml:ns:carddav">' +
    `<D:set><D:prop><D:resourcetype><D:collection/><${type}/></D:resourcetype></D:prop></D:set></D:mkcol>`;
  await askServer(server, "MKCOL", encodeURI(path), { "Content-Type": "application/xml; charset=utf-8" }, body);
  return path;
}

/** Sends a request as the server's user. @throws Error when it is refused. */
export function askServer(
  server: Pick<TestServer, "url" | "user" | "password">,
  method: string,
  path: string,
  headers: Readonly<Record<string, string>> = {},
  body?: string,
): Promise<string> {
  return new Promise((resolve, reject) => {
    const asked = http.request(
      new URL(path, server.url),
      {
        method,
        headers: {
          ...headers,
          Authorization: `Basic ${Buffer.from(`${server.user}:${server.password}`).toString("base64")}`,
        },
      },
      (response) => {
        const chunks: Buffer[] = [];
        response.on("data", (chunk: Buffer) => chunks.push(chunk));
        response.on("error", reject);
        response.on("end", () => {
          const text = Buffer.concat(chunks).toString("utf8");
          if ((response.statusCode ?? 500) < 300) resolve(text);
          else reject(new Error(`${method} ${path}: ${response.statusCode} ${text.slice(0, 200)}`));
        });
      },
    );
    asked.on("error", reject);
    asked.end(body);
  });
}
