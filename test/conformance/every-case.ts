/** The conformance suite against ourselves, over the backend in memory: every case. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { cases } from "../../conformance/cases/index.ts";
import { createDevice } from "../../conformance/device/device.ts";
import { resultLines } from "../../conformance/report/console.ts";
import { runCases, selectCases } from "../../conformance/runner/run.ts";
import type { Version } from "../../src/schema/versions.ts";
import { startTestGateway, startTestNodes, type TestGateway, type TestNodes } from "./gateway.ts";

/** A version, and the form of its queries. */
export type Spoken = readonly [Version, "plain" | "base64"];

/**
 * Runs every case in each of these versions, and those about several addresses where `onNodes` names the version.
 * Returns the requirements that an assertion was about, in any of them: filled by the runs, in which nothing may fail.
 */
export function describeEveryCase(spoken: readonly Spoken[], onNodes: readonly Version[]): ReadonlySet<string> {
  const covered = new Set<string>();
  let gateway: TestGateway;
  let pair: TestNodes;
  beforeAll(async () => {
    gateway = await startTestGateway();
    pair = await startTestNodes();
  });
  afterAll(async () => {
    await gateway?.stop();
    await pair?.stop();
  });

  describe("our gateway", () => {
    it.each(spoken)(
      "passes every case in %s with the %s query",
      async (version, query) => {
        // What 14.1 has of mail 16.1 has too; `npm run conformance` tries the others on real servers.
        const mail = version !== "14.1";
        const { results, covered: ids } = await runCases(cases, { ...gateway, versions: [version], query, mail });
        for (const id of ids.keys()) covered.add(id);
        const bad = results.filter(({ outcome }) => outcome === "fail" || outcome === "warn");
        expect(bad.map(resultLines)).toEqual([]);
        // A skip here would be a case that nobody runs.
        expect(results.filter(({ outcome }) => outcome === "skip").map(resultLines)).toEqual([]);
        expect(results.length).toBeGreaterThan(150);
      },
      120_000,
    );

    it("has none of the suite's messages left", async () => {
      const device = createDevice({ ...gateway, version: "14.1", queryForm: "plain" });
      await device.folderSync();
      const mailboxes = device.folders.filter(({ type }) => [2, 3, 4, 5, 12].includes(type));
      for (const folder of mailboxes) await device.sync(folder);
      device.close();
      expect(mailboxes.flatMap((folder) => [...device.items(folder).values()].map(({ data }) => data))).toEqual([]);
    });
  });

  describe("two nodes of ours", () => {
    it.each(spoken.filter(([version]) => onNodes.includes(version)))(
      "pass the cases about several addresses in %s with the %s query",
      async (version, query) => {
        const { results } = await runCases(selectCases(cases, "nodes/"), { ...pair, versions: [version], query });
        expect(results.filter(({ outcome }) => outcome !== "pass").map(resultLines)).toEqual([]);
        expect(results.length).toBeGreaterThan(50);
      },
      120_000,
    );
  });
  return covered;
}
