/**
 * `npm run conformance`: the suite against our own gateway in front of a real Radicale and a real Dovecot, into which
 * the SMTP server delivers what is sent; the cases about several addresses against two gateways with one Redis, or where there is none with one store in this process. What is behind
 * those two is in memory: it is the same for both, and quick.
 * `npm run conformance -- sync/ghosting --version 14.1 --json results.json`
 */
import { randomBytes } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { runConformance } from "../../conformance/cli-run.ts";
import { createMemoryBackend } from "../../src/backends/memory/memory.ts";
import { checkConfig } from "../../src/config.ts";
import { createLog } from "../../src/log.ts";
import { type Gateway, type Parts, startGateway } from "../../src/main.ts";
import { isVersion, type Version } from "../../src/schema/versions.ts";
import { createMemoryState } from "../../src/state/memory.ts";
import { startDovecot } from "../servers/dovecot.ts";
import { startRadicale } from "../servers/radicale.ts";
import { type RedisWorld, startRedis } from "../servers/redis.ts";
import { startSmtpSink } from "../servers/smtp.ts";

/** From the folder that npm starts scripts in: the root. */
const known = "conformance/known/isthmus.txt";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    version: { type: "string" },
    query: { type: "string" },
    slow: { type: "boolean" },
    list: { type: "boolean" },
    json: { type: "string" },
    junit: { type: "string" },
  },
});

const folder = await mkdtemp(join(tmpdir(), "isthmus-conformance-"));
// A login that is an address: Radicale tells no address of a user, so a plain name would leave the phone without one.
const users = { "anna@example.org": "geheim" };
const [radicale, dovecot] = await Promise.all([startRadicale({ users }), startDovecot({ users })]);
const smtp = await startSmtpSink({ users, deliver: dovecot });
const redis = await startRedis().catch((error: unknown) => {
  console.log(
    `without Redis (${error instanceof Error ? error.message : String(error)}): nodes share a store in memory`,
  );
});
const gateways: Gateway[] = [];
try {
  const [gateway, ...nodes] = await startGateways(redis);
  const passed = await runConformance({
    url: gateway.url,
    nodes: nodes.map(({ url }) => url),
    user: radicale.user,
    password: radicale.password,
    known,
    ...(values.version === undefined ? {} : { versions: [versionOf(values.version)] }),
    ...(values.query === "base64" || values.query === "plain" ? { query: values.query } : {}),
    ...(positionals[0] === undefined ? {} : { filter: positionals[0] }),
    ...(values.slow === undefined ? {} : { slow: values.slow }),
    ...(values.list === undefined ? {} : { list: values.list }),
    ...(values.json === undefined ? {} : { json: values.json }),
    ...(values.junit === undefined ? {} : { junit: values.junit }),
  });
  if (!passed) process.exitCode = 1;
} finally {
  for (const gateway of gateways) await gateway.stop();
  await redis?.stop();
  await Promise.all([radicale.stop(), dovecot.stop(), smtp.stop()]);
  await rm(folder, { recursive: true, force: true });
}

/** One with a store of its own in front of Radicale and Dovecot, and two that share all they have. */
async function startGateways(world: RedisWorld | void): Promise<readonly [Gateway, ...Gateway[]]> {
  const secretFile = join(folder, "secret");
  await writeFile(secretFile, randomBytes(32).toString("hex"));
  const backend = createMemoryBackend({ users: { [radicale.user]: radicale.password } });
  const state = world ? undefined : { ...createMemoryState(), shared: true };
  const begin = async (name: string, settings: object, parts: Parts): Promise<Gateway> => {
    const config = checkConfig({
      listen: { host: "127.0.0.1", port: 0 },
      data: join(folder, name),
      zone: "Europe/Berlin",
      log: { level: "silent" },
      backends: [{ dav: { url: radicale.url } }],
      // Short waits are lawful here, so that a wait may end; the defaults are those of Exchange.
      push: { pollEvery: 1, heartbeat: { min: 2 } },
      // Each case has devices of its own.
      devices: { most: 10_000 },
      ...settings,
    });
    const gateway = await startGateway(config, { log: createLog("silent"), ...parts });
    gateways.push(gateway);
    return gateway;
  };
  const node = (name: string): Promise<Gateway> => {
    const settings = { secretFile, ...(world ? { state: world.settings } : {}) };
    return begin(name, settings, { backends: new Map([["default", backend]]), ...(state ? { state } : {}) });
  };
  const real = {
    dav: { url: radicale.url },
    imap: { url: `imap://${dovecot.host}:${dovecot.port}`, plain: true },
    smtp: { url: `smtp://${smtp.host}:${smtp.port}`, plain: true },
  };
  return [await begin("alone", { backends: [real] }, {}), await node("node1"), await node("node2")];
}

function versionOf(text: string): Version {
  if (isVersion(text)) return text;
  throw new Error(`--version ${text} is no protocol version`);
}
