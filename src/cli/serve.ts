import { defineCommand } from "citty";
import { type Config, ConfigError, readConfig } from "../config.ts";
import { startGateway } from "../main.ts";
import { checkArguments } from "./arguments.ts";
import { CliError } from "./cli-error.ts";
import { readFault } from "./fault.ts";

/** Milliseconds from the first signal to the end, whatever still runs: a little more than the gateway's own grace. */
const endsWithin = 10_500;

const args = {
  config: { type: "string", valueHint: "FILE", default: "isthmus.yaml", description: "The configuration" },
} as const;

/** Runs the gateway until it is told to end. */
export const serve = defineCommand({
  args,
  async run({ args: given }) {
    checkArguments(given, args);
    const fault = readFault(process.env);
    const config = configOf(given.config);
    // From here on: a signal during the start is not to be lost.
    const told = signalled();
    const gateway = await startGateway(config, { fault }).catch((error: unknown) => {
      throw new CliError(startFailure(error, config), 1, { cause: error });
    });
    await told;
    const late = setTimeout(() => process.exit(1), endsWithin);
    await gateway.stop();
    clearTimeout(late);
  },
});

/** @throws CliError (2) that names every mistake. */
export function configOf(file: string): ReturnType<typeof readConfig> {
  try {
    return readConfig(file, process.env);
  } catch (error) {
    if (error instanceof ConfigError) throw new CliError(error.message, 2, { cause: error });
    throw error;
  }
}

/** Resolves at the first signal; the second ends the process at once. */
function signalled(): Promise<void> {
  return new Promise((resolve) => {
    let signals = 0;
    for (const signal of ["SIGTERM", "SIGINT"] as const) {
      process.on(signal, () => {
        signals += 1;
        if (signals > 1) process.exit(signal === "SIGINT" ? 130 : 143);
        resolve();
      });
    }
  });
}

function startFailure(error: unknown, { listen, metrics }: Config): string {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  const isMonitor = metrics && error instanceof Error && "port" in error && error.port === metrics.port;
  const [name, { host, port }] = isMonitor ? ["metrics", metrics] : ["listen", listen];
  if (code === "EADDRINUSE") return `${host}:${port} is taken by another program: change ${name}.port`;
  if (code === "EACCES" && port < 1024) return `port ${port} needs root: choose ${name}.port above 1023`;
  if (code === "EADDRNOTAVAIL") return `this machine has no address ${host}: change ${name}.host`;
  return error instanceof Error ? error.message : String(error);
}
