import { expect } from "vitest";
import { Secret } from "../../../src/log.ts";
import { trap } from "../../servers/trap.ts";
import { expectError } from "../contract.ts";
import { anna, backendFor, contacts, setTwin, setting } from "./setting.ts";

const bob = { user: "bob", password: new Secret("auch") };
const wrong = { user: "anna", password: new Secret("wrong") };

trap("sessionCookies", "no session outlives its credentials", async () => {
  const twin = await setTwin({ sessionCookies: true }, { users: { anna: "geheim", bob: "auch" } });
  const backend = backendFor(twin);
  const first = await backend.login(anna);
  await first.collections();
  expect((await backend.login(bob)).user).toBe("/dav/principals/bob/");
  await expectError(backend.login(wrong), "auth");
  const mine = await first.collections();
  expect(mine.map(({ href }) => href)).toContain(contacts);
  expect(twin.seen.filter(({ headers }) => headers.cookie !== undefined)).toEqual([]);
});

trap("publicRoot", "a root that answers anybody verifies nobody", async () => {
  for (const publicRoot of ["nobody", "named"] as const) {
    const twin = await setTwin({ publicRoot });
    for (const url of [twin.url, `${twin.url}dav/`]) {
      const backend = backendFor(twin, { url });
      await expectError(backend.login(wrong), "auth");
      expect((await backend.login(anna)).user).toBe("/dav/principals/anna/");
      await expectError(backend.login(wrong), "auth");
    }
  }
});

trap("publicRoot", "a principal that anybody may read verifies nobody", async () => {
  const backend = backendFor(await setTwin({ publicRoot: "principal" }));
  expect((await expectError(backend.login(wrong), "unreachable")).message).toContain("who is logged in");
  expect((await backend.login(anna)).user).toBe("/dav/principals/anna/");
  await expectError(backend.login(wrong), "unreachable");
});

trap("loginAliases", "one account however the login is typed, and no path made of it", async () => {
  const twin = await setTwin({ loginAliases: true });
  const backend = backendFor(twin);
  for (const user of ["ANNA", "anna@example.org", "anna"]) {
    const account = await backend.login({ ...anna, user });
    expect(account.user).toBe("/dav/principals/anna/");
    expect((await account.collections()).map(({ href }) => href)).toContain(contacts);
  }
  expect(twin.seen.filter(({ path }) => /ANNA|example/.test(path))).toEqual([]);
});

trap("lockout", "a lock-out is no wrong password", async () => {
  const twin = await setTwin({ lockout: 2 });
  const backend = backendFor(twin);
  await expectError(backend.login(wrong), "auth");
  await expectError(backend.login(wrong), "auth");
  await expectError(backend.login(wrong), "busy");
  await expectError(backend.login(anna), "busy");
});

trap("disabledAccount", "a disabled account is a refused login, asked once", async () => {
  const twin = await setTwin({ disabledAccount: true });
  const error = await expectError(backendFor(twin, { url: `${twin.url}dav/` }).login(anna), "auth");
  expect(error.reason).toBe("disabled");
  expect(twin.seen).toHaveLength(1);
});

trap("secondFactor", "a login that needs an app password is told as that", async () => {
  const twin = await setTwin({ secondFactor: true });
  const error = await expectError(backendFor(twin, { url: `${twin.url}dav/` }).login(anna), "auth");
  expect(error.reason).toBe("app-password");
});

trap("maintenance", "maintenance empties nothing and is over when it is over", async () => {
  const { twin, account, backend } = await setting({});
  twin.shelves.get(contacts)?.put(`${contacts}a.vcf`, "BEGIN:VCARD\r\nUID:a\r\nEND:VCARD\r\n");
  const { cursor } = await account.changes(contacts, undefined);
  twin.switches.maintenance = true;
  await expectError(account.changes(contacts, cursor), "busy");
  await expectError(account.collections(), "busy");
  await expectError(backend.login(anna), "busy");
  twin.switches.maintenance = false;
  expect(await account.changes(contacts, cursor)).toMatchObject({ full: false, entries: [], gone: [] });
});
