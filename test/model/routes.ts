/** A phone's way to the nodes: each request goes to the node that the phone is sent to at that time. */
import {
  type Connection,
  createConnection,
  type DeviceOptions,
  type Reply,
  type SendOptions,
} from "../../conformance/device/connection.ts";
import { ResponseDropped } from "../../conformance/device/device.ts";
import { atLeast, type Version } from "../../src/schema/versions.ts";
import type { Element } from "../../src/wire/element.ts";
import type { ModelNode } from "./node.ts";

/** The node went away with the request, or the phone hung up: whether it was executed nobody knows. */
export class AnswerLost extends Error {
  override readonly name = "AnswerLost";
}

/** How a request goes wrong on its way. */
export interface Loss {
  readonly lost?: "answer" | number | undefined;
  /** To both nodes at once. */
  readonly twice?: true | undefined;
}

export interface Routes extends Connection {
  /** For the next request only. */
  lose(loss: Loss): void;
  goTo(node: number): void;
  /** In another version from now on. */
  speak(version: Version): void;
  readonly node: ModelNode;
}

interface Sent {
  readonly command: string;
  readonly body: Element | Buffer | undefined;
  readonly options: SendOptions;
}

/** `nodes` are started again at other addresses: they are asked for theirs each time. */
export function createRoutes(
  options: Omit<DeviceOptions, "url" | "queryForm">,
  nodes: readonly [ModelNode, ...ModelNode[]],
): Routes {
  let { version } = options;
  const connections = new Map<string, Connection>();
  let at = 0;
  let loss: Loss = {};
  let last: Sent | undefined;

  function nodeAt(index: number): ModelNode {
    return nodes[index % nodes.length] ?? nodes[0];
  }

  function connectionTo({ url }: ModelNode): Connection {
    // As phones of these versions do it.
    const queryForm = atLeast(version, "12.1") ? "base64" : "plain";
    const found = connections.get(url) ?? createConnection({ ...options, version, queryForm, url });
    connections.set(url, found);
    return found;
  }

  async function sendTo(node: ModelNode, { command, body, options: more }: Sent, lost: Loss["lost"]): Promise<Reply> {
    if (node.state === "dead") throw new AnswerLost(`${node.name} is down`);
    const connection = connectionTo(node);
    if (lost === "answer") connection.dropNext();
    const controller = new AbortController();
    const hangUp = (why: string) => () => controller.abort(new AnswerLost(why));
    const down = hangUp(`${node.name} went down`);
    node.onDown.add(down);
    if (node.state === "frozen") setTimeout(hangUp(`${node.name} does not answer`), 20);
    if (typeof lost === "number") setTimeout(hangUp("the phone hung up"), lost);
    const hungUp = () => controller.abort(more.signal?.reason);
    more.signal?.addEventListener("abort", hungUp, { once: true });
    try {
      return await connection.send(command, body, { ...more, signal: controller.signal });
    } catch (error) {
      if (error instanceof ResponseDropped || isBroken(error)) throw new AnswerLost(String(error));
      throw error;
    } finally {
      node.onDown.delete(down);
      more.signal?.removeEventListener("abort", hungUp);
    }
  }

  async function deliver(sent: Sent): Promise<Reply> {
    last = sent;
    const { lost, twice } = loss;
    loss = {};
    if (twice !== true) return sendTo(nodeAt(at), sent, lost);
    const answers = await Promise.allSettled([sendTo(nodeAt(at), sent, lost), sendTo(nodeAt(at + 1), sent, undefined)]);
    const failure = answers.find((answer) => answer.status === "rejected" && !(answer.reason instanceof AnswerLost));
    if (failure?.status === "rejected") throw failure.reason;
    for (const answer of answers) if (answer.status === "fulfilled") return answer.value;
    throw new AnswerLost("neither answer came");
  }

  const self: Routes = {
    get version() {
      return version;
    },
    deviceId: options.deviceId ?? "MODEL",
    policyKey: undefined,
    options: (more) => connectionTo(self.node).options(more),
    visit: (visit) => connectionTo(self.node).visit(visit),
    send: (command, body, more = {}) => deliver({ command, body, options: more }),
    async repeat() {
      if (last === undefined) throw new Error("there is no request to repeat");
      return deliver(last);
    },
    dropNext: () => self.lose({ lost: "answer" }),
    close() {
      for (const connection of connections.values()) connection.close();
    },
    lose: (next) => {
      loss = next;
    },
    goTo: (node) => {
      at = node;
    },
    speak(next) {
      self.close();
      connections.clear();
      version = next;
    },
    get node() {
      return nodeAt(at);
    },
  };
  return self;
}

/** The socket broke: as when a process behind it is killed. */
function isBroken(error: unknown): boolean {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  return code === "ECONNRESET" || code === "ECONNREFUSED" || code === "EPIPE";
}
