import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ConfigError, checkConfig, readConfig } from "../src/config.ts";
import { mailServerAddress } from "../src/config-mail.ts";
import { Secret } from "../src/log.ts";

const server = { dav: { url: "https://cloud.example.org" } };
const least = { backends: [{ dav: { url: "https://cloud.example.org" } }] };
let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "isthmus-config-"));
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

function mistakesOf(document: unknown, environment: NodeJS.ProcessEnv = {}): readonly string[] {
  try {
    checkConfig(document, { environment, folder });
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.mistakes;
    throw error;
  }
}

describe("a configuration", () => {
  test("needs a backend and nothing else", () => {
    const config = checkConfig(least, { folder });
    expect(config.listen).toEqual({ host: "127.0.0.1", port: 8080, trustProxy: false, perAddress: 1_000 });
    expect(config.data).toBe(join(folder, "isthmus-data"));
    expect(config.push.heartbeat).toEqual({ min: 60, max: 3540 });
    expect(config.push.hook).toBeUndefined();
  });

  test("with many mistakes names them all, each with its path", () => {
    const mistakes = mistakesOf({
      listen: { port: 99_999, hots: "localhost" },
      zone: "Europe/Atlantis",
      backends: [{ dav: { url: "ftp://cloud.example.org" } }, { name: "Zwei!", domains: ["b.org"], dav: {} }],
      push: { heartbeat: { min: 900, max: 60 }, hook: { secret: "short" } },
    });
    const paths = mistakes.map((mistake) => mistake.split(":", 1)[0]);
    expect(new Set(paths)).toEqual(
      new Set([
        "listen.port",
        "listen",
        "zone",
        "backends.0.dav.url",
        "backends.1.name",
        "backends.1.dav",
        "push.heartbeat",
        "push.hook.secret",
      ]),
    );
    expect(mistakes.join("\n")).toContain("unknown setting hots");
    expect(mistakes.join("\n")).toContain("such as Europe/Berlin");
  });

  test.each([
    ["nothing at all", {}, /^backends:/],
    ["no backend", { backends: [] }, /^backends: at least one/],
    [
      "two backends of one name",
      { backends: [server, { ...server, domains: ["b.org"] }] },
      /^backends: two have one name/,
    ],
    ["two backends for everybody", { backends: [server, { ...server, name: "b" }] }, /^backends: two have no domains/],
    [
      "a login of no known form",
      { backends: [{ ...server, login: { at: "{usr}" } }] },
      /^backends\.0\.login\.at: only/,
    ],
    ["a list instead of settings", [], /^\(top\):/],
    ["a text instead of settings", "backends", /^\(top\):/],
    ["a hook without a secret", { ...least, push: { hook: {} } }, /^push\.hook: one of secret and secretFile/],
    [
      "a secret file that is not there",
      { ...least, push: { hook: { secretFile: "no" } } },
      /^push\.hook\.secretFile: /,
    ],
    [
      "a url beside both other addresses",
      {
        backends: [
          { dav: { url: "https://a.example", caldavUrl: "https://b.example", carddavUrl: "https://c.example" } },
        ],
      },
      /^backends\.0\.dav: url is asked for nothing/,
    ],
    ["proxies that are no addresses", { ...least, listen: { trustProxy: ["proxy"] } }, /^listen\.trustProxy:/],
    ["too wide a network", { ...least, listen: { trustProxy: ["10.0.0.0/33"] } }, /^listen\.trustProxy:/],
    ["no proxy at all in a row", { ...least, listen: { trustProxy: 0 } }, /^listen\.trustProxy: true, false, how many/],
    ["too few connections", { ...least, listen: { perAddress: 1 } }, /^listen\.perAddress:/],
    ["half of the TLS settings", { ...least, listen: { tls: { certFile: "a" } } }, /^listen\.tls\.keyFile:/],
  ])("with %s is refused", (_name, document, expected) => {
    expect(mistakesOf(document)).toEqual([expect.stringMatching(expected)]);
  });

  test("sees relative paths from its own folder", () => {
    const tls = { certFile: "cert.pem", keyFile: "/etc/key.pem", clients: { caFile: "ca.pem" } };
    const config = checkConfig({ ...least, data: "state", secretFile: "../s", listen: { tls } }, { folder });
    expect(config.data).toBe(join(folder, "state"));
    expect(config.secretFile).toBe(join(folder, "..", "s"));
    const clients = { caFile: join(folder, "ca.pem"), required: true, names: "any" };
    expect(config.listen.tls).toEqual({ certFile: join(folder, "cert.pem"), keyFile: "/etc/key.pem", clients });
  });

  test("reads the hook's secret from a file, and shows it to nobody", () => {
    writeFileSync(join(folder, "hook"), "0123456789abcdef0123\n");
    const { push } = checkConfig({ ...least, push: { hook: { secretFile: "hook" } } }, { folder });
    expect(push.hook?.secret.reveal()).toBe("0123456789abcdef0123");
    expect(JSON.stringify(push)).not.toContain("0123456789abcdef");
  });
});

