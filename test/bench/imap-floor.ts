/** An IMAP client that sends what it is told and reads nothing of the answers: the least any gateway could do. */
import { connect, type Socket } from "node:net";

export interface RawImap {
  /** Sends a command without its tag; resolves with the answer, its tagged line included. @throws Error for NO and BAD. */
  ask(command: string): Promise<string>;
  /** Stores messages by pipelined APPENDs with literals that wait for nobody (RFC 7888). */
  append(mailbox: string, messages: Iterable<string>): Promise<void>;
  close(): void;
}

export interface RawTarget {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
}

/** APPENDs that are under way at once. */
const pipelined = 200;

export async function connectRaw({ host, port, user, password }: RawTarget): Promise<RawImap> {
  const socket: Socket = connect(port, host);
  socket.setNoDelay(true);
  const waiting: { readonly tag: string; take(answer: string): void; fail(error: Error): void }[] = [];
  let tags = 0;
  // Pieces are kept apart until one holds the tagged line: what is joined again and again costs more than the network.
  let pieces: string[] = [];
  socket.setEncoding("latin1");
  socket.on("data", (chunk: string) => {
    pieces.push(chunk);
    for (let first = waiting[0]; first; first = waiting[0]) {
      const tail = pieces.slice(-2).join("");
      if (!tail.includes(`${first.tag} `)) return;
      const all = pieces.join("");
      const found = new RegExp(`(?:^|\\r\\n)${first.tag} ([A-Z]+)[^\\r\\n]*\\r\\n`).exec(all);
      if (!found) return;
      const end = found.index + found[0].length;
      pieces = end === all.length ? [] : [all.slice(end)];
      waiting.shift();
      if (found[1] === "OK") first.take(all.slice(0, end));
      else first.fail(new Error(found[0].trim()));
    }
  });

  function ask(command: string): Promise<string> {
    tags += 1;
    const tag = `R${tags}`;
    const answer = new Promise<string>((take, fail) => waiting.push({ tag, take, fail }));
    socket.write(`${tag} ${command}\r\n`);
    return answer;
  }

  await new Promise<void>((resolve, reject) => {
    socket.once("error", reject);
    socket.once("connect", resolve);
  });
  socket.on("error", (error) => {
    for (const { fail } of waiting.splice(0)) fail(error);
  });
  await ask(`LOGIN ${user} ${password}`);
  return {
    ask,
    async append(mailbox, messages) {
      let under: Promise<string>[] = [];
      for (const message of messages) {
        const octets = Buffer.byteLength(message);
        under.push(ask(`APPEND ${mailbox} {${octets}+}\r\n${message}`));
        if (under.length < pipelined) continue;
        await Promise.all(under);
        under = [];
      }
      await Promise.all(under);
    },
    close: () => socket.destroy(),
  };
}
