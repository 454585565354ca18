/** The gateway as a process of its own, so that its memory and processor time are its own. Told by its parent over IPC. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { checkConfig } from "../../src/config.ts";
import { createLog } from "../../src/log.ts";
import { startGateway } from "../../src/main.ts";

const folder = mkdtempSync(join(tmpdir(), "isthmus-bench-"));
const settings: unknown = JSON.parse(process.argv[2] ?? "{}");
const gateway = await startGateway(
  checkConfig({ listen: { port: 0 }, data: folder, ...(settings as object) }, { source: "bench" }),
  { log: createLog("error", 2) },
);

process.on("message", (question) => {
  if (question === "figures") {
    globalThis.gc?.();
    process.send?.({
      rss: process.memoryUsage().rss,
      processor: process.cpuUsage(),
      bytesWritten: gateway.state.bytesWritten,
      probeRequests: gateway.hub.probeRequests,
    });
  }
  if (question === "stop") {
    void gateway.stop().then(() => {
      rmSync(folder, { recursive: true, force: true });
      process.exit(0);
    });
  }
});
process.send?.({ url: gateway.url });