describe("the environment", () => {
  test("beats the file, also inside lists and for settings of two words", () => {
    const config = checkConfig(
      { ...least, listen: { port: 1 } },
      {
        folder,
        environment: {
          ISTHMUS_LISTEN_PORT: "8443",
          ISTHMUS_LISTEN_TRUST_PROXY: "true",
          ISTHMUS_LISTEN_TLS_CERT_FILE: "/c.pem",
          ISTHMUS_LISTEN_TLS_KEY_FILE: "/k.pem",
          ISTHMUS_BACKENDS_0_DAV_URL: "https://other.example.org",
          ISTHMUS_BACKENDS_0_DOMAINS_0: "Example.ORG",
          ISTHMUS_PUSH_POLL_EVERY: "5",
          ISTHMUS_SECRET_FILE: "/run/secret",
        },
      },
    );
    expect(config.listen).toMatchObject({
      port: 8443,
      trustProxy: true,
      tls: { certFile: "/c.pem", keyFile: "/k.pem" },
    });
    expect(config.backends[0]).toMatchObject({ dav: { url: "https://other.example.org" }, domains: ["example.org"] });
    expect(config.push.pollEvery).toBe(5);
    expect(config.secretFile).toBe("/run/secret");
  });

  test("makes a list of a setting that was none", () => {
    const environment = { ISTHMUS_LISTEN_TRUST_PROXY_0: "10.0.0.0/8", ISTHMUS_LISTEN_TRUST_PROXY_1: "2001:db8::1" };
    const config = checkConfig({ ...least, listen: { trustProxy: true } }, { environment });
    expect(config.listen.trustProxy).toEqual(["10.0.0.0/8", "2001:db8::1"]);
  });

  test("leaves the document it was given alone", () => {
    const document = { backends: [{ dav: { url: "https://a.example" } }] };
    checkConfig(document, { environment: { ISTHMUS_BACKENDS_0_DAV_URL: "https://b.example" } });
    expect(document.backends[0]?.dav.url).toBe("https://a.example");
  });

  test("a secret of digits stays text", () => {
    const environment = { ISTHMUS_PUSH_HOOK_SECRET: "00123456789012345678" };
    expect(checkConfig(least, { environment }).push.hook?.secret.reveal()).toBe("00123456789012345678");
  });

  test("a misspelled setting is a mistake, not silence", () => {
    expect(mistakesOf(least, { ISTHMUS_LISTEN_PROT: "80" })).toEqual([
      "listen: unknown setting prot (set by ISTHMUS_LISTEN_PROT)",
    ]);
  });

  test.each([
    ["ISTHMUS_LISTEN_PORT", "http"],
    ["ISTHMUS_ZONE", "Europe/Atlantis"],
    ["ISTHMUS_ZONE_NAME", "Europe/Berlin"],
    ["ISTHMUS_BACKENDS_0_DAV_CALDAV_URL", "cloud.example.org"],
    ["ISTHMUS_LISTEN_TRUST_PROXY_0", "proxy.example.org"],
  ])("a mistake in %s names it", (name, value) => {
    const document = { ...least, zone: "UTC", listen: { trustProxy: false } };
    expect(mistakesOf(document, { [name]: value, ISTHMUS_LOG_LEVEL: "info" })).toEqual([
      expect.stringMatching(new RegExp(`\\(set by ${name}\\)$`)),
    ]);
  });

  test("what Kubernetes tells of a service called isthmus is no setting", () => {
    const environment = {
      ISTHMUS_SERVICE_HOST: "10.0.0.7",
      ISTHMUS_SERVICE_PORT_EAS: "80",
      ISTHMUS_PORT: "tcp://10.0.0.7:80",
      ISTHMUS_PORT_80_TCP_ADDR: "10.0.0.7",
    };
    expect(mistakesOf(least, environment)).toEqual([]);
  });
});

