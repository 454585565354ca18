/** A VEVENT's own times and the rule of its series, read once for the rules that need them. */
import { MappingError } from "../../errors.ts";
import { toInstant, toWall } from "../../protocol/zones.ts";
import { type Component, line, lines } from "../content-lines.ts";
import { type Form, instantOf, type Moment, type Place, readMoment, readMoments } from "./moment.ts";
import { type Rule, readRule } from "./rrule.ts";
import { dayLength, midnightOf, readDuration } from "./times.ts";
import { type WalkLimits, walkRule } from "./walk.ts";

/** When an event is. `end` is exclusive and never before `start`. */
export interface Span {
  readonly start: Moment;
  readonly end: Moment;
  /** How the end is stored. */
  readonly endedBy: "DTEND" | "DURATION" | "nothing";
}

export interface EventPlace extends Place {
  readonly component: Component;
}

/** Throws MappingError where there is no readable DTSTART: such an event is on no calendar. */
export function readSpan(place: EventPlace): Span {
  const { component } = place;
  const startLine = line(component, "DTSTART") ?? line(component, "RECURRENCE-ID");
  const start = startLine && readMoment(startLine, place);
  if (start === undefined) throw new MappingError("no readable start", "DTSTART");
  const endLine = line(component, "DTEND");
  const given = alike(endLine && readMoment(endLine, place), start);
  if (given !== undefined && instantOf(given) >= instantOf(start)) return { start, end: given, endedBy: "DTEND" };
  const duration = endLine === undefined ? readDuration(line(component, "DURATION")?.value ?? "") : undefined;
  if (duration !== undefined && duration.days >= 0 && duration.milliseconds >= 0) {
    return { start, end: lasting(start, duration.days, duration.milliseconds), endedBy: "DURATION" };
  }
  // RFC 5545 §3.6.1: a date alone is one day, a time alone has no length.
  const end = start.kind === "date" ? { ...start, wall: start.wall + dayLength } : start;
  return { start, end, endedBy: endLine === undefined ? "nothing" : "DTEND" };
}

/** What repeats an event. */
export type Repeats =
  /** Nothing: a single event, or one occurrence. */
  | { readonly kind: "single" }
  /** A rule that EAS can say; `extra` when RDATEs add to it what EAS cannot say. */
  | { readonly kind: "rule"; readonly rule: Rule; readonly extra: boolean }
  /** Something EAS cannot say: it is shown as one event and its times are never written back. */
  | { readonly kind: "foreign" };

export function readRepeats(component: Component, start: Moment): Repeats {
  if (line(component, "RECURRENCE-ID") !== undefined) return { kind: "single" };
  const rules = lines(component, "RRULE");
  const dates = lines(component, "RDATE");
  const [only] = rules;
  if (only === undefined) return dates.length === 0 ? { kind: "single" } : { kind: "foreign" };
  if (rules.length > 1 || lines(component, "EXRULE").length > 0) return { kind: "foreign" };
  const rule = readRule(only.value, start.wall, (instant) => toWall(start.zone, instant));
  return rule === undefined ? { kind: "foreign" } : { kind: "rule", rule, extra: dates.length > 0 };
}

/** The instants that EXDATE takes out of a series, in its own order. */
export function readExclusions(component: Component, start: Moment, place: Place): readonly number[] {
  return lines(component, "EXDATE").flatMap((one) => readMoments(one, place).map((moment) => slotOf(moment, start)));
}

/**
 * The slot of a series that a RECURRENCE-ID or EXDATE names: a date stands for the occurrence on that day, and in a
 * series of days a time, which clients write there though they must not, stands for its day.
 */
export function slotOf(moment: Moment, start: Moment): number {
  if (start.kind === "date") return toInstant(start.zone, midnightOf(moment.wall));
  if (moment.kind !== "date") return instantOf(moment);
  return toInstant(start.zone, moment.wall + timeOfDay(start.wall));
}

export function timeOfDay(wall: number): number {
  return wall - Math.floor(wall / dayLength) * dayLength;
}

/** The wall times of a foreign series, in order: of all RRULEs and RDATEs. EXDATEs are not taken out. */
export function walkForeign(place: EventPlace, start: Moment, limits: WalkLimits): readonly number[] {
  const walls = new Set<number>([start.wall]);
  for (const one of lines(place.component, "RRULE")) {
    // A rule of days has no hours, whatever it says (RFC 5545 §3.3.10).
    for (const wall of walkRule(one.value, start.wall, limits))
      walls.add(start.kind === "date" ? midnightOf(wall) : wall);
  }
  for (const one of lines(place.component, "RDATE")) {
    for (const moment of readMoments(one, place)) walls.add(toWall(start.zone, slotOf(moment, start)));
  }
  return [...walls].filter((wall) => wall <= limits.until).sort((one, other) => one - other);
}

/** A date where the start is a date, a time where it is a time: some clients mix them. */
function alike(end: Moment | undefined, start: Moment): Moment | undefined {
  if (end === undefined || (end.kind === "date") === (start.kind === "date")) return end;
  if (start.kind !== "date") return { ...start, wall: end.wall };
  return { ...start, wall: Math.max(start.wall + dayLength, Math.ceil(end.wall / dayLength) * dayLength) };
}

function lasting(start: Moment, days: number, milliseconds: number): Moment {
  const form: Form = start;
  const nominal = { ...form, wall: start.wall + days * dayLength };
  if (milliseconds === 0) return nominal;
  const instant = instantOf(nominal) + milliseconds;
  return { ...form, wall: start.kind === "utc" ? instant : toWall(start.zone, instant) };
}
