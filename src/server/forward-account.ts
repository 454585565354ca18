import type { Account } from "../backends/backend.ts";
import type { MailAccount } from "../backends/mail.ts";

/** Puts a question to an account, and minds what comes of it. */
export type Ask = <T>(question: (account: Account) => Promise<T>) => Promise<T>;

/** An account each of whose questions is put by `ask`; what is no question is what the account `now` says. */
export function forwardAccount(now: () => Account, ask: Ask, mail: MailAccount | undefined): Account {
  return {
    get user() {
      return now().user;
    },
    get addresses() {
      return now().addresses;
    },
    get displayName() {
      return now().displayName;
    },
    mail,
    // What the submission server thinks of a login ends none of it: it is asked for one message, and answers for that.
    get sending() {
      return now().sending;
    },
    get passwords() {
      return now().passwords;
    },
    collections: (...asked) => ask((to) => to.collections(...asked)),
    changes: (...asked) => ask((to) => to.changes(...asked)),
    async *read(...asked) {
      const items = await ask(async (to) => to.read(...asked)[Symbol.asyncIterator]());
      try {
        for (;;) {
          const next = await ask(() => items.next());
          if (next.done) return;
          yield next.value;
        }
      } finally {
        await items.return?.(undefined);
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
}
