/**
 * The account's own name, for those who type their mail address. Nextcloud takes the address with the login password,
 * and refuses it with an app password: whoever follows the advice to make one would be locked out until they also
 * change the name on the phone. So the name that the principal shows is tried once when an address has logged in, and
 * if it does as well it is used from then on, in place of the address: never both for one question, because each
 * refused one counts at the server.
 */
import { LRUCache } from "lru-cache";
import { BackendError } from "../errors.ts";
import type { Log } from "../log.ts";
import type { Scope, State } from "../state/state.ts";
import { decodeRecord, encodeRecord } from "../sync/records.ts";
import { inTime } from "./in-time.ts";

export interface AccountNames {
  /** The account name of a mail address, where one is known. @throws when the store does not tell. */
  find(login: string): Promise<string | undefined>;
  /**
   * An address has logged in to the account of this principal. `attempt` logs in with another name and gives the
   * principal's path; when it is refused, no name is tried at this backend any more.
   */
  learn(login: string, principal: string, attempt: (name: string) => Promise<string>): Promise<void>;
}

interface Known {
  readonly name: string;
}

interface Habit {
  /** The server takes only what was typed. */
  readonly asTyped: boolean;
}

const habitKey = "names";
const mostNames = 20_000;

export function createAccountNames(state: State, scope: Scope, log: Log): AccountNames {
  const names = new LRUCache<string, string>({ max: mostNames });
  let asTyped = false;

  async function find(login: string): Promise<string | undefined> {
    const key = keyOf(login);
    if (key === undefined || asTyped) return undefined;
    const known = names.get(key);
    if (known !== undefined) return known;
    const stored = await inTime(state.read(scope, [key, habitKey]));
    asTyped = decodeRecord<Habit>(stored.get(habitKey))?.asTyped ?? false;
    const name = decodeRecord<Known>(stored.get(key))?.name;
    if (name !== undefined && !asTyped) names.set(key, name);
    return asTyped ? undefined : name;
  }

  async function learn(login: string, principal: string, attempt: (name: string) => Promise<string>): Promise<void> {
    const key = keyOf(login);
    const name = principal.split("/").findLast((part) => part !== "");
    if (key === undefined || name === undefined || name.toLowerCase() === login.toLowerCase()) return;
    if ((await find(login)) === name || asTyped) return;
    try {
      if ((await attempt(name)) !== principal) return;
      await inTime(state.commit(scope, { put: new Map([[key, encodeRecord({ name } satisfies Known)]]) }));
      names.set(key, name);
    } catch (error) {
      if (!(error instanceof BackendError) || error.kind !== "auth" || error.reason !== undefined) throw error;
      asTyped = true;
      await inTime(state.commit(scope, { put: new Map([[habitKey, encodeRecord({ asTyped } satisfies Habit)]]) }));
    }
  }

  return {
    find,
    learn: (login, principal, attempt) =>
      learn(login, principal, attempt).catch((error: unknown) => {
        log.warn({ error }, "the account's own name could not be tried");
      }),
  };
}

/** Undefined for what is no mail address. */
function keyOf(login: string): string | undefined {
  return login.includes("@") ? `name ${login.toLowerCase()}` : undefined;
}
