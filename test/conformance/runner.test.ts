import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { runConformance } from "../../conformance/cli-run.ts";
import { resultLines, summary } from "../../conformance/report/console.ts";
import { json } from "../../conformance/report/json.ts";
import { junit } from "../../conformance/report/junit.ts";
import type { Case } from "../../conformance/runner/case.ts";
import { parseKnown } from "../../conformance/runner/known.ts";
import { type Run, runCases, selectCases } from "../../conformance/runner/run.ts";
import { folderList, type ScriptedServer, startScriptedServer } from "./scripted.ts";

let server: ScriptedServer;
beforeAll(async () => {
  server = await startScriptedServer();
  server.script(({ method }) =>
    method === "OPTIONS"
      ? { headers: { "MS-ASProtocolVersions": "14.1,16.1", "MS-ASProtocolCommands": "Sync,FolderSync" } }
      : { body: folderList() },
  );
});
afterAll(async () => server.stop());

function example(id: string, run: Case["run"], more: Partial<Case> = {}): Case {
  return { id, says: "It holds.", spec: ["MS-A_R1", "MS-A_R2"], level: "MUST", run, ...more };
}

async function runOf(cases: readonly Case[], known?: string, all?: readonly Case[]): Promise<Run> {
  return runCases(
    cases,
    {
      url: server.url,
      user: "anna",
      password: "geheim",
      versions: ["14.1"],
      ...(known === undefined ? {} : { known: parseKnown(known) }),
    },
    all,
  );
}

const passes = example("a/passes", async (_device, t) => t.equal("MS-A_R1", 1, 1, "one"));
const fails = example("a/fails", async (_device, t) => {
  t.equal("MS-A_R1", 1, 2, "one");
  t.equal("MS-A_R2", 1, 1, "never reached");
});

describe("the runner", () => {
  it("counts only the requirements of assertions that ran", async () => {
    const { covered, results, isGood } = await runOf([fails]);
    expect([...covered]).toEqual([["MS-A_R1", false]]);
    expect(results[0]).toMatchObject({ outcome: "fail", reason: "one: 1 instead of 2 (MS-A_R1)" });
    expect(isGood).toBe(false);
  });

  it("takes a requirement as met only when every assertion about it is", async () => {
    expect((await runOf([fails, passes])).covered.get("MS-A_R1")).toBe(false);
    expect((await runOf([passes])).covered.get("MS-A_R1")).toBe(true);
  });

  it("lets nobody claim a requirement that the case does not list", async () => {
    const claims = example("a/claims", async (_device, t) => t.ok("MS-A_R9", true, "fine"));
    expect((await runOf([claims])).results[0]).toMatchObject({ outcome: "fail", reason: /asserts MS-A_R9/ });
  });

  it("warns where a SHOULD does not hold, and passes", async () => {
    const { results, isGood } = await runOf([{ ...fails, level: "SHOULD" }]);
    expect([results[0]?.outcome, isGood]).toEqual(["warn", true]);
  });

  it("skips with the reason, and covers nothing", async () => {
    const cases = [
      example("a/needs", async () => {}, { needs: ({ commands }) => commands.includes("Find") || "no Find" }),
      example("a/slow", async () => {}, { slow: true }),
      example("a/inside", async (_device, t) => t.skip("not here")),
    ];
    const { results, covered } = await runOf(cases);
    expect(results.map(({ outcome, reason }) => [outcome, reason])).toEqual([
      ["skip", "no Find"],
      ["skip", "takes long: --slow runs it"],
      ["skip", "not here"],
    ]);
    expect(covered.size).toBe(0);
  });

  it("runs nothing about mail for an account without, and says so", async () => {
    const asks = { url: server.url, user: "anna", password: "geheim", versions: ["14.1"] as const };
    const about = { ...passes, id: "a/mail", mail: true };
    const run = await runCases([passes, about], { ...asks, mail: false });
    expect(run.results.map(({ id }) => id)).toEqual(["a/passes"]);
    expect(summary(run)).toContain("no mail: 1 cases about it were left out");
    await expect(runCases([about], asks)).rejects.toThrow("does not send mail");
  });

  it("leaves out the versions a case is not for, and runs all that the server offers", async () => {
    const ran: string[] = [];
    const one = example("a/one", async (_device, t) => void ran.push(t.version), { versions: { since: "16.0" } });
    const { results } = await runCases([one, passes], { url: server.url, user: "anna", password: "geheim" });
    expect(ran).toEqual(["16.1"]);
    expect(results.map(({ version, id }) => `${version} ${id}`)).toEqual([
      "14.1 a/passes",
      "16.1 a/one",
      "16.1 a/passes",
    ]);
  });

  it("fails a case whose assertions hold when the wire breaks a rule", async () => {
    const lists = example("a/lists", async (device, t) => {
      await device.send("FolderSync");
      t.ok("MS-A_R1", true, "fine");
    });
    const broken = await startScriptedServer();
    broken.script(({ method }) =>
      method === "OPTIONS"
        ? { headers: { "MS-ASProtocolVersions": "14.1", "MS-ASProtocolCommands": "Sync" } }
        : { body: folderList(), chunked: true },
    );
    try {
      const { results } = await runCases([lists], { url: broken.url, user: "anna", password: "geheim" });
      expect(results[0]).toMatchObject({ outcome: "fail", reason: /FolderSync: Content-Length: missing/ });
      expect(results[0]?.exchanges[0]).toMatch(/^> POST FolderSync[^]*< HTTP 200\nFolderHierarchy:FolderSync/);
    } finally {
      await broken.stop();
    }
  });

  it("sends what is about several addresses to each in turn, the rest to one, and says where a failed case was", async () => {
    const second = await startScriptedServer();
    second.script({ body: folderList() });
    const asked = async (one: Case) => {
      const [first, other] = [server.seen.length, second.seen.length];
      const { url } = server;
      // With an address nobody is asked for it.
      const login = { user: "anna", password: "geheim", address: "anna@example.org", versions: ["14.1"] as const };
      const { results } = await runCases([one], { url, nodes: [url, second.url], ...login });
      // OPTIONS and the folders come before the case.
      return { here: server.seen.length - first - 2, there: second.seen.length - other, result: results[0] };
    };
    try {
      const story: Case["run"] = async (device, t) => {
        t.equal("", t.nodes, [0, 1], "addresses");
        for (const _time of [1, 2, 3]) await device.folderSync();
        await device.repeat();
        t.via(device, 1);
        await device.folderSync();
        t.ok("MS-A_R1", false, "it holds");
      };
      const spread = await asked(example("a/spread", story, { nodes: true }));
      expect(spread).toMatchObject({ here: 2, there: 3, result: { outcome: "fail", reason: /it holds/ } });
      const places = spread.result?.exchanges.map((dump) => /^> POST FolderSync at (\S+) /.exec(dump)?.[1]);
      expect(places).toEqual([server.url, second.url, server.url, second.url, second.url]);
      expect(await asked(example("a/alone", story))).toMatchObject({ here: 5, there: 0 });
    } finally {
      await second.stop();
    }
  });

  it("ends a case that never ends", async () => {
    const hangs = example("a/hangs", async () => new Promise(() => {}));
    const run = await runCases([hangs], {
      url: server.url,
      user: "anna",
      password: "geheim",
      versions: ["14.1"],
      caseTime: 20,
    });
    expect(run.results[0]).toMatchObject({ outcome: "fail", reason: "not done within 0.02 s" });
  });
});

