import { components, line, readTree } from "../../mapping/content-lines.ts";
import { partsOf } from "../../mapping/line.ts";
import { unescapeText } from "../../mapping/text.ts";

/** Characters that are enough to know an item by. */
const longest = 120;

const named: readonly (readonly [component: string, property: string])[] = [
  ["VCARD", "FN"],
  ["VEVENT", "SUMMARY"],
  ["VTODO", "SUMMARY"],
  ["VJOURNAL", "SUMMARY"],
];

/** What people call a stored item; undefined where it has no name, or cannot be read. */
export function titleOf(text: string): string | undefined {
  try {
    const { root } = readTree(text);
    const inner = [root, ...components(root, "VCALENDAR")];
    for (const [component, property] of named) {
      const found = inner.flatMap((holder) => components(holder, component)).at(0);
      const title = found && line(found, property);
      if (title) return unescapeText(partsOf(title).value).replace(/\s+/g, " ").trim().slice(0, longest) || undefined;
    }
  } catch {
    // What cannot be read has no name.
  }
  return undefined;
}
