/**
 * Who is asking: Basic credentials, mapped to the backend's login, verified by the backend before any state, watch or
 * connection of the account is touched. What was verified is remembered for minutes, in memory, by a keyed hash; what
 * was refused is refused again without asking.
 *
 * Phones with the same password share an account, so a request of one may tell the server the address of the other:
 * that of the phone whose login verified the account last. The logins, which are what servers count, tell their own.
 */
import { createHmac, randomBytes } from "node:crypto";
import { LRUCache } from "lru-cache";
import type { Account, OwnPasswords } from "../backends/backend.ts";
import { BackendError } from "../errors.ts";
import type { Credentials, Log } from "../log.ts";
import type { Metrics } from "../metrics.ts";
import type { State } from "../state/state.ts";
import { parseBasic } from "./basic.ts";
import { type GuardedAccount, guardAccount } from "./guarded-account.ts";
import { createLoginDoor, type LoginDoor } from "./login-door.ts";
import { addressesOf, type BackendSet, findLogin } from "./login-name.ts";
import { PasswordNeeded } from "./password-needed.ts";
import { createRefusedLogins } from "./refused-logins.ts";

export interface Authenticated {
  readonly account: Account;
  /** Why the backend refused the login since it was verified, if it did. */
  readonly refusal: BackendError | undefined;
}

export interface Authenticator {
  /**
   * The account behind an Authorization header.
   * @param client the phone's address, for the server's own counting and ours.
   * @throws HttpError 401 without usable credentials, BackendError `auth` when they are refused, `busy` or
   * `unreachable` when that could not be told.
   */
  authenticate(header: string | undefined, client: string | undefined): Promise<Authenticated>;
  /**
   * The login in an Authorization header as the configuration has it, small, behind its backend's name: what a device is
   * known by whatever its password; undefined where there is none.
   */
  nameOf(header: string | undefined): string | undefined;
  /**
   * The passwords that the account's servers want of their own; undefined where none does. The login is checked anew.
   * @throws as `authenticate`, but for a password that is not entered yet.
   */
  passwords(header: string | undefined, client: string | undefined): Promise<OwnPasswords | undefined>;
}

