/**
 * The gateway as a process of its own: for the kill tests, which end it at a fault point, and for the bench, where its
 * memory and processor time must be its own. Started and told what to do by `child.ts`, over IPC.
 */
import { checkConfig } from "../../src/config.ts";
import { createLog } from "../../src/log.ts";
import { startGateway } from "../../src/main.ts";
import type { FaultPoint } from "../../src/sync/faults.ts";

/** What becomes of the process at a fault point: it dies as by a power switch, or is stopped until somebody wakes it. */
export interface Arming {
  readonly arm: FaultPoint;
  /** At which passing of the point. */
  readonly hit: number;
  readonly signal: "SIGKILL" | "SIGSTOP";
}

/** What the parent says. */
export type Order = "figures" | "stop" | Arming;

let armed: Arming | undefined;
let hits = 0;

const [, , configuration = "{}", leaseTime] = process.argv;
const settings: unknown = JSON.parse(configuration);
const gateway = await startGateway(checkConfig(settings, { source: "child" }), {
  log: createLog("error", 2),
  fault(point) {
    if (armed?.arm !== point) return;
    hits += 1;
    // Nothing is closed, flushed or answered.
    if (hits === armed.hit) process.kill(process.pid, armed.signal);
  },
  ...(leaseTime === undefined ? {} : { leaseTime: Number(leaseTime) }),
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
