import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { createMemoryBackend, type MemoryCall } from "../../src/backends/memory/memory.ts";
import { checkConfig } from "../../src/config.ts";
import { silentLog } from "../../src/log.ts";
import { startGateway } from "../../src/main.ts";
import { element } from "../../src/wire/element.ts";
import { named } from "../clients/client.ts";
import { freePort } from "../servers/process.ts";
import { card, endLater, event, memoryWorld, phoneOf, twinWorld } from "../trouble/world.ts";
import { brakesIn, complaint, edited, itemWith, shownIn, textsIn } from "./complaint.ts";

const items = Object.fromEntries(Array.from({ length: 200 }, (_, at) => [`c${at}.vcf`, card(`c${at}`)]));
const collections = [
  { path: "contacts", name: "Contacts", components: ["VCARD"], items },
  {
    path: "calendar",
    name: "Calendar",
    components: ["VEVENT"],
    items: { "m.ics": event("meeting", "20301124T100000Z") },
  },
] as const;
const outlook = { deviceType: "WindowsOutlook15", userAgent: "Outlook/16.0 (16.0.17932.20162; C2R; x64)" };

complaint(7, () => {
  it("a refresh by FolderSync 0 gives the same folders, sends nothing again, and keeps what the phone did meanwhile", async () => {
    const world = await memoryWorld({ collections });
    const phone = world.phone(named.gmail);
    await phone.folderSync();
    const folders = [phone.folder(9), phone.folder(8)];
    for (const folder of folders) await phone.sync(folder);
    const before = phone.folders;
    const ids = folders.map((folder) => [...phone.items(folder).keys()]);
    for (let refresh = 0; refresh < 10; refresh += 1) {
      const c7 = itemWith(phone, phone.folder(9), "Contacts:FirstName", "c7");
      const change = edited(c7, { "Contacts:JobTitle": `Title ${refresh}` });
      expect((await phone.change(phone.folder(9), c7.serverId, change)).status).toBe(1);
      expect((await phone.folderSync({ key: "0" })).count).toBe(before.length);
      expect(phone.folders).toEqual(before);
      const asked = world.calls.length;
      for (const folder of folders) expect((await phone.sync(folder, { once: true })).empty).toBe(true);
      expect(world.calls.slice(asked).filter(({ method }) => method === "read")).toEqual([]);
    }
    expect(folders.map((folder) => [...phone.items(folder).keys()])).toEqual(ids);
    expect((await textsIn(world.account, "/anna/contacts/")).get("c7.vcf")).toContain("TITLE:Title 9");
  });

  it("a folder that begins at 0 again has the same items under the same ids", async () => {
    const world = await memoryWorld({ collections });
    const phone = world.phone(named.gmail);
    await phone.folderSync();
    const folder = phone.folder(9);
    await phone.sync(folder);
    const ids = [...phone.items(folder).keys()].toSorted();
    for (let round = 0; round < 3; round += 1) {
      await phone.folderSync({ key: "0" });
      phone.startOver(folder);
      await phone.sync(folder);
      expect([...phone.items(folder).keys()].toSorted()).toEqual(ids);
    }
    expect(world.calls.filter(({ method }) => method === "create" || method === "update")).toEqual([]);
  });
});

