import http from "node:http";
import { afterEach, describe, expect, it } from "vitest";
import { createDevice, type Device } from "../../conformance/device/device.ts";
import type { Account, Backend } from "../../src/backends/backend.ts";
import { createMemoryBackend, type MemoryCall } from "../../src/backends/memory/memory.ts";
import { BackendError } from "../../src/errors.ts";
import { Secret } from "../../src/log.ts";
import { element } from "../../src/wire/element.ts";
import { startTestGateway, type TestGateway } from "../gateway/start.ts";

const hookSecret = "a-secret-of-some-length";
const ends: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const end of ends.splice(0)) await end();
});

interface World {
  readonly gateway: TestGateway;
  /** Another client's view of the same account. */
  readonly account: Account;
  readonly calls: MemoryCall[];
  phone(version?: "14.1" | "16.1"): Promise<Device>;
}

async function world(
  settings: Readonly<Record<string, unknown>> = {},
  before: (call: MemoryCall) => void = () => {},
  seenAs: (account: Account) => Account = (account) => account,
): Promise<World> {
  const calls: MemoryCall[] = [];
  const backend = createMemoryBackend({
    users: { anna: "secret" },
    before(call) {
      calls.push(call);
      before(call);
    },
  });
  const gateway = await startTestGateway({
    parts: {
      backends: new Map([
        ["test", { ...backend, login: async (...asked) => seenAs(await backend.login(...asked)) } satisfies Backend],
      ]),
    },
    settings: { push: { heartbeat: { min: 1 }, hook: { secret: hookSecret }, ...settings } },
  });
  ends.push(() => gateway.end());
  return {
    gateway,
    calls,
    account: await backend.login({ user: "anna", password: new Secret("secret") }),
    async phone(version = "14.1") {
      const phone = createDevice({ url: gateway.url, user: "anna", password: "secret", version, queryForm: "plain" });
      ends.push(async () => phone.close());
      await phone.folderSync();
      for (const type of [8, 9]) await phone.sync(phone.folder(type), type === 8 ? { filterType: 5 } : {});
      return phone;
    },
  };
}

const card = (name: string) =>
  `BEGIN:VCARD\r\nVERSION:3.0\r\nUID:${name}\r\nFN:${name}\r\nN:;${name};;;\r\nEND:VCARD\r\n`;
const event = (uid: string, day: string) =>
  `BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//x//EN\r\nBEGIN:VEVENT\r\nUID:${uid}\r\nDTSTAMP:20200101T000000Z\r\nDTSTART:${day}T100000Z\r\nDTEND:${day}T110000Z\r\nSUMMARY:${uid}\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n`;

async function hrefOf(account: Account, component: "VCARD" | "VEVENT"): Promise<string> {
  return (await account.collections()).find(({ components }) => components.includes(component))?.href ?? "";
}

function callHook({ gateway }: World, query: string, headers: Record<string, string> = {}, body = ""): Promise<number> {
  return new Promise((resolve, reject) => {
    const request = http.request(`${gateway.url}/hooks/changed${query}`, { method: "POST", headers }, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    });
    request.on("error", reject);
    request.end(body);
  });
}

