import { chmodSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Backend } from "../../src/backends/backend.ts";
import { createMemoryMailBackend } from "../../src/backends/memory/mail.ts";
import { createMemoryBackend, type MemoryCall, type MemoryOptions } from "../../src/backends/memory/memory.ts";
import { createMemorySubmitter } from "../../src/backends/memory/submission.ts";
import { type DiagnoseOptions, diagnose } from "../../src/cli/doctor/diagnose.ts";
import type { Finding } from "../../src/cli/doctor/finding.ts";
import { type Config, checkConfig } from "../../src/config.ts";
import { Secret, silentLog } from "../../src/log.ts";
import { startGateway } from "../../src/main.ts";
import { createServerLogins } from "../../src/server/server-logins.ts";
import { withMail } from "../../src/server/with-mail.ts";
import { createAuthority } from "../server/certificates.ts";
import { usualAccounts } from "../server/logins.ts";
import { startTwin, type Twin } from "../servers/dav-twin.ts";
import type { Seen } from "../servers/dav-twin-switches.ts";
import { createDoor, type Door } from "../servers/nextcloud-door.ts";
import { freePort } from "../servers/process.ts";
import { startRadicale } from "../servers/radicale.ts";
import { isthmus } from "./program.ts";

let folder: string;
let twin: Twin;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "isthmus-doctor-"));
  twin = await startTwin();
});

afterEach(async () => {
  await twin.stop();
  rmSync(folder, { recursive: true, force: true });
});

function configFor(url: string, settings: object = {}): Config {
  return checkConfig({ listen: { port: 0 }, data: "data", backends: [{ dav: { url } }], ...settings }, { folder });
}

function login(user = "anna", password = "geheim"): NonNullable<DiagnoseOptions["login"]> {
  return { user, password: new Secret(password) };
}

async function findings(config: Config, options: DiagnoseOptions = {}): Promise<readonly Finding[]> {
  const found: Finding[] = [];
  for await (const finding of diagnose(config, options)) found.push(finding);
  return found;
}

function bad(list: readonly Finding[]): readonly Finding[] {
  return list.filter(({ level }) => level === "bad");
}

function saying(list: readonly Finding[], pattern: RegExp): Finding {
  const found = list.find(({ says }) => pattern.test(says));
  if (!found) throw new Error(`nobody says ${pattern}:\n${list.map(({ says }) => says).join("\n")}`);
  return found;
}

describe("what phones may make", () => {
  test("is told, by the rights alone", async () => {
    const list = await findings(configFor(twin.url), { login: login() });
    expect(saying(list, /can make, rename and delete folders of every kind/).level).toBe("good");
    expect(twin.seen.filter(({ method }) => method.startsWith("MK"))).toEqual([]);
  });

  test("is nothing where the home does not grant it", async () => {
    twin.switches.closedHome = true;
    const list = await findings(configFor(twin.url), { login: login() });
    const told = saying(list, /can make no calendar, no task list, no notes, no address book/);
    expect(told).toMatchObject({ level: "advice" });
    expect(bad(list)).toEqual([]);
  });
});

describe("on a healthy server", () => {
  test("nothing is wrong, and each collection is told with its rights", async () => {
    const list = await findings(configFor(twin.url), { login: login() });
    expect(bad(list)).toEqual([]);
    expect(saying(list, /^anna logs in/).level).toBe("good");
    expect(saying(list, /^Calendar \(\/dav\/cal\/anna\/calendar\/\): calendar.*may be read and written/).level).toBe(
      "good",
    );
    expect(saying(list, /^Contacts .*address book/).level).toBe("good");
    expect(saying(list, /clocks .* agree/).level).toBe("good");
  });

  test("a real Radicale is recognised, and its hook advised", async () => {
    const radicale = await startRadicale();
    const list = await findings(configFor(radicale.url), { login: login(radicale.user, radicale.password) });
    await radicale.stop();
    expect(bad(list)).toEqual([]);
    expect(saying(list, /\(Radicale\) answers/).level).toBe("good");
    expect(saying(list, /asking every 20 s/).mend).toContain("[storage] hook");
  });

  test("every finding that is not good says what to do, and no finding tells a password", async () => {
    const secret = "0123456789abcdef-hook";
    const config = configFor(twin.url, { push: { hook: { secret } }, listen: { port: 0, host: "0.0.0.0" } });
    const list = await findings(config, { login: login("anna", "not-the-password") });
    expect(list.filter(({ level }) => level !== "good").length).toBeGreaterThan(0);
    for (const { level, mend } of list) if (level !== "good") expect(mend).toMatch(/\w/);
    expect(JSON.stringify(list)).not.toMatch(/not-the-password|abcdef-hook/);
  });
});

