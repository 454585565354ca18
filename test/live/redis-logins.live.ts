/** How a Redis is reached that asks who we are: over TLS, with names and passwords, of the sentinels too. */
import { readFileSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { afterEach, describe, expect, it } from "vitest";
import { StateError } from "../../src/errors.ts";
import { Secret, silentLog } from "../../src/log.ts";
import { createClient, leave, leaveTime, type Site } from "../../src/state/redis/client.ts";
import type { ConnectionOptions } from "../../src/state/redis/connection.ts";
import { openRedisState } from "../../src/state/redis.ts";
import { freePort } from "../servers/process.ts";
import { startCluster, startRedis, startSentinels } from "../servers/redis.ts";

/** A certificate for localhost that nobody trusts, and its key: for tests only. */
const fixture = (name: string) => fileURLToPath(new URL(`../fixtures/tls/${name}`, import.meta.url));
const [cert, key] = [readFileSync(fixture("cert.pem")), readFileSync(fixture("key.pem"))];

const account = (password: string) => `user isthmus on >${password} ~* &* +@all`;
const login = (password: string) => ({ user: "isthmus", password: new Secret(password) });

const ends: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).toReversed()) await end();
});

async function works(options: Partial<ConnectionOptions> & { readonly site: Site }): Promise<boolean> {
  const state = await openRedisState({ login: {}, log: silentLog, prefix: "isthmus:", patience: 1_500, ...options });
  try {
    const heard: string[] = [];
    await state.subscribe("hub", (message) => heard.push(message));
    await state.publish("hub", "news");
    await expect.poll(() => heard).toEqual(["news"]);
    return (await state.commit({ user: "u" }, { put: new Map([["a", "1"]]) })) === "done";
  } finally {
    await state.close();
  }
}

async function refusal(options: Partial<ConnectionOptions> & { readonly site: Site }): Promise<StateError> {
  try {
    await works(options);
  } catch (error) {
    if (error instanceof StateError) return error;
    throw error;
  }
  throw new Error("it was let in");
}

describe("one server", () => {
  it("is reached over TLS, with a certificate of our own where it asks for one, and only where we trust it", async () => {
    const port = await freePort();
    const files = [`tls-cert-file ${fixture("cert.pem")}`, `tls-key-file ${fixture("key.pem")}`];
    const world = await startRedis([`tls-port ${port}`, ...files, `tls-ca-cert-file ${fixture("cert.pem")}`]);
    ends.push(() => world.stop());
    const site: Site = { kind: "single", host: "127.0.0.1", port, database: 0 };
    expect(await works({ site, tls: { ca: cert, cert, key } })).toBe(true);
    expect((await refusal({ site, tls: {} })).message).toMatch(/self-signed certificate/i);
    expect((await refusal({ site, tls: { ca: cert } })).kind).toBe("unreachable");
    expect((await refusal({ site })).kind).toBe("unreachable");
    // Left in the middle of a handshake: a second error of one connection is nothing to die of.
    for (let milliseconds = 0; milliseconds < 30; milliseconds += 1) {
      const client = createClient({ site, login: {}, tls: {} });
      client.on("error", () => {});
      await pause(milliseconds);
      leave(client);
    }
    await pause(2 * leaveTime);
  }, 20_000);

  it("keeps databases apart, and lets in who has the password", async () => {
    const world = await startRedis([account("geheim")]);
    ends.push(() => world.stop());
    const site: Site = { kind: "single", host: "127.0.0.1", port: world.server.port, database: 3 };
    expect(await works({ site, login: login("geheim") })).toBe(true);
    expect(await world.server.command("dbsize")).toBe(0);
    expect((await refusal({ site, login: login("falsch") })).kind).toBe("refused");
  });

  it("that is part of a cluster is told apart", async () => {
    const world = await startCluster();
    ends.push(() => world.stop());
    const [server] = world.servers;
    const site: Site = { kind: "single", host: "127.0.0.1", port: server?.port ?? 0, database: 0 };
    const state = await openRedisState({ site, login: {}, log: silentLog, prefix: "isthmus:" });
    ends.push(() => state.close());
    expect((await state.inspect()).map(({ level, mend }) => `${level}: ${mend}`)).toEqual([
      expect.stringMatching(/^bad: .*state\.redis\.cluster/),
    ]);
  });
});

it("sentinels are told their own password, the servers theirs", async () => {
  const world = await startSentinels({ servers: [account("geheim")], sentinels: [account("waechter")] });
  ends.push(() => world.stop());
  const { site } = world;
  if (site.kind !== "sentinel") throw new Error("not what was started");
  expect(await works({ site: { ...site, login: login("waechter") }, login: login("geheim") })).toBe(true);
  expect((await refusal({ site: { ...site, login: login("falsch") }, login: login("geheim") })).message).not.toMatch(
    /falsch|geheim/,
  );
  expect((await refusal({ site: { ...site, login: login("waechter") }, login: login("falsch") })).kind).toBe("refused");
  expect((await refusal({ site: { ...site, name: "other" } })).kind).toBe("unreachable");
});

it("every node of a cluster is told the password", async () => {
  const world = await startCluster([account("geheim")]);
  ends.push(() => world.stop());
  expect(await works({ site: world.site, login: login("geheim") })).toBe(true);
  const wrong = await refusal({ site: world.site, login: login("falsch") });
  expect(wrong.message).not.toMatch(/falsch/);
});
