/** Child processes of the tests that never outlive them. */
import { type ChildProcess, spawn } from "node:child_process";
import { rmSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import http from "node:http";
import { createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";

export interface Program {
  readonly folder: string;
  readonly port: number;
  /** Ends the program and removes its folder. Safe to call twice. */
  stop(): Promise<void>;
}

export interface ProgramOptions {
  readonly name: string;
  readonly command: string;
  /** Writes what the program needs into its folder and says how to call it. */
  readonly prepare: (folder: string, port: number) => Promise<readonly string[]>;
  /** Ready as soon as a request to this path is answered. */
  readonly path: string;
}

/** Starts a server on a free loopback port in a folder of its own and waits until it answers (30 s at most). */
export async function startProgram(options: ProgramOptions): Promise<Program> {
  const folder = await mkdtemp(join(tmpdir(), `isthmus-${options.name}-`));
  const port = await freePort();
  const args = await options.prepare(folder, port);
  const child = spawn(options.command, args, { stdio: ["ignore", "ignore", "pipe"] });
  const errors: string[] = [];
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    errors.push(text);
    if (errors.length > 50) errors.shift();
  });
  const ended = new Promise<void>((resolve) => {
    child.once("exit", () => resolve());
    child.once("error", (error) => {
      errors.push(String(error));
      resolve();
    });
  });
  const forget = removeAtExit(child, folder);

  async function stop(): Promise<void> {
    forget();
    end(child, "SIGTERM");
    await Promise.race([ended, pause(3_000, undefined, { ref: false }).then(() => end(child, "SIGKILL"))]);
    await ended;
    await rm(folder, { recursive: true, force: true });
  }

  try {
    await untilReady(`http://127.0.0.1:${port}${options.path}`, child);
  } catch (error) {
    await stop();
    throw new Error(`${options.name} did not start: ${errors.join("").slice(-2_000)}`, { cause: error });
  }
  return { folder, port, stop };
}

/** A port that was free a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject).listen(0, "127.0.0.1", resolve);
  });
  const port = portOf(server);
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Where a server listens. */
export function portOf(server: Server): number {
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the server listens on no port");
  return address.port;
}

async function untilReady(url: string, child: ChildProcess): Promise<void> {
  const deadline = Date.now() + 30_000;
  for (;;) {
    if (child.exitCode !== null || child.pid === undefined) throw new Error("it ended");
    if (await answers(url)) return;
    if (Date.now() > deadline) throw new Error(`no answer from ${url}`);
    await pause(50);
  }
}

function answers(url: string): Promise<boolean> {
  return new Promise((resolve) => {
    const request = http.get(url, { agent: false, timeout: 2_000 }, (response) => {
      response.resume();
      resolve(true);
    });
    request.on("error", () => resolve(false));
    request.on("timeout", () => request.destroy());
  });
}

/** A child that could not be started has no pid, and its handle 0: a signal to that goes to our whole process group. */
function end(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid !== undefined) child.kill(signal);
}

const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** The child and its folder go with this process, however it ends. Returns how to take that back. */
function removeAtExit(child: ChildProcess, folder: string): () => void {
  function clean(): void {
    end(child, "SIGKILL");
    rmSync(folder, { recursive: true, force: true });
  }
  function onSignal(signal: NodeJS.Signals): void {
    forget();
    clean();
    // Nobody else wants to handle it: end as if it had not been caught.
    if (process.listenerCount(signal) === 0) process.kill(process.pid, signal);
  }
  function forget(): void {
    process.off("exit", clean);
    for (const signal of signals) process.off(signal, onSignal);
  }
  process.on("exit", clean);
  for (const signal of signals) process.on(signal, onSignal);
  return forget;
}
