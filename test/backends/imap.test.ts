import { createImapBackend } from "../../src/backends/imap/imap.ts";
import { Secret } from "../../src/log.ts";
import { startDovecot } from "../servers/dovecot.ts";
import { describeMailBackend } from "./mail-contract.ts";

describeMailBackend("Dovecot", async () => {
  const server = await startDovecot({ users: { anna: 'pässwörd:with "quote" \\' } });
  const credentials = { user: server.user, password: new Secret(server.password) };
  const options = { host: server.host, port: server.port, security: "none" } as const;
  const [backend, others] = [createImapBackend(options), createImapBackend(options)];
  return {
    backend,
    credentials,
    other: await others.login(credentials),
    async close() {
      await Promise.all([backend.close(), others.close()]);
      await server.stop();
    },
  };
});
