/** What the contract of mail backends does not say: how a real server is treated, and what it does meanwhile. */
import { readFile } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { createImapBackend, type ImapOptions } from "../../src/backends/imap/imap.ts";
import type { MailAccount, MailBackend } from "../../src/backends/mail.ts";
import { Secret } from "../../src/log.ts";
import { expectKind, known, message } from "../backends/mail-contract.ts";
import { type Dovecot, type DovecotOptions, startDovecot } from "../servers/dovecot.ts";

const anna = { user: "anna", password: new Secret("geheim") };

interface World {
  readonly server: Dovecot;
  readonly backend: MailBackend;
  readonly account: MailAccount;
  /** Another program of the same user. */
  readonly other: MailAccount;
  /** Names of the commands that the backend gave, in their order. */
  readonly commands: string[];
}

async function inWorld(
  given: DovecotOptions,
  options: Partial<ImapOptions>,
  play: (world: World) => Promise<void>,
): Promise<void> {
  const server = await startDovecot(given);
  const commands: string[] = [];
  const site = { host: server.host, port: server.port, security: "none" } as const;
  const backend = createImapBackend({ ...site, onCommand: ({ command }) => commands.push(command), ...options });
  const others = createImapBackend(site);
  try {
    const [account, other] = [await backend.login(anna), await others.login(anna)];
    await play({ server, backend, account, other, commands });
  } finally {
    await Promise.all([backend.close(), others.close()]);
    await server.stop();
  }
}

function world(play: (world: World) => Promise<void>): () => Promise<void> {
  return () => inWorld({}, {}, play);
}

function since(commands: readonly string[], count: number): readonly string[] {
  return commands.slice(count);
}

describe("the work on Dovecot", () => {
  it(
    "is the same for a folder of any size",
    world(async ({ account, other, commands }) => {
      const flags = Array.from({ length: 1_000 }, (_, index) => (index % 3 === 0 ? ["\\Seen"] : []));
      const names = [];
      for (const [index, one] of flags.entries())
        names.push(known(await other.append("INBOX", message(`m${index}`), one)));
      const first = await account.changes("INBOX", undefined);
      expect(first.entries).toHaveLength(1_000);
      // On another mailbox, so that nothing is known of this one.
      await account.changes("Sent", undefined);

      let before = commands.length;
      await account.changes("INBOX", first.cursor);
      expect(since(commands, before)).toEqual(["STATUS"]);

      await other.append("INBOX", message("new"), []);
      await other.flag("INBOX", names[3] ?? "", { add: ["\\Flagged"], remove: [] });
      await other.remove("INBOX", names.slice(10, 20));
      before = commands.length;
      const { full, entries, gone, cursor } = await account.changes("INBOX", first.cursor);
      expect(since(commands, before)).toEqual(["STATUS", "SELECT"]);
      expect({ full, entries: entries.length, gone: gone.length }).toEqual({ full: false, entries: 2, gone: 10 });

      before = commands.length;
      expect(await account.changes("INBOX", cursor)).toMatchObject({ full: false, entries: [], gone: [] });
      expect(since(commands, before)).toEqual(["SELECT"]);

      before = commands.length;
      const window = names.slice(100, 200);
      expect(await account.heads("INBOX", window)).toHaveLength(100);
      const wanted = window.map((href) => ({ href, path: "1", encoding: "7bit", octets: 200 }));
      expect(await account.texts("INBOX", wanted)).toHaveLength(100);
      expect(since(commands, before)).toEqual(["UID FETCH", "UID FETCH"]);
    }),
  );

  it(
    "is one login and one command when the folder was not looked at for long",
    world(async ({ account, commands }) => {
      expect(commands).toEqual(["LOGIN", "ENABLE"]);
      await account.changes("INBOX", undefined);
      await Promise.all([account.mailboxes(), account.changes("INBOX", undefined)]);
      expect(commands.filter((command) => command === "LOGIN").length).toBeLessThanOrEqual(2);
    }),
  );

  it(
    "texts that differ in size are not all fetched for every message",
    world(async ({ account, other, commands }) => {
      const large = message("large", [], "x".repeat(2_000_000));
      const a = known(await other.append("INBOX", large, []));
      const b = known(await other.append("INBOX", large, []));
      await account.changes("INBOX", undefined);
      const before = commands.length;
      const found = await account.texts("INBOX", [
        { href: a, path: "1", encoding: "7bit", octets: 2_000_000 },
        { href: b, path: "2", encoding: "7bit", octets: 2_000_000 },
      ]);
      expect(found.map(({ content }) => content.length)).toEqual([2_000_000, 0].slice(0, found.length));
      expect(since(commands, before)).toEqual(["UID FETCH", "UID FETCH"]);
    }),
  );
});

