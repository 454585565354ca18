/** What the doctor's phone finds, step by step, where all is well and where something is not. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import type { RequestListener } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Finding } from "../../src/cli/doctor/finding.ts";
import { answers, type PhoneWorldOptions, passesOn, phoneWorld, secret, startWeb } from "../cli/phone-world.ts";
import { isthmus } from "../cli/program.ts";
import { startTestGateway, type TestGateway } from "../gateway/start.ts";

const anna = "anna@example.org";
let gateway: TestGateway;
let folder: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "isthmus-as-phone-"));
  gateway = await startTestGateway({ memory: { users: { [anna]: secret, anna: secret } } });
});
afterAll(async () => {
  await gateway.end();
  rmSync(folder, { recursive: true, force: true });
});

/** Those of a level, as they are said. */
function said(findings: readonly Finding[], ...levels: readonly Finding["level"][]): string {
  return findings
    .filter(({ level }) => levels.length === 0 || levels.includes(level))
    .map(({ says, mend }) => (mend === undefined ? says : `${says} -> ${mend}`))
    .join("\n");
}

const usual = "https://autodiscover.example.org";
const path = "/autodiscover/autodiscover.xml";

describe("a phone that knows an address", () => {
  it("finds its server, syncs and waits", async () => {
    const hosts = { "https://example.org": answers(404), [usual]: passesOn(gateway.url) };
    const world = await phoneWorld({ hosts });
    const findings = await world.play(usual, anna);
    expect(said(findings, "bad", "advice")).toBe("");
    const all = said(findings);
    expect(all).toContain("https://example.org/autodiscover/autodiscover.xml answers 404: there is no Autodiscover");
    expect(all).toContain(`phones are told that their server is ${gateway.url}/Microsoft-Server-ActiveSync`);
    expect(all).toMatch(/name and password are taken; versions 2\.5, .*16\.1; \d+ commands/);
    expect(all).toMatch(/FolderSync in 16\.1 shows \d+ folders \(inbox, calendar, contacts\)/);
    for (const name of ["inbox", "calendar", "contacts"]) expect(all).toContain(`${name}: the first Sync is answered`);
    expect(all).toContain("a waiting request is kept for 0.1 s");
    expect(all).not.toContain(secret);
    expect(world.seen.map(({ url }) => url)).toEqual([`https://example.org${path}`, `${usual}${path}`]);
  });

  it("is one device, however often it is played", async () => {
    const world = await phoneWorld({ hosts: {} });
    const ids = [await world.play(gateway.url, "anna"), await world.play(gateway.url, "anna")].map(
      (findings) => /DOCTOR[0-9A-F]{20}/.exec(said(findings))?.[0],
    );
    expect(ids[0]).toBeDefined();
    expect(ids[0]).toBe(ids[1]);
  });

  it("goes on by the SRV record, at a host and a port of the domain", async () => {
    const host = "https://phones.example.org:8443";
    const services = { "_autodiscover._tcp.example.org": [{ host: "phones.example.org", port: 8443 }] };
    const world = await phoneWorld({ hosts: { [host]: passesOn(gateway.url) }, services });
    const findings = await world.play("https://phones.example.org:8443", anna);
    expect(said(findings, "bad", "advice")).toBe("");
    expect(said(findings, "note")).toContain("_autodiscover._tcp.example.org says phones.example.org:8443");
  });

  it("goes where plain HTTP sends it, if that is a host of the domain", async () => {
    const world = await phoneWorld({
      hosts: {
        "http://autodiscover.example.org": answers(302, { Location: `https://phones.example.org${path}` }),
        "https://phones.example.org": passesOn(gateway.url),
      },
    });
    expect(said(await world.play("https://phones.example.org", anna), "bad")).toBe("");
    expect(world.seen[0]).toMatchObject({ method: "GET", hasPassword: false });
  });

  it("goes on with the address that it is told instead", async () => {
    const body =
      '<Autodiscover xmlns="http://schemas.microsoft.com/exchange/autodiscover/responseschema/2006">' +
      '<Response xmlns="http://schemas.microsoft.com/exchange/autodiscover/mobilesync/responseschema/2006">' +
      "<Action><Redirect>anna@example.com</Redirect></Action></Response></Autodiscover>";
    const world = await phoneWorld({
      hosts: { "https://example.org": answers(200, {}, body), "https://example.com": passesOn(gateway.url) },
    });
    const findings = await world.play("https://example.org", anna);
    expect(said(findings, "note")).toContain("go on with the address anna@example.com");
    expect(said(findings, "bad")).toBe("");
    const circle = await phoneWorld({
      hosts: { "https://example.org": answers(200, {}, body.replace("anna@example.com", anna)) },
    });
    expect(said(await circle.play(gateway.url, anna), "bad")).toContain("one address stands for another");
  });

  it("is told that people have to type the server's name where nothing is found", async () => {
    const world = await phoneWorld({ hosts: {}, dns: [] });
    const findings = await world.play(gateway.url, "anna@example.net");
    expect(said(findings)).toContain("example.net is not in DNS: phones go on to the next");
    const passing = await phoneWorld({ hosts: {}, dns: ["example.org"] });
    // What was given has an Autodiscover, and no phone would look there.
    expect(said(await passing.play(gateway.url, anna), "advice")).toMatch(
      /Autodiscover works at 127\.0\.0\.1:\d+, where no phone looks by anna@example\.org -> add autodiscover\.example\.org/,
    );
    const none = await startWeb(
      passesOn(gateway.url, (incoming, outgoing) => {
        if (incoming.url?.startsWith("/autodiscover") !== true) return false;
        outgoing.writeHead(404).end();
        return true;
      }),
    );
    expect(said(await passing.play(none, anna), "advice")).toMatch(/phones find no server by anna@example\.org alone/);
  });

  it("says so where DNS gives no answer, and tries by itself", async () => {
    const world = await phoneWorld({ hosts: { [usual]: passesOn(gateway.url) }, isDnsDown: true });
    expect(said(await world.play(usual, anna), "bad")).toBe("");
  });
});

