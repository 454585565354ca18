/** The budget of logins on real stores that several nodes share, and when that store goes away. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { address, type LoginWorld, loginAt, loginWorld, statuses, wrong } from "../server/logins.ts";
import { type RedisWorld, startCluster, startRedis } from "../servers/redis.ts";

/** Three nodes on one store. */
async function nodesOn(redis: RedisWorld): Promise<{ here: LoginWorld; urls: readonly string[] }> {
  const folder = mkdtempSync(join(tmpdir(), "isthmus-secret-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const secretFile = join(folder, "secret");
  writeFileSync(secretFile, "0123456789abcdef0123456789abcdef", { mode: 0o600 });
  const here = await loginWorld({ settings: { state: redis.settings, secretFile } });
  const others = [await here.another(), await here.another()];
  return { here, urls: [here.gateway.url, ...others.map(({ url }) => url)] };
}

it.each<[string, () => Promise<RedisWorld>]>([
  ["one server", startRedis],
  ["a cluster", startCluster],
])("three nodes on %s pass eight wrong passwords on, whichever they come to", async (_name, start) => {
  const redis = await start();
  onTestFinished(() => redis.stop());
  const { here, urls } = await nodesOn(redis);
  const alice = here.phone("alice", "alice-app");
  await alice.folderSync();
  const guesses = Array.from({ length: 60 }, (_, number) =>
    loginAt(urls[number % 3] ?? "", `stranger${number}`, "guess", address(number)),
  );
  await Promise.all(guesses);
  expect(wrong(here)).toBe(8);
  expect(statuses(here)).not.toContain(429);
  for (const url of urls) expect((await loginAt(url, "bob", "bob-login")).status).toBe(503);
  // Alice was right at the first node, and goes on there.
  here.pass(400);
  expect((await alice.options()).reply.status).toBe(200);
  here.pass(1_801);
  for (const url of urls) expect((await loginAt(url, "bob", "bob-login")).status).toBe(200);
});

it("a store that dies takes no login with it", async () => {
  const redis = await startRedis();
  const { here, urls } = await nodesOn(redis);
  for (let number = 0; number < 3; number += 1) await here.login(`stranger${number}`, "guess", address(number));
  await redis.stop();
  const began = performance.now();
  for (const url of urls) expect((await loginAt(url, "bob", "bob-login")).status).toBe(200);
  // A second for each node, not the store's own ten.
  expect(performance.now() - began).toBeLessThan(6_000);
  // Each node keeps to what it knows: its own refusals, and those it saw of others.
  for (let number = 3; number < 12; number += 1) await here.login(`stranger${number}`, "guess", address(number));
  expect(wrong(here)).toBe(8);
});
