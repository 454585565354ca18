/** What is looked for, as SEARCH is told it (RFC 9051 §6.4.4). */
import type { Criterion } from "../mail.ts";
import { dayOf } from "./changes.ts";
import { type Attribute, atom, string } from "./client.ts";
import { isFlag } from "./flag.ts";

/** Keys that all have to be met. Of times, days: every message that is looked for meets them, and others may. */
export function searchKeys(criterion: Criterion): readonly Attribute[] {
  return written(keysOf(criterion, true));
}

const day = 86_400_000;

/** Keys, and how they are joined. */
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

/** OR has two keys: many are halved, so that parentheses do not pile up. */
function anyOf(alternatives: readonly (readonly Attribute[])[]): readonly Attribute[] {
  const [first] = alternatives;
  if (first === undefined) return [atom("NOT"), atom("ALL")];
  if (alternatives.length === 1) return first;
  const half = Math.ceil(alternatives.length / 2);
  return [atom("OR"), single(anyOf(alternatives.slice(0, half))), single(anyOf(alternatives.slice(half)))];
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
