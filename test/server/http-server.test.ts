/** Clients that only connect, that stop in the middle, or that come in numbers: each is given up, and no other notices. */
import type { RequestListener, Server } from "node:http";
import { type AddressInfo, createConnection, type Socket } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import { connect } from "node:tls";
import { fileURLToPath } from "node:url";
import { describe, expect, it, onTestFinished } from "vitest";
import { listenSection } from "../../src/config-listen.ts";
import { silentLog } from "../../src/log.ts";
import { createHttpServer, type HttpServerOptions, listen } from "../../src/server/http-server.ts";

const fixture = (name: string) => fileURLToPath(new URL(`../fixtures/tls/${name}`, import.meta.url));
const tls = { certFile: fixture("cert.pem"), keyFile: fixture("key.pem") };

/** Milliseconds: what takes a minute elsewhere is over in a tenth of a second here. */
const times = { headers: 100, request: 30_000, stalled: 100, keepAlive: 1_000, look: 20 };
const nobody = () => false;
const isLoopback = (address: string) => address === "127.0.0.1";

interface Started {
  readonly server: Server;
  readonly port: number;
}

async function start(handler: RequestListener, options: Partial<HttpServerOptions> = {}): Promise<Started> {
  const server = createHttpServer(handler, {
    listen: listenSection.parse({ port: 0 }),
    log: silentLog,
    times,
    isProxy: nobody,
    ...options,
  });
  await listen(server, { port: 0, host: "127.0.0.1" });
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  return { server, port: (server.address() as AddressInfo).port };
}

/** A connection, with all that came back on it. */
interface Line {
  readonly socket: Socket;
  readonly received: () => string;
  /** Resolves when the other side ended it. */
  readonly ended: Promise<void>;
}

function call(port: number): Line {
  const socket = createConnection({ port, host: "127.0.0.1" });
  onTestFinished(() => void socket.destroy());
  let text = "";
  socket.setEncoding("latin1");
  socket.on("data", (octets: string) => {
    text += octets;
  });
  socket.on("error", () => {});
  return { socket, received: () => text, ended: new Promise((resolve) => socket.once("close", () => resolve())) };
}

const answerOk: RequestListener = (_request, response) => {
  response.end("ok");
};

/** What the handler saw of a body that it reads. */
function bodyReader(): { handler: RequestListener; outcome: Promise<string> } {
  let tell: (outcome: string) => void = () => {};
  const outcome = new Promise<string>((resolve) => {
    tell = resolve;
  });
  return {
    outcome,
    handler(request, response) {
      void (async () => {
        let size = 0;
        try {
          for await (const chunk of request) size += (chunk as Buffer).length;
          response.end("ok");
          tell(`${size} octets`);
        } catch {
          tell("cut");
        }
      })();
    },
  };
}

