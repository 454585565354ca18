/** Counts the requests that a gateway makes of its backend: a proxy that does nothing else. */
import http from "node:http";
import type { AddressInfo } from "node:net";

export interface Counter {
  readonly url: string;
  /** Requests since the last call of `reset`. */
  readonly requests: number;
  reset(): void;
  stop(): Promise<void>;
}

export async function startCounter(target: string): Promise<Counter> {
  const agent = new http.Agent({ keepAlive: true });
  let requests = 0;
  const server = http.createServer((request, response) => {
    requests += 1;
    const onward = http.request(
      new URL(request.url ?? "/", target),
      { method: request.method ?? "GET", headers: request.headers, agent },
      (answer) => {
        response.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(response);
      },
    );
    onward.on("error", () => response.destroy());
    request.pipe(onward);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    get requests() {
      return requests;
    },
    reset() {
      requests = 0;
    },
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
