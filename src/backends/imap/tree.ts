/** Reads the trees that imapflow makes of what a server says. Nothing here throws: what is not as it should be is absent. */
import type { ImapAttribute, ImapResponse } from "imapflow";

export type Node = ImapAttribute | undefined;

/** A string, however it was sent; octets that are no UTF-8 are taken as Windows-1252. Empty for NIL and for lists. */
export function textOf(node: Node): string {
  if (node === null || node === undefined || Array.isArray(node)) return "";
  if (Buffer.isBuffer(node.value)) return decodeOctets(node.value);
  return node.value === null || node.value === undefined ? "" : String(node.value);
}

/** The octets of a string; undefined for NIL and for lists. */
export function octetsOf(node: Node): Buffer | undefined {
  if (node === null || node === undefined || Array.isArray(node)) return undefined;
  if (Buffer.isBuffer(node.value)) return node.value;
  return typeof node.value === "string" ? Buffer.from(node.value) : undefined;
}

export function listOf(node: Node): readonly ImapAttribute[] {
  return Array.isArray(node) ? node : [];
}

/** A number of the protocol (at most 32 bits). */
export function numberOf(node: Node): number | undefined {
  const text = textOf(node);
  return /^\d{1,10}$/.test(text) ? Number(text) : undefined;
}

/** A number that may have 64 bits: a mod-sequence. */
export function bigOf(node: Node): bigint | undefined {
  const text = textOf(node);
  return /^\d{1,20}$/.test(text) ? BigInt(text) : undefined;
}

/** Upper-case name of a response code and what stands behind it: `[APPENDUID 1 2]`. */
export function codeOf(response: ImapResponse | undefined): { readonly name: string; readonly rest: readonly Node[] } {
  const first = response?.attributes?.[0];
  if (first === null || first === undefined || Array.isArray(first)) return { name: "", rest: [] };
  const [name, ...rest] = first.section ?? [];
  return { name: textOf(name).toUpperCase(), rest };
}

/** The human-readable text of a response. */
export function saidIn(response: ImapResponse | undefined): string {
  return (response?.attributes ?? []).map(textOf).join(" ").trim();
}

/** Names and values that follow each other, the names in upper case: STATUS, FETCH. */
export function pairs(list: readonly ImapAttribute[]): readonly (readonly [name: ImapAttribute, value: Node])[] {
  return list.flatMap((name, index) => (index % 2 === 0 ? [[name, list[index + 1]] as const] : []));
}

export function decodeOctets(octets: Uint8Array): string {
  try {
    return strict.decode(octets);
  } catch {
    return western.decode(octets);
  }
}

const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const western = new TextDecoder("windows-1252");

/** Numbers of a set as the server writes it (`1,3:5`), at most `most` of them; undefined when there are more. */
export function expand(set: string, most: number): readonly number[] | undefined {
  const numbers: number[] = [];
  for (const part of set.split(",")) {
    const [, from, to = from] = /^(\d{1,10})(?::(\d{1,10}))?$/.exec(part.trim()) ?? [];
    if (from === undefined) continue;
    const [low, high] = [Math.min(Number(from), Number(to)), Math.max(Number(from), Number(to))];
    if (numbers.length + high - low + 1 > most) return undefined;
    for (let number = low; number <= high; number += 1) numbers.push(number);
  }
  return numbers;
}

/** Sets of UIDs, ranges where they can be, none longer than `length`. */
export function setsOf(uids: Iterable<number>, length: number): readonly string[] {
  const sets: string[] = [];
  let set = "";
  let from = 0;
  let to = 0;
  function put(): void {
    if (from === 0) return;
    const range = from === to ? `${from}` : `${from}:${to}`;
    if (set !== "" && set.length + range.length + 1 > length) {
      sets.push(set);
      set = "";
    }
    set += set === "" ? range : `,${range}`;
  }
  for (const uid of [...new Set(uids)].toSorted((a, b) => a - b)) {
    if (from !== 0 && uid === to + 1) {
      to = uid;
      continue;
    }
    put();
    [from, to] = [uid, uid];
  }
  put();
  if (set !== "") sets.push(set);
  return sets;
}
