import { expect, it } from "vitest";
import { contactFields } from "../../conformance/cases/samples.ts";
import type { Version } from "../../src/schema/versions.ts";
import { element } from "../../src/wire/element.ts";
import { type Names, named } from "../clients/client.ts";
import { type MemoryWorld, memoryWorld } from "../trouble/world.ts";
import { complaint, edited, itemWith, onlyText, shown, textsIn } from "./complaint.ts";

const photo = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";

/** More of each kind than a phone has room for, and what no phone knows. */
const rich = [
  "BEGIN:VCARD",
  "VERSION:3.0",
  "UID:rich",
  "FN:Dr. Ada Lovelace",
  "N:Lovelace;Ada;Byron;Dr.;",
  "ORG:Analytical Engines;Research",
  "TITLE:Countess",
  "TEL;TYPE=CELL:+44 1",
  "TEL;TYPE=CELL:+44 2",
  "TEL;TYPE=CELL:+44 3",
  "TEL;TYPE=HOME,VOICE:+44 4",
  "TEL;TYPE=HOME,VOICE:+44 5",
  "TEL;TYPE=HOME,VOICE:+44 6",
  "TEL;TYPE=X-SATELLITE:+88 1",
  "item1.TEL:+44 7",
  "item1.X-ABLabel:Ship",
  "EMAIL;TYPE=INTERNET,HOME:ada@example.org",
  "EMAIL;TYPE=INTERNET,WORK:ada@example.com",
  "EMAIL:ada@example.net",
  "EMAIL:ada@example.info",
  "ADR;TYPE=HOME:;;12 St James's Square;London;;SW1;England",
  "ADR;TYPE=HOME:;;Second home;Ockham;;;England",
  "URL:https://example.org/ada",
  "URL:https://example.org/second",
  "IMPP:xmpp:ada@example.org",
  `PHOTO;ENCODING=b;TYPE=PNG:${photo}`,
  "NOTE:Likes numbers",
  "CATEGORIES:Friends,Poets",
  "X-SOMETHING;P=1:of another client",
  "GEO:51.5;-0.1",
  "REV:20200101T000000Z",
];
const card = (lines: readonly string[]) => `${lines.join("\r\n")}\r\nEND:VCARD\r\n`;

/** The lines of a text, unfolded, but for the one that says when it was written. */
const linesOf = (text: string) =>
  text
    .replaceAll(/\r\n[ \t]/g, "")
    .split("\r\n")
    .filter((line) => !line.startsWith("REV:"))
    .toSorted();

const clients = { iOS: named.iOS17, Gmail: named.gmail, Samsung: named.samsung, Outlook: named.outlook } as const;

async function begin(world: MemoryWorld, client: Names, version: Version = "14.1") {
  const phone = world.phone({ ...client, version });
  await phone.folderSync();
  const folder = phone.folder(9);
  await phone.sync(folder);
  return { phone, folder };
}

const bookOf = (items: Readonly<Record<string, string>>) =>
  memoryWorld({ collections: [{ path: "contacts", name: "Contacts", components: ["VCARD"], items }] });