describe("a configuration file", () => {
  test.each([
    ["is not there", undefined, "cannot be read"],
    ["is no YAML", "listen: [", "is no YAML"],
    ["is empty", "", "backends"],
  ])("that %s is named with the reason", (name, text, expected) => {
    const file = join(folder, `${name.replaceAll(" ", "-")}.yaml`);
    if (text !== undefined) writeFileSync(file, text);
    expect(() => readConfig(file, {})).toThrow(ConfigError);
    expect(() => readConfig(file, {})).toThrow(file);
    expect(() => readConfig(file, {})).toThrow(expected);
  });
});

describe("the state section", () => {
  const stateOf = (state: unknown, environment: NodeJS.ProcessEnv = {}) =>
    checkConfig({ ...least, state }, { environment, folder }).state;
  const withRedis = (redis: unknown) => mistakesOf({ ...least, state: { redis } });

  test("is left out for the embedded store", () => {
    expect(checkConfig(least, { folder }).state).toEqual({});
    expect(stateOf({})).toEqual({});
  });

  test("takes one server, and keeps its password where it cannot be printed", () => {
    const { redis } = stateOf({ redis: { url: "rediss://isthmus:p%40ss@[::1]:6380/2" } });
    expect(redis).toMatchObject({
      site: { kind: "single", host: "::1", port: 6380, database: 2 },
      login: { user: "isthmus" },
      tls: {},
      prefix: "isthmus:",
    });
    expect(redis?.login.password?.reveal()).toBe("p@ss");
    expect(JSON.stringify(redis)).not.toContain("p@ss");
    expect(stateOf({ redis: { url: "redis://cache" } }).redis).toEqual({
      site: { kind: "single", host: "cache", port: 6379, database: 0 },
      login: {},
      prefix: "isthmus:",
    });
  });

  test("takes sentinels and clusters, with passwords from files and files for TLS", () => {
    writeFileSync(join(folder, "redis-password"), "geheim\n");
    const sentinel = { name: "mymaster", nodes: ["one", "[::1]:26380"], password: "other" };
    const { redis } = stateOf({ redis: { sentinel, passwordFile: "redis-password", tls: { caFile: "ca.pem" } } });
    expect(redis?.site).toMatchObject({
      kind: "sentinel",
      name: "mymaster",
      database: 0,
      nodes: [
        { host: "one", port: 26379 },
        { host: "::1", port: 26380 },
      ],
    });
    expect(redis?.site.kind === "sentinel" && redis.site.login.password?.reveal()).toBe("other");
    expect(redis?.login.password?.reveal()).toBe("geheim");
    expect(redis?.tls).toEqual({ caFile: join(folder, "ca.pem") });
    expect(stateOf({ redis: { cluster: ["a:7000", "b"], tls: true } }).redis).toMatchObject({
      site: { kind: "cluster", nodes: [{ port: 7000 }, { host: "b", port: 6379 }] },
      tls: {},
    });
  });

  test("comes from the environment too", () => {
    const environment = {
      ISTHMUS_STATE_REDIS_CLUSTER_0: "a:7000",
      ISTHMUS_STATE_REDIS_CLUSTER_1: "b:7000",
      ISTHMUS_STATE_REDIS_PASSWORD: "12345",
    };
    const { redis } = stateOf({}, environment);
    expect(redis?.site).toMatchObject({ nodes: [{ host: "a" }, { host: "b" }] });
    expect(redis?.login.password?.reveal()).toBe("12345");
  });

  test.each([
    ["no place", {}, /^state\.redis: one of url, sentinel and cluster/],
    ["two places", { url: "redis://a", cluster: ["b:1"] }, /^state\.redis: one of url/],
    ["another protocol", { url: "http://a" }, /^state\.redis\.url: a redis:/],
    ["a path that is no database", { url: "redis://a/zero" }, /^state\.redis\.url: the path/],
    ["a password that is not encoded", { url: "redis://:100%@a" }, /^state\.redis\.url: a % in user or password/],
    ["a node that is no address", { cluster: ["redis://a"] }, /^state\.redis\.cluster\.0: a host/],
    ["a port too high", { cluster: ["a:70000"] }, /^state\.redis\.cluster\.0: a port/],
    ["no nodes", { cluster: [] }, /^state\.redis\.cluster: at least one/],
    ["a database in a cluster", { cluster: ["a:1"], database: 1 }, /^state\.redis: a cluster has one/],
    ["two passwords", { url: "redis://:a@b", password: "c" }, /^state\.redis: the password is in the url and beside/],
    ["a password and a file of it", { url: "redis://b", password: "c", passwordFile: "d" }, /: one of password and/],
    ["a password file that is not there", { url: "redis://b", passwordFile: "no" }, /^state\.redis\.passwordFile: /],
    ["a certificate without its key", { url: "redis://b", tls: { certFile: "c" } }, /tls\.certFile and tls\.keyFile/],
    ["braces in the prefix", { url: "redis://b", prefix: "{a}" }, /^state\.redis\.prefix: /],
    ["a setting of no known name", { url: "redis://b", pasword: "c" }, /^state\.redis: unknown setting pasword/],
  ])("with %s is refused", (_, redis, mistake) => {
    const mistakes = withRedis(redis);
    expect(mistakes.join("\n")).toMatch(mistake);
    expect(mistakes.join("\n")).not.toContain(":a@");
  });
});

