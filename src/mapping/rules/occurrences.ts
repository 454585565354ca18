/** Which days a rule has, by arithmetic: ical.js walks every occurrence from the start, twenty thousand a second. */
import type { Rule } from "./rrule.ts";
import { dayLength, midnightOf } from "./times.ts";

/**
 * Whether a series with this rule and start has an occurrence at a wall time. COUNT is not looked at: telling the n-th
 * occurrence would take a walk.
 */
export function isSlot(rule: Rule, start: number, wall: number): boolean {
  if (wall === start) return true;
  if (wall < start || (wall - start) % dayLength !== 0) return false;
  if (
    rule.until !== undefined &&
    wall > rule.until.wall &&
    (!rule.until.isDate || midnightOf(wall) > rule.until.wall)
  ) {
    return false;
  }
  const from = new Date(start);
  const date = new Date(wall);
  switch (rule.unit) {
    case "day":
      return ((wall - start) / dayLength) % rule.interval === 0;
    case "week": {
      const weeks = (weekOf(wall, rule.weekStart) - weekOf(start, rule.weekStart)) / (7 * dayLength);
      return weeks % rule.interval === 0 && hasDay(rule.days, date);
    }
    case "month":
      return monthsBetween(from, date) % rule.interval === 0 && isDayOfMonth(rule, date);
    case "year": {
      const years = date.getUTCFullYear() - from.getUTCFullYear();
      return years % rule.interval === 0 && date.getUTCMonth() + 1 === rule.month && isDayOfMonth(rule, date);
    }
  }
}

/** Midnight of the day that a yearly rule gives in a year; `undefined` when it gives none. */
export function ruleDateIn(rule: Rule, year: number): number | undefined {
  return rule.month === undefined ? undefined : dateInMonth(rule, year, rule.month - 1);
}

/** The last occurrence of a rule with COUNT, which includes the start; `undefined` beyond the year 4000. */
export function lastByCount(rule: Rule, start: number): number | undefined {
  const count = rule.count ?? 1;
  if (rule.unit === "day") {
    const last = start + (count - 1) * rule.interval * dayLength;
    return last < horizon ? last : undefined;
  }
  let left = count;
  const time = start - midnightOf(start);
  for (const date of rule.unit === "week" ? weekDates(rule, start) : monthDates(rule, start)) {
    if (date + time >= start && --left === 0) return date + time;
  }
  return undefined;
}

/** EAS counts no further than 999 (MS-ASCAL_R345), for tasks 255: a longer series is said by its last day. */
export function sayable(rule: Rule, start: number, most = 999): Rule {
  if (rule.count === undefined || rule.count <= most) return rule;
  const { count: _, ...rest } = rule;
  const last = lastByCount(rule, start);
  return last === undefined ? rest : { ...rest, until: { wall: last, isDate: false } };
}

/** No walk goes further: rules may have no day at all in some intervals. */
const horizon = Date.UTC(4000, 0, 1);

/** The days of a weekly rule, from the start's week on. */
function* weekDates(rule: Rule, start: number): Generator<number> {
  for (let week = weekOf(start, rule.weekStart); week < horizon; week += rule.interval * 7 * dayLength) {
    for (let day = 0; day < 7; day++) {
      const date = week + day * dayLength;
      if (hasDay(rule.days, new Date(date))) yield date;
    }
  }
}

/** The days of a monthly or yearly rule, from the start's month on. */
function* monthDates(rule: Rule, start: number): Generator<number> {
  const first = new Date(start);
  const step = rule.unit === "year" ? rule.interval * 12 : rule.interval;
  let month = rule.unit === "year" && rule.month !== undefined ? rule.month - 1 : first.getUTCMonth();
  for (; Date.UTC(first.getUTCFullYear(), month, 1) < horizon; month += step) {
    const date = dateInMonth(rule, first.getUTCFullYear(), month);
    if (date !== undefined) yield date;
  }
}

function dateInMonth(rule: Rule, year: number, month: number): number | undefined {
  const first = new Date(Date.UTC(year, month, 1));
  const day = dayInMonth(rule, first.getUTCFullYear(), first.getUTCMonth());
  return day === undefined ? undefined : first.getTime() + (day - 1) * dayLength;
}

function weekOf(wall: number, weekStart: number): number {
  const midnight = midnightOf(wall);
  return midnight - ((new Date(midnight).getUTCDay() - weekStart + 7) % 7) * dayLength;
}

function hasDay(days: number | undefined, date: Date): boolean {
  return ((days ?? 0) & (1 << date.getUTCDay())) !== 0;
}

function monthsBetween(from: Date, to: Date): number {
  return (to.getUTCFullYear() - from.getUTCFullYear()) * 12 + to.getUTCMonth() - from.getUTCMonth();
}

function isDayOfMonth(rule: Rule, date: Date): boolean {
  return dayInMonth(rule, date.getUTCFullYear(), date.getUTCMonth()) === date.getUTCDate();
}

/** The day of a month (0–11) that a monthly or yearly rule gives; `undefined` when it gives none. */
function dayInMonth(rule: Rule, year: number, month: number): number | undefined {
  const last = new Date(Date.UTC(year, month + 1, 0)).getUTCDate();
  if (rule.monthDay !== undefined) {
    const day = rule.monthDay === -1 ? last : rule.monthDay;
    return day <= last ? day : undefined;
  }
  const weekday = new Date(Date.UTC(year, month, 1)).getUTCDay();
  const isOne = (day: number) => ((rule.days ?? 0) & (1 << ((weekday + day - 1) % 7))) !== 0;
  if (rule.nth === -1) {
    for (let day = last; day > 0; day--) if (isOne(day)) return day;
    return undefined;
  }
  let left = rule.nth ?? 1;
  for (let day = 1; day <= last; day++) if (isOne(day) && --left === 0) return day;
  return undefined;
}
