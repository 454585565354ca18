/** The recipient information cache (folder type 19): whom the user was in touch with lately, where the server knows. */
import { describe, expect, it } from "vitest";
import { contact } from "../../conformance/cases/samples.ts";
import { versions } from "../../src/schema/versions.ts";
import { element, text } from "../../src/wire/element.ts";
import { memoryWorld, twinWorld } from "../trouble/world.ts";

const book = "/dav/card/anna/z-app-generated--contactsinteraction--recent/";

function recent(name: string, ...lines: readonly string[]): string {
  return ["BEGIN:VCARD", "VERSION:4.0", `UID:${name}`, `FN:${name}`, ...lines, "END:VCARD", ""].join("\r\n");
}

async function world() {
  const here = await twinWorld({ twin: { switches: { recentContacts: true } } });
  const shelf = here.twin.shelves.get(book);
  if (!shelf) throw new Error("the twin has no such book");
  shelf.put(`${book}1.vcf`, recent("Bert Bär", "EMAIL:bert@example.org", "CATEGORIES:Recently contacted"));
  shelf.put(`${book}2.vcf`, recent("carla@example.org", "EMAIL:carla@example.org", "REV:20261120T000000Z", "TEL:1"));
  shelf.put(`${book}3.vcf`, recent("dora", "CLOUD:dora@cloud.example"));
  return { ...here, shelf };
}

describe("the recipient information cache", () => {
  it.each(versions)("in %s is there from 14.0 on, empty where no server knows of recipients", async (version) => {
    const here = await memoryWorld();
    const phone = here.phone({ version });
    await phone.folderSync();
    const found = phone.folders.filter(({ type }) => type === 19).map(({ id }) => id);
    expect(found).toEqual(["2.5", "12.0", "12.1"].includes(version) ? [] : ["RI"]);
    if (found.length === 0) return;
    const { status } = await phone.sync(phone.folder(19), { window: 10 });
    expect([status, phone.items(phone.folder(19)).size]).toEqual([1, 0]);
  });

  it("has of each recipient the name, the address and a rank, and nothing of one without an address", async () => {
    const here = await world();
    const phone = here.phone();
    await phone.folderSync();
    await phone.sync(phone.folder(19), { window: 10 });
    const items = [...phone.items(phone.folder(19)).values()].map(({ data }) =>
      Object.fromEntries(data.map((one) => [one.name, text(one)])),
    );
    expect(items).toEqual([
      { "Contacts:FileAs": "Bert Bär", "Contacts:Email1Address": "bert@example.org", "Contacts:WeightedRank": "0" },
      {
        "Contacts:FileAs": "carla@example.org",
        "Contacts:Email1Address": "carla@example.org",
        "Contacts:WeightedRank": String(Date.UTC(2026, 10, 20) / 1000),
      },
    ]);
  });

  it("is no address book: it is shown once, and is nobody's default", async () => {
    const here = await world();
    const phone = here.phone();
    await phone.folderSync();
    const shown = phone.folders.filter(({ type }) => [9, 14, 19].includes(type)).map(({ type, name }) => [type, name]);
    expect(shown).toEqual([
      [19, "RecipientInfo"],
      [9, "Contacts"],
    ]);
  });

  it("follows the server, which has neither token nor ctag for it", async () => {
    const here = await world();
    const phone = here.phone();
    await phone.folderSync();
    const folder = phone.folder(19);
    await phone.sync(folder, { window: 10 });
    expect((await phone.sync(folder)).changes).toEqual([]);
    here.shelf.put(`${book}4.vcf`, recent("Emil", "EMAIL:emil@example.org"));
    here.shelf.remove(`${book}1.vcf`);
    const { changes } = await phone.sync(folder);
    expect(changes.map(({ kind }) => kind).toSorted()).toEqual(["Add", "Delete"]);
    expect(phone.items(folder).size).toBe(2);
  });

  it("cannot be added to: Status 4, whatever else the request holds (MS-ASCMD_R756)", async () => {
    const here = await world();
    const phone = here.phone({ polite: false });
    await phone.folderSync();
    const folder = phone.folder(19);
    await phone.sync(folder, { once: true });
    const commands = [{ kind: "Add" as const, clientId: "1", data: contact("Emil") }];
    expect((await phone.sync(folder, { once: true, commands })).status).toBe(4);
    expect(here.shelf.items.size).toBe(3);
  });

  it("cannot be edited, emptied or fetched from", async () => {
    const here = await world();
    const phone = here.phone();
    await phone.folderSync();
    const folder = phone.folder(19);
    await phone.sync(folder, { window: 10 });
    const [id = ""] = phone.items(folder).keys();
    expect((await phone.change(folder, id, [element("Contacts:FileAs", "Other")])).status).toBe(6);
    expect((await phone.remove(folder, id)).status).not.toBe(1);
    expect((await phone.fetch(folder, id)).items[0]?.status).toBe(6);
    expect(here.twin.seen.filter(({ method }) => ["PUT", "DELETE"].includes(method))).toEqual([]);
    await phone.sync(folder);
    expect(phone.items(folder).size).toBe(2);
    expect(phone.items(folder).get(id)?.data[0]?.content).toBe("Bert Bär");
  });

  it("wakes nobody, and a Ping for it is none of an unknown folder", async () => {
    const here = await world();
    const phone = here.phone();
    await phone.folderSync();
    const folder = phone.folder(19);
    await phone.sync(folder, { window: 10 });
    const before = here.twin.seen.length;
    const waiting = phone.ping([folder], 60, { timeout: 1500 }).catch(() => undefined);
    here.shelf.put(`${book}5.vcf`, recent("Fritz", "EMAIL:fritz@example.org"));
    expect(await waiting).toBeUndefined();
    expect(here.twin.seen.slice(before).filter(({ path }) => path === book)).toEqual([]);
  });

  it("is gone from a phone that goes back to a version without it", async () => {
    const here = await world();
    const deviceId = "downgraded";
    const phone = here.phone({ deviceId });
    const { key = "" } = await phone.folderSync();
    const folder = phone.folder(19);
    const old = here.phone({ version: "12.1", deviceId, polite: false });
    expect((await old.sync(folder, { once: true })).status).toBe(12);
    expect((await old.folderSync({ key })).deleted).toContain("RI");
  });
});
