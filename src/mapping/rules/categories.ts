/** CATEGORIES against a container of repeated text: values are added and taken out one by one. */
import type { KnownName } from "../../schema/pages.ts";
import { element, text } from "../../wire/element.ts";
import { type Component, insertLine, lines, replaceValue } from "../content-lines.ts";
import type { Rule, Value } from "../define.ts";
import { removeProperty } from "../groups.ts";
import { clean, escapeText, splitValue, unescapeText } from "../text.ts";

/** The schemas of all classes stop here. */
const MAX_VALUES = 300;

/** The rule of a class: `Contacts:Categories` with `Contacts:Category` in it, and so on. Order says nothing. */
export function categories(container: KnownName, item: KnownName): Rule & { readonly lossless: true } {
  return {
    name: "categories",
    lossless: true,
    down(scope, values) {
      const found = read(scope.component).slice(0, MAX_VALUES);
      if (found.length > 0)
        values.set(
          container,
          found.map((value) => element(item, value)),
        );
    },
    up(edit) {
      const wanted = textsOf(edit.changes.get(container));
      const sent = textsOf(edit.now.get(container));
      const { component } = edit;
      const gone = new Set(sent.filter((value) => !wanted.includes(value)));
      if (gone.size > 0) drop(component, gone);
      const known = new Set(read(component));
      add(
        component,
        wanted.filter((value) => !known.has(value)),
      );
    },
    same(_tag, incoming, now) {
      const said = new Set(textsOf(incoming));
      const present = new Set(textsOf(now));
      return said.size === present.size && [...said].every((value) => present.has(value));
    },
  };
}

/** The texts of a container's children, outer spaces and empty ones dropped. */
export function textsOf(value: Value | undefined): readonly string[] {
  if (value === undefined || typeof value === "string") return [];
  return value.map((one) => clean(text(one)).trim()).filter((one) => one !== "");
}

function read(component: Component): readonly string[] {
  const found = new Set<string>();
  for (const line of lines(component, "CATEGORIES")) {
    for (const escaped of splitValue(line.value, ",")) {
      const value = readOne(escaped);
      if (value !== "") found.add(value);
    }
  }
  return [...found];
}

function readOne(escaped: string): string {
  return clean(unescapeText(escaped)).trim();
}

function drop(component: Component, gone: ReadonlySet<string>): void {
  for (const line of [...lines(component, "CATEGORIES")]) {
    const all = splitValue(line.value, ",");
    const left = all.filter((escaped) => !gone.has(readOne(escaped)));
    if (left.length === all.length) continue;
    if (left.length === 0) removeProperty(component, line);
    else replaceValue(component, line, left.join(","));
  }
}

function add(component: Component, values: readonly string[]): void {
  if (values.length === 0) return;
  const fresh = values.map(escapeText).join(",");
  const last = lines(component, "CATEGORIES").at(-1);
  if (last === undefined) insertLine(component, { name: "CATEGORIES", value: fresh });
  else replaceValue(component, last, last.value === "" ? fresh : `${last.value},${fresh}`);
}
