/** Whether a phone at rest holds what the server has: each item once, as it is, and nothing else. */
import { windowStart } from "../../src/sync/filter.ts";
import { endOf, readHeld, type StoredItem } from "./item-state.ts";
import type { Phone } from "./phone.ts";
import type { Resource } from "./server.ts";
import type { ClassName, Name } from "./story.ts";

export interface Agreement {
  readonly phone: Phone;
  readonly className: ClassName;
  readonly resources: readonly Resource[];
  readonly stored: (className: ClassName, text: string) => StoredItem;
  /** Milliseconds since 1970: now, and the furthest that the clock ever was. */
  readonly now: number;
  readonly latest: number;
  readonly wentBack: boolean;
}

/** Events fall out of a filter once a day: so long after its edge either is right, in milliseconds. */
const sweep = 26 * 3_600_000;

/** Undefined, or what is wrong. */
export function checkAgreement({
  phone,
  className,
  resources,
  stored,
  now,
  latest,
  wentBack,
}: Agreement): string | undefined {
  const held = new Map<Name, ReturnType<Phone["items"]>[number]>();
  for (const item of phone.items(className)) {
    if (held.has(item.name)) return `${item.name} is on the phone twice`;
    held.set(item.name, item);
  }
  const filter = { filterType: className === "Calendar" ? phone.filter : 0 };
  for (const { text } of resources) {
    const { name, state } = stored(className, text);
    const item = held.get(name);
    held.delete(name);
    const end = endOf(className, text);
    const isIn = isAfter(end, windowStart(filter, latest));
    const isOut = !isAfter(end + (wentBack ? Number.POSITIVE_INFINITY : sweep), windowStart(filter, now));
    if (item === undefined) {
      if (isIn) return `${name} is missing on the phone`;
      continue;
    }
    if (isOut && !phone.own.has(name)) return `${name} is on the phone, and outside of its filter`;
    // What a phone made outside of its filter stays with it as it made it.
    if (!isIn && phone.own.has(name)) continue;
    const seen = readHeld(className, item.data);
    for (const [field, value] of Object.entries(state.fields)) {
      if (seen.fields[field] !== value)
        return `${name}: ${field} is ${JSON.stringify(seen.fields[field])} on the phone and ${JSON.stringify(value)} on the server`;
    }
    const [shown, there] = [JSON.stringify(phone.occurrences(name)), JSON.stringify(state.occurrences)];
    if (shown !== there) return `${name}: occurrences are ${shown} on the phone and ${there} on the server`;
  }
  const [extra] = held.keys();
  return extra === undefined ? undefined : `${extra} is on the phone, and not on the server`;
}

/** `start` in seconds; undefined: no filter. */
function isAfter(end: number, start: number | undefined): boolean {
  return start === undefined || end >= start * 1000;
}
