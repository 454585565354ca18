/** The backend against a server that misbehaves as real ones do. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Account, Backend } from "../../src/backends/backend.ts";
import { createDavBackend, type DavOptions } from "../../src/backends/dav/dav.ts";
import type { BackendErrorKind } from "../../src/errors.ts";
import { Secret } from "../../src/log.ts";
import { startTwin, type Twin } from "../servers/dav-twin.ts";
import { likeBaikal, likeNextcloud } from "../servers/dav-twin-manners.ts";
import type { Seen, Switches, Trouble } from "../servers/dav-twin-switches.ts";
import { describeBackend, expectError, readAll } from "./contract.ts";

const anna = { user: "anna", password: new Secret("geheim") };
const calendar = "/dav/cal/anna/calendar/";
const contacts = "/dav/card/anna/contacts/";
/** For servers that keep silent. Long enough for a busy machine that does answer. */
const quick = { connect: 500, response: 500, idle: 500, body: 1_000 };

const manners: Readonly<Record<string, Switches>> = {
  "the twin": {},
  "a server that wraps failures, omits missing items and matches anything": {
    wrapFailures: true,
    omitMissing: true,
    ignoreFilters: true,
    move: 403,
  },
  "a server without ETags on PUT, with numbers for etags, CDATA, odd hrefs, gzip": {
    noPutEtag: true,
    numericEtags: true,
    cdata: true,
    oddHrefs: true,
    gzip: true,
  },
  "a server that reports false 404s and tombstones": { falseGone: true, tombstones: true },
  "a server that answers 500 to a bad token, 400 to a taken UID, and 102 to everything first": {
    badToken: 500,
    uidConflict: 400,
    processing: 1,
    move: 405,
  },
  "a server like DAViCal": {
    mintsTokens: true,
    badToken: "all",
    omitMissing: true,
    garbage412: true,
    namesHeaders: true,
    quotedCtags: true,
    move: 200,
  },
  "a server like Xandikos": {
    contentTokens: true,
    badToken: 500,
    reserialises: true,
    wrapFailures: true,
    encodedScheme: true,
    chunked: true,
    move: 405,
  },
  "a server like Nextcloud": likeNextcloud,
  "a server like Baïkal": likeBaikal,
  "a server that pages and closes each connection": { deltaPage: 2, closes: true, wrongType: true },
};

for (const [name, switches] of Object.entries(manners)) {
  describeBackend(name, async () => {
    const twin = await startTwin({ switches, second: true });
    const backend = createDavBackend({ url: twin.url });
    return {
      backend,
      credentials: anna,
      checksLogins: true,
      second: async (component) => (component === "VCARD" ? "/dav/card/anna/friends/" : "/dav/cal/anna/work/"),
      async close() {
        await backend.close();
        await twin.stop();
      },
    };
  });
}

describe("calendars on one server and contacts on another", () => {
  describeBackend("two servers", async () => {
    const [one, other] = await Promise.all([startTwin({ second: true }), startTwin({ second: true })]);
    const backend = createDavBackend({ caldavUrl: one.url, carddavUrl: other.url });
    const friends = `//${new URL(other.url).host}/dav/card/anna/friends/`;
    return {
      backend,
      credentials: anna,
      checksLogins: true,
      second: async (component) => (component === "VCARD" ? friends : "/dav/cal/anna/work/"),
      async close() {
        await backend.close();
        await Promise.all([one.stop(), other.stop()]);
      },
    };
  });

  it("are one service when only one is configured", async () => {
    const twin = await startTwin();
    const backend = createDavBackend({ carddavUrl: twin.url });
    try {
      const collections = await (await backend.login(anna)).collections();
      expect(collections.map((collection) => collection.components)).toEqual([["VCARD"]]);
    } finally {
      await backend.close();
      await twin.stop();
    }
  });
});

