import { createDavBackend } from "../../src/backends/dav/dav.ts";
import { Secret } from "../../src/log.ts";
import { startXandikos } from "../servers/xandikos.ts";
import { describeBackend } from "./contract.ts";

describeBackend("Xandikos", async () => {
  const server = await startXandikos();
  const backend = createDavBackend({ url: server.url });
  return {
    backend,
    credentials: { user: server.user, password: new Secret(server.password) },
    checksLogins: false,
    async close() {
      await backend.close();
      await server.stop();
    },
  };
});
