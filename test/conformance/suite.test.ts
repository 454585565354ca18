/** The conformance suite against ourselves, over the backend in memory: every case, every version that differs. */
import { createServer, request as forward } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { cases } from "../../conformance/cases/index.ts";
import { createDevice } from "../../conformance/device/device.ts";
import { resultLines } from "../../conformance/report/console.ts";
import { runCases, selectCases } from "../../conformance/runner/run.ts";
import type { Version } from "../../src/schema/versions.ts";
import { startTestGateway, startTestNodes, type TestGateway, type TestNodes } from "./gateway.ts";

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

/** Requirements that an assertion was about, in any version: filled by the runs, in which nothing may fail. */
const covered = new Set<string>();

const spoken: readonly (readonly [Version, "plain" | "base64"])[] = [
  ["2.5", "plain"],
  ["14.1", "plain"],
  ["16.1", "base64"],
];

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
  it.each(spoken.filter(([version]) => version === "2.5" || version === "16.1"))(
    "pass the cases about several addresses in %s with the %s query",
    async (version, query) => {
      const { results } = await runCases(selectCases(cases, "nodes/"), { ...pair, versions: [version], query });
      expect(results.filter(({ outcome }) => outcome !== "pass").map(resultLines)).toEqual([]);
      expect(results.length).toBeGreaterThan(50);
    },
    120_000,
  );
});

describe("the cases", () => {
  it("have ids of their own, in an area, and requirement ids of the known form", () => {
    const ids = cases.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids.filter((id) => !/^[a-z-]+\/[a-z0-9.-]+$/.test(id))).toEqual([]);
    const specs = cases.flatMap(({ spec }) => spec);
    expect(specs.filter((id) => !/^MS-[A-Z]+_R\d+$/.test(id))).toEqual([]);
  });

  it("assert every requirement that they list, in one version or another", () => {
    const listed = new Set(cases.flatMap(({ spec }) => spec));
    expect([...listed].filter((id) => !covered.has(id))).toEqual([]);
  });

  it("notice a server that breaks a rule", async () => {
    const tampering = await startTampering(gateway.url, (type) => `${type}; charset=utf-8`);
    try {
      const some = selectCases(cases, "folders/no-change");
      const { results } = await runCases(some, { ...gateway, url: tampering.url, versions: ["14.1"] });
      expect(results[0]).toMatchObject({
        outcome: "fail",
        reason: /Content-Type: type: .*charset=utf-8.*MS-ASHTTP_R219/,
      });
    } finally {
      tampering.stop();
    }
  });

  it("notice nodes that do not know of each other", async () => {
    const names = [
      "provisioning-in-two-places",
      "folder-list-goes-on",
      "repeated-folder-key-is-good",
      "empty-sync-elsewhere",
    ];
    const some = cases.filter(({ id }) => names.includes(id.slice("nodes/".length)));
    expect(some).toHaveLength(names.length);
    const strangers = { ...gateway, nodes: [gateway.url, pair.url], versions: ["14.1"] as const };
    const { results } = await runCases(some, strangers);
    expect(results.map(({ outcome }) => outcome).toSorted()).toEqual(["fail", "fail", "fail", "warn"]);
  });
});

/** A proxy that passes everything on, but for the type of the answers. */
async function startTampering(
  target: string,
  change: (type: string) => string,
): Promise<{ url: string; stop(): void }> {
  const server = createServer((incoming, outgoing) => {
    const { method, url = "/", headers } = incoming;
    const onward = forward(new URL(url, target), { method, headers }, (answer) => {
      const type = answer.headers["content-type"];
      const length = answer.headers["content-length"] ?? "0";
      outgoing.writeHead(answer.statusCode ?? 500, {
        "Content-Length": length,
        ...(type === undefined ? {} : { "Content-Type": change(type) }),
        ...Object.fromEntries(
          ["MS-ASProtocolVersions", "MS-ASProtocolCommands"].flatMap((name) => {
            const value = answer.headers[name.toLowerCase()];
            return typeof value === "string" ? [[name, value]] : [];
          }),
        ),
      });
      answer.pipe(outgoing);
    });
    incoming.pipe(onward);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  // A server that listens on a port has an address of this shape.
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    stop() {
      server.closeAllConnections();
      server.close();
    },
  };
}
