import type { Server, ServerResponse } from "node:http";

/**
 * The requests under way, so that in the end each answer can say that its connection ends with it: a phone, or the
 * proxy in front, must send its next request to another process and not into a socket that is being closed.
 */
export function trackAnswers(server: Server): { endConnections(): void } {
  const open = new Set<ServerResponse>();
  let ending = false;
  server.prependListener("request", (_request, response: ServerResponse) => {
    response.shouldKeepAlive &&= !ending;
    open.add(response);
    response.once("close", () => open.delete(response));
  });
  return {
    endConnections() {
      ending = true;
      for (const response of open) response.shouldKeepAlive = false;
    },
  };
}
