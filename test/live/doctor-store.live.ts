import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import type { Finding } from "../../src/cli/doctor/finding.ts";
import { checkStore } from "../../src/cli/doctor/store.ts";
import { checkConfig } from "../../src/config.ts";
import { silentLog } from "../../src/log.ts";
import { startGateway } from "../../src/main.ts";
import { startRedis } from "../servers/redis.ts";
import type { RedisProcess } from "../servers/redis-process.ts";

let server: RedisProcess;
let settings: object;
let stop: () => Promise<void>;
let folder: string;

beforeAll(async () => {
  const redis = await startRedis();
  ({ server, settings } = redis);
  stop = () => redis.stop();
});
afterAll(() => stop?.());
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "isthmus-doctor-store-"));
});
afterEach(async () => {
  await server.command("config", "set", "maxmemory", "0", "maxmemory-policy", "noeviction", "appendonly", "yes");
  rmSync(folder, { recursive: true, force: true });
});

function configFor(data: string, state: object = settings, secretFile?: string) {
  mkdirSync(join(folder, data), { recursive: true });
  const more = secretFile === undefined ? {} : { secretFile };
  const backends = [{ dav: { url: "http://127.0.0.1:1/" } }];
  return checkConfig({ listen: { port: 0 }, data, state, backends, ...more }, { folder });
}

async function found(...asked: Parameters<typeof configFor>): Promise<readonly Finding[]> {
  const all: Finding[] = [];
  for await (const finding of checkStore(configFor(...asked))) all.push(finding);
  return all;
}

const told = (findings: readonly Finding[]) => findings.map(({ level, says }) => `${level}: ${says}`).join("\n");

test("a Redis that is fit, with a secret that all nodes can have, is good", async () => {
  writeFileSync(join(folder, "secret"), "0123456789abcdef");
  const findings = await found("data", settings, "secret");
  expect(findings.map(({ level }) => level)).toEqual(["good"]);
  expect(told(findings)).toMatch(/the state store answers \(\d+ ms\)/);
});

test("a secret that only this node has, and settings that lose records, are told with what to do", async () => {
  await server.command("config", "set", "appendonly", "no", "maxmemory", "100mb", "maxmemory-policy", "allkeys-lfu");
  const findings = await found("data");
  expect(told(findings)).toMatch(/advice: every node derives ids from its own/);
  expect(told(findings)).toMatch(/bad: .*maxmemory-policy allkeys-lfu/);
  expect(told(findings)).toMatch(/advice: .*appendonly no/);
  for (const { level, mend } of findings) if (level !== "good") expect(mend).toBeTruthy();
  await expect(startGateway(configFor("data"), { log: silentLog })).rejects.toThrow(/cannot be used: .*noeviction/);
});

test("a store that was made with another secret is told apart", async () => {
  const gateway = await startGateway(configFor("first"), { log: silentLog });
  await gateway.stop();
  expect(told(await found("first"))).not.toMatch(/bad/);
  writeFileSync(join(folder, "other"), "another secret than that");
  expect(told(await found("second", settings, "other"))).toMatch(/bad: the state store was made with another secret/);
  await expect(startGateway(configFor("second", settings, "other"), { log: silentLog })).rejects.toThrow(
    /same secretFile/,
  );
});

test("a Redis that is not there is told by its address, to the doctor and at the start", async () => {
  const nowhere = { redis: { url: "redis://isthmus:geheim@127.0.0.1:1" } };
  const findings = await found("data", nowhere);
  expect(told(findings)).toMatch(/bad: the state store redis 127\.0\.0\.1:1: connect ECONNREFUSED/);
  expect(told(findings)).not.toMatch(/geheim/);
  const starting = startGateway(configFor("data", nowhere), { log: silentLog });
  await expect(starting).rejects.toThrow(/redis 127\.0\.0\.1:1: connect ECONNREFUSED/);
}, 40_000);
