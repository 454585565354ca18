/** No phone, however stubborn, gets the gateway locked out; and nobody who was right before notices. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { describe, expect, it, onTestFinished } from "vitest";
import type { Backend } from "../../src/backends/backend.ts";
import { createMemoryBackend } from "../../src/backends/memory/memory.ts";
import { BackendError } from "../../src/errors.ts";
import { createMemoryState } from "../../src/state/memory.ts";
import type { State } from "../../src/state/state.ts";
import { address, loginAt, loginWorld, statuses, wrong } from "./logins.ts";

describe("a phone with an old password", () => {
  it("is refused at once, and costs the server three questions in half an hour, then one in each", async () => {
    const here = await loginWorld();
    for (let second = 0; second < 1_800; second += 5) {
      expect((await here.login("alice", "old")).status).toBe(401);
      here.pass(5);
    }
    expect(wrong(here)).toBe(3);
    for (let half = 0; half < 3; half += 1) {
      here.pass(1_800);
      expect((await here.login("alice", "old")).status).toBe(401);
    }
    expect(wrong(here)).toBe(6);
    expect(statuses(here)).not.toContain(429);
  });

  it("is let in within a minute when its password becomes right", async () => {
    const here = await loginWorld();
    expect((await here.login("alice", "new")).status).toBe(401);
    here.door.accounts.alice = { loginPassword: "new", appPasswords: new Set() };
    expect((await here.login("alice", "new")).status).toBe(401);
    here.pass(61);
    expect((await here.login("alice", "new")).status).toBe(200);
  });
});

describe("the budget of a backend", () => {
  it("lets eight wrong passwords pass; then new logins wait, and those who were right before go on", async () => {
    const here = await loginWorld();
    const alice = here.phone("alice", "alice-app");
    await alice.folderSync();
    for (let number = 0; number < 20; number += 1) {
      const { status, retryAfter } = await here.login(`stranger${number}`, "guess", address(number));
      expect(status).toBe(number < 8 ? 401 : 503);
      if (number >= 8) expect(retryAfter).toBeGreaterThan(1_790);
    }
    expect(wrong(here)).toBe(8);

    // A right password that nobody knows of waits too; it cannot be told from a guess.
    expect((await here.login("bob", "bob-login")).status).toBe(503);
    // Beyond the minutes that a login is believed, alice is verified anew.
    here.pass(600);
    const asked = here.door.asked.length;
    expect((await alice.sync(alice.folder(9))).status).toBe(1);
    expect(here.door.asked.length).toBeGreaterThan(asked);
    expect(statuses(here)).not.toContain(429);

    here.pass(1_200);
    expect((await here.login("bob", "bob-login")).status).toBe(200);
  });

  it("holds when all come at the same moment, and does not send the right ones away", async () => {
    const here = await loginWorld();
    const guesses = Array.from({ length: 40 }, (_, number) =>
      here.login(`stranger${number}`, "guess", address(number)),
    );
    const right = ["alice", "bob", "carol"].map((user) => here.login(user, `${user}-login`, address(100)));
    const results = await Promise.all([...right, ...guesses]);
    expect(wrong(here)).toBe(8);
    expect(results.filter(({ status }) => status === 401)).toHaveLength(8);
    expect(results.filter(({ status }) => status === 503).length).toBeGreaterThanOrEqual(32);
  });

  it("lets any number of right logins in at once", async () => {
    const users = Array.from({ length: 60 }, (_, number) => `user${number}`);
    const here = await loginWorld({
      accounts: Object.fromEntries(users.map((user) => [user, { loginPassword: "right", appPasswords: new Set() }])),
    });
    const results = await Promise.all(users.map((user) => here.login(user, "right", address(1))));
    expect(results.filter(({ status }) => status !== 200)).toEqual([]);
  });

  it("lets them in one after the other where the server is slow, and asks the store twice for each", async () => {
    const names = Array.from({ length: 200 }, (_, number) => `user${number}`);
    const memory = createMemoryState(Date.now);
    let reads = 0;
    let inside = 0;
    let most = 0;
    const backend = createMemoryBackend({
      users: Object.fromEntries(names.map((user) => [user, "right"])),
      async before({ method }) {
        if (method !== "login") return;
        inside += 1;
        most = Math.max(most, inside);
        await pause(20);
        inside -= 1;
      },
    });
    const state: State = {
      ...memory,
      read(scope, keys) {
        if (keys.some((key) => key.startsWith("refusals"))) reads += 1;
        return memory.read(scope, keys);
      },
    };
    const here = await loginWorld({ parts: { state, backends: new Map([["cloud", backend]]) } });
    const results = await Promise.all(names.map((user, number) => here.login(user, "right", address(number))));
    expect(results.filter(({ status }) => status !== 200)).toEqual([]);
    expect(most).toBe(8);
    expect(reads).toBe(2 * names.length);
  });

  it("does not hold a login's place while its account is still looked for", async () => {
    const names = Array.from({ length: 40 }, (_, number) => `user${number}`);
    const memory = createMemoryBackend({ users: Object.fromEntries(names.map((user) => [user, "right"])) });
    let looking = 0;
    let most = 0;
    const backend: Backend = {
      ...memory,
      async login(credentials, options) {
        const account = await memory.login(credentials);
        options?.onTaken?.();
        looking += 1;
        most = Math.max(most, looking);
        await pause(300);
        looking -= 1;
        return account;
      },
    };
    const here = await loginWorld({ parts: { backends: new Map([["cloud", backend]]) } });
    const results = await Promise.all(names.map((user, number) => here.login(user, "right", address(number))));
    expect(results.filter(({ status }) => status !== 200)).toEqual([]);
    expect(most).toBeGreaterThan(8);
  });

  it("counts a login that was taken first and refused then", async () => {
    const memory = createMemoryBackend({ users: {} });
    const backend: Backend = {
      ...memory,
      async login(_credentials, options) {
        options?.onTaken?.();
        throw new BackendError("auth", "refused after all");
      },
    };
    const here = await loginWorld({ parts: { backends: new Map([["cloud", backend]]) } });
    const seen: number[] = [];
    for (let number = 0; number < 10; number += 1)
      seen.push((await here.login(`user${number}`, "wrong", address(number))).status);
    expect(seen).toEqual([...Array(8).fill(401), 503, 503]);
  });

  it("is one for all nodes, however fast they are", async () => {
    const memory = createMemoryState(Date.now);
    // Far away enough for the nodes to overtake each other.
    const state: State = {
      ...memory,
      read: async (...asked) => {
        const found = await memory.read(...asked);
        await pause(Math.random() * 5);
        return found;
      },
    };
    const here = await loginWorld({ parts: { state } });
    const other = await here.another({ state });
    const guesses = Array.from({ length: 40 }, (_, number) =>
      loginAt(number % 2 === 0 ? here.gateway.url : other.url, `stranger${number}`, "guess", address(number)),
    );
    await Promise.all(guesses);
    expect(wrong(here)).toBe(8);
    expect((await loginAt(other.url, "bob", "bob-login")).status).toBe(503);
  });

  it("outlives a restart", async () => {
    const state = createMemoryState(Date.now);
    const here = await loginWorld({ parts: { state } });
    for (let number = 0; number < 8; number += 1) await here.login(`stranger${number}`, "guess", address(number));
    await here.gateway.stop();
    const again = await here.another({ state });
    expect((await loginAt(again.url, "stranger9", "guess", address(9))).status).toBe(503);
    expect(wrong(here)).toBe(8);
  });

  it("does not count a node's unfinished questions for long after it was killed", async () => {
    const state = createMemoryState(Date.now);
    const here = await loginWorld({ parts: { state }, logins: { refusals: 1 } });
    const { trouble } = here.door;
    here.door.trouble = () => "hang";
    const lost = here.login("alice", "alice-app");
    await expect.poll(async () => (await dump(state)).join()).toContain('"refused":false');
    here.door.trouble = trouble;
    const other = await here.another({ state });
    here.pass(31);
    expect((await loginAt(other.url, "bob", "bob-login")).status).toBe(200);
    await here.twin.stop();
    await lost;
  });

  it("works while the store is away, by each node alone", async () => {
    const memory = createMemoryState(Date.now);
    let failures = 0;
    const away = () => {
      failures += 1;
      return Promise.reject(new Error("away"));
    };
    let isAway = true;
    const state: State = {
      ...memory,
      read: (...asked) => (isAway ? away() : memory.read(...asked)),
      commit: (...asked) => (isAway ? away() : memory.commit(...asked)),
    };
    const here = await loginWorld({ parts: { state } });
    expect((await here.login("alice", "alice-app")).status).toBe(200);
    for (let number = 0; number < 7; number += 1) await here.login(`stranger${number}`, "guess", address(number));
    // Its own patience is not to be everybody's: it was asked once.
    expect(failures).toBe(1);
    isAway = false;
    // What was counted meanwhile is told when the store is back, and was asked again.
    here.pass(6);
    expect((await here.login("stranger8", "guess", address(8))).status).toBe(401);
    const other = await here.another({ state });
    expect((await loginAt(other.url, "stranger9", "guess", address(9))).status).toBe(503);
    expect(wrong(here)).toBe(8);
    expect(here.lines.filter(({ message }) => message.includes("counted by each node alone"))).toHaveLength(1);
  });

  it("writes nothing down that could tell a password, or whose it was", async () => {
    const state = createMemoryState(Date.now);
    const here = await loginWorld({ parts: { state } });
    await here.login("alice", "wrong-one");
    await here.login("bob", "bob-login");
    const written = (await dump(state)).toSorted(([one], [other]) => one.localeCompare(other));
    expect(written).toHaveLength(2);
    expect(written[0]?.join()).toMatch(/^guesses [\w-]{22},1:\{"at":\[\d+\]\}$/);
    expect(written[1]?.join()).toMatch(/^refusals ,1:\{"[0-9a-f]{8}-\d+":\{"at":\d+,"refused":true\}\}$/);
    expect(JSON.stringify(here.lines)).not.toMatch(/wrong-one|bob-login/);
  });
});

/** The records about logins. */
async function dump(state: State): Promise<(readonly [string, string])[]> {
  const records: (readonly [string, string])[] = [];
  for await (const record of state.scan({ user: "(logins) cloud" }, "")) records.push(record);
  return records;
}

