/** Phones and another DAV client at the same collections, with the gateway between: at the end they agree. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { valueOf } from "../../conformance/cases/samples.ts";
import { type Device, ResponseDropped } from "../../conformance/device/device.ts";
import { element } from "../../src/wire/element.ts";
import { portrait } from "../demo/portrait.ts";
import { listMembers, readMember, writeMember } from "../servers/members.ts";
import {
  card,
  cardInFour,
  clientUid,
  event,
  kinds,
  lineOf,
  newEvent,
  readStored,
  shown,
  sorted,
  titles,
} from "./items.ts";
import { createPhone, phoneOf, rows, type Setting, startSetting } from "./rows.ts";

describe.each(rows)("end to end on $name", (row) => {
  let setting: Setting;
  let server: Setting["server"];
  beforeAll(async () => {
    setting = await startSetting(row);
    ({ server } = setting);
  });
  afterAll(async () => setting?.end());

  /** The phone asks once more, and has then what the server has: each item once, by its name. */
  async function agree(device: Device): Promise<void> {
    for (const { type, path, title, line } of kinds(server)) {
      const folder = device.folder(type);
      await device.sync(folder);
      const members = await listMembers(server, path);
      const stored = await Promise.all(
        members.map(async (href) => line.exec(await readMember(server, href))?.[1] ?? `nothing in ${href}`),
      );
      expect(titles(device, folder, title)).toEqual(sorted(stored));
    }
  }

  it("a first Sync brings what is there, each once, in windows", async () => {
    for (let i = 0; i < 12; i += 1) {
      await writeMember(server, `${server.calendar}first-${i}.ics`, event(`first-${i}`, `First ${i}`));
      await writeMember(server, `${server.contacts}first-${i}.vcf`, card(`first-${i}`, `First ${i}`));
    }
    const device = createPhone(setting, "14.1");
    await device.folderSync();
    for (const type of [8, 9]) {
      const { changes } = await device.sync(device.folder(type), { window: 5 });
      expect(changes.filter(({ kind }) => kind === "Add")).toHaveLength(12);
      expect((await device.sync(device.folder(type))).changes).toEqual([]);
    }
    await agree(device);
    for (let i = 0; i < 12; i += 1) {
      await readMember(server, `${server.calendar}first-${i}.ics`, "DELETE");
      await readMember(server, `${server.contacts}first-${i}.vcf`, "DELETE");
    }
    for (const type of [8, 9]) {
      const { changes } = await device.sync(device.folder(type));
      expect(changes.map(({ kind }) => kind)).toEqual(Array.from({ length: 12 }, () => "Delete"));
    }
    await agree(device);
    device.close();
  });

  it.each(["2.5", "16.1"] as const)(
    "what the server adds, changes, deletes, makes again comes once (%s)",
    async (version) => {
      const device = await phoneOf(setting, version);
      for (const { type, path, extension, make, title } of kinds(server)) {
        const folder = device.folder(type);
        const href = (name: string): string => `${path}${name}-${type}${extension}`;
        await writeMember(server, href("kept"), make(`kept-${type}`, "Kept"));
        await writeMember(server, href("changed"), make(`changed-${type}`, "Before"));
        await writeMember(server, href("deleted"), make(`deleted-${type}`, "Deleted"));
        await writeMember(server, href("again"), make(`again-${type}`, "First life"));
        expect((await device.sync(folder)).changes.map(({ kind }) => kind)).toEqual(["Add", "Add", "Add", "Add"]);

        await writeMember(server, href("changed"), make(`changed-${type}`, "After"));
        await readMember(server, href("deleted"), "DELETE");
        await readMember(server, href("again"), "DELETE");
        await writeMember(server, href("again"), make(`again-${type}`, "Second life"));
        await writeMember(server, href("passing"), make(`passing-${type}`, "Passing"));
        await readMember(server, href("passing"), "DELETE");
        const { changes } = await device.sync(folder);
        expect(changes.map(({ kind }) => kind).toSorted()).toEqual(["Change", "Change", "Delete"]);
        expect(titles(device, folder, title)).toEqual(["After", "Kept", "Second life"]);

        // Away and back to the very same, between two requests.
        await readMember(server, href("kept"), "DELETE");
        await writeMember(server, href("kept"), make(`kept-${type}`, "Kept"));
        await device.sync(folder);
        expect(device.items(folder).size).toBe(3);
        for (const name of ["kept", "changed", "again"]) await readMember(server, href(name), "DELETE");
        expect((await device.sync(folder)).changes.map(({ kind }) => kind)).toEqual(["Delete", "Delete", "Delete"]);
      }
      await agree(device);
      device.close();
    },
  );

  it.each(["2.5", "14.1", "16.1"] as const)(
    "an answer that is lost and asked for again does nothing twice (%s)",
    async (version) => {
      const device = await phoneOf(setting, version);
      for (const { type, path, title, fields } of kinds(server)) {
        const folder = device.folder(type);
        const before = (await listMembers(server, path)).length;
        const lose = async (run: () => Promise<unknown>): Promise<void> => {
          device.dropNext();
          await expect(run()).rejects.toThrow(ResponseDropped);
          await device.repeat();
          await device.repeat();
        };
        await lose(() => device.add(folder, fields(version, `lost-${version}-${type}`, "Added once")));
        expect((await listMembers(server, path)).length).toBe(before + 1);
        await device.sync(folder);
        const [serverId = "", item] =
          [...device.items(folder)].find(([, { data }]) => valueOf(data, title) === "Added once") ?? [];
        expect(item).toBeDefined();

        const edited = fields(version, `lost-${version}-${type}`, "Changed once");
        await lose(() => device.change(folder, serverId, edited));
        await agree(device);
        expect(shown(device, folder, title, serverId)).toBe("Changed once");

        await lose(() => device.remove(folder, serverId));
        expect((await listMembers(server, path)).length).toBe(before);
        await device.sync(folder);
        expect(device.items(folder).has(serverId)).toBe(false);
      }
      await agree(device);
      device.close();
    },
  );

  it("a phone's edit of a 4.0 card keeps the version, the photo and what phones do not know", async () => {
    const device = await phoneOf(setting, "14.1");
    const folder = device.folder(9);
    const href = `${server.contacts}four.vcf`;
    const photo = portrait(1);
    await writeMember(server, href, cardInFour("four", "Four", photo));
    await device.sync(folder);
    const before = await readStored(server, href);
    const [serverId = "", { data } = { data: [] }] = [...device.items(folder)][0] ?? [];
    expect(shown(device, folder, "Contacts:LastName")).toBe("Four");
    expect(shown(device, folder, "Contacts:Picture")).toBe(row.cutsPhotosOfFour ? undefined : photo);

    // Straight back up: nothing is written.
    await device.change(folder, serverId, data);
    expect(await readStored(server, href)).toBe(before);
    const edited = [...data.filter(({ name }) => name !== "Contacts:LastName"), element("Contacts:LastName", "Vier")];
    expect((await device.change(folder, serverId, edited)).status).toBe(1);
    const after = await readStored(server, href);
    expect(lineOf(after, "VERSION")).toBe("VERSION:4.0");
    expect(lineOf(after, "N")).toMatch(/^N:Vier;/);
    expect(lineOf(after, "X-KEPT")).toBe("X-KEPT:yes");
    // As the server itself wrote it down.
    expect(lineOf(after, "PHOTO")).toBe(lineOf(before, "PHOTO"));
    if (!row.cutsPhotosOfFour) expect(lineOf(after, "PHOTO")).toContain(photo.slice(-100));
    await readMember(server, href, "DELETE");
    await agree(device);
    device.close();
  });

  it.each(["14.1", "16.1"] as const)("a UID that is there already makes no second event (%s)", async (version) => {
    const device = await phoneOf(setting, version);
    const folder = device.folder(8);
    // From 16.0 on the UID is made out of the phone's: it is there because the phone added it, and forgot.
    const own = version === "16.1" ? clientUid("taken") : [];
    if (version === "16.1") await device.add(folder, [...newEvent(version, "taken", "Taken"), ...own]);
    else await writeMember(server, `${server.calendar}taken.ics`, event("taken", "Taken"));
    await device.sync(folder);
    const members = await listMembers(server, server.calendar);
    expect(members).toHaveLength(1);
    const data = [...newEvent(version, "taken", "Again"), ...own];
    await device.sync(folder, { commands: [{ kind: "Add", clientId: "again", data }] });
    expect(await listMembers(server, server.calendar)).toEqual(members);
    await device.sync(folder);
    await agree(device);
    for (const href of members) await readMember(server, href, "DELETE");
    await agree(device);
    device.close();
  });

  it("a server that is set back to a backup is shown as it is then", async () => {
    const device = await phoneOf(setting, "14.1");
    for (const { path, extension, make } of kinds(server)) {
      await writeMember(server, `${path}old${extension}`, make("old", "Old"));
      await writeMember(server, `${path}changed${extension}`, make("changed", "Before"));
      await writeMember(server, `${path}deleted${extension}`, make("deleted", "Deleted later"));
    }
    await agree(device);
    const restore = await server.backUp();
    for (const { path, extension, make } of kinds(server)) {
      await writeMember(server, `${path}new${extension}`, make("new", "New"));
      await agree(device);
      await writeMember(server, `${path}changed${extension}`, make("changed", "After"));
      await readMember(server, `${path}deleted${extension}`, "DELETE");
      await agree(device);
    }
    await restore();
    await agree(device);
    // And goes on from there.
    for (const { path, extension, make } of kinds(server)) {
      await writeMember(server, `${path}later${extension}`, make("later", "Later"));
      await readMember(server, `${path}old${extension}`, "DELETE");
    }
    await agree(device);
    for (const { path } of kinds(server)) {
      for (const href of await listMembers(server, path)) await readMember(server, href, "DELETE");
    }
    await agree(device);
    device.close();
  });
});
