/** What the demo plays on: real servers with one account (Radicale, Dovecot, one that sends), and the gateway in front. */
import { randomBytes, randomInt } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { networkInterfaces, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { checkConfig } from "../../src/config.ts";
import type { Log } from "../../src/log.ts";
import { type Gateway, startGateway } from "../../src/main.ts";
import { type Dovecot, startDovecot } from "../servers/dovecot.ts";
import { freePort } from "../servers/process.ts";
import { startRadicale, type TestServer } from "../servers/radicale.ts";
import { type SmtpSink, startSmtpSink } from "../servers/smtp.ts";
import { type Filled, fillAccount } from "./account.ts";
import { demoZone } from "./events.ts";

export interface Stage {
  readonly radicale: TestServer;
  readonly dovecot: Dovecot;
  /** Keeps what is sent; what goes to the account itself arrives in Dovecot. */
  readonly smtp: SmtpSink;
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
  const folder = await mkdtemp(join(tmpdir(), "isthmus-demo-"));
  // In the reverse order of what was started; also when only a part of it could be.
  const started: (() => Promise<void>)[] = [() => rm(folder, { recursive: true, force: true })];
  async function stop(): Promise<void> {
    for (const end of started.splice(0).toReversed()) await end();
  }
  try {
    const port = options.port ?? (await freePort());
    const url = `http://127.0.0.1:${port}`;
    const { secretFile, headerFile } = await writeSecret(folder);
    const users = { [demoUser]: password() };
    const radicale = await startRadicale({ users, hook: hookLine(url, headerFile) });
    started.push(() => radicale.stop());
    const dovecot = await startDovecot({ users });
    started.push(() => dovecot.stop());
    const smtp = await startSmtpSink({ users, deliver: dovecot });
    started.push(() => smtp.stop());
    const filled = await fillAccount(radicale, new Date());
    const config = checkConfig({
      listen: { host: options.isOpen ? "0.0.0.0" : "127.0.0.1", port },
      data: join(folder, "data"),
      zone: demoZone,
      backends: [
        {
          name: "radicale",
          dav: { url: radicale.url },
          imap: { url: `imap://${dovecot.host}:${dovecot.port}`, plain: true },
          smtp: { url: `smtp://${smtp.host}:${smtp.port}`, plain: true },
        },
      ],
      push: { hook: { secretFile } },
      policies: { demo: { passwordRequired: true, passwordMinLength: 6 } },
      devices: { rules: [{ types: [managedType], provisioning: "force", policy: "demo" }] },
    });
    const gateway = await startGateway(config, { log: options.log });
    started.push(() => gateway.stop());
    const address = options.isOpen ? lanAddress() : undefined;
    const lanUrl = address === undefined ? undefined : `http://${address}:${port}`;
    return { radicale, dovecot, smtp, gateway, filled, url, lanUrl, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Phones of this type have to take a policy. */
export const managedType = "DemoManaged";

/** An address: Radicale tells none of its users, so it is the login that says which guest of a meeting is the user. */
const demoUser = "anna@example.org";

/** The hook's secret, for the gateway, and as the header that the hook sends. */
async function writeSecret(folder: string): Promise<{ secretFile: string; headerFile: string }> {
  const secret = randomBytes(24).toString("hex");
  const secretFile = join(folder, "hook-secret");
  const headerFile = join(folder, "hook-header");
  await writeFile(secretFile, secret, { mode: 0o600 });
  await writeFile(headerFile, `Authorization: Bearer ${secret}\n`, { mode: 0o600 });
  return { secretFile, headerFile };
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
