/**
 * Logins as Nextcloud answers them, in front of the twin: several passwords of one account, names and addresses, wrong
 * passwords counted by address and locked out, two factors, disabled accounts, maintenance. Given to the twin as its
 * `trouble`; whom it lets in is the twin's own user of that name.
 */

import { sabreError } from "./dav-twin-logins.ts";
import type { Seen, Trouble } from "./dav-twin-switches.ts";

export interface DoorAccount {
  /** Undefined: nobody can log in with one. */
  loginPassword?: string;
  /** Taken with the account's name only, not with its mail address. */
  readonly appPasswords: Set<string>;
  readonly address?: string;
  /** Two factors: the login password alone is refused. */
  twoFactors?: boolean;
  disabled?: boolean;
}

/** One question as it was answered. */
export interface Asked {
  readonly login: string;
  readonly password: string;
  /** The address that it was counted for. */
  readonly client: string;
  readonly status: number;
}

export interface Door {
  readonly accounts: Record<string, DoorAccount>;
  readonly asked: Asked[];
  maintenance: boolean;
  /** Sent with a 429 and in maintenance; Nextcloud itself sends none. */
  retryAfter: string | undefined;
  trouble(seen: Seen): Trouble | undefined;
}

export interface DoorOptions {
  readonly accounts: Record<string, DoorAccount>;
  /** The twin's password of each account. */
  readonly inside: string;
  /** The gateway stands in `trusted_proxies`: wrong passwords are counted by X-Forwarded-For. */
  readonly believesForwarded?: boolean;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** Wrong passwords that are let pass within the window, and its milliseconds. */
const wrongAtMost = 11;
const window = 1_800_000;
const realmHeader = { "WWW-Authenticate": 'Basic realm="Nextcloud", charset="UTF-8"' };

export function createDoor({ accounts, inside, believesForwarded = false, now }: DoorOptions): Door {
  const wrong: { readonly client: string; readonly user: string | undefined; readonly at: number }[] = [];

  function find(login: string): [string, DoorAccount] | undefined {
    const name = login.toLowerCase();
    return Object.entries(accounts).find(([user, { address }]) => user === name || address === name);
  }

  const door: Door = {
    accounts,
    asked: [],
    maintenance: false,
    retryAfter: undefined,
    trouble(seen) {
      const { headers } = seen;
      const pair = Buffer.from(headers.authorization?.replace(/^Basic /, "") ?? "", "base64").toString("utf8");
      const colon = Math.max(0, pair.indexOf(":"));
      const [login, password] = [pair.slice(0, colon), pair.slice(colon + 1)];
      const forwarded = believesForwarded ? headers["x-forwarded-for"]?.toString() : undefined;
      const client = forwarded ?? "gateway";
      const answer = (status: number, body = ""): Trouble => {
        door.asked.push({ login, password, client, status });
        const patience = status === 401 || door.retryAfter === undefined ? {} : { "Retry-After": door.retryAfter };
        const realm = status === 401 ? realmHeader : {};
        return { status, headers: { ...patience, ...realm }, body };
      };
      if (door.maintenance)
        return answer(503, sabreError("OCA\\DAV\\Connector\\Sabre\\Exception\\ServerMaintenanceMode"));
      if (headers.authorization === undefined) return { status: 401, headers: realmHeader };
      const [user, account] = find(login) ?? [];
      if (wrong.filter((one) => one.client === client && one.at > now() - window).length >= wrongAtMost)
        return answer(429);
      const isApp = account?.appPasswords.has(password) === true && login.toLowerCase() === user;
      const isLogin = account?.loginPassword === password;
      if (!account || (!isApp && !isLogin) || (isLogin && !isApp && account.twoFactors === true)) {
        wrong.push({ client, user, at: now() });
        const why = isLogin
          ? "OCA\\DAV\\Connector\\Sabre\\Exception\\PasswordLoginForbidden"
          : "Sabre\\DAV\\Exception\\NotAuthenticated";
        return answer(401, sabreError(why));
      }
      if (account.disabled) return answer(503, sabreError("OC\\User\\DisabledUserException: Account disabled"));
      // A right login clears that user's wrong ones from that address, and nobody else's.
      for (let at = wrong.length - 1; at >= 0; at -= 1) {
        if (wrong[at]?.client === client && wrong[at]?.user === user) wrong.splice(at, 1);
      }
      door.asked.push({ login, password, client, status: 207 });
      headers.authorization = `Basic ${Buffer.from(`${user}:${inside}`).toString("base64")}`;
      return undefined;
    },
  };
  return door;
}
