/** Stands before a DAV server, lets everything pass, and keeps what was PUT. */
import http from "node:http";
import { portOf } from "../servers/process.ts";

export interface Recorder {
  readonly url: string;
  /** The body of the last PUT to each path, octets as they came. */
  readonly puts: Map<string, Buffer>;
  stop(): Promise<void>;
}

export async function startRecorder(target: string): Promise<Recorder> {
  const puts = new Map<string, Buffer>();
  const agent = new http.Agent({ keepAlive: true });

  const server = http.createServer((request, reply) => {
    const { method = "GET", url = "/", headers } = request;
    const parts: Buffer[] = [];
    request.on("data", (part: Buffer) => parts.push(part));
    request.on("end", () => {
      const body = Buffer.concat(parts);
      if (method === "PUT") puts.set(decodeURIComponent(url), body);
      const onward = http.request(new URL(url, target), { method, headers, agent }, (answer) => {
        reply.writeHead(answer.statusCode ?? 502, answer.rawHeaders);
        answer.pipe(reply);
      });
      onward.on("error", () => request.socket.destroy());
      onward.end(body);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${portOf(server)}/`,
    puts,
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      agent.destroy();
    },
  };
}
