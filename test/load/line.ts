/**
 * One connection of a phone and one request at a time on it: as little HTTP as a gateway's answers need, so that
 * thousands of them fit into one process.
 */
import { connect, type Socket } from "node:net";

export interface Address {
  readonly host: string;
  readonly port: number;
}

export interface Answer {
  readonly status: number;
  readonly body: Buffer;
}

export interface Line {
  /** @throws LineBroken when the connection ends before the whole answer is there, or it takes too long. */
  send(request: Buffer, patience: number): Promise<Answer>;
  readonly isOpen: boolean;
  close(): void;
}

/** Whether the request was executed nobody knows. */
export class LineBroken extends Error {
  override readonly name = "LineBroken";
}

interface Open {
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: Error) => void;
}

/** Connects with the first request. */
export function createLine({ host, port }: Address): Line {
  let socket: Socket | undefined;
  let open: Open | undefined;
  let received: Buffer | undefined;

  function fail(why: string): void {
    const waiting = open;
    open = undefined;
    received = undefined;
    socket?.destroy();
    socket = undefined;
    waiting?.reject(new LineBroken(why));
  }

  function take(chunk: Buffer): void {
    received = received === undefined ? chunk : Buffer.concat([received, chunk]);
    const answer = wholeAnswer(received);
    if (answer === undefined || open === undefined) return;
    received = undefined;
    const { resolve } = open;
    open = undefined;
    socket?.setTimeout(0);
    resolve(answer);
  }

  function connected(): Socket {
    if (socket !== undefined) return socket;
    const made = connect({ host, port, noDelay: true });
    made.on("data", take);
    made.on("error", (error: NodeJS.ErrnoException) => {
      if (socket === made) fail(error.code ?? error.message);
    });
    made.on("close", () => {
      if (socket === made) fail("closed");
    });
    made.on("timeout", () => fail("no answer"));
    socket = made;
    return made;
  }

  return {
    send(request, patience) {
      return new Promise((resolve, reject) => {
        if (open !== undefined) throw new Error("a request is under way on this line");
        open = { resolve, reject };
        const own = connected();
        own.setTimeout(patience);
        own.write(request);
      });
    },
    get isOpen() {
      return socket !== undefined;
    },
    close: () => fail(givenUp),
  };
}

/** Why a request failed whose line was closed on this side. */
export const givenUp = "given up";

const headEnd = Buffer.from("\r\n\r\n");

/** Undefined while something is missing. The gateway always says the length (MS-ASHTTP_R212). */
function wholeAnswer(received: Buffer): Answer | undefined {
  const end = received.indexOf(headEnd);
  if (end < 0) return undefined;
  const head = received.toString("latin1", 0, end);
  const length = Number(/\r\ncontent-length: *(\d+)/i.exec(head)?.[1] ?? 0);
  const start = end + headEnd.length;
  if (received.length < start + length) return undefined;
  return { status: Number(head.slice(9, 12)), body: received.subarray(start, start + length) };
}
