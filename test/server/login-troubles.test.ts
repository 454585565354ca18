/** A server that takes no logins, an account that is disabled, a password that is revoked: each is told as what it is. */
import { setTimeout as pause } from "node:timers/promises";
import { describe, expect, it, onTestFinished } from "vitest";
import type { Device, Reply } from "../../conformance/device/device.ts";
import type { Version } from "../../src/schema/versions.ts";
import { createMemoryState } from "../../src/state/memory.ts";
import type { State } from "../../src/state/state.ts";
import { children, element } from "../../src/wire/element.ts";
import { startTestGateway } from "../gateway/start.ts";
import { card } from "../trouble/world.ts";
import { address, type LoginWorld, loginAt, loginWorld, statuses, usualAccounts, wrong } from "./logins.ts";

/** A Ping on the address book, as the raw answer. */
function wait(phone: Device, seconds = 60) {
  const folder = element("Ping:Folder", [element("Ping:Id", phone.folder(9).id), element("Ping:Class", "Contacts")]);
  const body = element("Ping:Ping", [element("Ping:HeartbeatInterval", seconds), element("Ping:Folders", [folder])]);
  return phone.send("Ping", body, { timeout: 20_000 });
}

function syncRequest(phone: Device) {
  const book = phone.folder(9);
  return element("AirSync:Sync", [
    element("AirSync:Collections", [
      element("AirSync:Collection", [
        element("AirSync:SyncKey", phone.key(book)),
        element("AirSync:CollectionId", book.id),
      ]),
    ]),
  ]);
}

async function ready(here: LoginWorld, user: string, password: string, more: object = {}): Promise<Device> {
  const phone = here.phone(user, password, more);
  await phone.folderSync();
  expect((await phone.sync(phone.folder(9))).status).toBe(1);
  return phone;
}

/** The Status of the whole command. */
function statusOf({ body }: Reply): string | undefined {
  const found = body && children(body).find(({ name }) => name.endsWith(":Status"));
  return typeof found?.content === "string" ? found.content : undefined;
}

function reasons({ lines }: LoginWorld): readonly unknown[] {
  return lines.flatMap(({ fields }) => fields.reason ?? []);
}

describe("a server that takes no logins now (429)", () => {
  it("is left alone for longer and longer, and the phones are told for how long", async () => {
    const here = await loginWorld();
    const { trouble } = here.door;
    const asked: number[] = [];
    let second = 0;
    here.door.trouble = () => {
      asked.push(second);
      return { status: 429 };
    };
    for (; second < 3_600; second += 10) {
      const { status, retryAfter } = await here.login("alice", "alice-app");
      expect(status).toBe(503);
      expect(retryAfter).toBeGreaterThan(0);
      here.pass(10);
    }
    // 60 s, and twice as long each time.
    expect(asked).toEqual([0, 60, 180, 420, 900, 1860]);
    here.door.trouble = trouble;
    here.pass(1_800);
    expect((await here.login("alice", "alice-app")).status).toBe(200);
  });

  it.each([
    ["seconds", () => "90", 90],
    ["a date", (now: number) => new Date(now + 90_000).toUTCString(), 90],
    ["far too long a time", () => "999999", 3_600],
  ])("is left alone as long as it says, in %s", async (_name, header, expected) => {
    const here = await loginWorld();
    const { trouble } = here.door;
    here.door.trouble = () => ({ status: 429, headers: { "Retry-After": header(Date.now()) } });
    expect((await here.login("alice", "alice-app")).status).toBe(503);
    here.door.trouble = trouble;
    const { status, retryAfter } = await here.login("bob", "bob-login");
    expect(status).toBe(503);
    expect(retryAfter).toBeGreaterThan(expected - 4);
    expect(retryAfter).toBeLessThanOrEqual(expected + 1);
    here.pass(expected + 2);
    expect((await here.login("bob", "bob-login")).status).toBe(200);
  });

  it("is not taken for a wrong password, and ends no wait", async () => {
    const here = await loginWorld({ settings: { push: { pollEvery: 1, heartbeat: { min: 2, max: 3540 } } } });
    const phone = await ready(here, "alice", "alice-app");
    const waiting = wait(phone, 4);
    here.door.trouble = () => ({ status: 429 });
    expect((await here.login("bob", "bob-login")).status).toBe(503);
    const asked = here.door.asked.length;
    expect((await here.login("carol", "carol-login")).status).toBe(503);
    expect(here.door.asked.length).toBe(asked);
    // Known logins go on: what they ask is answered by the server, and their folders stay.
    expect((await here.login("alice", "alice-app")).status).toBe(200);
    const reply = await waiting;
    expect(reply.status).toBe(200);
    expect(statuses(here)).not.toContain(401);
  });
});

