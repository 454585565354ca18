/** A wire to a server at which something can happen at a chosen step: before a request gets through, or its answer. */
import { connect as connectTo, createServer, type Socket } from "node:net";
import { portOf } from "../servers/process.ts";

/** What happens at a step. The request, or its answer, is lost with its connection. */
export interface Trap {
  /** Which requests count; each is one write to the wire. */
  readonly of: RegExp;
  /** At which of them, from 1. */
  readonly hit: number;
  readonly at: "request" | "answer";
  spring(): Promise<void>;
}

export interface Door {
  readonly port: number;
  /** Instead of the trap before. */
  set(trap: Trap | undefined): void;
  stop(): Promise<void>;
}

export async function startDoor(target: number): Promise<Door> {
  const sockets = new Set<Socket>();
  let trap: Trap | undefined;
  let hits = 0;

  /** The trap that this request steps on. */
  function step(request: Buffer): Trap | undefined {
    if (!trap?.of.test(request.toString("latin1", 0, 16))) return undefined;
    hits += 1;
    if (hits !== trap.hit) return undefined;
    const sprung = trap;
    trap = undefined;
    return sprung;
  }

  const server = createServer((client) => {
    const wire = connectTo(target, "127.0.0.1");
    let awaited: Trap | undefined;
    for (const [one, other] of [
      [client, wire],
      [wire, client],
    ] as const) {
      sockets.add(one);
      one.on("error", () => {});
      one.on("close", () => {
        sockets.delete(one);
        other.destroy();
      });
    }
    async function springAndCut(sprung: Trap): Promise<void> {
      client.pause();
      wire.pause();
      await sprung.spring();
      client.destroy();
    }
    client.on("data", (data) => {
      const sprung = step(data);
      if (sprung?.at === "request") return void springAndCut(sprung);
      awaited = sprung ?? awaited;
      wire.write(data);
    });
    wire.on("data", (data) => {
      if (awaited) return void springAndCut(awaited);
      client.write(data);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    port: portOf(server),
    set(next) {
      trap = next;
      hits = 0;
    },
    async stop() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
