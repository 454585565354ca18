/** What a Redis has to be for us, and is not: asked at start, and by the doctor. */
import { Cluster } from "ioredis";
import type { Site } from "./client.ts";
import type { Connection } from "./connection.ts";

/** `bad`: the store must not be used like this. `advice`: it works, and something can be lost. */
export interface Remark {
  readonly level: "bad" | "advice";
  readonly says: string;
  /** What to do about it. */
  readonly mend: string;
}

/** The oldest version that has all that the scripts use. */
const oldest = 7;

/** Looks at every server that holds records. @throws StateError */
export async function inspectServers(connection: Connection, site: Site): Promise<readonly Remark[]> {
  const { client } = connection;
  if (!(client instanceof Cluster)) {
    return remarksOn(connection.place, parseInfo(await connection.send((at) => at.info())), site);
  }
  const remarks: Remark[] = [];
  for (const node of client.nodes("master")) {
    const info = parseInfo(await connection.send(() => node.info()));
    remarks.push(...remarksOn(`redis ${node.options.host}:${node.options.port}`, info, site));
  }
  return remarks;
}

/** By the fields of INFO: CONFIG is often forbidden. */
export function remarksOn(place: string, info: ReadonlyMap<string, string>, site: Site): readonly Remark[] {
  const remarks: Remark[] = [];
  const version = info.get("redis_version") ?? "0";
  if (Number.parseInt(version, 10) < oldest) {
    remarks.push({
      level: "bad",
      says: `${place} is version ${version}`,
      mend: `Redis ${oldest} or later is needed`,
    });
  }
  if (site.kind !== "cluster" && info.get("redis_mode") === "cluster") {
    const says = `${place} is part of a cluster`;
    remarks.push({ level: "bad", says, mend: "name its nodes in state.redis.cluster, in place of the url" });
  }
  const policy = info.get("maxmemory_policy") ?? "noeviction";
  if (policy !== "noeviction") {
    const limited = info.get("maxmemory") !== "0";
    remarks.push({
      // The others evict only what ends by itself: leases. That costs a retry, and no record.
      level: limited && policy.startsWith("allkeys") ? "bad" : "advice",
      says: `${place} throws records away when its memory is full (maxmemory-policy ${policy})`,
      mend: "set maxmemory-policy noeviction: without a record a phone fetches its folder anew",
    });
  }
  if (info.get("aof_enabled") === "0") {
    remarks.push({
      level: "advice",
      says: `${place} keeps no log on disk (appendonly no)`,
      mend: "set appendonly yes: else a restart forgets what came after the last snapshot, and phones fetch anew",
    });
  }
  return remarks;
}

function parseInfo(text: string): ReadonlyMap<string, string> {
  return new Map(
    text.split("\r\n").flatMap((line): [string, string][] => {
      const colon = line.indexOf(":");
      return line.startsWith("#") || colon < 0 ? [] : [[line.slice(0, colon), line.slice(colon + 1)]];
    }),
  );
}
