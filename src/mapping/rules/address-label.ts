/**
 * The printed form of an address, beside its parts: the property LABEL of vCard 3.0 (RFC 2426 §3.2.2) and the parameter
 * of vCard 4.0 (RFC 6350 §6.3.1). It goes along with an edit of the parts, or other clients would show the old address.
 */
import { componentText } from "../cells.ts";
import { type Component, lines, replaceLine } from "../content-lines.ts";
import { removeProperty } from "../groups.ts";
import type { Line } from "../line.ts";
import { escapeText, splitValue, unescapeText } from "../text.ts";
import { withText } from "../vcard.ts";

/** The LABEL of an ADR; undefined when there is none, or when it cannot be told which. */
export function labelLineOf(card: Component, address: Line): Line | undefined {
  const own = lines(card, "LABEL").filter((label) =>
    address.group === "" ? sameTypes(label, address) : label.group.toLowerCase() === address.group.toLowerCase(),
  );
  const likely = own.filter((label) => holds(unescapeText(label.value), partsIn(address.value)));
  if (likely.length > 0) return likely[0];
  const isAlone = lines(card, "ADR").filter((other) => sameTypes(other, address)).length === 1;
  return isAlone && own.length === 1 ? own[0] : undefined;
}

/** Puts what changed between two values of an ADR into its LABEL; with `undefined` for the new one it goes too. */
export function renewLabel(card: Component, label: Line, before: string, after: string | undefined): void {
  const text = after === undefined ? "" : relabel(unescapeText(label.value), before, after);
  if (text === "") removeProperty(card, label);
  else replaceLine(card, label, withText(label, escapeText(text)));
}

/** The printed form after an edit: the old parts replaced where they stand, else written anew. */
export function relabel(label: string, before: string, after: string): string {
  const [old, fresh] = [partsIn(before), partsIn(after)];
  let text = label;
  for (let at = 0; at < Math.max(old.length, fresh.length); at++) {
    const [gone = "", come = ""] = [old[at], fresh[at]];
    if (gone === come) continue;
    const found = gone === "" ? -1 : text.toLowerCase().indexOf(gone.toLowerCase());
    if (found < 0) return printed(fresh);
    const rest = text.slice(found + gone.length);
    text = text.slice(0, found) + come + (come === "" ? rest.replace(/^ /, "") : rest);
  }
  return text
    .replace(/^[\s,]+$/gm, "")
    .replace(/\n{2,}/g, "\n")
    .trim();
}

/** Components of ADR in the order in which most of the world prints them. */
const printedOrder = [[0], [1], [2], [5, 3, 4], [6]] as const;

function printed(parts: readonly string[]): string {
  const rows = printedOrder.map((row) =>
    row
      .map((at) => parts[at] ?? "")
      .filter((part) => part !== "")
      .join(" "),
  );
  return rows.filter((row) => row !== "").join("\n");
}

function partsIn(value: string): readonly string[] {
  return splitValue(value, ";").map((part) => componentText(part).trim());
}

/** By the street, or where there is none by the place. */
function holds(label: string, parts: readonly string[]): boolean {
  const sign = parts[2] || parts[3] || "";
  return sign !== "" && label.toLowerCase().includes(sign.toLowerCase());
}

function sameTypes(one: Line, other: Line): boolean {
  return typesOf(one) === typesOf(other);
}

function typesOf(line: Line): string {
  return line
    .types()
    .filter((type) => type !== "pref")
    .toSorted()
    .join();
}