describe("connections to Dovecot", () => {
  it("are never more than allowed, however much is asked at once", () =>
    inWorld({ connectionsPerUser: 20 }, { connections: 3 }, async ({ account, other, commands }) => {
      const stop = await account.watch(() => {}, { sweepEvery: 60, onRefused: () => {} });
      const boxes = await Promise.all(
        Array.from({ length: 6 }, (_, index) => other.createMailbox(`B${index}`, undefined)),
      );
      const asked = Array.from({ length: 60 }, (_, index) => boxes[index % 6]?.path ?? "");
      await Promise.all(asked.map((path) => account.heads(path, ["1.1"])));
      // Logins are told of when they are done.
      await new Promise((resolve) => setTimeout(resolve, 1_000));
      expect(commands.filter((command) => command === "LOGIN").length).toBeLessThanOrEqual(3);
      // Who wants the same mailbox is served together: two connections select six of them.
      expect(commands.filter((command) => command === "SELECT").length).toBeLessThanOrEqual(8);
      stop();
    }));

  it("are fewer where the server allows fewer", () =>
    // The other program has one, and so has the watch: one is left.
    inWorld({ connectionsPerUser: 3 }, { connections: 5 }, async ({ account }) => {
      const stop = await account.watch(() => {}, { sweepEvery: 60, onRefused: () => {} });
      const found = await Promise.all(
        Array.from({ length: 12 }, (_, index) =>
          account.changes(["INBOX", "Sent", "Trash"][index % 3] ?? "", undefined),
        ),
      );
      expect(found).toHaveLength(12);
      stop();
    }));

  it("that the server has no room for are no wrong password", () =>
    inWorld({ connectionsPerUser: 2 }, {}, async ({ server }) => {
      const third = createImapBackend({ host: server.host, port: server.port, security: "none" });
      await expectKind("busy", third.login(anna));
      await third.close();
    }));

  it("are closed when nobody needs them, and opened again", () =>
    inWorld({}, { idleAfter: 50 }, async ({ account, commands }) => {
      await account.changes("INBOX", undefined);
      await new Promise((resolve) => setTimeout(resolve, 400));
      await account.changes("INBOX", undefined);
      expect(commands.filter((command) => command === "LOGIN")).toHaveLength(2);
    }));

  it(
    "see what came over another one since",
    world(async ({ account, other }) => {
      await account.changes("INBOX", undefined);
      const name = known(await other.append("INBOX", message("later"), []));
      expect((await account.heads("INBOX", [name])).map((head) => head.subject)).toEqual(["later"]);
      const second = known(await other.append("INBOX", message("later still"), []));
      await account.flag("INBOX", second, { add: ["\\Seen"], remove: [] });
      const third = known(await other.append("INBOX", message("last"), []));
      expect([...(await account.move("INBOX", [third], "Trash")).keys()]).toEqual([third]);
    }),
  );

  it(
    "that break are made anew for what only reads",
    world(async ({ server, account, other }) => {
      const { cursor } = await account.changes("INBOX", undefined);
      await server.restart();
      expect(await account.changes("INBOX", cursor)).toMatchObject({ full: false, entries: [] });
      await server.kill();
      await expectKind("unreachable", account.changes("INBOX", cursor));
      await expectKind("unreachable", account.mailboxes());
      await server.start();
      await vi.waitFor(() => account.mailboxes(), { timeout: 10_000, interval: 200 });
      await vi.waitFor(() => other.append("INBOX", message("after"), []), { timeout: 10_000, interval: 200 });
      expect((await account.changes("INBOX", cursor)).entries).toHaveLength(1);
    }),
  );
});

