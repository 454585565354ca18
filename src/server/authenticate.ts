/**
 * Who is asking: Basic credentials, mapped to the backend's login, verified by the backend before any state, watch or
 * connection of the account is touched. What was verified is remembered for minutes, in memory, by a keyed hash; what
 * was refused is refused again without asking.
 *
 * Servers count wrong passwords, by the address they come from, and lock it out. That is ours for all phones, unless
 * the server believes the X-Forwarded-For that each request carries: the address of the phone whose login verified the
 * account. (Phones with the same password share an account, so the requests of one may carry the other's address; the
 * logins, which are what is counted, carry their own.) So logins that are not known to be right are limited: by user,
 * by address, and by the backend's budget. Above it they wait, and those who were right before go on.
 */
import { createHmac, randomBytes } from "node:crypto";
import { LRUCache } from "lru-cache";
import type { Account } from "../backends/backend.ts";
import { BackendError } from "../errors.ts";
import type { Credentials, Log } from "../log.ts";
import type { Metrics } from "../metrics.ts";
import { loginRefusals } from "../schema/limits.ts";
import type { State } from "../state/state.ts";
import { type AccountNames, createAccountNames } from "./account-names.ts";
import { parseBasic } from "./basic.ts";
import { networkOf } from "./client-address.ts";
import { type GuardedAccount, guardAccount } from "./guarded-account.ts";
import { createLoginBudget, type LoginBudget } from "./login-budget.ts";
import { addressesOf, type BackendSet, findLogin } from "./login-name.ts";
import { createLoginPause, type LoginPause } from "./login-pause.ts";
import { createRecent } from "./recent.ts";
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
}

export interface AuthenticatorOptions {
  readonly sets: readonly BackendSet[];
  readonly state: State;
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

/** What is kept for one backend. */
interface Door {
  readonly budget: LoginBudget;
  readonly names: AccountNames;
  /** By the addresses that the server counts by. */
  readonly pauses: LRUCache<string, LoginPause>;
}

/** One question to a backend. */
interface Attempt {
  readonly key: string;
  readonly typed: Credentials;
  readonly client: string | undefined;
  readonly set: BackendSet;
  /** As the configuration has it. */
  readonly user: string;
  /** Whose budget and pause it is: the backend's, or the address's at the backend. */
  readonly group: string;
  readonly door: Door;
}

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
  const doors = new Map(sets.map((set) => [set.name, createDoor(set, options)]));
  const window = loginRefusals.within * 1000;
  const users = createRecent({ most: loginRefusals.perUser, window, now });
  const clients = createRecent({ most: loginRefusals.perClient, window, now });

  function attemptOf(typed: Credentials, client: string | undefined): Attempt {
    const { set, user } = findLogin(sets, typed.user);
    const door = doors.get(set.name);
    if (!door) throw new Error(`no door for ${set.name}`);
    const key = createHmac("sha256", hashKey)
      .update(JSON.stringify([typed.user, typed.password.reveal()]))
      .digest("base64");
    const group = set.logins.perClient ? networkOf(client ?? "") : "";
    return { key, typed, client, set, user, group, door };
  }

  /** @throws BackendError `busy` when too many passwords of this user, or from this address, were wrong lately. */
  function checkLimits({ set, user, client }: Attempt): void {
    const left = Math.max(users.wait(userKey(set, user)), client === undefined ? 0 : clients.wait(networkOf(client)));
    if (left <= 0) return;
    const told = "too many wrong passwords of this user, or from this address";
    throw new BackendError("busy", told, { retryAfter: Math.ceil(left / 1000) });
  }

  function remember({ key, set, user, client }: Attempt, error: BackendError): void {
    const isNew = refused.times(key) === 0;
    if (refused.get(key) === undefined) refused.add(key, error);
    // A phone that repeats one wrong password is one mistake, and the growing pause is for it.
    if (!isNew || error.reason === "disabled") return;
    users.add(userKey(set, user));
    if (client !== undefined) clients.add(networkOf(client));
  }