describe("what goes wrong on the way", () => {
  const cases: readonly (readonly [what: string, options: PhoneWorldOptions, expected: RegExp])[] = [
    [
      "the domain's own web server asks for a password",
      { hosts: { "https://example.org": answers(401), [usual]: (...given) => passesOn(gateway.url)(...given) } },
      /example\.org\/.* refuses name and password \(401\): some phones end here.* -> .*let it answer 404/,
    ],
    [
      "another schema is spoken",
      { hosts: { [usual]: answers(200, {}, error(601)) } },
      /knows no phones \(ErrorCode 601: No provider\)/,
    ],
    [
      "the request is not understood",
      { hosts: { [usual]: answers(200, {}, error(600)) } },
      /does not understand phones \(ErrorCode 600/,
    ],
    ["it is a page", { hosts: { [usual]: answers(200, {}, "<!DOCTYPE html><p>Hello") } }, /answers with a page/],
    ["it sends in a circle", { hosts: { [usual]: answers(302, { Location: path }) } }, /sends in a circle/],
    [
      "it sends to plain HTTP",
      { hosts: { [usual]: answers(302, { Location: `http://example.org${path}` }) } },
      /is no https/,
    ],
    [
      "the certificate is for another name",
      { hosts: { [usual]: answers(404) }, certificate: ["www.example.org"] },
      /is for www\.example\.org: phones refuse it -> have it issued for autodiscover\.example\.org/,
    ],
    [
      "nobody knows the authority",
      { hosts: { [usual]: answers(404) }, certificate: "unknown" },
      /the certificate of autodiscover\.example\.org comes/,
    ],
    ["nobody is there", { hosts: {}, dns: ["example.org"] }, /example\.org cannot be asked: nothing listens there/],
  ];
  it.each(cases)("is told: %s", async (_, options, expected) => {
    expect(said(await (await phoneWorld(options)).play(gateway.url, anna))).toMatch(expected);
  });

  it("is told: the certificate has expired, or ends soon", async () => {
    const world = await phoneWorld({ hosts: { [usual]: passesOn(gateway.url) } });
    expect(said(await world.play(usual, anna, { now: later(10) }), "bad")).toMatch(/has expired 8 days ago/);
    expect(world.seen).toEqual([]);
    expect(said(await world.play(usual, anna, { now: later(-10) }), "bad")).toMatch(/is valid from 20.* on only/);
  });

  it.each([
    ["DNS", { services: { "_autodiscover._tcp.example.org": [{ host: "evil.example", port: 443 }] } }],
    ["plain HTTP", { clear: answers(302, { Location: `https://evil.example${path}` }) }],
    ["the web server of the domain", { root: answers(307, { Location: `https://evil.example${path}` }) }],
  ] as readonly (readonly [
    string,
    { services?: PhoneWorldOptions["services"]; clear?: RequestListener; root?: RequestListener },
  ])[])(
    "sends no password to a host of others that %s names",
    async (_, { services = {}, clear = answers(404), root = answers(404) }) => {
      const world = await phoneWorld({
        hosts: {
          "https://example.org": root,
          "http://autodiscover.example.org": clear,
          "https://evil.example": passesOn(gateway.url),
        },
        services,
      });
      expect(said(await world.play(gateway.url, anna), "advice")).toMatch(
        /evil\.example is another host: .* -> to go on there, give https:\/\/evil\.example/,
      );
      expect(world.seen.filter(({ url }) => url.includes("evil"))).toEqual([]);
    },
  );
});

function error(code: number): string {
  return (
    '<Autodiscover xmlns="http://schemas.microsoft.com/exchange/autodiscover/responseschema/2006"><Response>' +
    `<Error Time="00:00:00.0000000" Id="1"><ErrorCode>${code}</ErrorCode><Message>No provider</Message></Error></Response></Autodiscover>`
  );
}

/** An ActiveSync server that answers these commands otherwise, each with its own; and has no Autodiscover. */
function instead(listeners: Readonly<Record<string, RequestListener>>): RequestListener {
  return passesOn(gateway.url, (incoming, outgoing) => {
    const { url = "", method = "", headers } = incoming;
    const command = method === "POST" ? (/Cmd=(\w+)/.exec(url)?.[1] ?? "") : method;
    const listener = url.startsWith("/autodiscover") ? answers(404) : listeners[command];
    const isMeant = listener !== undefined && (headers.authorization !== undefined || method === "POST");
    if (isMeant) listener(incoming, outgoing);
    return isMeant;
  });
}

describe("a server where", () => {
  const cases: readonly (readonly [what: string, listener: () => RequestListener, expected: RegExp])[] = [
    [
      "there is none",
      () => answers(404),
      /OPTIONS is answered with HTTP 404: there is no ActiveSync at this address -> let the proxy/,
    ],
    [
      "a page is",
      () => answers(200, {}, "Hello"),
      /OPTIONS is answered, but not by an ActiveSync server -> let the proxy pass/,
    ],
    ["the password is wrong", () => answers(401), /OPTIONS is answered with HTTP 401: name or password are refused/],
    [
      "the user is elsewhere",
      () => instead({ OPTIONS: answers(451, { "X-MS-Location": "https://there.example" }) }),
      /HTTP 451.*\(https:\/\/there\.example\) -> give that address/,
    ],
    ["the proxy reaches nobody", () => instead({ OPTIONS: answers(502) }), /HTTP 502: the proxy reaches no server/],
    [
      "versions are unknown",
      () => instead({ OPTIONS: answers(200, { "MS-ASProtocolVersions": "99.0" }) }),
      /speaks only 99\.0/,
    ],
    [
      "the device is blocked",
      () => instead({ FolderSync: answers(403) }),
      /FolderSync is answered with HTTP 403: this user or this device may not/,
    ],
    [
      "a policy is never enough",
      () => instead({ FolderSync: answers(449) }),
      /FolderSync is answered with HTTP 449: the server wants its policy accepted again/,
    ],
    [
      "a policy cannot be had",
      () => instead({ FolderSync: answers(449), Provision: answers(403) }),
      /wants a policy accepted, and then does not let the phone in \(.*HTTP 403/,
    ],
    [
      "Sync fails",
      () => instead({ Sync: answers(500) }),
      /Sync of the inbox is answered with HTTP 500: the server, or a proxy/,
    ],
    [
      "waits are cut",
      () => instead({ Ping: (_incoming, outgoing) => void outgoing.destroy() }),
      /a waiting request is cut after 0 s .*: there is no push.* -> .*proxy_read_timeout/,
    ],
    [
      "waits are cut by a proxy's 504",
      () => instead({ Ping: answers(504) }),
      /a waiting request is cut after 0 s \(HTTP 504\)/,
    ],
    [
      "headers are changed",
      () => instead({ FolderSync: answers(200, { "Content-Type": "text/html" }, "<p>") }),
      /strict phones mind \d+ of the answers' details: .*Content-Type/,
    ],
  ];
  it.each(cases)("%s is explained", async (_, listener, expected) => {
    const world = await phoneWorld({ hosts: {} });
    expect(said(await world.play(await startWeb(listener()), "anna"))).toMatch(expected);
  });

  it.each([
    [
      "a policy is asked for",
      { provisioning: "force" },
      /wants its policy accepted, and gives the key for it\nFolderSync/,
    ],
    ["new devices wait", { access: "quarantine" }, /an inbox and nothing else: .* -> let this device in/],
    [
      "new devices are turned away",
      { access: "block" },
      /FolderSync is refused with Status 129: .* -> let this device in/,
    ],
  ])("%s is told so, of our own gateway", async (_, devices, expected) => {
    const strict = await startTestGateway({ memory: { users: { anna: secret } }, settings: { devices } });
    const world = await phoneWorld({ hosts: {} });
    expect(said(await world.play(strict.url, "anna"))).toMatch(expected);
    await strict.end();
  });

  it("nobody is, is told so", async () => {
    const world = await phoneWorld({ hosts: {} });
    expect(said(await world.play("http://127.0.0.1:1", "anna"), "bad")).toMatch(
      /cannot be asked: nothing listens there/,
    );
    expect(said(await world.play("http://phones.example.org", "anna"), "bad")).toMatch(/is no https/);
    expect(world.seen).toEqual([]);
  });
});

describe("isthmus doctor --as-phone", () => {
  it("says what it finds, and that nothing is wrong", async () => {
    const args = ["doctor", "--as-phone", gateway.url, "anna", "--password-file", passwordFile(), "--wait", "1"];
    const { code, out, errors } = await isthmus(args).ended;
    expect([code, errors]).toEqual([0, ""]);
    expect(out).toMatch(/^ {8}anna is no mail address/);
    expect(out).toMatch(/^ok {6}phones are told that their server is http/m);
    expect(out).toMatch(/Nothing is wrong\.\n$/);
  });

  it("tells everything as JSON, and by its exit code that something is wrong", async () => {
    const args = ["doctor", "--as-phone", "http://127.0.0.1:1", "anna", "--password-file", passwordFile(), "--json"];
    const { code, out } = await isthmus(args).ended;
    expect(code).toBe(1);
    const told = JSON.parse(out) as { wrong: number; findings: readonly Finding[] };
    expect(told.wrong).toBe(1);
    expect(told.findings.at(-1)).toMatchObject({ level: "bad", mend: expect.any(String) });
    expect(out).not.toContain(secret);
  });

  it("refuses to go without a user's name", async () => {
    const { code, errors } = await isthmus(["doctor", "--as-phone", "https://phones.example.org"]).ended;
    expect([code, errors]).toEqual([2, expect.stringMatching(/needs the name of a user/)]);
  });
});

function passwordFile(): string {
  const file = join(folder, "password.txt");
  writeFileSync(file, `${secret}\n`);
  return file;
}

/** A clock that is so many days ahead. */
function later(days: number): () => number {
  return () => Date.now() + days * 86_400_000;
}
