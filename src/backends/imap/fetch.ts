/** UID FETCH, and what it gave of each message. */
import { type Attribute, atom, set } from "./client.ts";
import * as limits from "./limits.ts";
import type { Session } from "./session.ts";
import { listOf, type Node, numberOf, pairs, setsOf, textOf } from "./tree.ts";

export interface Fetched {
  readonly uid: number;
  /** By name in capital letters; sections as `BODY[1.2]`, those of header fields as `BODY[HEADER.FIELDS]`. */
  readonly items: ReadonlyMap<string, Node>;
}

/**
 * The messages that are there. A connection that has had its mailbox selected for a while may not have been told of what
 * came since: those that are missing are asked for once more, after the server had the occasion to tell.
 */
export async function fetchRows(
  session: Session,
  uids: readonly number[],
  items: readonly Attribute[],
): Promise<readonly Fetched[]> {
  const rows = new Map<number, Fetched>();
  await fetchInto(rows, session, uids, items);
  const missing = uids.filter((uid) => !rows.has(uid));
  if (missing.length > 0) {
    await session.say("NOOP");
    await fetchInto(rows, session, missing, items);
  }
  return [...rows.values()];
}

/** The messages from a UID on. */
export async function fetchSince(
  session: Session,
  uid: number,
  items: readonly Attribute[],
): Promise<readonly Fetched[]> {
  const rows = new Map<number, Fetched>();
  await fetchRange(rows, session, `${uid}:*`, items);
  // The star is the last message, wherever it lies.
  return [...rows.values()].filter((row) => row.uid >= uid);
}

async function fetchInto(
  rows: Map<number, Fetched>,
  session: Session,
  uids: readonly number[],
  items: readonly Attribute[],
): Promise<void> {
  for (const range of setsOf(uids, limits.SET_LENGTH)) await fetchRange(rows, session, range, items);
}

async function fetchRange(
  rows: Map<number, Fetched>,
  session: Session,
  range: string,
  items: readonly Attribute[],
): Promise<void> {
  await session.say("UID FETCH", [set(range), [atom("UID"), ...items]], {
    FETCH: ({ attributes = [] }) => {
      const row = rowOf(listOf(attributes[1]));
      if (row === undefined) return;
      // One message may be told in several answers, and flags come unasked.
      rows.set(row.uid, { uid: row.uid, items: new Map([...(rows.get(row.uid)?.items ?? []), ...row.items]) });
    },
  });
}

export function rowOf(list: ReturnType<typeof listOf>): Fetched | undefined {
  const items = new Map<string, Node>();
  for (const [name, value] of pairs(list)) items.set(keyOf(name), value);
  const uid = numberOf(items.get("UID"));
  return uid === undefined ? undefined : { uid, items };
}

function keyOf(name: Node): string {
  const text = textOf(name).toUpperCase();
  if (name === null || name === undefined || Array.isArray(name) || name.section === undefined) return text;
  return `${text}[${textOf(name.section[0]).toUpperCase()}]`;
}
