/** Why an item did not sync: written down for its owner, once, for as long as it is so. */
import { describe, expect, it } from "vitest";
import type { Device } from "../../conformance/device/device.ts";
import { BackendError } from "../../src/errors.ts";
import { executeHeld, forgetHeld, listHeld } from "../../src/sync/troubles/held.ts";
import { forgetTroubles, listTroubles } from "../../src/sync/troubles/list.ts";
import { sentenceOf } from "../../src/sync/troubles/trouble.ts";
import { element } from "../../src/wire/element.ts";
import { journalWorld } from "../journal/world.ts";
import { card, event, type MemoryWorld, memoryWorld } from "./world.ts";

const book = "/anna/contacts/";
const versions = ["2.5", "12.1", "14.1", "16.1"] as const;

function scopeOf(phone: Device) {
  return { user: "test /anna/", device: phone.deviceId };
}

function troubles(here: MemoryWorld, phone: Device) {
  return listTroubles(here.gateway.state, scopeOf(phone), Date.now());
}

const contact = (first: string) => [element("Contacts:FileAs", first), element("Contacts:FirstName", first)];

async function ready(here: MemoryWorld, version: (typeof versions)[number] = "14.1", type = 9): Promise<Device> {
  const phone = here.phone({ version });
  await phone.provision();
  await phone.folderSync();
  await phone.sync(phone.folder(type));
  return phone;
}

async function put(here: MemoryWorld, href: string, text: string): Promise<void> {
  const collection = href.slice(0, href.lastIndexOf("/") + 1);
  for await (const { rev } of here.account.read(collection, [href])) await here.account.update(href, rev, text);
}

describe.each(versions)("in %s", (version) => {
  it("an item that cannot be shown is named until it can be", async () => {
    const bad = event("bad", "20301124T100000Z").replace("DTSTART:20301124T100000Z", "DTSTART:soon");
    const items = { "bad.ics": bad, "good.ics": event("good", "20301124T100000Z") };
    const here = await memoryWorld({
      collections: [{ path: "calendar", name: "Calendar", components: ["VEVENT"], isDefault: true, items }],
    });
    const phone = await ready(here, version, 8);
    const folder = phone.folder(8);
    const [trouble, ...others] = await troubles(here, phone);
    expect(others).toEqual([]);
    expect(trouble).toMatchObject({
      folder: folder.id,
      className: "Calendar",
      direction: "down",
      kind: "unreadable",
      href: "/anna/calendar/bad.ics",
      count: 1,
    });
    await put(here, "/anna/calendar/bad.ics", bad.replace("soon", "later"));
    await phone.sync(folder);
    expect(await troubles(here, phone)).toMatchObject([{ kind: "unreadable", count: 2, first: trouble?.first }]);
    await put(here, "/anna/calendar/bad.ics", event("bad", "20301124T100000Z"));
    await phone.sync(folder);
    expect(await troubles(here, phone)).toEqual([]);
  });

  it("an edit that is refused is named with its reason, and no more once an edit of the item is taken", async () => {
    let refuses: BackendError | undefined;
    const here = await memoryWorld({
      collections: [{ path: "contacts", name: "Contacts", components: ["VCARD"], items: { "ada.vcf": card("Ada") } }],
      before({ method }) {
        if (refuses && (method === "update" || method === "create")) throw refuses;
      },
    });
    const phone = await ready(here, version);
    const folder = phone.folder(9);
    const [id = ""] = phone.items(folder).keys();
    refuses = new BackendError("refused", "no");
    expect((await phone.change(folder, id, contact("Adele"))).status).toBe(6);
    expect(await troubles(here, phone)).toMatchObject([
      { direction: "up", item: id, kind: "refused", status: 6, title: "Adele", count: 1 },
    ]);
    refuses = new BackendError("too-large", "no");
    await phone.change(folder, id, contact("Adelheid"));
    expect(await troubles(here, phone)).toMatchObject([{ item: id, kind: "too-large", title: "Adelheid", count: 2 }]);
    const add = [{ kind: "Add" as const, clientId: "c1", data: contact("Dora") }];
    await phone.sync(folder, { once: true, commands: add });
    await phone.sync(folder, { once: true, commands: [{ ...add[0], clientId: "c2" } as (typeof add)[0]] });
    expect((await troubles(here, phone)).map(({ title, count }) => `${title} ${count}`).toSorted()).toEqual([
      "Adelheid 2",
      "Dora 2",
    ]);
    refuses = undefined;
    expect((await phone.change(folder, id, contact("Adele"))).status).toBe(1);
    await phone.sync(folder, { once: true, commands: [{ ...add[0], clientId: "c3" } as (typeof add)[0]] });
    expect(await troubles(here, phone)).toEqual([]);
  });
});

