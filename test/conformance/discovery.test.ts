/** The cases about Autodiscover where there is none, or where it lies. */
import { createServer, request as forward } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { cases } from "../../conformance/cases/index.ts";
import { resultLines } from "../../conformance/report/console.ts";
import { runCases, selectCases } from "../../conformance/runner/run.ts";
import { startTestGateway, type TestGateway } from "./gateway.ts";

const some = selectCases(cases, "autodiscover/");
const versions = ["14.1"] as const;
let gateway: TestGateway;
beforeAll(async () => {
  gateway = await startTestGateway();
});
afterAll(() => gateway.stop());

describe("the cases about Autodiscover", () => {
  it("pass against our gateway", async () => {
    const { results } = await runCases(some, { ...gateway, versions });
    expect(results.filter(({ outcome }) => outcome !== "pass").map(resultLines)).toEqual([]);
    expect(results.length).toBeGreaterThanOrEqual(20);
  });

  it("are skipped, each with the reason, where there is none", async () => {
    const proxy = await startProxy(gateway.url, () => ({ status: 404 }));
    const { results, isGood } = await runCases(some, { ...gateway, url: proxy.url, versions });
    proxy.stop();
    expect(results.filter(({ outcome }) => outcome !== "skip").map(resultLines)).toEqual([]);
    expect(new Set(results.map(({ reason }) => reason))).toEqual(
      new Set([
        "the server has no Autodiscover at this address: HTTP 404",
        "the server has no Autodiscover by JSON at this address: HTTP 404",
      ]),
    );
    expect(isGood).toBe(true);
  });

  it("are skipped where nobody tells the account's address", async () => {
    const { results } = await runCases(some, { ...gateway, address: "", versions });
    const skipped = results.filter(({ outcome }) => outcome === "skip").map(({ reason }) => reason);
    expect(new Set(skipped)).toEqual(new Set(["nobody tells the account's mail address: --address says it"]));
    expect(skipped.length).toBeGreaterThan(20);
  });

  it.each<[what: string, change: Change, caught: readonly string[]]>([
    [
      "tells another Name",
      ({ text }) => ({ text: text.replace(/<Name>[^<]*/, "<Name>ours") }),
      ["autodiscover/name-is-the-address"],
    ],
    [
      "has a Status of success",
      ({ text }) => ({ text: text.replace("<Action>", "<Action><Error><Status>1</Status></Error>") }),
      ["autodiscover/no-status-of-success"],
    ],
    [
      "has everything in one namespace",
      ({ text }) => ({ text: text.replace(/<Response xmlns="[^"]*">/, "<Response>") }),
      ["autodiscover/schema-of-the-answer"],
    ],
    [
      "tells an address where nobody is",
      ({ text }) => ({ text: text.replaceAll("/Microsoft-Server-ActiveSync", "/Microsoft") }),
      ["autodiscover/address-is-activesync"],
    ],
    [
      "takes everybody",
      ({ status, own }) => (status === 401 ? { status: 200, text: own } : {}),
      ["autodiscover/needs-a-login", "autodiscover/wrong-password"],
    ],
    [
      "answers every error with settings",
      ({ status, text, own }) => (status === 200 && text.includes("<ErrorCode>") ? { text: own } : {}),
      [
        "autodiscover/two-requests-are-600",
        "autodiscover/unknown-schema-is-601",
        "autodiscover/error-says-when",
        "autodiscover/outlooks-schema",
        "autodiscover/no-xml-is-600",
        "autodiscover/no-request-is-600",
        "autodiscover/get",
        "autodiscover/nobodys-address",
        "autodiscover/nul",
      ],
    ],
    [
      "says back what it was asked",
      ({ text, asked }) => ({ text: `${text}<!-- ${asked.replaceAll(/&lt;|%3C/g, "<")} -->` }),
      ["autodiscover/script-in-the-address", "autodiscover/json-says-nothing-back"],
    ],
    [
      "follows entities",
      ({ text, asked }) => ({ text: asked.includes("SYSTEM") ? "root:x:0:0" : text }),
      ["autodiscover/entities-are-not-followed"],
    ],
    ["breaks", ({ asked }) => (asked.includes("ENTITY e0") ? { status: 500 } : {}), ["autodiscover/bomb-of-entities"]],
    [
      "tells another address by JSON",
      ({ text }) => ({ text: text.replace(/"Url":"[^"]*"/, '"Url":"https://a.example"') }),
      ["autodiscover/json-and-xml-agree"],
    ],
  ])("notice a server that %s", async (_, change, caught) => {
    const own = await fetch(`${gateway.url}/autodiscover/autodiscover.xml`, {
      method: "POST",
      headers: { Authorization: `Basic ${btoa(`${gateway.user}:${gateway.password}`)}` },
    }).then((answer) => answer.text());
    const proxy = await startProxy(gateway.url, (answer) => change({ ...answer, own }));
    const { results } = await runCases(some, { ...gateway, url: proxy.url, versions });
    proxy.stop();
    const bad = results.filter(({ outcome }) => outcome === "fail" || outcome === "warn").map(({ id }) => id);
    expect(bad).toEqual(expect.arrayContaining([...caught]));
    if (caught.length === 1) expect(bad).toEqual(caught);
  });
});

interface Answer {
  readonly status: number;
  readonly text: string;
  /** The query and the body of the question. */
  readonly asked: string;
}

type Change = (answer: Answer & { readonly own: string }) => { readonly status?: number; readonly text?: string };

/** Passes everything on; answers of Autodiscover are changed. */
async function startProxy(
  target: string,
  change: (answer: Answer) => { readonly status?: number; readonly text?: string },
): Promise<{ readonly url: string; stop(): void }> {
  const server = createServer((incoming, outgoing) => {
    const question: Buffer[] = [];
    const { method, url = "/", headers } = incoming;
    const onward = forward(new URL(url, target), { method, headers }, (answer) => {
      const pieces: Buffer[] = [];
      answer.on("data", (piece: Buffer) => pieces.push(piece));
      answer.on("end", () => {
        const whole = Buffer.concat(pieces);
        const asked = `${url} ${Buffer.concat(question).toString("utf8", 0, 4_096)}`;
        const told = { status: answer.statusCode ?? 500, text: whole.toString("utf8"), asked };
        const changed = /^\/autodiscover/i.test(url) ? change(told) : {};
        const body = changed.text === undefined ? whole : Buffer.from(changed.text);
        outgoing.statusCode = changed.status ?? told.status;
        for (let at = 0; at + 1 < answer.rawHeaders.length; at += 2)
          outgoing.setHeader(answer.rawHeaders[at] ?? "", answer.rawHeaders[at + 1] ?? "");
        outgoing.setHeader("Content-Length", String(changed.status === 404 ? 0 : body.length));
        outgoing.end(changed.status === 404 ? "" : body);
      });
    });
    onward.on("error", () => outgoing.destroy());
    incoming.on("data", (piece: Buffer) => question.push(piece));
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