describe("the list of known failures", () => {
  it("forgives what it lists, in the version it names", async () => {
    const { results, isGood } = await runOf([fails], "a/fails@14.1 no such thing here");
    expect([results[0]?.outcome, isGood]).toEqual(["known", true]);
    expect((await runOf([fails], "a/fails@16.1 only there")).isGood).toBe(false);
  });

  it("can only shrink: a listed case that passes fails the run", async () => {
    const { results, isGood } = await runOf([passes], "a/passes was broken once");
    expect([results[0]?.outcome, isGood]).toEqual(["mended", false]);
  });

  it("fails the run when it names no case, but not for a case that was filtered out", async () => {
    expect(await runOf([passes], "a/gone why", [passes])).toMatchObject({ stale: ["a/gone"], isGood: false });
    expect((await runOf([passes], "a/fails why", [passes, fails])).isGood).toBe(true);
  });

  it.each(["a/fails", "a/fails@7.0 why", "   lonely"])("refuses the line %j", (line) => {
    expect(() => parseKnown(`# heading\n\n${line}`)).toThrow(/line 3/);
  });
});

describe("choosing and reporting", () => {
  it("chooses by the beginning of an id or by a requirement", () => {
    const other = example("b/other", async () => {}, { spec: ["MS-B_R1"] });
    const ids = (filter: string | undefined) => selectCases([passes, fails, other], filter).map(({ id }) => id);
    expect([ids("a/"), ids("b/other"), ids("MS-B_R1"), ids("MS-B"), ids(undefined)]).toEqual([
      ["a/passes", "a/fails"],
      ["b/other"],
      ["b/other"],
      [],
      ["a/passes", "a/fails", "b/other"],
    ]);
  });

  it("lists cases without a server, and says when none is meant", async () => {
    const printed: string[] = [];
    const nobody = {
      url: "http://127.0.0.1:9",
      user: "",
      password: "",
      list: true,
      print: (line: string) => void printed.push(line),
    };
    expect(await runConformance({ ...nobody, filter: "sync/ghosting" })).toBe(true);
    expect(printed.at(-1)).toBe("5 cases");
    expect(printed[0]).toMatch(
      /^sync\/ghosting-without-list-is-cleared\n {4}MUST: .*\n {4}MS-ASCMD_R5906 MS-ASCMD_R5912$/,
    );
    await expect(runConformance({ ...nobody, filter: "nonsense" })).rejects.toThrow("no case");
  });

  it("writes the console, JUnit and JSON reports", async () => {
    const run = await runOf([passes, { ...fails, says: "A < B & C." }]);
    expect(run.results.map(resultLines)[0]).toBe("ok   14.1 a/passes");
    expect(run.results.map(resultLines)[1]).toContain("one: 1 instead of 2 (MS-A_R1)\n       expected: A < B & C.");
    expect(summary(run)).toMatch(/1 pass, 1 fail; 0 of 1 requirements that were asserted are met\nfailed$/);
    expect(junit(run)).toContain('<testcase classname="14.1.a" name="fails"');
    expect(junit(run)).toContain('<failure message="one: 1 instead of 2 (MS-A_R1)">');
    expect(JSON.parse(json(run))).toMatchObject({ isGood: false, requirements: { "MS-A_R1": false } });
  });
});
