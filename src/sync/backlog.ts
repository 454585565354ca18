/** Listed changes that did not fit into a window: listed once, stored in chunks, sent in the windows that follow. */
import { placedIn } from "./mail/href.ts";
import { type Backlog, decodeRecord, encodeRecord, keys, type Listed } from "./records.ts";
import type { Turn } from "./turn.ts";

/** Listed changes per stored chunk of a backlog: a window reads one or two of them. */
const chunkSize = 512;

/** Reads the unsent part of a backlog, `count` entries at most. */
export async function readBacklog(turn: Turn, backlog: Backlog, count: number): Promise<readonly Listed[]> {
  const first = Math.floor(backlog.at / chunkSize);
  const end = Math.min(backlog.length, backlog.at + count);
  const names: string[] = [];
  for (let chunk = first; chunk * chunkSize < end; chunk += 1)
    names.push(keys.chunk(turn.folder.id, backlog.list, chunk));
  const values = await turn.session.services.state.read(turn.session.scope, names);
  const listed = names.flatMap((name) => {
    const chunk = decodeRecord<{ listed: readonly Listed[] }>(values.get(name));
    if (!chunk) throw new Error(`the backlog of ${turn.folder.id} misses ${name}`);
    return chunk.listed;
  });
  return listed
    .slice(backlog.at - first * chunkSize, end - first * chunkSize)
    .map(([href, ...more]): Listed => [placedIn(turn.folder.href, href), ...more] as Listed);
}

/** A backlog of these changes, and its records. */
export function newBacklog(turn: Turn, listed: readonly Listed[]): { backlog: Backlog; records: Map<string, string> } {
  const list = Buffer.from(turn.session.services.random(6)).toString("hex");
  const records = new Map<string, string>();
  for (let at = 0; at < listed.length; at += chunkSize) {
    records.set(
      keys.chunk(turn.folder.id, list, at / chunkSize),
      encodeRecord({ listed: listed.slice(at, at + chunkSize) }),
    );
  }
  return { backlog: { list, at: 0, length: listed.length }, records };
}
