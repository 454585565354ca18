/** How phones reach us, and how we hear of changes. */
import type { Config } from "../../config.ts";
import { advice, bad, type Finding, good } from "./finding.ts";
import { type Glance, glance, type Product } from "./glance.ts";

/** Looks for a running gateway at the configured address, and tries its change hook. */
export async function* checkListen(config: Config): AsyncGenerator<Finding> {
  const { host, tls, trustProxy } = config.listen;
  const isLocal = host === "localhost" || host.startsWith("127.") || host === "::1";
  if (!tls && !isLocal && !trustProxy) {
    yield advice(
      `phones would send passwords to ${host} in the clear`,
      "put a proxy with TLS in front (listen.trustProxy: true), or set listen.tls",
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

/** What a Nextcloud needs, whichever way its users log in. */
export function* adviseNextcloud(product: Product): Generator<Finding> {
  if (product !== "Nextcloud") return;
  yield advice(
    "let users log in with app passwords: a login password costs Nextcloud ten times the work at each request",
    "Settings, Security, Devices & sessions: one app password per phone",
  );
  yield advice(
    "after 11 wrong passwords Nextcloud locks out the gateway's address, and with it everybody",
    "add the gateway to trusted_proxies in config.php (it sends X-Forwarded-For), or allow it: " +
      "occ config:app:set bruteForce whitelist_0 --value=<gateway address>/32",
  );
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
