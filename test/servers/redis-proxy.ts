/** A wire to Redis that can be cut at the worst moment: after the request arrived, before its answer did. */
import { connect as connectTo, createServer, type Socket } from "node:net";
import { portOf } from "./process.ts";

export interface RedisProxy {
  readonly port: number;
  /** The next answer of the server is lost, and its connection with it; nobody gets through until `mend`. */
  loseNextAnswer(): Promise<void>;
  mend(): void;
  /** All connections break, and the next ones lead to another server. */
  leadTo(port: number): void;
  stop(): Promise<void>;
}

export async function startRedisProxy(to: number): Promise<RedisProxy> {
  const sockets = new Set<Socket>();
  let lose: (() => void) | undefined;
  let isCut = false;
  let target = to;

  const server = createServer((phone) => {
    if (isCut) {
      phone.destroy();
      return;
    }
    const wire = connectTo(target, "127.0.0.1");
    for (const [one, other] of [
      [phone, wire],
      [wire, phone],
    ] as const) {
      sockets.add(one);
      one.on("error", () => {});
      one.on("close", () => {
        sockets.delete(one);
        other.destroy();
      });
    }
    phone.on("data", (data) => wire.write(data));
    wire.on("data", (data) => {
      if (!lose) {
        phone.write(data);
        return;
      }
      isCut = true;
      const lost = lose;
      lose = undefined;
      for (const socket of sockets) socket.destroy();
      lost();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));

  return {
    port: portOf(server),
    loseNextAnswer: () =>
      new Promise((resolve) => {
        lose = resolve;
      }),
    mend() {
      isCut = false;
    },
    leadTo(port) {
      target = port;
      for (const socket of sockets) socket.destroy();
    },
    async stop() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
