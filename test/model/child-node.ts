/** A gateway as a process of its own: what kills it kills it. */
import http from "node:http";
import { setTimeout as pause } from "node:timers/promises";
import { type ChildGateway, startChildGateway } from "../gateway/child.ts";
import type { ModelNode } from "./node.ts";

export interface ChildNodeOptions {
  readonly name: string;
  readonly davUrl: string;
  /** The `state` section, and what else is not the default. */
  readonly settings: Readonly<Record<string, unknown>>;
  /** Where all nodes have their secret. */
  readonly secretFile: string;
}

/** A passing of a fault point that no process lives to see. */
const never = Number.MAX_SAFE_INTEGER;
const hookSecret = "the hook of the model";
/** Milliseconds a lease outlives a node that was killed. */
const leaseTime = 400;
/** Milliseconds in which a request whose phone hung up comes to its end. */
const calm = 60;

export async function startChildNode(options: ChildNodeOptions): Promise<ModelNode> {
  const { name, davUrl, secretFile } = options;
  const onDown = new Set<() => void>();
  const push = { hook: { secret: hookSecret } };
  let state: ModelNode["state"] = "dead";
  let later: NodeJS.Timeout | undefined;
  let gateway: ChildGateway;

  function take(started: ChildGateway): void {
    gateway = started;
    state = "up";
    void started.ended.then(() => {
      if (gateway !== started) return;
      state = "dead";
      for (const listener of onDown) listener();
    });
  }

  /** What it cannot be told any more because it dies it need not know. */
  async function order(tell: () => Promise<void>): Promise<void> {
    await tell().catch(() => gateway.ended);
  }

  async function kill(): Promise<void> {
    gateway.signal("SIGKILL");
    await gateway.ended;
  }

  take(await startChildGateway(davUrl, { secretFile, ...options.settings, push }, { leaseTime }));
  return {
    name,
    get url() {
      return gateway.url;
    },
    get state() {
      return state;
    },
    onDown,
    async arm(trouble) {
      clearTimeout(later);
      if (state !== "up") return;
      if (trouble === undefined) await order(() => gateway.arm("lease", never));
      else if ("point" in trouble.at) {
        const { point, hit } = trouble.at;
        await order(() => gateway.arm(point, hit));
      }
      // At any moment: its calls cannot be counted from here.
      else later = setTimeout(() => gateway.signal("SIGKILL"), trouble.at.call * 2);
    },
    kill,
    thaw: async () => {},
    async start() {
      if (state === "dead") take(await gateway.restart());
    },
    rest: () => pause(calm),
    hook: () => callHook(new URL("/hooks/changed", gateway.url)),
    // It writes them where everybody sees them.
    surprises: () => [],
    stop: () => gateway.stop(),
  };
}

function callHook(url: URL): Promise<void> {
  return new Promise((resolve, reject) => {
    const headers = { Authorization: `Bearer ${hookSecret}` };
    const request = http.request(url, { method: "POST", headers }, (response) => {
      response.resume();
      if (response.statusCode === 204 || response.statusCode === 200) response.once("end", resolve);
      else reject(new Error(`the hook was answered with ${response.statusCode}`));
    });
    request.once("error", reject);
    request.end();
  });
}
