/** The contract of `backends/backend.ts` on the servers that Debian has. */
import { createDavBackend } from "../../src/backends/dav/dav.ts";
import { Secret } from "../../src/log.ts";
import { describeBackend } from "../backends/contract.ts";
import { startCyrus } from "../servers/cyrus.ts";
import { startDavical } from "../servers/davical.ts";

for (const [name, start] of [
  ["DAViCal", startDavical],
  ["Cyrus", startCyrus],
] as const) {
  describeBackend(name, async () => {
    const server = await start();
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
}