describe("waiting at Dovecot", () => {
  it(
    "NOTIFY tells of every mailbox within a second, over one connection",
    world(async ({ account, other, commands }) => {
      const news: string[] = [];
      const stop = await account.watch((path) => news.push(path), { sweepEvery: 3_600, onRefused: () => {} });
      const began = performance.now();
      await other.append("Archive", message("elsewhere"), []);
      await vi.waitFor(() => expect(news).toContain("Archive"), { timeout: 5_000, interval: 10 });
      expect(performance.now() - began).toBeLessThan(1_500);
      await other.append("INBOX", message("here"), []);
      await vi.waitFor(() => expect(news).toContain("INBOX"), { timeout: 5_000, interval: 10 });
      expect(commands.filter((command) => command === "LOGIN")).toHaveLength(2);
      stop();
    }),
  );

  it.each([[[]], [["NOTIFY"]]] as const)("tells of mailboxes made, renamed and deleted, without %j", (without) =>
    inWorld({ without }, {}, async ({ account, other }) => {
      let told = 0;
      const onMailboxes = () => {
        told += 1;
      };
      const stop = await account.watch(() => {}, { sweepEvery: 1, onRefused: () => {}, onMailboxes });
      const steps = [
        () => other.createMailbox("Made", undefined),
        () => other.renameMailbox("Made", "Renamed", undefined),
        () => other.removeMailbox("Renamed"),
      ];
      for (const step of steps) {
        const before = told;
        await step();
        await vi.waitFor(() => expect(told).toBeGreaterThan(before), { timeout: 5_000 });
      }
      stop();
    }),
  );

  it("NOTIFY tells of public mailboxes too", () =>
    inWorld({ namespaces: true }, {}, async ({ account, other }) => {
      const news: string[] = [];
      await other.createMailbox("News", "Public");
      const stop = await account.watch((path) => news.push(path), { sweepEvery: 3_600, onRefused: () => {} });
      await other.append("Public/News", message("for all"), []);
      await vi.waitFor(() => expect(news).toContain("Public/News"), { timeout: 5_000 });
      stop();
    }));

  it("without NOTIFY the others are asked", () =>
    inWorld({ without: ["NOTIFY"] }, {}, async ({ account, other, commands }) => {
      const news: string[] = [];
      const stop = await account.watch((path) => news.push(path), { sweepEvery: 1, onRefused: () => {} });
      const before = commands.length;
      await other.append("Archive", message("elsewhere"), []);
      await vi.waitFor(() => expect(news).toContain("Archive"), { timeout: 5_000 });
      expect(new Set(since(commands, before))).toEqual(new Set(["LIST"]));
      stop();
    }));

  it(
    "goes on after the server was away, and then everything is news",
    world(async ({ server, account }) => {
      const news: string[] = [];
      const refused: unknown[] = [];
      const stop = await account.watch((path) => news.push(path), {
        sweepEvery: 3_600,
        onRefused: (error) => refused.push(error),
      });
      await server.kill();
      await server.start();
      await vi.waitFor(
        () => expect(new Set(news)).toEqual(new Set(["INBOX", "Drafts", "Sent", "Trash", "Junk", "Archive"])),
        {
          timeout: 15_000,
        },
      );
      news.length = 0;
      const others = createImapBackend({ host: server.host, port: server.port, security: "none" });
      await (await others.login(anna)).append("Sent", message("after"), []);
      await vi.waitFor(() => expect(news).toContain("Sent"), { timeout: 5_000 });
      expect(refused).toEqual([]);
      stop();
      await others.close();
    }),
  );

  it(
    "ends when the password is no longer right",
    world(async ({ server, account }) => {
      const refused: unknown[] = [];
      await account.watch(() => {}, { sweepEvery: 3_600, onRefused: (error) => refused.push(error) });
      await server.restart(() => server.setPassword("anna", "anders"));
      await vi.waitFor(() => expect(refused).toHaveLength(1), { timeout: 15_000 });
      expect(refused).toMatchObject([{ name: "BackendError", kind: "auth" }]);
      await expectKind("auth", account.mailboxes());
      await expectKind(
        "auth",
        account.watch(() => {}, { sweepEvery: 1, onRefused: () => {} }),
      );
    }),
  );

  it(
    "is shared by all who wait, and ends with the last",
    world(async ({ account, other, commands }) => {
      const [one, two]: [string[], string[]] = [[], []];
      const options = { sweepEvery: 3_600, onRefused: () => {} };
      const [stopOne, stopTwo] = await Promise.all([
        account.watch((path) => one.push(path), options),
        account.watch((path) => two.push(path), options),
      ]);
      expect(commands.filter((command) => command === "LOGIN")).toHaveLength(2);
      stopOne();
      await other.append("INBOX", message("for two"), []);
      await vi.waitFor(() => expect(two).toContain("INBOX"), 5_000);
      expect(one).toEqual([]);
      stopTwo();
      const stopThree = await account.watch((path) => one.push(path), options);
      await other.append("INBOX", message("for three"), []);
      await vi.waitFor(() => expect(one).toContain("INBOX"), 5_000);
      stopThree();
    }),
  );
});

