import { describe } from "vitest";
import { createImapBackend } from "../../src/backends/imap/imap.ts";
import { Secret } from "../../src/log.ts";
import { describeMailBackend, type MailSubject } from "../backends/mail-contract.ts";
import { type DovecotOptions, startDovecot } from "../servers/dovecot.ts";

/** What a server of 2003 has not got. */
const beyondTheFirst = [
  ..."QRESYNC CONDSTORE ENABLE NOTIFY MOVE UIDPLUS UNSELECT".split(" "),
  ..."LIST-EXTENDED LIST-STATUS SPECIAL-USE ESEARCH IDLE NAMESPACE ID".split(" "),
];

describe.each<readonly [string, DovecotOptions & Pick<MailSubject, "listsChanges">]>([
  ["Dovecot", { users: { anna: 'pässwörd:with "quote" \\' } }],
  ["Dovecot without QRESYNC", { without: ["QRESYNC"], listsChanges: true }],
  ["Dovecot with RFC 3501 alone", { without: beyondTheFirst, listsChanges: true }],
])("%s", (name, { listsChanges = false, ...given }) => {
  describeMailBackend(name, async () => {
    const server = await startDovecot(given);
    const credentials = { user: server.user, password: new Secret(server.password) };
    const options = { host: server.host, port: server.port, security: "none" } as const;
    const [backend, others] = [createImapBackend(options), createImapBackend(options)];
    return {
      backend,
      credentials,
      other: await others.login(credentials),
      listsChanges,
      async close() {
        await Promise.all([backend.close(), others.close()]);
        await server.stop();
      },
    };
  });
});
