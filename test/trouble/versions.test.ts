import { describe, expect, it } from "vitest";
import { element } from "../../src/wire/element.ts";
import { twinWorld, type World } from "./world.ts";

const book = "/dav/card/anna/contacts/";
const card = (version: string) =>
  `BEGIN:VCARD\r\nVERSION:${version}\r\nUID:u\r\nFN:Anna\r\nN:;Anna;;;\r\nTEL;TYPE=cell:+1\r\nX-KEPT:yes\r\nEND:VCARD\r\n`;
const edit = [element("Contacts:FirstName", "Anna"), element("Contacts:MobilePhoneNumber", "+2")];

/** Servers that give a card in another version than they store: no edit may come of such a copy. */
describe("a server that converts cards by request", () => {
  it.each(["3.0", "4.0"])("gets a card of version %s back in that version", async (version) => {
    const here = await twinWorld();
    here.twin.switches.convertsCards = "reports";
    here.twin.shelves.get(book)?.put(`${book}a.vcf`, card(version));
    const phone = await listed(here);
    const folder = phone.folder(9);
    await phone.sync(folder);
    const [id = ""] = phone.items(folder).keys();
    expect((await phone.change(folder, id, edit)).status).toBe(1);
    const stored = here.twin.shelves.get(book)?.items.get(`${book}a.vcf`)?.text ?? "";
    expect(stored).toContain(`VERSION:${version}\r\n`);
    expect(stored).toContain("TEL;TYPE=cell:+2\r\n");
    expect(stored).toContain("X-KEPT:yes\r\n");
  });

  it("is not written to when it does not tell what it stores", async () => {
    const here = await twinWorld();
    here.twin.switches.convertsCards = "always";
    here.twin.shelves.get(book)?.put(`${book}a.vcf`, card("4.0"));
    const phone = await listed(here);
    const folder = phone.folder(9);
    await phone.sync(folder);
    const [id = ""] = phone.items(folder).keys();
    const refused = await phone.change(folder, id, edit);
    expect(refused.status).toBe(6);
    expect(here.twin.shelves.get(book)?.items.get(`${book}a.vcf`)?.text).toBe(card("4.0"));
    // The phone gets the stored number back.
    await phone.sync(folder);
    const data = phone.items(folder).get(id)?.data ?? [];
    expect(data.find(({ name }) => name === "Contacts:MobilePhoneNumber")?.content).toBe("+1");
  });
});

it("a server that gives what it stores is asked for a version once, and never again", async () => {
  const here = await twinWorld();
  for (const name of ["a", "b", "c"])
    here.twin.shelves.get(book)?.put(`${book}${name}.vcf`, card("4.0").replace("UID:u", `UID:${name}`));
  const phone = await listed(here);
  const folder = phone.folder(9);
  await phone.sync(folder);
  const before = here.twin.seen.length;
  for (const id of phone.items(folder).keys()) {
    expect((await phone.change(folder, id, edit, { getChanges: false })).status).toBe(1);
  }
  const methods = here.twin.seen.slice(before).map(({ method }) => method);
  expect(methods.filter((method) => method === "PUT")).toHaveLength(3);
  expect(methods).toHaveLength(4);
});

async function listed(here: World) {
  const phone = here.phone();
  await phone.folderSync();
  return phone;
}
