import { expect, it } from "vitest";
import { eventFields } from "../../conformance/cases/samples.ts";
import type { MemoryCollection } from "../../src/backends/memory/memory.ts";
import { named } from "../clients/client.ts";
import { event, memoryWorld } from "../trouble/world.ts";
import { complaint, edited, itemWith, onlyText, shown, shownIn } from "./complaint.ts";

const alarm = "BEGIN:VALARM\r\nACTION:DISPLAY\r\nDESCRIPTION:soon\r\nTRIGGER:-PT15M\r\nEND:VALARM\r\n";
const meeting = (uid: string) => event(uid, "20301124T100000Z", alarm);

/** Everybody's calendar is called Calendar. */
const shared: readonly MemoryCollection[] = [
  { path: "own", name: "Calendar", components: ["VEVENT"], isDefault: true, items: { "o.ics": meeting("own") } },
  { path: "bob", name: "Calendar", components: ["VEVENT"], owner: "bob", items: { "b.ics": meeting("bobs") } },
  {
    path: "carl",
    name: "Calendar",
    components: ["VEVENT"],
    owner: "carl",
    readOnly: true,
    items: { "c.ics": meeting("carls") },
  },
];
const calendarTypes = [8, 13];

complaint(23, () => {
  it("each calendar is there once, under a name of its own that says whose it is", async () => {
    for (const client of [named.iOS17, named.gmail]) {
      const world = await memoryWorld({ collections: shared });
      const phone = world.phone(client);
      await phone.folderSync();
      const calendars = phone.folders.filter(({ type }) => calendarTypes.includes(type));
      expect(calendars).toHaveLength(3);
      const names = calendars.map(({ name }) => name);
      expect(new Set(names).size).toBe(3);
      expect(phone.folder(8).name).toBe("Calendar");
      for (const owner of ["bob", "carl"]) expect(names.filter((name) => name.includes(owner))).toHaveLength(1);
    }
  });

  it("reminders come with shared calendars too, and a shared calendar that may be written can be", async () => {
    const world = await memoryWorld({ collections: shared });
    const phone = world.phone(named.android10);
    await phone.folderSync();
    for (const [owner, uid] of [
      ["bob", "bobs"],
      ["carl", "carls"],
    ] as const) {
      const folder = phone.folders.find(({ name }) => name.includes(owner));
      if (!folder) throw new Error(`no calendar of ${owner}`);
      await phone.sync(folder);
      const item = itemWith(phone, folder, "Calendar:Subject", uid);
      expect(shown(item, "Calendar:Reminder"), owner).toBe("15");
      const change = edited(item, { "Calendar:Subject": "by Anna" });
      const refusal = await phone.change(folder, item.serverId, change);
      expect(refusal.status, owner).toBe(owner === "bob" ? 1 : 6);
      const { changes } = await phone.sync(folder);
      // What may not be edited is told again, so that the phone shows what is.
      const told = [...refusal.sync.changes, ...changes].map((one) => shown(one, "Calendar:Subject"));
      expect(told, owner).toEqual(owner === "bob" ? [] : ["carls"]);
      expect(shownIn(phone, folder, "Calendar:Subject"), owner).toEqual([owner === "bob" ? "by Anna" : "carls"]);
      expect(await onlyText(world.account, `/anna/${owner}/`)).toContain(
        owner === "bob" ? "SUMMARY:by Anna" : "SUMMARY:carls",
      );
    }
  });

  it("what is added to or deleted from a calendar that is read-only is undone on the phone", async () => {
    const world = await memoryWorld({ collections: shared });
    const phone = world.phone(named.android10);
    await phone.folderSync();
    const folder = phone.folders.find(({ name }) => name.includes("carl"));
    if (!folder) throw new Error("no calendar of carl");
    await phone.sync(folder);
    const { serverId } = itemWith(phone, folder, "Calendar:Subject", "carls");
    const times = { StartTime: "20301125T100000Z", EndTime: "20301125T110000Z" };
    const data = eventFields({ ...times, Subject: "New", UID: "new" });
    const { results, changes } = await phone.sync(folder, {
      commands: [
        { kind: "Delete", serverId },
        { kind: "Add", clientId: "n1", data },
      ],
    });
    expect(results.map(({ status }) => status)).toEqual([6, 6]);
    const later = await phone.sync(folder);
    // The phone has deleted it already: it is told as a new one.
    expect([...changes, ...later.changes].map((one) => [one.kind, one.serverId])).toEqual([["Add", serverId]]);
    expect(shownIn(phone, folder, "Calendar:Subject")).toEqual(["carls"]);
  });

  it("a calendar that is new or newly shared wakes the phone and is there, and leaves the others as they were", async () => {
    let count = 1;
    let time = Date.UTC(2026, 10, 24);
    const world = await memoryWorld({
      collections: shared,
      settings: { push: { heartbeat: { min: 1 }, pollEvery: 1 } },
      parts: { now: () => time },
      seenAs: (account) => ({
        ...account,
        collections: async (signal) => (await account.collections(signal)).slice(0, count),
      }),
    });
    const phone = world.phone(named.gmail);
    await phone.folderSync();
    const own = phone.folder(8);
    await phone.sync(own);
    for (const owner of ["bob", "carl"]) {
      const waiting = phone.ping([own], 600);
      await expect.poll(() => world.gateway.hub.waiting).toBe(1);
      count += 1;
      time += 301_000;
      expect((await waiting).status).toBe(7);
      const { added, updated, deleted } = await phone.folderSync();
      expect([added.length, updated.length, deleted.length]).toEqual([1, 0, 0]);
      expect(added[0]?.name).toContain(owner);
      expect((await phone.sync(own, { once: true })).empty).toBe(true);
    }
  });
});
