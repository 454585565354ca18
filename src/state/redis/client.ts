/** The client of a Redis: of one server, of the primary that Sentinel names, or of a cluster. It gives up at once. */
import type { ConnectionOptions } from "node:tls";
import { Cluster, Redis, type RedisOptions } from "ioredis";
import type { Secret } from "../../log.ts";

export interface Address {
  readonly host: string;
  readonly port: number;
}

export interface Login {
  readonly user?: string;
  readonly password?: Secret;
}

/** Where the store is. */
export type Site =
  | ({ readonly kind: "single"; readonly database: number } & Address)
  | {
      readonly kind: "sentinel";
      readonly name: string;
      readonly nodes: readonly Address[];
      readonly database: number;
      /** Of the sentinels themselves, where they ask for one. */
      readonly login: Login;
    }
  | { readonly kind: "cluster"; readonly nodes: readonly Address[] };

export interface ClientOptions {
  readonly site: Site;
  readonly login: Login;
  /** Undefined: no TLS. */
  readonly tls?: ConnectionOptions;
}

export type Client = Redis | Cluster;

/** Milliseconds to connect, and for one answer. */
const connectTime = 3_000;
export const answerTime = 5_000;
/** Milliseconds a server that we leave has to say good-bye. */
export const leaveTime = 300;
/** Milliseconds between two attempts, and between two connections, at the most. */
export const longestPause = 1_000;

/** The reply mapping is a type parameter of the client's. */
type Settings = Omit<RedisOptions, "replyMapping">;

export function createClient({ site, login, tls }: ClientOptions): Client {
  const common: Settings = {
    connectionName: "isthmus",
    connectTimeout: connectTime,
    disconnectTimeout: leaveTime,
    commandTimeout: answerTime,
    // A server that is silent while we wait is left: Sentinel may know another one by now.
    socketTimeout: answerTime,
    maxRetriesPerRequest: 0,
    autoResendUnfulfilledCommands: false,
    reconnectOnError: (error) => error.message.startsWith("READONLY"),
    ...(login.user === undefined ? {} : { username: login.user }),
    ...(login.password === undefined ? {} : { password: login.password.reveal() }),
    ...(tls ? { tls } : {}),
  };
  if (site.kind === "cluster") {
    return new Cluster([...site.nodes], {
      redisOptions: common,
      enableOfflineQueue: false,
      clusterRetryStrategy: backOff,
      slotsRefreshTimeout: connectTime,
      slotsRefreshInterval: 5_000,
    });
  }
  const alone: Settings = { ...common, enableOfflineQueue: false, retryStrategy: backOff, db: site.database };
  if (site.kind === "single") return new Redis({ ...alone, host: site.host, port: site.port });
  return new Redis({
    ...alone,
    name: site.name,
    sentinels: [...site.nodes],
    sentinelRetryStrategy: backOff,
    sentinelCommandTimeout: connectTime,
    failoverDetector: true,
    ...(site.login.user === undefined ? {} : { sentinelUsername: site.login.user }),
    ...(site.login.password === undefined ? {} : { sentinelPassword: site.login.password.reveal() }),
    ...(tls ? { sentinelTLS: tls, enableTLSForSentinelMode: true } : {}),
  });
}

/**
 * Disconnects for good. A server that is left in the middle of a TLS handshake can fail the connection twice (its
 * certificate is not trusted, and its alert about the unfinished handshake); the client listens for one error only, and
 * the second would end the process.
 */
export function leave(client: Client): void {
  const connections = client instanceof Cluster ? client.nodes() : [client];
  for (const { stream } of connections) (stream as typeof stream | undefined)?.on("error", () => {});
  client.disconnect();
}

function backOff(attempt: number): number {
  return Math.min(longestPause, 50 * 2 ** Math.min(attempt, 10)) * (0.5 + Math.random() / 2);
}

/** Which store, without credentials. */
export function describeSite({ site }: ClientOptions): string {
  if (site.kind === "single") return `redis ${site.host}:${site.port}`;
  const nodes = site.nodes.map(({ host, port }) => `${host}:${port}`).join(" ");
  return site.kind === "sentinel" ? `redis ${site.name} (sentinels ${nodes})` : `redis cluster (${nodes})`;
}
