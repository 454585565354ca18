/**
 * Clients that stop in the middle: of a body they send, or of an answer they do not take. Each holds what was read for
 * it. A phone that waits for changes says nothing for an hour and is none of them: only octets that are due count.
 */
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { Socket } from "node:net";

/** Cuts connections on which nothing that is due has moved for so many milliseconds. */
export function cutStalled(server: Server, milliseconds: number): void {
  server.prependListener("request", (request: IncomingMessage, response: ServerResponse) => {
    const { socket } = request;
    // The socket's clock starts anew with every octet, and every answer's end gives it back to keep-alive.
    socket.setTimeout(milliseconds);
    response.on("timeout", () => {
      if (isStalled(socket, request)) socket.destroy();
      else if (!request.complete) socket.setTimeout(milliseconds);
    });
  });
}

/** What was received and is not read yet is our own delay. */
function isStalled(socket: Socket, request: IncomingMessage): boolean {
  const owesBody = !request.complete && request.readableLength === 0;
  return owesBody || socket.writableLength > 0;
}