describe("a client that is slow", () => {
  it("with its headers is told so, and its connection ends", async () => {
    const { port } = await start(answerOk);
    const line = call(port);
    line.socket.write("POST /Microsoft-Server-ActiveSync HTTP/1.1\r\nHost: a\r\n");
    const drip = setInterval(() => line.socket.write("X-More: a\r\n"), 30);
    await line.ended;
    clearInterval(drip);
    expect(line.received()).toMatch(/^HTTP\/1\.1 408 /);
  });

  it("to begin has its connection ended", async () => {
    const { port } = await start(answerOk);
    await call(port).ended;
  });

  it("with its TLS handshake has its connection ended", async () => {
    const { port } = await start(answerOk, { listen: listenSection.parse({ port: 0, tls }) });
    await call(port).ended;
  });

  it("in the middle of a body is given up", async () => {
    const { handler, outcome } = bodyReader();
    const { port } = await start(handler);
    const line = call(port);
    line.socket.write("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\nsome");
    await line.ended;
    expect(await outcome).toBe("cut");
  });

  it("but goes on with its body is waited for", async () => {
    const { handler, outcome } = bodyReader();
    const { port } = await start(handler);
    const line = call(port);
    line.socket.write("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 8\r\n\r\n");
    for (let sent = 0; sent < 8; sent += 1) {
      await pause(40);
      line.socket.write("x");
    }
    expect(await outcome).toBe("8 octets");
  });

  it("is not waited for beyond the time of a whole request", async () => {
    const { handler, outcome } = bodyReader();
    const { port } = await start(handler, { times: { ...times, request: 300 } });
    const line = call(port);
    line.socket.write("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\n");
    const drip = setInterval(() => line.socket.write("x"), 30);
    await line.ended;
    clearInterval(drip);
    expect(await outcome).toBe("cut");
  });

  it("with taking its answer is given up", async () => {
    let isCut = false;
    const { port } = await start(({ socket }, response) => {
      socket.once("close", () => {
        isCut = true;
      });
      // More than the kernel's buffers of both sides hold.
      response.end(Buffer.alloc(64 * 1024 * 1024));
    });
    const line = call(port);
    line.socket.pause();
    line.socket.write("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    await expect.poll(() => isCut).toBe(true);
  });

  it("but goes on with taking its answer gets all of it", async () => {
    const size = 24 * 1024 * 1024;
    const { port } = await start((_request, response) => {
      response.end(Buffer.alloc(size));
    });
    const socket = createConnection({ port, host: "127.0.0.1" });
    onTestFinished(() => void socket.destroy());
    socket.write("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    let received = 0;
    for await (const chunk of socket) {
      const before = Math.floor(received / (4 * 1024 * 1024));
      received += (chunk as Buffer).length;
      if (Math.floor(received / (4 * 1024 * 1024)) > before) await pause(60);
    }
    expect(received).toBeGreaterThan(size);
  });
});

describe("a client that waits", () => {
  it("for its answer is not slow, however long that takes, and may ask again on the same connection", async () => {
    const { port } = await start((_request, response) => {
      setTimeout(() => response.end("ok"), 350);
    });
    const line = call(port);
    for (let number = 1; number <= 2; number += 1) {
      line.socket.write("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
      await expect.poll(() => line.received().split("HTTP/1.1 200 ").length - 1).toBe(number);
    }
  });

  it("does so with TLS too", async () => {
    const { port } = await start(
      (_request, response) => {
        setTimeout(() => response.end("ok"), 350);
      },
      { listen: listenSection.parse({ port: 0, tls }) },
    );
    const socket = connect({ port, host: "127.0.0.1", rejectUnauthorized: false });
    onTestFinished(() => void socket.destroy());
    socket.write("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    const [answer] = await new Promise<Buffer[]>((resolve) =>
      socket.once("data", (octets: Buffer) => resolve([octets])),
    );
    expect(answer?.toString()).toMatch(/^HTTP\/1\.1 200 /);
  });

  it("for the next piece of a long answer is not cut while all that there was is taken", async () => {
    const { port } = await start((_request, response) => {
      response.write("one");
      setTimeout(() => response.end("two"), 350);
    });
    const line = call(port);
    line.socket.write("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    await expect.poll(() => line.received()).toContain("two");
  });
});

describe.each([
  ["plain", undefined],
  ["TLS", tls],
])("connections of one address, %s", (_name, files) => {
  const limited = listenSection.parse({ port: 0, perAddress: 8, ...(files && { tls: files }) });
  const quiet = { ...times, headers: 2_000 };

  it("are refused beyond the limit, until one of them ends", async () => {
    const { server, port } = await start(answerOk, { listen: limited, times: quiet });
    const lines = Array.from({ length: 8 }, () => call(port));
    const count = () => new Promise<number>((resolve) => server.getConnections((_error, open) => resolve(open)));
    await expect.poll(count).toBe(8);
    await call(port).ended;
    expect(await count()).toBe(8);
    lines[0]?.socket.destroy();
    await expect.poll(count).toBe(7);
    call(port);
    await expect.poll(count).toBe(8);
  });

  it("are not counted for a proxy", async () => {
    const { server, port } = await start(answerOk, { listen: limited, times: quiet, isProxy: isLoopback });
    for (let number = 0; number < 20; number += 1) call(port);
    const count = () => new Promise<number>((resolve) => server.getConnections((_error, open) => resolve(open)));
    await expect.poll(count).toBe(20);
  });
});

it("headers beyond 16 KiB are refused", async () => {
  const { port } = await start(answerOk);
  const line = call(port);
  line.socket.write(`GET / HTTP/1.1\r\nHost: a\r\nX-Long: ${"x".repeat(17 * 1024)}\r\n\r\n`);
  await line.ended;
  expect(line.received()).toMatch(/^HTTP\/1\.1 431 /);
});