describe("the account", () => {
  test("a refused login is told as that", async () => {
    const list = await findings(configFor(twin.url), { login: login("anna", "wrong") });
    expect(saying(list, /the login anna is refused/).level).toBe("bad");
  });

  test.each<[string, (door: Door) => void, string, string, RegExp, RegExp]>([
    ["a wrong password", () => {}, "alice", "no", /the login alice is refused$/, /app password.*account name/],
    [
      "an app password with the mail address",
      () => {},
      "alice@example.org",
      "alice-app",
      /the login alice@example\.org is refused$/,
      /the mail address is taken with the login password only/,
    ],
    [
      "a login password where two factors are on",
      ({ accounts: { alice } }) => alice && Object.assign(alice, { twoFactors: true }),
      "alice",
      "alice-login",
      /takes app passwords only/,
      /Devices & sessions/,
    ],
    [
      "a disabled account",
      ({ accounts: { alice } }) => alice && Object.assign(alice, { disabled: true }),
      "alice",
      "alice-login",
      /the account alice is disabled/,
      /^occ user:enable alice$/,
    ],
    [
      "a lock-out",
      (door) => {
        for (let number = 0; number < 11; number += 1) door.trouble(seenWith(`s${number}:no`));
      },
      "alice",
      "alice-login",
      /takes no logins from this address now.*\(429\), for half an hour at most/,
      /^wait, or at once: occ security:bruteforce:reset/,
    ],
    [
      "maintenance",
      (door) => {
        door.maintenance = true;
      },
      "alice",
      "alice-login",
      /^the server is in maintenance/,
      /maintenance:mode --off/,
    ],
  ])("%s is told as that, with what to do", async (_name, prepare, user, password, says, mend) => {
    const door = createDoor({ accounts: usualAccounts(), inside: "geheim", now: Date.now });
    const server = await startTwin({ users: { alice: "geheim" }, switches: { trouble: (seen) => door.trouble(seen) } });
    prepare(door);
    const list = await findings(configFor(server.url), { login: login(user, password) });
    await server.stop();
    expect(saying(list, says)).toMatchObject({ level: "bad", mend: expect.stringMatching(mend) });
    expect(bad(list).filter((one) => !one.says.startsWith("http:"))).toHaveLength(1);
  });

  test("a login that takes long is told as that", async () => {
    const before = ({ method }: MemoryCall) => (method === "login" ? pause(200) : undefined);
    const backend = createMemoryBackend({ users: { anna: "geheim" }, before });
    const list = await findings(configFor("http://127.0.0.1:1/"), {
      login: login(),
      backends: new Map([["default", backend]]),
    });
    expect(saying(list, /takes 2\d\d ms to check this password/)).toMatchObject({
      level: "advice",
      mend: expect.stringContaining("app password"),
    });
  });

  test("a login is asked for as the configuration maps it", async () => {
    const backends = [{ dav: { url: twin.url }, login: { at: "{user}" } }];
    const list = await findings(configFor(twin.url, { backends }), { login: login("anna@example.org") });
    expect(saying(list, /^anna logs in/).level).toBe("good");
  });

  test("a login that no backend takes is told", async () => {
    const backends = [{ dav: { url: twin.url }, domains: ["example.org"] }];
    const list = await findings(configFor(twin.url, { backends }), { login: login("anna@elsewhere.example") });
    expect(saying(list, /no backend takes the login/).level).toBe("bad");
  });

  test("a server without sync-collection is told as slower", async () => {
    twin.switches.noSync = true;
    const list = await findings(configFor(twin.url), { login: login() });
    expect(saying(list, /^Calendar .*no sync-collection/).level).toBe("advice");
  });

  test("a collection that cannot be listed does not hide the others", async () => {
    twin.switches.trouble = ({ method, path }) => {
      return method === "REPORT" && path.includes("/cal/") ? { status: 500 } : undefined;
    };
    const list = await findings(configFor(twin.url), { login: login() });
    expect(saying(list, /^Calendar .*cannot be listed/).level).toBe("bad");
    expect(saying(list, /^Contacts .*items listed/).level).toBe("good");
  });

  test.each<[string, NonNullable<MemoryOptions["collections"]>, RegExp, Finding["level"]]>([
    ["no address book", [{ path: "c", name: "C", components: ["VEVENT"] }], /there is no address book/, "bad"],
    [
      "only a read-only calendar",
      [
        { path: "c", name: "C", components: ["VEVENT"], readOnly: true },
        { path: "b", name: "B", components: ["VCARD"] },
      ],
      /no calendar can be written/,
      "advice",
    ],
    [
      "a shared calendar",
      [{ path: "c", name: "C", components: ["VEVENT"], shared: true }],
      /shared by another/,
      "good",
    ],
  ])("with %s", async (_name, collections, expected, level) => {
    const list = await findings(configFor("http://127.0.0.1:1/"), { login: login(), backends: memory(collections) });
    expect(saying(list, expected).level).toBe(level);
  });
});

