import { afterEach, expect, it } from "vitest";
import { createDevice, type Device } from "../../conformance/device/device.ts";
import type { Account, Backend } from "../../src/backends/backend.ts";
import { createMemoryBackend } from "../../src/backends/memory/memory.ts";
import { Secret } from "../../src/log.ts";
import { startTestGateway } from "../gateway/start.ts";

/** Servers that leave things out: what they forget once is asked for again, and nothing else is told twice. */
const ends: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const end of ends.splice(0)) await end();
});

const card = (name: string) =>
  `BEGIN:VCARD\r\nVERSION:3.0\r\nUID:${name}\r\nFN:${name}\r\nN:;${name};;;\r\nEND:VCARD\r\n`;

async function phoneBefore(
  seenAs: (account: Account) => Account,
  now = Date.now,
): Promise<{ phone: Device; account: Account }> {
  const items = Object.fromEntries(["a", "b", "c"].map((name) => [`${name}.vcf`, card(name)]));
  const memory = createMemoryBackend({
    users: { anna: "secret" },
    collections: [{ path: "book", name: "Contacts", components: ["VCARD"], items }],
  });
  const backend: Backend = { ...memory, login: async (...asked) => seenAs(await memory.login(...asked)) };
  const gateway = await startTestGateway({ parts: { now, backends: new Map([["test", backend]]) } });
  const phone = createDevice({
    url: gateway.url,
    user: "anna",
    password: "secret",
    version: "14.1",
    queryForm: "plain",
  });
  ends.push(async () => {
    phone.close();
    await gateway.end();
  });
  await phone.folderSync();
  return { phone, account: await memory.login({ user: "anna", password: new Secret("secret") }) };
}

it.each([
  { times: 1, expected: 3 },
  { times: 9, expected: 2 },
])("an item left out of $times answers does not hold up the others", async ({ times, expected }) => {
  let left = times;
  const { phone } = await phoneBefore((account) => ({
    ...account,
    async *read(...asked) {
      for await (const item of account.read(...asked)) {
        if (item.href.endsWith("b.vcf") && left > 0) left -= 1;
        else yield item;
      }
    },
  }));
  const { changes, more } = await phone.sync(phone.folder(9));
  expect(changes).toHaveLength(expected);
  expect(more).toBe(false);
  expect((await phone.sync(phone.folder(9))).changes).toEqual([]);
});

it("a change that a server never told of is found by the weekly comparison", async () => {
  let clock = Date.now();
  let deaf = false;
  const { phone, account } = await phoneBefore(
    (seen) => ({
      ...seen,
      async changes(collection, cursor, signal) {
        const changes = await seen.changes(collection, cursor, signal);
        return deaf && !changes.full ? { ...changes, entries: [], gone: [] } : changes;
      },
    }),
    () => clock,
  );
  const folder = phone.folder(9);
  await phone.sync(folder);
  deaf = true;
  const [book] = await account.collections();
  await account.create(book?.href ?? "", "d.vcf", card("d"));
  await account.remove(`${book?.href}a.vcf`, undefined);
  expect((await phone.sync(folder)).changes).toEqual([]);
  clock += 8 * 86_400_000;
  const { changes } = await phone.sync(folder);
  expect(changes.map(({ kind }) => kind)).toEqual(["Delete", "Add"]);
  expect((await phone.sync(folder)).changes).toEqual([]);
});

it("a card that was cut short is left out, not shown empty", async () => {
  const { phone, account } = await phoneBefore((seen) => seen);
  const [book] = await account.collections();
  await phone.sync(phone.folder(9));
  for await (const item of account.read(book?.href ?? "", [`${book?.href}a.vcf`])) {
    await account.update(item.href, item.rev, "BEGIN:VCARD\r\nVERSION:3.0\r\nUID:a\r\n");
  }
  expect((await phone.sync(phone.folder(9))).changes).toEqual([]);
  expect(phone.items(phone.folder(9)).size).toBe(3);
});

it("a first listing that waited for its phone is brought up to date before it is used", async () => {
  const { phone, account } = await phoneBefore((seen) => seen);
  const folder = phone.folder(9);
  const { key = "" } = await phone.sync(folder, { key: "0", once: true });
  await new Promise((resolve) => setTimeout(resolve, 1_200));
  const [book] = await account.collections();
  await account.remove(`${book?.href}a.vcf`, undefined);
  await account.create(book?.href ?? "", "d.vcf", card("d"));
  const { changes } = await phone.sync(folder, { key, once: true });
  const names = changes.map(({ data }) => data.find(({ name }) => name === "Contacts:FirstName")?.content);
  expect(new Set(names)).toEqual(new Set(["b", "c", "d"]));
  expect((await phone.sync(folder)).changes).toEqual([]);
});
