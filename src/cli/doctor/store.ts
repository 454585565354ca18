/** The state store: that it opens, is fit for us, and was made with our secret. */
import { existsSync, readFileSync, statSync } from "node:fs";
import type { Config } from "../../config.ts";
import type { RedisConfig } from "../../config-state.ts";
import { silentLog } from "../../log.ts";
import { secretFile } from "../../main.ts";
import type { Store } from "../../state/state.ts";
import { connectRedis, openEmbedded, stateFolder } from "../../store.ts";
import { foreignStore, ownerOf } from "../../store-owner.ts";
import { advice, bad, type Finding, good } from "./finding.ts";

/** Milliseconds: somebody is looking on. */
const patience = 3_000;

export async function* checkStore(config: Config): AsyncGenerator<Finding> {
  const { redis } = config.state;
  if (redis) yield* checkRedis(config, redis);
  else if (existsSync(config.data)) yield* checkEmbedded(config);
}

async function* checkRedis(config: Config, redis: RedisConfig): AsyncGenerator<Finding> {
  if (config.secretFile === undefined) {
    yield advice(
      "every node derives ids from its own data folder's secret",
      "give all nodes the same file, and name it as secretFile",
    );
  }
  try {
    const began = performance.now();
    const state = await connectRedis(redis, silentLog, patience);
    try {
      yield good(`the state store answers (${Math.round(performance.now() - began)} ms)`);
      for (const { level, says, mend } of await state.inspect()) {
        yield level === "bad" ? bad(says, mend) : advice(says, mend);
      }
      yield* checkOwner(config, state);
    } finally {
      await state.close();
    }
  } catch (error) {
    yield bad(messageOf(error), "check state.redis: address, user, password and TLS; and that the server runs");
  }
}

/** Opens the store, unless a gateway has it open: it takes one process only. */
async function* checkEmbedded(config: Config): AsyncGenerator<Finding> {
  const folder = stateFolder(config);
  if (!existsSync(folder)) {
    yield good(`the state store ${folder} is made at the first start`);
    return;
  }
  // Opening writes files. As root they would lock out the gateway.
  if (process.getuid !== undefined && process.getuid() !== statSync(config.data).uid) {
    yield advice(
      `the state store ${folder} belongs to another user and was not opened`,
      "run doctor as the gateway's user",
    );
    return;
  }
  try {
    const state = await openEmbedded(config);
    try {
      yield good(`the state store ${folder} opens and closes`);
      yield* checkOwner(config, state);
    } finally {
      await state.close();
    }
  } catch (error) {
    if (isLocked(error)) yield good(`the state store ${folder} is open in a running gateway, and was left alone`);
    else
      yield bad(
        messageOf(error),
        "stop the gateway and move the folder away: phones fetch everything anew, nothing is lost",
      );
  }
}

async function* checkOwner(config: Config, state: Store): AsyncGenerator<Finding> {
  const file = secretFile(config);
  if (!existsSync(file)) return;
  if ((await ownerOf(state, readFileSync(file))) !== "foreign") return;
  yield bad(foreignStore.says, foreignStore.mend);
}

function isLocked(error: unknown): boolean {
  for (let at = error; at instanceof Error; at = at.cause) {
    if ("code" in at && at.code === "LEVEL_LOCKED") return true;
  }
  return false;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
