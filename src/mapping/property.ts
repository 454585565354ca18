/** The rule behind a row that is one tag, one property and one cell. */
import { MappingError } from "../errors.ts";
import type { KnownName } from "../schema/pages.ts";
import { insertBefore, insertLine, line, replaceLine } from "./content-lines.ts";
import type { Cell, Row, Rule } from "./define.ts";
import { removeProperty } from "./groups.ts";
import { partsOf, withoutParams } from "./line.ts";

/**
 * Reads and edits the component's first line of that name. A value that the cell cannot store is refused, or with
 * `remember` left to keep.ts, the stored line staying as it is. With `successors` a line that the device is not shown
 * is not its to edit.
 */
export function propertyRule(
  tag: KnownName,
  property: string,
  cell: Cell,
  { remember, successors }: Pick<Row, "remember" | "successors">,
): Rule {
  return {
    name: property,
    lossless: cell.lossless,
    down(scope, values) {
      const found = line(scope.component, property);
      const value = found && cell.down(found.value);
      if (value !== undefined && value !== "") values.set(tag, value);
    },
    up(edit) {
      const { component } = edit;
      const first = line(component, property);
      const hidden = successors && first && !edit.now.has(tag) && cell.down(first.value) ? first : undefined;
      const old = hidden ? undefined : first;
      const value = edit.changes.get(tag);
      if (value !== undefined && typeof value !== "string") throw new MappingError("elements where text belongs", tag);
      const native = value === undefined ? cell.clear?.(old?.value ?? "") : cell.up(value, old?.value ?? "");
      if (native === undefined && value !== undefined) {
        if (remember) return;
        throw new MappingError("value cannot be stored", tag);
      }
      if (native === undefined) {
        if (old) removeProperty(component, old);
      } else if (old) {
        // The new value is plain text: what said otherwise of the old one goes.
        const params = withoutParams(partsOf(old).params ?? [], "VALUE", "ENCODING", "CHARSET");
        replaceLine(component, old, {
          ...partsOf(old),
          params: old.value === native ? old.params : params,
          value: native,
        });
      } else if (hidden) insertBefore(component, { name: property, value: native }, hidden);
      else insertLine(component, { name: property, value: native });
    },
    same(_tag, incoming, now) {
      if (typeof incoming !== "string" || typeof now !== "string") return incoming === now;
      return cell.same ? cell.same(incoming, now) : sameText(incoming, now);
    },
  };
}

/** Equality after line-end and outer-space normalisation: clients trim, and send CRLF for LF. */
export function sameText(a: string, b: string): boolean {
  return a === b || normal(a) === normal(b);
}

function normal(text: string): string {
  return text.replace(/\r\n?/g, "\n").replaceAll("\u00a0", " ").trim();
}