complaint(21, () => {
  it("an edit of the title changes the title and no other line, whatever there is more of than the phone can show", async () => {
    const world = await bookOf({ "a.vcf": card(rich) });
    for (const [name, client] of Object.entries(clients)) {
      for (const version of ["2.5", "12.1", "14.1", "16.1"] as const) {
        const { phone, folder } = await begin(world, client, version);
        const item = itemWith(phone, folder, "Contacts:FirstName", "Ada");
        const title = `${name} in ${version}`;
        expect((await phone.change(folder, item.serverId, edited(item, { "Contacts:JobTitle": title }))).status).toBe(
          1,
        );
        const after = linesOf(await onlyText(world.account, "/anna/contacts/"));
        expect(after).toEqual(linesOf(card(rich).replace("TITLE:Countess", `TITLE:${title}`)));
      }
    }
  });

  it("a second number of a kind that is edited or deleted is that one, and the third stays", async () => {
    const world = await bookOf({ "a.vcf": card(rich) });
    const { phone, folder } = await begin(world, clients.iOS);
    const item = itemWith(phone, folder, "Contacts:FirstName", "Ada");
    const shownNumbers = [shown(item, "Contacts:HomePhoneNumber"), shown(item, "Contacts:Home2PhoneNumber")];
    expect(shownNumbers).toEqual(["+44 4", "+44 5"]);
    await phone.change(folder, item.serverId, edited(item, { "Contacts:Home2PhoneNumber": "+44 55" }));
    const once = await onlyText(world.account, "/anna/contacts/");
    for (const number of ["+44 4", "+44 55", "+44 6"]) expect(once).toContain(`:${number}\r\n`);
    expect(once).not.toContain(":+44 5\r\n");
    await phone.sync(folder);
    const again = itemWith(phone, folder, "Contacts:FirstName", "Ada");
    await phone.change(folder, again.serverId, edited(again, { "Contacts:HomePhoneNumber": undefined }));
    const twice = await onlyText(world.account, "/anna/contacts/");
    expect(twice).not.toContain(":+44 4\r\n");
    for (const number of ["+44 55", "+44 6", "+44 1", "+44 2", "+44 3"]) expect(twice).toContain(`:${number}\r\n`);
  });

  it("the photo is shown, stays through edits of other fields, and is replaced by another", async () => {
    const other = "R0lGODlhAQABAAAAACwAAAAAAQABAAA=";
    for (const [name, client] of Object.entries(clients)) {
      const world = await bookOf({ "a.vcf": card(rich) });
      const { phone, folder } = await begin(world, client);
      const item = itemWith(phone, folder, "Contacts:FirstName", "Ada");
      expect(shown(item, "Contacts:Picture"), name).toBe(photo);
      await phone.change(
        folder,
        item.serverId,
        edited(item, { "Contacts:Picture": undefined, "Contacts:Spouse": "William" }),
      );
      const kept = linesOf(await onlyText(world.account, "/anna/contacts/")).join("\n");
      expect(kept, name).toContain(photo);
      await phone.change(folder, item.serverId, edited(item, { "Contacts:Picture": other }));
      const replaced = linesOf(await onlyText(world.account, "/anna/contacts/")).join("\n");
      expect(replaced, name).toContain(other);
      expect(replaced, name).not.toContain(photo);
    }
  });

  it("a card with a company, an address or a number alone has a name on the phone, and a phone's contact has one on the server", async () => {
    const head = ["BEGIN:VCARD", "VERSION:3.0"];
    const world = await bookOf({
      "company.vcf": card([...head, "UID:1", "FN:ACME", "N:;;;;", "ORG:ACME"]),
      "fn.vcf": card([...head, "UID:2", "FN:Only A Name"]),
      "mail.vcf": card([...head, "UID:3", "FN:", "N:;;;;", "EMAIL:only@example.org"]),
      "number.vcf": card([...head, "UID:4", "FN:", "N:;;;;", "TEL;TYPE=CELL:+49 1"]),
    });
    for (const [name, client] of Object.entries(clients)) {
      const { phone, folder } = await begin(world, client);
      expect(phone.items(folder).size, name).toBe(4);
      for (const item of phone.items(folder).values()) {
        const names = ["Contacts:FileAs", "Contacts:FirstName", "Contacts:LastName", "Contacts:CompanyName"] as const;
        expect(names.map((tag) => shown(item, tag) ?? "").join(""), name).not.toBe("");
      }
    }
    const { phone, folder } = await begin(world, clients.iOS);
    // What stands in place of a name does not become one.
    const item = itemWith(phone, folder, "Contacts:MobilePhoneNumber", "+49 1");
    await phone.change(folder, item.serverId, edited(item, { "Contacts:JobTitle": "Clerk" }));
    const texts = await textsIn(world.account, "/anna/contacts/");
    expect(texts.get("number.vcf")).toContain("TITLE:Clerk");
    expect(texts.get("number.vcf")).toContain("FN:\r\n");
    for (const fields of [
      { CompanyName: "Globex" },
      { Email1Address: "new@example.org" },
      { MobilePhoneNumber: "+49 2" },
    ]) {
      await phone.add(folder, contactFields(fields));
    }
    const made = [...(await textsIn(world.account, "/anna/contacts/"))].filter(([name]) => !texts.has(name));
    expect(made).toHaveLength(3);
    for (const [, text] of made) expect(text).toMatch(/^FN:\S/m);
  });

  it("a contact that is edited, renamed and sent back is one contact, here and there", async () => {
    const world = await bookOf({ "a.vcf": card(rich) });
    const { phone, folder } = await begin(world, clients.Gmail);
    for (let round = 0; round < 5; round += 1) {
      const [item] = phone.items(folder).values();
      if (!item) throw new Error("the contact is gone");
      phone.dropNext();
      const data = edited(item, {
        "Contacts:LastName": `Lovelace ${round}`,
        "Contacts:FileAs": `Lovelace ${round}, Ada`,
      });
      const commands = [{ kind: "Change" as const, serverId: item.serverId, data }];
      await expect(phone.sync(folder, { once: true, commands })).rejects.toThrow("thrown away");
      await phone.repeat();
      await phone.sync(folder);
    }
    expect((await textsIn(world.account, "/anna/contacts/")).size).toBe(1);
    expect(phone.items(folder).size).toBe(1);
    const made = await phone.add(folder, [element("Contacts:FirstName", "Grace")], { clientId: "c1" });
    await phone.sync(folder);
    expect(phone.items(folder).size).toBe(2);
    expect(phone.items(folder).has(made.serverId)).toBe(true);
  });
});
