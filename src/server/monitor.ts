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
  readonly log: Log;
}

/**
 * `GET /metrics`; `GET /health`: the process runs; `GET /ready`: it can serve requests, 503 when it cannot. The one
 * who restarts what is ill asks `/health`, and a load balancer `/ready`.
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
  { metrics, ready }: MonitorOptions,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  request.resume();
  if (request.method !== "GET" && request.method !== "HEAD") {
    answer(response, 405, "");
    return;
  }
  switch (request.url?.split("?", 1)[0]) {
    case "/metrics":
      answer(response, 200, await metrics.text(), metrics.contentType);
      return;
    case "/health":
      answer(response, 200, "ok\n");
      return;
    case "/ready": {
      const isReady = await ready().catch(() => false);
      answer(response, isReady ? 200 : 503, isReady ? "ready\n" : "not ready\n");
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
