/**
 * Names of people around a contact: RELATED of vCard 4.0, X-ABRELATEDNAMES with a label of iOS, and the X- properties
 * of other clients, against Spouse, AssistantName, ManagerName and Children.
 */
import type { KnownName } from "../../schema/pages.ts";
import { element } from "../../wire/element.ts";
import { type Component, insertLine, lines, replaceValue } from "../content-lines.ts";
import type { Rule, Value } from "../define.ts";
import { freeGroup, labelOf, removeProperty } from "../groups.ts";
import type { Line } from "../line.ts";
import { escapeText } from "../text.ts";
import { cardVersion, looseText } from "../vcard.ts";
import { textsOf } from "./categories.ts";

interface Relation {
  /** TYPE of RELATED; the X- ones are not registered. */
  readonly type: string;
  /** Label of iOS for a new line. */
  readonly label: string;
  /** Labels read, in lower case. */
  readonly labels: readonly string[];
  readonly others: readonly string[];
}

const SPOUSE: Relation = {
  type: "spouse",
  label: "Spouse",
  labels: ["spouse", "partner", "wife", "husband"],
  others: ["X-SPOUSE", "X-EVOLUTION-SPOUSE", "X-KADDRESSBOOK-X-SPOUSESNAME", "X-MS-SPOUSE"],
};
const ASSISTANT: Relation = {
  type: "x-assistant",
  label: "Assistant",
  labels: ["assistant"],
  others: ["X-ASSISTANT", "X-EVOLUTION-ASSISTANT", "X-KADDRESSBOOK-X-ASSISTANTSNAME", "X-MS-ASSISTANT"],
};
const MANAGER: Relation = {
  type: "x-manager",
  label: "Manager",
  labels: ["manager"],
  others: ["X-MANAGER", "X-EVOLUTION-MANAGER", "X-KADDRESSBOOK-X-MANAGERSNAME", "X-MS-MANAGER"],
};
const CHILD: Relation = {
  type: "child",
  label: "Child",
  labels: ["child", "son", "daughter"],
  others: ["X-CHILD", "X-MS-CHILD"],
};

export const spouse = one("Contacts:Spouse", SPOUSE);
export const assistant = one("Contacts:AssistantName", ASSISTANT);
export const manager = one("Contacts2:ManagerName", MANAGER);

/** Children: names are added and taken out one by one. */
export const offspring: Rule & { readonly lossless: false } = {
  name: "children",
  lossless: false,
  down(scope, values) {
    const names = find(scope.component, CHILD).map(nameOf);
    if (names.length === 0) return;
    values.set(
      "Contacts:Children",
      names.map((name) => element("Contacts:Child", name)),
    );
  },
  up(edit) {
    const { component } = edit;
    const wanted = textsOf(edit.changes.get("Contacts:Children"));
    const present = find(component, CHILD);
    for (const line of present) if (!wanted.includes(nameOf(line))) removeProperty(component, line);
    const known = present.map(nameOf);
    for (const name of wanted) if (!known.includes(name)) insert(component, CHILD, name);
  },
  same: (_tag, incoming, now) => sameNames(incoming, now),
};

function one(tag: KnownName, relation: Relation): Rule & { readonly lossless: false } {
  return {
    name: relation.label.toLowerCase(),
    lossless: false,
    down(scope, values) {
      const line = find(scope.component, relation)[0];
      if (line) values.set(tag, nameOf(line));
    },
    up(edit) {
      const value = edit.changes.get(tag);
      const shown = edit.now.get(tag);
      // The same name in another client's spelling goes along, or the old name would come back from there. Another
      // name is not shown to the device, and not its to edit.
      const same = find(edit.component, relation).filter((line) => nameOf(line) === shown);
      for (const line of same) {
        if (typeof value !== "string") removeProperty(edit.component, line);
        else replaceValue(edit.component, line, escapeText(value));
      }
      if (same.length === 0 && typeof value === "string") insert(edit.component, relation, value);
    },
  };
}

function find(card: Component, relation: Relation): readonly Line[] {
  const found: Line[] = [];
  for (const line of lines(card, "RELATED")) {
    // Without VALUE=text it is a URI, of another card more often than not.
    if (line.param("VALUE")?.toLowerCase() === "text" && line.types().includes(relation.type)) found.push(line);
  }
  for (const line of lines(card, "X-ABRELATEDNAMES")) {
    if (relation.labels.includes(labelOf(card, line).toLowerCase())) found.push(line);
  }
  for (const name of relation.others) found.push(...lines(card, name));
  return found.filter((line) => nameOf(line) !== "");
}

function insert(card: Component, relation: Relation, name: string): void {
  const value = escapeText(name);
  if (cardVersion(card) === "4.0") {
    const params = [
      { name: "TYPE", values: [relation.type] },
      { name: "VALUE", values: ["text"] },
    ];
    insertLine(card, { name: "RELATED", params, value });
    return;
  }
  const group = freeGroup(card);
  const line = insertLine(card, { group, name: "X-ABRELATEDNAMES", value });
  insertLine(card, { group, name: "X-ABLabel", value: `_$!<${relation.label}>!$_` }, line);
}

function nameOf(line: Line): string {
  return looseText(line.value);
}

function sameNames(a: Value | undefined, b: Value | undefined): boolean {
  const names = textsOf(b);
  const said = textsOf(a);
  return said.length === names.length && said.every((name) => names.includes(name));
}
