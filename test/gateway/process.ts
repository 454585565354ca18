/**
 * The gateway as a process of its own: for the kill tests, which end it at a fault point, and for the bench, where its
 * memory and processor time must be its own. Started and told what to do by `child.ts`, over IPC.
 */
import { checkConfig } from "../../src/config.ts";
import { createLog } from "../../src/log.ts";
import { startGateway } from "../../src/main.ts";
import type { FaultPoint } from "../../src/sync/faults.ts";

/** What the parent says. */
export type Order = "figures" | "stop" | { readonly arm: FaultPoint; readonly hit: number };

let armed: { readonly arm: FaultPoint; readonly hit: number } | undefined;
let hits = 0;

const settings: unknown = JSON.parse(process.argv[2] ?? "{}");
const gateway = await startGateway(checkConfig(settings, { source: "child" }), {
  log: createLog("error", 2),
  fault(point) {
    if (armed?.arm !== point) return;
    hits += 1;
    // As a power switch would: nothing is closed, flushed or answered.
    if (hits === armed.hit) process.kill(process.pid, "SIGKILL");
  },
});

process.on("message", (order: Order) => {
  if (order === "figures") {
    globalThis.gc?.();
    process.send?.({
      rss: process.memoryUsage().rss,
      processor: process.cpuUsage(),
      bytesWritten: gateway.state.bytesWritten,
      probeRequests: gateway.hub.probeRequests,
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