export interface AuthenticatorOptions {
  readonly sets: readonly BackendSet[];
  readonly state: State;
  /** What names are hashed with where wrong passwords are counted: the same on every node. */
  readonly secret: Uint8Array;
  readonly metrics: Metrics;
  readonly log: Log;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** Milliseconds a verified login is believed. */
const believedFor = 300_000;
const mostLogins = 20_000;
/** Milliseconds after which a login that was right is a new one. */
const rememberedFor = 604_800_000;

interface Verified {
  readonly guarded: GuardedAccount;
  readonly at: number;
}

/** A login as it came. */
interface Attempt {
  readonly key: string;
  readonly typed: Credentials;
  readonly client: string | undefined;
  readonly set: BackendSet;
  /** The name as the configuration has it. */
  readonly user: string;
  readonly door: LoginDoor;
}

/** What became of a login, for the figures. */
type Outcome =
  /** Verified a moment ago. */
  | "known"
  | "verified"
  | "refused"
  /** Refused without asking. */
  | "refused-before"
  | "disabled"
  /** Not asked: too many were refused lately. */
  | "limited"
  /** Not asked, or in vain: the server takes no logins now. */
  | "turned-away"
  /** The server gave no answer. */
  | "unchecked";

export function createAuthenticator(options: AuthenticatorOptions): Authenticator {
  const { sets, metrics, log, now } = options;
  const hashKey = randomBytes(32);
  const verified = new LRUCache<string, Verified>({ max: mostLogins, ttl: believedFor, ttlAutopurge: true });
  // Weak, because an account holds its password: who waits keeps it, and nobody else.
  const right = new LRUCache<string, WeakRef<GuardedAccount>>({ max: mostLogins, ttl: rememberedFor });
  const guards = new WeakMap<Account, GuardedAccount>();
  const refused = createRefusedLogins(now);
  // By login: how to take back what its 401s in the middle of requests were counted as.
  const doubted = new LRUCache<string, () => void>({ max: mostLogins });
  const running = new Map<string, Promise<Authenticated>>();
  const doors = new Map(
    sets.map((set) => [set.name, createLoginDoor(set, { ...options, log: log.child({ backend: set.name }) })]),
  );

  function attemptOf(typed: Credentials, client: string | undefined): Attempt {
    const { set, user } = findLogin(sets, typed.user);
    const door = doors.get(set.name);
    if (!door) throw new Error(`no door for ${set.name}`);
    const key = createHmac("sha256", hashKey)
      .update(JSON.stringify([typed.user, typed.password.reveal()]))
      .digest("base64");
    return { key, typed, client, set, user, door };
  }

  async function verify(attempt: Attempt): Promise<Authenticated> {
    const { key, typed, client, set, user, door } = attempt;
    try {
      const found = await door.ask({
        credentials: { user, password: typed.password },
        client,
        wasRight: right.has(key),
        refusals: refused.times(key),
      });
      refused.delete(key);
      doubted.get(key)?.();
      doubted.delete(key);
      // One server's principal path may be another's: the set's name keeps their states apart.
      const account = { ...found, user: `${set.name} ${found.user}`, addresses: addressesOf(found, typed, user, set) };
      return keep(attempt, account);
    } catch (error) {
      if (error instanceof BackendError && error.kind === "auth") {
        right.delete(key);
        doubted.delete(key);
        refused.add(key, error);
      }
      throw error;
    }
  }

  function keep(attempt: Attempt, account: Account): Authenticated {
    const { key } = attempt;
    const before = right.get(key)?.deref();
    const isSame = before && !before.refusal && isAsBefore(before.account, account);
    const guarded: GuardedAccount = isSame
      ? before
      : guardAccount(account, (error) => doubt(attempt, guarded, error), { state: options.state, now });
    if (isSame) guarded.renew(account);
    guards.set(guarded.account, guarded);
    right.set(key, new WeakRef(guarded));
    verified.set(key, { guarded, at: now() });
    return guarded;
  }

  /** Servers exist that are confused for a moment: the next request asks once more, and then it is believed. */
  function doubt({ key, set, client, door }: Attempt, guarded: GuardedAccount, error: BackendError): void {
    if (verified.get(key)?.guarded === guarded) verified.delete(key);
    const fields = { user: guarded.account.user, backend: set.name, reason: error.message };
    log.warn(fields, "a login is refused from now on");
    if (error.reason === "disabled") return;
    const before = doubted.get(key);
    const takeBack = door.charge(client);
    doubted.set(key, () => {
      before?.();
      takeBack();
    });
  }

  async function find(attempt: Attempt): Promise<{ found: Authenticated; outcome: Outcome }> {
    const { key } = attempt;
    const known = verified.get(key);
    if (known && known.at > now() - believedFor) return { found: known.guarded, outcome: "known" };
    const refusal = refused.get(key);
    if (refusal) throw new RefusedBefore(refusal);
    const check = running.get(key) ?? verify(attempt).finally(() => running.delete(key));
    running.set(key, check);
    return { found: await check, outcome: "verified" };
  }

  async function checkAnew(attempt: Attempt): Promise<OwnPasswords | undefined> {
    const refusal = refused.get(attempt.key);
    if (refusal) throw refusal;
    try {
      return (await verify(attempt)).account.passwords;
    } catch (error) {
      if (error instanceof PasswordNeeded) return error.passwords;
      throw error;
    }
  }

  /** The account is found anew once there is another password; who guesses one is slowed down. */
  function minding(passwords: OwnPasswords, { key, user, door }: Attempt): OwnPasswords {
    return {
      ...passwords,
      async enter(server, password) {
        await door.checkEntering(user);
        try {
          await passwords.enter(server, password);
        } catch (error) {
          if (error instanceof BackendError && error.kind === "auth") await door.countEntered(user);
          throw error;
        }
        verified.delete(key);
      },
      async forget(server) {
        await passwords.forget(server);
        verified.delete(key);
      },
    };
  }

  return {
    nameOf(header) {
      try {
        const { set, user } = findLogin(sets, parseBasic(header).user);
        return `${set.name} ${user.toLowerCase()}`;
      } catch {
        return undefined;
      }
    },
    async passwords(header, client) {
      const attempt = attemptOf(parseBasic(header), client);
      const passwords = await checkAnew(attempt);
      return passwords && minding(passwords, attempt);
    },
    async authenticate(header, client) {
      const attempt = attemptOf(parseBasic(header), client);
      const count = (outcome: Outcome) => metrics.count("logins", { backend: attempt.set.name, outcome });
      try {
        const { found, outcome } = await find(attempt);
        count(outcome);
        return found;
      } catch (error) {
        count(failedOutcome(error));
        throw error instanceof RefusedBefore ? error.refusal : error;
      }
    },
  };
}

/** Mail may have come to it: its password was entered. */
function isAsBefore(before: Account, now: Account): boolean {
  return before.user === now.user && (before.mail === undefined) === (now.mail === undefined);
}

/** A refusal that was remembered. */
class RefusedBefore extends Error {
  readonly refusal: BackendError;

  constructor(refusal: BackendError) {
    super(refusal.message);
    this.refusal = refusal;
  }
}

function failedOutcome(error: unknown): Outcome {
  if (error instanceof RefusedBefore) return "refused-before";
  if (!(error instanceof BackendError)) return "unchecked";
  if (error.kind === "auth") return error.reason === "disabled" ? "disabled" : "refused";
  if (error.kind !== "busy") return "unchecked";
  return error.status === undefined ? "limited" : "turned-away";
}
