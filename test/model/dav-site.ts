/** A DAV server behind the weather: the twin or a real Radicale, with a user for every story. */
import { readdir, readFile } from "node:fs/promises";
import http from "node:http";
import { join } from "node:path";
import type { Account, Component } from "../../src/backends/backend.ts";
import { createDavBackend } from "../../src/backends/dav/dav.ts";
import { Secret } from "../../src/log.ts";
import { fingerprint } from "../../src/sync/ids.ts";
import { startTwin } from "../servers/dav-twin.ts";
import { startRadicale } from "../servers/radicale.ts";
import { startProxy } from "./proxy.ts";
import { classIn, hrefIn, type ModelServer, placeIn, type Resource, type Weather } from "./server.ts";
import { nameOf, type Place, type PlaceTraits } from "./story.ts";

export interface DavSite {
  /** The next user's part of it, with these collections. */
  open(places: readonly PlaceTraits[]): Promise<ModelServer>;
  stop(): Promise<void>;
}

/** A server without the weather: as the other client has it. */
interface Behind {
  readonly url: string;
  /** What is in a collection. */
  list(collection: string): Promise<readonly Pick<Resource, "href" | "text" | "rev">[]>;
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
    async open(places) {
      const { value: user } = unused.next();
      if (user === undefined) throw new Error(`all ${users} users of the server were used`);
      const backend = createDavBackend({ url: behind.url });
      const account = await backend.login({ user, password: new Secret(password) });
      const homes = await makePlaces(account, places);
      const server = createServer({ behind, url: proxy.url, weather, user, account, homes });
      return { ...server, end: () => backend.close() };
    },
    async stop() {
      await proxy.stop();
      await behind.stop();
    },
  };
}

/** The collections of these places, which a new user has none or some of. */
async function makePlaces(account: Account, places: readonly PlaceTraits[]): Promise<Map<Place, string>> {
  const homes = new Map((await account.collections()).map(({ href }) => [placeOf(href), href]));
  for (const { place, components } of places) {
    const [component] = components;
    if (!homes.has(place) && component !== undefined) homes.set(place, await makePlace(account, place, component));
  }
  return homes;
}

async function makePlace(account: Account, place: Place, component: Component): Promise<string> {
  return (await account.createCollection({ component, name: place, displayName: nameOf(place) })).href;
}

function placeOf(href: string): Place {
  return href.split("/").at(-2) ?? "";
}

interface Parts {
  readonly behind: Behind;
  readonly url: string;
  readonly weather: Weather;
  readonly user: string;
  /** Of the other client. */
  readonly account: Account;
  /** By place. */
  readonly homes: Map<Place, string>;
}

function createServer({ behind, url, weather, user, account, homes }: Parts): Omit<ModelServer, "end"> {
  return {
    user,
    password,
    url,
    weather,
    backend: () => createDavBackend({ url, retryPause: 1 }),
    async list() {
      const listed = [...homes].map(async ([place, home]) =>
        (await behind.list(home)).map((one): Resource => ({ ...one, place, className: classIn(one.text) })),
      );
      return (await Promise.all(listed)).flat();
    },
    put: (href, text, rev) => behind.put(user, href, text, rev),
    remove: (href, rev) => behind.remove(user, href, rev),
    async places() {
      const collections = await account.collections();
      homes.clear();
      return collections.map(({ href, name, components }) => {
        const place = placeIn(name);
        homes.set(place, href);
        return { href, place, displayName: name, components };
      });
    },
    async makePlace(place, component) {
      homes.set(place, await makePlace(account, place, component));
    },
    renamePlace: (place, displayName) => account.renameCollection(homes.get(place) ?? "", displayName),
    async dropPlace(place) {
      await account.removeCollection(homes.get(place) ?? "");
      homes.delete(place);
    },
    hrefOf: (place, name) => hrefIn(homes.get(place), name),
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
    async list(home) {
      const files = (await readdir(join(root, home))).filter((file) => /\.(ics|vcf)$/.test(file));
      const read = files.map(async (file): Promise<Pick<Resource, "href" | "text" | "rev">[]> => {
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
