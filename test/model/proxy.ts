/** What stands between the gateways and a DAV server: it delays, breaks and refuses requests as the weather says. */
import http from "node:http";
import { portOf } from "../servers/process.ts";
import type { Weather } from "./server.ts";
import type { BackendCall } from "./story.ts";

export interface Proxy {
  readonly url: string;
  stop(): Promise<void>;
}

export async function startProxy(target: string, weather: Weather): Promise<Proxy> {
  const agent = new http.Agent({ keepAlive: true });

  async function serve(request: http.IncomingMessage, reply: http.ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks);
    const call = callOf(request, body);
    const trouble = call && (await weather.before?.(call));
    if (trouble === "cut") return void request.socket.destroy();
    if (trouble === "busy") return void reply.writeHead(503, { "Retry-After": "1", "Content-Length": "0" }).end();
    const answer = await forward(request, body);
    if (trouble === "lost") return void request.socket.destroy();
    reply.writeHead(answer.status, answer.headers).end(answer.body);
  }

  function forward(
    { method = "GET", url = "/", headers }: http.IncomingMessage,
    body: Buffer,
  ): Promise<{ status: number; headers: http.IncomingHttpHeaders; body: Buffer }> {
    return new Promise((resolve, reject) => {
      const onward = http.request(new URL(url, target), { method, headers, agent }, (answer) => {
        const chunks: Buffer[] = [];
        answer.on("data", (chunk: Buffer) => chunks.push(chunk));
        answer.on("error", reject);
        answer.on("end", () => {
          const { "transfer-encoding": _chunked, ...kept } = answer.headers;
          const whole = Buffer.concat(chunks);
          resolve({
            status: answer.statusCode ?? 502,
            headers: { ...kept, "content-length": String(whole.length) },
            body: whole,
          });
        });
      });
      onward.on("error", reject);
      onward.end(body);
    });
  }

  const server = http.createServer((request, reply) => {
    serve(request, reply).catch(() => request.socket.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${portOf(server)}/`,
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      agent.destroy();
    },
  };
}

/** Which call of an account a request is part of, where weather can befall it. */
function callOf({ method, headers }: http.IncomingMessage, body: Buffer): BackendCall | undefined {
  switch (method) {
    case "PUT":
      return headers["if-none-match"] === undefined ? "update" : "create";
    case "DELETE":
      return "remove";
    case "MOVE":
      return "move";
    case "REPORT":
      return body.includes("multiget") ? "read" : "changes";
    default:
      return undefined;
  }
}
