import { createDavBackend } from "../../src/backends/dav/dav.ts";
import { Secret } from "../../src/log.ts";
import { startRadicale } from "../servers/radicale.ts";
import { describeBackend } from "./contract.ts";

describeBackend("Radicale", async () => {
  const server = await startRadicale({ users: { anna: "pässwörd:with colon" } });
  const backend = createDavBackend({ url: server.url });
  return {
    backend,
    credentials: { user: server.user, password: new Secret(server.password) },
    checksLogins: true,
    async close() {
      await backend.close();
      await server.stop();
    },
  };
});
