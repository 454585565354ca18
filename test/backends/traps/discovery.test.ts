import { expect } from "vitest";
import { trap } from "../../servers/trap.ts";
import { expectError } from "../contract.ts";
import { anna, backendFor, calendar, card, contacts, event, setTwin, setting } from "./setting.ts";

trap("wellKnown", "the account is found behind each kind of redirect", async () => {
  for (const wellKnown of [301, 302, 307, 308] as const) {
    const twin = await setTwin({ wellKnown });
    expect((await backendFor(twin).login(anna)).user).toBe("/dav/principals/anna/");
    const [found] = twin.seen.filter(({ path }) => path === "/dav/");
    expect(found).toMatchObject({ method: "PROPFIND", headers: { authorization: expect.stringMatching(/^Basic /) } });
  }
});

trap("foreignRedirect", "credentials follow no redirect to another host", async () => {
  const twin = await setTwin({ foreignRedirect: true });
  const error = await expectError(backendFor(twin).login(anna), "unreachable");
  expect(error.message).toContain("https://cloud.example");
});

trap("otherHome", "nobody else's home is asked for", async () => {
  for (const otherHome of [207, 301, 403, 404] as const) {
    const twin = await setTwin({ otherHome, loginAliases: true }, { users: { anna: "geheim", bob: "auch" } });
    const account = await backendFor(twin).login({ ...anna, user: "Anna@example.org" });
    expect(await account.collections()).toHaveLength(2);
    expect(twin.seen.filter(({ path }) => /^\/dav\/(cal|card)\/(?!anna\/)/.test(path))).toEqual([]);
  }
});

trap("oneHome", "a home for both is asked once, and each service takes its own", async () => {
  const book = "/dav/cal/anna/contacts/";
  const { twin, account, asked } = await setting({ oneHome: true });
  expect((await account.collections()).map(({ href }) => href)).toEqual([calendar, book]);
  expect(asked()).toEqual(["PROPFIND propfind"]);
  const one = backendFor(twin, { caldavUrl: `${twin.url}dav/`, carddavUrl: twin.url });
  const hrefs = (await (await one.login(anna)).collections()).map(({ href }) => href);
  expect(hrefs).toEqual([calendar, `//${new URL(twin.url).host}${book}`]);
});

trap("clutter", "what is no folder is none, and the inbox names the default calendar", async () => {
  const { account } = await setting({ clutter: true });
  const collections = await account.collections();
  expect(collections.map(({ href, isDefault }) => [href, isDefault])).toEqual([
    [calendar, true],
    [contacts, false],
  ]);
});

trap("subscriptions", "a subscription is a calendar that cannot be written", async () => {
  const { account } = await setting({ subscriptions: true });
  const found = (await account.collections()).find(({ name }) => name === "Holidays");
  expect(found).toMatchObject({ components: ["VEVENT"], rights: { create: false, update: false, remove: false } });
});

trap("recentContacts", "the people the user was in touch with are no address book", async () => {
  const { account } = await setting({ recentContacts: true });
  const found = (await account.collections()).filter(({ name }) => name === "Recently contacted");
  const rights = { create: false, update: false, remove: false };
  expect(found).toMatchObject([{ components: [], recipients: true, rights, mayRename: false, mayRemove: false }]);
});

trap("noCollections", "a home without collections is a short list and no error", async () => {
  const { account } = await setting({ noCollections: true });
  expect(await account.collections()).toEqual([]);
});

trap("readOnlyShare", "a 404 to a write is no deletion", async () => {
  const { account, shelf } = await setting({ readOnlyShare: true });
  const [seen] = (await account.collections()).filter(({ shared }) => shared);
  expect(seen).toMatchObject({ rights: { create: false, update: false, remove: false } });
  const { href } = shelf(seen?.href ?? "").put(`${seen?.href}a.ics`, event("a"));
  const { rev } = (await account.changes(seen?.href ?? "", undefined)).entries[0] ?? { rev: "" };
  await expectError(account.update(href, rev, event("b")), "refused");
  await expectError(account.remove(href, rev), "refused");
  await expectError(account.remove(href, undefined), "refused");
  await expectError(account.create(seen?.href ?? "", "b.ics", event("b")), "refused");
  await expectError(account.move(href, calendar, "b.ics"), "refused");
  expect(shelf(calendar).items.size).toBe(0);
  // What is gone is told as gone all the same.
  await expectError(account.update(`${calendar}none.ics`, rev, event("b")), "gone");
  await expectError(account.create(`${calendar}none/`, "b.ics", event("b")), "conflict");
});

trap("hiddenRights", "rights that may not be read are none", async () => {
  const { account } = await setting({ hiddenRights: true });
  const [seen, own] = (await account.collections()).toSorted((a, b) => Number(b.shared) - Number(a.shared));
  expect(seen).toMatchObject({ shared: true, rights: { create: false, update: false, remove: false } });
  expect(own).toMatchObject({ shared: false, rights: { create: true, update: true, remove: true } });
  await expectError(account.create(seen?.href ?? "", "a.ics", event("a")), "refused");
});

trap("componentSet", "a calendar takes what it says, and a refusal is one", async () => {
  const { account } = await setting({ componentSet: true });
  const [found] = (await account.collections()).filter(({ href }) => href === calendar);
  expect(found?.components).toEqual(["VEVENT"]);
  const error = await expectError(account.create(calendar, "a.ics", event("a", "", "VTODO")), "refused");
  expect(error.precondition).toBe("supported-calendar-component");
  await account.create(contacts, "a.vcf", card("a"));
});