it("a conflict, and a collection that is read-only, are told as that", async () => {
  const here = await memoryWorld({
    collections: [
      { path: "contacts", name: "Contacts", components: ["VCARD"], items: { "ada.vcf": card("Ada") } },
      { path: "shared", name: "Shared", components: ["VCARD"], readOnly: true, items: { "bob.vcf": card("Bob") } },
    ],
  });
  const phone = await ready(here);
  const shared = phone.folder("Shared");
  await phone.sync(shared);
  const [ada = ""] = phone.items(phone.folder(9)).keys();
  const [bob = ""] = phone.items(shared).keys();
  await put(here, `${book}ada.vcf`, card("Ada of the server", "", "uid-Ada"));
  await phone.change(phone.folder(9), ada, contact("Adele"));
  await phone.change(shared, bob, contact("Bobby"));
  const found = await troubles(here, phone);
  expect(found.map(({ kind, title }) => `${kind} ${title}`).toSorted()).toEqual(["conflict Adele", "read-only Bobby"]);
  for (const trouble of found) expect(sentenceOf(trouble)).toMatch(/^[A-Z].{30,}\.$/);
  await forgetTroubles(here.gateway.state, scopeOf(phone), shared.id);
  expect((await troubles(here, phone)).map(({ kind }) => kind)).toEqual(["conflict"]);
  // Whoever starts over has nothing that is not as on the server.
  phone.startOver(phone.folder(9));
  await phone.sync(phone.folder(9));
  expect(await troubles(here, phone)).toEqual([]);
});

it("of many, the newest fifty of a collection are kept; where nothing is wrong, nothing is read or written", async () => {
  const items = Object.fromEntries(Array.from({ length: 70 }, (_, at) => [`n${at}.vcf`, `BEGIN:VCARD\r\nFN:${at}`]));
  const here = await memoryWorld({
    collections: [
      { path: "contacts", name: "Contacts", components: ["VCARD"], items },
      { path: "fine", name: "Fine", components: ["VCARD"], items: { "ada.vcf": card("Ada") } },
    ],
  });
  const phone = await ready(here);
  await phone.sync(phone.folder("Fine"));
  const found = await troubles(here, phone);
  expect(found.length).toBeLessThanOrEqual(50);
  expect(found.every(({ folder }) => folder === phone.folder(9).id)).toBe(true);
});

describe("deletions that the brake held back", () => {
  const items = Object.fromEntries(Array.from({ length: 40 }, (_, at) => [`n${at}.vcf`, card(`n${at}`)]));
  const collections = [{ path: "contacts", name: "Contacts", components: ["VCARD"] as const, items }];

  async function braked() {
    const here = await journalWorld({ collections });
    const phone = await ready(here);
    const folder = phone.folder(9);
    const commands = [...phone.items(folder).keys()].map((serverId) => ({ kind: "Delete" as const, serverId }));
    await phone.sync(folder, { commands });
    await phone.sync(folder);
    expect(phone.items(folder).size).toBe(40);
    return { here, phone, folder, commands };
  }

  it("are carried out when their owner says so, but for what somebody changed since", async () => {
    const { here, phone, folder } = await braked();
    const [held] = await listHeld(here.gateway.state, scopeOf(phone));
    expect(held).toMatchObject({ folder: folder.id, className: "Contacts" });
    expect(held?.items).toHaveLength(40);
    await put(here, `${book}n7.vcf`, card("Seven", "", "uid-n7"));
    const desk = here.desk(phone.deviceId);
    expect(await executeHeld(desk, folder.id)).toEqual({ deleted: 39, changed: 1, failed: 0 });
    expect((await here.account.changes(book, undefined)).entries.map(({ href }) => href)).toEqual([`${book}n7.vcf`]);
    expect(await listHeld(here.gateway.state, scopeOf(phone))).toEqual([]);
    expect(await executeHeld(desk, folder.id)).toEqual({ deleted: 0, changed: 0, failed: 0 });
    expect((await here.journal.list(desk.scope)).map(({ kind }) => kind)).toEqual(Array(39).fill("delete"));
  });

  it("are forgotten when their owner says so, and not held back again where that is allowed", async () => {
    const { here, phone, folder, commands } = await braked();
    await forgetHeld(here.gateway.state, scopeOf(phone), folder.id);
    expect(await executeHeld(here.desk(phone.deviceId), folder.id)).toEqual({ deleted: 0, changed: 0, failed: 0 });
    const by = { role: "user", name: "anna" } as const;
    await here.gateway.devices.act(by, scopeOf(phone), { kind: "allow-deletes", allowed: true });
    await phone.sync(folder, { commands });
    expect((await here.account.changes(book, undefined)).entries).toEqual([]);
    expect(await listHeld(here.gateway.state, scopeOf(phone))).toEqual([]);
  });
});
