/** The beginnings of parts of several messages. */
import type { PartText, PartWanted } from "../mail.ts";
import { atom, peek } from "./client.ts";
import { type Fetched, fetchRows } from "./fetch.ts";
import * as limits from "./limits.ts";
import { uidOf } from "./names.ts";
import type { Session } from "./session.ts";
import { decodeTransfer } from "./transfer.ts";
import { octetsOf } from "./tree.ts";

interface Wanted extends PartWanted {
  readonly uid: number;
}

/**
 * One command for all, though it fetches what only some want of every message, as long as little is fetched in vain;
 * else one for each section.
 */
export async function texts(
  session: Session,
  mailbox: string,
  wanted: readonly PartWanted[],
): Promise<readonly PartText[]> {
  const { uidValidity } = await session.open(mailbox);
  const there = wanted.flatMap((one): readonly Wanted[] => {
    const uid = uidOf(one.href, uidValidity);
    return uid === undefined || !(one.path === "" || isSection(one.path)) ? [] : [{ ...one, uid }];
  });
  const bySection = bySectionOf(there);
  const found = new Map<string, Buffer>();
  for (const group of waste(there, bySection) > limits.WASTE ? bySection.values() : [there]) {
    for (const row of await fetchSections(session, group)) keep(found, row);
  }
  return there.flatMap((one) => {
    const octets = found.get(`${one.uid} ${one.path}`);
    return octets === undefined ? [] : [textFrom(octets, one)];
  });
}

/** A section number. What is asked for comes from a structure, and what a structure says from a sender. */
export function isSection(path: string): boolean {
  return /^[1-9]\d{0,5}(?:\.[1-9]\d{0,5}){0,40}$/.test(path);
}

function bySectionOf(wanted: readonly Wanted[]): ReadonlyMap<string, readonly Wanted[]> {
  const groups = new Map<string, Wanted[]>();
  for (const one of wanted) groups.set(one.path, [...(groups.get(one.path) ?? []), one]);
  return groups;
}

function most(group: readonly PartWanted[]): number {
  return Math.max(0, ...group.map(({ octets }) => octets));
}

function waste(all: readonly Wanted[], bySection: ReadonlyMap<string, readonly Wanted[]>): number {
  const messages = new Set(all.map(({ uid }) => uid)).size;
  const fetched = [...bySection.values()].reduce((sum, group) => sum + most(group), 0) * messages;
  return fetched - all.reduce((sum, { octets }) => sum + octets, 0);
}

async function fetchSections(session: Session, group: readonly Wanted[]): Promise<readonly Fetched[]> {
  if (group.length === 0) return [];
  const bySection = bySectionOf(group);
  // One octet more than wanted tells whether that was all.
  const items = Array.from(bySection, ([path, some]) =>
    peek(path === "" ? [] : [atom(path)], { from: 0, length: most(some) + 1 }),
  );
  return fetchRows(session, [...new Set(group.map(({ uid }) => uid))], items);
}

function keep(found: Map<string, Buffer>, { uid, items }: Fetched): void {
  for (const [key, value] of items) {
    const [, path] = /^BODY\[([\d.]*)\]$/.exec(key) ?? [];
    const octets = octetsOf(value);
    if (path !== undefined && octets !== undefined) found.set(`${uid} ${path}`, octets);
  }
}

function textFrom(octets: Buffer, { href, path, encoding, octets: limit }: Wanted): PartText {
  const whole = octets.length <= limit;
  return { href, path, content: decodeTransfer(encoding, whole ? octets : octets.subarray(0, limit)), whole };
}
