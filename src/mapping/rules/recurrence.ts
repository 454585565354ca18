/**
 * RRULE against Calendar:Recurrence (MS-ASCAL 2.2.2.37). Of a rule that EAS cannot say the next months are shown
 * (expression.ts), and it is never rewritten.
 */
import { MappingError } from "../../errors.ts";
import { compactUtc, parseUtc } from "../../protocol/datetime.ts";
import { toWall } from "../../protocol/zones.ts";
import type { KnownName } from "../../schema/pages.ts";
import { atLeast, type Version } from "../../schema/versions.ts";
import { type Element, element, text } from "../../wire/element.ts";
import { insertLine, line, lines, removeLine, replaceValue } from "../content-lines.ts";
import type { Edit, Rule as MappingRule, Value } from "../define.ts";
import { dropExceptions } from "./exclusions.ts";
import { express, mayHaveBeen } from "./expression.ts";
import { instantOf, type Moment } from "./moment.ts";
import { sayable } from "./occurrences.ts";
import { type Rule, sameRule, weekdayBit, writeRule } from "./rrule.ts";
import { readRepeats, readSpan } from "./series.ts";
import { dayLength, midnightOf } from "./times.ts";
import { untilText } from "./until.ts";

const tag = "Calendar:Recurrence";

export const recurrence: MappingRule & { readonly lossless: false } = {
  name: "recurrence",
  lossless: false,
  down(scope, values) {
    if (!line(scope.component, "RRULE") && !line(scope.component, "RDATE")) return;
    const { start } = readSpan(scope);
    const repeats = readRepeats(scope.component, start);
    if (repeats.kind === "single") return;
    const shown =
      repeats.kind === "rule" ? sayable(repeats.rule, start.wall) : express(scope, start, scope.context.now)?.rule;
    if (shown !== undefined) values.set(tag, elementsOf(shown, start, scope.context.version));
  },
  same(_tag, incoming, now, scope) {
    if (!isElements(incoming)) return incoming === now;
    // A new event has no times yet.
    if (!line(scope.component, "DTSTART")) return false;
    const { start } = readSpan(scope);
    const repeats = readRepeats(scope.component, start);
    if (repeats.kind === "foreign") {
      // Time has passed since the device was told, and it may have been told of other months than it would be now.
      const shown = express(scope, start, scope.context.now);
      return shown === undefined || mayHaveBeen(readElements(incoming, start), shown);
    }
    if (repeats.kind === "single") return false;
    return sameRule(readElements(incoming, start, repeats.rule.weekStart), sayable(repeats.rule, start.wall));
  },
  up(edit) {
    const { component } = edit;
    const { start } = readSpan(edit);
    const repeats = edit.creating ? ({ kind: "single" } as const) : readRepeats(component, start);
    if (repeats.kind === "foreign")
      throw new MappingError("a rule of this kind cannot be edited from a device", "RRULE");
    const value = edit.changes.get(tag);
    const present = repeats.kind === "rule" ? repeats.rule : undefined;
    const rule = isElements(value) ? readElements(value, start, present?.weekStart) : undefined;
    // The start has been written by now, and what a rule leaves to it follows.
    if (rule !== undefined && present !== undefined && sameRule(rule, sayable(present, start.wall))) return;
    if (rule === undefined || atLeast(edit.context.version, "16.0")) dropExceptions(edit, start);
    write(edit, rule, start);
  },
};

/** The rule that comes with an edit, for a series that will start at `start`; `undefined` when none does. */
export function incomingRule(edit: Edit, start: Moment): Rule | undefined {
  const value = edit.changes.get(tag) ?? edit.incoming.get(tag);
  return isElements(value) ? readElements(value, start) : undefined;
}

/**
 * After a series got another start: FREQ=YEARLY alone follows it, where the device may have said again that the series
 * is on the old day.
 */
export function settleRule(edit: Edit): void {
  const value = edit.incoming.get(tag);
  const { start } = readSpan(edit);
  const repeats = readRepeats(edit.component, start);
  if (!isElements(value) || repeats.kind !== "rule") return;
  const rule = readElements(value, start, repeats.rule.weekStart);
  if (!sameRule(rule, sayable(repeats.rule, start.wall))) write(edit, rule, start);
}

