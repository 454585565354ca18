/**
 * What makes an in-process gateway mortal: all it does to the world goes through here. From the moment it dies nothing
 * it asks for is answered or done, so that no line of it that matters runs on; a gateway that stands still is
 * answered when it is thawed, by a world that went on without it.
 */
import { setTimeout as pause } from "node:timers/promises";
import type { Account, Backend } from "../../src/backends/backend.ts";
import type { MailAccount } from "../../src/backends/mail.ts";
import { forwardMail } from "../../src/server/with-mail.ts";
import type { Lease, State } from "../../src/state/state.ts";
import type { Fault } from "../../src/sync/faults.ts";
import type { NodeTrouble } from "./story.ts";

export interface Guard {
  readonly status: "up" | "frozen" | "dead";
  readonly fault: Fault;
  state(inner: State): State;
  backend(inner: Backend): Backend;
  arm(trouble: NodeTrouble | undefined): void;
  kill(): void;
  thaw(): void;
  /** Messages of other nodes are not heard. */
  deaf: boolean;
  /** Resolves when nothing was asked for in a while. */
  rest(): Promise<void>;
}

/** Milliseconds without a call after which a gateway is at rest. */
const quiet = 12;

export function createGuard(onDown: () => void): Guard {
  let status: Guard["status"] = "up";
  let armed: NodeTrouble | undefined;
  let calls = 0;
  let hits = 0;
  let running = 0;
  let lastCall = 0;
  let thawed: (() => void)[] = [];
  const leases = new Map<Lease, State>();

  function down(what: "kill" | "freeze"): void {
    if (status === "dead") return;
    status = what === "kill" ? "dead" : "frozen";
    armed = undefined;
    // Others wait for what it holds until that ends by itself; here the time is not waited for.
    for (const [lease, inner] of leases) void inner.release(lease);
    leases.clear();
    onDown();
  }

  /** Never comes back for a dead gateway; for one that stands still when it is thawed, if it asks for its store. */
  function hold(isBackend: boolean): Promise<void> | undefined {
    // A lease cannot hold back what is on its way to the server already.
    if (status === "up" || (status === "frozen" && isBackend)) return undefined;
    return new Promise((resolve) => {
      if (status === "frozen") thawed.push(resolve);
    });
  }

  function count(): void {
    calls += 1;
    if (armed && "call" in armed.at && armed.at.call === calls) down(armed.what);
  }

  async function pass<T>(run: () => Promise<T>, isBackend = false): Promise<T> {
    count();
    await hold(isBackend);
    running += 1;
    try {
      return await run();
    } finally {
      running -= 1;
      lastCall = performance.now();
      count();
      await hold(isBackend);
    }
  }

  async function* passAll<T>(run: () => AsyncIterable<T>, isBackend = false): AsyncGenerator<T> {
    await pass(async () => {}, isBackend);
    for await (const one of run()) {
      await hold(isBackend);
      yield one;
    }
  }

  function mortalMail(mail: MailAccount, ask: <T>(run: () => Promise<T>) => Promise<T>): MailAccount {
    return {
      ...forwardMail((question) => ask(() => question(mail))),
      watch: (onNews, options) =>
        ask(() =>
          mail.watch((path) => {
            if (status === "up") onNews(path);
            // What the server tells in between is read then.
            else if (status === "frozen") thawed.push(() => onNews(path));
          }, options),
        ),
    };
  }

  const guard: Guard = {
    get status() {
      return status;
    },
    deaf: false,
    fault(point) {
      if (!armed || !("point" in armed.at) || armed.at.point !== point) return;
      hits += 1;
      if (hits !== armed.at.hit) return;
      const { what } = armed;
      down(what);
      // What is left of this request must not run; the very last moment of it has no rest, and no one to catch this.
      if (what === "kill" && point !== "last-byte") throw new Error("the gateway was killed");
    },
    state(inner) {
      return {
        async lease(...asked) {
          const lease = await pass(async () => {
            const granted = await inner.lease(...asked);
            if (granted && status !== "up") await inner.release(granted);
            else if (granted) leases.set(granted, inner);
            return granted;
          });
          return lease;
        },
        renew: (...asked) => pass(() => inner.renew(...asked)),
        release: (lease) =>
          pass(async () => {
            leases.delete(lease);
            await inner.release(lease);
          }),
        read: (...asked) => pass(() => inner.read(...asked)),
        scan: (...asked) => passAll(() => inner.scan(...asked)),
        commit: (...asked) => pass(() => inner.commit(...asked)),
        scopes: (...asked) => pass(() => inner.scopes(...asked)),
        publish: (...asked) => pass(() => inner.publish(...asked)),
        subscribe: (channel, listener) =>
          inner.subscribe(channel, (message) => {
            if (status === "up" && !guard.deaf) listener(message);
          }),
        shared: true,
        get bytesWritten() {
          return inner.bytesWritten;
        },
        close: async () => {},
      };
    },
    backend(inner) {
      const ask = <T>(run: () => Promise<T>) => pass(run, true);
      const mortal = (account: Account): Account => ({
        ...account,
        collections: (...asked) => ask(() => account.collections(...asked)),
        changes: (...asked) => ask(() => account.changes(...asked)),
        read: (...asked) => passAll(() => account.read(...asked), true),
        stored: (...asked) => ask(() => account.stored(...asked)),
        create: (...asked) => ask(() => account.create(...asked)),
        update: (...asked) => ask(() => account.update(...asked)),
        remove: (...asked) => ask(() => account.remove(...asked)),
        move: (...asked) => ask(() => account.move(...asked)),
        findByUid: (...asked) => ask(() => account.findByUid(...asked)),
        creatable: (...asked) => ask(() => account.creatable(...asked)),
        createCollection: (...asked) => ask(() => account.createCollection(...asked)),
        renameCollection: (...asked) => ask(() => account.renameCollection(...asked)),
        removeCollection: (...asked) => ask(() => account.removeCollection(...asked)),
        probe: (...asked) => ask(() => account.probe(...asked)),
        mail: account.mail && mortalMail(account.mail, ask),
        sending: account.sending && {
          ...account.sending,
          submit: (...asked) => ask(() => account.sending?.submit(...asked) ?? Promise.resolve()),
        },
      });
      return {
        login: (...asked) => ask(async () => mortal(await inner.login(...asked))),
        close: () => inner.close(),
      };
    },
    arm(trouble) {
      armed = trouble;
      calls = 0;
      hits = 0;
    },
    kill: () => down("kill"),
    thaw() {
      if (status !== "frozen") return;
      status = "up";
      for (const go of thawed) go();
      thawed = [];
    },
    async rest() {
      while (status === "up" && (running > 0 || performance.now() - lastCall < quiet)) await pause(2);
    },
  };
  return guard;
}
