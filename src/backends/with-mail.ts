/** A server of calendars and contacts, and beside it the mail server of the same users. */
import type { Credentials } from "../log.ts";
import type { Account, Backend } from "./backend.ts";
import type { MailAccount, MailBackend } from "./mail.ts";

/** One login for both; the mail server is asked when something of it is. */
export function withMail(backend: Backend, mail: MailBackend): Backend {
  return {
    async login(credentials, options) {
      const account = await backend.login(credentials, options);
      return { ...account, mail: lazyMail(mail, credentials) } satisfies Account;
    },
    async close() {
      await Promise.all([backend.close(), mail.close()]);
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
