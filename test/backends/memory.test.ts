import { describe, expect, it } from "vitest";
import { createMemoryBackend } from "../../src/backends/memory/memory.ts";
import { BackendError } from "../../src/errors.ts";
import { Secret } from "../../src/log.ts";
import { describeBackend, expectError } from "./contract.ts";

const anna = { user: "anna", password: new Secret("geheim") };

describeBackend("memory", async () => {
  const backend = createMemoryBackend({
    users: { anna: "geheim" },
    collections: [
      { path: "calendar", name: "Calendar", components: ["VEVENT"] },
      { path: "contacts", name: "Contacts", components: ["VCARD"] },
      { path: "second-vevent", name: "Work", components: ["VEVENT"] },
      { path: "second-vcard", name: "Friends", components: ["VCARD"] },
    ],
  });
  return {
    backend,
    credentials: anna,
    checksLogins: true,
    second: async (component) => `/anna/second-${component.toLowerCase()}/`,
    close: () => backend.close(),
  };
});

describe("the memory backend", () => {
  it("keeps users apart, and what one login wrote for the next", async () => {
    const backend = createMemoryBackend({ users: { anna: "geheim", bert: "auch" } });
    const first = await backend.login(anna);
    await first.create("/anna/contacts/", "a.vcf", "BEGIN:VCARD\r\nUID:1\r\nEND:VCARD\r\n");
    const second = await backend.login(anna);
    expect((await second.changes("/anna/contacts/", undefined)).entries).toHaveLength(1);
    const other = await backend.login({ user: "bert", password: new Secret("auch") });
    await expectError(other.changes("/anna/contacts/", undefined), "gone");
    expect((await other.changes("/bert/contacts/", undefined)).entries).toEqual([]);
  });

  it("refuses writes to what is read-only, and what the collection does not hold", async () => {
    const collections = [
      { path: "shared", name: "Shared", components: ["VCARD"], readOnly: true, items: { "a.vcf": "BEGIN:VCARD\r\n" } },
      { path: "calendar", name: "Calendar", components: ["VEVENT"] },
    ] as const;
    const account = await createMemoryBackend({ users: { anna: "geheim" }, collections }).login(anna);
    const [entry] = (await account.changes("/anna/shared/", undefined)).entries;
    await expectError(account.create("/anna/shared/", "b.vcf", "BEGIN:VCARD\r\n"), "refused");
    await expectError(account.update(entry?.href ?? "", entry?.rev ?? "", "BEGIN:VCARD\r\n"), "refused");
    await expectError(account.remove(entry?.href ?? "", undefined), "refused");
    await expectError(account.create("/anna/calendar/", "b.vcf", "BEGIN:VCARD\r\n"), "refused");
  });

  it("says that a UID is taken", async () => {
    const account = await createMemoryBackend({ users: { anna: "geheim" } }).login(anna);
    await account.create("/anna/contacts/", "a.vcf", "BEGIN:VCARD\r\nUID:1\r\nEND:VCARD\r\n");
    const again = account.create("/anna/contacts/", "b.vcf", "BEGIN:VCARD\r\nUID:1\r\nEND:VCARD\r\n");
    expect((await expectError(again, "conflict")).precondition).toBe("no-uid-conflict");
  });

  it("shows each call before it takes effect", async () => {
    const seen: string[] = [];
    const backend = createMemoryBackend({
      users: { anna: "geheim" },
      before({ method, href }) {
        seen.push(`${method} ${href ?? ""}`.trim());
        if (method === "create") throw new BackendError("busy", "later");
      },
    });
    const account = await backend.login(anna);
    await expectError(account.create("/anna/contacts/", "a.vcf", "BEGIN:VCARD\r\n"), "busy");
    expect((await account.changes("/anna/contacts/", undefined)).entries).toEqual([]);
    expect(seen).toEqual(["login", "create /anna/contacts/a.vcf", "changes /anna/contacts/"]);
  });
});
