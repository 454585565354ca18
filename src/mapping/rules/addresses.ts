/**
 * ADR against three addresses of five tags each. The first line of a kind fills its slot, further ones stay where they
 * are. The post office box has no tag and stays; the extended address of the work line is OfficeLocation, as Outlook
 * writes it.
 */
import type { KnownName } from "../../schema/pages.ts";
import { componentText, withPart } from "../cells.ts";
import { type Component, insertLine, lines, replaceLine } from "../content-lines.ts";
import type { Edit, Rule } from "../define.ts";
import { labelOf, removeProperty } from "../groups.ts";
import { type Line, type Param, partsOf } from "../line.ts";
import { escapeText, splitValue } from "../text.ts";
import { typeParam } from "../vcard.ts";
import { labelLineOf, relabel, renewLabel } from "./address-label.ts";
import { byPreference, PIN } from "./slots.ts";

/** Components of ADR (RFC 6350 §6.3.1) by what the tags call them. */
const PARTS = { Street: 2, City: 3, State: 4, PostalCode: 5, Country: 6 } as const;
const EXTENDED = 1;

type Kind = "Home" | "Business" | "Other";

export const addresses: Rule & { readonly lossless: false } = {
  name: "addresses",
  lossless: false,
  down(scope, values) {
    const found = assign(scope.component);
    for (const kind of KINDS) {
      const line = found.get(kind);
      if (line === undefined) continue;
      const native = splitValue(line.value, ";");
      for (const [tag, at] of tagsOf(kind)) {
        const value = componentText(native[at] ?? "");
        if (value) values.set(tag, value);
      }
    }
  },
  up(edit) {
    for (const kind of KINDS) {
      if (tagsOf(kind).some(([tag]) => edit.changes.has(tag))) change(edit, kind);
    }
  },
};

const KINDS: readonly Kind[] = ["Home", "Business", "Other"];

const TAGS = new Map(KINDS.map((kind) => [kind, makeTags(kind)]));

function tagsOf(kind: Kind): readonly (readonly [KnownName, number])[] {
  return TAGS.get(kind) ?? [];
}

function makeTags(kind: Kind): readonly (readonly [KnownName, number])[] {
  const tags: (readonly [KnownName, number])[] = [
    [`Contacts:${kind}AddressStreet`, PARTS.Street],
    [`Contacts:${kind}AddressCity`, PARTS.City],
    [`Contacts:${kind}AddressState`, PARTS.State],
    [`Contacts:${kind}AddressPostalCode`, PARTS.PostalCode],
    [`Contacts:${kind}AddressCountry`, PARTS.Country],
  ];
  return kind === "Business" ? [...tags, ["Contacts:OfficeLocation", EXTENDED]] : tags;
}

function assign(card: Component): Map<Kind, Line> {
  const found = new Map<Kind, Line>();
  const all = byPreference(lines(card, "ADR"));
  const isPinned = (line: Line) => KINDS.some((kind) => kind === line.param(PIN));
  for (const line of [...all.filter(isPinned), ...all.filter((line) => !isPinned(line))]) {
    const kind = kindOf(line, card);
    if (!found.has(kind)) found.set(kind, line);
  }
  return found;
}

function kindOf(line: Line, card: Component): Kind {
  const pinned = KINDS.find((kind) => kind === line.param(PIN));
  if (pinned !== undefined) return pinned;
  const words = [...line.types(), labelOf(card, line).toLowerCase()];
  if (words.includes("work")) return "Business";
  return words.includes("home") ? "Home" : "Other";
}

function change(edit: Edit, kind: Kind): void {
  const { component } = edit;
  // What the device is not shown is not its to edit.
  const isShown = tagsOf(kind).some(([tag]) => edit.now.has(tag));
  const first = assign(component).get(kind);
  const old = isShown || isBlank(first?.value ?? "") ? first : undefined;
  let value = old?.value ?? ";;;;;;";
  for (const [tag, at] of tagsOf(kind)) {
    if (!edit.changes.has(tag)) continue;
    const said = edit.changes.get(tag);
    value = withPart(value, at, typeof said === "string" ? escapeText(said) : "");
  }
  if (old) {
    const label = labelLineOf(component, old);
    if (label) renewLabel(component, label, old.value, isBlank(value) ? undefined : value);
  }
  if (isBlank(value)) {
    if (old) removeProperty(component, old);
  } else if (old) {
    replaceLine(component, old, { ...partsOf(old), params: relabelled(old, value), value });
  } else {
    const params = kind === "Other" ? [] : [typeParam(component, kind === "Home" ? "HOME" : "WORK")];
    const fresh = insertLine(component, { name: "ADR", params, value }, lines(component, "ADR").at(-1));
    if (assign(component).get(kind) !== fresh)
      replaceLine(component, fresh, { ...partsOf(fresh), params: [...params, { name: PIN, values: [kind] }] });
  }
}

/** The parameters of a line, its LABEL going along with the new value. */
function relabelled(old: Line, value: string): readonly Param[] {
  return old.params.flatMap((param): readonly Param[] => {
    if (param.name !== "LABEL") return [param];
    const text = relabel(param.values.join(","), old.value, value);
    return text === "" ? [] : [{ name: "LABEL", values: [text] }];
  });
}

function isBlank(value: string): boolean {
  return /^[;\s]*$/.test(value);
}
