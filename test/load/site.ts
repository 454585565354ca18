/** What the player plays against: a DAV server, a store, and gateways as processes of their own. */
import { fork } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import http from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { card } from "../bench/data.ts";
import { type ChildGateway, type Figures, startChildGateway } from "../gateway/child.ts";
import { freePort } from "../servers/process.ts";
import { startRadicale } from "../servers/radicale.ts";
import { startCluster, startRedis } from "../servers/redis.ts";
import type { Address } from "./line.ts";

export type ServerKind = "memory" | "radicale";
export type StoreKind = "embedded" | "redis" | "cluster";

export interface SiteOptions {
  readonly server: ServerKind;
  readonly store: StoreKind;
  readonly nodes: number;
  readonly users: number;
  /** Contacts and events of each user to begin with (the memory server only). */
  readonly items: number;
  /** Seconds between two looks at an account. */
  readonly pollEvery: number;
}

export interface Node {
  readonly address: Address;
  readonly isUp: boolean;
  kill(): Promise<void>;
  /** The last known ones of a node that is dead. */
  figures(): Promise<Figures & { readonly backendRequests: number; readonly requests: number }>;
}

export interface Site {
  readonly nodes: readonly Node[];
  login(user: number): { readonly user: string; readonly password: string };
  /** Another client stores a contact, and the server's hook tells a node that lives. */
  edit(user: string, number: number): Promise<void>;
  stop(): Promise<void>;
}

interface Server {
  readonly url: string;
  readonly contactsOf: (user: string) => string;
  stop(): Promise<void>;
}

interface Store {
  readonly settings: object;
  stop(): Promise<void>;
}

const password = "geheim";
const hookSecret = "the hook of the load player";

export async function openSite(options: SiteOptions): Promise<Site> {
  const names = Array.from({ length: options.users }, (_, number) => `u${number}`);
  const server = await (options.server === "memory" ? startTwinProcess(names, options.items) : startRealServer(names));
  const store = await openStore(options.store);
  const folder = await mkdtemp(join(tmpdir(), "isthmus-load-"));
  const secretFile = join(folder, "secret");
  await writeFile(secretFile, "a secret that all nodes have", { mode: 0o600 });
  const nodes: Node[] = [];
  const gateways: ChildGateway[] = [];
  for (let number = 0; number < options.nodes; number += 1) {
    const metrics = await freePort();
    const gateway = await startChildGateway(server.url, {
      ...(options.store === "embedded" ? {} : { state: store.settings }),
      secretFile,
      metrics: { port: metrics },
      push: { pollEvery: options.pollEvery, heartbeat: { min: 1 }, hook: { secret: hookSecret } },
    });
    gateways.push(gateway);
    nodes.push(nodeOf(gateway, metrics));
  }
  return {
    nodes,
    login: (user) => ({ user: `u${user % options.users}`, password }),
    async edit(user, number) {
      const path = server.contactsOf(user);
      const text = card(number).replace(/UID:.*/, `UID:other-${number}`);
      const login = `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}`;
      const headers = { Authorization: login, "Content-Type": "text/vcard" };
      await request(new URL(`${path}other${number}.vcf`, server.url), { method: "PUT", headers }, text);
      const node = nodes.findIndex(({ isUp }) => isUp);
      const hook = new URL(`/hooks/changed?path=${encodeURIComponent(path)}`, gateways[node]?.url);
      await request(hook, { method: "POST", headers: { Authorization: `Bearer ${hookSecret}` } });
    },
    async stop() {
      for (const gateway of gateways) await gateway.stop();
      await store.stop();
      await server.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function nodeOf(gateway: ChildGateway, metrics: number): Node {
  const { hostname, port } = new URL(gateway.url);
  let isUp = true;
  let last: Awaited<ReturnType<Node["figures"]>> | undefined;
  const figures: Node["figures"] = async () => {
    if (isUp || last === undefined) {
      const text = await request(new URL(`http://127.0.0.1:${metrics}/metrics`), {});
      const total = (name: string) => sumOf(text, name);
      last = {
        ...(await gateway.figures()),
        backendRequests: total("isthmus_backend_requests_total"),
        requests: total("isthmus_requests_total"),
      };
    }
    return last;
  };
  return {
    address: { host: hostname, port: Number(port) },
    get isUp() {
      return isUp;
    },
    async kill() {
      await figures();
      isUp = false;
      gateway.signal("SIGKILL");
      await gateway.ended;
    },
    figures,
  };
}

/** The sum of a counter over its labels. */
function sumOf(text: string, name: string): number {
  const samples = [...text.matchAll(new RegExp(`^${name}(?:\\{[^}]*\\})? (\\S+)$`, "gm"))];
  return samples.reduce((sum, [, value]) => sum + Number(value), 0);
}

async function startTwinProcess(names: readonly string[], items: number): Promise<Server> {
  const script = fileURLToPath(new URL("./twin-process.js", import.meta.url));
  const child = fork(script, [JSON.stringify(names), String(items)]);
  const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  const { url } = await new Promise<{ url: string }>((resolve, reject) => {
    child.once("message", (told) => resolve(told as { url: string }));
    child.once("exit", () => reject(new Error("the twin ended")));
  });
  return {
    url,
    contactsOf: (user) => `/dav/card/${user}/contacts/`,
    async stop() {
      child.kill();
      await ended;
    },
  };
}

async function startRealServer(names: readonly string[]): Promise<Server> {
  const users = Object.fromEntries(names.map((name) => [name, password]));
  const server = await startRadicale({ users });
  return { url: server.url, contactsOf: (user) => `/${user}/contacts/`, stop: () => server.stop() };
}

async function openStore(kind: StoreKind): Promise<Store> {
  if (kind === "embedded") return { settings: {}, stop: async () => {} };
  return kind === "redis" ? startRedis() : startCluster();
}

const agent = new http.Agent({ keepAlive: true, maxSockets: 8 });

function request(url: URL, options: http.RequestOptions, body?: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const asked = http.request(url, { ...options, agent }, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("end", () => {
        if ((response.statusCode ?? 500) < 300) resolve(Buffer.concat(chunks).toString("utf8"));
        else reject(new Error(`${options.method ?? "GET"} ${url.pathname}: ${response.statusCode}`));
      });
    });
    asked.on("error", reject);
    asked.end(body);
  });
}
