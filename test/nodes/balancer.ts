/** What stands in front of several nodes: a load balancer that does as it is told. */
import http from "node:http";
import type { AddressInfo } from "node:net";
import { endLater } from "../trouble/world.ts";

export interface Balancer {
  readonly url: string;
  /** Says which node gets the next requests. */
  route(node: 0 | 1): void;
}

/** Forwards each request to the chosen node. Ends after the test. */
export async function startBalancer(urls: readonly string[]): Promise<Balancer> {
  let chosen: 0 | 1 = 0;
  const server = http.createServer((request, response) => {
    const { method, headers, url } = request;
    const target = new URL(url ?? "/", urls[chosen]);
    const onward = http.request(target, { method, headers, agent: false }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.statusMessage ?? "", answer.rawHeaders);
      answer.pipe(response);
    });
    onward.on("error", () => response.destroy());
    response.on("close", () => onward.destroy());
    request.pipe(onward);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  endLater(async () => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    route(node) {
      chosen = node;
    },
  };
}
