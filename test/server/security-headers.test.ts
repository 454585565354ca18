/** What browsers are told with every answer, and that nothing of it is in the way of phones. */
import { expect, it, onTestFinished } from "vitest";
import { startTestGateway } from "../gateway/start.ts";

const forBrowsers = [
  "content-security-policy",
  "cross-origin-opener-policy",
  "cross-origin-resource-policy",
  "referrer-policy",
  "x-frame-options",
];

async function start(): Promise<string> {
  const gateway = await startTestGateway({ settings: { push: { hook: { secret: "a secret of the hook" } } } });
  onTestFinished(() => gateway.end());
  return gateway.url;
}

it.each([
  ["GET", "/health"],
  ["GET", "/nothing/here"],
  ["GET", "/"],
  ["GET", "/portal"],
  ["POST", "/hooks/changed"],
  ["POST", "/autodiscover/autodiscover.xml"],
  ["GET", "/autodiscover/autodiscover.json"],
])("%s %s is told to be no page, in no frame, and nothing but its type", async (method, path) => {
  const { headers } = await fetch((await start()) + path, { method, redirect: "manual" });
  expect(headers.get("x-content-type-options")).toBe("nosniff");
  expect(headers.get("x-frame-options")).toBe("DENY");
  expect(headers.get("referrer-policy")).toMatch(/no-referrer|same-origin/);
  expect(headers.get("content-security-policy")).toMatch(/default-src 'none'.*frame-ancestors 'none'/);
  // Only TLS of our own can promise TLS.
  expect(headers.get("strict-transport-security")).toBeNull();
});

it("phones are told of types only", async () => {
  const url = await start();
  const { headers } = await fetch(`${url}/Microsoft-Server-ActiveSync`, {
    method: "OPTIONS",
    headers: { Authorization: `Basic ${btoa("anna:secret")}` },
  });
  expect(headers.get("x-content-type-options")).toBe("nosniff");
  expect(forBrowsers.filter((name) => headers.has(name))).toEqual([]);
});
