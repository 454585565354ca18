/** A gateway in this process, on a store that it shares with the others. */
import { mkdtemp } from "node:fs/promises";
import { join } from "node:path";
import { checkConfig } from "../../src/config.ts";
import type { Log } from "../../src/log.ts";
import { type Gateway, startGateway } from "../../src/main.ts";
import type { State } from "../../src/state/state.ts";
import { createGuard, type Guard } from "./guard.ts";
import type { ModelNode } from "./node.ts";
import type { ModelServer } from "./server.ts";

export interface LocalNodeOptions {
  readonly name: string;
  readonly server: ModelServer;
  readonly state: State;
  /** Of all nodes. */
  readonly folder: string;
  readonly secretFile: string;
  readonly now: () => number;
  readonly settings: Readonly<Record<string, unknown>>;
}

export interface LocalNode extends ModelNode {
  /** Messages between the nodes do not come here. */
  setDeaf(deaf: boolean): void;
}

export async function startLocalNode(options: LocalNodeOptions): Promise<LocalNode> {
  const { server, state } = options;
  const onDown = new Set<() => void>();
  let surprises: string[] = [];
  let guard: Guard;
  let gateway: Gateway;
  let isDeaf = false;

  async function start(): Promise<void> {
    const made = createGuard(() => {
      for (const listener of onDown) listener();
    });
    made.deaf = isDeaf;
    const config = checkConfig({
      listen: { port: 0 },
      // One that was killed has not let go of its own yet.
      data: await mkdtemp(join(options.folder, "node-")),
      secretFile: options.secretFile,
      backends: [{ name: "model", dav: { url: "http://127.0.0.1:1/" } }],
      ...options.settings,
    });
    gateway = await startGateway(config, {
      log: listener((line) => {
        if (made.status === "up") surprises.push(line);
      }),
      state: made.state(state),
      backends: new Map([["model", made.backend(server.backend())]]),
      now: options.now,
      fault: made.fault,
    });
    guard = made;
  }

  await start();
  return {
    name: options.name,
    get url() {
      return gateway.url;
    },
    get state() {
      return guard.status;
    },
    onDown,
    arm: async (trouble) => guard.arm(trouble),
    async kill() {
      guard.kill();
      // What is left of it goes when its time to end is over.
      void gateway.stop().catch(() => {});
    },
    thaw: async () => guard.thaw(),
    async start() {
      if (guard.status === "dead") await start();
    },
    rest: () => guard.rest(),
    async startOver(device) {
      for await (const { scope } of gateway.devices.all())
        if (scope.device === device)
          await gateway.devices.act({ role: "user", name: scope.user }, scope, { kind: "resync" });
    },
    hook: async () => gateway.hub.changed({}),
    surprises() {
      const found = surprises;
      surprises = [];
      return found;
    },
    setDeaf(deaf) {
      isDeaf = deaf;
      guard.deaf = deaf;
    },
    stop: () => gateway.stop(),
  };
}

/** Errors that nobody threw on purpose are bugs, however they were answered. */
const expected = new Set(["BackendError", "EasError", "HttpError", "MappingError", "WireError", "AbortError"]);

const sendCommands: ReadonlySet<unknown> = new Set(["SendMail", "SmartReply", "SmartForward"]);

function listener(tell: (line: string) => void): Log {
  const write = (level: "warn" | "error") => (fields: object, message: string) => {
    const error = "error" in fields ? fields.error : undefined;
    const isExpected = error === undefined ? level === "warn" : error instanceof Error && expected.has(error.name);
    const hungUp = error instanceof Error && error.message === "the phone hung up";
    // How phones below 14.0 are told that a message is refused, or that what it answers is no more.
    const isSending = "command" in fields && sendCommands.has(fields.command);
    if (isExpected || hungUp || (isSending && error === undefined)) return;
    tell(`${message}: ${error instanceof Error ? (error.stack ?? error.message) : JSON.stringify(fields)}`);
  };
  const log: Log = { debug() {}, info() {}, warn: write("warn"), error: write("error"), child: () => log };
  return log;
}
