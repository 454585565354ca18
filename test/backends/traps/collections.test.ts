import { expect, it } from "vitest";
import { trap } from "../../servers/trap.ts";
import { expectError } from "../contract.ts";
import { calendar, setting } from "./setting.ts";

const list = { component: "VTODO", name: "made", displayName: "Made" } as const;

trap("closedHome", "nothing is tried where the privileges say no", async () => {
  const { account, asked } = await setting({ closedHome: true });
  expect(await account.creatable()).toEqual([]);
  const error = await expectError(account.createCollection(list), "refused");
  expect(error.precondition).toBe("need-privileges");
  const own = (await account.collections()).find(({ href }) => href === calendar);
  expect(own).toMatchObject({ mayRename: true, mayRemove: false });
  await expectError(account.removeCollection(calendar), "refused");
  expect(asked().filter((method) => !method.startsWith("PROPFIND"))).toEqual([]);
});

trap("noMkcalendar", "a calendar is made by MKCOL where MKCALENDAR is not known", async () => {
  for (const noMkcalendar of [405, 501] as const) {
    const { account, asked } = await setting({ noMkcalendar });
    asked();
    const made = await account.createCollection(list);
    expect(made).toMatchObject({ name: "Made", components: ["VTODO"] });
    expect(asked().filter((method) => method.startsWith("MK"))).toEqual(["MKCALENDAR mkcalendar", "MKCOL mkcol"]);
    // And once more, as after a lost answer.
    expect((await account.createCollection(list)).href).toBe(made.href);
  }
});

trap("mustBeNull", "what is there under the name is looked at, whatever the status says", async () => {
  for (const mustBeNull of [403, 409] as const) {
    for (const wrapFailures of [false, true]) {
      const { account } = await setting({ mustBeNull, wrapFailures });
      const { href } = await account.createCollection(list);
      expect((await account.createCollection({ ...list, displayName: "Other" })).name).toBe("Made");
      // It is not what is wanted now: nobody's name is taken away.
      await expectError(account.createCollection({ ...list, component: "VJOURNAL" }), "conflict");
      await account.removeCollection(href);
    }
  }
});

trap("mostCollections", "a limit on collections is no wrong password", async () => {
  const { account } = await setting({ mostCollections: 2 });
  await expectError(account.createCollection(list), "busy");
  expect(await account.collections()).toHaveLength(2);
});

trap("anyComponent", "a collection that holds more than was asked for fits", async () => {
  const { account } = await setting({ anyComponent: true });
  const made = await account.createCollection(list);
  expect(made.components).toEqual(["VEVENT", "VTODO", "VJOURNAL"]);
  expect(await account.createCollection(list)).toEqual(made);
});

trap("escapesNames", "a name is what it was called", async () => {
  const { account, shelf } = await setting({ escapesNames: true });
  const { href, name } = await account.createCollection({ ...list, displayName: "Q&A <1> &amp; more" });
  expect(shelf(href).name).toBe("Q&amp;A &lt;1&gt; &amp;amp; more");
  expect(name).toBe("Q&A <1> &amp; more");
  await account.renameCollection(href, "A & B");
  expect((await account.collections()).find((one) => one.href === href)?.name).toBe("A & B");
});

trap("trashbin", "the name of a deleted collection is taken for a while, and that is said", async () => {
  const { account } = await setting({ trashbin: true });
  const { href } = await account.createCollection(list);
  await account.removeCollection(href);
  await expectError(account.createCollection(list), "conflict");
  expect((await account.createCollection({ ...list, name: "other" })).name).toBe("Made");
});

trap("readOnlyShare", "another's collection is neither renamed nor deleted, and not even tried", async () => {
  const { account, asked, twin } = await setting({ readOnlyShare: true });
  const seen = (await account.collections()).find(({ shared }) => shared);
  expect(seen).toMatchObject({ owner: "carl", mayRename: false, mayRemove: false });
  asked();
  await expectError(account.renameCollection(seen?.href ?? "", "Mine"), "refused");
  await expectError(account.removeCollection(seen?.href ?? ""), "refused");
  expect(asked().filter((method) => !method.startsWith("PROPFIND"))).toEqual([]);
  expect(twin.shelves.has(seen?.href ?? "")).toBe(true);
});

trap("confidential", "a share that can be written is left alone as well", async () => {
  const { account, twin } = await setting({ confidential: true });
  const lent = (await account.collections()).find(({ shared }) => shared);
  expect(lent).toMatchObject({ rights: { create: true }, mayRename: false, mayRemove: false });
  await expectError(account.removeCollection(lent?.href ?? ""), "refused");
  expect(twin.shelves.has(lent?.href ?? "")).toBe(true);
});

trap("subscriptions", "a subscription is neither renamed nor deleted", async () => {
  const { account } = await setting({ subscriptions: true });
  const holidays = (await account.collections()).find(({ name }) => name === "Holidays");
  expect(holidays).toMatchObject({ shared: false, mayRename: false, mayRemove: false });
  await expectError(account.renameCollection(holidays?.href ?? "", "Mine"), "refused");
  await expectError(account.removeCollection(holidays?.href ?? ""), "refused");
});

trap("clutter", "what is no collection of items is never deleted", async () => {
  const { account } = await setting({ clutter: true });
  for (const name of ["inbox", "outbox", "trashbin", "proxy"]) {
    const error = await account.removeCollection(`/dav/cal/anna/${name}/`).catch((reason: unknown) => reason);
    expect(error, name).toMatchObject({ name: "BackendError" });
  }
  for (const home of ["/dav/cal/anna/", "/dav/", "/dav/principals/anna/"]) {
    await expectError(account.removeCollection(home), "refused");
  }
});

it("what was made is found when the answer does not come, and what was not made is told", async () => {
  const { account, twin } = await setting({});
  twin.switches.trouble = ({ method }) => (method === "MKCALENDAR" ? "reset" : undefined);
  await expectError(account.createCollection(list), "unreachable");
  twin.switches.trouble = undefined;
  const made = await account.createCollection(list);
  twin.switches.trouble = ({ method }) => (method === "MKCALENDAR" ? "reset" : undefined);
  expect(await account.createCollection(list)).toEqual(made);
});
