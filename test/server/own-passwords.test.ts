/** Servers that do not take the phone's password: the user's second one, kept sealed, and a master's. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { createDevice, type Device } from "../../conformance/device/device.ts";
import { createMemoryMailBackend } from "../../src/backends/memory/mail.ts";
import { createMemoryBackend } from "../../src/backends/memory/memory.ts";
import { createMemorySubmitter } from "../../src/backends/memory/submission.ts";
import type { ServerCredentials, ServerName } from "../../src/config-credentials.ts";
import { StateError } from "../../src/errors.ts";
import { Secret, silentLog } from "../../src/log.ts";
import { createSealedPasswords } from "../../src/server/sealed-passwords.ts";
import { createServerLogins, type ServerLogin } from "../../src/server/server-logins.ts";
import { withMail } from "../../src/server/with-mail.ts";
import { createMemoryState } from "../../src/state/memory.ts";
import type { State } from "../../src/state/state.ts";
import { element, text } from "../../src/wire/element.ts";
import { isthmus } from "../cli/program.ts";
import { startTestGateway, type TestGateway } from "../gateway/start.ts";

const ends: (() => Promise<unknown> | void)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).toReversed()) await end();
});

const same: ServerCredentials = { user: "{user}", password: "same" };
const own: ServerCredentials = { user: "{user}", password: "own" };
const inbox = 2;
const calendar = 8;

interface WorldOptions {
  readonly credentials: Partial<Record<ServerName, ServerCredentials>>;
  /** Password by user at each server; they can be changed. */
  readonly dav?: Record<string, string>;
  readonly mail?: Record<string, string>;
  /** Milliseconds since 1970. */
  readonly now?: () => number;
}

async function startWorld({ credentials, dav, mail, now = Date.now }: WorldOptions) {
  const davUsers = dav ?? { anna: "phone" };
  const mailUsers = mail ?? { anna: "postbox" };
  const logins: string[] = [];
  const imap = createMemoryMailBackend({
    users: mailUsers,
    before: ({ user, method }) => void (method === "login" && logins.push(user)),
  });
  const submitter = createMemorySubmitter({ users: mailUsers });
  const state = createMemoryState(now);
  const sealed = createSealedPasswords(state, "test");
  const all = { dav: same, imap: same, smtp: same, ...credentials };
  const access = { logins: createServerLogins(all, sealed), sealed, now, log: silentLog };
  const backend = withMail(createMemoryBackend({ users: davUsers }), { mail: imap, submitter }, access);
  const servers = {
    name: "test",
    dav: { url: "http://127.0.0.1:9/" },
    imap: { url: "imaps://127.0.0.1" },
    smtp: { url: "smtps://127.0.0.1" },
  };
  const gateway = await startTestGateway({
    parts: { backends: new Map([["test", backend]]), state, now },
    settings: { backends: [servers] },
  });
  ends.push(() => gateway.end());
  for (const user of Object.keys(mailUsers)) {
    const box = await imap.login({ user, password: new Secret(mailUsers[user] ?? "") });
    await box.append("INBOX", Buffer.from(`Subject: for ${user}\r\nMessage-ID: <1@x>\r\n\r\nHello.\r\n`), []);
  }
  logins.length = 0;
  return { gateway, state, submitter, logins, davUsers, mailUsers };
}

async function ask(
  { url }: TestGateway,
  [method, path, body]: readonly [method: string, path: string, body?: unknown],
  login = "anna:phone",
) {
  const reply = await fetch(url + path, {
    method,
    headers: { Authorization: `Basic ${Buffer.from(login).toString("base64")}` },
    ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
  });
  return { status: reply.status, text: await reply.text(), headers: reply.headers };
}

const passwordsScope = { user: "(passwords) test" };

async function recordsOf(state: State): Promise<readonly (readonly [key: string, value: string])[]> {
  const records: (readonly [string, string])[] = [];
  for await (const record of state.scan(passwordsScope, "")) records.push(record);
  return records;
}

const enter = (gateway: TestGateway, server: string, password: string, login?: string) =>
  ask(gateway, ["PUT", `/passwords/${server}`, { password }], login).then(({ status }) => status);

