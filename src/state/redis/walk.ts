/** Walks over many records, in batches small enough that nobody else waits for them. */
import { Cluster } from "ioredis";
import type { Connection } from "./client.ts";
import { escapePattern, type Names, placeOf } from "./names.ts";
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

/** The records of a scope whose key begins so. What is there all the time comes once; the rest may or may not come. */
export async function* walkBase(walk: Walk, base: string, prefix: string): AsyncGenerator<Walked> {
  const { connection } = walk;
  let now = walk.now?.();
  const own = placeOf(prefix);
  const below = await connection.send((at) => at.zrangebylex(`${base}:i`, `[${prefix}`, `[${prefix}\u{10ffff}`));
  const parts = below.map((directory) => ({ directory, start: "" }));
  if (own.field !== "") parts.push({ directory: own.directory, start: own.field });
  for (const { directory, start } of parts) {
    for await (const [field, stored] of fieldsOf(connection, `${base}:h:${directory}`, start)) {
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

/** Fields that begin so. Redis may give one twice while the hash grows or shrinks. */
async function* fieldsOf(
  connection: Connection,
  key: string,
  start: string,
): AsyncGenerator<readonly [field: string, stored: string]> {
  const pattern = `${escapePattern(start)}*`;
  const seen = new Set<string>();
  let cursor = "0";
  do {
    const from = cursor;
    const [next, flat] = await connection.send((at) => at.hscan(key, from, "MATCH", pattern, "COUNT", batch));
    cursor = next;
    for (let index = 0; index + 1 < flat.length; index += 2) {
      const [field = "", stored = ""] = flat.slice(index, index + 2);
      if (!seen.has(field)) yield [field, stored];
      seen.add(field);
    }
  } while (cursor !== "0");
}
