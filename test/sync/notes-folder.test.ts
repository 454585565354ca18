/** Notes exist from 14.0 on (MS-ASNOTE_R43001): a phone that speaks less must neither see nor use their folder. */
import { describe, expect, it } from "vitest";
import type { Device } from "../../conformance/device/device.ts";
import { versions } from "../../src/schema/versions.ts";
import { element } from "../../src/wire/element.ts";
import { memoryWorld } from "../trouble/world.ts";

const journal =
  "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Test//EN\r\nBEGIN:VJOURNAL\r\nUID:a\r\nDTSTAMP:20260101T000000Z\r\n" +
  "SUMMARY:A note\r\nEND:VJOURNAL\r\nEND:VCALENDAR\r\n";
const collections = [
  { path: "calendar", name: "Calendar", components: ["VEVENT"] },
  { path: "notes", name: "Notes", components: ["VJOURNAL"], items: { "a.ics": journal } },
  { path: "travel", name: "Travel", components: ["VJOURNAL"] },
] as const;

function notesOf(phone: Device): readonly (readonly [string, number])[] {
  return phone.folders.filter(({ type }) => type === 10 || type === 17).map(({ name, type }) => [name, type]);
}

describe("the folders of notes", () => {
  it.each(versions)("in %s are there from 14.0 on", async (version) => {
    const here = await memoryWorld({ collections });
    const phone = here.phone({ version });
    await phone.folderSync();
    const old = ["2.5", "12.0", "12.1"].includes(version);
    expect(notesOf(phone)).toEqual(
      old
        ? []
        : [
            ["Notes", 10],
            ["Travel", 17],
          ],
    );
    expect(phone.folder("Calendar").type).toBe(8);
  });

  it("come and go with the version that a phone speaks, and keep their ids and their default", async () => {
    const here = await memoryWorld({ collections });
    const deviceId = "upgraded";
    const before = here.phone({ version: "12.1", deviceId });
    const { key = "" } = await before.folderSync();

    const after = here.phone({ version: "14.1", deviceId });
    const come = await after.folderSync({ key });
    const notes = come.added.filter(({ type }) => type === 10 || type === 17);
    expect(notes.map(({ name }) => name)).toEqual(["Notes", "Travel"]);
    expect([come.updated, come.deleted]).toEqual([[], []]);

    const back = here.phone({ version: "12.1", deviceId });
    const gone = await back.folderSync({ key: come.key ?? "" });
    expect([...gone.deleted].toSorted()).toEqual(come.added.map(({ id }) => id).toSorted());
    expect([gone.added, gone.updated]).toEqual([[], []]);

    const again = here.phone({ version: "16.1", deviceId });
    const returned = await again.folderSync({ key: gone.key ?? "" });
    expect(returned.added).toEqual(come.added);
  });

  it("of a phone that went back to 12.1 and did not list folders since send it to do so", async () => {
    const here = await memoryWorld({ collections });
    const deviceId = "downgraded";
    const phone = here.phone({ version: "14.1", deviceId });
    await phone.folderSync();
    const folder = phone.folder("Notes");
    await phone.sync(folder, { window: 10 });
    expect(phone.items(folder).size).toBe(1);

    const old = here.phone({ version: "12.1", deviceId, polite: false });
    expect((await old.sync(folder, { once: true })).status).toBe(12);
    expect((await old.getItemEstimate(folder, { key: "1" })).status).toBe(2);
  });

  it("refuse a list of properties that may be ghosted: Status 4 (MS-ASNOTE_R114)", async () => {
    const here = await memoryWorld({ collections });
    const phone = here.phone({ polite: false });
    await phone.folderSync();
    const folder = phone.folder("Notes");
    expect((await phone.sync(folder, { once: true, supported: ["Notes:Subject"] })).status).toBe(4);
    expect((await phone.sync(folder, { once: true, supported: [] })).status).toBe(4);
    expect((await phone.sync(phone.folder(8), { once: true, supported: [] })).status).toBe(1);
  });
});

describe("a phone's notes", () => {
  it("cross both ways, and only where they are", async () => {
    const here = await memoryWorld({ collections });
    const phone = here.phone();
    await phone.folderSync();
    const folder = phone.folder("Notes");
    await phone.sync(folder, { window: 10 });
    const [id = ""] = phone.items(folder).keys();
    const changed = await phone.change(folder, id, [
      element("Notes:Subject", "A note"),
      element("Notes:MessageClass", "IPM.StickyNote"),
      element("AirSyncBase:Body", [element("AirSyncBase:Type", 1), element("AirSyncBase:Data", "with text")]),
    ]);
    expect(changed.status).toBe(1);
    const added = await phone.add(folder, [element("Notes:Subject", "Another"), element("Notes:Categories")]);
    expect(added.status).toBe(1);
    const stored: string[] = [];
    const { entries } = await here.account.changes("/anna/notes/", undefined);
    for await (const { text } of here.account.read(
      "/anna/notes/",
      entries.map(({ href }) => href),
    ))
      stored.push(text);
    expect(stored).toEqual(
      expect.arrayContaining([
        expect.stringContaining("\r\nSUMMARY:A note\r\nDESCRIPTION:with text\r\n"),
        expect.stringContaining("\r\nSUMMARY:Another\r\n"),
      ]),
    );
    const refused = await phone.change(folder, id, [element("Notes:MessageClass", "IPM.Note")]);
    expect(refused.status).toBe(6);
  });
});