function write(edit: Edit, rule: Rule | undefined, start: Moment): void {
  const { component } = edit;
  const old = line(component, "RRULE");
  if (rule === undefined) {
    for (const one of [...lines(component, "RRULE"), ...lines(component, "RDATE")]) removeLine(component, one);
    return;
  }
  const value = writeRule(rule, ({ wall, isDate, at }) =>
    untilText(isDate ? wall + dayLength - 1000 : wall, start, at),
  );
  if (old) replaceValue(component, old, value);
  else insertLine(component, { name: "RRULE", value }, line(component, "DTEND") ?? line(component, "DTSTART"));
}

/** The children, in the order of the schema. */
export function elementsOf(rule: Rule, start: Moment, version: Version): readonly Element[] {
  const { nth, days, monthDay, month, interval, weekStart } = rule;
  const type = typeOf(rule);
  const week = monthDay === -1 ? 5 : nth === -1 ? 5 : nth;
  const child = (name: KnownName, value: number | string | undefined) =>
    value === undefined ? undefined : element(name, value);
  const list = [
    child("Calendar:Type", type),
    child("Calendar:Occurrences", rule.count),
    child("Calendar:Until", rule.until && untilOf(rule.until, start, version)),
    child("Calendar:Interval", interval),
    child("Calendar:WeekOfMonth", type === 3 || type === 6 ? week : undefined),
    // 127, any day: the last of them is the last day of the month (MS-ASCAL_R3893714).
    child("Calendar:DayOfWeek", monthDay === -1 ? 127 : days),
    child("Calendar:MonthOfYear", month),
    child("Calendar:DayOfMonth", monthDay === -1 ? undefined : monthDay),
    child("Calendar:CalendarType", type >= 2 && atLeast(version, "14.0") ? 0 : undefined),
    // MS-ASCAL_R52523: always there for weeks.
    child("Calendar:FirstDayOfWeek", type === 1 && atLeast(version, "14.1") ? weekStart : undefined),
  ];
  return list.filter((one) => one !== undefined);
}

function typeOf({ unit, days, monthDay }: Rule): number {
  if (unit === "day") return 0;
  if (unit === "week") return 1;
  const byWeek = days !== undefined || monthDay === -1;
  if (unit === "month") return byWeek ? 3 : 2;
  return byWeek ? 6 : 5;
}

/** A date means all of that day: the last moment at which an occurrence may begin. */
function untilOf(until: NonNullable<Rule["until"]>, start: Moment, version: Version): string {
  if (start.kind === "date") {
    const wall = midnightOf(until.wall);
    return compactUtc(atLeast(version, "16.0") ? wall : instantOf({ ...start, wall }));
  }
  if (until.at !== undefined) return compactUtc(until.at);
  const wall = until.isDate ? until.wall + dayLength - 1000 : until.wall;
  return compactUtc(instantOf({ ...start, wall }));
}

