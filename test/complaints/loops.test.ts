import { expect, it } from "vitest";
import type { Device, Folder } from "../../conformance/device/device.ts";
import { element } from "../../src/wire/element.ts";
import { named } from "../clients/client.ts";
import { card, type MemoryWorld, memoryWorld, twinWorld } from "../trouble/world.ts";
import { brakesIn, complaint, edited, onlyText, shownIn, textsIn } from "./complaint.ts";

const contact = [element("Contacts:FirstName", "Ada"), element("Contacts:FileAs", "Ada")];
const task = [
  element("Tasks:Subject", "Water the plants"),
  element("Tasks:ReminderSet", 1),
  element("Tasks:ReminderTime", "2026-12-01T08:00:00.000Z"),
];
const calls = (world: MemoryWorld, method: string) => world.calls.filter((call) => call.method === method).length;

/** A phone with one folder synced. */
async function ready(world: Pick<MemoryWorld, "phone">, client: Parameters<MemoryWorld["phone"]>[0], type: number) {
  const phone = world.phone(client);
  await phone.folderSync();
  const folder = phone.folder(type);
  await phone.sync(folder);
  return { phone, folder };
}

/** Makes an item whose answer gets lost. */
async function addUnheard(phone: Device, folder: Folder, clientId: string, data = contact): Promise<void> {
  phone.dropNext();
  const commands = [{ kind: "Add" as const, clientId, data }];
  await expect(phone.sync(folder, { once: true, commands })).rejects.toThrow("thrown away");
}

complaint(1, () => {
  it("an item whose answers are all lost is made once, and is one item on the phone in the end", async () => {
    const world = await memoryWorld();
    const { phone, folder } = await ready(world, named.android10, 9);
    for (let round = 0; round < 30; round += 1) await addUnheard(phone, folder, "draft-1");
    await phone.add(folder, contact, { clientId: "draft-1" });
    await phone.sync(folder);
    expect(calls(world, "create")).toBe(1);
    expect((await textsIn(world.account, "/anna/contacts/")).size).toBe(1);
    expect(shownIn(phone, folder, "Contacts:FirstName")).toEqual(["Ada"]);
  });

  it("a phone that never hears, starts over and names the item anew still makes it once", async () => {
    const world = await memoryWorld();
    const { phone, folder } = await ready(world, named.android10, 9);
    for (let round = 0; round < 30; round += 1) {
      await addUnheard(phone, folder, `draft-${round}`);
      phone.startOver(folder);
      // It is given no chance to see what it made: it sends what it still holds with its very first key.
      await phone.sync(folder, { once: true, getChanges: false });
    }
    await phone.sync(folder);
    expect((await textsIn(world.account, "/anna/contacts/")).size).toBe(1);
    expect(shownIn(phone, folder, "Contacts:FirstName")).toEqual(["Ada"]);
  });

  it("a phone that makes a like item without end is refused after twenty, and its other items are taken", async () => {
    const world = await memoryWorld();
    const { phone, folder } = await ready(world, named.android10, 9);
    const statuses = new Set<number | undefined>();
    for (let round = 0; round < 60; round += 1) {
      const commands = [
        { kind: "Add" as const, clientId: `draft-${round}`, data: contact },
        { kind: "Add" as const, clientId: `real-${round}`, data: [element("Contacts:FirstName", `Real ${round}`)] },
      ];
      const { results } = await phone.sync(folder, { commands });
      if (round > 21) statuses.add(results.find(({ clientId }) => clientId === `draft-${round}`)?.status);
    }
    const names = [...(await textsIn(world.account, "/anna/contacts/")).values()].map(
      (text) => /^N:.*/m.exec(text)?.[0],
    );
    expect(names.filter((name) => name?.includes("Real"))).toHaveLength(60);
    expect(names.filter((name) => name?.includes("Ada")).length).toBeLessThanOrEqual(21);
    expect([...statuses]).toEqual([6]);
    expect(brakesIn(world.lines)).toEqual(["creations"]);
  });
});

