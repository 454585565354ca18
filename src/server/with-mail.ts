/** A server of calendars and contacts, and beside it the mail servers of the same users. */

import type { Account, Backend } from "../backends/backend.ts";
import type { MailAccount, MailBackend } from "../backends/mail.ts";
import type { Sending, Submitter } from "../backends/submission.ts";
import type { Credentials } from "../log.ts";

/** Where mail is, and how it is sent. */
export interface MailServers {
  readonly mail: MailBackend;
  readonly submitter?: Submitter | undefined;
  /** The submission server keeps a copy of what it sends in Sent by itself. */
  readonly savesSent?: boolean;
}

/** One login for all; the mail servers are asked when something of them is. */
export function withMail(backend: Backend, { mail, submitter, savesSent = false }: MailServers): Backend {
  return {
    async login(credentials, options) {
      const account = await backend.login(credentials, options);
      const sending: Sending | undefined = submitter && {
        submit: (submission, signal) => submitter.send(credentials, submission, signal),
        savesSent,
      };
      return { ...account, mail: lazyMail(mail, credentials), sending } satisfies Account;
    },
    async close() {
      await Promise.all([backend.close(), mail.close(), submitter?.close()]);
    },
  };
}

/** Logs in with the first question; where that failed, with the next one again. */
function lazyMail(backend: MailBackend, credentials: Credentials): MailAccount {
  let asked: Promise<MailAccount> | undefined;
  const account = (): Promise<MailAccount> => {
    asked ??= backend.login(credentials).catch((error: unknown) => {
      asked = undefined;
      throw error;
    });
    return asked;
  };
  return forwardMail(async (question) => question(await account()));
}

/** A mail account each of whose questions is put by `ask`. */
export function forwardMail(ask: <T>(question: (mail: MailAccount) => Promise<T>) => Promise<T>): MailAccount {
  return {
    mailboxes: (...asked) => ask((to) => to.mailboxes(...asked)),
    changes: (...asked) => ask((to) => to.changes(...asked)),
    heads: (...asked) => ask((to) => to.heads(...asked)),
    texts: (...asked) => ask((to) => to.texts(...asked)),
    part: (...asked) => ask((to) => to.part(...asked)),
    flag: (...asked) => ask((to) => to.flag(...asked)),
    move: (...asked) => ask((to) => to.move(...asked)),
    remove: (...asked) => ask((to) => to.remove(...asked)),
    append: (...asked) => ask((to) => to.append(...asked)),
    findByMessageId: (...asked) => ask((to) => to.findByMessageId(...asked)),
    probe: (...asked) => ask((to) => to.probe(...asked)),
    createMailbox: (...asked) => ask((to) => to.createMailbox(...asked)),
    renameMailbox: (...asked) => ask((to) => to.renameMailbox(...asked)),
    removeMailbox: (...asked) => ask((to) => to.removeMailbox(...asked)),
    watch: (...asked) => ask((to) => to.watch(...asked)),
  };
}
