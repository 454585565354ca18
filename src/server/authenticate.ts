/**
 * Who is asking: Basic credentials, mapped to the backend's login, verified by the backend before any state, watch or
 * connection of the account is touched. What was verified is remembered for minutes, in memory, by a keyed hash.
 */
import { createHmac, randomBytes } from "node:crypto";
import { LRUCache } from "lru-cache";
import type { Account, Backend } from "../backends/backend.ts";
import type { BackendConfig } from "../config.ts";
import { BackendError, HttpError } from "../errors.ts";
import { type Credentials, Secret } from "../log.ts";
import { unauthorized } from "./respond.ts";

/** A backend and who belongs to it. */
export interface BackendSet extends Pick<BackendConfig, "name" | "domains" | "login" | "mailDomain"> {
  readonly backend: Backend;
}

export interface Authenticated {
  readonly account: Account;
  /** Forgets the verification: the backend refused the login in the middle of a request. */
  forget(): void;
}

export interface Authenticator {
  /**
   * The account behind an Authorization header.
   * @throws HttpError 401 without usable credentials, BackendError `auth` when they are refused, `busy` or
   * `unreachable` when that could not be told.
   */
  authenticate(header: string | undefined, client: string | undefined): Promise<Authenticated>;
}

/** Milliseconds a verified login is believed. */
const verifiedFor = 300_000;
/** Milliseconds a refused login is refused again without asking: a phone with an old password asks every few seconds. */
const refusedFor = 30_000;
const mostLogins = 20_000;
/** Characters of a user name or password. */
const longestPart = 1_024;

export function createAuthenticator(sets: readonly BackendSet[]): Authenticator {
  const hashKey = randomBytes(32);
  const verified = new LRUCache<string, Account>({ max: mostLogins, ttl: verifiedFor });
  const refused = new LRUCache<string, true>({ max: mostLogins, ttl: refusedFor });
  const running = new Map<string, Promise<Account>>();

  async function verify(typed: Credentials, client: string | undefined): Promise<Account> {
    const { set, user } = findLogin(sets, typed.user);
    const credentials = { user, password: typed.password };
    const account = await set.backend.login(credentials, client === undefined ? {} : { client });
    // One server's principal path may be another's: the set's name keeps their states apart.
    return { ...account, user: `${set.name} ${account.user}`, addresses: addressesOf(account, typed.user, user, set) };
  }

  return {
    async authenticate(header, client) {
      const typed = parseBasic(header);
      const key = createHmac("sha256", hashKey)
        .update(JSON.stringify([typed.user, typed.password.reveal()]))
        .digest("base64");
      const forget = () => void verified.delete(key);
      const known = verified.get(key);
      if (known) return { account: known, forget };
      if (refused.has(key)) throw new BackendError("auth", "this login was refused a moment ago");
      const check = running.get(key) ?? verify(typed, client).finally(() => running.delete(key));
      running.set(key, check);
      try {
        const account = await check;
        verified.set(key, account);
        return { account, forget };
      } catch (error) {
        if (error instanceof BackendError && error.kind === "auth") refused.set(key, true);
        throw error;
      }
    },
  };
}

/**
 * Servers exist (Radicale) that tell no address of a user: a login that is one stands in, as typed on the phone, else
 * the login at the configured mail domain. Phones decide by it whose meeting a meeting is.
 */
function addressesOf(account: Account, typed: string, user: string, { mailDomain }: BackendSet): readonly string[] {
  if (account.addresses.length > 0) return account.addresses;
  const candidates = [typed, mailDomain === undefined ? user : `${user}@${mailDomain}`];
  return candidates
    .filter((candidate) => /^[^@\\\s]+@[^@\\\s]+$/.test(candidate))
    .slice(0, 1)
    .map((one) => one.toLowerCase());
}

/** @throws HttpError 401 when there are no Basic credentials, 400 when they cannot be read. */
export function parseBasic(header: string | undefined): Credentials {
  const encoded = header === undefined ? undefined : /^basic\s+([A-Za-z0-9+/=_-]+)\s*$/i.exec(header)?.[1];
  if (encoded === undefined) throw unauthorized();
  const text = decodeText(Buffer.from(encoded, "base64"));
  const colon = text.indexOf(":");
  if (colon < 1) throw unauthorized();
  const user = text.slice(0, colon);
  const password = text.slice(colon + 1);
  if (user.length > longestPart || password.length > longestPart)
    throw new HttpError(400, "a login too long to be one");
  // A line end or NUL in a login is an attack on a header or a log, never a name.
  if (/[\u0000-\u001f\u007f]/.test(user)) throw new HttpError(400, "control characters in the user name");
  return { user, password: new Secret(password) };
}

/** The name in an Authorization header, for the log; undefined where there is none. */
export function loginOf(header: string | undefined): string | undefined {
  try {
    return parseBasic(header).user;
  } catch {
    return undefined;
  }
}

/** UTF-8, as phones send it; ISO-8859-1 where it is not, as Outlook does. */
function decodeText(octets: Buffer): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(octets);
  } catch {
    return octets.toString("latin1");
  }
}

/** The backend set of a typed name, and the login it is to be asked with. */
export function findLogin(sets: readonly BackendSet[], typed: string): { set: BackendSet; user: string } {
  const { user, domain, style } = splitLogin(typed);
  const named = domain === undefined ? undefined : sets.find(({ domains }) => domains.includes(domain.toLowerCase()));
  const set = named ?? sets.find(({ domains }) => domains.length === 0);
  if (!set) throw unauthorized();
  if (style === "plain" || domain === undefined) return { set, user: typed };
  const form = style === "backslash" ? set.login.backslash : set.login.at;
  const parts: Readonly<Record<string, string>> = { "{user}": user, "{domain}": domain };
  return { set, user: form.replace(/\{user\}|\{domain\}/g, (part) => parts[part] ?? part) };
}

function splitLogin(typed: string): { user: string; domain?: string; style: "plain" | "backslash" | "at" } {
  const backslash = typed.indexOf("\\");
  // Phones send `\user` when the domain field was left empty.
  if (backslash >= 0)
    return { domain: typed.slice(0, backslash), user: typed.slice(backslash + 1), style: "backslash" };
  const at = typed.lastIndexOf("@");
  if (at > 0) return { user: typed.slice(0, at), domain: typed.slice(at + 1), style: "at" };
  return { user: typed, style: "plain" };
}
