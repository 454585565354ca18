import type { Account } from "../backends/backend.ts";
import type { MailAccount } from "../backends/mail.ts";
import { BackendError } from "../errors.ts";
import { FlagDetails } from "../sync/mail/flag-details.ts";
import { mailingAccount } from "../sync/mail/items.ts";
import { LastingNames, type NameStore } from "../sync/mail/lasting-names.ts";
import { mergingAccount } from "../sync/merged.ts";
import { forwardAccount } from "./forward-account.ts";
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
  const mail = first.mail && withKept(forwardMail(askMail), { ...store, user: first.user });
  const account = forwardAccount(() => inner, ask, mail);
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

/** With what is kept beside mailboxes. */
function withKept(mail: MailAccount, store: NameStore): MailAccount {
  return new LastingNames(new FlagDetails(mail, store), store);
}
