import { createMemoryMailBackend } from "../../src/backends/memory/mail.ts";
import { Secret } from "../../src/log.ts";
import { describeMailBackend } from "./mail-contract.ts";

describeMailBackend("memory", async () => {
  const backend = createMemoryMailBackend({ users: { anna: "geheim" } });
  const credentials = { user: "anna", password: new Secret("geheim") };
  return { backend, credentials, other: await backend.login(credentials), close: () => backend.close() };
});
