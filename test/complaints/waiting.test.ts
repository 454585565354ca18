import { setTimeout as pause } from "node:timers/promises";
import { expect, it } from "vitest";
import { createMemoryBackend } from "../../src/backends/memory/memory.ts";
import { element } from "../../src/wire/element.ts";
import { named } from "../clients/client.ts";
import { startTestGateway } from "../gateway/start.ts";
import { card, endLater, memoryWorld, phoneOf } from "../trouble/world.ts";
import { complaint } from "./complaint.ts";

complaint(4, () => {
  it("two hundred waiting phones hold nobody up, and each is woken by its own change alone", async () => {
    const users = Object.fromEntries(Array.from({ length: 200 }, (_, at) => [`user${at}`, "geheim"]));
    const backend = createMemoryBackend({ users: { ...users, anna: "geheim" } });
    const gateway = await startTestGateway({
      settings: { push: { heartbeat: { min: 1 } } },
      parts: { backends: new Map([["test", backend]]) },
    });
    endLater(() => gateway.end());
    const phones = Object.keys(users).map((user) => phoneOf(gateway.url, { user, ...named.iOS17 }));
    for (const phone of phones) {
      await phone.folderSync();
      await phone.sync(phone.folder(9));
    }
    /** Milliseconds that somebody else's first requests take. */
    const timeOfOther = async () => {
      const other = phoneOf(gateway.url, named.gmail);
      const began = performance.now();
      expect((await other.folderSync()).status).toBe(1);
      expect((await other.sync(other.folder(9))).status).toBe(1);
      return performance.now() - began;
    };
    const alone = await timeOfOther();
    let woken = 0;
    const waits = phones.map(async (phone) => {
      const answer = await phone.ping([phone.folder(9)], 600);
      woken += 1;
      return answer;
    });
    // Those that are still waiting when something else fails have nothing to say.
    for (const wait of waits) wait.catch(() => {});
    await expect.poll(() => gateway.hub.waiting, { timeout: 10_000 }).toBe(200);

    expect(await timeOfOther()).toBeLessThan(10 * alone + 500);

    const second = phoneOf(gateway.url, { user: "user7", ...named.gmail });
    await second.folderSync();
    await second.add(second.folder(9), [element("Contacts:FirstName", "New")]);
    expect((await waits[7])?.status).toBe(2);
    expect(woken).toBe(1);
    await gateway.stop();
    expect((await Promise.all(waits)).map(({ status }) => status).filter((status) => status === 1)).toHaveLength(199);
  }, 60_000);
});

complaint(13, () => {
  it("a proxy that cuts waits makes the gateway ask for shorter ones, which come through", async () => {
    let time = Date.UTC(2026, 10, 24);
    const push = { heartbeat: { min: 60 }, pollEvery: 1 };
    const world = await memoryWorld({ settings: { push }, parts: { now: () => time } });
    const phone = world.phone(named.iOS17);
    await phone.folderSync();
    const folder = phone.folder(9);
    await phone.sync(folder);
    // The proxy gives up after five minutes; the phone asks again as it did before, and is cut again.
    for (let cut = 0; cut < 2; cut += 1) {
      const hangUp = new AbortController();
      const waiting = phone.ping([folder], 1_800, { signal: hangUp.signal });
      await expect.poll(() => world.gateway.hub.waiting).toBe(1);
      time += 300_000;
      hangUp.abort();
      await expect(waiting).rejects.toThrow();
      await expect.poll(() => world.gateway.hub.waiting).toBe(0);
    }
    await expect.poll(async () => (await phone.ping([folder], 1_800, { timeout: 500 })).status).toBe(5);
    const { heartbeat = 0 } = await phone.ping([folder], 1_800);
    expect(heartbeat).toBeLessThan(300);
    expect(heartbeat).toBeGreaterThan(200);
    // What it asked for then is granted, and a change still comes at once.
    const waiting = phone.ping([folder], heartbeat);
    await expect.poll(() => world.gateway.hub.waiting).toBe(1);
    await world.account.create("/anna/contacts/", "n.vcf", card("New"));
    expect((await waiting).status).toBe(2);
  });

  it("what came while the phone was asleep and waited for nothing is told by its first wait", async () => {
    let time = Date.UTC(2026, 10, 24);
    const push = { heartbeat: { min: 60 }, pollEvery: 3600 };
    const world = await memoryWorld({ settings: { push }, parts: { now: () => time } });
    const phone = world.phone(named.iOS17);
    await phone.folderSync();
    const folder = phone.folder(9);
    await phone.sync(folder);
    // It falls asleep in the middle of a wait, for a quarter of an hour.
    await expect(phone.ping([folder], 600, { timeout: 500 })).rejects.toThrow();
    time += 900_000;
    await expect.poll(() => world.gateway.hub.waiting).toBe(0);
    await world.account.create("/anna/contacts/", "n.vcf", card("New"));
    const answer = await phone.ping([folder], 600, { timeout: 5_000 });
    expect(answer).toMatchObject({ status: 2, folders: [folder.id] });
    expect((await phone.sync(folder)).changes.map(({ kind }) => kind)).toEqual(["Add"]);
  });

  it("a wait of an hour is not cut by the gateway itself", async () => {
    const world = await memoryWorld();
    const phone = world.phone(named.iOS17);
    await phone.folderSync();
    const folder = phone.folder(9);
    await phone.sync(folder);
    const waiting = phone.ping([folder], 3_540);
    await expect.poll(() => world.gateway.hub.waiting).toBe(1);
    await pause(500);
    expect(world.gateway.hub.waiting).toBe(1);
    await world.gateway.stop();
    expect((await waiting).status).toBe(1);
  });
});
