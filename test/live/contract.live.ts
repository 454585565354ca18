/** The contract of `backends/backend.ts` on the servers that are too heavy for every `npm test`. */
import { createDavBackend } from "../../src/backends/dav/dav.ts";
import { Secret } from "../../src/log.ts";
import { describeBackend, type Subject } from "../backends/contract.ts";
import { startCyrus } from "../servers/cyrus.ts";
import { startDavical } from "../servers/davical.ts";
import { makeCollection } from "../servers/members.ts";
import type { TestServer } from "../servers/radicale.ts";

describeBackend("DAViCal", async () => ({
  ...subjectOn(await startDavical()),
  decodesNamesTwice: true,
  listsChanges: true,
}));
describeBackend("Cyrus", async () => subjectOn(await startCyrus()));

function subjectOn(server: TestServer): Subject {
  const backend = createDavBackend({ url: server.url });
  return {
    backend,
    credentials: { user: server.user, password: new Secret(server.password) },
    checksLogins: true,
    second(component) {
      const first = component === "VCARD" ? server.contacts : server.calendar;
      const { pathname } = new URL(`../second-${component.toLowerCase()}/`, new URL(first, server.url));
      return makeCollection(server, pathname, component);
    },
    async close() {
      await backend.close();
      await server.stop();
    },
  };
}
