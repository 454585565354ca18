/**
 * `npm run conformance`: the suite against our own gateway in front of a real Radicale.
 * `npm run conformance -- sync/ghosting --version 14.1 --json results.json`
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { runConformance } from "../../conformance/cli-run.ts";
import { checkConfig } from "../../src/config.ts";
import { createLog } from "../../src/log.ts";
import { startGateway } from "../../src/main.ts";
import { isVersion, type Version } from "../../src/schema/versions.ts";
import { startRadicale } from "../servers/radicale.ts";

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
const radicale = await startRadicale({ users: { "anna@example.org": "geheim" } });
try {
  const config = checkConfig({
    listen: { host: "127.0.0.1", port: 0 },
    data: folder,
    zone: "Europe/Berlin",
    log: { level: "silent" },
    backends: [{ dav: { url: radicale.url } }],
    // Short waits are lawful here, so that a wait may end; the defaults are those of Exchange.
    push: { pollEvery: 1, heartbeat: { min: 2 } },
  });
  const gateway = await startGateway(config, { log: createLog("silent") });
  try {
    const passed = await runConformance({
      url: gateway.url,
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
    await gateway.stop();
  }
} finally {
  await radicale.stop();
  await rm(folder, { recursive: true, force: true });
}

function versionOf(text: string): Version {
  if (isVersion(text)) return text;
  throw new Error(`--version ${text} is no protocol version`);
}