describe("limits of one user and one address", () => {
  it("hold a user's new passwords back after five wrong ones, and nobody else's", async () => {
    const here = await loginWorld();
    expect((await here.login("alice", "alice-app", address(1))).status).toBe(200);
    for (let number = 0; number < 9; number += 1) {
      const { status } = await here.login("alice", `guess${number}`, address(10 + number));
      expect(status).toBe(number < 5 ? 401 : 503);
    }
    expect((await here.login("Alice", "alice-login", address(1))).status).toBe(503);
    expect((await here.login("alice", "alice-app", address(1))).status).toBe(200);
    expect((await here.login("bob", "bob-login", address(1))).status).toBe(200);
    here.pass(1_801);
    expect((await here.login("alice", "alice-login", address(1))).status).toBe(200);
  });

  it("hold an address back after six, an IPv6 line by its network", async () => {
    const here = await loginWorld();
    for (let number = 0; number < 9; number += 1) {
      const { status } = await here.login(`stranger${number}`, "guess", `2001:db8::${number + 1}`);
      expect(status).toBe(number < 6 ? 401 : 503);
    }
    expect((await here.login("bob", "bob-login", address(1))).status).toBe(200);
  });

  it("take the address of a proxy that is not believed for nobody's", async () => {
    const here = await loginWorld({ settings: { listen: { port: 0, trustProxy: false } } });
    for (let number = 0; number < 9; number += 1) {
      const { status } = await here.login(`stranger${number}`, "guess", address(1));
      expect(status).toBe(number < 8 ? 401 : 503);
    }
  });

  it("do not believe an address that a phone makes up", async () => {
    const here = await loginWorld();
    for (let number = 0; number < 9; number += 1) {
      const { status } = await here.login(`stranger${number}`, "guess", `198.51.100.${number}, ${address(1)}`);
      expect(status).toBe(number < 6 ? 401 : 503);
    }
  });
});

