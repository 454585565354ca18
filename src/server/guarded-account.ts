import type { Account } from "../backends/backend.ts";
import type { MailAccount } from "../backends/mail.ts";
import { BackendError } from "../errors.ts";
import { LastingNames, type NameStore } from "../sync/lasting-names.ts";
import { mailingAccount } from "../sync/mail-items.ts";
import { mergingAccount } from "../sync/merged.ts";
import { forwardMail } from "./with-mail.ts";

/** An account that stops at the first refusal of its login. */
export interface GuardedAccount {
  /** The same object as long as the login is believed, however often it is verified: waits are told apart by it. */
  readonly account: Account;
  /** Why the login was refused since it was verified. */
  readonly refusal: BackendError | undefined;
  /** The login was verified once more. */
  renew(account: Account): void;
}

/**
 * The first 401 to any request, a probe of a wait included, ends the login everywhere at once: nothing is asked with
 * it any more, because each question would be one more wrong password at the server.
 */
export function guardAccount(
  first: Account,
  onRefused: (error: BackendError) => void,
  store: Omit<NameStore, "user">,
): GuardedAccount {
  let inner = first;
  let refusal: BackendError | undefined;

  function noticed(error: unknown): unknown {
    if (error instanceof BackendError && error.kind === "auth") {
      onRefused(error);
      refusal ??= error;
    }
    return error;
  }

  async function ask<T>(question: (account: Account) => Promise<T>): Promise<T> {
    if (refusal) throw refusal;
    try {
      return await question(inner);
    } catch (error) {
      throw noticed(error);
    }
  }

  const askMail = <T>(question: (mail: MailAccount) => Promise<T>): Promise<T> =>
    ask(({ mail }) => {
      if (!mail) throw new BackendError("gone", "no mail server is configured");
      return question(mail);
    });
  const account: Account = {
    get user() {
      return inner.user;
    },
    get addresses() {
      return inner.addresses;
    },
    get displayName() {
      return inner.displayName;
    },
    mail: first.mail && new LastingNames(forwardMail(askMail), { ...store, user: first.user }),
    // What the submission server thinks of a login ends none of it: it is asked for one message, and answers for that.
    get sending() {
      return inner.sending;
    },
    collections: (...asked) => ask((to) => to.collections(...asked)),
    changes: (...asked) => ask((to) => to.changes(...asked)),
    async *read(...asked) {
      if (refusal) throw refusal;
      try {
        yield* inner.read(...asked);
      } catch (error) {
        throw noticed(error);
      }
    },
    stored: (...asked) => ask((to) => to.stored(...asked)),
    create: (...asked) => ask((to) => to.create(...asked)),
    update: (...asked) => ask((to) => to.update(...asked)),
    remove: (...asked) => ask((to) => to.remove(...asked)),
    move: (...asked) => ask((to) => to.move(...asked)),
    findByUid: (...asked) => ask((to) => to.findByUid(...asked)),
    creatable: (...asked) => ask((to) => to.creatable(...asked)),
    createCollection: (...asked) => ask((to) => to.createCollection(...asked)),
    renameCollection: (...asked) => ask((to) => to.renameCollection(...asked)),
    removeCollection: (...asked) => ask((to) => to.removeCollection(...asked)),
    probe: (...asked) => ask((to) => to.probe(...asked)),
  };
  return {
    account: mergingAccount(mailingAccount(account)),
    get refusal() {
      return refusal;
    },
    renew(verified) {
      inner = verified;
    },
  };
}