complaint(8, () => {
  it("each new device id has the same folders and items in two requests a folder, and takes nothing from the server", async () => {
    const world = await memoryWorld({ collections });
    const seen = new Set<string>();
    for (let start = 0; start < 5; start += 1) {
      const phone = world.phone({ ...outlook, deviceId: `OUTLOOK${start}` });
      await phone.folderSync();
      const folder = phone.folder(9);
      const { requests } = await phone.sync(folder, { window: 512 });
      expect(requests).toBe(1); // After the one that begins at 0.
      seen.add(JSON.stringify([phone.folders, [...phone.items(folder).keys()].toSorted()]));
      // It still knows an item by the id that it learned as another device.
      const c7 = itemWith(phone, folder, "Contacts:FirstName", "c7");
      const change = edited(c7, { "Contacts:JobTitle": `Title ${start}` });
      expect((await phone.change(folder, c7.serverId, change)).status).toBe(1);
      expect((await phone.sync(folder, { once: true })).empty).toBe(true);
    }
    expect(seen.size).toBe(1);
    expect((await textsIn(world.account, "/anna/contacts/")).size).toBe(200);
    expect(world.calls.filter(({ method }) => method === "create" || method === "remove")).toEqual([]);
  });

  it("what the device before it sent and heard no answer of is not made again, on a server that would store it twice", async () => {
    const calendar = "/dav/cal/anna/calendar/";
    const world = await twinWorld({ twin: { switches: { allowsUidTwice: true } } });
    const data = [element("Calendar:Subject", "Dentist"), element("Calendar:UID", "outlook-made-this")];
    const times = [element("Calendar:StartTime", "20301201T100000Z"), element("Calendar:EndTime", "20301201T110000Z")];
    for (let start = 0; start < 3; start += 1) {
      const phone = world.phone({ ...outlook, deviceId: `OUTLOOK${start}` });
      await phone.folderSync();
      const folder = phone.folder(8);
      await phone.sync(folder, { once: true });
      if (start < 2) phone.dropNext();
      const commands = [{ kind: "Add" as const, clientId: `n${start}`, data: [...times, ...data] }];
      const sent = phone.sync(folder, { once: true, commands });
      if (start < 2) await expect(sent).rejects.toThrow("thrown away");
      else expect((await sent).results).toMatchObject([{ kind: "Add", status: 1 }]);
      await phone.sync(folder);
      expect(shownIn(phone, folder, "Calendar:Subject")).toEqual(["Dentist"]);
    }
    expect(world.twin.shelves.get(calendar)?.items.size).toBe(1);
  });
});

complaint(24, () => {
  it("a phone that ignores Status 12 is told so each time and slowed in the end; its FolderSync mends it", async () => {
    const world = await memoryWorld({ collections });
    const phone = world.phone(named.iOS17);
    await phone.folderSync();
    const folder = phone.folder(9);
    await phone.sync(folder);
    const gone = { ...folder, id: `${folder.id.slice(0, -1)}x` };
    const statuses = new Set<number>();
    for (let round = 0; round < 61; round += 1) statuses.add((await phone.sync(gone, { key: "1", once: true })).status);
    expect([...statuses]).toEqual([12]);
    expect(brakesIn(world.lines)).toEqual(["loops"]);
    await phone.folderSync({ key: "0" });
    expect((await phone.sync(folder, { once: true })).empty).toBe(true);
  });

  it("every folder is told after its parent", async () => {
    const world = await memoryWorld({ collections });
    for (const client of [outlook, named.iOS17, named.gmail]) {
      const { added } = await world.phone(client).folderSync();
      const known = new Set(["0"]);
      for (const { id, parent } of added) {
        expect([...known]).toContain(parent);
        known.add(id);
      }
      expect(added.length).toBeGreaterThan(6);
    }
  });

  it("a gateway that was stopped and started again goes on with the keys the phone has", async () => {
    const calls: MemoryCall[] = [];
    const backend = () =>
      createMemoryBackend({ users: { anna: "geheim" }, collections, before: (call) => void calls.push(call) });
    const shared = backend();
    const folder = await mkdtemp(join(tmpdir(), "isthmus-restart-"));
    endLater(() => rm(folder, { recursive: true, force: true }));
    const port = await freePort();
    const config = checkConfig(
      { listen: { port }, data: folder, backends: [{ name: "test", dav: { url: "http://127.0.0.1:1/" } }] },
      { source: "test" },
    );
    const start = () =>
      startGateway(config, {
        log: silentLog,
        backends: new Map([["test", { ...shared, close: async () => {} }]]),
      });
    let gateway = await start();
    endLater(async () => gateway.stop());
    const phone = phoneOf(gateway.url, named.iOS17);
    await phone.folderSync();
    const contacts = phone.folder(9);
    await phone.sync(contacts);
    for (let restart = 0; restart < 2; restart += 1) {
      await gateway.stop();
      gateway = await start();
      calls.length = 0;
      expect(await phone.folderSync()).toMatchObject({ status: 1, count: 0 });
      expect(await phone.sync(contacts, { once: true })).toMatchObject({ status: 1, empty: true });
      expect(calls.filter(({ method }) => method === "read")).toEqual([]);
    }
    expect(phone.items(contacts).size).toBe(200);
  });
});
