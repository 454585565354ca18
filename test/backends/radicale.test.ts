import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it, vi } from "vitest";
import { createDavBackend } from "../../src/backends/dav/dav.ts";
import { Secret } from "../../src/log.ts";
import { makeCollection } from "../servers/members.ts";
import { startRadicale } from "../servers/radicale.ts";
import { describeBackend } from "./contract.ts";

it("runs a hook after each change, as the gateway's change hook needs it", async () => {
  const server = await startRadicale({ hook: 'echo "%(user)s" >> ../changed' });
  const backend = createDavBackend({ url: server.url });
  try {
    const account = await backend.login({ user: server.user, password: new Secret(server.password) });
    const text = ["BEGIN:VCARD", "VERSION:3.0", "UID:a", "FN:a", "N:a;;;;", "END:VCARD", ""].join("\r\n");
    await account.create("/anna/contacts/", "a.vcf", text);
    const changed = (): Promise<string> => readFile(join(server.folder, "changed"), "utf8");
    expect(await vi.waitFor(changed, 5_000)).toBe("anna\n");
  } finally {
    await backend.close();
    await server.stop();
  }
});

describeBackend("Radicale", async () => {
  const server = await startRadicale({ users: { anna: "pässwörd:with colon" } });
  const backend = createDavBackend({ url: server.url });
  return {
    backend,
    credentials: { user: server.user, password: new Secret(server.password) },
    checksLogins: true,
    second: (component) => makeCollection(server, `/anna/second-${component.toLowerCase()}/`, component),
    async close() {
      await backend.close();
      await server.stop();
    },
  };
});
