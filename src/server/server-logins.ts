/**
 * What each server of a backend is given as name and password. One of them checks the phone's; the others may want the
 * same, that of a master or service user, or one that the user enters once.
 */
import type { ServerCredentials, ServerName } from "../config-credentials.ts";
import { BackendError } from "../errors.ts";
import type { Credentials, Secret } from "../log.ts";
import type { SealedPasswords } from "./sealed-passwords.ts";

export interface ServerLogin {
  /** It is given the phone's own password: a refusal is one of the phone's login. */
  readonly isSame: boolean;
  /** It has a password that the user enters. */
  readonly isOwn: boolean;
  /**
   * For a login that was checked, and the account that it is. Undefined: the user has not entered the password yet.
   * @throws BackendError `busy` when it has to be entered again, `refused` for a name that cannot be passed on.
   */
  credentials(checked: Credentials, who: string): Promise<Credentials | undefined>;
  /** Whether there is something to be given. */
  isReady(who: string): Promise<boolean>;
  /** As `credentials`, with a password that is to be tried. */
  withPassword(checked: Credentials, password: Secret): Credentials;
}

/** What the phone gives is what the server is given. */
export const sameCredentials: ServerCredentials = { user: "{user}", password: "same" };

export type ServerLogins = Readonly<Record<ServerName, ServerLogin>>;

/** All of a backend's. Without `sealed`, nobody has entered anything. */
export function createServerLogins(
  given: Readonly<Record<ServerName, ServerCredentials>>,
  sealed: SealedPasswords | undefined,
): ServerLogins {
  const one = (server: ServerName) => createServerLogin(server, given[server], sealed);
  return { dav: one("dav"), imap: one("imap"), smtp: one("smtp") };
}

function createServerLogin(
  server: ServerName,
  { user: form, password: given }: ServerCredentials,
  sealed: SealedPasswords | undefined,
): ServerLogin {
  const isOwn = given === "own";
  const withPassword = ({ user }: Credentials, password: Secret) => ({ user: nameFor(form, user), password });
  return {
    isSame: given === "same",
    isOwn,
    withPassword,
    isReady: async (who) => !isOwn || (await sealed?.has(who, server)) === true,
    async credentials(checked, who) {
      if (given === "same") return withPassword(checked, checked.password);
      if (given !== "own") return withPassword(checked, given);
      const password = await sealed?.open(who, server, checked.password);
      return password && withPassword(checked, password);
    },
  };
}

/**
 * What joins a name to a master's (`*` at Dovecot) must not come with the name: `boss*` would be another's account.
 * @throws BackendError `refused`
 */
function nameFor(form: string, user: string): string {
  const joints = [...form.matchAll(/(?<=\{user\})[^\p{L}\p{N}{]|[^\p{L}\p{N}}](?=\{user\})/gu)].map(([joint]) => joint);
  if (joints.some((joint) => user.includes(joint)))
    throw new BackendError("refused", `a name that holds one of ${joints.join(" ")} cannot be passed on`);
  return form.replaceAll("{user}", () => user);
}
