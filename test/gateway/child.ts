import { type ChildProcess, fork } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import type { FaultPoint } from "../../src/sync/faults.ts";
import type { Arming, Order } from "./process.ts";

export interface Figures {
  /** Octets. */
  readonly rss: number;
  /** Microseconds. */
  readonly processor: { readonly user: number; readonly system: number };
  readonly bytesWritten: number;
  readonly probeRequests: number;
  /** Phones. */
  readonly waiting: number;
}

export interface ChildGateway {
  readonly url: string;
  /** Collects garbage first, which takes processor time. */
  figures(): Promise<Figures>;
  /** Those that cost nothing to ask for. */
  load(): Promise<Pick<Figures, "rss" | "processor" | "waiting">>;
  /** The process will kill (or stop) itself at the `hit`-th passing of this point. */
  arm(point: FaultPoint, hit?: number, signal?: Arming["signal"]): Promise<void>;
  /** Kills it, stops it, or wakes it again. */
  signal(signal: Arming["signal"] | "SIGCONT"): void;
  /** Resolves when it stands still, as it was armed to. @throws Error when it does not within ten seconds. */
  stopped(): Promise<void>;
  /** Resolves when the process is gone, however it went. */
  readonly ended: Promise<void>;
  /** Starts it again, on what it left behind and at the same address. */
  restart(): Promise<ChildGateway>;
  /** Ends it in good order and removes its folder. */
  stop(): Promise<void>;
}

/** The entry, compiled: by the tests' set-up, or (in the bench) beside this file. */
const build = process.env.ISTHMUS_TEST_BUILD;
const script = build ? join(build, "test/gateway/process.js") : fileURLToPath(new URL("./process.js", import.meta.url));

/** Starts a gateway in front of a DAV server, as a process of its own, on a free loopback port. */
export async function startChildGateway(
  davUrl: string,
  settings: object = {},
  options: ChildOptions = {},
): Promise<ChildGateway> {
  const folder = await mkdtemp(join(tmpdir(), "isthmus-child-"));
  const config = { backends: [{ dav: { url: davUrl } }], listen: { port: 0 }, data: folder, ...settings };
  return start(config, folder, options);
}

export interface ChildOptions {
  /** Milliseconds; the usual ones where it is left out. */
  readonly leaseTime?: number;
  /**
   * In place of the DAV server: the in-memory one with so many users, `u0`, `u1` and so on, of `memoryPassword`. Their
   * mail is where the settings say.
   */
  readonly memoryUsers?: number;
}

export const memoryPassword = "secret";

async function start(config: object, folder: string, options: ChildOptions): Promise<ChildGateway> {
  const child = fork(script, [JSON.stringify(config), JSON.stringify(options)], { execArgv: ["--expose-gc"] });
  const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  const { url } = (await message(child)) as { url: string };
  const ask = async (order: Order) => {
    const answer = message(child);
    child.send(order);
    return answer;
  };
  return {
    url,
    ended,
    figures: async () => (await ask("figures")) as Figures,
    load: async () => (await ask("load")) as Pick<Figures, "rss" | "processor" | "waiting">,
    arm: async (point, hit = 1, signal = "SIGKILL") => void (await ask({ arm: point, hit, signal })),
    signal: (signal) => void child.kill(signal),
    async stopped() {
      for (let tries = 0; tries < 1_000; tries += 1) {
        // The state is what follows the name (proc(5)).
        const stat = await readFile(`/proc/${child.pid}/stat`, "utf8");
        if (/\) T /.test(stat)) return;
        await pause(10);
      }
      throw new Error("the gateway did not come to where it was to stop");
    },
    restart: () => start({ ...config, listen: { port: Number(new URL(url).port) } }, folder, options),
    async stop() {
      child.kill("SIGCONT");
      if (child.exitCode === null && child.signalCode === null) child.send("stop" satisfies Order);
      await ended;
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function message(child: ChildProcess): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const gone = (code: number | null) => reject(new Error(`the gateway ended with ${code}`));
    child.once("exit", gone);
    child.once("error", reject);
    child.once("message", (value) => {
      child.off("exit", gone);
      child.off("error", reject);
      resolve(value);
    });
  });
}