describe("the way to the server", () => {
  test("a closed port", async () => {
    const list = await findings(configFor(`http://127.0.0.1:${await freePort()}/`));
    expect(saying(list, /nothing listens there/)).toMatchObject({
      level: "bad",
      mend: expect.stringContaining("port"),
    });
  });

  test("https where the server speaks http", async () => {
    const list = await findings(configFor(twin.url.replace("http:", "https:")));
    expect(saying(list, /speaks no TLS/).mend).toContain("http://");
  });

  test("a server in maintenance", async () => {
    twin.switches.trouble = () => ({ status: 503 });
    expect(saying(await findings(configFor(twin.url)), /answers 503/).level).toBe("bad");
    twin.switches.trouble = () => ({ status: 503, body: "<s:exception>ServerMaintenanceMode</s:exception>" });
    expect(saying(await findings(configFor(twin.url)), /is in maintenance/).mend).toContain(
      "occ maintenance:mode --off",
    );
  });

  test.each([
    [30_000, "advice", /30 s behind/],
    [3_600_000, "bad", /3600 s behind/],
    [-3_600_000, "bad", /3600 s ahead/],
  ] as const)("a clock that is off by %i ms", async (skew, level, expected) => {
    const list = await findings(configFor(twin.url), { now: () => Date.now() + skew });
    const said = saying(list, /the clock of/);
    expect(said.level).toBe(level);
    // The header has whole seconds.
    const rounded = said.says.replace(/\b(29|31)\b/, "30").replace(/\b(3599|3601)\b/, "3600");
    expect(rounded).toMatch(expected);
  });

  test("a Nextcloud is advised about app passwords, lock-outs and its webhooks", async () => {
    const headers = { "WWW-Authenticate": 'Basic realm="Nextcloud", charset="UTF-8"' };
    twin.switches.trouble = (seen) => (seen.headers.authorization === undefined ? { status: 401, headers } : undefined);
    const list = await findings(configFor(twin.url), { login: login("anna", "wrong") });
    expect(saying(list, /is refused/).mend).toContain("app password");
    expect(saying(list, /app passwords/).level).toBe("advice");
    // The command is whole: our address stands in it.
    expect(saying(list, /locks out/).mend).toContain("occ config:app:set bruteForce whitelist_0 --value=127.0.0.1/32");
    expect(saying(list, /locks out/).mend).toContain("occ config:system:set trusted_proxies 0 --value=127.0.0.1,");
    expect(saying(list, /asking every/).mend).toContain("webhook_listeners");
  });
});

