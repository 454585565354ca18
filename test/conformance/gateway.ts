/** A gateway of our own in this process, over backends in memory. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createMemoryBackend } from "../../src/backends/memory/memory.ts";
import { checkConfig } from "../../src/config.ts";
import { startGateway } from "../../src/main.ts";

export interface TestGateway {
  readonly url: string;
  readonly user: string;
  readonly password: string;
  stop(): Promise<void>;
}

/** Heartbeats of a second are lawful here, so that a wait can end in a test. */
export async function startTestGateway(): Promise<TestGateway> {
  const data = mkdtempSync(join(tmpdir(), "isthmus-conformance-"));
  const config = checkConfig({
    listen: { host: "127.0.0.1", port: 0 },
    data,
    zone: "Europe/Berlin",
    log: { level: process.env["ISTHMUS_TEST_LOG"] ?? "silent" },
    backends: [{ dav: { url: "http://127.0.0.1:9/" } }],
    push: { pollEvery: 1, heartbeat: { min: 2, max: 3540 } },
  });
  const backend = createMemoryBackend({ users: { anna: "geheim" } });
  const gateway = await startGateway(config, { backends: new Map([["default", backend]]) });
  return {
    url: gateway.url,
    user: "anna",
    password: "geheim",
    async stop() {
      await gateway.stop();
      rmSync(data, { recursive: true, force: true });
    },
  };
}