  async function ask(attempt: Attempt): Promise<Authenticated> {
    const { key, set, user, group, door, client, typed } = attempt;
    const pause = pauseOf(door, group, now);
    pause.check();
    // Who was right before is asked again whatever others did; at worst the password was changed since.
    const wasRight = right.has(key);
    if (!wasRight) checkLimits(attempt);
    const settle = wasRight ? undefined : await door.budget.enter(group);
    let wasRefused = false;
    try {
      const name = await nameFor(attempt);
      const found = await login(set, { user: name, password: typed.password }, client);
      pause.note();
      const account = {
        ...found,
        user: `${set.name} ${found.user}`,
        addresses: addressesOf(found.addresses, typed.user, user, set),
      };
      refused.delete(key);
      doubted.get(key)?.();
      doubted.delete(key);
      if (name === user) await learnName(attempt, found.user);
      return keep(attempt, account);
    } catch (error) {
      pause.note(error);
      if (error instanceof BackendError && error.kind === "busy") pause.check();
      if (error instanceof BackendError && error.kind === "auth") {
        wasRefused = error.reason !== "disabled";
        right.delete(key);
        doubted.delete(key);
        remember(attempt, error);
        if (!settle && wasRefused) door.budget.charge(group);
      }
      throw error;
    } finally {
      settle?.(wasRefused);
    }
  }

  /** The account's own name where it is known; the typed one at every other attempt, should the name be another's now. */
  async function nameFor({ key, user, door }: Attempt): Promise<string> {
    const known = await door.names.find(user);
    return known === undefined || refused.times(key) % 2 === 1 ? user : known;
  }

  function learnName({ set, user, typed, client, door, group }: Attempt, principal: string): Promise<void> {
    return door.names.learn(user, principal, async (name) => {
      try {
        return (await login(set, { user: name, password: typed.password }, client)).user;
      } catch (error) {
        if (error instanceof BackendError && error.kind === "auth") door.budget.charge(group);
        throw error;
      }
    });
  }

  function keep(attempt: Attempt, account: Account): Authenticated {
    const { key, door, group } = attempt;
    const before = right.get(key)?.deref();
    if (before && !before.refusal && before.account.user === account.user) {
      before.renew(account);
      verified.set(key, { guarded: before, at: now() });
      return before;
    }
    const guarded: GuardedAccount = guardAccount(account, (error) => {
      if (verified.get(key)?.guarded === guarded) verified.delete(key);
      // Servers exist that are confused for a moment: the next request asks once more, and then it is believed.
      if (error.reason !== "disabled") {
        const before = doubted.get(key);
        const takeBack = door.budget.charge(group);
        doubted.set(key, () => {
          before?.();
          takeBack();
        });
      }
      log.warn(
        { user: account.user, backend: attempt.set.name, reason: error.message },
        "a login is refused from now on",
      );
    });
    guards.set(guarded.account, guarded);
    right.set(key, new WeakRef(guarded));
    verified.set(key, { guarded, at: now() });
    return guarded;
  }

  async function outcomeOf(attempt: Attempt): Promise<{ found: Authenticated; outcome: Outcome }> {
    const { key } = attempt;
    const known = verified.get(key);
    if (known && known.at > now() - believedFor) return { found: known.guarded, outcome: "known" };
    const refusal = refused.get(key);
    if (refusal) throw new RefusedBefore(refusal);
    const check = running.get(key) ?? ask(attempt).finally(() => running.delete(key));
    running.set(key, check);
    return { found: await check, outcome: "verified" };
  }

  return {
    async authenticate(header, client) {
      const attempt = attemptOf(parseBasic(header), client);
      const count = (outcome: Outcome) => metrics.count("logins", { backend: attempt.set.name, outcome });
      try {
        const { found, outcome } = await outcomeOf(attempt);
        count(outcome);
        return found;
      } catch (error) {
        count(failedOutcome(error));
        throw error instanceof RefusedBefore ? error.refusal : error;
      }
    },
  };
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

function createDoor(set: BackendSet, { state, now, log }: AuthenticatorOptions): Door {
  // No account's: a backend's name has no brackets.
  const scope = { user: `(logins) ${set.name}` };
  const { refusals, window } = set.logins;
  const own = log.child({ backend: set.name });
  return {
    budget: createLoginBudget({ state, scope, refusals, window: window * 1000, now, log: own }),
    names: createAccountNames(state, scope, own),
    pauses: new LRUCache({ max: mostLogins }),
  };
}

function pauseOf({ pauses }: Door, group: string, now: () => number): LoginPause {
  const pause = pauses.get(group) ?? createLoginPause(now);
  pauses.set(group, pause);
  return pause;
}

function login(set: BackendSet, credentials: Credentials, client: string | undefined): Promise<Account> {
  return set.backend.login(credentials, client === undefined ? {} : { client });
}

function userKey(set: BackendSet, user: string): string {
  return JSON.stringify([set.name, user.toLowerCase()]);
}