describe("limits of one user and one address, with several nodes", () => {
  /** Without the backend's own budget in the way. */
  const logins = { refusals: 1_000 };

  /** Nodes that share a store share their secret too. */
  function nodesWith(state: State) {
    const folder = mkdtempSync(join(tmpdir(), "isthmus-secret-"));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const secretFile = join(folder, "secret");
    writeFileSync(secretFile, "the same on every node");
    return loginWorld({ parts: { state }, logins, settings: { secretFile } });
  }

  it("hold a user back at every node, whichever heard the wrong passwords", async () => {
    const state = createMemoryState(Date.now);
    const here = await nodesWith(state);
    const other = await here.another({ state });
    for (let number = 0; number < 9; number += 1) {
      const { url } = number % 2 === 0 ? here.gateway : other;
      const { status } = await loginAt(url, "alice", `guess${number}`, address(10 + number));
      expect(status).toBe(number < 5 ? 401 : 503);
    }
    expect((await loginAt(other.url, "bob", "bob-login", address(1))).status).toBe(200);
  });

  it("miss none of those that come to several nodes at the same moment", async () => {
    const memory = createMemoryState(Date.now);
    // Far away enough for the nodes to overtake each other.
    const state: State = {
      ...memory,
      read: async (...asked) => {
        const found = await memory.read(...asked);
        await pause(30);
        return found;
      },
    };
    const here = await nodesWith(state);
    const other = await here.another({ state });
    await Promise.all(
      Array.from({ length: 5 }, (_, number) =>
        loginAt((number % 2 === 0 ? here.gateway : other).url, "alice", `guess${number}`, address(10 + number)),
      ),
    );
    for (const { url } of [here.gateway, other])
      expect((await loginAt(url, "alice", "guess", address(30))).status).toBe(503);
  });

  it("hold an address back at every node, and after a restart", async () => {
    const state = createMemoryState(Date.now);
    const here = await nodesWith(state);
    const other = await here.another({ state });
    for (let number = 0; number < 6; number += 1)
      expect((await here.login(`stranger${number}`, "guess", address(1))).status).toBe(401);
    expect((await loginAt(other.url, "stranger6", "guess", address(1))).status).toBe(503);
    const again = await here.another({ state });
    expect((await loginAt(again.url, "bob", "bob-login", address(1))).status).toBe(503);
    expect((await loginAt(again.url, "bob", "bob-login", address(2))).status).toBe(200);
    here.pass(1_801);
    expect((await loginAt(again.url, "stranger6", "guess", address(1))).status).toBe(401);
  });

  it("cost a login that is known nothing, a new one one read, and one that waits none", async () => {
    const memory = createMemoryState(Date.now);
    let asked = 0;
    const state: State = {
      ...memory,
      read(scope, keys) {
        if (keys.some((key) => key.startsWith("guesses"))) asked += 1;
        return memory.read(scope, keys);
      },
    };
    const here = await nodesWith(state);
    for (let number = 0; number < 5; number += 1) await here.login("alice", "alice-app", address(1));
    expect(asked).toBe(1);
    for (let number = 0; number < 5; number += 1) await here.login("bob", `guess${number}`, address(2));
    // Each was asked about and counted.
    expect(asked).toBe(11);
    for (let number = 5; number < 20; number += 1) await here.login("bob", `guess${number}`, address(2));
    expect(asked).toBe(11);
  });

  it("are told to the others when the store is back", async () => {
    const memory = createMemoryState(Date.now);
    let isAway = true;
    const away = () => Promise.reject(new Error("away"));
    const state: State = {
      ...memory,
      read: (...asked) => (isAway ? away() : memory.read(...asked)),
      commit: (...asked) => (isAway ? away() : memory.commit(...asked)),
    };
    const here = await nodesWith(state);
    for (let number = 0; number < 4; number += 1) await here.login("alice", `guess${number}`, address(number));
    isAway = false;
    here.pass(6);
    expect((await here.login("alice", "guess4", address(4))).status).toBe(401);
    const other = await here.another({ state });
    expect((await loginAt(other.url, "alice", "guess5", address(5))).status).toBe(503);
  });
});