describe("maintenance", () => {
  it("is told as 503 with a time, and nothing is lost by it", async () => {
    const here = await loginWorld();
    const phone = await ready(here, "alice", "alice-app");
    const keys = phone.folder(9);
    here.door.maintenance = true;
    here.pass(301);
    const asked = here.door.asked.length;
    for (let number = 0; number < 10; number += 1) {
      const { status, retryAfter } = await here.login("alice", "alice-app");
      expect(status).toBe(503);
      expect(retryAfter).toBeGreaterThan(0);
      expect(retryAfter).toBeLessThanOrEqual(15);
    }
    // One question, not three, and one for all of them.
    expect(here.door.asked.length).toBe(asked + 1);
    here.door.maintenance = false;
    here.pass(16);
    const synced = await phone.sync(keys);
    expect(synced.status).toBe(1);
    expect(synced.changes).toEqual([]);
    expect(reasons(here)).toContainEqual(expect.stringContaining("maintenance mode"));
  });

  it("is left alone by waits as long as it says, and they hear of what came after", async () => {
    const here = await loginWorld({ settings: { push: { pollEvery: 1 } } });
    const phone = await ready(here, "alice", "alice-app");
    const waiting = wait(phone);
    await expect.poll(() => here.gateway.hub.waiting).toBe(1);
    here.door.retryAfter = "3";
    here.door.maintenance = true;
    const refusals = () => statuses(here).filter((status) => status === 503).length;
    await expect.poll(refusals, { timeout: 5_000 }).toBe(1);
    await pause(2_900);
    expect(refusals()).toBe(1);
    here.door.maintenance = false;
    const path = "/dav/card/alice/contacts/";
    here.twin.shelves.get(path)?.put(`${path}x.vcf`, card("x"));
    expect(statusOf(await waiting)).toBe("2");
  });

  it("is believed for as long as it says", async () => {
    const here = await loginWorld();
    here.door.maintenance = true;
    here.door.retryAfter = "200";
    expect((await here.login("alice", "alice-app")).retryAfter).toBe(200);
    here.pass(190);
    expect((await here.login("alice", "alice-app")).retryAfter).toBe(10);
    expect(here.door.asked).toHaveLength(1);
  });
});

