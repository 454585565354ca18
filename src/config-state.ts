/** The `state` section of the configuration: which store, and how to reach it. Without one the embedded store is used. */
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { z } from "zod";
import { Secret } from "./log.ts";

const address = z
  .string()
  .regex(/^(\[[0-9a-fA-F:.]+\]|[^\s:/@[\]]+)(:\d{1,5})?$/, "a host, or host:port")
  .refine((text) => Number(/:(\d+)$/.exec(text)?.[1] ?? 1) <= 65_535, "a port is at most 65535");
const addresses = z.array(address).min(1, "at least one host:port");

const redis = z
  .strictObject({
    /** One server: redis://host:port/database, or rediss:// for TLS. */
    url: z.url({ protocol: /^rediss?$/, error: "a redis:// or rediss:// address" }).optional(),
    /** The primary that these sentinels name. */
    sentinel: z
      .strictObject({
        name: z.string().min(1),
        nodes: addresses,
        user: z.string().optional(),
        password: z.string().optional(),
        passwordFile: z.string().optional(),
      })
      .optional(),
    /** Some nodes of a cluster; the others are found from there. */
    cluster: addresses.optional(),
    user: z.string().optional(),
    password: z.string().optional(),
    passwordFile: z.string().optional(),
    database: z.number().int().min(0).max(1_000_000).optional(),
    tls: z
      .union([
        z.boolean(),
        z.strictObject({
          caFile: z.string().optional(),
          certFile: z.string().optional(),
          keyFile: z.string().optional(),
        }),
      ])
      .default(false),
    /** What all keys begin with: two gateways on one Redis that serve different accounts differ in it. */
    prefix: z
      .string()
      .regex(/^[^{}\s]{1,64}$/, "up to 64 characters without braces and blanks")
      .default("isthmus:"),
  })
  .refine(
    ({ url, sentinel, cluster }) => [url, sentinel, cluster].filter((one) => one !== undefined).length === 1,
    "one of url, sentinel and cluster",
  )
  .refine(({ cluster, database }) => cluster === undefined || database === undefined, "a cluster has one database only")
  .refine(
    ({ tls }) => typeof tls === "boolean" || (tls.certFile === undefined) === (tls.keyFile === undefined),
    "tls.certFile and tls.keyFile belong together",
  );

export const stateSection = z.strictObject({ redis: redis.optional() }).prefault({});

export interface RedisAddress {
  readonly host: string;
  readonly port: number;
}

interface Login {
  readonly user?: string;
  readonly password?: Secret;
}

export interface RedisConfig {
  readonly site:
    | ({ readonly kind: "single"; readonly database: number } & RedisAddress)
    | {
        readonly kind: "sentinel";
        readonly name: string;
        readonly nodes: readonly RedisAddress[];
        readonly database: number;
        readonly login: Login;
      }
    | { readonly kind: "cluster"; readonly nodes: readonly RedisAddress[] };
  readonly login: Login;
  /** Undefined: no TLS. Paths are whole. */
  readonly tls?: { readonly caFile?: string; readonly certFile?: string; readonly keyFile?: string };
  readonly prefix: string;
}

export interface StateConfig {
  /** Undefined: the embedded store. */
  readonly redis?: RedisConfig;
}

type Given = NonNullable<z.infer<typeof stateSection>["redis"]>;

/** Reads what the section names, and tells credentials apart from addresses. */
export function resolveState(
  { redis: given }: z.infer<typeof stateSection>,
  folder: string,
  mistakes: string[],
): StateConfig {
  if (!given) return {};
  const path = "state.redis";
  const url = given.url === undefined ? undefined : new URL(given.url);
  if (url && url.password !== "" && (given.password ?? given.passwordFile) !== undefined) {
    mistakes.push(`${path}: the password is in the url and beside it`);
  }
  if (url && url.username !== "" && given.user !== undefined) {
    mistakes.push(`${path}: the user is in the url and beside it`);
  }
  const own = url ? withinUrl(url, given, mistakes) : given;
  const tls = tlsOf(given, url, folder);
  return {
    redis: {
      site: siteOf(given, url, folder, mistakes),
      login: loginOf(own, path, folder, mistakes),
      prefix: given.prefix,
      ...(tls ? { tls } : {}),
    },
  };
}

function siteOf(given: Given, url: URL | undefined, folder: string, mistakes: string[]): RedisConfig["site"] {
  const { sentinel, cluster = [] } = given;
  if (url) {
    const path = url.pathname.replace(/^\//, "");
    if (!/^\d*$/.test(path)) mistakes.push("state.redis.url: the path is the number of a database");
    const database = given.database ?? Number(path);
    const host = url.hostname.replace(/^\[(.*)\]$/, "$1");
    return { kind: "single", host, port: url.port === "" ? 6379 : Number(url.port), database };
  }
  if (!sentinel) return { kind: "cluster", nodes: cluster.map((node) => addressOf(node, 6379)) };
  return {
    kind: "sentinel",
    name: sentinel.name,
    nodes: sentinel.nodes.map((node) => addressOf(node, 26_379)),
    database: given.database ?? 0,
    login: loginOf(sentinel, "state.redis.sentinel", folder, mistakes),
  };
}

function addressOf(text: string, standardPort: number): RedisAddress {
  const [, host = "", port] = /^(.*?)(?::(\d+))?$/.exec(text.replace(/^\[(.*)\]/, "[$1]")) ?? [];
  return { host: host.replace(/^\[(.*)\]$/, "$1"), port: port === undefined ? standardPort : Number(port) };
}

type GivenLogin = Pick<Given, "user" | "password" | "passwordFile">;

function withinUrl(url: URL, given: GivenLogin, mistakes: string[]): GivenLogin {
  try {
    return {
      ...given,
      ...(url.username === "" ? {} : { user: decodeURIComponent(url.username) }),
      ...(url.password === "" ? {} : { password: decodeURIComponent(url.password) }),
    };
  } catch {
    mistakes.push("state.redis.url: a % in user or password is written %25");
    return given;
  }
}

function loginOf(
  { user, password, passwordFile }: GivenLogin,
  path: string,
  folder: string,
  mistakes: string[],
): Login {
  const named = user === undefined ? {} : { user };
  if (password !== undefined) {
    if (passwordFile !== undefined) mistakes.push(`${path}: one of password and passwordFile`);
    return { ...named, password: new Secret(password) };
  }
  if (passwordFile === undefined) return named;
  try {
    return { ...named, password: new Secret(readFileSync(resolve(folder, passwordFile), "utf8").trim()) };
  } catch (error) {
    mistakes.push(`${path}.passwordFile: ${error instanceof Error ? error.message : String(error)}`);
    return named;
  }
}

function tlsOf({ tls }: Given, url: URL | undefined, folder: string): RedisConfig["tls"] {
  if (typeof tls === "object") {
    const { caFile, certFile, keyFile } = tls;
    return {
      ...(caFile === undefined ? {} : { caFile: resolve(folder, caFile) }),
      ...(certFile === undefined ? {} : { certFile: resolve(folder, certFile) }),
      ...(keyFile === undefined ? {} : { keyFile: resolve(folder, keyFile) }),
    };
  }
  return tls || url?.protocol === "rediss:" ? {} : undefined;
}