describe("where the server counts by the phone's address", () => {
  it("the budget is each address's own", async () => {
    const here = await loginWorld({ believesForwarded: true, logins: { perClient: true, refusals: 4 } });
    for (let number = 0; number < 6; number += 1) {
      const { status } = await here.login(`stranger${number}`, "guess", address(1));
      expect(status).toBe(number < 4 ? 401 : 503);
    }
    for (let number = 0; number < 20; number += 1) {
      expect((await here.login(`other${number}`, "guess", address(2 + number))).status).toBe(401);
    }
    expect((await here.login("bob", "bob-login", address(40))).status).toBe(200);
    expect(statuses(here)).not.toContain(429);
  });

  it("a lock-out is the address's own too", async () => {
    const here = await loginWorld({ believesForwarded: true, logins: { perClient: true, refusals: 1_000 } });
    // Somebody else at this address used it up, past us.
    for (let number = 0; number < 11; number += 1) await guessAtServer(here.twin.url, address(1), number);
    expect((await here.login("bob", "bob-login", address(1))).status).toBe(503);
    expect((await here.login("bob", "bob-login", address(2))).status).toBe(200);
  });
});

/** A wrong password that does not come through the gateway. */
async function guessAtServer(url: string, client: string, number: number): Promise<void> {
  await fetch(`${url}dav/`, {
    method: "PROPFIND",
    headers: { Authorization: `Basic ${btoa(`past${number}:guess`)}`, "X-Forwarded-For": client },
  });
}
