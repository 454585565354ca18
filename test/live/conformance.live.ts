/** The conformance suite against ourselves in front of each server, but for what no server has a say in. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { cases } from "../../conformance/cases/index.ts";
import { resultLines } from "../../conformance/report/console.ts";
import { parseKnown } from "../../conformance/runner/known.ts";
import { runCases } from "../../conformance/runner/run.ts";
import { startTestGateway, type TestGateway } from "../gateway/start.ts";
import { type LiveServer, rows } from "./rows.ts";

declare module "vitest" {
  interface TaskMeta {
    /** Cases of a conformance run, and how many of them are known to fail on this server. */
    conformance?: { readonly run: number; readonly known: number };
  }
}

/** Areas in which the gateway alone answers, or the same whatever stands behind it. */
const own: ReadonlySet<string> = new Set(["autodiscover", "http", "nodes", "provision", "settings", "wire"]);
const about = cases.filter(({ id }) => !own.has(id.slice(0, id.indexOf("/"))));

// `npm run conformance` and `npm test` run it in front of Radicale and the twin.
const chosen = rows.flatMap((row) => (row.conformance ? [{ ...row, ...row.conformance }] : []));

describe.each(chosen)("conformance in front of $name", (row) => {
  let server: LiveServer;
  let gateway: TestGateway;
  beforeAll(async () => {
    server = await row.start();
    // Short waits are lawful here, so that a wait may end; the defaults are those of Exchange.
    const push = { pollEvery: 1, heartbeat: { min: 2 } };
    // Each case comes with devices of its own.
    const devices = { most: 10_000 };
    gateway = await startTestGateway({ dav: server.url, settings: { push, devices, zone: "Europe/Berlin" } });
  });
  afterAll(async () => {
    await gateway?.end();
    await server?.stop();
  });

  it.for(row.versions)("in %s with the %s query", { timeout: 480_000 }, async ([version, query], { task }) => {
    const { url } = gateway;
    const { user, password } = server;
    const known = parseKnown(row.known.join("\n"));
    const run = await runCases(about, { url, user, password, versions: [version], query, known, mail: false }, cases);
    const bad = run.results.filter(({ outcome }) => outcome !== "pass" && outcome !== "known");
    expect([...bad.map(resultLines), ...run.stale]).toEqual([]);
    expect(run.results.length).toBeGreaterThan(150);
    const count = run.results.filter(({ outcome }) => outcome === "known").length;
    task.meta.conformance = { run: run.results.length, known: count };
  });
});
