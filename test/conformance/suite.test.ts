/**
 * The conformance suite against ourselves, over the backend in memory: every case in the newest version. `npm run
 * test:servers` runs them in the others, and says whether each requirement that a case names is asserted in one of them.
 */
import { createServer, request as forward } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { cases } from "../../conformance/cases/index.ts";
import { runCases, selectCases } from "../../conformance/runner/run.ts";
import { describeEveryCase } from "./every-case.ts";
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

describeEveryCase([["16.1", "base64"]], ["16.1"]);

describe("the cases", () => {
  it("have ids of their own, in an area, and requirement ids of the known form", () => {
    const ids = cases.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids.filter((id) => !/^[a-z-]+\/[a-z0-9.-]+$/.test(id))).toEqual([]);
    const specs = cases.flatMap(({ spec }) => spec);
    expect(specs.filter((id) => !/^MS-[A-Z]+_R\d+$/.test(id))).toEqual([]);
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
