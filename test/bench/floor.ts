/** The least any gateway could do: raw requests over node:http and a SAX parse of the same data, and nothing else. */
import http from "node:http";
import { SaxesParser } from "saxes";

export interface DavTarget {
  /** Address of the collection. */
  readonly url: string;
  readonly user: string;
  readonly password: string;
}

const agent = new http.Agent({ keepAlive: true });

/** One request; resolves with the parsed hrefs when `parse` is set. */
export function davRequest(
  target: DavTarget,
  method: string,
  options: { path?: string; body?: string; depth?: string; headers?: Record<string, string>; parse?: boolean } = {},
): Promise<{ status: number; hrefs: string[]; token: string }> {
  const url = new URL(options.path ?? "", target.url);
  return new Promise((resolve, reject) => {
    const hrefs: string[] = [];
    let token = "";
    let text = "";
    const parser = new SaxesParser({ xmlns: true });
    parser.on("text", (chunk) => {
      text = chunk;
    });
    parser.on("closetag", ({ local }) => {
      if (local === "href") hrefs.push(text);
      if (local === "sync-token") token = text;
    });
    const request = http.request(
      url,
      {
        method,
        agent,
        headers: {
          Authorization: `Basic ${Buffer.from(`${target.user}:${target.password}`).toString("base64")}`,
          "Content-Type": "application/xml; charset=utf-8",
          ...(options.depth ? { Depth: options.depth } : {}),
          ...options.headers,
        },
      },
      (response) => {
        response.setEncoding("utf8");
        response.on("data", (chunk: string) => {
          if (options.parse) parser.write(chunk);
        });
        response.on("end", () => {
          if (options.parse) parser.close();
          resolve({ status: response.statusCode ?? 0, hrefs, token });
        });
        response.on("error", reject);
      },
    );
    request.on("error", reject);
    request.end(options.body);
  });
}

/** sync-collection; without a token the first listing. */
export function listRaw(target: DavTarget, token = ""): Promise<{ hrefs: string[]; token: string }> {
  const body = `<?xml version="1.0"?><sync-collection xmlns="DAV:"><sync-token>${token}</sync-token><sync-level>1</sync-level><prop><getetag/></prop></sync-collection>`;
  return davRequest(target, "REPORT", { body, depth: "0", parse: true });
}

/** Multiget in batches of 100, one after the other. */
export async function readRaw(
  target: DavTarget,
  hrefs: readonly string[],
  kind: "contacts" | "calendar",
): Promise<void> {
  const [root, data, space] =
    kind === "contacts"
      ? ["addressbook-multiget", "address-data", "urn:ietf:params:xml:ns:carddav"]
      : ["calendar-multiget", "calendar-data", "urn:ietf:params:xml:ns:caldav"];
  for (let at = 0; at < hrefs.length; at += 100) {
    const wanted = hrefs.slice(at, at + 100).map((href) => `<D:href>${href}</D:href>`);
    const body = `<?xml version="1.0"?><C:${root} xmlns:D="DAV:" xmlns:C="${space}"><D:prop><D:getetag/><C:${data}/></D:prop>${wanted.join("")}</C:${root}>`;
    await davRequest(target, "REPORT", { body, depth: "1", parse: true });
  }
}