describe("a waiting Ping", () => {
  it("is woken by what another phone of the user writes, at once", async () => {
    const here = await world();
    const [one, two] = [await here.phone(), await here.phone()];
    const waiting = one.ping([one.folder(9)], 30);
    await expect.poll(() => here.gateway.hub.waiting).toBe(1);
    const began = performance.now();
    await two.add(two.folder(9), [element("Contacts:FirstName", "New")]);
    const answer = await waiting;
    expect(answer.status).toBe(2);
    expect(answer.folders).toEqual([one.folder(9).id]);
    expect(performance.now() - began).toBeLessThan(5_000);
  });

  it("is woken by the change hook, which needs its secret", async () => {
    const here = await world({ pollEvery: 3600 });
    const phone = await here.phone();
    const book = await hrefOf(here.account, "VCARD");
    const waiting = phone.ping([phone.folder(9), phone.folder(8)], 30);
    await expect.poll(() => here.gateway.hub.waiting).toBe(1);
    await here.account.create(book, "n.vcf", card("n"));
    expect(await callHook(here, `?path=${encodeURIComponent(book)}`)).toBe(401);
    expect(await callHook(here, "?secret=wrong")).toBe(401);
    expect(await callHook(here, "", { Authorization: `Bearer ${hookSecret}` }, "{broken")).toBe(400);
    const hint = JSON.stringify({ path: `${book}n.vcf` });
    expect(await callHook(here, "", { Authorization: `Bearer ${hookSecret}` }, hint)).toBe(204);
    expect(await waiting).toMatchObject({ status: 2, folders: [phone.folder(9).id] });
  });

  it("is woken by polling when nobody tells", async () => {
    const here = await world({ pollEvery: 1 });
    const phone = await here.phone();
    const waiting = phone.ping([phone.folder(9)], 30);
    await expect.poll(() => here.gateway.hub.waiting).toBe(1);
    await here.account.create(await hrefOf(here.account, "VCARD"), "n.vcf", card("n"));
    expect((await waiting).status).toBe(2);
  });

  it("notices a change that happened between its last Sync and the Ping", async () => {
    const here = await world({ pollEvery: 1 });
    const phone = await here.phone();
    await here.account.create(await hrefOf(here.account, "VCARD"), "n.vcf", card("n"));
    expect((await phone.ping([phone.folder(9)], 30)).status).toBe(2);
  });

  it("sleeps through its own writes and through what its filter hides", async () => {
    const here = await world({ pollEvery: 1 });
    const phone = await here.phone();
    const calendar = await hrefOf(here.account, "VEVENT");
    for (let count = 0; count < 20; count += 1) {
      await phone.add(phone.folder(9), [element("Contacts:FirstName", `Own${count}`)], { getChanges: false });
    }
    const waiting = phone.ping([phone.folder(9), phone.folder(8)], 3);
    for (let count = 0; count < 20; count += 1) {
      await here.account.create(calendar, `old${count}.ics`, event(`old${count}`, "20200101"));
      await callHook(here, "", { Authorization: `Bearer ${hookSecret}` });
    }
    expect((await waiting).status).toBe(1);
    const asleep = await phone.sync(phone.folder(8), { once: true });
    expect(asleep.changes).toEqual([]);
  });

  it("costs the backend nothing for each further phone of the user", async () => {
    const here = await world({ pollEvery: 1 });
    const phones = await Promise.all(Array.from({ length: 5 }, () => here.phone()));
    const waiting = phones.map((phone) => phone.ping([phone.folder(9)], 4));
    await expect.poll(() => here.gateway.hub.waiting).toBe(5);
    here.calls.length = 0;
    for (const answer of await Promise.all(waiting)) expect(answer.status).toBe(1);
    const probes = here.calls.filter(({ method }) => method === "probe").length;
    expect(probes).toBeGreaterThan(0);
    expect(probes).toBeLessThanOrEqual(6);
    expect(here.calls.filter(({ method }) => method === "changes").length).toBeLessThanOrEqual(5);
  });

  it("ends when the device sends another one", async () => {
    const here = await world();
    const phone = await here.phone();
    const first = phone.ping([phone.folder(9)], 30);
    await expect.poll(() => here.gateway.hub.waiting).toBe(1);
    const second = phone.ping([phone.folder(9)], 2);
    expect((await first).status).toBe(1);
    expect((await second).status).toBe(1);
  });

  it("is woken by a change that another phone's Sync was the first to see", async () => {
    const here = await world({ pollEvery: 1 });
    const [one, two] = [await here.phone(), await here.phone()];
    const waiting = one.ping([one.folder(9)], 30);
    await expect.poll(() => here.gateway.hub.waiting).toBe(1);
    await here.account.create(await hrefOf(here.account, "VCARD"), "n.vcf", card("n"));
    await two.sync(two.folder(9), { once: true });
    expect((await waiting).status).toBe(2);
  });

  it("is woken although the first look at the change failed", async () => {
    let failures = 0;
    const here = await world({ pollEvery: 1 }, ({ method }) => {
      if (method !== "read" || failures === 0) return;
      failures -= 1;
      throw new BackendError("unreachable", "away for a moment");
    });
    const phone = await here.phone();
    const waiting = phone.ping([phone.folder(9)], 30);
    await expect.poll(() => here.gateway.hub.waiting).toBe(1);
    failures = 2;
    await here.account.create(await hrefOf(here.account, "VCARD"), "n.vcf", card("n"));
    expect((await waiting).status).toBe(2);
    expect(failures).toBe(0);
  });

  it("says that the folder list changed", async () => {
    let gone = "";
    const here = await world({ pollEvery: 1 }, undefined, (account) => ({
      ...account,
      collections: async () => (await account.collections()).filter(({ href }) => href !== gone),
      probe: async (...asked) => {
        const result = await account.probe(...asked);
        return { ...result, tags: new Map([...result.tags].filter(([href]) => href !== gone)) };
      },
    }));
    const phone = await here.phone();
    const waiting = phone.ping([phone.folder(8), phone.folder(9)], 30);
    await expect.poll(() => here.gateway.hub.waiting).toBe(1);
    gone = await hrefOf(here.account, "VEVENT");
    expect((await waiting).status).toBe(7);
    const { deleted } = await phone.folderSync();
    expect(deleted).toHaveLength(1);
  });

  it("ends with 401 when its login is refused meanwhile", async () => {
    let revoked = false;
    const here = await world({ pollEvery: 1 }, ({ method }) => {
      if (revoked && method === "probe") throw new BackendError("auth", "revoked");
    });
    const phone = await here.phone();
    const waiting = phone.send(
      "Ping",
      element("Ping:Ping", [
        element("Ping:HeartbeatInterval", 30),
        element("Ping:Folders", [
          element("Ping:Folder", [element("Ping:Id", phone.folder(9).id), element("Ping:Class", "Contacts")]),
        ]),
      ]),
    );
    await expect.poll(() => here.gateway.hub.waiting).toBe(1);
    revoked = true;
    expect((await waiting).status).toBe(401);
  });

  it("asks for the nearest lawful heartbeat, and remembers what it was asked for", async () => {
    const here = await world({ heartbeat: { min: 2, max: 60 } });
    const phone = await here.phone();
    expect(await phone.ping(undefined, undefined)).toMatchObject({ status: 3 });
    expect(await phone.ping([phone.folder(9)], 1)).toMatchObject({ status: 5, heartbeat: 2 });
    expect(await phone.ping([phone.folder(9)], 600)).toMatchObject({ status: 5, heartbeat: 60 });
    expect(await phone.ping([phone.folder(9)], 2)).toMatchObject({ status: 1 });
    expect(await phone.ping(undefined, undefined)).toMatchObject({ status: 1 });
  });

  it("ends when the gateway is told to stop", async () => {
    const here = await world();
    const phone = await here.phone();
    const waiting = phone.ping([phone.folder(9)], 60);
    await expect.poll(() => here.gateway.hub.waiting).toBe(1);
    await here.gateway.stop();
    expect((await waiting).status).toBe(1);
  });
});
