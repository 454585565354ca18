/** How phones reach us, and how we hear of changes. */
import type { Config } from "../../config.ts";
import { advice, bad, type Finding, good } from "./finding.ts";
import { type Glance, glance, type Product } from "./glance.ts";
import { checkForwarded, isOwn } from "./logins.ts";

/** Looks for a running gateway at the configured address, and tries its change hook. */
export async function* checkListen(config: Config): AsyncGenerator<Finding> {
  const { host, tls, trustProxy } = config.listen;
  if (!tls && !isOwn(host) && trustProxy === false) {
    yield advice(
      `phones would send passwords to ${host} in the clear`,
      "put a proxy with TLS in front (listen.trustProxy: true), or set listen.tls",
    );
  }
  yield* checkForwarded(config);
  if (config.metrics && !isOwn(config.metrics.host)) {
    yield advice(
      `figures and health are told to whoever reaches ${config.metrics.host}:${config.metrics.port}`,
      "set metrics.host to a private address, or let a firewall keep others away",
    );
  }
  const running = await isRunning(config);
  if (running) yield good(`a gateway answers at ${addressOf(config).origin}`);
  const { hook } = config.push;
  if (running && hook) yield await tryHook(config, hook.secret.reveal());
}

/** What the change hook would bring, where none is set up. */
export function* adviseHook({ push }: Config, product: Product): Generator<Finding> {
  if (push.hook) return;
  const how =
    hookBy[product ?? ""] ?? "push.hook: let the server call POST /hooks/changed after each change, if it can";
  yield advice(`changes are found by asking every ${push.pollEvery} s; a change hook wakes phones at once`, how);
}

const hookBy: Readonly<Record<string, string>> = {
  Radicale: "set push.hook, and Radicale's [storage] hook as docker/README.md shows",
  Nextcloud: "set push.hook, and register webhook_listeners (calendars only) as docker/README.md shows",
};

function addressOf({ listen }: Config): URL {
  const any = listen.host === "0.0.0.0" || listen.host === "::";
  const host = any ? "127.0.0.1" : listen.host;
  return new URL(`${listen.tls ? "https" : "http"}://${host.includes(":") ? `[${host}]` : host}:${listen.port}/health`);
}

async function isRunning(config: Config): Promise<boolean> {
  if (config.listen.port === 0) return false;
  const seen = await look(addressOf(config), { method: "GET" });
  return seen?.status === 200;
}

/** Undefined when nobody answers, which is no fault here. */
async function look(url: URL, options: Parameters<typeof glance>[1]): Promise<Glance | undefined> {
  return glance(url, { timeout: 3_000, anyCertificate: true, ...options }).catch(() => undefined);
}

/** A hint about a path nobody has wakes nobody. */
async function tryHook(config: Config, secret: string): Promise<Finding> {
  const url = new URL("/hooks/changed?path=/isthmus-doctor/", addressOf(config));
  const seen = await look(url, {
    method: "POST",
    headers: { Authorization: `Bearer ${secret}`, "Content-Length": "0" },
  });
  if (seen?.status === 204) return good("the running gateway takes the change hook with this secret");
  const mend = "restart the gateway: it runs with an older configuration";
  return bad(`the running gateway answers the change hook with ${seen?.status ?? "nothing"}`, mend);
}
