/** One redis-server that can be killed, frozen, filled and set back. */
import { type ChildProcess, spawn } from "node:child_process";
import { copyFile, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { Redis } from "ioredis";
import { freePort, removeAtExit } from "./process.ts";

export interface RedisProcess {
  readonly port: number;
  /** As an operator would, by redis-cli. */
  command(name: string, ...args: string[]): Promise<unknown>;
  /** The fields of INFO. */
  info(): Promise<ReadonlyMap<string, string>>;
  /** Kills it, as a power switch would. */
  kill(): Promise<void>;
  /** Starts it again after a kill, at the same port, on what it has on disk. */
  start(): Promise<void>;
  /** Freezes it: connections stay, and nothing is answered. */
  freeze(): void;
  thaw(): void;
  /** Everything it has now, to be `restore`d later. */
  dump(): Promise<string>;
  /** Kills it and starts it with an older dump in place of what it had. */
  restore(dump: string): Promise<void>;
  stop(): Promise<void>;
}

export interface RedisProcessOptions {
  /** Lines of its configuration file, beside the port and the folder. */
  readonly lines?: readonly string[];
  readonly sentinel?: boolean;
}

/** Starts a server on a free loopback port in a folder of its own, with a log that survives a kill. */
export async function startRedisProcess(options: RedisProcessOptions = {}): Promise<RedisProcess> {
  const folder = await mkdtemp(join(tmpdir(), "isthmus-redis-"));
  const port = await freePort();
  const file = join(folder, "redis.conf");
  const settings = options.sentinel === true ? [] : ["appendonly yes", "appendfsync no", 'save ""'];
  const lines = [`port ${port}`, "bind 127.0.0.1", `dir ${folder}`, ...settings, ...(options.lines ?? [])];
  await writeFile(file, `${lines.join("\n")}\n`);
  const operator = new Redis({ host: "127.0.0.1", port, lazyConnect: true, retryStrategy: () => 50 });
  operator.on("error", () => {});

  let child: ChildProcess | undefined;
  let forget = () => {};
  let dumps = 0;

  async function start(...more: string[]): Promise<void> {
    const flags = options.sentinel === true ? ["--sentinel"] : more;
    const started = spawn("redis-server", [file, ...flags], { stdio: "ignore", detached: true, cwd: folder });
    child = started;
    forget = removeAtExit(started, folder);
    const deadline = Date.now() + 10_000;
    for (;;) {
      if (started.exitCode !== null || started.pid === undefined) throw new Error("redis-server ended at once");
      if ((await ping(port)) === "PONG") return;
      if (Date.now() > deadline) throw new Error("redis-server does not answer");
      await pause(20);
    }
  }

  async function kill(): Promise<void> {
    const ending = child;
    child = undefined;
    forget();
    if (!ending || ending.exitCode !== null || ending.signalCode !== null) return;
    const ended = new Promise((resolve) => ending.once("exit", resolve));
    ending.kill("SIGKILL");
    await ended;
  }

  const command = (name: string, ...args: string[]) => operator.call(name, args);

  await start();
  return {
    port,
    command,
    async info() {
      const text = String(await command("info", "everything"));
      return new Map(text.split("\r\n").map((line) => line.split(":", 2) as [string, string]));
    },
    kill,
    start: () => start(),
    freeze: () => void child?.kill("SIGSTOP"),
    thaw: () => void child?.kill("SIGCONT"),
    async dump() {
      await command("save");
      dumps += 1;
      const kept = join(folder, `kept-${dumps}.rdb`);
      await copyFile(join(folder, "dump.rdb"), kept);
      return kept;
    },
    async restore(dump) {
      await kill();
      await rm(join(folder, "appendonlydir"), { recursive: true, force: true });
      await copyFile(dump, join(folder, "dump.rdb"));
      // With a log Redis would read that, and there is none: read the dump first, then begin the log.
      await start("--appendonly", "no");
      await command("config", "set", "appendonly", "yes");
    },
    async stop() {
      operator.disconnect();
      await kill();
      await rm(folder, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

/** On a connection of its own: the operator's waits before it tries again. */
async function ping(port: number): Promise<string | undefined> {
  const once = new Redis({ host: "127.0.0.1", port, lazyConnect: true, retryStrategy: null, maxRetriesPerRequest: 0 });
  once.on("error", () => {});
  try {
    return await once.ping();
  } catch {
    return undefined;
  } finally {
    once.disconnect();
  }
}