function phone({ url }: TestGateway, login: { user?: string; password?: string } = {}): Device {
  const device = createDevice({ url, user: "anna", password: "phone", version: "14.1", queryForm: "plain", ...login });
  ends.push(async () => device.close());
  return device;
}

async function subjects(device: Device): Promise<readonly string[]> {
  await device.folderSync();
  const folder = device.folder(inbox);
  await device.sync(folder);
  return Array.from(device.items(folder).values(), ({ data }) =>
    data.flatMap((part) => (part.name === "Email:Subject" ? [text(part)] : [])).join(),
  );
}

describe("a mail server with a password of its own", () => {
  it("is there once the user has entered it, and calendars are before", async () => {
    const { gateway, submitter } = await startWorld({ credentials: { imap: own, smtp: own } });
    const device = phone(gateway);
    expect(await subjects(device)).toEqual([]);
    await device.sync(device.folder(calendar));
    expect((await ask(gateway, ["GET", "/passwords"])).text).toBe('{"imap":false,"smtp":false}\n');

    expect(await enter(gateway, "imap", "postbox")).toBe(204);
    expect(await subjects(device)).toEqual(["for anna"]);
    const mime = "From: anna@example.org\r\nTo: bob@example.org\r\nSubject: Hi\r\nMessage-ID: <2@x>\r\n\r\nHi.\r\n";
    const send = (id: string) =>
      device.send(
        "SendMail",
        element("ComposeMail:SendMail", [
          element("ComposeMail:ClientId", id),
          element("ComposeMail:Mime", Buffer.from(mime)),
        ]),
      );
    await send("1");
    expect(submitter.sent).toHaveLength(0);
    expect(await enter(gateway, "smtp", "postbox")).toBe(204);
    await device.folderSync();
    await send("2");
    expect(submitter.sent).toHaveLength(1);
    expect((await ask(gateway, ["GET", "/passwords"])).text).toBe('{"imap":true,"smtp":true}\n');
  });

  it("is kept so that the store does not tell it", async () => {
    const { gateway, state } = await startWorld({ credentials: { imap: own } });
    await enter(gateway, "imap", "postbox");
    const kept = await recordsOf(state);
    expect(kept).toHaveLength(1);
    for (const secret of ["postbox", "phone"])
      for (const form of [secret, Buffer.from(secret).toString("base64"), Buffer.from(secret).toString("hex")])
        expect(kept.join()).not.toContain(form);
  });

  it("opens with the phone's password alone, and for the account it was sealed for", async () => {
    const state = createMemoryState();
    const sealed = createSealedPasswords(state, "test");
    await sealed.seal("/anna/", "imap", new Secret("phone"), new Secret("postbox"));
    expect((await sealed.open("/anna/", "imap", new Secret("phone")))?.reveal()).toBe("postbox");
    expect(await sealed.open("/anna/", "smtp", new Secret("phone"))).toBeUndefined();
    await expect(sealed.open("/anna/", "imap", new Secret("Phone"))).rejects.toMatchObject({ kind: "busy" });
    // Bob, with the same password, in whose place somebody put Anna's.
    const [annas] = await recordsOf(state);
    await sealed.seal("/bob/", "imap", new Secret("phone"), new Secret("bobs"));
    const bobs = (await recordsOf(state)).find(([key]) => key !== annas?.[0]);
    await state.commit(passwordsScope, { put: new Map([[bobs?.[0] ?? "", annas?.[1] ?? ""]]) });
    await expect(sealed.open("/bob/", "imap", new Secret("phone"))).rejects.toMatchObject({ kind: "busy" });
  });

  it("asks for it again when the phone's was changed, and for nothing else", async () => {
    const { gateway, davUsers } = await startWorld({ credentials: { imap: own } });
    await enter(gateway, "imap", "postbox");
    const before = phone(gateway);
    expect(await subjects(before)).toEqual(["for anna"]);
    davUsers.anna = "changed";
    const device = phone(gateway, { password: "changed" });
    // The folder list is not cut down to what can be had now: the phone keeps its mail meanwhile.
    expect((await device.folderSync()).status).toBe(6);
    expect(await enter(gateway, "imap", "postbox", "anna:changed")).toBe(204);
    expect(await subjects(device)).toEqual(["for anna"]);
  });

  it("that refuses it is not asked again and again, and the phone is not told that its own is wrong", async () => {
    let now = Date.UTC(2026, 10, 23);
    const { gateway, mailUsers, logins } = await startWorld({ credentials: { imap: own }, now: () => now });
    await enter(gateway, "imap", "postbox");
    const device = phone(gateway);
    mailUsers.anna = "changed";
    logins.length = 0;
    for (let times = 0; times < 20; times += 1) {
      expect((await device.folderSync()).status).toBe(6);
      now += 2_000;
    }
    expect(logins).toHaveLength(1);
    expect(await enter(gateway, "imap", "changed")).toBe(204);
    expect(await subjects(device)).toEqual(["for anna"]);
  });

  it("is forgotten when the user says so", async () => {
    const { gateway } = await startWorld({ credentials: { imap: own } });
    await enter(gateway, "imap", "postbox");
    expect((await ask(gateway, ["DELETE", "/passwords/imap"])).status).toBe(204);
    expect((await ask(gateway, ["GET", "/passwords"])).text).toBe('{"imap":false}\n');
    expect(await subjects(phone(gateway))).toEqual([]);
  });

  it("is entered on the command line", async () => {
    const { gateway } = await startWorld({ credentials: { imap: own } });
    const folder = mkdtempSync(join(tmpdir(), "isthmus-passwords-"));
    ends.push(() => rmSync(folder, { recursive: true }));
    const file = (name: string, password: string) => {
      writeFileSync(join(folder, name), `${password}\n`);
      return join(folder, name);
    };
    const asked = ["--url", gateway.url, "--user", "anna", "--password-file", file("phone", "phone")];
    const run = (...more: string[]) => isthmus(["password", ...asked, ...more]).ended;
    expect(await run()).toMatchObject({ code: 0, out: "imap: not entered\n" });
    expect(await run("imap", "--own-password-file", file("wrong", "wrong"))).toMatchObject({ code: 1 });
    expect(await run("imap", "--own-password-file", file("own", "postbox"))).toMatchObject({ code: 0 });
    expect(await run()).toMatchObject({ code: 0, out: "imap: entered\n" });
    expect(await run("imap", "--remove")).toMatchObject({ code: 0 });
    expect(await run("smtp", "--remove")).toMatchObject({ code: 1 });
    expect(await run()).toMatchObject({ code: 0, out: "imap: not entered\n" });
  });
});

