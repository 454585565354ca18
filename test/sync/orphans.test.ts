/** Instances of a series whose master is elsewhere share a resource, and are items of their own on a phone. */
import { describe, expect, it } from "vitest";
import { valueOf } from "../../conformance/cases/samples.ts";
import type { Device, Folder } from "../../conformance/device/device.ts";
import type { Command } from "../../conformance/device/requests.ts";
import { element } from "../../src/wire/element.ts";
import { hrefOf, memoryWorld } from "../trouble/world.ts";

const day = (date: string) =>
  [
    "BEGIN:VEVENT",
    "UID:shared",
    "DTSTAMP:20260101T000000Z",
    `RECURRENCE-ID:203103${date}T100000Z`,
    `DTSTART:203103${date}T110000Z`,
    `DTEND:203103${date}T120000Z`,
    `SUMMARY:Guest on ${date}`,
    "X-KEPT:yes",
    "END:VEVENT",
  ].join("\r\n");
const shared = `BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//test//EN\r\n${["04", "11", "18"].map(day).join("\r\n")}\r\nEND:VCALENDAR\r\n`;

async function begin() {
  const world = await memoryWorld();
  const book = await hrefOf(world.account, "VEVENT");
  const { href } = await world.account.create(book, "shared.ics", shared);
  const device = world.phone();
  await device.folderSync();
  const folder = device.folder(8);
  await device.sync(folder);
  expect(device.items(folder).size).toBe(3);
  async function stored(): Promise<string> {
    for await (const { text } of world.account.read(book, [href])) return text;
    return "";
  }
  const update = async (edit: (text: string) => string) => {
    for await (const { rev, text } of world.account.read(book, [href])) {
      await world.account.update(href, rev, edit(text));
    }
  };
  return { device, folder, stored, update };
}

/** A whole Change of each item, its subject another. */
function renames(device: Device, folder: Folder): Extract<Command, { kind: "Change" }>[] {
  return [...device.items(folder)].map(([serverId, { data }]) => ({
    kind: "Change",
    serverId,
    data: data.map((one) =>
      one.name === "Calendar:Subject" ? element(one.name, valueOf(data, one.name)?.replace("Guest", "Friend")) : one,
    ),
  }));
}

const all = ["Friend on 04", "Friend on 11", "Friend on 18"];

function subjects(text: string): string[] {
  return [...text.matchAll(/^SUMMARY:(.*?)\r$/gm)].map(([, subject = ""]) => subject);
}

describe("instances that share a resource", () => {
  it("are all edited in one request: none is in the way of another", async () => {
    const { device, folder, stored } = await begin();
    const { results } = await device.sync(folder, { commands: renames(device, folder) });
    expect(results.filter(({ status }) => status !== 1)).toEqual([]);
    expect(subjects(await stored())).toEqual(all);
    expect(await stored()).toMatch(/(X-KEPT:yes[^]*){3}/);
    expect((await device.sync(folder)).changes).toEqual([]);
  });

  it("are edited one after the other", async () => {
    const { device, folder, stored } = await begin();
    for (const { serverId, data } of renames(device, folder)) {
      expect((await device.change(folder, serverId, data)).status).toBe(1);
    }
    expect(subjects(await stored())).toEqual(all);
    expect((await device.sync(folder)).changes).toEqual([]);
  });

  it("one that somebody else has changed since is a conflict still", async () => {
    const { device, folder, stored, update } = await begin();
    const [first, second, third] = renames(device, folder);
    if (!first || !second || !third) throw new Error("three were there");
    await device.change(folder, first.serverId, first.data);
    await update((text) => text.replace("Guest on 11", "Stranger on 11"));
    expect((await device.change(folder, second.serverId, second.data)).status).toBe(7);
    expect(subjects(await stored())).toEqual(["Friend on 04", "Stranger on 11", "Guest on 18"]);
    await device.sync(folder);
    expect(valueOf(device.items(folder).get(second.serverId)?.data ?? [], "Calendar:Subject")).toBe("Stranger on 11");
    expect((await device.change(folder, third.serverId, third.data)).status).toBe(1);
    expect(subjects(await stored())).toEqual(["Friend on 04", "Stranger on 11", "Friend on 18"]);
  });
});