describe("a disabled account", () => {
  const disabled = () => ({
    ...usualAccounts(),
    alice: { ...usualAccounts().alice, appPasswords: new Set<string>(), disabled: true },
  });

  it.each<[Version, number]>([
    ["2.5", 403],
    ["12.1", 403],
    ["14.0", 200],
    ["16.1", 200],
  ])("is final in %s: HTTP %i", async (version, expected) => {
    const here = await loginWorld({ accounts: disabled() });
    const phone = here.phone("alice", "alice-login", { version, polite: false });
    const reply = await phone.send(
      "FolderSync",
      element("FolderHierarchy:FolderSync", [element("FolderHierarchy:SyncKey", "0")]),
    );
    expect(reply.status).toBe(expected);
    if (expected === 200) expect(statusOf(reply)).toBe("131");
    expect((await here.login("alice", "alice-login")).status).toBe(403);
    // Asked once, and not again and again as if the server were away.
    expect(statuses(here)).toEqual([503]);
    expect(reasons(here)).toContainEqual(expect.stringContaining("the account is disabled"));
  });

  it("costs nobody else anything, and works again when it is enabled", async () => {
    const here = await loginWorld({ accounts: disabled(), logins: { refusals: 1 } });
    expect((await here.login("alice", "alice-login")).status).toBe(403);
    expect((await here.login("bob", "bob-login")).status).toBe(200);
    const { alice } = here.door.accounts;
    if (alice) alice.disabled = false;
    here.pass(61);
    expect((await here.login("alice", "alice-login")).status).toBe(200);
  });

  it("that was disabled in the middle of a wait ends the wait, and is told", async () => {
    const here = await loginWorld({ settings: { push: { pollEvery: 1 } } });
    const phone = await ready(here, "alice", "alice-app");
    const waiting = wait(phone);
    await expect.poll(() => here.gateway.hub.waiting).toBe(1);
    const { alice } = here.door.accounts;
    if (alice) alice.disabled = true;
    const reply = await waiting;
    expect(reply.status).toBe(200);
    expect(statusOf(reply)).toBe("131");
  });
});

describe("two factors", () => {
  it("refuse a login password, and the log says why", async () => {
    const accounts = usualAccounts();
    const here = await loginWorld({
      accounts: { ...accounts, alice: { ...accounts.alice, appPasswords: new Set(["alice-app"]), twoFactors: true } },
    });
    expect((await here.login("alice", "alice-login")).status).toBe(401);
    expect(reasons(here)).toContainEqual(expect.stringContaining("only app passwords are taken"));
    expect((await here.login("alice", "alice-app")).status).toBe(200);
  });
});

describe("a revoked password", () => {
  const twoPasswords = () => ({
    alice: { loginPassword: "alice-login", appPasswords: new Set(["phone", "tablet"]), address: "alice@example.org" },
  });

  it("ends exactly the waits that came with it, at once, and is not tried again", async () => {
    const here = await loginWorld({ accounts: twoPasswords(), settings: { push: { pollEvery: 1 } } });
    const tablet = await ready(here, "alice", "tablet");
    const tabletWaits = wait(tablet);
    await expect.poll(() => here.gateway.hub.waiting).toBe(1);
    // The same password on two phones, verified at different times.
    const [phone, second] = [await ready(here, "alice", "phone"), await ready(here, "alice", "phone")];
    const phoneWaits = wait(phone);
    await expect.poll(() => here.gateway.hub.waiting).toBe(2);
    here.pass(301);
    await second.options();
    const secondWaits = wait(second);
    await expect.poll(() => here.gateway.hub.waiting).toBe(3);

    here.door.accounts.alice?.appPasswords.delete("phone");
    expect((await phoneWaits).status).toBe(401);
    expect((await secondWaits).status).toBe(401);
    expect(wrong(here)).toBe(1);
    // A new request asks whether it is so, and then it is known.
    for (let number = 0; number < 5; number += 1) expect((await here.login("alice", "phone")).status).toBe(401);
    expect(wrong(here)).toBe(2);

    // The other goes on: it hears of a change.
    expect(here.gateway.hub.waiting).toBe(1);
    const book = here.twin.shelves.get("/dav/card/alice/contacts/");
    book?.put(
      "/dav/card/alice/contacts/x.vcf",
      "BEGIN:VCARD\r\nVERSION:3.0\r\nUID:x\r\nFN:X\r\nN:X;;;;\r\nEND:VCARD\r\n",
    );
    const woken = await tabletWaits;
    expect(woken.status).toBe(200);
    expect(statusOf(woken)).toBe("2");
  });

  it("that another request met is not tried by a wait", async () => {
    const here = await loginWorld({ accounts: twoPasswords(), settings: { push: { pollEvery: 1 } } });
    const [phone, second] = [await ready(here, "alice", "phone"), await ready(here, "alice", "phone")];
    const waiting = wait(second);
    await expect.poll(() => here.gateway.hub.waiting).toBe(1);
    const { trouble } = here.door;
    // The probe of the wait gets no answer until the Sync has got its own.
    here.door.trouble = (seen) => (seen.method === "PROPFIND" ? { status: 502 } : trouble(seen));
    here.door.accounts.alice?.appPasswords.delete("phone");
    // For a second it is answered by what the wait has just seen.
    const sync = async () => (await phone.send("Sync", syncRequest(phone))).status;
    await expect.poll(sync, { timeout: 5_000 }).toBe(401);
    here.door.trouble = trouble;
    expect((await waiting).status).toBe(401);
    expect(wrong(here)).toBe(1);
  });

  it("is dropped at the first 401 to any request", async () => {
    const here = await loginWorld({ accounts: twoPasswords() });
    const phone = await ready(here, "alice", "phone");
    here.door.accounts.alice?.appPasswords.delete("phone");
    const sync = () => phone.send("Sync", syncRequest(phone));
    expect((await sync()).status).toBe(401);
    expect(wrong(here)).toBe(1);
    expect((await sync()).status).toBe(401);
    expect((await here.login("alice", "phone")).status).toBe(401);
    expect(wrong(here)).toBe(2);
    expect((await here.login("alice", "tablet")).status).toBe(200);
  });
});