describe("a mailbox of Dovecot", () => {
  it(
    "that was deleted and made again is listed anew, and its old names are gone",
    world(async ({ account, other }) => {
      await other.createMailbox("Box", undefined);
      const old = known(await other.append("Box", message("old"), []));
      const { cursor } = await account.changes("Box", undefined);
      await other.removeMailbox("Box");
      await expectKind("gone", account.changes("Box", cursor));
      // UIDVALIDITY counts seconds.
      await new Promise((resolve) => setTimeout(resolve, 1_100));
      await other.createMailbox("Box", undefined);
      const fresh = known(await other.append("Box", message("new"), []));
      expect(fresh).not.toBe(old);
      const { full, entries } = await account.changes("Box", cursor);
      expect({ full, hrefs: entries.map(({ href }) => href) }).toEqual({ full: true, hrefs: [fresh] });
      expect(await account.heads("Box", [old])).toEqual([]);
      await expectKind("gone", account.part("Box", old, "1"));
      await expectKind("gone", account.flag("Box", old, { add: ["\\Seen"], remove: [] }));
      await account.remove("Box", [old]);
      expect((await account.changes("Box", undefined)).entries).toHaveLength(1);
    }),
  );

  it(
    "that is renamed keeps its messages' names and its cursor",
    world(async ({ account, other }) => {
      await other.createMailbox("Box", undefined);
      const name = known(await other.append("Box", message("kept"), []));
      const { cursor } = await account.changes("Box", undefined);
      await other.renameMailbox("Box", "Kasten", undefined);
      await expectKind("gone", account.changes("Box", cursor));
      expect(await account.changes("Kasten", cursor)).toMatchObject({ full: false, entries: [], gone: [] });
      expect(await account.heads("Kasten", [name])).toHaveLength(1);
    }),
  );

  it("in a shared or public namespace is told as such", () =>
    inWorld({ namespaces: true, users: { anna: "geheim", bob: "auch" } }, {}, async ({ server, account }) => {
      const own = createImapBackend({ host: server.host, port: server.port, security: "none" });
      const bob = await own.login({ user: "bob", password: new Secret("auch") });
      await bob.mailboxes();
      await account.createMailbox("Notices", "Public");
      const mailboxes = await account.mailboxes();
      expect(mailboxes.find(({ path }) => path === "Public/Notices")).toMatchObject({ shared: true, selectable: true });
      expect(mailboxes.find(({ path }) => path === "INBOX")).toMatchObject({ shared: false });
      await own.close();
    }));

  it("is at the top where the server has all of them in the inbox", () =>
    inWorld({ inInbox: true }, {}, async ({ account }) => {
      const made = await account.createMailbox("Größe 1", undefined);
      expect(made).toMatchObject({ path: "INBOX.Größe 1", name: "Größe 1", parent: undefined });
      const inner = await account.createMailbox("inner", made.path);
      expect(inner).toMatchObject({ path: "INBOX.Größe 1.inner", parent: made.path });
      await expectKind("refused", account.createMailbox("a.b", undefined));
      const mailboxes = await account.mailboxes();
      expect(mailboxes.find(({ use }) => use === "sent")).toMatchObject({ path: "INBOX.Sent", parent: undefined });
      expect(mailboxes.filter(({ parent }) => parent !== undefined)).toHaveLength(1);
    }));

  it("whose use only its name tells", () =>
    inWorld({ bare: true }, {}, async ({ account, other }) => {
      for (const name of ["Gesendet", "Sent Items", "Papierkorb", "Entwürfe", "Spam", "Archiv"]) {
        await other.createMailbox(name, undefined);
      }
      await other.createMailbox("Trash", "Archiv");
      const mailboxes = await account.mailboxes();
      const uses = Object.fromEntries(mailboxes.flatMap(({ use, path }) => (use === undefined ? [] : [[use, path]])));
      expect(uses).toEqual({
        inbox: "INBOX",
        sent: "Sent Items",
        trash: "Papierkorb",
        drafts: "Entwürfe",
        junk: "Spam",
        archive: "Archiv",
      });
    }));

  it("that is full is busy, and a message above the limit is too large", () =>
    inWorld({ quota: 20, extra: ["plugin {\n  quota_max_mail_size = 15K\n}"] }, {}, async ({ account }) => {
      await account.append("INBOX", message("fits", [], "x".repeat(12_000)), []);
      await expectKind("busy", account.append("INBOX", message("fits not", [], "x".repeat(12_000)), []));
      const { entries } = await account.changes("INBOX", undefined);
      expect(entries).toHaveLength(1);
    }));
});

