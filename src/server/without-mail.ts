import type { Account } from "../backends/backend.ts";

const known = new WeakMap<Account, Account>();
const withheld = new Set<PropertyKey>(["mail", "sending"]);

/**
 * The account of a user who may have no mail on a device: nothing of it is found, opened or sent there. One object for
 * each account, as waits are told apart by it.
 */
export function withoutMail(account: Account): Account {
  const made =
    known.get(account) ??
    new Proxy(account, {
      get: (target, name): unknown => (withheld.has(name) ? undefined : Reflect.get(target, name)),
    });
  known.set(account, made);
  return made;
}
