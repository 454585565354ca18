import { expect, it } from "vitest";
import type { KnownName } from "../../src/schema/pages.ts";
import { type Element, element } from "../../src/wire/element.ts";
import { card } from "../mapping/cards.ts";
import { accountWith, named, onlyItem, stored, syncedPhone } from "./client.ts";

const book = 9;
const simple = (more: string) => `BEGIN:VCARD\r\nVERSION:3.0\r\nUID:x\r\nFN:Ada\r\nN:;Ada;;;\r\n${more}END:VCARD\r\n`;

/** What a phone has of an item, with some values of its own; `undefined` takes one out, `""` empties it. */
function edited(data: readonly Element[], changes: Partial<Record<KnownName, string | undefined>>): readonly Element[] {
  const kept = data.filter(({ name }) => !(name in changes));
  const own = Object.entries(changes).flatMap(([name, value]) =>
    value === undefined ? [] : [element(name as KnownName, value === "" ? undefined : value)],
  );
  return [...kept, ...own];
}

it("an empty Picture from iOS 8.1 on leaves the photo, from anybody else takes it away", async () => {
  const expected = { iOS7: false, iOS80: false, iOS81: true, iOS17: true, iOS181: true, gmail: false, unknown: false };
  for (const [name, stays] of Object.entries(expected)) {
    const world = await accountWith({ cards: { "a.vcf": card("ios") } });
    const { phone, folder } = await syncedPhone(world, named[name as keyof typeof expected], book);
    const item = onlyItem(phone, folder);
    const change = edited(item.data, { "Contacts:Picture": "", "Contacts:JobTitle": "Countess" });
    expect((await phone.change(folder, item.serverId, change)).status).toBe(1);
    const text = await stored(world, "VCARD", "a.vcf");
    expect(text).toContain("TITLE:Countess");
    expect(/^PHOTO/m.test(text), name).toBe(stays);
    // Whatever it does, it ends: the phone has what the server has, and nothing more is sent.
    expect((await phone.sync(folder)).changes).toEqual([]);
  }
});

it("another picture is stored, and none without a Picture: iOS 4 and 5 leave it out of edits and of Supported", async () => {
  const world = await accountWith({ cards: { "a.vcf": card("ios") } });
  const supported: KnownName[] = ["Contacts:JobTitle", "Contacts:FirstName", "Contacts:LastName", "Contacts:FileAs"];
  const { phone, folder } = await syncedPhone(world, named.iOS4, book, { supported });
  const item = onlyItem(phone, folder);
  const change = edited(item.data, { "Contacts:Picture": undefined, "Contacts:JobTitle": "Countess" });
  expect((await phone.change(folder, item.serverId, change)).status).toBe(1);
  expect(await stored(world, "VCARD", "a.vcf")).toMatch(/^PHOTO/m);
  const other = edited(item.data, { "Contacts:Picture": "R0lGODlhAQABAAAAACwAAAAAAQABAAA=" });
  expect((await phone.change(folder, item.serverId, other)).status).toBe(1);
  expect(await stored(world, "VCARD", "a.vcf")).toMatch(/^PHOTO;ENCODING=b;TYPE=GIF:R0lGOD/m);
});

it("an empty Supported is no list for LG, and ghosts all for anybody else", async () => {
  for (const [name, title] of [
    ["lg", false],
    ["unknown", true],
  ] as const) {
    const world = await accountWith({ cards: { "a.vcf": simple("TITLE:Countess\r\nROLE:Poet\r\n") } });
    const { phone, folder } = await syncedPhone(world, named[name], book, { supported: [] });
    const item = onlyItem(phone, folder);
    const change = edited(item.data, { "Contacts:JobTitle": undefined, "Contacts:FirstName": "Augusta" });
    expect((await phone.change(folder, item.serverId, change)).status).toBe(1);
    const text = await stored(world, "VCARD", "a.vcf");
    expect(text).toContain("N:;Augusta;;;");
    expect(text.includes("TITLE:Countess"), name).toBe(title);
    expect(text).toContain("ROLE:Poet");
  }
});

it("Nokia is sent a FirstName though it be empty, and nobody else", async () => {
  const text = "BEGIN:VCARD\r\nVERSION:3.0\r\nUID:x\r\nFN:Lovelace\r\nN:Lovelace;;;;\r\nEND:VCARD\r\n";
  for (const [name, isSent] of [
    ["nokia", true],
    ["unknown", false],
  ] as const) {
    const world = await accountWith({ cards: { "a.vcf": text } });
    const { phone, folder, sent } = await syncedPhone(world, named[name], book);
    const first = sent.filter((one) => one.name === "Contacts:FirstName");
    expect(first, name).toEqual(isSent ? [element("Contacts:FirstName")] : []);
    // Sent back as it came it is no edit.
    expect((await phone.change(folder, onlyItem(phone, folder).serverId, sent)).status).toBe(1);
    expect(await stored(world, "VCARD", "a.vcf")).toBe(text);
  }
});

it("categories that are left out are cleared: TouchDown sends none when the last one goes", async () => {
  const world = await accountWith({ cards: { "a.vcf": simple("CATEGORIES:Friends,Poets\r\nNOTE:x\r\n") } });
  const { phone, folder } = await syncedPhone(world, named.touchDown, book);
  const item = onlyItem(phone, folder);
  expect(item.data.map(({ name }) => name)).toContain("Contacts:Categories");
  const change = edited(item.data, { "Contacts:Categories": undefined });
  expect((await phone.change(folder, item.serverId, change)).status).toBe(1);
  expect(await stored(world, "VCARD", "a.vcf")).not.toContain("CATEGORIES");
});
