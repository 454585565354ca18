import { type ChildProcess, fork } from "node:child_process";
import { fileURLToPath } from "node:url";

export interface Figures {
  /** Octets. */
  readonly rss: number;
  /** Microseconds. */
  readonly processor: { readonly user: number; readonly system: number };
  readonly bytesWritten: number;
  readonly probeRequests: number;
}

export interface BenchGateway {
  readonly url: string;
  figures(): Promise<Figures>;
  stop(): Promise<void>;
}

/** Starts a gateway in front of a DAV server, as a process of its own. */
export async function startBenchGateway(davUrl: string, settings: object = {}): Promise<BenchGateway> {
  const script = fileURLToPath(import.meta.resolve("./gateway-process.js"));
  const argument = JSON.stringify({ backends: [{ dav: { url: davUrl } }], ...settings });
  const child = fork(script, [argument], { execArgv: ["--expose-gc"] });
  const { url } = (await message(child)) as { url: string };
  return {
    url,
    async figures() {
      child.send("figures");
      return (await message(child)) as Figures;
    },
    stop() {
      return new Promise((resolve) => {
        child.once("exit", () => resolve());
        child.send("stop");
      });
    },
  };
}

function message(child: ChildProcess): Promise<unknown> {
  return new Promise((resolve, reject) => {
    child.once("message", resolve);
    child.once("error", reject);
    child.once("exit", (code) => reject(new Error(`the gateway ended with ${code}`)));
  });
}
