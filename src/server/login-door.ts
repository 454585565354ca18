/**
 * The way to one backend's logins, within what its server bears. Servers count wrong passwords, by the address they
 * come from, and lock it out. That is ours for all phones, unless the server believes our X-Forwarded-For. So logins
 * that are not known to be right are limited: by user, by address, and by the backend's budget. Above it they wait,
 * and those that were right before go on.
 */
import { LRUCache } from "lru-cache";
import type { Account } from "../backends/backend.ts";
import { BackendError } from "../errors.ts";
import type { Credentials, Log } from "../log.ts";
import { loginRefusals } from "../schema/limits.ts";
import type { State } from "../state/state.ts";
import { createAccountNames } from "./account-names.ts";
import { networkOf } from "./client-address.ts";
import { createGuesses, type Subject } from "./guesses.ts";
import { createLoginBudget } from "./login-budget.ts";
import type { BackendSet } from "./login-name.ts";
import { createLoginPause, type LoginPause } from "./login-pause.ts";
import { createLoginStore } from "./login-store.ts";

/** One question to a backend. */
export interface LoginQuestion {
  /** The name as the configuration has it. */
  readonly credentials: Credentials;
  /** The phone's address. */
  readonly client: string | undefined;
  /** It was right before in this process: it is asked whatever others did; at worst the password was changed since. */
  readonly wasRight: boolean;
  /** How often it was refused in a row. */
  readonly refusals: number;
}

export interface LoginDoor {
  /** @throws BackendError `auth`; `busy` also when there are limits to be kept; `unreachable`. */
  ask(question: LoginQuestion): Promise<Account>;
  /** A login was refused in the middle of a request. Returns how to take that back. */
  charge(client: string | undefined): () => void;
  /** @throws BackendError `busy` when too many passwords were wrong lately that a user entered for other servers. */
  checkEntering(user: string): Promise<void>;
  /** One was wrong that a user entered for another server. */
  countEntered(user: string): Promise<void>;
}

export interface LoginDoorOptions {
  readonly state: State;
  /** What names are hashed with: the same on every node. */
  readonly secret: Uint8Array;
  readonly log: Log;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** What the backend is told. */
interface Name {
  readonly user: string;
  /** Whether it is known that there is no better one. */
  readonly isSure: boolean;
}

const mostPauses = 10_000;

export function createLoginDoor(set: BackendSet, { state, secret, now, log }: LoginDoorOptions): LoginDoor {
  // No account's records: a backend's name has no brackets.
  const scope = { user: `(logins) ${set.name}` };
  const { refusals, perClient } = set.logins;
  const store = createLoginStore({ state, log, now });
  const budget = createLoginBudget({ store, scope, refusals, window: set.logins.window * 1000, now });
  const names = createAccountNames(state, scope, log);
  const pauses = new LRUCache<string, LoginPause>({ max: mostPauses });
  const guesses = createGuesses({ store, scope, secret, window: loginRefusals.within * 1000, now });

  /** Whose budget and pause it is: the backend's, or an address's at the backend. */
  function groupOf(client: string | undefined): string {
    return perClient ? networkOf(client ?? "") : "";
  }

  function pauseOf(group: string): LoginPause {
    const pause = pauses.get(group) ?? createLoginPause(now);
    pauses.set(group, pause);
    return pause;
  }

  /** @throws BackendError `busy` when too many passwords of this user, or from this address, were wrong lately. */
  async function checkLimits(subjects: readonly Subject[]): Promise<void> {
    const left = await guesses.wait(subjects);
    if (left <= 0) return;
    const told = "too many wrong passwords of this user, or from this address";
    throw new BackendError("busy", told, { retryAfter: Math.ceil(left / 1000) });
  }

  async function countWrong({ credentials: { user }, client, refusals: before }: LoginQuestion): Promise<void> {
    // A phone that repeats one wrong password is one mistake; the growing pause between its questions is for it.
    if (before === 0) await guesses.add(subjectsOf(user, client));
  }

  function login(credentials: Credentials, client: string | undefined, onTaken = () => {}): Promise<Account> {
    return set.backend.login(credentials, { onTaken, ...(client === undefined ? {} : { client }) });
  }

  /** The account's own name where it is known; the typed one at every other attempt, should it be another's by now. */
  async function nameFor({ credentials: { user }, refusals: before }: LoginQuestion): Promise<Name> {
    try {
      const known = await names.find(user);
      return { user: known === undefined || before % 2 === 1 ? user : known, isSure: true };
    } catch (error) {
      log.warn({ error }, "the account's own name could not be looked up");
      return { user, isSure: false };
    }
  }

  function learnName({ credentials, client }: LoginQuestion, principal: string): Promise<void> {
    return names.learn(credentials.user, principal, async (user) => {
      try {
        return (await login({ ...credentials, user }, client)).user;
      } catch (error) {
        if (isWrong(error)) budget.charge(groupOf(client));
        throw error;
      }
    });
  }

  return {
    async ask(question) {
      const { credentials, client, wasRight } = question;
      const group = groupOf(client);
      const pause = pauseOf(group);
      pause.check();
      if (!wasRight) await checkLimits(subjectsOf(credentials.user, client));
      const settle = wasRight ? undefined : await budget.enter(group);
      const { user, isSure } = await nameFor(question);
      let holdsPlace = settle !== undefined;
      let wasWrong = false;
      // What is left to be found out takes nobody's place: when a node starts, all its phones log in at once.
      const onTaken = () => {
        holdsPlace = false;
        void settle?.(false);
      };
      try {
        const account = await login({ ...credentials, user }, client, onTaken);
        pause.note();
        if (user === credentials.user) await learnName(question, account.user);
        return account;
      } catch (error) {
        pause.note(error);
        if (error instanceof BackendError && error.kind === "busy") pause.check();
        wasWrong = isWrong(error);
        if (wasWrong) await countWrong(question);
        if (wasWrong && !holdsPlace) budget.charge(group);
        // With the account's own name, which the store did not tell, it might have been right.
        if (wasWrong && !isSure) throw new BackendError("busy", "the state store is away", { cause: error });
        throw error;
      } finally {
        await settle?.(wasWrong);
      }
    },
    charge: (client) => budget.charge(groupOf(client)),
    checkEntering: (user) => checkLimits([enteredBy(user)]),
    countEntered: (user) => guesses.add([enteredBy(user)]),
  };
}

/** Whose wrong passwords a login's would be. */
function subjectsOf(user: string, client: string | undefined): readonly Subject[] {
  const network = limitedNetwork(client);
  return [
    { kind: "user", name: user.toLowerCase(), most: loginRefusals.perUser },
    ...(network === undefined ? [] : [{ kind: "network", name: network, most: loginRefusals.perClient } as const]),
  ];
}

function enteredBy(user: string): Subject {
  return { kind: "server", name: user.toLowerCase(), most: loginRefusals.perUser };
}

/** Undefined for a proxy on this machine that is not believed: its address is everybody's. */
function limitedNetwork(client: string | undefined): string | undefined {
  return client === undefined || client.startsWith("127.") || client === "::1" ? undefined : networkOf(client);
}

/** Whether the server counts it as a wrong password. */
function isWrong(error: unknown): boolean {
  return error instanceof BackendError && error.kind === "auth" && error.reason !== "disabled";
}
