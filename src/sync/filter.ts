import type { StickyOptions } from "./records.ts";

const day = 86_400;

/** Days a FilterType looks back; the others of MS-ASCMD_R3026–R3061 do not concern these classes. */
const daysBack: Readonly<Record<number, number>> = { 1: 1, 2: 3, 3: 7, 4: 14, 5: 31, 6: 92, 7: 183 };

/** Seconds between two looks for events that fell out of the window because time passed. */
export const sweepEvery = day;

/** Where the window begins, in seconds since 1970; undefined when there is none (MS-ASCMD_R5551: against now). */
export function windowStart(options: Pick<StickyOptions, "filterType">, now: number): number | undefined {
  const days = daysBack[options.filterType];
  return days === undefined ? undefined : Math.floor(now / 1000) - days * day;
}

/** Whether an item that ends then (seconds; undefined: never) is shown. Future and endless ones are (MS-ASCMD_R3065). */
export function isInside(start: number | undefined, end: number | undefined): boolean {
  return start === undefined || end === undefined || end >= start;
}
