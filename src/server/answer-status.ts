/**
 * The Status of an answer, for the figures: the document's own, or where it has none the first of its parts' that is not
 * 1 (Sync's collections, MoveItems' responses); `none` where nothing in it says one.
 */
import { children, type Element, text } from "../wire/element.ts";

export function statusOf(document: Element): string {
  const own = statusIn(document);
  if (own !== undefined) return own;
  const parts = children(document);
  const found = [...parts, ...parts.flatMap(children)].flatMap((part) => statusIn(part) ?? []);
  return found.find((status) => status !== "1") ?? found[0] ?? "none";
}

/** Three digits at the most: ours have no more, and figures must be bounded. */
function statusIn(parent: Element): string | undefined {
  const status = children(parent).find(({ name }) => name.endsWith(":Status"));
  return status && /^\d{1,3}$/.exec(text(status))?.[0];
}