describe("the DAV backend in trouble", () => {
  let twin: Twin;
  let backend: Backend;
  let account: Account;
  async function connect(options: Partial<DavOptions> = {}): Promise<void> {
    backend = createDavBackend({ url: twin.url, retryPause: 1, ...options });
    account = await backend.login(anna);
  }
  async function reconnect(options: Partial<DavOptions>): Promise<void> {
    await backend.close();
    await connect(options);
  }
  beforeEach(async () => {
    twin = await startTwin();
    await connect();
    twin.seen.length = 0;
  });
  afterEach(async () => {
    await backend.close();
    await twin.stop();
  });
  const fill = (count: number): string[] =>
    Array.from(
      { length: count },
      (_, i) => twin.shelves.get(contacts)?.put(`${contacts}${i}.vcf`, card(`uid-${i}`)).href ?? "",
    );
  /** Once per process: how the server answers tokens that it does not know. */
  const getToKnow = async (): Promise<void> => {
    for (const path of [calendar, contacts]) {
      await account.changes(path, (await account.changes(path, undefined)).cursor);
    }
  };
  const methods = (): string[] => twin.seen.map((seen) => `${seen.method} ${seen.report}`.trim());

  describe("what an answer means", () => {
    const statuses: readonly [number, BackendErrorKind][] = [
      [401, "auth"],
      [403, "refused"],
      [404, "gone"],
      [410, "gone"],
      [429, "busy"],
      [500, "unreachable"],
      [502, "unreachable"],
      [503, "busy"],
    ];
    it.each(statuses)("%i is %s for the collections, and never an empty list", async (status, kind) => {
      twin.switches.trouble = () => ({ status });
      await expectError(account.collections(), kind);
      await expectError(readAll(account, contacts, [`${contacts}0.vcf`]), kind);
    });
    it.each(statuses)("%i is %s for the probe", async (status, kind) => {
      const { cursor } = await account.changes(contacts, undefined);
      twin.switches.trouble = () => ({ status });
      const probing = account.probe([contacts], new Map([[contacts, cursor]]));
      await expectError(probing, kind);
    });
    const writes: readonly [number, BackendErrorKind][] = [
      [400, "refused"],
      [401, "auth"],
      [403, "refused"],
      [405, "refused"],
      [413, "too-large"],
      [415, "refused"],
      [429, "busy"],
      [500, "unreachable"],
      [503, "busy"],
      [507, "too-large"],
    ];
    it.each(writes)("%i is %s for a PUT, which is sent once", async (status, kind) => {
      twin.switches.trouble = ({ method }) => (method === "PUT" ? { status } : undefined);
      await expectError(account.create(contacts, "a.vcf", card("a")), kind);
      expect(methods().filter((method) => method === "PUT")).toHaveLength(1);
    });
    it("passes on how long to wait, at once when it is long", async () => {
      twin.switches.trouble = () => ({ status: 503, headers: { "Retry-After": "120" } });
      expect((await expectError(account.collections(), "busy")).retryAfter).toBe(120);
      expect(twin.seen).toHaveLength(2); // One per home.
    });
    it("says nothing of the login or the items in its messages", async () => {
      twin.switches.trouble = () => ({ status: 400, body: "SECRET" });
      const error = await expectError(account.create(contacts, "a.vcf", card("SECRET")), "refused");
      expect(JSON.stringify([error.message, error, String(error.cause)])).not.toMatch(/SECRET|geheim|Basic/);
    });
  });

  describe("connections", () => {
    const troubles: readonly Trouble[] = ["reset", "cut", "stall", "hang", { status: 503 }];
    it.each(troubles)("asks again after one %s", async (trouble) => {
      await reconnect({ timeouts: quick });
      const hrefs = fill(150);
      await account.collections();
      const done = new Set<string>();
      twin.switches.trouble = (seen) => {
        const kind = seen.method + seen.report;
        if (done.has(kind)) return undefined;
        done.add(kind);
        return trouble;
      };
      expect((await account.changes(contacts, undefined)).entries).toHaveLength(150);
      expect(await readAll(account, contacts, hrefs)).toHaveLength(150);
    });
    it.each(troubles.slice(0, 4))("gives up after %s without end", async (trouble) => {
      await reconnect({ timeouts: quick });
      fill(2);
      twin.switches.trouble = () => trouble;
      await expectError(account.changes(contacts, undefined), "unreachable");
    });
    it("survives a packed answer that breaks off", async () => {
      fill(200);
      twin.switches.gzip = true;
      twin.switches.trouble = () => "cut";
      await expectError(account.changes(contacts, undefined), "unreachable");
      twin.switches.trouble = undefined;
      expect((await account.changes(contacts, undefined)).entries).toHaveLength(200);
    });
    it("survives being stopped at any moment", async () => {
      const hrefs = fill(300);
      for (let i = 0; i < 40; i += 1) {
        const stop = new AbortController();
        const reading = (async () => {
          for await (const item of account.read(contacts, hrefs, stop.signal)) if (item.href === hrefs[i * 7]) return;
        })();
        setTimeout(() => stop.abort(new Error("enough")), i / 4);
        await reading.catch((error: unknown) => expect(error).toMatchObject({ message: "enough" }));
      }
      expect(await readAll(account, contacts, hrefs)).toHaveLength(300);
    });
    it.each(["reset", "hang"] as const)("does not know what became of a PUT after %s", async (trouble) => {
      await reconnect({ timeouts: quick });
      twin.switches.trouble = () => trouble;
      await expectError(account.create(contacts, "a.vcf", card("a")), "unreachable");
    });
    it("says unreachable when nobody listens", async () => {
      await twin.stop();
      await expectError(account.changes(contacts, undefined), "unreachable");
      await expectError(backend.login(anna), "unreachable");
    });
    it("takes its own PUT for no conflict when only the answer was lost", async () => {
      await account.collections(); // A kept connection, which the server then closes after the work.
      let lost = false;
      twin.switches.trouble = ({ method, path, body }) => {
        if (method !== "PUT" || lost) return undefined;
        lost = true;
        twin.shelves.get(contacts)?.put(path, body);
        return "reset";
      };
      const written = await account.create(contacts, "a.vcf", card("a"));
      expect(twin.shelves.get(contacts)?.items.get(written.href)?.etag).toBe(written.rev.slice(1, -1));
    });
    it("gives up at once when it is told to", async () => {
      twin.switches.trouble = () => "hang";
      const stop = new AbortController();
      const asking = account.collections(stop.signal);
      stop.abort(new Error("enough"));
      await expect(asking).rejects.toThrow("enough");
    });
    it("never has more connections of an account than allowed", async () => {
      const hrefs = fill(20);
      await reconnect({ socketsPerAccount: 2 });
      await Promise.all(hrefs.map((href) => readAll(account, contacts, [href])));
      expect(twin.connections).toBeLessThanOrEqual(3); // One of them is the first backend's.
    });
    it("never share a connection between accounts", async () => {
      await account.collections();
      await backend.login({ user: "anna", password: new Secret("wrong") }).catch(() => undefined);
      await account.collections();
      const logins = new Map(twin.seen.map((seen) => [seen.connection, new Set<string | undefined>()]));
      for (const seen of twin.seen) logins.get(seen.connection)?.add(seen.headers.authorization);
      expect(logins.size).toBeGreaterThan(1);
      expect([...logins.values()].every((one) => one.size === 1)).toBe(true);
    });
  });

  describe("requests", () => {
    it("carry the phone's address, and no cookies", async () => {
      twin.switches.trouble = ({ path }) =>
        path === "/dav/cal/anna/" ? { status: 207, headers: { "Set-Cookie": "session=anna" }, body: empty } : undefined;
      const other = await backend.login(anna, { client: "192.0.2.7" });
      // No home is empty of itself: the answer is not believed either.
      await expect(other.collections()).rejects.toMatchObject({ kind: "unreachable" });
      await expect(other.collections()).rejects.toMatchObject({ kind: "unreachable" });
      expect(twin.seen.every((seen) => seen.headers.cookie === undefined)).toBe(true);
      expect(twin.seen.every((seen) => seen.headers["x-forwarded-for"] === "192.0.2.7")).toBe(true);
    });
    it("follow redirects on the same server with method and body, and no others", async () => {
      const moved = (target: string) => (seen: Seen) =>
        seen.path === contacts ? { status: 308, headers: { Location: target } } : undefined;
      twin.switches.trouble = moved("http://192.0.2.1/elsewhere/");
      await expectError(account.changes(contacts, undefined), "unreachable");
      twin.switches.trouble = moved(contacts);
      await expectError(account.changes(contacts, undefined), "unreachable");
      let first = true;
      twin.switches.trouble = (seen) => {
        if (!first) return undefined;
        first = false;
        return moved(contacts)(seen);
      };
      expect((await account.changes(contacts, undefined)).full).toBe(true);
    });
    it("are few: one for a login known by name, one for an unchanged collection, one for a batch", async () => {
      const hrefs = fill(100);
      await account.collections();
      await getToKnow();
      twin.seen.length = 0;
      await backend.login(anna);
      const { cursor } = await account.changes(contacts, undefined);
      await account.changes(contacts, cursor);
      await readAll(account, contacts, hrefs);
      expect(methods()).toEqual([
        "PROPFIND propfind",
        "REPORT sync-collection",
        "REPORT sync-collection",
        "REPORT addressbook-multiget",
      ]);
    });
  });

  describe("the probe", () => {
    const both = [calendar, contacts];
    const cursorsNow = async (): Promise<Map<string, string>> => {
      const cursors = new Map<string, string>();
      for (const path of both) cursors.set(path, (await account.changes(path, undefined)).cursor);
      return cursors;
    };
    it("costs one request per home once it knows what belongs to the cursors", async () => {
      await getToKnow();
      const cursors = await cursorsNow();
      expect((await account.probe(both, cursors)).requests).toBe(4);
      const costs: number[] = [];
      for (let i = 0; i < 5; i += 1) costs.push((await account.probe(both, cursors)).requests);
      expect(costs).toEqual([2, 2, 2, 2, 2]);
    });
    it("sees what changed behind the server's back, and a server that came back from a backup", async () => {
      const cursors = await cursorsNow();
      for (const change of [() => fill(1), () => twin.shelves.get(contacts)?.remove(`${contacts}0.vcf`)]) {
        change();
        const { tags } = await account.probe(both, cursors);
        expect(tags.get(calendar)).toBe(cursors.get(calendar));
        expect(tags.get(contacts)).not.toBe(cursors.get(contacts));
      }
      const later = await cursorsNow();
      const shelf = twin.shelves.get(contacts);
      if (shelf) shelf.counter = 1;
      for (let i = 0; i < 3; i += 1) {
        expect((await account.probe(both, later)).tags.get(contacts)).not.toBe(later.get(contacts));
      }
    });
  });

  describe("discovery", () => {
    it.each([{ status: 404 }, { status: 405 }, { status: 200, body: "<html/>" }, { status: 207, body: "<html/>" }])(
      "goes on to the well-known address where the given one answers $status",
      async (answer) => {
        twin.switches.trouble = root(answer);
        const other = createDavBackend({ url: twin.url });
        expect((await other.login(anna)).user).toBe("/dav/principals/anna/");
        await other.close();
      },
    );
    it.each([401, 429, 503])("stops at a %i there", async (status) => {
      twin.switches.trouble = root({ status, headers: { "Retry-After": "60" } });
      const other = createDavBackend({ url: twin.url });
      await expectError(other.login(anna), status === 401 ? "auth" : "busy");
      await other.close();
    });
    it("says where a server sends it that it will not follow", async () => {
      twin.switches.trouble = () => ({ status: 301, headers: { Location: "https://cloud.example/dav/" } });
      const other = createDavBackend({ url: twin.url });
      expect((await expectError(other.login(anna), "unreachable")).message).toContain("https://cloud.example");
      await other.close();
    });
    it("takes nobody's principal for a refused login", async () => {
      const body =
        '<D:multistatus xmlns:D="DAV:"><D:response><D:href>/</D:href><D:propstat><D:prop><D:current-user-principal><D:unauthenticated/></D:current-user-principal></D:prop><D:status>HTTP/1.1 200 OK</D:status></D:propstat></D:response></D:multistatus>';
      twin.switches.trouble = () => ({ status: 207, body });
      const other = createDavBackend({ url: twin.url });
      await expectError(other.login(anna), "auth");
      await other.close();
    });
    it("reads addresses, the preferred one first, and the name", () => {
      expect(account.addresses).toEqual(["anna@example.org", "anna@second.example"]);
      expect(account.displayName).toBe("anna & co");
    });
  });

  describe("changes", () => {
    it("lets an error stand as an error, not as an emptied collection", async () => {
      fill(3);
      const { cursor } = await account.changes(contacts, undefined);
      twin.switches.trouble = ({ report }) => (report === "sync-collection" ? { status: 500 } : undefined);
      const listed = await account.changes(contacts, cursor).catch((error: unknown) => error);
      expect(listed).toBeInstanceOf(Error);
    });
  });

  describe("items", () => {
    it("come in order and whole, however large and however slowly they are taken", async () => {
      const shelf = twin.shelves.get(contacts);
      const hrefs = Array.from({ length: 8 }, (_, i) => `${contacts}large-${i}.vcf`);
      for (const href of hrefs) shelf?.put(href, card(`${href}\r\nNOTE:${"x".repeat(3_000_000)}`));
      const taken: string[] = [];
      for await (const item of account.read(contacts, hrefs.toReversed())) {
        expect(item.text.length).toBeGreaterThan(3_000_000);
        taken.push(item.href);
        await new Promise((resolve) => setImmediate(resolve));
      }
      expect(taken).toEqual(hrefs.toReversed());
    });
    it("come once where they are asked for twice", async () => {
      const [href = ""] = fill(1);
      expect(await readAll(account, contacts, [href, href])).toHaveLength(1);
    });
    it("that are larger than any item may be end the reading, and not the process", async () => {
      twin.shelves.get(contacts)?.put(`${contacts}huge.vcf`, card("x".repeat(33 * 1024 * 1024)));
      await expectError(readAll(account, contacts, [`${contacts}huge.vcf`]), "unreachable");
    });
    it("keep CRLF, markup and CDATA's end", async () => {
      const text = "BEGIN:VCALENDAR\r\nX:<b>&amp; ]]> 😀\r\nEND:VCALENDAR\r\n";
      twin.shelves.get(calendar)?.put(`${calendar}a.ics`, text);
      for (const cdata of [false, true]) {
        twin.switches.cdata = cdata;
        expect((await readAll(account, calendar, [`${calendar}a.ics`]))[0]?.text).toBe(text);
      }
    });
  });
});

/** An answer of the server's root only. */
const root = (answer: Trouble) => (seen: Seen) => (seen.path === "/" ? answer : undefined);

const empty = '<D:multistatus xmlns:D="DAV:"/>';

function card(uid: string): string {
  return ["BEGIN:VCARD", "VERSION:3.0", `UID:${uid}`, `FN:${uid}`, "END:VCARD", ""].join("\r\n");
}
