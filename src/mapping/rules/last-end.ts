/** When a calendar object is over, for FilterType (MS-ASCMD_R3065): a series while its last instance lies ahead. */
import { toInstant } from "../../protocol/zones.ts";
import { line, lines } from "../content-lines.ts";
import { instantOf, readMoments } from "./moment.ts";
import { lastByCount } from "./occurrences.ts";
import type { Rule } from "./rrule.ts";
import { type EventPlace, readRepeats, readSpan, type Span } from "./series.ts";
import { dayLength } from "./times.ts";
import { walkRule } from "./walk.ts";

/** Milliseconds since 1970; Infinity for a series without end, and for one that is too long to walk. */
export function eventEnd(place: EventPlace): number {
  const span = readSpan(place);
  const { start, end } = span;
  const length = Math.max(0, instantOf(end) - instantOf(start));
  const repeats = readRepeats(place.component, start);
  if (repeats.kind === "single") return instantOf(end);
  const dates = lines(place.component, "RDATE").flatMap((one) => readMoments(one, place).map(instantOf));
  const last = repeats.kind === "rule" ? ruleEnd(repeats.rule, span) : foreignEnd(place, span);
  return Math.max(instantOf(start), last, ...dates.slice(-maxDates)) + length;
}

/** A spread of arguments has an end; nobody has more dates in one event. */
const maxDates = 10_000;
const maxWalked = 2_000;

function ruleEnd(rule: Rule, { start }: Span): number {
  if (rule.until !== undefined) {
    return toInstant(start.zone, rule.until.isDate ? rule.until.wall + dayLength : rule.until.wall);
  }
  const last = rule.count === undefined ? undefined : lastByCount(rule, start.wall);
  return last === undefined ? Number.POSITIVE_INFINITY : toInstant(start.zone, last);
}

function foreignEnd(place: EventPlace, { start }: Span): number {
  const ends = lines(place.component, "RRULE").map((one) => {
    if (!/(^|;)(COUNT|UNTIL)=/i.test(one.value)) return Number.POSITIVE_INFINITY;
    // One that gives nothing is not told from one that is not read: better shown too long.
    const walls = walkRule(one.value, start.wall, { until: Number.POSITIVE_INFINITY, most: maxWalked });
    const last = walls.length < maxWalked ? walls.at(-1) : undefined;
    return last === undefined ? Number.POSITIVE_INFINITY : toInstant(start.zone, last);
  });
  return Math.max(Number.NEGATIVE_INFINITY, ...ends);
}

/** Whether a component has times at all. */
export function hasTimes(component: EventPlace["component"]): boolean {
  return line(component, "DTSTART") !== undefined || line(component, "RECURRENCE-ID") !== undefined;
}
