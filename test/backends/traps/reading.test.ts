import { expect } from "vitest";
import { trap } from "../../servers/trap.ts";
import { expectError, readAll } from "../contract.ts";
import { calendar, card, contacts, event, fill, setting } from "./setting.ts";

trap("omitMissing", "what is left out is missing, and an answer without any item is looked into", async () => {
  const here = await setting({ omitMissing: true });
  const [first = "", second = ""] = fill(here, 2);
  here.shelf(contacts).remove(first);
  expect((await readAll(here.account, contacts, [first, second])).map(({ href }) => href)).toEqual([second]);
  expect(await readAll(here.account, contacts, [first])).toEqual([]);
  here.twin.switches.trouble = ({ report }) =>
    report === "addressbook-multiget" ? { status: 207, body: '<D:multistatus xmlns:D="DAV:"/>' } : undefined;
  await expectError(readAll(here.account, contacts, [second]), "unreachable");
});

trap("ignoreFilters", "an item is found by its whole UID only", async () => {
  const here = await setting({ ignoreFilters: true });
  fill(here, 12);
  expect(await here.account.findByUid(contacts, "uid-1")).toMatchObject({ href: `${contacts}1.vcf` });
  expect(await here.account.findByUid(contacts, "uid-")).toBeUndefined();
  expect(await here.account.findByUid(contacts, "UID-1")).toBeUndefined();
});

const four = card("a", "X-MINE:1\r\n", "4.0");

trap("convertsCards", "an edit is made to the stored version, or not at all", async () => {
  const { account, shelf, twin } = await setting({ convertsCards: "reports" });
  const { href } = shelf(contacts).put(`${contacts}a.vcf`, four);
  const other = shelf(contacts).put(`${contacts}b.vcf`, card("b"));
  const [read, plain] = await readAll(account, contacts, [href, other.href]);
  expect(read?.text).toContain("VERSION:3.0");
  if (!read || !plain) throw new Error("nothing read");
  for (const convertsCards of ["reports", "queries"] as const) {
    twin.switches.convertsCards = convertsCards;
    expect((await account.stored(read)).text).toBe(four);
    expect((await account.stored(plain)).text).toBe(card("b"));
  }
  twin.switches.convertsCards = "always";
  await expectError(account.stored(read), "refused");
});

trap("cutsPhotos", "a photo that conversion loses is read in the other version", async () => {
  const photo = `PHOTO:data:image/png;base64,iVBORw0KGgo${"A".repeat(60)}\r\n ${"B".repeat(70)}\r\n`;
  const { account, shelf } = await setting({ cutsPhotos: true });
  const { href } = shelf(contacts).put(`${contacts}a.vcf`, card("a", photo, "4.0"));
  const other = shelf(contacts).put(`${contacts}b.vcf`, card("b", photo));
  const [read, plain] = await readAll(account, contacts, [href, other.href]);
  expect(read?.text).toBe(card("a", photo, "4.0"));
  expect(plain?.text).toBe(card("b", photo));
});

trap("confidential", "another's confidential event is never written back", async () => {
  const { account, shelf } = await setting({ confidential: true });
  const [lent] = (await account.collections()).filter(({ shared }) => shared);
  const path = lent?.href ?? "";
  const secret = event("a", "CLASS:CONFIDENTIAL\r\nDESCRIPTION:secret\r\n");
  const { href } = shelf(path).put(`${path}a.ics`, secret);
  const open = shelf(path).put(`${path}b.ics`, event("b"));
  const own = shelf(calendar).put(`${calendar}c.ics`, event("c", "CLASS:CONFIDENTIAL\r\n"));
  const [read, plain] = await readAll(account, path, [href, open.href]);
  expect(read?.text).not.toContain("secret");
  const [mine] = await readAll(account, calendar, [own.href]);
  if (!read || !plain || !mine) throw new Error("nothing read");
  await expectError(account.stored(read), "refused");
  expect(await account.stored(plain)).toBe(plain);
  expect(await account.stored(mine)).toBe(mine);
});

trap("rawNul", "a NUL spoils neither its item nor the others", async () => {
  const { account, shelf } = await setting({ rawNul: true });
  shelf(calendar).put(`${calendar}a.ics`, "BEGIN:VCALENDAR\r\nX-BAD:a\\0b\r\nEND:VCALENDAR\r\n");
  shelf(calendar).put(`${calendar}b.ics`, "BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n");
  const items = await readAll(account, calendar, [`${calendar}a.ics`, `${calendar}b.ics`]);
  expect(items.map((item) => item.text)).toEqual([
    "BEGIN:VCALENDAR\r\nX-BAD:ab\r\nEND:VCALENDAR\r\n",
    "BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n",
  ]);
});

trap("numericEtags", "an etag stays the text it is", async () => {
  const here = await setting({ numericEtags: true });
  const [href = ""] = fill(here, 1);
  const [entry] = (await here.account.changes(contacts, undefined)).entries;
  expect(entry?.rev).toBe(`"${here.shelf(contacts).items.get(href)?.etag}"`);
  await here.account.update(href, entry?.rev ?? "", card("uid-0", "NOTE:new\r\n"));
});

trap("cdata", "text and CDATA are one value", async () => {
  const text = "BEGIN:VCALENDAR\r\nX:<b>&amp; ]]> 😀\r\nEND:VCALENDAR\r\n";
  const { account, shelf } = await setting({ cdata: true });
  shelf(calendar).put(`${calendar}a.ics`, text);
  expect((await readAll(account, calendar, [`${calendar}a.ics`]))[0]?.text).toBe(text);
});

trap("oddHrefs", "an href of another host in another encoding is the same item", async () => {
  const { account, shelf } = await setting({ oddHrefs: true });
  const { href } = shelf(contacts).put(`${contacts}a+b@c ä.vcf`, card("a"));
  const { entries } = await account.changes(contacts, undefined);
  expect(entries.map((entry) => entry.href)).toEqual([href]);
  expect(await readAll(account, contacts, [href])).toHaveLength(1);
});

trap("encodedScheme", "an href whose scheme is encoded is the same item", async () => {
  const { account, shelf } = await setting({ encodedScheme: true });
  const { href } = shelf(contacts).put(`${contacts}a b.vcf`, card("a"));
  const { entries, cursor } = await account.changes(contacts, undefined);
  expect(entries.map((entry) => entry.href)).toEqual([href]);
  shelf(contacts).remove(href);
  expect((await account.changes(contacts, cursor)).gone).toEqual([href]);
});
