import { readFileSync } from "node:fs";
import https from "node:https";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { startTestGateway } from "../gateway/start.ts";

/** A certificate for localhost that nobody trusts, and its key: for this test only. */
const fixture = (name: string) => fileURLToPath(new URL(`../fixtures/tls/${name}`, import.meta.url));

it("serves TLS by itself when it is given a certificate", async () => {
  const tls = { certFile: fixture("cert.pem"), keyFile: fixture("key.pem") };
  const gateway = await startTestGateway({ settings: { listen: { port: 0, tls } } });
  expect(gateway.url).toMatch(/^https:\/\/127\.0\.0\.1:\d+$/);
  const status = await new Promise<number | undefined>((resolve, reject) => {
    const request = https.request(
      `${gateway.url}/Microsoft-Server-ActiveSync`,
      { method: "OPTIONS", auth: "anna:secret", ca: readFileSync(tls.certFile) },
      (response) => {
        response.resume();
        resolve(response.statusCode);
      },
    );
    request.on("error", reject);
    request.end();
  });
  expect(status).toBe(200);
  await gateway.end();
});