describe("a 401 that means nothing", () => {
  it("is not held against the login, nor against anybody else", async () => {
    const here = await loginWorld({ logins: { refusals: 2 } });
    const phone = await ready(here, "alice", "alice-app");
    const { trouble } = here.door;
    for (let round = 0; round < 5; round += 1) {
      here.door.trouble = (seen) => (seen.path.includes("/card/") ? { status: 401 } : trouble(seen));
      expect((await phone.send("Sync", syncRequest(phone))).status).toBe(401);
      here.door.trouble = trouble;
      expect((await phone.sync(phone.folder(9))).status).toBe(1);
    }
    expect((await here.login("bob", "bob-login")).status).toBe(200);
  });
});

describe("a mail address as the name", () => {
  it("works with an app password once it has worked with the login password, at one question each", async () => {
    const here = await loginWorld();
    expect((await here.login("alice@example.org", "alice-login")).status).toBe(200);
    expect((await here.login("alice@example.org", "alice-app")).status).toBe(200);
    expect(wrong(here)).toBe(0);
    // A wrong password is still one question.
    expect((await here.login("alice@example.org", "guess")).status).toBe(401);
    expect(wrong(here)).toBe(1);
    // The name is remembered beyond this process, and by all nodes.
    const other = await here.another({ state: here.gateway.state });
    const reply = await fetch(`${other.url}/Microsoft-Server-ActiveSync`, {
      method: "OPTIONS",
      headers: { Authorization: `Basic ${btoa("Alice@Example.org:alice-app")}` },
    });
    expect(reply.status).toBe(200);
    expect(wrong(here)).toBe(1);
  });

  it("is not called wrong while the store, which knows the name, is away", async () => {
    const memory = createMemoryState(Date.now);
    let isAway = false;
    const away = () => Promise.reject(new Error("away"));
    const state = {
      ...memory,
      read: (...asked: Parameters<State["read"]>) => (isAway ? away() : memory.read(...asked)),
    };
    const here = await loginWorld({ parts: { state } });
    expect((await here.login("alice@example.org", "alice-login")).status).toBe(200);
    const other = await here.another({ state });
    isAway = true;
    expect((await loginAt(other.url, "alice@example.org", "alice-app")).status).toBe(503);
    expect((await loginAt(other.url, "bob", "guess")).status).toBe(401);
    isAway = false;
    expect((await loginAt(other.url, "alice@example.org", "alice-app")).status).toBe(200);
  });

  it("is asked for as it was typed when the name is somebody else's by now", async () => {
    const here = await loginWorld();
    expect((await here.login("alice@example.org", "alice-login")).status).toBe(200);
    here.door.accounts.alice = { loginPassword: "alice-login", appPasswords: new Set() };
    here.door.accounts.bob = { loginPassword: "bob-login", appPasswords: new Set(), address: "alice@example.org" };
    expect((await here.login("alice@example.org", "bob-login")).status).toBe(401);
    here.pass(61);
    expect((await here.login("alice@example.org", "bob-login")).status).toBe(200);
    expect(wrong(here)).toBe(1);
  });

  it("is left alone where the server takes nothing else", async () => {
    const here = await loginWorld();
    const { trouble } = here.door;
    here.door.trouble = (seen) => {
      const login = Buffer.from(seen.headers.authorization?.slice(6) ?? "", "base64").toString();
      if (login.startsWith("alice@")) return trouble(seen);
      here.door.asked.push({ login: "", password: "", client: "", status: 401 });
      return { status: 401 };
    };
    for (let number = 0; number < 3; number += 1) {
      expect((await here.login("alice@example.org", "alice-login")).status).toBe(200);
      here.pass(301);
    }
    expect(wrong(here)).toBe(1);
  });
});

