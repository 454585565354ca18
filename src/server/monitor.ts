/**
 * What watches the gateway asks here: figures for Prometheus, and two questions of an orchestrator. A listener of its
 * own, off by default: none of this is for whoever can reach the public one.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { Log } from "../log.ts";
import type { Metrics } from "../metrics.ts";

export interface MonitorOptions {
  readonly metrics: Metrics;
  /** Resolves when requests can be served; rejects or resolves false when they cannot. */
  readonly ready: () => Promise<boolean>;
  /** How the servers behind are, a line for each. */
  readonly health: () => string;
  readonly log: Log;
}

/**
 * `GET /metrics`; `GET /health`: the process runs; `GET /ready`: it can serve requests, 503 when it cannot. The one
 * who restarts what is ill asks `/health`, and a load balancer `/ready`; both have the names that Kubernetes' own parts
 * use as well. `/ready?verbose` tells of the servers behind. They decide nothing: were they away, no node would be left.
 */
export function createMonitor(options: MonitorOptions): Server {
  return createServer((request, response) => {
    void route(options, request, response).catch((error: unknown) => {
      options.log.error({ path: request.url, error }, "the monitor failed");
      answer(response, 500, "");
    });
  });
}

async function route(
  { metrics, ready, health }: MonitorOptions,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  request.resume();
  if (request.method !== "GET" && request.method !== "HEAD") {
    answer(response, 405, "");
    return;
  }
  const [path, query] = (request.url ?? "").split("?", 2);
  switch (path) {
    case "/metrics":
      answer(response, 200, await metrics.text(), metrics.contentType);
      return;
    case "/health":
    case "/healthz":
      answer(response, 200, "ok\n");
      return;
    case "/ready":
    case "/readyz": {
      const isReady = await ready().catch(() => false);
      const more = query === "verbose" ? health() : "";
      answer(response, isReady ? 200 : 503, `${isReady ? "ready" : "not ready"}\n${more}`);
      return;
    }
    default:
      answer(response, 404, "");
  }
}

function answer(response: ServerResponse, status: number, text: string, type = "text/plain; charset=utf-8"): void {
  if (response.headersSent) return;
  response.writeHead(status, { "Content-Type": type, "Content-Length": Buffer.byteLength(text) });
  response.end(text);
}
