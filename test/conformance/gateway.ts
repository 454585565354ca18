/** Gateways of our own in this process, over backends in memory. */
import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { MailBackend } from "../../src/backends/mail.ts";
import { createMemoryMailBackend } from "../../src/backends/memory/mail.ts";
import { createMemoryBackend } from "../../src/backends/memory/memory.ts";
import { createMemorySubmitter, type MemorySubmitter } from "../../src/backends/memory/submission.ts";
import { checkConfig } from "../../src/config.ts";
import { Secret } from "../../src/log.ts";
import { type Gateway, type Parts, startGateway } from "../../src/main.ts";
import { policyRows } from "../../src/schema/policies.ts";
import { withMail } from "../../src/server/with-mail.ts";
import { createMemoryState } from "../../src/state/memory.ts";

const user = "anna";
const users = { [user]: "geheim" };

/** Flags without which others say nothing, and one that this server does not have. */
const asked: Readonly<Record<string, boolean>> = { attachments: true, htmlMail: true, passwordRecovery: false };

export interface TestGateway {
  readonly url: string;
  readonly user: string;
  readonly password: string;
  stop(): Promise<void>;
}

export interface TestNodes extends TestGateway {
  /** The address of each; the first is `url`. */
  readonly nodes: readonly string[];
}

export async function startTestGateway(): Promise<TestGateway> {
  return start(1, (parts) => parts);
}

/** Two gateways with one store and one backend. */
export async function startTestNodes(): Promise<TestNodes> {
  const state = { ...createMemoryState(), shared: true };
  return start(2, (parts) => ({ ...parts, state }));
}

/** Heartbeats of a second are lawful here, so that a wait can end in a test. */
async function start(count: number, partsOf: (parts: Parts) => Parts): Promise<TestNodes> {
  const folder = mkdtempSync(join(tmpdir(), "isthmus-conformance-"));
  const secretFile = join(folder, "secret");
  writeFileSync(secretFile, randomBytes(32).toString("hex"));
  const mail = createMemoryMailBackend({ users });
  const backend = withMail(createMemoryBackend({ users }), { mail, submitter: createDeliverer(mail) });
  const gateways: Gateway[] = [];
  for (let index = 0; index < count; index++) {
    const config = checkConfig({
      listen: { host: "127.0.0.1", port: 0 },
      data: join(folder, String(index)),
      secretFile,
      zone: "Europe/Berlin",
      log: { level: process.env["ISTHMUS_TEST_LOG"] ?? "silent" },
      backends: [
        {
          dav: { url: "http://127.0.0.1:9/" },
          imap: { url: "imaps://127.0.0.1:9" },
          smtp: { url: "smtps://127.0.0.1:9" },
        },
      ],
      push: { pollEvery: 1, heartbeat: { min: 2, max: 3540 } },
      // Each case has devices of its own; who knows of policies has one with everything in it.
      devices: { most: 10_000, provisioning: "allow", policy: "all" },
      policies: { all: everyPolicy },
    });
    gateways.push(await startGateway(config, partsOf({ backends: new Map([["default", backend]]) })));
  }
  const nodes = gateways.map(({ url }) => url);
  return {
    url: nodes[0] ?? "",
    nodes,
    user,
    password: users[user],
    async stop() {
      for (const gateway of gateways) await gateway.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Every setting, at a value that asks for something. */
const everyPolicy = Object.fromEntries(
  policyRows.map(({ setting, value }) => {
    if (value.kind === "flag") return [setting, asked[setting] ?? value.free === 0];
    if (value.kind === "choice")
      return [setting, Object.keys(value.choices).find((name) => value.choices[name] !== value.free)];
    if (value.kind === "list") return [setting, [value.item === "Hash" ? "0123456789".repeat(4) : "game.exe"]];
    return [setting, value.most];
  }),
);

/** What is sent to the user is in the inbox at once. */
function createDeliverer(mail: MailBackend): MemorySubmitter {
  return createMemorySubmitter({
    users,
    async before({ recipients, message }) {
      if (!recipients.includes(`${user}@example.org`)) return;
      const account = await mail.login({ user, password: new Secret(users[user]) });
      await account.append("INBOX", message, []);
    },
  });
}
