/**
 * How the servers behind are: what became of the last calls to each, on this node. Nobody asks them for it: what phones
 * need is asked anyway, and a server that nobody needs may rest.
 */
import type { Metrics } from "../metrics.ts";

/** What a backend set consists of. */
export type BehindName = "dav" | "imap" | "smtp";

/** A server of a backend set, as this node knows it. Times are milliseconds since 1970. */
export interface ServerHealth {
  readonly backend: string;
  readonly server: BehindName;
  /** Of the last call; undefined: none was made yet. */
  readonly isUp: boolean | undefined;
  readonly lastSuccess: number | undefined;
  readonly lastFailure: { readonly at: number; readonly why: string } | undefined;
}

export interface BackendHealth {
  /** A call was answered, if only by a refusal. */
  up(backend: string, server: BehindName): void;
  /** There was no answer, or one that the server is ill; `why` names nobody and nothing. */
  down(backend: string, server: BehindName, why: string): void;
  read(): readonly ServerHealth[];
}

/** @param servers that are configured: told of also before they are asked. */
export function createBackendHealth(
  servers: readonly Pick<ServerHealth, "backend" | "server">[],
  now: () => number,
): BackendHealth {
  const nothing = { isUp: undefined, lastSuccess: undefined, lastFailure: undefined };
  const known = new Map<string, ServerHealth>(servers.map((one) => [keyOf(one), { ...nothing, ...one }]));

  function note(backend: string, server: BehindName, seen: Partial<ServerHealth>): void {
    const key = keyOf({ backend, server });
    known.set(key, { ...nothing, ...known.get(key), backend, server, ...seen });
  }

  return {
    up: (backend, server) => note(backend, server, { isUp: true, lastSuccess: now() }),
    down: (backend, server, why) => note(backend, server, { isUp: false, lastFailure: { at: now(), why } }),
    read: () => [...known.values()],
  };
}

/** Servers that were never asked have no figure. */
export function readHealth(metrics: Metrics, health: BackendHealth): void {
  metrics.reading("backendUp", () =>
    health
      .read()
      .flatMap(({ backend, server, isUp }) =>
        isUp === undefined ? [] : [[{ backend, server }, Number(isUp)] as const],
      ),
  );
  metrics.reading("backendAnswered", () =>
    health
      .read()
      .flatMap(({ backend, server, lastSuccess: at }) =>
        at === undefined ? [] : [[{ backend, server }, at / 1000] as const],
      ),
  );
}

/** A line for each server, for people. */
export function describeHealth(servers: readonly ServerHealth[], now: number): string {
  const ago = (at: number) => `${Math.max(0, Math.round((now - at) / 1000))} s ago`;
  return servers
    .map(({ backend, server, isUp, lastSuccess, lastFailure }) => {
      const standing = isUp === undefined ? "not asked yet" : isUp ? "answers" : "does not answer";
      const seen = lastSuccess === undefined ? "" : `, last answer ${ago(lastSuccess)}`;
      const failed = lastFailure === undefined ? "" : `, last failure ${ago(lastFailure.at)} (${lastFailure.why})`;
      return `${backend} ${server}: ${standing}${seen}${failed}\n`;
    })
    .join("");
}

function keyOf({ backend, server }: Pick<ServerHealth, "backend" | "server">): string {
  return `${backend} ${server}`;
}