it("a store that was away for a moment keeps the password shut no longer than that", async () => {
  const users = { anna: "postbox" };
  let isAway = true;
  const logins = createServerLogins({ dav: same, imap: own, smtp: own }, undefined);
  const imap: ServerLogin = {
    ...logins.imap,
    isReady: async () => true,
    async credentials() {
      if (isAway) throw new StateError("unreachable", "the store is away");
      return { user: "anna", password: new Secret("postbox") };
    },
  };
  const access = { logins: { ...logins, imap }, sealed: undefined, now: Date.now, log: silentLog };
  const dav = createMemoryBackend({ users: { anna: "phone" } });
  const backend = withMail(dav, { mail: createMemoryMailBackend({ users }) }, access);
  ends.push(() => backend.close());
  const { mail } = await backend.login({ user: "anna", password: new Secret("phone") });
  await expect(mail?.mailboxes()).rejects.toBeInstanceOf(StateError);
  isAway = false;
  expect(await mail?.mailboxes()).toHaveLength(6);
});

describe("entering it", () => {
  it("takes nothing without the phone's login, and nothing that is wrong", async () => {
    const { gateway, logins } = await startWorld({ credentials: { imap: own } });
    const refused = await ask(gateway, ["PUT", "/passwords/imap", { password: "postbox" }], "anna:wrong");
    expect(refused.status).toBe(401);
    expect(refused.headers.get("www-authenticate")).toMatch(/^Basic/);
    expect((await fetch(`${gateway.url}/passwords`)).status).toBe(401);
    const wrong: readonly (readonly [number, readonly [string, string, unknown?]])[] = [
      [404, ["PUT", "/passwords/smtp", { password: "postbox" }]],
      [404, ["PUT", "/passwords/constructor", { password: "postbox" }]],
      [405, ["POST", "/passwords/imap", { password: "postbox" }]],
      [405, ["PUT", "/passwords", { password: "postbox" }]],
      [400, ["PUT", "/passwords/imap", "postbox"]],
      [400, ["PUT", "/passwords/imap", { password: "" }]],
      [400, ["PUT", "/passwords/imap", { password: 7 }]],
      [413, ["PUT", "/passwords/imap", { password: "x".repeat(9_000) }]],
    ];
    for (const [status, asked] of wrong) expect((await ask(gateway, asked)).status, asked.join(" ")).toBe(status);
    expect(logins).toEqual([]);
  });

  it("is no way to guess one", async () => {
    const { gateway, logins } = await startWorld({ credentials: { imap: own } });
    const told: number[] = [];
    for (let times = 0; times < 8; times += 1) told.push(await enter(gateway, "imap", `guess ${times}`));
    expect(told).toEqual([422, 422, 422, 422, 422, 503, 503, 503]);
    expect(logins).toHaveLength(5);
  });
});

