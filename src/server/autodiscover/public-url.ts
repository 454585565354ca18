/**
 * The gateway's address as phones have it. It is configured; where it is not, the name that a phone asked by stands in,
 * and only in answers that nobody but this phone gets: whoever asks with another Host header deceives himself.
 */
import type { IncomingMessage } from "node:http";
import { TLSSocket } from "node:tls";

/**
 * Origin without a trailing slash; undefined when it cannot be told.
 * @param isPrivate whether the answer is for this phone alone: it had to log in, and no cache may keep it.
 */
export function publicUrlOf(
  configured: string | undefined,
  request: IncomingMessage,
  isPrivate: boolean,
): string | undefined {
  if (configured !== undefined) return configured;
  const host = request.headers.host ?? "";
  if (!isHost(host)) return undefined;
  const { hostname } = new URL(`http://${host}`);
  if (isLoopback(hostname)) {
    // A proxy on this machine that does not pass the name on: its own name for us is none of a phone's.
    if (request.headers["x-forwarded-for"] !== undefined) return undefined;
    return new URL(`${request.socket instanceof TLSSocket ? "https" : "http"}://${host}`).origin;
  }
  // Phones are sent to TLS, whether it ends here or at the proxy in front.
  return isPrivate ? new URL(`https://${host}`).origin : undefined;
}

function isHost(text: string): boolean {
  return (
    /^([a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?|\[[0-9a-f:.]{2,45}\])(:\d{1,5})?$/i.test(text) &&
    URL.canParse(`http://${text}`)
  );
}

function isLoopback(hostname: string): boolean {
  return hostname === "localhost" || hostname === "[::1]" || /^127\.\d+\.\d+\.\d+$/.test(hostname);
}
