/** Counts the commands that a gateway gives to its mail server, and their octets: a proxy that does nothing else. */
import { type AddressInfo, connect, createServer, type Socket } from "node:net";

export interface ImapCounter {
  readonly host: string;
  readonly port: number;
  /** Since the last call of `reset`, by name (`UID FETCH`). */
  readonly commands: ReadonlyMap<string, number>;
  /** Of the server's answers. */
  readonly octets: number;
  reset(): void;
  stop(): Promise<void>;
}

const command = /^[A-Za-z0-9.]+ ((?:UID )?[A-Z]+)/i;

/** Meant for what only reads: the lines of an APPEND would be counted. */
export async function startImapCounter(target: { readonly host: string; readonly port: number }): Promise<ImapCounter> {
  const sockets = new Set<Socket>();
  let commands = new Map<string, number>();
  let octets = 0;
  const server = createServer((client) => {
    const onward = connect(target.port, target.host);
    let rest = "";
    client.on("data", (chunk) => {
      const lines = (rest + chunk.toString("latin1")).split("\r\n");
      rest = lines.pop() ?? "";
      for (const line of lines) {
        const name = command.exec(line)?.[1]?.toUpperCase();
        if (name !== undefined) commands.set(name, (commands.get(name) ?? 0) + 1);
      }
    });
    onward.on("data", (chunk) => {
      octets += chunk.length;
    });
    for (const socket of [client, onward]) {
      sockets.add(socket);
      socket.on("error", () => {});
      socket.on("close", () => {
        sockets.delete(socket);
        client.destroy();
        onward.destroy();
      });
    }
    client.pipe(onward);
    onward.pipe(client);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    host: "127.0.0.1",
    port: (server.address() as AddressInfo).port,
    get commands() {
      return commands;
    },
    get octets() {
      return octets;
    },
    reset() {
      commands = new Map();
      octets = 0;
    },
    async stop() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
