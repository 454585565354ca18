/**
 * A server that refused a password is not asked again with it at once: phones ask every few seconds, and each of their
 * questions would count at the server as one more wrong password.
 */
import { createHmac, randomBytes } from "node:crypto";
import { BackendError } from "../errors.ts";
import type { Credentials, Log } from "../log.ts";
import { createRefusedLogins } from "./refused-logins.ts";

/**
 * `isPhones`: the password is the phone's.
 * @throws BackendError `busy` in place of `auth` where it is not: that is no refusal of the phone's login.
 */
export type Patience = <T>(credentials: Credentials, isPhones: boolean, question: () => Promise<T>) => Promise<T>;

/** `now` in milliseconds since 1970. */
export function createPatience(server: string, now: () => number, log: Log): Patience {
  const hashKey = randomBytes(32);
  const refused = createRefusedLogins(now);
  return async ({ user, password }, isPhones, question) => {
    const key = createHmac("sha256", hashKey)
      .update(JSON.stringify([user, password.reveal()]))
      .digest("base64");
    const before = refused.get(key);
    if (before) throw before;
    try {
      const answer = await question();
      refused.delete(key);
      return answer;
    } catch (error) {
      if (!(error instanceof BackendError) || error.kind !== "auth") throw error;
      if (isPhones) {
        refused.add(key, error);
        throw error;
      }
      log.warn({ server, user, error }, "the server refuses a password that is not the phone's");
      const busy = new BackendError("busy", `the ${server} server refuses its own password`, { cause: error });
      refused.add(key, busy);
      throw busy;
    }
  };
}
