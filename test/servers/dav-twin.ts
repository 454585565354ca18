/**
 * An imitation of a CalDAV and CardDAV server that can be told to misbehave as real ones were seen to. Each switch
 * names who does it. With no switch on it follows the RFCs and passes the same contract as the real servers.
 */
import http from "node:http";
import { gzipSync } from "node:zlib";
import { type Answer, handle } from "./dav-twin-methods.ts";
import { createShelf, type Shelf } from "./dav-twin-store.ts";
import type { Seen, Switches } from "./dav-twin-switches.ts";
import { portOf } from "./process.ts";

export interface Twin {
  readonly url: string;
  readonly switches: Switches;
  /** All requests so far, refused ones included. */
  readonly seen: Seen[];
  /** Collections by path: the tests look into them and change them behind the server's back. */
  readonly shelves: ReadonlyMap<string, Shelf>;
  /** The largest number of connections at one time. */
  readonly connections: number;
  stop(): Promise<void>;
}

export interface TwinOptions {
  /** Password by user; default `anna`, `geheim`. */
  readonly users?: Readonly<Record<string, string>>;
  readonly switches?: Switches;
}

export async function startTwin(options: TwinOptions = {}): Promise<Twin> {
  const users = options.users ?? { anna: "geheim" };
  const shelves = new Map<string, Shelf>();
  for (const user of Object.keys(users)) {
    shelves.set(`/dav/cal/${user}/calendar/`, createShelf("calendar", "Calendar"));
    shelves.set(`/dav/card/${user}/contacts/`, createShelf("addressbook", "Contacts"));
  }
  const switches: Switches = { ...options.switches };
  const seen: Seen[] = [];

  const server = http.createServer((request, reply) => {
    const parts: Buffer[] = [];
    request.on("data", (part: Buffer) => parts.push(part));
    request.on("end", () => {
      const one = readRequest(request, Buffer.concat(parts).toString("utf8"));
      seen.push(one);
      const trouble = switches.trouble?.(one);
      if (switches.processing) reply.writeProcessing();
      if (trouble === "hang") return;
      if (trouble === "reset") {
        request.socket.resetAndDestroy();
        return;
      }
      const answer = typeof trouble === "object" ? trouble : handle({ users, shelves, switches }, one);
      write(reply, answer, trouble === "cut" || trouble === "stall" ? trouble : undefined, switches);
    });
  });
  let open = 0;
  let most = 0;
  server.on("connection", (socket) => {
    open += 1;
    most = Math.max(most, open);
    socket.once("close", () => {
      open -= 1;
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const port = portOf(server);

  return {
    url: `http://127.0.0.1:${port}/`,
    switches,
    seen,
    shelves,
    get connections() {
      return most;
    },
    stop: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}

function readRequest(request: http.IncomingMessage, body: string): Seen {
  return {
    method: request.method ?? "",
    path: decodeURIComponent(new URL(request.url ?? "/", "http://x").pathname),
    depth: request.headers.depth?.toString(),
    headers: request.headers,
    body,
    connection: request.socket.remotePort ?? 0,
    report: /<(?:\w+:)?([\w-]+)[\s>]/.exec(body.replace(/<\?.*?\?>/s, ""))?.[1] ?? "",
  };
}

function write(reply: http.ServerResponse, answer: Answer, broken: "cut" | "stall" | undefined, on: Switches): void {
  const plain = Buffer.from(answer.body ?? "", "utf8");
  const body = on.gzip ? gzipSync(plain) : plain;
  reply.writeHead(answer.status, {
    ...(plain.length > 0 && { "Content-Type": "application/xml; charset=utf-8" }),
    ...(on.gzip && { "Content-Encoding": "gzip" }),
    "Content-Length": body.length,
    ...answer.headers,
  });
  if (broken === undefined) reply.end(body);
  else reply.write(body.subarray(0, body.length / 2), () => broken === "cut" && reply.socket?.destroy());
}
