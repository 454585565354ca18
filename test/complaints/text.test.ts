import { expect, it } from "vitest";
import {
  body,
  bodyText,
  contactFields,
  eventFields,
  noteFields,
  type PageOfBodies,
} from "../../conformance/cases/samples.ts";
import { readSync } from "../../conformance/device/answers.ts";
import type { Device, Folder } from "../../conformance/device/device.ts";
import { syncRequest } from "../../conformance/device/requests.ts";
import type { KnownName } from "../../src/schema/pages.ts";
import { atLeast, type Version, versions } from "../../src/schema/versions.ts";
import { type Element, element } from "../../src/wire/element.ts";
import { encode } from "../../src/wire/writer.ts";
import { named } from "../clients/client.ts";
import { card, event, memoryWorld, surprises } from "../trouble/world.ts";
import { complaint, onlyText, shown, shownIn } from "./complaint.ts";

/** One of each script that was seen broken, beyond the first plane too, and what XML would have to escape. */
const words = 'Grüße aus Köln, 東京から, שלום, สวัสดี, 😀👩‍👩‍👧 & <b>"fett"</b>; a\\b, e\u0301';
const lines = `${words}\nzweite Zeile\n\nvierte: ${words.repeat(20)}`;

interface Kind {
  readonly page: PageOfBodies | "Notes";
  readonly type: number;
  readonly since: Version;
  readonly collection: string;
  readonly title: KnownName;
  readonly data: (version: Version, title: string) => readonly Element[];
}

const times = { StartTime: "20301124T100000Z", EndTime: "20301124T110000Z" };
const kinds: readonly Kind[] = [
  {
    page: "Contacts",
    type: 9,
    since: "2.5",
    collection: "/anna/contacts/",
    title: "Contacts:LastName",
    data: (_, title) => contactFields({ LastName: title, FileAs: title }),
  },
  {
    page: "Calendar",
    type: 8,
    since: "2.5",
    collection: "/anna/calendar/",
    title: "Calendar:Subject",
    data: (version, title) =>
      eventFields({ Subject: title, ...times, ...(atLeast(version, "16.0") ? {} : { UID: `u${version}` }) }),
  },
  {
    page: "Tasks",
    type: 7,
    since: "2.5",
    collection: "/anna/tasks/",
    title: "Tasks:Subject",
    data: (_, title) => [element("Tasks:Subject", title)],
  },
  {
    page: "Notes",
    type: 10,
    since: "14.0",
    collection: "/anna/notes/",
    title: "Notes:Subject",
    data: (_, title) => noteFields({ Subject: title, MessageClass: "IPM.StickyNote" }),
  },
];

/** A note's text is a Body like any other's from 14.0 on, which is all the versions that have notes. */
const bodyOf = (kind: Kind, version: Version, value: string) =>
  body(version, kind.page === "Notes" ? "Tasks" : kind.page, value);
const textOf = (kind: Kind, version: Version, data: readonly Element[]) =>
  bodyText(version, kind.page === "Notes" ? "Tasks" : kind.page, data)?.replaceAll("\r\n", "\n");

async function synced(phone: Device, type: number): Promise<Folder> {
  const folder = phone.folder(type);
  const { version } = phone;
  const options = atLeast(version, "12.0") ? { bodyPreferences: [{ type: 1 as const }] } : { truncation: 9 };
  await phone.sync(folder, options);
  return folder;
}