describe("calendars with a password of their own", () => {
  const credentials = { dav: own };
  const mail = { anna: "phone", bob: "bobs" };

  it("make the account, once it is entered; the mail server checks the phone's", async () => {
    const dav = { anna: "app", bob: "app2" };
    const { gateway } = await startWorld({ credentials, dav, mail });
    const device = phone(gateway);
    expect((await device.folderSync()).reply.status).toBe(503);
    expect(await enter(gateway, "dav", "app2")).toBe(422);
    expect(await enter(gateway, "dav", "app")).toBe(204);
    expect(await subjects(device)).toEqual(["for anna"]);
    await device.sync(device.folder(calendar));
    // Theirs is refused from now on: the phone's own is right all the same.
    dav.anna = "changed";
    const another = phone(gateway);
    expect((await another.folderSync()).reply.status).not.toBe(401);
    expect(await enter(gateway, "dav", "changed")).toBe(204);
    expect(await subjects(another)).toEqual(["for anna"]);
  });

  it("that two share leave each their own mail", async () => {
    const shared: ServerCredentials = { user: "family", password: "own" };
    const { gateway } = await startWorld({ credentials: { dav: shared }, dav: { family: "app" }, mail });
    expect(await enter(gateway, "dav", "app")).toBe(204);
    expect(await enter(gateway, "dav", "app", "bob:bobs")).toBe(204);
    expect(await subjects(phone(gateway))).toEqual(["for anna"]);
    expect(await subjects(phone(gateway, { user: "bob", password: "bobs" }))).toEqual(["for bob"]);
  });
});

describe("a master's password", () => {
  const master: ServerCredentials = { user: "{user}*gateway", password: new Secret("master") };

  it("opens the mail of whoever logged in to the calendars", async () => {
    const { gateway, logins } = await startWorld({
      credentials: { imap: master, smtp: { user: "relay", password: new Secret("relay") } },
      mail: { "anna*gateway": "master", relay: "relay" },
    });
    expect(await subjects(phone(gateway))).toEqual(["for anna*gateway"]);
    expect(logins).toEqual(["anna*gateway"]);
    expect((await ask(gateway, ["GET", "/passwords"])).text).toBe("{}\n");
  });

  it("opens no other's by a name that is made for it", async () => {
    const { gateway, logins } = await startWorld({
      credentials: { imap: master },
      dav: { "boss*gateway": "phone" },
      mail: { "boss*gateway": "master", "boss*gateway*gateway": "master" },
    });
    expect((await phone(gateway, { user: "boss*gateway" }).folderSync()).status).toBe(6);
    expect(logins).toEqual([]);
  });
});
