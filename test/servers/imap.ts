/** The few words of IMAP (RFC 9051) that set a server up for DAV tests. */
import { connect, type Socket } from "node:net";

/** Logs in, says these commands one after the other, and logs out. @throws Error with what the server said instead of OK. */
export async function sayByImap(
  port: number,
  login: { readonly user: string; readonly password: string },
  commands: readonly string[] = [],
): Promise<void> {
  const socket = connect(port, "127.0.0.1").setTimeout(10_000, () => socket.destroy(new Error("no answer by IMAP")));
  try {
    const lines = linesOf(socket);
    await lines.next(); // The greeting.
    const spoken = [`LOGIN ${quoted(login.user)} ${quoted(login.password)}`, ...commands, "LOGOUT"];
    for (const [count, command] of spoken.entries()) {
      socket.write(`t${count} ${command}\r\n`);
      const answer = await answerTo(`t${count}`, lines);
      if (!answer.startsWith("OK")) throw new Error(`IMAP ${command.split(" ")[0]}: ${answer}`);
    }
  } finally {
    socket.destroy();
  }
}

async function answerTo(tag: string, lines: AsyncGenerator<string>): Promise<string> {
  for (;;) {
    const { done, value } = await lines.next();
    if (done === true) throw new Error("the server closed its IMAP connection");
    if (value.startsWith(`${tag} `)) return value.slice(tag.length + 1);
  }
}

async function* linesOf(socket: Socket): AsyncGenerator<string> {
  let rest = "";
  for await (const chunk of socket.setEncoding("utf8")) {
    const lines = (rest + String(chunk)).split("\r\n");
    rest = lines.pop() ?? "";
    yield* lines;
  }
}

function quoted(text: string): string {
  return `"${text.replaceAll(/["\\]/g, "\\$&")}"`;
}
