/**
 * How many connections one address may have at once: a connection that says nothing costs memory, before anybody has
 * logged in. The connections of a proxy are those of all phones, so it has no limit.
 */
import type { Server, Socket } from "node:net";
import type { ListenConfig } from "../config-listen.ts";
import type { Log } from "../log.ts";
import { networkOf, plainAddress, withinNetworks } from "./client-address.ts";

export interface ConnectionLimit {
  readonly perAddress: number;
  /** Whether it is a proxy's: the address without port, zone and brackets. */
  readonly isProxy: (address: string) => boolean;
  readonly log: Log;
}

/** Ends each connection beyond the limit as soon as it is there. */
export function limitConnections(server: Server, { perAddress, isProxy, log }: ConnectionLimit): void {
  const counts = new Map<string, number>();
  server.prependListener("connection", (socket: Socket) => {
    const address = plainAddress(socket.remoteAddress ?? "");
    if (address === undefined || isProxy(address)) return;
    const network = networkOf(address);
    const count = (counts.get(network) ?? 0) + 1;
    if (count > perAddress) {
      socket.destroy();
      return;
    }
    counts.set(network, count);
    if (count === perAddress) log.warn({ client: address, connections: count }, "no more connections of this address");
    socket.once("close", () => {
      const left = (counts.get(network) ?? 1) - 1;
      if (left > 0) counts.set(network, left);
      else counts.delete(network);
    });
  });
}

/** Which addresses are proxies, by the setting. One on this machine may be one that nobody has named. */
export function proxiesOf(trusted: ListenConfig["trustProxy"]): (address: string) => boolean {
  const isLocal = (address: string) => address.startsWith("127.") || address === "::1";
  if (!Array.isArray(trusted)) return (address) => trusted !== false || isLocal(address);
  const isNamed = withinNetworks(trusted);
  return (address) => isLocal(address) || isNamed(address);
}
