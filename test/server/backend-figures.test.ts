/** What counts as a server that is away, and what as one that answers. */
import { expect, it } from "vitest";
import { createMetrics } from "../../src/metrics.ts";
import { createBackendFigures } from "../../src/server/backend-figures.ts";
import { createBackendHealth, describeHealth } from "../../src/server/backend-health.ts";

function createWorld() {
  let now = 1_000_000;
  const clock = () => now;
  const servers = (["dav", "imap", "smtp"] as const).map((server) => ({ backend: "cloud", server }));
  const health = createBackendHealth(servers, clock);
  const metrics = createMetrics();
  const figures = createBackendFigures("cloud", metrics, health);
  return {
    figures,
    metrics,
    health,
    clock,
    pass(seconds: number) {
      now += seconds * 1000;
    },
    standing: () => Object.fromEntries(health.read().map(({ server, isUp }) => [server, isUp])),
  };
}

const http = { method: "REPORT", seconds: 0.1, aborted: false };

it.each([
  ["an answer", 207, false, true],
  ["a refused password", 401, false, true],
  ["a full disk", 507, false, true],
  ["an error of its own", 500, false, false],
  ["maintenance", 503, false, false],
  ["no answer", undefined, false, false],
  ["no answer, because the phone hung up", undefined, true, undefined],
])("DAV: %s", (_name, status, aborted, isUp) => {
  const here = createWorld();
  here.figures.dav({ ...http, status, aborted });
  expect(here.standing()).toEqual({ dav: isUp, imap: undefined, smtp: undefined });
});

it.each([
  ["an answer", { ok: true, failure: undefined }, true],
  ["a refused password", { ok: false, failure: "auth" }, true],
  ["a mailbox that is not there", { ok: false, failure: "gone" }, true],
  ["throttling", { ok: false, failure: "busy" }, false],
  ["no answer", { ok: false, failure: "unreachable" }, false],
  ["a mistake of ours", { ok: false, failure: undefined }, undefined],
] as const)("IMAP: %s", (_name, told, isUp) => {
  const here = createWorld();
  here.figures.imap({ command: "FETCH", milliseconds: 5, ...told });
  expect(here.standing().imap).toBe(isUp);
});

it.each([
  ["an answer", { ok: true, status: undefined }, true],
  ["a refused recipient", { ok: false, status: 550 }, true],
  ["a server that closes", { ok: false, status: 421 }, false],
  ["no answer", { ok: false, status: undefined }, false],
] as const)("SMTP: %s", (_name, told, isUp) => {
  const here = createWorld();
  here.figures.smtp({ step: "send", milliseconds: 5, ...told });
  expect(here.standing().smtp).toBe(isUp);
});

it("each call is a figure, by server, method and answer", async () => {
  const { figures, metrics } = createWorld();
  figures.dav({ ...http, status: 207 });
  figures.dav({ ...http, status: undefined });
  figures.imap({ command: "FETCH", milliseconds: 5, ok: true, failure: undefined });
  figures.imap({ command: "LOGIN", milliseconds: 5, ok: false, failure: "auth" });
  figures.smtp({ step: "send", milliseconds: 5, ok: false, status: 451 });
  const text = await metrics.text();
  for (const labels of [
    'server="dav",method="REPORT",answer="2xx"',
    'server="dav",method="REPORT",answer="none"',
    'server="imap",method="FETCH",answer="ok"',
    'server="imap",method="LOGIN",answer="auth"',
    'server="smtp",method="send",answer="4xx"',
  ])
    expect(text).toContain(`isthmus_backend_requests_total{backend="cloud",${labels}} 1`);
  expect(text).toContain('isthmus_backend_seconds_count{backend="cloud",server="imap",method="FETCH"} 1');
});

it("a failure stays known when the server is back, with its time", () => {
  const here = createWorld();
  here.figures.dav({ ...http, status: 503 });
  here.pass(30);
  here.figures.dav({ ...http, status: 207 });
  here.pass(2);
  expect(describeHealth(here.health.read(), here.clock())).toBe(
    [
      "cloud dav: answers, last answer 2 s ago, last failure 32 s ago (HTTP 503)",
      "cloud imap: not asked yet",
      "cloud smtp: not asked yet",
      "",
    ].join("\n"),
  );
});
