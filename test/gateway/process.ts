/**
 * The gateway as a process of its own: for the kill tests, which end it at a fault point, and for the bench, where its
 * memory and processor time must be its own. Started and told what to do by `child.ts`, over IPC.
 */
import type { Backend } from "../../src/backends/backend.ts";
import { createImapBackend } from "../../src/backends/imap/imap.ts";
import { createMemoryBackend } from "../../src/backends/memory/memory.ts";
import { createSmtpSubmitter } from "../../src/backends/smtp/smtp.ts";
import { checkConfig } from "../../src/config.ts";
import { mailServerAddress } from "../../src/config-mail.ts";
import { createLog, Secret } from "../../src/log.ts";
import { startGateway } from "../../src/main.ts";
import { withMail } from "../../src/server/with-mail.ts";
import type { FaultPoint } from "../../src/sync/faults.ts";
import { type ChildOptions, memoryPassword } from "./child.ts";

/** What becomes of the process at a fault point: it dies as by a power switch, or is stopped until somebody wakes it. */
export interface Arming {
  readonly arm: FaultPoint;
  /** At which passing of the point. */
  readonly hit: number;
  readonly signal: "SIGKILL" | "SIGSTOP";
}

/** What the parent says. */
export type Order = "figures" | "load" | "stop" | Arming;

let armed: Arming | undefined;
let hits = 0;

const [, , configuration = "{}", more = "{}"] = process.argv;
const settings: unknown = JSON.parse(configuration);
const { leaseTime, memoryUsers } = JSON.parse(more) as ChildOptions;
const config = checkConfig(settings, { source: "child" });
const gateway = await startGateway(config, {
  log: createLog("error", 2),
  fault(point) {
    if (armed?.arm !== point) return;
    hits += 1;
    // Nothing is closed, flushed or answered.
    if (hits === armed.hit) process.kill(process.pid, armed.signal);
  },
  ...(leaseTime === undefined ? {} : { leaseTime }),
  ...(memoryUsers === undefined ? {} : { backends: new Map([["default", await filledMemory(memoryUsers)]]) }),
});

process.on("message", (order: Order) => {
  if (order === "figures") {
    globalThis.gc?.();
    process.send?.({
      rss: process.memoryUsage().rss,
      processor: process.cpuUsage(),
      bytesWritten: gateway.state.bytesWritten,
      probeRequests: gateway.hub.probeRequests,
      waiting: gateway.hub.waiting,
    });
  } else if (order === "load") {
    process.send?.({
      rss: process.memoryUsage().rss,
      processor: process.cpuUsage(),
      waiting: gateway.hub.waiting,
    });
  } else if (order === "stop") {
    void gateway.stop().then(() => process.exit(0));
  } else {
    armed = order;
    hits = 0;
    process.send?.("armed");
  }
});
process.once("disconnect", () => process.exit(1));
process.send?.({ url: gateway.url });

/** What a server would hold is there before the gateway's own memory is measured. */
async function filledMemory(count: number): Promise<Backend> {
  const names = Array.from({ length: count }, (_, number) => `u${number}`);
  const backend = createMemoryBackend({ users: Object.fromEntries(names.map((name) => [name, memoryPassword])) });
  for (const user of names) await backend.login({ user, password: new Secret(memoryPassword) });
  const [{ imap, smtp } = {}] = config.backends;
  if (!imap) return backend;
  const submitter = smtp && createSmtpSubmitter({ ...mailServerAddress(smtp), login: smtp.login });
  return withMail(backend, { mail: createImapBackend(mailServerAddress(imap)), submitter });
}