describe("where mail is", () => {
  const withServers = (servers: object) => ({ backends: [{ ...server, ...servers }] });

  test.each([
    ["imap://mail.example.org", { host: "mail.example.org", port: 143, security: "starttls" }],
    ["imaps://mail.example.org", { host: "mail.example.org", port: 993, security: "tls" }],
    ["imap://[::1]:1143", { host: "::1", port: 1143, security: "starttls" }],
  ])("is read from %s", (url, expected) => {
    const [set] = checkConfig(withServers({ imap: { url } }), { folder }).backends;
    expect(set?.imap && mailServerAddress(set.imap)).toEqual(expected);
  });

  test("passwords go in the clear only where that is said, and never against an address that says otherwise", () => {
    const [set] = checkConfig(withServers({ imap: { url: "imap://127.0.0.1", plain: true } }), { folder }).backends;
    expect(set?.imap && mailServerAddress(set.imap).security).toBe("none");
    const mistakes = mistakesOf(withServers({ smtp: { url: "smtps://mail.example.org", plain: true } }));
    expect(mistakes.join()).toMatch(/backends\.0\.smtp.*plain contradicts/);
  });

  test.each([
    "mail.example.org",
    "https://mail.example.org",
    "imap://anna:geheim@mail.example.org",
    "imap://mail.example.org/INBOX",
  ])("is not %s", (url) => {
    const mistakes = mistakesOf(withServers({ imap: { url } })).join();
    expect(mistakes).toContain("backends.0.imap.url");
    expect(mistakes).not.toContain("geheim");
  });

  test("what each server is given is the phone's unless it is said otherwise", () => {
    writeFileSync(join(folder, "master.txt"), "m4ster\nof all\n");
    const imap = { url: "imaps://a", credentials: { user: "{user}*gateway", passwordFile: "master.txt" } };
    const smtp = { url: "smtps://a", credentials: "own" };
    const [set] = checkConfig(withServers({ imap, smtp }), { folder }).backends;
    expect(set?.credentials.dav).toEqual({ user: "{user}", password: "same" });
    expect(set?.credentials.smtp).toEqual({ user: "{user}", password: "own" });
    expect(set?.credentials.imap.user).toBe("{user}*gateway");
    const password = set?.credentials.imap.password;
    expect(password instanceof Secret && password.reveal()).toBe("m4ster");
  });

  test.each([
    ["nobody checks", { dav: { ...server.dav, credentials: "own" } }, /^backends\.0: dav\.credentials or imap/],
    [
      "nobody checks mail either",
      { dav: { ...server.dav, credentials: "own" }, imap: { url: "imaps://a", credentials: "own" } },
      /^backends\.0: dav\.credentials or imap/,
    ],
    [
      "everybody would have one mailbox",
      { imap: { url: "imaps://a", credentials: { user: "boss", password: "own" } } },
      /^backends\.0\.imap\.credentials\.user: without \{user\}/,
    ],
    [
      "two passwords",
      { imap: { url: "imaps://a", credentials: { password: "own", passwordFile: "x" } } },
      /^backends\.0\.imap\.credentials: same, own, or/,
    ],
    [
      "a file that is not there",
      { imap: { url: "imaps://a", credentials: { passwordFile: "nowhere" } } },
      /^backends\.0\.imap\.credentials\.passwordFile: /,
    ],
    ["another placeholder", { imap: { url: "imaps://a", credentials: { user: "{domain}", password: "own" } } }, /imap/],
    [
      "a login that is none",
      { smtp: { url: "smtps://a", login: false, credentials: "own" } },
      /^backends\.0\.smtp: credentials are for a server/,
    ],
  ])("credentials are refused where %s", (_, servers, mistake) => {
    expect(mistakesOf(withServers(servers)).join("\n")).toMatch(mistake);
  });

  test("an authority's file is looked for beside the configuration", () => {
    const imap = { url: "imaps://mail.example.org", caFile: "authority.pem" };
    const [set] = checkConfig(withServers({ imap }), { folder }).backends;
    expect(set?.imap?.caFile).toBe(join(folder, "authority.pem"));
  });
});

