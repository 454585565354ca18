import { createDavBackend } from "../../src/backends/dav/dav.ts";
import { Secret } from "../../src/log.ts";
import { makeCollection } from "../servers/members.ts";
import { startXandikos } from "../servers/xandikos.ts";
import { describeBackend } from "./contract.ts";

describeBackend("Xandikos", async () => {
  const server = await startXandikos();
  const backend = createDavBackend({ url: server.url });
  return {
    backend,
    credentials: { user: server.user, password: new Secret(server.password) },
    checksLogins: false,
    second: (component) =>
      makeCollection(server, `/user/${component === "VCARD" ? "contacts" : "calendars"}/second/`, component),
    async close() {
      await backend.close();
      await server.stop();
    },
  };
});
