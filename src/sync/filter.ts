import type { ClassName } from "../mapping/item.ts";
import type { StickyOptions } from "./records.ts";

const day = 86_400;

/** Days a FilterType of a calendar or a mailbox looks back. */
const daysBack: Readonly<Record<number, number>> = { 1: 1, 2: 3, 3: 7, 4: 14, 5: 31, 6: 92, 7: 183 };

/** Seconds between two looks for events that fell out of the window because time passed. */
export const sweepEvery = day;

/** "Incomplete tasks" (MS-ASCMD_R3034). */
const incomplete = 8;

/**
 * Where the window of a class begins, in seconds since 1970; undefined when there is none (MS-ASCMD_R3026 to R3061,
 * R5551: against now). A task ends when it is completed: for a phone that wants none of these, nothing that has an end
 * is inside.
 */
export function windowStart(
  className: ClassName,
  { filterType }: Pick<StickyOptions, "filterType">,
  now: number,
): number | undefined {
  if (className === "Tasks") return filterType === incomplete ? Number.POSITIVE_INFINITY : undefined;
  const days = className === "Calendar" || className === "Email" ? daysBack[filterType] : undefined;
  return days === undefined ? undefined : Math.floor(now / 1000) - days * day;
}

/**
 * Messages received before are not listed at all, however many there are. A day or two more than the window: servers
 * know days only, in zones of their own, and what left the window since the last look is yet to be taken from the device.
 */
export function listedSince(
  className: ClassName,
  options: Pick<StickyOptions, "filterType">,
  now: number,
): Date | undefined {
  const start = className === "Email" ? windowStart(className, options, now) : undefined;
  if (start === undefined) return undefined;
  return new Date((Math.floor(start / day) - 2) * day * 1000);
}

/** Whether an item that ends then (seconds; undefined: never) is shown. Future and endless ones are (MS-ASCMD_R3065). */
export function isInside(start: number | undefined, end: number | undefined): boolean {
  return start === undefined || end === undefined || end >= start;
}