describe("how phones find the gateway", () => {
  test("its address is an origin, and comes from the environment too", () => {
    const environment = { ISTHMUS_PUBLIC_URL: "https://phones.example.org/" };
    expect(checkConfig(least, { folder, environment }).publicUrl).toBe("https://phones.example.org");
    for (const publicUrl of ["phones.example.org", "https://a:b@phones.example.org", "https://example.org/eas"])
      expect(mistakesOf({ ...least, publicUrl })).toEqual([expect.stringMatching(/^publicUrl: the gateway's own/)]);
  });

  test("logins of addresses are pairs, or a file of them", () => {
    writeFileSync(
      join(folder, "addresses.txt"),
      "# who is who\n\nAnna.Schmidt@Example.org  anna\r\n info@example.org b o b \n",
    );
    const given = { "Anna.Schmidt@example.org": "anna", "info@example.org": "b o b" };
    for (const addresses of [given, "addresses.txt"]) {
      const [set] = checkConfig({ backends: [{ ...server, addresses }] }, { folder }).backends;
      expect(set?.addresses).toEqual(
        new Map([
          ["anna.schmidt@example.org", "anna"],
          ["info@example.org", "b o b"],
        ]),
      );
    }
  });

  test("each wrong line of the file is named", () => {
    writeFileSync(join(folder, "wrong.txt"), "a@b.org anna\nanna\nanna a@b.org\na@b.org bob\na@b.org anna\n");
    expect(mistakesOf({ backends: [{ ...server, addresses: "wrong.txt" }] })).toEqual([
      "backends.0.addresses: line 2 is no address and its login",
      "backends.0.addresses: line 3 is no address and its login",
      "backends.0.addresses: line 4: a@b.org has two logins",
    ]);
    expect(mistakesOf({ backends: [{ ...server, addresses: "nowhere.txt" }] }).join()).toMatch(
      /^backends\.0\.addresses: ENOENT/,
    );
  });

  test.each([
    ["neither place nor address", { domains: ["b.org"] }, /redirects\.0: one of url and address/],
    ["both", { domains: ["b.org"], url: "https://c.org", address: "{user}@c.org" }, /redirects\.0: one of/],
    ["no domain", { domains: [], url: "https://c.org" }, /redirects\.0\.domains/],
    ["a password would go in the clear", { domains: ["b.org"], url: "http://c.org" }, /redirects\.0\.url: an https/],
    ["another placeholder", { domains: ["b.org"], address: "{name}@c.org" }, /redirects\.0\.address: only \{user\}/],
    [
      "an address that it sends elsewhere itself",
      { domains: ["b.org", "c.org"], address: "{user}@C.org" },
      /redirects\.0\.address: c\.org is sent elsewhere itself/,
    ],
    ["a domain of our own", { domains: ["A.org"], url: "https://c.org" }, /redirects\.0\.domains: a\.org is one of/],
  ])("a redirect with %s is a mistake", (_, redirect, mistake) => {
    const backends = [{ ...server, domains: ["a.org"] }];
    expect(mistakesOf({ backends, autodiscover: { redirects: [redirect] } }).join("\n")).toMatch(mistake);
  });
});

describe("the journal", () => {
  const key = "0123456789abcdef0123456789abcdef";

  test("is off where it is left out, and has a key from the file or from a file of its own", () => {
    expect(checkConfig(least, { folder }).journal).toBeUndefined();
    const given = checkConfig({ ...least, journal: { key } }, { folder }).journal;
    expect([given?.key.reveal(), given?.days]).toEqual([key, 14]);
    writeFileSync(join(folder, "journal-key"), `${key}\n`);
    const read = checkConfig({ ...least, journal: { keyFile: "journal-key", days: 3 } }, { folder }).journal;
    expect([read?.key.reveal(), read?.days]).toEqual([key, 3]);
    expect(JSON.stringify(read)).not.toContain(key);
  });

  test("without a key, with a short one or with two is a mistake", () => {
    writeFileSync(join(folder, "short-key"), "short");
    for (const journal of [
      {},
      { key: "short" },
      { key, keyFile: "journal-key" },
      { keyFile: "short-key" },
      { keyFile: "none" },
    ])
      expect(mistakesOf({ ...least, journal })).toHaveLength(1);
  });
});

describe("the portal", () => {
  const hash = `$scrypt$ln=15,r=8,p=1$${"A".repeat(22)}$${"B".repeat(43)}`;
  const withAdmins = (admins: unknown) => ({ ...least, portal: { admins } });

  test("is there unless it is switched off, and has no administrator of itself", () => {
    expect(checkConfig(least, { folder }).portal).toEqual({ enabled: true, admins: [] });
    expect(checkConfig({ ...least, portal: { enabled: false } }, { folder }).portal.enabled).toBe(false);
  });

  test("takes administrators as the command prints them, the second factor from a file too", () => {
    writeFileSync(join(folder, "root.totp"), `${"JBSWY3DP".repeat(4)}\n`);
    const { portal } = checkConfig(withAdmins([{ name: "root", passwordHash: hash, totpSecretFile: "root.totp" }]), {
      folder,
    });
    expect(portal.admins).toMatchObject([{ name: "root", passwordHash: hash }]);
    expect(portal.admins[0]?.totp?.reveal()).toBe("JBSWY3DP".repeat(4));
    expect(JSON.stringify(portal)).not.toContain("JBSWY3DP");
    const environment = { ISTHMUS_PORTAL_ADMINS_0_NAME: "root", ISTHMUS_PORTAL_ADMINS_0_PASSWORD_HASH: hash };
    expect(checkConfig(least, { folder, environment }).portal.admins).toMatchObject([{ name: "root" }]);
  });

  test("refuses a password in the clear, a weak hash, a short secret, two of one name", () => {
    const paths = (admins: unknown) => mistakesOf(withAdmins(admins)).map((mistake) => mistake.split(":", 1)[0]);
    expect(paths([{ name: "root", password: "secret" }])).toContain("portal.admins.0");
    expect(paths([{ name: "root", passwordHash: "secret" }])).toEqual(["portal.admins.0.passwordHash"]);
    expect(paths([{ name: "root", passwordHash: hash.replace("15", "10") }])).toEqual(["portal.admins.0.passwordHash"]);
    expect(paths([{ name: "root", passwordHash: hash, totpSecret: "ABC" }])).toEqual(["portal.admins.0.totpSecret"]);
    expect(paths([{ name: "root", passwordHash: hash, totpSecretFile: "none" }])).toEqual([
      "portal.admins.0.totpSecretFile",
    ]);
    const one = { name: "root", passwordHash: hash };
    expect(paths([one, one])).toEqual(["portal.admins"]);
  });
});
