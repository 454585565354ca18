import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createMemoryBackend, type MemoryOptions } from "../../src/backends/memory/memory.ts";
import { checkConfig } from "../../src/config.ts";
import { silentLog } from "../../src/log.ts";
import { type Gateway, type Parts, startGateway } from "../../src/main.ts";

export interface TestGateway extends Gateway {
  /** Where its data is. */
  readonly folder: string;
  /** Stops the gateway and removes its folder. */
  end(): Promise<void>;
}

export interface TestGatewayOptions {
  /** Address of a DAV server; without one the memory backend holds user `anna`, password `secret`. */
  readonly dav?: string;
  readonly memory?: Partial<MemoryOptions>;
  readonly parts?: Parts;
  /** Settings beside `backends`, `data` and `listen`. */
  readonly settings?: Readonly<Record<string, unknown>>;
}

/** A gateway on a free loopback port, its state in a temporary folder. */
export async function startTestGateway(options: TestGatewayOptions = {}): Promise<TestGateway> {
  const folder = await mkdtemp(join(tmpdir(), "isthmus-gateway-"));
  const config = checkConfig(
    {
      listen: { port: 0 },
      data: folder,
      backends: [{ name: "test", dav: { url: options.dav ?? "http://127.0.0.1:1/" } }],
      ...options.settings,
    },
    { source: "test" },
  );
  const memory = options.dav
    ? undefined
    : new Map([["test", createMemoryBackend({ users: { anna: "secret" }, ...options.memory })]]);
  const gateway = await startGateway(config, {
    log: silentLog,
    ...(memory ? { backends: memory } : {}),
    ...options.parts,
  });
  return {
    ...gateway,
    folder,
    async end() {
      await gateway.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