complaint(2, () => {
  it("a phone that makes the same task without end is stopped, and the log names phone and list", async () => {
    const world = await memoryWorld();
    const { phone, folder } = await ready(world, { ...named.android10, deviceId: "LOOPING" }, 7);
    for (let round = 0; round < 200; round += 10) {
      const commands = Array.from({ length: 10 }, (_, index) => ({
        kind: "Add" as const,
        clientId: `task-${round + index}`,
        data: task,
      }));
      await phone.sync(folder, { commands });
    }
    expect((await textsIn(world.account, "/anna/tasks/")).size).toBeLessThanOrEqual(21);
    const told = world.lines.filter(({ fields }) => fields.brake === "creations");
    expect(told).toHaveLength(1);
    expect(told[0]).toMatchObject({ level: "warn", fields: { device: "LOOPING", folder: folder.id } });
  });

  it("a task whose answer is lost time and again is made once", async () => {
    const world = await memoryWorld();
    const { phone, folder } = await ready(world, named.android10, 7);
    for (let round = 0; round < 30; round += 1) await addUnheard(phone, folder, "task-1", task);
    await phone.add(folder, task, { clientId: "task-1" });
    expect(await onlyText(world.account, "/anna/tasks/")).toContain("SUMMARY:Water the plants");
    expect(calls(world, "create")).toBe(1);
  });
});

complaint(3, () => {
  it("a Sync without a change is one question to the server and no octet to the phone, however much there is", async () => {
    const costs: number[] = [];
    for (const count of [10, 1_000]) {
      const items = Object.fromEntries(Array.from({ length: count }, (_, at) => [`c${at}.vcf`, card(`c${at}`)]));
      const world = await memoryWorld({
        collections: [{ path: "contacts", name: "Contacts", components: ["VCARD"], items }],
      });
      const { phone, folder } = await ready(world, named.iOS17, 9);
      await phone.sync(folder);
      const before = world.calls.length;
      const answer = await phone.sync(folder, { once: true });
      expect(answer.reply.octets, `${count} contacts`).toBe(0);
      costs.push(world.calls.length - before);
    }
    expect(costs).toEqual([1, 1]);
  });

  it("an edit settles at once, on a server that stores something else than it was sent too", async () => {
    for (const switches of [{}, { repairs: true }, { reserialises: true }]) {
      const world = await twinWorld({ twin: { switches } });
      const { phone, folder } = await ready(world, named.iOS17, 9);
      await phone.add(folder, contact);
      // What the server made of it is told once, and nothing from then on.
      await phone.sync(folder);
      for (let round = 0; round < 3; round += 1) {
        const [item] = phone.items(folder).values();
        if (!item) throw new Error("the contact is gone");
        const title = edited(item, { "Contacts:JobTitle": `Countess ${round}` });
        expect((await phone.change(folder, item.serverId, title)).status).toBe(1);
        await phone.sync(folder);
        const writes = world.twin.seen.filter(({ method }) => method === "PUT").length;
        // The phone sends back what it was sent: nothing is written, and nothing is told.
        const [again] = phone.items(folder).values();
        expect((await phone.change(folder, item.serverId, again?.data ?? [])).sync.changes).toEqual([]);
        expect((await phone.sync(folder, { once: true })).changes).toEqual([]);
        expect(world.twin.seen.filter(({ method }) => method === "PUT")).toHaveLength(writes);
      }
    }
  });

  it("a phone that asks the same without end is answered more slowly, and the log says so", async () => {
    const world = await memoryWorld();
    const { phone, folder } = await ready(world, named.iOS17, 9);
    let took = 0;
    let rounds = 0;
    for (; took < 990 && rounds < 70; rounds += 1) {
      const began = performance.now();
      await phone.sync(folder, { once: true });
      took = performance.now() - began;
    }
    expect(rounds).toBeGreaterThan(50);
    expect(rounds).toBeLessThan(62);
    expect(brakesIn(world.lines)).toEqual(["loops"]);
  });
});
