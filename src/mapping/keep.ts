/**
 * What iCalendar or vCard cannot say is remembered beside it, `X-EAS-SENSITIVITY;X-EAS-FOR=2:1`, together with what
 * `down` makes of the native properties ("2"). It is used only while they still give that: another client's edit wins.
 * Nothing at all is remembered of a value that no device is to be shown.
 */
import { allLines, type Component, insertLine, line, removeLine, replaceLine } from "./content-lines.ts";
import { escapeText, unescapeText } from "./text.ts";

const FOR = "X-EAS-FOR";
/** Longer native values are remembered by their beginning and length. */
const MAX_NATIVE = 60;

/** The remembered value, if what is stored natively still is what it was remembered for. */
export function recall(component: Component, keepName: string, native: string | undefined): string | undefined {
  const kept = line(component, keepName);
  return kept?.param(FOR) === abridged(native) ? unescapeText(kept.value) : undefined;
}

/** Remembers `value` for the native value that stands now. */
export function remember(component: Component, keepName: string, value: string, native: string | undefined): void {
  const parts = { name: keepName, params: [{ name: FOR, values: [abridged(native)] }], value: escapeText(value) };
  const kept = line(component, keepName);
  if (kept) replaceLine(component, kept, parts);
  else insertLine(component, parts);
}

/** Forgets what was remembered. */
export function forget(component: Component, keepName: string): void {
  const kept = line(component, keepName);
  if (kept) removeLine(component, kept);
}

/** Whether the component remembers anything: most do not, and the look-ups are saved. */
export function remembersAny(component: Component): boolean {
  return allLines(component).some((one) => one.name.startsWith("X-EAS-"));
}

function abridged(native: string | undefined): string {
  const text = native ?? "";
  return text.length <= MAX_NATIVE ? text : `${text.slice(0, MAX_NATIVE)}${text.length}`;
}
