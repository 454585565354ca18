/**
 * N and FN against FirstName, LastName, MiddleName, Title, Suffix and FileAs. FN is what people see on every other
 * client, so it follows the name as long as it says no more than the name does; a FileAs that is only another order of
 * the name ("Doe, John") is remembered beside FN and does not become it.
 */
import type { KnownName } from "../../schema/pages.ts";
import { componentText, withPart } from "../cells.ts";
import { type Component, insertLine, line, replaceLine, replaceValue } from "../content-lines.ts";
import type { Edit, Rule, Value, Values } from "../define.ts";
import { escapeText, splitValue } from "../text.ts";
import { looseText, withText } from "../vcard.ts";

/** Components of N (RFC 6350 §6.2.2). */
const PARTS: readonly (readonly [tag: KnownName, at: number])[] = [
  ["Contacts:LastName", 0],
  ["Contacts:FirstName", 1],
  ["Contacts:MiddleName", 2],
  ["Contacts:Title", 3],
  ["Contacts:Suffix", 4],
];

export const name: Rule & { readonly lossless: false } = {
  name: "name",
  lossless: false,
  down(scope, values) {
    const { component } = scope;
    const formatted = formattedName(component);
    const native = splitValue(line(component, "N")?.value ?? "", ";");
    let any = false;
    for (const [tag, at] of PARTS) {
      const value = componentText(native[at] ?? "");
      if (!value) continue;
      values.set(tag, value);
      any = true;
    }
    if (!any) guess(component, formatted, values);
    const filed = formatted === "" && !any ? inPlaceOfName(component) : formatted;
    if (filed !== "") values.set("Contacts:FileAs", filed);
  },
  up(edit) {
    const before = partsIn(edit.now);
    const after = changedParts(edit, before);
    if (after.some((value, at) => value !== before[at])) writeName(edit.component, before, after);
    const formatted = formattedAfter(edit, before, after);
    const old = line(edit.component, "FN");
    if (formatted === "" || (old && looseText(old.value) === formatted)) return;
    if (old) replaceLine(edit.component, old, withText(old, escapeText(formatted)));
    else insertLine(edit.component, { name: "FN", value: escapeText(formatted) }, line(edit.component, "VERSION"));
  },
};

function formattedName(card: Component): string {
  return looseText(line(card, "FN")?.value ?? "");
}

/** A card that names nobody is filed under what it has, for phones show it as "No name" else. It does not become its FN. */
function inPlaceOfName(card: Component): string {
  const company = splitValue(line(card, "ORG")?.value ?? "", ";")[0] ?? "";
  const others = ["EMAIL", "TEL"].map((property) => line(card, property)?.value ?? "");
  return [company, ...others].map(looseText).find((one) => one !== "") ?? "";
}

/** A person whose card has only FN would be nameless on a phone; a company's name stays with the company. */
function guess(card: Component, formatted: string, values: Map<KnownName, Value>): void {
  const company = componentText(splitValue(line(card, "ORG")?.value ?? "", ";")[0] ?? "");
  if (formatted === "" || formatted === company || formatted.includes("@")) return;
  if (line(card, "X-ABSHOWAS")?.value.toUpperCase() === "COMPANY") return;
  const words = formatted.split(/\s+/);
  const last = words.length > 1 ? words.pop() : undefined;
  values.set("Contacts:FirstName", words.join(" "));
  if (last !== undefined) values.set("Contacts:LastName", last);
}

function partsIn(values: Values): readonly string[] {
  return [0, 1, 2, 3, 4].map((at) => {
    const value = values.get(PARTS[at]?.[0] ?? "Contacts:LastName");
    return typeof value === "string" ? value : "";
  });
}

/**
 * The name is cleared as a whole by nothing but empty tags: a Change without any part of it does not speak of the name
 * (deviation from MS-ASCMD_R879). One that has a part has all there are.
 */
function changedParts(edit: Edit, before: readonly string[]): readonly string[] {
  const speaks = PARTS.some(([tag]) => edit.incoming.get(tag) !== undefined);
  return PARTS.map(([tag, at]) => {
    const present = before[at] ?? "";
    if (!edit.changes.has(tag) || (!speaks && !edit.incoming.has(tag))) return present;
    const value = edit.changes.get(tag);
    return typeof value === "string" ? value.trim() : "";
  });
}

function writeName(card: Component, before: readonly string[], after: readonly string[]): void {
  const old = line(card, "N");
  let native = old?.value ?? ";;;;";
  // Without a name of its own the card's was guessed from FN: all of it is written.
  const guessed = old === undefined || /^[;\s]*$/.test(native);
  after.forEach((value, at) => {
    if (guessed || value !== before[at]) native = withPart(native, at, escapeText(value));
  });
  if (old) replaceValue(card, old, native);
  else insertLine(card, { name: "N", value: native }, line(card, "FN") ?? line(card, "VERSION"));
}

/** What FN is to be; "" leaves it. */
function formattedAfter(edit: Edit, before: readonly string[], after: readonly string[]): string {
  const present = formattedName(edit.component);
  const filed = edit.incoming.get("Contacts:FileAs");
  const said = typeof filed === "string" ? filed.trim() : "";
  const composed = compose(after);
  if (edit.changes.has("Contacts:FileAs")) {
    // Another order of the name is how this device files it, and no reason to rename the card for everybody.
    if (said !== "" && (said === composed || !spellings(after).has(said))) return said;
    if (said === "" && edit.incoming.has("Contacts:FileAs")) return composed;
  }
  const renamed = after.some((value, at) => value !== before[at]);
  return present === "" || (renamed && spellings(before).has(present)) ? composed : "";
}

function compose([last = "", first = "", middle = "", prefix = "", suffix = ""]: readonly string[]): string {
  return join(prefix, first, middle, last, suffix);
}

/** The ways in which clients file a name. */
function spellings([last = "", first = "", middle = "", prefix = "", suffix = ""]: readonly string[]): Set<string> {
  const found = new Set<string>();
  for (const given of [first, join(first, middle)]) {
    for (const before of ["", prefix]) {
      for (const behind of ["", suffix]) {
        found.add(join(before, given, last, behind));
        found.add(join(before, last, given, behind));
        if (last !== "" && given !== "") found.add(`${last}, ${join(before, given, behind)}`);
        if (last !== "" && given !== "") found.add(`${join(last, behind)}, ${join(before, given)}`);
      }
    }
  }
  found.delete("");
  return found;
}

function join(...parts: readonly string[]): string {
  return parts.filter((one) => one !== "").join(" ");
}
