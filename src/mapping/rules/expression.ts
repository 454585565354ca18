/**
 * A series that EAS cannot say, as far as it can: a pattern that has every one of its occurrences over the months around
 * today, and the slots of the pattern that are none of them, to be told as deleted. Slots are true occurrences: what a
 * device says of one of them is about that one, however long ago it was told.
 */
import { toInstant, toWall } from "../../protocol/zones.ts";
import { line, lines } from "../content-lines.ts";
import { atSlot, readOverrides } from "./exclusions.ts";
import type { Moment } from "./moment.ts";
import { isSlot } from "./occurrences.ts";
import { type Rule, weekdayBit } from "./rrule.ts";
import { type EventPlace, readExclusions, timeOfDay, walkForeign } from "./series.ts";
import { dayLength, midnightOf } from "./times.ts";
import { isWalkable } from "./walk.ts";

export interface Expression {
  /** With the last occurrence that is shown as its end. */
  readonly rule: Rule;
  /** Wall times of the occurrences that are shown, in order: two at least. */
  readonly walls: readonly number[];
  /** Slots of the rule that are no occurrences, as wall times in order. */
  readonly holes: readonly number[];
}

/** Undefined where the series has less than two occurrences around `now`, several in a day, or a rule that is not walked. */
export function express(place: EventPlace, start: Moment, now: number): Expression | undefined {
  const walls = occurrencesAround(place, start, now);
  const [first] = walls;
  if (first === undefined || walls.some((wall) => timeOfDay(wall) !== timeOfDay(first))) return undefined;
  let best: Expression | undefined;
  for (const pattern of patternsOf(walls)) {
    const found = within(pattern, walls);
    if (found === undefined) continue;
    const isBetter = best === undefined || found.walls.length > best.walls.length;
    const isPlainer = found.walls.length === best?.walls.length && found.holes.length < best.holes.length;
    if (isBetter || isPlainer) best = found;
  }
  return best && { ...best, rule: { ...best.rule, until: { wall: best.walls.at(-1) ?? first, isDate: false } } };
}

/** Whether a device may have been told this rule once: it ends, and up to its end has every occurrence that is shown. */
export function mayHaveBeen(rule: Rule, { walls }: Expression): boolean {
  const { until, ...pattern } = rule;
  if (until === undefined) return false;
  const common = walls.filter((wall) => midnightOf(wall) <= midnightOf(until.wall));
  const [first = 0] = common;
  return common.every((wall) => isSlot(pattern, first, wall));
}

/** Whether a series that EAS cannot say has an occurrence at a wall time, EXDATEs aside. */
export function hasOccurrence(place: EventPlace, start: Moment, wall: number): boolean {
  const day = { from: midnightOf(wall), until: midnightOf(wall) + dayLength - 1 };
  const slot = toInstant(start.zone, wall);
  // Where the clock skips the hour of the series, the occurrence is shown at another.
  if (walkForeign(place, start, day).some((each) => toInstant(start.zone, each) === slot)) return true;
  return readOverrides(place.component, start, place).some((one) => one.slot === slot);
}

/** Behind today: devices show what has just been, too. */
const past = 31 * dayLength;
const ahead = 2 * 366 * dayLength;
/** Beside the exceptions that the series has: an answer holds 256 (MS-ASCAL_R24311). */
const mostHoles = 160;

function occurrencesAround(place: EventPlace, start: Moment, now: number): readonly number[] {
  const { component } = place;
  const isWalked = lines(component, "RRULE").every((one) => isWalkable(one.value, start.wall));
  if (!isWalked || line(component, "EXRULE") !== undefined) return [];
  const today = midnightOf(toWall(start.zone, now));
  const excluded = new Set(readExclusions(component, start, place));
  const limits = { from: today - past, until: today + ahead };
  const walls = new Set(walkForeign(place, start, limits).filter((wall) => !excluded.has(toInstant(start.zone, wall))));
  // What has an override takes place, whatever the rule says.
  const time = timeOfDay(start.wall);
  for (const { slot } of readOverrides(component, start, place)) {
    const { wall } = atSlot(slot, start);
    if (wall > start.wall && timeOfDay(wall) === time) walls.add(wall);
  }
  return [...walls].filter((wall) => wall >= limits.from && wall <= limits.until).sort((one, other) => one - other);
}

type Pattern = Omit<Rule, "count" | "until">;

function patternsOf(walls: readonly number[]): readonly Pattern[] {
  const [first = 0] = walls;
  const date = new Date(first);
  const days = walls.reduce((mask, wall) => mask | weekdayBit(wall), 0);
  // Weeks begin on Monday; 1 January 1970 was a Thursday.
  const weeks = walls.map((wall) => Math.floor((midnightOf(wall) + 3 * dayLength) / (7 * dayLength)));
  const months = walls.map((wall) => new Date(wall)).map((each) => each.getUTCFullYear() * 12 + each.getUTCMonth());
  const monthly = { unit: "month", interval: stepOf(months), weekStart: 1 } as const;
  const nth = Math.ceil(date.getUTCDate() / 7);
  return [
    ...(days === 127 ? [{ unit: "day", interval: 1, weekStart: 1 } as const] : []),
    { unit: "week", interval: stepOf(weeks), weekStart: 1, days },
    { ...monthly, monthDay: date.getUTCDate() },
    { ...monthly, monthDay: -1 },
    ...(nth <= 4 ? [{ ...monthly, days: weekdayBit(first), nth }] : []),
    { ...monthly, days: weekdayBit(first), nth: -1 },
  ];
}

/** The largest step from the first of some numbers that meets them all; 1 where there is only one of them. */
function stepOf(numbers: readonly number[]): number {
  const [first = 0] = numbers;
  const gcd = (a: number, b: number): number => (b === 0 ? a : gcd(b, a % b));
  return numbers.reduce((step, each) => gcd(each - first, step), 0) || 1;
}

/** As many of the occurrences as the pattern has without too many holes between them. */
function within(rule: Pattern, walls: readonly number[]): Expression | undefined {
  const [first = 0] = walls;
  if (!walls.every((wall) => isSlot(rule, first, wall))) return undefined;
  const holes: number[] = [];
  const shown = [first];
  for (const wall of walls.slice(1)) {
    const before = holes.length;
    for (let slot = (shown.at(-1) ?? first) + dayLength; slot < wall; slot += dayLength) {
      if (isSlot(rule, first, slot)) holes.push(slot);
    }
    if (holes.length > mostHoles) {
      holes.length = before;
      break;
    }
    shown.push(wall);
  }
  return shown.length < 2 ? undefined : { rule, walls: shown, holes };
}