describe("phones' addresses", () => {
  test.each<[string, object, Finding["level"], RegExp]>([
    ["a proxy is not believed", {}, "advice", /X-Forwarded-For is not believed/],
    ["the nearest is believed", { trustProxy: true }, "good", /believed: its last element/],
    ["two are believed", { trustProxy: 2 }, "good", /believed: the last 2 elements/],
    ["some are believed", { trustProxy: ["10.0.0.0/8"] }, "good", /believed from 10\.0\.0\.0\/8/],
    ["anybody is believed", { trustProxy: true, host: "0.0.0.0" }, "advice", /from whoever connects/],
  ])("when %s", async (_name, listen, level, says) => {
    const list = await findings(configFor(twin.url, { listen: { port: 0, ...listen } }));
    expect(saying(list, says).level).toBe(level);
  });

  test("a limit for each address needs to know the addresses", async () => {
    const backends = [{ dav: { url: twin.url }, logins: { perClient: true } }];
    const blind = await findings(configFor(twin.url, { backends }));
    expect(saying(blind, /all come from the proxy's/)).toMatchObject({ level: "bad", mend: "set listen.trustProxy" });
    const seeing = await findings(configFor(twin.url, { backends, listen: { port: 0, trustProxy: true } }));
    expect(saying(seeing, /counted by the phone's address/).level).toBe("good");
  });

  test("a certificate that is about to end, that ended, or that is of another key, is told", async () => {
    const authority = createAuthority();
    const [first, second] = [authority.sign("phones.example.org"), authority.sign("phones.example.org")];
    const withTls = (tls: object) => configFor(twin.url, { listen: { port: 0, tls } });
    const at = (days: number) => () => Date.now() + days * 86_400_000;
    expect(saying(await findings(withTls(first)), /leaf1\.pem ends in 1 days/).level).toBe("advice");
    expect(saying(await findings(withTls(first), { now: at(3) }), /leaf1\.pem has expired/).level).toBe("bad");
    expect(saying(await findings(withTls(first), { now: at(-30) }), /leaf1\.pem and its key fit together/).level).toBe(
      "good",
    );
    const mixed = { certFile: first.certFile, keyFile: second.keyFile };
    expect(saying(await findings(withTls(mixed)), /cannot be used: .*key values mismatch/).level).toBe("bad");
    const absent = { ...first, certFile: "/nowhere/cert.pem" };
    expect(saying(await findings(withTls(absent)), /cannot be used: .*\/nowhere\/cert\.pem/).level).toBe("bad");
  });

  test("figures for everybody are told", async () => {
    const list = await findings(configFor(twin.url, { metrics: { host: "0.0.0.0" } }));
    expect(saying(list, /figures and health are told to whoever reaches 0\.0\.0\.0:9464/).level).toBe("advice");
  });
});

describe("files", () => {
  test("a data folder where nobody can make one, root included", async () => {
    const list = await findings({ ...configFor(twin.url), data: "/proc/isthmus/data" });
    expect(saying(list, /data folder .* cannot be made in \/proc/).level).toBe("bad");
  });

  test("a data folder and a secret that others can read", async () => {
    mkdirSync(join(folder, "data"));
    writeFileSync(join(folder, "data", "secret"), "x".repeat(40));
    chmodSync(join(folder, "data"), 0o755);
    chmodSync(join(folder, "data", "secret"), 0o644);
    const list = await findings(configFor(twin.url));
    expect(saying(list, /data folder .*can be read by other users \(755\)/).mend).toMatch(/^chmod 700 /);
    expect(saying(list, /secret .*can be read by other users \(644\)/).mend).toMatch(/^chmod 600 /);
  });

  test("a secret that is missing, or too short", async () => {
    const config = configFor(twin.url, { secretFile: "secret" });
    expect(saying(await findings(config), /secret file .*does not exist/).level).toBe("bad");
    writeFileSync(join(folder, "secret"), "short", { mode: 0o600 });
    expect(saying(await findings(config), /holds 5 octets/).level).toBe("bad");
  });

  test("a folder that does not exist yet is fine, and stays away", async () => {
    const list = await findings(configFor(twin.url));
    expect(saying(list, /is made at the first start/).level).toBe("good");
    expect(() => statSync(join(folder, "data"))).toThrow("ENOENT");
  });

  test("a store that is no store", async () => {
    mkdirSync(join(folder, "data"), { mode: 0o700 });
    writeFileSync(join(folder, "data", "state"), "not a folder");
    expect(saying(await findings(configFor(twin.url)), /state store .*cannot be opened/).level).toBe("bad");
  });
});

describe("beside a running gateway", () => {
  test("the store is left alone, and the change hook is tried", async () => {
    const listen = { port: await freePort() };
    const config = configFor(twin.url, { listen, push: { hook: { secret: "0123456789abcdef" } } });
    const gateway = await startGateway(config, { log: silentLog });
    try {
      const list = await findings(config);
      expect(bad(list)).toEqual([]);
      expect(saying(list, /open in a running gateway/).level).toBe("good");
      expect(saying(list, /takes the change hook/).level).toBe("good");
      const other = configFor(twin.url, { listen, push: { hook: { secret: "another-secret-0123" } } });
      expect(saying(await findings(other), /answers the change hook with 401/).level).toBe("bad");
    } finally {
      await gateway.stop();
    }
    expect(saying(await findings(config), /opens and closes/).level).toBe("good");
  });
});

describe("mail", () => {
  const servers = { imap: { url: "imaps://mail.example.org" }, smtp: { url: "smtps://mail.example.org" } };

  function withPasswords(mail: string, credentials: "same" | "own" = "same", more: object = servers) {
    const users = { anna: mail };
    const backend = createMemoryBackend({ users: { anna: "geheim" } });
    const imap = createMemoryMailBackend({ users });
    const config = checkConfig(
      {
        data: "data",
        backends: [{ dav: { url: twin.url }, ...more, ...(credentials === "own" ? ownPasswords : {}) }],
      },
      { folder },
    );
    const [set] = config.backends;
    if (!set) throw new Error("no backend");
    const logins = createServerLogins(set.credentials, undefined);
    const access = { logins, sealed: undefined, now: Date.now, log: silentLog };
    const joined = withMail(backend, { mail: imap, submitter: createMemorySubmitter({ users }) }, access);
    return findings(config, { login: login(), backends: new Map([["default", joined]]) });
  }
  const ownPasswords = {
    imap: { ...servers.imap, credentials: "own" },
    smtp: { ...servers.smtp, credentials: "own" },
  };

  test("is looked at where it is configured: mailboxes, and whether the server that sends takes the login", async () => {
    const list = await withPasswords("geheim");
    expect(bad(list)).toEqual([]);
    expect(saying(list, /imaps:.*6 mailboxes listed.*the inbox with 0 messages/).level).toBe("good");
    expect(saying(list, /smtps:.*takes the login/).level).toBe("good");
  });

  test("that refuses the login is told with what to do", async () => {
    const list = await withPasswords("another");
    expect(bad(list).map(({ says }) => says)).toEqual([
      "imaps://mail.example.org refuses the login",
      "smtps://mail.example.org refuses the login",
    ]);
    expect(bad(list)[0]?.mend).toMatch(/credentials/);
  });

  test("with passwords of its own is left alone", async () => {
    const list = await withPasswords("another", "own");
    expect(bad(list)).toEqual([]);
    expect(saying(list, /imap server wants a password of its own/).level).toBe("good");
    expect(saying(list, /smtp server wants a password of its own/).level).toBe("good");
  });

  test("that cannot be sent is advised about", async () => {
    const list = await withPasswords("geheim", "same", { imap: servers.imap });
    expect(saying(list, /phones cannot send mail/).level).toBe("advice");
  });
});

describe("isthmus doctor", () => {
  test("ends with 0 when nothing is wrong, and with 1 when something is", async () => {
    const config = join(folder, "isthmus.yaml");
    const password = join(folder, "password");
    writeFileSync(config, `listen: { port: 0 }\ndata: data\nbackends: [{ dav: { url: "${twin.url}" } }]\n`);
    writeFileSync(password, "geheim\n");
    const args = ["doctor", "--config", config, "--user", "anna", "--password-file", password];
    const good = await isthmus(args).ended;
    expect(good).toMatchObject({ code: 0, errors: "" });
    expect(good.out).toContain("Nothing is wrong.");
    writeFileSync(password, "wrong\n");
    const wrong = await isthmus(args).ended;
    expect(wrong).toMatchObject({ code: 1, errors: "" });
    expect(wrong.out).toMatch(/^WRONG {3}the login anna is refused\n {8}-> /m);
    expect(wrong.out).toContain("1 to mend.");
  });

  test("does not ask for a password where nobody can type one", async () => {
    const config = join(folder, "isthmus.yaml");
    writeFileSync(config, `backends: [{ dav: { url: "${twin.url}" } }]\n`);
    const ended = await isthmus(["doctor", "--config", config, "--user", "anna"]).ended;
    expect(ended).toMatchObject({ code: 2 });
    expect(ended.errors).toContain("--password-file");
  });
});

function seenWith(pair: string): Seen {
  const headers = { authorization: `Basic ${Buffer.from(pair).toString("base64")}` };
  return { method: "PROPFIND", path: "/", depth: "0", headers, body: "", connection: 0, report: "" };
}

function memory(collections: NonNullable<MemoryOptions["collections"]>): ReadonlyMap<string, Backend> {
  return new Map([["default", createMemoryBackend({ users: { anna: "geheim" }, collections })]]);
}
