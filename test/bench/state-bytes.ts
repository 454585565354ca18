import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createMemoryBackend } from "../../src/backends/memory/memory.ts";
import { checkConfig } from "../../src/config.ts";
import { Secret, silentLog } from "../../src/log.ts";
import { startGateway } from "../../src/main.ts";
import { card } from "./data.ts";
import { createPhone } from "./phone.ts";
import type { Result } from "./result.ts";

/** Octets written to the state store for each changed item, in collections of three sizes: it must not depend on them. */
export async function benchStateBytes(): Promise<readonly Result[]> {
  const perItem: { size: number; octets: number }[] = [];
  for (const size of [100, 1_000, 10_000]) perItem.push({ size, octets: await octetsPerChange(size) });
  const floor = perItem[0]?.octets ?? Number.NaN;
  return perItem.map(({ size, octets }) => ({
    name: `state octets written per changed item at ${size}`,
    measured: octets,
    unit: "B",
    floor,
    target: 1.2,
  }));
}

async function octetsPerChange(size: number): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), "isthmus-bench-"));
  const items = Object.fromEntries(Array.from({ length: size }, (_, number) => [`c${number}.vcf`, card(number)]));
  const backend = createMemoryBackend({
    users: { anna: "secret" },
    collections: [{ path: "contacts", name: "Contacts", components: ["VCARD"], items }],
  });
  const config = checkConfig({
    listen: { port: 0 },
    data: folder,
    backends: [{ dav: { url: "http://127.0.0.1:1/" } }],
  });
  const gateway = await startGateway(config, { log: silentLog, backends: new Map([["default", backend]]) });
  const account = await backend.login({ user: "anna", password: new Secret("secret") });
  const [book] = await account.collections();
  const phone = createPhone(gateway.url, "anna", "secret", "benchbytes");
  const id = await phone.folderId("9");
  await phone.sync(id, { fromStart: true });
  while ((await phone.sync(id)).more);
  await phone.sync(id);
  const before = gateway.state.bytesWritten;
  const changes = 20;
  for (let number = 0; number < changes; number += 1) {
    const href = `${book?.href}c${number}.vcf`;
    for await (const item of account.read(book?.href ?? "", [href])) {
      await account.update(href, item.rev, item.text.replace("TITLE:Engineer", "TITLE:Director"));
    }
    if ((await phone.sync(id)).items !== 1) throw new Error("a change did not arrive");
    await phone.sync(id);
  }
  const octets = (gateway.state.bytesWritten - before) / changes;
  await gateway.stop();
  await rm(folder, { recursive: true, force: true });
  return octets;
}
