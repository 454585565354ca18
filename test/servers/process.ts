/** Child processes of the tests that never outlive them. */
import { type ChildProcess, spawn } from "node:child_process";
import { rmSync } from "node:fs";
import { chown, mkdir, mkdtemp, rm } from "node:fs/promises";
import http from "node:http";
import { createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";

export interface Program {
  readonly folder: string;
  readonly port: number;
  /** Ends the program, and starts it again as it was once this is done. */
  restart(meanwhile: () => Promise<void>): Promise<void>;
  /** Kills the program, as a power switch would. */
  kill(): Promise<void>;
  /** Starts it again after a kill, as it was. */
  start(): Promise<void>;
  /** Ends the program and removes its folder. Safe to call twice. */
  stop(): Promise<void>;
}

export interface ProgramOptions {
  readonly name: string;
  readonly command: string;
  /** Writes what the program needs into its folder and says how to call it. */
  readonly prepare: (folder: string, port: number) => Promise<readonly string[]>;
  /** Ready as soon as a GET of this path is answered, or as soon as this is true. */
  readonly ready: string | ((folder: string, port: number) => Promise<boolean>);
  /** It refuses to run as root: run it as `unprivileged`, to whom its folder belongs then. */
  readonly refusesRoot?: boolean;
  /** Beside what this process has. */
  readonly env?: Readonly<Record<string, string>>;
}

/** Whom programs run as that refuse root: nobody when this process is root, else whoever it is. */
export const unprivileged: { readonly uid?: number; readonly gid?: number } =
  process.getuid?.() === 0 ? { uid: 65534, gid: 65534 } : {};

/** Makes a folder that a program run as `unprivileged` may write to. */
export async function makeFolder(path: string): Promise<void> {
  await mkdir(path);
  await give(path, unprivileged);
}

async function give(path: string, user: { readonly uid?: number; readonly gid?: number }): Promise<void> {
  if (user.uid !== undefined && user.gid !== undefined) await chown(path, user.uid, user.gid);
}

/** Starts a server on a free loopback port in a folder of its own and waits until it answers (30 s at most). */
export async function startProgram(options: ProgramOptions): Promise<Program> {
  const folder = await mkdtemp(join(tmpdir(), `isthmus-${options.name}-`));
  const user = options.refusesRoot === true ? unprivileged : {};
  await give(folder, user);
  const port = await freePort();
  let args: readonly string[];
  try {
    args = await options.prepare(folder, port);
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw new Error(`${options.name} could not be set up`, { cause: error });
  }
  const place = { folder, port, user };
  async function stop(): Promise<void> {
    await running?.end();
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  }
  let running: Running | undefined;
  try {
    running = await launch(options, args, place);
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    folder,
    port,
    async restart(meanwhile) {
      await running?.end();
      await meanwhile();
      running = await launch(options, args, place);
    },
    async kill() {
      await running?.kill();
    },
    async start() {
      running = await launch(options, args, place);
    },
    stop,
  };
}

interface Place {
  readonly folder: string;
  readonly port: number;
  readonly user: { readonly uid?: number; readonly gid?: number };
}

interface Running {
  /** Safe to call twice. */
  end(): Promise<void>;
  kill(): Promise<void>;
}

/** Returns once it answers. */
async function launch(options: ProgramOptions, args: readonly string[], place: Place): Promise<Running> {
  const { folder, port, user } = place;
  // A process group of its own: a server that forks may end without its children.
  const child = spawn(options.command, args, {
    stdio: ["ignore", "ignore", "pipe"],
    cwd: folder,
    env: { ...process.env, ...options.env },
    detached: true,
    ...user,
  });
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

  async function end(): Promise<void> {
    forget();
    if (child.pid !== undefined) child.kill("SIGTERM");
    await Promise.race([ended, pause(3_000, undefined, { ref: false })]);
    await killAll();
  }

  async function killAll(): Promise<void> {
    forget();
    kill(child);
    await ended;
  }

  try {
    const { ready } = options;
    await untilReady(
      child,
      typeof ready === "string" ? () => answers(`http://127.0.0.1:${port}${ready}`) : () => ready(folder, port),
    );
  } catch (error) {
    await end();
    throw new Error(`${options.name} did not start: ${errors.join("").slice(-2_000)}`, { cause: error });
  }
  return { end, kill: killAll };
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

async function untilReady(child: ChildProcess, ready: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 30_000;
  for (;;) {
    if (child.exitCode !== null || child.pid === undefined) throw new Error("it ended");
    if (await ready()) return;
    if (Date.now() > deadline) throw new Error("it does not answer");
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

/** Kills what is left of the child's process group. A child that could not be started has no pid. */
function kill(child: ChildProcess): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, "SIGKILL");
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "ESRCH")) throw error;
  }
}

const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** The child (a group leader) and its folder go with this process, however it ends. Returns how to take that back. */
export function removeAtExit(child: ChildProcess, folder: string): () => void {
  function clean(): void {
    kill(child);
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
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
