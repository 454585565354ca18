/**
 * An imitation of a CalDAV and CardDAV server that can be told to misbehave as real ones were seen to. Each switch
 * names who does it. With no switch on it follows the RFCs and passes the same contract as the real servers.
 */
import http from "node:http";
import { constants, createGzip, gzipSync } from "node:zlib";
import { type Answer, handle, type World } from "./dav-twin-methods.ts";
import { createShelf, type Shelf, type ShelfOptions, type Trashed } from "./dav-twin-store.ts";
import type { Seen, Switches } from "./dav-twin-switches.ts";
import type { TrapName } from "./dav-twin-traps.ts";
import { portOf } from "./process.ts";

export interface Twin {
  readonly url: string;
  readonly switches: Switches;
  /** All requests so far, refused ones included. */
  readonly seen: Seen[];
  /** Collections by path: the tests look into them and change them behind the server's back. */
  readonly shelves: ReadonlyMap<string, Shelf>;
  /** The trash bin's objects. */
  readonly trash: ReadonlyMap<string, Trashed>;
  /** The largest number of connections at one time. */
  readonly connections: number;
  stop(): Promise<void>;
}

export interface TwinOptions {
  /** Password by user; default `anna`, `geheim`. */
  readonly users?: Readonly<Record<string, string>>;
  readonly switches?: Switches;
  /** A second calendar `work` and a second address book `friends`. */
  readonly second?: boolean;
}

/** Switches that were on while any twin of this process was asked: a test of a trap must have met it. */
export const met = new Set<TrapName>();

export async function startTwin(options: TwinOptions = {}): Promise<Twin> {
  const users = options.users ?? { anna: "geheim" };
  const switches: Switches = { ...options.switches };
  const shelves = new Map<string, Shelf>();
  for (const user of Object.keys(users)) {
    for (const [path, shelf] of shelvesOf(user, options)) shelves.set(path, createShelf(shelf, switches));
  }
  const world: World = { users, shelves, trash: new Map(), left: new Set(), switches, refusals: 0 };
  const seen: Seen[] = [];

  const server = http.createServer((request, reply) => {
    const parts: Buffer[] = [];
    request.on("data", (part: Buffer) => parts.push(part));
    request.on("end", () => {
      const one = readRequest(request, Buffer.concat(parts).toString("utf8"));
      seen.push(one);
      for (const [name, value] of Object.entries(switches)) {
        if (value !== undefined && value !== false) met.add(name as TrapName);
      }
      const trouble = switches.trouble?.(one);
      if (trouble === "hang") return;
      if (trouble === "reset") {
        request.socket.resetAndDestroy();
        return;
      }
      const answer = typeof trouble === "object" ? trouble : handle(world, one);
      const send = (): void =>
        write(reply, answer, trouble === "cut" || trouble === "stall" ? trouble : undefined, switches);
      if (switches.processing === undefined) {
        send();
        return;
      }
      const { processing } = switches;
      setTimeout(() => {
        reply.writeProcessing();
        setTimeout(send, processing);
      }, switches.processingAfter ?? 0);
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
    trash: world.trash,
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

/** A user's collections by path. */
function shelvesOf(user: string, { switches, second }: TwinOptions): readonly [string, ShelfOptions][] {
  const [calendars, books] = [`/dav/cal/${user}/`, `/dav/${switches?.oneHome ? "cal" : "card"}/${user}/`];
  const owner = "carl";
  const more: readonly [string, ShelfOptions][] = [
    [`${calendars}work/`, { kind: "calendar", name: "Work" }],
    [`${books}friends/`, { kind: "addressbook", name: "Friends" }],
  ];
  return [
    [`${calendars}calendar/`, { kind: "calendar", name: "Calendar" }],
    [`${books}contacts/`, { kind: "addressbook", name: "Contacts" }],
    [
      `${calendars}seen/`,
      { kind: "calendar", name: "Carl's", owner, readOnly: true, shownBy: ["readOnlyShare", "hiddenRights"] },
    ],
    [`${calendars}lent/`, { kind: "calendar", name: "Carl's", owner, shownBy: ["confidential"] }],
    [`${calendars}holidays/`, { kind: "calendar", name: "Holidays", readOnly: true, shownBy: ["subscriptions"] }],
    [
      `${books}z-app-generated--contactsinteraction--recent/`,
      { kind: "addressbook", name: "Recently contacted", readOnly: true, shownBy: ["recentContacts"] },
    ],
    ...(second ? more : []),
  ];
}

function write(reply: http.ServerResponse, answer: Answer, broken: "cut" | "stall" | undefined, on: Switches): void {
  const whole = Buffer.from(answer.body ?? "", "utf8");
  const plain = on.truncated ? whole.subarray(0, whole.length - 40) : whole;
  const body = on.gzip ? gzipSync(plain) : plain;
  const type = on.wrongType ? "text/html" : "application/xml; charset=utf-8";
  reply.writeHead(answer.status, {
    ...(plain.length > 0 && { "Content-Type": type }),
    ...((on.gzip || on.bomb) && { "Content-Encoding": "gzip" }),
    ...(on.chunked || on.bomb ? {} : { "Content-Length": body.length }),
    ...(on.closes && { Connection: "close" }),
    ...answer.headers,
  });
  if (on.bomb) explode(reply, plain);
  else if (broken === undefined) reply.end(body);
  else reply.write(body.subarray(0, body.length / 2), () => broken === "cut" && reply.socket?.destroy());
}

/** The answer and then blanks without end, packed. */
function explode(reply: http.ServerResponse, start: Buffer): void {
  const packed = createGzip({ level: constants.Z_BEST_SPEED });
  const blanks = Buffer.alloc(1024 * 1024, " ");
  packed.pipe(reply);
  packed.write(start);
  const more = (): void => {
    while (!reply.destroyed && packed.write(blanks)) {
      // Until it has to be drained.
    }
    if (reply.destroyed) packed.destroy();
  };
  packed.on("drain", more);
  more();
}
