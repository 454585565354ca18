/** An IMAP server that says what it is told to say, for what no good server says. */
import { createServer, type Socket } from "node:net";
import { portOf } from "./process.ts";

/**
 * Untagged lines and the tagged one by the command's name; `close` ends the connection, undefined says nothing at all. Of
 * several each is said once, the last one for good.
 */
export type Script = Readonly<Record<string, string | readonly string[] | undefined>>;

export interface ImapScript {
  readonly port: number;
  /** Commands it was sent, LOGIN without its arguments. */
  readonly heard: readonly string[];
  close(): Promise<void>;
}

const usual: Script = {
  CAPABILITY: "* CAPABILITY IMAP4rev1 UIDPLUS\r\nOK done",
  LOGIN: "OK in",
  NAMESPACE: "BAD unknown",
  NOOP: "OK done",
  LIST: '* LIST () "/" INBOX\r\nOK done',
  LSUB: "OK done",
  STATUS: "* STATUS INBOX (UIDVALIDITY 1 UIDNEXT 2 MESSAGES 1)\r\nOK done",
  SELECT: "* 1 EXISTS\r\n* OK [UIDVALIDITY 1] valid\r\n* OK [UIDNEXT 2] next\r\nOK [READ-WRITE] done",
};

export async function startImapScript(
  script: Script,
  greeting: string | undefined = "* OK ready",
): Promise<ImapScript> {
  const said: Script = { ...usual, ...script };
  const heard: string[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket)).on("error", () => {});
    if (greeting !== undefined) socket.write(`${greeting}\r\n`);
    let rest = "";
    socket.setEncoding("latin1").on("data", (text: string) => {
      const lines = (rest + text).split("\r\n");
      rest = lines.pop() ?? "";
      for (const line of lines) answer(socket, line);
    });
  });
  const turns = new Map<string, number>();
  function next(name: string): string | undefined {
    const reply = said[name];
    if (reply === undefined || typeof reply === "string") return reply;
    const turn = turns.get(name) ?? 0;
    turns.set(name, turn + 1);
    return reply[turn] ?? reply.at(-1);
  }
  function answer(socket: Socket, line: string): void {
    const [, tag = "", command = ""] = /^(\S+) ((?:UID )?\S+)/.exec(line) ?? [];
    const name = command.toUpperCase();
    heard.push(name === "LOGIN" ? name : line.slice(tag.length + 1));
    const reply = name in said ? next(name) : "BAD unknown";
    if (reply === undefined) return;
    if (reply === "close") {
      socket.destroy();
      return;
    }
    const before = reply.split("\r\n");
    const last = before.pop() ?? "";
    socket.write(Buffer.from([...before, `${tag} ${last}`, ""].join("\r\n"), "latin1"));
  }
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  return {
    port: portOf(server),
    heard,
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => {
        server.close(resolve);
      });
    },
  };
}