/** Reads a device's rule; throws MappingError where the standard has Status 6 (MS-ASCAL_R53912 to R53919). */
export function readElements(elements: readonly Element[], start: Moment, weekStart = 1): Rule {
  const known = new Map<string, string>();
  for (const one of elements) {
    const name = one.name.slice(one.name.indexOf(":") + 1);
    if (known.has(name) && name === "CalendarType") throw refused("CalendarType stands twice", name);
    known.set(name, text(one));
  }
  const number = (name: string, least: number, most: number): number | undefined => {
    const said = known.get(name)?.trim();
    if (said === undefined || said === "") return undefined;
    const value = Number(said);
    if (!Number.isInteger(value) || value < least || value > most) throw refused("out of range", name);
    return value;
  };
  const type = number("Type", 0, 6);
  const placed = typePlaces.get(type ?? -1);
  if (type === undefined || placed === undefined) throw refused("no such type of recurrence", "Type");
  for (const name of placed.never) if (known.has(name)) throw refused(`does not belong to type ${type}`, name);
  if (!gregorian.has(number("CalendarType", 0, 23) ?? 0)) throw refused("not a Gregorian calendar", "CalendarType");
  const days = number("DayOfWeek", 1, 127);
  const week = number("WeekOfMonth", 1, 5);
  const monthDay = number("DayOfMonth", 1, 31);
  const month = number("MonthOfYear", 1, 12);
  for (const [name, value] of [
    ["DayOfMonth", monthDay],
    ["MonthOfYear", month],
    ["WeekOfMonth", week],
  ] as const) {
    if (value === undefined && placed.always.includes(name)) throw refused(`missing in type ${type}`, name);
  }
  return {
    // MS-ASCAL_R5: 0 is 1.
    interval: number("Interval", 0, 999) || 1,
    weekStart: number("FirstDayOfWeek", 0, 6) ?? weekStart,
    ...patternOf(type, { days, week, monthDay, month }, start),
    ...endOf(number("Occurrences", 1, 65_535), known.get("Until"), start),
  };
}

interface Said {
  readonly days: number | undefined;
  readonly week: number | undefined;
  readonly monthDay: number | undefined;
  readonly month: number | undefined;
}

function patternOf(
  type: number,
  said: Said,
  start: Moment,
): Pick<Rule, "unit" | "month" | "monthDay" | "days" | "nth"> {
  const days = said.days ?? weekdayBit(start.wall);
  const within = (): Pick<Rule, "monthDay" | "days" | "nth"> => {
    if (said.monthDay !== undefined) return { monthDay: said.monthDay };
    const nth = said.week === 5 ? -1 : (said.week ?? 1);
    return days === 127 ? { monthDay: nth } : { days, nth };
  };
  switch (type) {
    case 0:
      // Days make it a weekly pattern (MS-ASCAL_R3892311, R3892312).
      return said.days === undefined ? { unit: "day" } : { unit: "week", days };
    case 1:
      return { unit: "week", days };
    case 2:
    case 3:
      return { unit: "month", ...within() };
    default:
      return { unit: "year", month: said.month ?? 1, ...within() };
  }
}

/** Both said: Occurrences counts (MS-ASCAL_R53911). */
function endOf(count: number | undefined, until: string | undefined, start: Moment): Pick<Rule, "count" | "until"> {
  if (count !== undefined) return { count };
  if (until === undefined || until.trim() === "") return {};
  const at = parseUtc(until);
  if (at === undefined) throw refused("no date and time", "Until");
  if (start.kind !== "date") return { until: { wall: toWall(start.zone, at), isDate: false, at } };
  // A date as such is midnight in UTC (16.x); else it is midnight somewhere on the device.
  const wall = midnightOf(at) === at ? at : Math.round(toWall(start.zone, at) / dayLength) * dayLength;
  return { until: { wall, isDate: true } };
}

const gregorian: ReadonlySet<number> = new Set([0, 1, 2, 3, 4, 5, 7, 9, 10, 11, 12]);

const typePlaces: ReadonlyMap<number, { readonly never: readonly string[]; readonly always: readonly string[] }> =
  new Map([
    [0, { never: ["DayOfMonth", "MonthOfYear", "WeekOfMonth"], always: [] }],
    [1, { never: ["DayOfMonth", "MonthOfYear", "WeekOfMonth"], always: [] }],
    [2, { never: ["DayOfWeek", "MonthOfYear", "WeekOfMonth"], always: ["DayOfMonth"] }],
    [3, { never: ["DayOfMonth", "MonthOfYear"], always: ["WeekOfMonth"] }],
    [5, { never: ["DayOfWeek", "WeekOfMonth"], always: ["DayOfMonth", "MonthOfYear"] }],
    [6, { never: ["DayOfMonth"], always: ["MonthOfYear", "WeekOfMonth"] }],
  ]);

function refused(why: string, name: string): MappingError {
  return new MappingError(why, name);
}

function isElements(value: Value | undefined): value is readonly Element[] {
  return Array.isArray(value);
}
