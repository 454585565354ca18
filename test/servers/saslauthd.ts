/** Answers as saslauthd does whether a password is right, for servers that ask Cyrus SASL. Nothing is written to disk. */
import { once } from "node:events";
import { chmod } from "node:fs/promises";
import { createServer, type Socket } from "node:net";

export interface Saslauthd {
  stop(): void;
}

/** Listens on a Unix socket; `passwords` is looked into at each question, so that one may be changed meanwhile. */
export async function startSaslauthd(path: string, passwords: ReadonlyMap<string, string>): Promise<Saslauthd> {
  const server = createServer((socket) => {
    answer(socket, passwords).catch(() => socket.destroy());
  });
  server.listen(path);
  await once(server, "listening");
  await chmod(path, 0o666); // The one who asks may be another user; the folder keeps the rest out.
  return { stop: () => void server.close() };
}

/** Login, password, service and realm come, each after its length in two octets; so does the answer go. */
async function answer(socket: Socket, passwords: ReadonlyMap<string, string>): Promise<void> {
  let received = "";
  for await (const chunk of socket.setEncoding("latin1")) {
    received += String(chunk);
    const [login, password] = fields(Buffer.from(received, "latin1"), 4);
    if (login === undefined || password === undefined) continue;
    const text = passwords.get(login) === password ? "OK" : "NO";
    socket.end(Buffer.from(`\0\x02${text}`, "latin1"));
    return;
  }
}

/** Nothing until all of them are there. */
function fields(octets: Buffer, count: number): readonly string[] {
  const found: string[] = [];
  for (let at = 0; found.length < count; ) {
    if (octets.length < at + 2) return [];
    const end = at + 2 + octets.readUInt16BE(at);
    if (octets.length < end) return [];
    found.push(octets.toString("utf8", at + 2, end));
    at = end;
  }
  return found;
}