describe("messages that nobody should send", () => {
  let server: Dovecot;
  let backend: MailBackend;
  let account: MailAccount;
  beforeAll(async () => {
    server = await startDovecot();
    backend = createImapBackend({ host: server.host, port: server.port, security: "none" });
    account = await backend.login(anna);
  });
  afterAll(async () => {
    await backend?.close();
    await server?.stop();
  });

  function nested(depth: number): Buffer {
    const open = Array.from({ length: depth }, (_, index) => [
      `Content-Type: multipart/mixed; boundary="b${index}"`,
      "",
      `--b${index}`,
    ]);
    const lines = [...open.flat(), "Content-Type: text/plain", "", "deep"];
    return Buffer.from(["Subject: nested", "MIME-Version: 1.0", ...lines, ""].join("\r\n"));
  }

  const many = Array.from({ length: 3_000 }, (_, index) => `--b\r\nContent-Type: text/plain\r\n\r\npart ${index}\r\n`);
  const parameters = Array.from({ length: 5_000 }, (_, index) => `; p${index}=${index}`).join("");
  const people = Array.from({ length: 10_000 }, (_, index) => `Person ${index} <p${index}@example.org>`).join(",\r\n ");

  it.each<readonly [string, Buffer]>([
    ["nested 95 deep", nested(95)],
    ["nested 3,000 deep", nested(3_000)],
    [
      "of 3,000 parts",
      message("parts", ["MIME-Version: 1.0", "Content-Type: multipart/mixed; boundary=b"], many.join("")),
    ],
    ["with 5,000 parameters", message("parameters", ["MIME-Version: 1.0", `Content-Type: text/plain${parameters}`])],
    ["to 10,000 people", message("people", [`Cc: ${people}`])],
    [
      "with parameters named as properties",
      message("names", ["Content-Type: text/plain; __proto__*0*=utf-8''x; constructor=y; __proto__=z"]),
    ],
    ["with a subject of a megabyte", message("x".repeat(1_000_000))],
    ["without a line end", Buffer.from("x".repeat(100_000))],
    ["of NULs", Buffer.concat([Buffer.from("Subject: nul\r\n\r\n"), Buffer.alloc(1_000)])],
    ["with bare carriage returns", Buffer.from("Subject: bare\rX: y\r\n\r\na\rb\rc")],
  ])("a message %s has a head, beside others, in time", async (_, raw) => {
    const plain = known(await account.append("INBOX", message("plain"), []));
    const name = await account.append("INBOX", raw, []).catch((error: unknown) => {
      // NUL is nothing that a literal may hold (RFC 9051 §4.3).
      if (raw.includes(0)) return undefined;
      throw error;
    });
    if (name === undefined) return;
    const began = performance.now();
    const found = await account.heads("INBOX", [name, plain]);
    expect(found.map(({ href }) => href)).toEqual([name, plain]);
    expect(performance.now() - began).toBeLessThan(5_000);
    expect(found[0]?.size).toBe(raw.length);
    let parts = 0;
    let deepest = 0;
    function walk(part: (typeof found)[number]["structure"], depth: number): void {
      parts += 1;
      deepest = Math.max(deepest, depth);
      for (const child of part.children) walk(child, depth + 1);
    }
    for (const head of found) walk(head.structure, 0);
    expect(parts).toBeLessThanOrEqual(1_002);
    expect(deepest).toBeLessThanOrEqual(32);
  });
});

describe("TLS", () => {
  it("is begun as configured, and nothing is sent without it", async () => {
    const server = await startDovecot();
    const ca = await readFile("test/fixtures/tls/cert.pem");
    const site = { host: "localhost", port: server.port };
    try {
      for (const options of [
        { ...site, port: server.tlsPort, security: "tls", ca },
        { ...site, security: "starttls", ca },
      ] as const) {
        const backend = createImapBackend(options);
        expect(await (await backend.login(anna)).mailboxes()).toHaveLength(6);
        await backend.close();
      }
      for (const options of [
        { ...site, port: server.tlsPort, security: "tls" },
        { ...site, security: "starttls" },
        { ...site, security: "tls", ca },
      ] as const) {
        const backend = createImapBackend({ ...options, timeouts: { connect: 1_000 } });
        await expectKind("unreachable", backend.login(anna));
        await backend.close();
      }
    } finally {
      await server.stop();
    }
  });
});
