/** A DAV server behind the weather: the twin or a real Radicale, with a user for every story. */
import { readdir, readFile } from "node:fs/promises";
import http from "node:http";
import { join } from "node:path";
import { createDavBackend } from "../../src/backends/dav/dav.ts";
import { fingerprint } from "../../src/sync/ids.ts";
import { startTwin } from "../servers/dav-twin.ts";
import { startRadicale } from "../servers/radicale.ts";
import { startProxy } from "./proxy.ts";
import type { ModelServer, Resource, Weather } from "./server.ts";
import type { ClassName } from "./story.ts";

export interface DavSite {
  /** The next user's part of it. */
  open(): Promise<ModelServer>;
  stop(): Promise<void>;
}

/** A server without the weather: as the other client has it. */
interface Behind {
  readonly url: string;
  homeOf(user: string, className: ClassName): string;
  list(home: string): Promise<readonly Resource[]>;
  /** As of `ModelServer`, for a user's own item. */
  put(user: string, href: string, text: string, rev: string | undefined): Promise<string | undefined>;
  remove(user: string, href: string, rev: string): Promise<boolean>;
  stop(): Promise<void>;
}

const password = "geheim";

export async function startDavSite(kind: "twin" | "radicale", users: number): Promise<DavSite> {
  const names = Array.from({ length: users }, (_, number) => `u${number}`);
  const logins = Object.fromEntries(names.map((name) => [name, password]));
  const behind = await (kind === "twin" ? behindTwin(logins) : behindRadicale(logins));
  const weather: Weather = { before: undefined };
  const proxy = await startProxy(behind.url, weather);
  const unused = names.values();
  return {
    async open() {
      const { value: user } = unused.next();
      if (user === undefined) throw new Error(`all ${users} users of the server were used`);
      return createServer(behind, proxy.url, weather, user);
    },
    async stop() {
      await proxy.stop();
      await behind.stop();
    },
  };
}

function createServer(behind: Behind, url: string, weather: Weather, user: string): ModelServer {
  return {
    user,
    password,
    url,
    weather,
    backend: () => createDavBackend({ url, retryPause: 1 }),
    list: (className) => behind.list(behind.homeOf(user, className)),
    put: (_className, href, text, rev) => behind.put(user, href, text, rev),
    remove: (href, rev) => behind.remove(user, href, rev),
    hrefOf: (className, name) =>
      `${behind.homeOf(user, className)}${name}${className === "Contacts" ? ".vcf" : ".ics"}`,
    end: async () => {},
  };
}

async function behindTwin(users: Readonly<Record<string, string>>): Promise<Behind> {
  const twin = await startTwin({ users });
  function shelfOf(href: string) {
    const shelf = twin.shelves.get(href.slice(0, href.lastIndexOf("/") + 1));
    if (!shelf) throw new Error(`no collection of ${href}`);
    return shelf;
  }
  return {
    url: twin.url,
    homeOf: (user, className) =>
      className === "Contacts" ? `/dav/card/${user}/contacts/` : `/dav/cal/${user}/calendar/`,
    async list(home) {
      // It remembers every request, which is right for a test.
      twin.seen.splice(0);
      const items = [...(twin.shelves.get(home)?.items.values() ?? [])];
      return items.map(({ href, text }) => ({ href, text, rev: fingerprint(text) }));
    },
    async put(_user, href, text, rev) {
      const shelf = shelfOf(href);
      const present = shelf.items.get(href);
      if ((present && fingerprint(present.text)) !== rev) return undefined;
      return shelf.put(href, text).text;
    },
    async remove(_user, href, rev) {
      const shelf = shelfOf(href);
      const present = shelf.items.get(href);
      if (!present || fingerprint(present.text) !== rev) return false;
      shelf.remove(href);
      return true;
    },
    stop: () => twin.stop(),
  };
}

async function behindRadicale(users: Readonly<Record<string, string>>): Promise<Behind> {
  const server = await startRadicale({ users });
  const root = join(server.folder, "data", "collection-root");
  function ask(user: string, method: string, href: string, headers: http.OutgoingHttpHeaders = {}, body?: string) {
    const authorization = `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}`;
    return exchange(new URL(encodeURI(href), server.url), { method, headers: { ...headers, authorization } }, body);
  }
  /** The present ETag, if the text is still that one. */
  async function etagOf(user: string, href: string, rev: string): Promise<string | undefined> {
    const { status, text, etag } = await ask(user, "GET", href);
    return status === 200 && fingerprint(text) === rev ? etag : undefined;
  }
  return {
    url: server.url,
    homeOf: (user, className) => `/${user}/${className === "Contacts" ? "contacts" : "calendar"}/`,
    async list(home) {
      const files = (await readdir(join(root, home))).filter((file) => /\.(ics|vcf)$/.test(file));
      const read = files.map(async (file): Promise<Resource[]> => {
        // A file that is replaced in this moment is there under its name or not at all.
        const text = await readFile(join(root, home, file), "utf8").catch(() => undefined);
        return text === undefined ? [] : [{ href: `${home}${file}`, text, rev: fingerprint(text) }];
      });
      return (await Promise.all(read)).flat();
    },
    async put(user, href, text, rev) {
      const etag = rev === undefined ? undefined : await etagOf(user, href, rev);
      if (rev !== undefined && etag === undefined) return undefined;
      const type = href.endsWith(".vcf") ? "text/vcard" : "text/calendar";
      const condition = etag === undefined ? { "If-None-Match": "*" } : { "If-Match": etag };
      const { status } = await ask(user, "PUT", href, { "Content-Type": type, ...condition }, text);
      if (status === 412 || status === 409) return undefined;
      if (status >= 300) throw new Error(`PUT ${href}: ${status}`);
      return (await ask(user, "GET", href)).text;
    },
    async remove(user, href, rev) {
      const etag = await etagOf(user, href, rev);
      if (etag === undefined) return false;
      const { status } = await ask(user, "DELETE", href, { "If-Match": etag });
      return status < 300;
    },
    stop: () => server.stop(),
  };
}

const agent = new http.Agent({ keepAlive: true });

function exchange(
  url: URL,
  options: http.RequestOptions,
  body?: string,
): Promise<{ status: number; text: string; etag: string | undefined }> {
  return new Promise((resolve, reject) => {
    const request = http.request(url, { ...options, agent }, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("error", reject);
      response.on("end", () => {
        const text = Buffer.concat(chunks).toString("utf8");
        resolve({ status: response.statusCode ?? 500, text, etag: response.headers.etag });
      });
    });
    request.on("error", reject);
    request.end(body);
  });
}
