/** SEARCH, by RFC 4731 where the server has it: what is found comes as ranges, not as a number each. */
import type { Criterion, Found, Hit } from "../mail.ts";
import { type Attribute, atom, set } from "./client.ts";
import { fetchRows } from "./fetch.ts";
import * as limits from "./limits.ts";
import { nameOf } from "./names.ts";
import { searchKeys } from "./search-keys.ts";
import type { Selected, Session } from "./session.ts";
import { type Node, numberOf, textOf } from "./tree.ts";

/** Numbers from the first to the second, both included. */
type Range = readonly [from: number, to: number];

export async function search(session: Session, mailbox: string, criterion: Criterion, most: number): Promise<Found> {
  // What came a moment ago, on another connection, has to be seen.
  if (session.selected?.path === mailbox) await session.refresh();
  const selected = await session.open(mailbox);
  const ranges = await rangesOf(session, selected, criterion, most);
  const uids = newest(ranges, most);
  if (uids.length === 0) return { hits: [], total: 0 };
  const rows = await fetchRows(session, uids, [atom("INTERNALDATE")]);
  const isInside = exactly(criterion);
  const hits = rows
    .map(({ uid, items }) => ({ uid, received: dateOf(items.get("INTERNALDATE")) }))
    .filter(({ received }) => isInside(received))
    .toSorted((a, b) => b.received.getTime() - a.received.getTime() || b.uid - a.uid)
    .map(({ uid, received }): Hit => ({ href: nameOf(selected.uidValidity, uid), received }));
  return { hits, total: countOf(ranges) - (uids.length - hits.length) };
}

function dateOf(node: Node): Date {
  const received = new Date(textOf(node));
  return Number.isNaN(received.getTime()) ? new Date(0) : received;
}

/** By one command, or of a large mailbox whose texts are to be read, by one for each stretch of it. */
async function rangesOf(
  session: Session,
  { messages, uidNext }: Selected,
  criterion: Criterion,
  most: number,
): Promise<readonly Range[]> {
  const keys = [...searchKeys(criterion), atom("UNDELETED")];
  if (messages <= limits.STRETCH || uidNext === 0 || !looksInside(criterion)) return searchOnce(session, keys);
  const ranges: Range[] = [];
  const until = performance.now() + limits.SEARCH_TIME;
  let above = mostUid;
  for (let low = uidNext - limits.STRETCH; above > 0; low -= limits.STRETCH) {
    const from = Math.max(1, low);
    ranges.push(...(await searchOnce(session, [atom("UID"), set(`${from}:${above}`), ...keys])));
    above = from - 1;
    if (countOf(ranges) >= most || performance.now() > until) break;
  }
  return ranges;
}

const mostUid = 2 ** 32 - 1;

/** Whether more than what the server has at hand of each message has to be read. */
function looksInside(criterion: Criterion): boolean {
  switch (criterion.is) {
    case "and":
    case "or":
      return criterion.of.some(looksInside);
    case "not":
      return looksInside(criterion.of);
    case "file":
      return criterion.text !== undefined;
    default:
      return criterion.is === "text" || criterion.is === "body";
  }
}

async function searchOnce(session: Session, keys: readonly Attribute[]): Promise<readonly Range[]> {
  const ranges: Range[] = [];
  const charset = hasLiteral(keys) ? [atom("CHARSET"), atom("UTF-8")] : [];
  const options = session.has("ESEARCH") ? [atom("RETURN"), [atom("ALL")]] : [];
  await session.say("UID SEARCH", [...options, ...charset, ...keys], {
    ESEARCH: ({ attributes = [] }) => {
      const at = attributes.findIndex((node) => textOf(node).toUpperCase() === "ALL");
      if (at >= 0) ranges.push(...rangesIn(textOf(attributes[at + 1])));
    },
    SEARCH: ({ numbers, attributes = [] }) => {
      for (const uid of numbers ?? attributes.map(numberOf)) if (uid !== undefined) ranges.push([uid, uid]);
    },
  });
  return ranges;
}

function hasLiteral(keys: readonly Attribute[]): boolean {
  return keys.some((key) => (Array.isArray(key) ? hasLiteral(key) : "type" in key && key.type === "LITERAL"));
}

function rangesIn(set: string): readonly Range[] {
  return set.split(",").flatMap((part): readonly Range[] => {
    const [, from, to = from] = /^(\d{1,10})(?::(\d{1,10}))?$/.exec(part.trim()) ?? [];
    if (from === undefined) return [];
    return [[Math.min(Number(from), Number(to)), Math.max(Number(from), Number(to))]];
  });
}

function countOf(ranges: readonly Range[]): number {
  return ranges.reduce((sum, [from, to]) => sum + to - from + 1, 0);
}

/** The highest numbers, `most` of them. */
function newest(ranges: readonly Range[], most: number): readonly number[] {
  const uids: number[] = [];
  for (const [from, to] of ranges.toSorted(([, a], [, b]) => b - a)) {
    for (let uid = to; uid >= from && uids.length < most; uid -= 1) uids.push(uid);
  }
  return uids;
}

/** What the times that every hit must have say to the millisecond. */
function exactly(criterion: Criterion): (received: Date) => boolean {
  const bounds = boundsIn(criterion);
  return (received) =>
    bounds.every(
      ({ since, before }) => (since === undefined || received >= since) && (before === undefined || received < before),
    );
}

function boundsIn(criterion: Criterion): readonly Extract<Criterion, { is: "received" }>[] {
  if (criterion.is === "received") return [criterion];
  return criterion.is === "and" ? criterion.of.flatMap(boundsIn) : [];
}
