/** Mail in the demo: what another client puts into Dovecot, and what that client sees of the phone's doing. */
import { createImapBackend } from "../../src/backends/imap/imap.ts";
import type { MailAccount } from "../../src/backends/mail.ts";
import { Secret } from "../../src/log.ts";
import type { Stage } from "./stage.ts";

export interface OtherMailClient {
  /** A mail of this subject arrives in the inbox. */
  deliver(subject: string, body: string): Promise<void>;
  /** Flags of the newest mail of a mailbox; undefined where there is none. */
  flagsOfNewest(mailbox: string): Promise<readonly string[] | undefined>;
  end(): Promise<void>;
}

export function createOtherMailClient({ dovecot }: Stage): OtherMailClient {
  const { host, port, user, password } = dovecot;
  const backend = createImapBackend({ host, port, security: "none" });
  let login: Promise<MailAccount> | undefined;
  const account = () => (login ??= backend.login({ user, password: new Secret(password) }));
  return {
    async deliver(subject, body) {
      const lines = [
        "From: Rosa Lindqvist <rosa@example.org>",
        `To: ${user}`,
        `Subject: ${subject}`,
        `Date: ${new Date().toUTCString().replace("GMT", "+0000")}`,
        `Message-ID: <${Date.now()}@example.org>`,
        "MIME-Version: 1.0",
        "Content-Type: text/plain; charset=utf-8",
        "",
        body,
        "",
      ];
      await (await account()).append("INBOX", Buffer.from(lines.join("\r\n")), []);
    },
    async flagsOfNewest(mailbox) {
      const mail = await account();
      const [newest] = (await mail.changes(mailbox, undefined)).entries;
      const [head] = newest ? await mail.heads(mailbox, [newest.href]) : [];
      return head?.flags;
    },
    end: () => backend.close(),
  };
}
