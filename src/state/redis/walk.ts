/** Walks over many records, in batches small enough that nobody else waits for them. */
import { Cluster } from "ioredis";
import { StateError } from "../../errors.ts";
import type { Connection } from "./connection.ts";
import { type Names, placeOf } from "./names.ts";
import { clockScript } from "./scripts.ts";

export interface Walk {
  readonly connection: Connection;
  readonly names: Names;
  readonly now: (() => number) | undefined;
}

export interface Walked {
  readonly key: string;
  readonly value: string;
  /** Milliseconds it has left; undefined: it stays. */
  readonly ttl?: number;
}

/** Records asked for at once: a millisecond or so of Redis' time. */
const batch = 1_000;
/** Times a walk over a hash is begun that is written to meanwhile. */
const mostWalks = 5;

/** The records of a scope whose key begins so; costs a walk over each hash that holds some. */
export async function* walkBase(walk: Walk, base: string, prefix: string): AsyncGenerator<Walked> {
  const { connection } = walk;
  let now = walk.now?.();
  const own = placeOf(prefix);
  const below = await connection.send((at) => at.zrangebylex(`${base}:i`, `[${prefix}`, `[${prefix}\u{10ffff}`));
  const parts = below.map((directory) => ({ directory, start: "" }));
  if (own.field !== "") parts.push({ directory: own.directory, start: own.field });
  for (const { directory, start } of parts) {
    for (const [field, stored] of await readHash(connection, `${base}:h:${directory}`)) {
      if (!field.startsWith(start)) continue;
      const head = stored.indexOf(":");
      const record = { key: directory + field, value: stored.slice(head + 1) };
      if (head === 0) {
        yield record;
        continue;
      }
      now ??= Number(await connection.run(clockScript, base, [""]));
      const ttl = Number(stored.slice(0, head)) - now;
      if (ttl > 0) yield { ...record, ttl };
    }
  }
}

/** The bases of all scopes of the store. */
export async function* everyBase({ connection, names }: Walk): AsyncGenerator<string> {
  const { client } = connection;
  const servers = client instanceof Cluster ? client.nodes("master") : [client];
  for (const server of servers) {
    let cursor = "0";
    const seen = new Set<string>();
    do {
      const from = cursor;
      const [next, keys] = await connection.send(() => server.scan(from, "MATCH", names.everyIndex, "COUNT", batch));
      cursor = next;
      for (const key of keys) {
        if (!seen.has(key)) yield key.slice(0, -":i".length);
        seen.add(key);
      }
    } while (cursor !== "0");
  }
}

/** Whether others than the `own` connections listen on that channel: every gateway that runs does on one. */
export async function inUse({ connection }: Walk, own: number, channel: string): Promise<boolean> {
  const { client } = connection;
  const servers = client instanceof Cluster ? client.nodes("all") : [client];
  let listeners = 0;
  for (const server of servers) {
    const counted = await connection.send(() => server.pubsub("NUMSUB", channel));
    listeners += Number(counted[1] ?? 0);
  }
  return listeners > own;
}

/**
 * All fields of a hash. A cursor is good only at the server that gave it: when another one took over in the middle
 * (a failover, a restart, a slot that moved), fields are missed. Then there are more than were seen, and the walk
 * begins again.
 */
async function readHash(connection: Connection, key: string): Promise<ReadonlyMap<string, string>> {
  for (let attempt = 0; attempt < mostWalks; attempt += 1) {
    // Redis may give one twice while the hash grows or shrinks.
    const seen = new Map<string, string>();
    let cursor = "0";
    do {
      const from = cursor;
      const [next, flat] = await connection.send((at) => at.hscan(key, from, "COUNT", batch));
      cursor = next;
      for (let index = 0; index + 1 < flat.length; index += 2) seen.set(flat[index] ?? "", flat[index + 1] ?? "");
    } while (cursor !== "0");
    if ((await connection.send((at) => at.hlen(key))) <= seen.size) return seen;
  }
  throw new StateError("unreachable", `the state store ${connection.place}: records come faster than they are read`);
}
