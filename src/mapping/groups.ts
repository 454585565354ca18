/** vCard groups (`item1.TEL`, `item1.X-ABLabel`): a property and what is said about it move together. */
import { allLines, type Component, lines, removeLine } from "./content-lines.ts";
import type { Line } from "./line.ts";

/** Lines that say something about the others of their group, and nothing by themselves. */
const ABOUT = new Set(["X-ABLABEL", "X-ABADR", "X-ABSHOWAS"]);

/** Takes a line out, and its label when no other property of its group is left. */
export function removeProperty(component: Component, line: Line): void {
  removeLine(component, line);
  if (line.group === "") return;
  const rest = inGroup(component, line.group);
  if (rest.every((other) => ABOUT.has(other.name))) for (const label of rest) removeLine(component, label);
}

/** The label of a grouped line as people read it: `_$!<Spouse>!$_` is "Spouse". "" when it has none. */
export function labelOf(component: Component, line: Line): string {
  if (line.group === "") return "";
  const label = lines(component, "X-ABLABEL").find((other) => sameGroup(other.group, line.group));
  return label === undefined ? "" : label.value.replace(/^_\$!<(.*)>!\$_$/, "$1");
}

/** A group name that no line of the component has. */
export function freeGroup(component: Component): string {
  const taken = new Set(allLines(component).map((line) => line.group.toLowerCase()));
  for (let number = 1; ; number++) if (!taken.has(`item${number}`)) return `item${number}`;
}

function inGroup(component: Component, group: string): readonly Line[] {
  return allLines(component).filter((line) => sameGroup(line.group, group));
}

function sameGroup(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase();
}
