import { existsSync, mkdirSync, statSync } from "node:fs";
import { defineCommand } from "citty";
import type { Config } from "../config.ts";
import { migrateState, stateFolder } from "../store.ts";
import { checkArguments } from "./arguments.ts";
import { CliError } from "./cli-error.ts";
import { configOf } from "./serve.ts";

const args = {
  action: { type: "positional", required: true, description: "migrate: copies everything into the other store" },
  to: { type: "string", required: true, valueHint: "redis|embedded", description: "Where everything is copied to" },
  replace: { type: "boolean", default: false, description: "Remove what the target holds" },
  config: { type: "string", valueHint: "FILE", default: "isthmus.yaml", description: "The configuration" },
} as const;

/** Moves the state between the embedded store and Redis. No gateway may run on either meanwhile. */
export const state = defineCommand({
  args,
  async run({ args: given }) {
    checkArguments(given, args, 1);
    if (given.action !== "migrate") throw new CliError(`there is no isthmus state ${given.action}: migrate is`, 2);
    const { to } = given;
    if (to !== "redis" && to !== "embedded") throw new CliError("--to redis, or --to embedded", 2);
    const config = configOf(given.config);
    const { redis } = config.state;
    if (!redis) throw new CliError(`state.redis is not in ${given.config}: it says where the Redis is`, 2);
    prepareFolder(config, to);
    const began = performance.now();
    const moving = migrateState(config, redis, to, { replace: given.replace });
    const { records, devices } = await moving.catch((error: unknown) => {
      throw new CliError(error instanceof Error ? error.message : String(error), 1, { cause: error });
    });
    const seconds = ((performance.now() - began) / 1000).toFixed(1);
    process.stdout.write(
      `${records} records were copied and read back, among them those of ${devices} devices (${seconds} s).\n` +
        "The store they came from is as it was.\n" +
        (to === "redis"
          ? `Now start the gateways with state.redis as it is in ${given.config}, each with the same secretFile.\n`
          : `Now take state.redis out of ${given.config}, and start one gateway.\n`),
    );
  },
});

/** @throws CliError when there is nothing to copy, or the folder is not ours to write to. */
function prepareFolder(config: Config, to: "redis" | "embedded"): void {
  const folder = stateFolder(config);
  if (to === "redis" && !existsSync(folder)) throw new CliError(`there is no embedded store in ${folder}`);
  mkdirSync(config.data, { recursive: true, mode: 0o700 });
  // Opening writes files. As another user they would lock out the gateway.
  if (process.getuid !== undefined && process.getuid() !== statSync(config.data).uid) {
    throw new CliError(`${config.data} belongs to another user: run this as the gateway's`);
  }
}
