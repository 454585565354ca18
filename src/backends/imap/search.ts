/** SEARCH, by RFC 4731 where the server has it: what is found comes as ranges, not as a number each. */
import type { Criterion, Found, Hit } from "../mail.ts";
import { dayOf } from "./changes.ts";
import { type Attribute, atom, set, string } from "./client.ts";
import { fetchRows } from "./fetch.ts";
import { isFlag } from "./flag.ts";
import * as limits from "./limits.ts";
import { nameOf } from "./names.ts";
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
  const keys = [...written(keysOf(criterion, true)), atom("UNDELETED")];
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

const day = 86_400_000;

/** Keys of SEARCH (RFC 9051 §6.4.4) and how they are joined. */
type Keys =
  /** With the key for the others, where there is one. */
  | { readonly key: readonly Attribute[]; readonly opposite?: readonly Attribute[] }
  | { readonly all: readonly Keys[] }
  | { readonly any: readonly Keys[] }
  | { readonly not: Keys };

const key = (...attributes: readonly Attribute[]): Keys => ({ key: attributes });
const nothing: Keys = { any: [] };

/**
 * What has to be met. A server knows days, of which it does not say where they begin: where `isWanted`, no message may be
 * missed, and else (within NOT) none too many be met.
 */
function keysOf(criterion: Criterion, isWanted: boolean): Keys {
  switch (criterion.is) {
    case "and":
      return { all: criterion.of.map((one) => keysOf(one, isWanted)) };
    case "or":
      return { any: criterion.of.map((one) => keysOf(one, isWanted)) };
    case "not":
      return { not: keysOf(criterion.of, !isWanted) };
    case "text":
      return {
        any: ["SUBJECT", "FROM", "TO", "CC", "BODY"].map((name) => key(atom(name), astring(criterion.text))),
      };
    case "header":
      return isHeaderName(criterion.name)
        ? key(atom("HEADER"), string(criterion.name), astring(criterion.text))
        : nothing;
    case "flag":
      return flagKey(criterion.flag);
    case "received":
      return receivedKeys(criterion, isWanted);
    case "size":
      return {
        all: [
          ...(criterion.above === undefined ? [] : [larger(criterion.above)]),
          ...(criterion.below === undefined ? [] : [opposite(larger(criterion.below - 1))]),
        ],
      };
    case "file":
      return fileKeys(criterion.text);
    default:
      return key(atom(criterion.is.toUpperCase()), astring(criterion.text));
  }
}

/** Dovecot, and those who took it up, say by keywords what they saw when the message came. */
function fileKeys(name: string | undefined): Keys {
  const isMixed = key(atom("HEADER"), string("Content-Type"), string("multipart/mixed"));
  const isTold = key(atom("KEYWORD"), atom("$HasAttachment"));
  const has: Keys = { any: [isTold, { all: [isMixed, key(atom("UNKEYWORD"), atom("$HasNoAttachment"))] }] };
  // Names of files are in the headers of the parts.
  return name === undefined ? has : { all: [has, key(atom("TEXT"), astring(name))] };
}

/** NOT stands where nothing else says it: Dovecot 2.3 mixes up several sizes, or days, with a NOT before each. */
function written(keys: Keys, isNegated = false): readonly Attribute[] {
  if ("not" in keys) return written(keys.not, !isNegated);
  if ("key" in keys) return isNegated ? (keys.opposite ?? [atom("NOT"), ...keys.key]) : keys.key;
  const isAll = "all" in keys !== isNegated;
  const some = ("all" in keys ? keys.all : keys.any).map((one) => written(one, isNegated));
  if (isAll) return some.length === 0 ? [atom("ALL")] : some.flat();
  return anyOf(some);
}

function anyOf(alternatives: readonly (readonly Attribute[])[]): readonly Attribute[] {
  const [first, ...others] = alternatives;
  if (first === undefined) return [atom("NOT"), atom("ALL")];
  return others.length === 0 ? first : [atom("OR"), single(first), single(anyOf(others))];
}

function single(keys: readonly Attribute[]): Attribute {
  const [first] = keys;
  return keys.length === 1 && first !== undefined ? first : keys;
}

/** Quoted where it can be; octets else, which are UTF-8. */
function astring(text: string): Attribute {
  return /^[ -~]*$/.test(text) ? string(text) : { type: "LITERAL", value: Buffer.from(text.replaceAll("\0", "")) };
}

function isHeaderName(name: string): boolean {
  return /^[!-9;-~]{1,100}$/.test(name);
}

const systemFlags = new Set(["\\SEEN", "\\ANSWERED", "\\FLAGGED", "\\DRAFT"]);

function flagKey(flag: string): Keys {
  if (systemFlags.has(flag.toUpperCase())) return key(atom(flag.slice(1).toUpperCase()));
  return isFlag(flag) && !flag.startsWith("\\") ? key(atom("KEYWORD"), atom(flag)) : nothing;
}

interface Opposable {
  readonly key: readonly Attribute[];
  readonly opposite: readonly Attribute[];
}

function opposite({ key: one, opposite: other }: Opposable): Opposable {
  return { key: other, opposite: one };
}

/** Than so many octets. */
function larger(octets: number): Opposable {
  return {
    key: octets < 0 ? [atom("ALL")] : [atom("LARGER"), atom(sizeOf(octets))],
    opposite: octets < 0 ? [atom("NOT"), atom("ALL")] : [atom("SMALLER"), atom(sizeOf(octets + 1))],
  };
}

function onOrAfter(day: Attribute): Opposable {
  return { key: [atom("SINCE"), day], opposite: [atom("BEFORE"), day] };
}

function receivedKeys({ since, before }: Extract<Criterion, { is: "received" }>, isWanted: boolean): Keys {
  return {
    all: [
      ...(since === undefined ? [] : [onOrAfter(dayFrom(since, isWanted ? -1 : 2))]),
      ...(before === undefined ? [] : [opposite(onOrAfter(dayFrom(before, isWanted ? 2 : -1)))]),
    ],
  };
}

function dayFrom(date: Date, days: number): Attribute {
  const at = Math.min(Math.max(date.getTime() + days * day, 0), Date.UTC(9999, 11, 31));
  return atom(dayOf(new Date(at)));
}

function sizeOf(octets: number): string {
  return String(Math.min(Math.trunc(octets), 2 ** 32 - 1));
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
