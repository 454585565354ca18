/** A server of calendars and contacts, and beside it the mail servers of the same users. */

import type { Account, Backend, OwnPasswords, OwnServer } from "../backends/backend.ts";
import type { MailAccount, MailBackend } from "../backends/mail.ts";
import type { Sending, Submitter } from "../backends/submission.ts";
import { BackendError } from "../errors.ts";
import { type Credentials, type Log, silentLog } from "../log.ts";
import { forwardAccount } from "./forward-account.ts";
import { PasswordNeeded } from "./password-needed.ts";
import { createPatience } from "./patience.ts";
import type { SealedPasswords } from "./sealed-passwords.ts";
import { createServerLogins, type ServerLogins, sameCredentials } from "./server-logins.ts";
import { type ShownMailboxes, showing } from "./shown-mailboxes.ts";

/** Where mail is, and how it is sent. */
export interface MailServers {
  readonly mail: MailBackend;
  /** Which mailboxes are shown; left out: all. */
  readonly shown?: ShownMailboxes;
  readonly submitter?: Submitter | undefined;
  /** The submission server keeps a copy of what it sends in Sent by itself. */
  readonly savesSent?: boolean;
}

/** How the servers are logged in to; left out: with the phone's name and password. */
export interface ServerAccess {
  readonly logins: ServerLogins;
  readonly sealed: SealedPasswords | undefined;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly log: Log;
}

const sameForAll: ServerAccess = {
  logins: createServerLogins({ dav: sameCredentials, imap: sameCredentials, smtp: sameCredentials }, undefined),
  sealed: undefined,
  now: Date.now,
  log: silentLog,
};

/** One account of them all. The mail servers are asked when something of them is, unless they are to check the login. */
export function withMail(
  backend: Backend,
  { mail, shown = { unsubscribed: true, shared: true }, submitter, savesSent = false }: MailServers,
  { logins, sealed, now, log }: ServerAccess = sameForAll,
): Backend {
  const patience = {
    dav: createPatience("dav", now, log),
    imap: createPatience("imap", now, log),
    smtp: createPatience("smtp", now, log),
  };

  /** `who`: the account as the server has it that checked the login. */
  function accessOf(checked: Credentials, who: string): Access {
    const tries: Readonly<Record<OwnServer, (credentials: Credentials) => Promise<unknown> | undefined>> = {
      dav: (credentials) => backend.login(credentials),
      imap: (credentials) => mail.login(credentials),
      smtp: (credentials) => submitter?.check(credentials),
    };
    const passwords: OwnPasswords = {
      servers: (["dav", "imap", "smtp"] as const).filter((server) => logins[server].isOwn),
      isEntered: async (server) => (await sealed?.has(who, server)) ?? false,
      async enter(server, password) {
        await tries[server](logins[server].withPassword(checked, password));
        await sealed?.seal(who, server, checked.password, password);
      },
      forget: async (server) => sealed?.forget(who, server),
    };
    const opened = new Map<OwnServer, Promise<Credentials>>();

    async function open(server: OwnServer): Promise<Credentials> {
      try {
        const credentials = await logins[server].credentials(checked, who);
        if (!credentials) throw new PasswordNeeded(`the ${server} server's own password is not entered`, passwords);
        return credentials;
      } catch (error) {
        // It may be there, or the store may be back, by the next time.
        opened.delete(server);
        throw error;
      }
    }

    return {
      passwords,
      async ask(server, question) {
        const opening = opened.get(server) ?? open(server);
        opened.set(server, opening);
        try {
          const credentials = await opening;
          return await patience[server](credentials, logins[server].isSame, () => question(credentials));
        } catch (error) {
          // It was refused: another one may have been entered by the next time.
          if (error instanceof BackendError && error.kind === "busy") opened.delete(server);
          throw error;
        }
      },
    };
  }

  async function beside(account: Account, { ask, passwords }: Access, who: string): Promise<Account> {
    const sending: Sending | undefined = submitter && {
      submit: (submission, signal) => ask("smtp", (credentials) => submitter.send(credentials, submission, signal)),
      check: (signal) => ask("smtp", (credentials) => submitter.check(credentials, signal)),
      savesSent,
    };
    // What was never entered is not there yet, and a phone can be set up without it.
    const hasMail = await logins.imap.isReady(who);
    return { ...account, passwords, ...(hasMail ? { mail: showing(lazyMail(mail, ask), shown), sending } : {}) };
  }

  return {
    async login(checked, options) {
      if (logins.dav.isSame) {
        const { ask } = accessOf(checked, checked.user);
        const account = await ask("dav", (credentials) => backend.login(credentials, options));
        return beside(account, accessOf(checked, account.user), account.user);
      }
      const { onTaken, ...rest } = options ?? {};
      const access = accessOf(checked, checked.user);
      await access.ask("imap", (credentials) => mail.login(credentials, rest));
      onTaken?.();
      const account = await access
        .ask("dav", (credentials) => backend.login(credentials, rest))
        .catch((error: unknown) => {
          // It may be entered anew as long as the phone's is right.
          const isOwn = error instanceof BackendError && error.kind === "busy" && logins.dav.isOwn;
          if (!isOwn) throw error;
          const wait = error.retryAfter === undefined ? {} : { retryAfter: error.retryAfter };
          throw new PasswordNeeded(error.message, access.passwords, { ...wait, cause: error });
        });
      // Two who share one account there have each their own mail.
      const user = `${checked.user} ${account.user}`;
      const own = forwardAccount(
        () => ({ ...account, user }),
        (question) => access.ask("dav", () => question(account)),
        undefined,
      );
      return beside(own, access, checked.user);
    },
    async close() {
      await Promise.all([backend.close(), mail.close(), submitter?.close()]);
    },
  };
}

/** What one login can ask of the servers. */
interface Access {
  readonly passwords: OwnPasswords;
  /**
   * Asks a server with what it is to be given. What it refuses is a refusal of the phone only if that is the phone's.
   * @throws PasswordNeeded
   */
  ask<T>(server: OwnServer, question: (credentials: Credentials) => Promise<T>): Promise<T>;
}

/** Logs in with the first question; where that failed, with the next one again. */
function lazyMail(backend: MailBackend, ask: Access["ask"]): MailAccount {
  let asked: Promise<MailAccount> | undefined;
  const account = (credentials: Credentials): Promise<MailAccount> => {
    asked ??= backend.login(credentials).catch((error: unknown) => {
      asked = undefined;
      throw error;
    });
    return asked;
  };
  return forwardMail((question) =>
    ask("imap", async (credentials) => {
      try {
        return await question(await account(credentials));
      } catch (error) {
        if (error instanceof BackendError && error.kind === "auth") asked = undefined;
        throw error;
      }
    }),
  );
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
    empty: (...asked) => ask((to) => to.empty(...asked)),
    append: (...asked) => ask((to) => to.append(...asked)),
    findByMessageId: (...asked) => ask((to) => to.findByMessageId(...asked)),
    search: (...asked) => ask((to) => to.search(...asked)),
    probe: (...asked) => ask((to) => to.probe(...asked)),
    createMailbox: (...asked) => ask((to) => to.createMailbox(...asked)),
    renameMailbox: (...asked) => ask((to) => to.renameMailbox(...asked)),
    removeMailbox: (...asked) => ask((to) => to.removeMailbox(...asked)),
    watch: (...asked) => ask((to) => to.watch(...asked)),
  };
}
