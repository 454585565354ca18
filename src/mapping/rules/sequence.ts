import { type Component, line } from "../content-lines.ts";

/** The revision of a meeting (RFC 5545 §3.8.7.4); 0 where it has none, or no number. */
export function sequenceOf(event: Component): number {
  const sequence = Number(line(event, "SEQUENCE")?.value ?? "0");
  return Number.isSafeInteger(sequence) && sequence >= 0 ? sequence : 0;
}
