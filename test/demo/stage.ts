/** What the demo plays on: a real Radicale with an account, and the gateway in front of it. */
import { randomBytes, randomInt } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { networkInterfaces, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { checkConfig } from "../../src/config.ts";
import type { Log } from "../../src/log.ts";
import { type Gateway, startGateway } from "../../src/main.ts";
import { freePort } from "../servers/process.ts";
import { startRadicale, type TestServer } from "../servers/radicale.ts";
import { type Filled, fillAccount } from "./account.ts";
import { demoZone } from "./events.ts";

export interface Stage {
  readonly radicale: TestServer;
  readonly gateway: Gateway;
  readonly filled: Filled;
  /** Where this machine reaches the gateway. */
  readonly url: string;
  /** Where a phone in the same network reaches it; undefined when it listens on loopback only. */
  readonly lanUrl: string | undefined;
  stop(): Promise<void>;
}

export interface StageOptions {
  /** Left out: a free one. */
  readonly port?: number;
  /** Whether phones in the network may come in. */
  readonly isOpen: boolean;
  readonly log: Log;
}

export async function buildStage(options: StageOptions): Promise<Stage> {
  const port = options.port ?? (await freePort());
  const folder = await mkdtemp(join(tmpdir(), "isthmus-demo-"));
  const url = `http://127.0.0.1:${port}`;
  const secretFile = join(folder, "hook-secret");
  const headerFile = join(folder, "hook-header");
  const secret = randomBytes(24).toString("hex");
  await writeFile(secretFile, secret, { mode: 0o600 });
  await writeFile(headerFile, `Authorization: Bearer ${secret}\n`, { mode: 0o600 });
  const radicale = await startRadicale({ users: { anna: password() }, hook: hookLine(url, headerFile) });
  try {
    const filled = await fillAccount(radicale, new Date());
    const config = checkConfig({
      listen: { host: options.isOpen ? "0.0.0.0" : "127.0.0.1", port },
      data: join(folder, "data"),
      zone: demoZone,
      backends: [{ name: "radicale", dav: { url: radicale.url } }],
      push: { hook: { secretFile } },
    });
    const gateway = await startGateway(config, { log: options.log });
    const address = options.isOpen ? lanAddress() : undefined;
    return {
      radicale,
      gateway,
      filled,
      url,
      lanUrl: address === undefined ? undefined : `http://${address}:${port}`,
      async stop() {
        await gateway.stop();
        await radicale.stop();
        await rm(folder, { recursive: true, force: true });
      },
    };
  } catch (error) {
    await radicale.stop();
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
}

/**
 * The line of docker/README.md; where there is no curl, Node does the same. Radicale waits for it (what it leaves
 * behind in the background is killed), and a line that fails would fail the write: hence the `true`.
 */
function hookLine(url: string, headerFile: string): string {
  const curl = `curl -sf -m 2 -X POST -H @${quoted(headerFile)} ${quoted(`${url}/hooks/changed?user=`)}%(user)s`;
  const node = [process.execPath, fileURLToPath(new URL("hook.js", import.meta.url)), url, headerFile].map(quoted);
  return `${curl} || ${node.join(" ")} %(user)s || true`;
}

/** Easy to type on a phone, and another one each time: whoever is in the network could try. */
function password(): string {
  const letters = "abcdefghkmnpqrstuvwxyz23456789";
  return Array.from({ length: 10 }, () => letters[randomInt(letters.length)]).join("");
}

function lanAddress(): string | undefined {
  const addresses = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
  return addresses.find(({ family, internal }) => family === "IPv4" && !internal)?.address;
}

/** For the shell; Radicale takes % for itself. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''").replaceAll("%", "%%")}'`;
}