describe("the account", () => {
  it("is one, however the login is typed", async () => {
    const here = await loginWorld();
    const deviceId = "0123456789ABCDEF";
    const first = here.phone("alice", "alice-login", { deviceId });
    await first.folderSync();
    const keys = new Set<string>();
    for (const user of ["ALICE", "alice@example.org", "Alice@Example.ORG"]) {
      const again = here.phone(user, "alice-login", { deviceId });
      // The key that the first one got is good: the state is the same.
      const reply = await again.folderSync({ key: first.folderKey });
      expect(reply.status).toBe(1);
      keys.add(again.folderKey);
    }
    expect(keys).toEqual(new Set([first.folderKey]));
    const users = here.lines.filter(({ message }) => message === "command").map(({ fields }) => fields.user);
    expect(new Set(users)).toEqual(new Set(["cloud /dav/principals/alice/"]));
  });

  it("is another at another backend, though its principal has the same path", async () => {
    const first = await loginWorld();
    const other = await loginWorld();
    const state = createMemoryState(Date.now);
    const gateway = await startTestGateway({
      settings: {
        backends: [
          { name: "a", dav: { url: `${first.twin.url}dav/` } },
          { name: "b", dav: { url: `${other.twin.url}dav/` }, domains: ["b.example"] },
        ],
      },
      parts: { state },
    });
    onTestFinished(() => gateway.end());
    const deviceId = "0123456789ABCDEF";
    const [one, two] = [
      first.phone("alice", "alice-login", { url: gateway.url, deviceId }),
      other.phone("b.example\\alice", "alice-login", { url: gateway.url, deviceId }),
    ];
    await one.folderSync();
    expect((await two.folderSync({ key: one.folderKey })).status).toBe(9);
    await two.folderSync();
    expect(two.folder(9).id).not.toBe(one.folder(9).id);
    for (const user of ["a /dav/principals/alice/", "b /dav/principals/alice/"]) {
      expect(await state.scopes(user)).toContainEqual({ user, device: deviceId });
    }
  });
});

describe("the phone's address", () => {
  it("is told to the server with each request, and none that the phone made up", async () => {
    const here = await loginWorld();
    await here.login("alice", "alice-app", `198.51.100.66, ${address(7)}`);
    const told = here.twin.seen.map(({ headers }) => headers["x-forwarded-for"]);
    expect(told.length).toBeGreaterThan(0);
    expect(new Set(told)).toEqual(new Set([address(7)]));
  });
});