complaint(19, () => {
  it("every letter of every script comes to the server and to the other phone, in all classes and versions", async () => {
    for (const version of versions) {
      const world = await memoryWorld();
      const phone = world.phone({ ...named.iOS17, version });
      const other = world.phone({ ...named.gmail, version: "14.1" });
      await phone.folderSync();
      await other.folderSync();
      for (const kind of kinds.filter(({ since }) => atLeast(version, since))) {
        const told = `${kind.page} in ${version}`;
        const folder = await synced(phone, kind.type);
        const added = await phone.add(folder, [...kind.data(version, words), bodyOf(kind, version, lines)]);
        expect(added.status, told).toBe(1);
        const text = (await onlyText(world.account, kind.collection)).replaceAll(/\r\n[ \t]/g, "");
        for (const word of ["Grüße aus Köln", "東京から", "שלום", "สวัสดี", "😀👩‍👩‍👧 & <b>"])
          expect(text, told).toContain(word);
        const there = await synced(other, kind.type);
        const [item] = other.items(there).values();
        expect(shown(item, kind.title), told).toBe(words);
        expect(textOf(kind, "14.1", item?.data ?? []), told).toBe(lines);
      }
      expect(surprises(world.lines)).toEqual([]);
    }
  });

  it("a character that XML cannot hold is left out on its way down, and the items around it come", async () => {
    const bad = "a\u0001b\u0008c\u000bd\u001fe\ufffff\u0000g";
    for (const version of ["2.5", "14.1", "16.1"] as const) {
      const world = await memoryWorld({
        collections: [
          {
            path: "contacts",
            name: "Contacts",
            components: ["VCARD"],
            items: {
              "a.vcf": card("Ada"),
              "b.vcf": card("Bad", `NOTE:${bad}\r\nTITLE:${bad}\r\n`),
              "c.vcf": card("Cid"),
            },
          },
          {
            path: "calendar",
            name: "Calendar",
            components: ["VEVENT"],
            items: {
              "a.ics": event("Alpha", "20301124T100000Z"),
              "b.ics": event("Beta", "20301124T100000Z", `LOCATION:${bad}\r\nDESCRIPTION:${bad}\r\n`),
            },
          },
        ],
      });
      const phone = world.phone({ ...named.iOS17, version });
      await phone.folderSync();
      const contacts = await synced(phone, 9);
      expect(shownIn(phone, contacts, "Contacts:FirstName"), version).toEqual(["Ada", "Bad", "Cid"]);
      expect(shownIn(phone, contacts, "Contacts:JobTitle").join(""), version).toBe("abcdefg");
      const calendar = await synced(phone, 8);
      expect(shownIn(phone, calendar, "Calendar:Subject"), version).toEqual(["Alpha", "Beta"]);
    }
  });

  it("a character that no file may hold is left out on its way up, and the item is stored", async () => {
    const world = await memoryWorld();
    const phone = world.phone(named.gmail);
    await phone.folderSync();
    for (const kind of kinds) {
      const folder = await synced(phone, kind.type);
      const data = [...kind.data("14.1", "a{01}b{1f}c"), bodyOf(kind, "14.1", "d{08}e{0b}f{7f}")];
      const commands = [{ kind: "Add" as const, clientId: "n1", data }];
      const collection = { id: folder.id, key: phone.key(folder), class: kind.page, commands };
      // Our own writer would leave them out.
      const octets = encode(syncRequest("14.1", [collection])).toString("latin1");
      const sent = octets.replaceAll(/\{([0-9a-f]{2})\}/g, (_, hex: string) =>
        String.fromCharCode(Number.parseInt(hex, 16)),
      );
      const answer = readSync(await phone.send("Sync", Buffer.from(sent, "latin1")));
      expect(answer.collections[0]?.results, kind.page).toMatchObject([{ kind: "Add", status: 1 }]);
      const text = await onlyText(world.account, kind.collection);
      expect(text, kind.page).not.toMatch(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]/);
      expect(text, kind.page).toMatch(/:;?abc/);
      expect(text, kind.page).toContain("def");
    }
  });

  it("a folder and a file whose names have umlauts are shown by them", async () => {
    const world = await memoryWorld({
      collections: [
        { path: "contacts", name: "Bücher & Köche 📚", components: ["VCARD"], items: { "ä.vcf": card("Änne") } },
      ],
    });
    const phone = world.phone(named.iOS17);
    await phone.folderSync();
    expect(phone.folder(9).name).toBe("Bücher & Köche 📚");
    await phone.sync(phone.folder(9));
    expect(shownIn(phone, phone.folder(9), "Contacts:FirstName")).toEqual(["Änne"]);
  });
});
