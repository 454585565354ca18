/** Whether the text of an element is what its type allows (MS-ASDTYPE). */
import type { ValueType } from "../schema/define.ts";
import type { Child, Direction } from "../schema/tree.ts";
import { atLeast, type Version } from "../schema/versions.ts";

/** What is wrong with a value, in words; `undefined` when nothing is. */
export function validateValue(
  content: string | Uint8Array,
  type: ValueType,
  max: number | undefined,
  limit: Child["value"],
  version: Version,
): string | undefined {
  if (type === "opaque") return undefined;
  if (type === "empty" || type === "container") return "a value in an empty tag";
  const text = typeof content === "string" ? content : Buffer.from(content).toString("utf8");
  const form = forms[type];
  if (form !== undefined && !form.test(text) && !isDateOnly(text, type, version)) return `${shown(text)} is no ${type}`;
  const most = largest[type];
  if (most !== undefined && Number(text) > most) return `${shown(text)} is no ${type}`;
  if (max !== undefined && text.length > max) return `${text.length} characters, at most ${max}`;
  return outside(text, limit);
}

/** What is wrong with an empty element of that type; `undefined` when it may be empty. */
export function validateEmpty(type: ValueType, direction: Direction): string | undefined {
  if (textual.has(type)) return undefined;
  // An empty boolean is true (MS-ASDTYPE_R6), but the published response schema has no empty ones.
  if (type === "flag" && direction === "request") return undefined;
  return `empty, expected ${type}`;
}

const textual: ReadonlySet<ValueType> = new Set(["text", "base64", "compact", "opaque", "mixed", "empty", "container"]);

const forms: Partial<Record<ValueType, RegExp>> = {
  flag: /^[01]$/,
  byte: /^[0-9]{1,3}$/,
  uint: /^[0-9]{1,10}$/,
  int: /^-?[0-9]{1,10}$/,
  double: /^[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?$/,
  utc: /^[0-9]{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])T(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](?:\.[0-9]+)?Z$/,
  compact: /^[0-9]{4}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])T(?:[01][0-9]|2[0-3])[0-5][0-9][0-5][0-9]Z$/,
  base64: /^[A-Za-z0-9+/\s]*={0,2}\s*$/,
};

const largest: Partial<Record<ValueType, number>> = { byte: 255, uint: 0xffff_ffff, int: 0x7fff_ffff };

/** From 16.0 the times of an all-day event have no time of day (MS-ASCAL_R2005). */
function isDateOnly(text: string, type: ValueType, version: Version): boolean {
  return type === "compact" && atLeast(version, "16.0") && /^[0-9]{8}$/.test(text);
}

function outside(text: string, limit: Child["value"]): string | undefined {
  switch (limit?.kind) {
    case "values":
      return limit.values.has(text) ? undefined : `${shown(text)} is none of ${[...limit.values].join(", ")}`;
    case "range": {
      const isInside = Number(text) >= limit.least && Number(text) <= limit.most;
      return isInside ? undefined : `${shown(text)} is not in ${limit.least} to ${limit.most}`;
    }
    case "pattern":
      return limit.pattern.test(text) ? undefined : `${shown(text)} does not match ${limit.pattern.source}`;
    default:
      return undefined;
  }
}

function shown(text: string): string {
  return JSON.stringify(text.length > 24 ? `${text.slice(0, 24)}…` : text);
}
