/**
 * The occurrences of rules that EAS cannot say. Own arithmetic instead of ical.js, whose walk never ends for rules that
 * have no occurrence (`FREQ=DAILY;BYMONTH=2;BYMONTHDAY=31`): such a rule in one event would stop the whole gateway.
 * Days are looked at one by one, so that every walk has an end.
 */
import { dayLength, midnightOf, readStamp } from "./times.ts";

export interface WalkLimits {
  /** Wall time; nothing after it is given. */
  readonly until: number;
  /** Nothing long before it is of interest: a rule without COUNT may be entered late. */
  readonly from?: number;
  /** Occurrences at most. */
  readonly most?: number;
}

/**
 * The wall times that a rule gives from `start` on, in order; the start itself is one only if the rule has it. Empty for
 * what is no rule, and for rules by the hour, minute, second, week number or another calendar.
 */
export function walkRule(value: string, start: number, limits: WalkLimits): readonly number[] {
  const rule = readParts(value, start);
  if (rule === undefined) return [];
  const most = Math.min(limits.most ?? maxOccurrences, rule.count);
  const until = Math.min(limits.until, rule.until);
  const first = Math.max(start, rule.count === Number.POSITIVE_INFINITY ? (limits.from ?? start) : start);
  const found: number[] = [];
  let period = periodOf(rule, midnightOf(first), start);
  let left = maxDays;
  while (found.length < most && period.begin <= until && left > 0) {
    if (period.isCounted) {
      for (const wall of occurrencesIn(rule, period)) {
        if (wall > until || found.length >= most) break;
        if (wall >= start) found.push(wall);
      }
    }
    left -= period.isCounted ? Math.round((period.end - period.begin) / dayLength) : 1;
    period = periodOf(rule, period.end, start);
  }
  return found;
}

/** Whether `walkRule` reads a rule at all. */
export function isWalkable(value: string, start: number): boolean {
  return readParts(value, start) !== undefined;
}

/** 55 years of days: some 20 ms. */
const maxDays = 20_000;
const maxOccurrences = 4_000;

interface Parts {
  readonly unit: "DAILY" | "WEEKLY" | "MONTHLY" | "YEARLY";
  readonly interval: number;
  readonly count: number;
  readonly until: number;
  readonly weekStart: number;
  readonly months: readonly number[];
  readonly monthDays: readonly number[];
  readonly yearDays: readonly number[];
  readonly days: readonly { readonly nth: number; readonly weekday: number }[];
  readonly positions: readonly number[];
  /** Times of day, in order. */
  readonly times: readonly number[];
}

const units = ["DAILY", "WEEKLY", "MONTHLY", "YEARLY"] as const;
const weekdays = ["SU", "MO", "TU", "WE", "TH", "FR", "SA"];
const known = new Set(
  "FREQ INTERVAL COUNT UNTIL WKST BYMONTH BYMONTHDAY BYYEARDAY BYDAY BYSETPOS BYHOUR BYMINUTE BYSECOND".split(" "),
);

function readParts(value: string, start: number): Parts | undefined {
  const parts = new Map(
    value
      .trim()
      .toUpperCase()
      .split(";")
      .filter((part) => part !== "")
      .map((part): [string, string] => [part.slice(0, part.indexOf("=")), part.slice(part.indexOf("=") + 1)]),
  );
  const unit = units.find((one) => one === parts.get("FREQ"));
  if (unit === undefined || ![...parts.keys()].every((name) => known.has(name))) return undefined;
  const list = (name: string, least: number, most: number) => readList(parts.get(name), least, most);
  const interval = list("INTERVAL", 1, 10_000);
  const count = list("COUNT", 1, 1_000_000);
  const [months, monthDays, yearDays] = [
    list("BYMONTH", 1, 12),
    list("BYMONTHDAY", -31, 31),
    list("BYYEARDAY", -366, 366),
  ];
  const [positions, days] = [list("BYSETPOS", -366, 366), readDays(parts.get("BYDAY"))];
  const times = readTimes(list("BYHOUR", 0, 23), list("BYMINUTE", 0, 59), list("BYSECOND", 0, 59), start);
  const weekStart = weekdays.indexOf(parts.get("WKST") ?? "MO");
  const until = parts.get("UNTIL");
  const end = until === undefined ? undefined : readStamp(until);
  const lists = [interval, count, months, monthDays, yearDays, positions, days, times];
  if (lists.includes(undefined) || weekStart === -1 || (until !== undefined && end === undefined)) return undefined;
  return withDefaults(
    {
      unit,
      interval: interval?.[0] ?? 1,
      count: count?.[0] ?? Number.POSITIVE_INFINITY,
      // An UNTIL in UTC is read on the series' clock: less than a day off, for a rule that is only shown.
      until: end === undefined ? Number.POSITIVE_INFINITY : end.wall + (end.kind === "date" ? dayLength - 1 : 0),
      weekStart,
      months: months ?? [],
      monthDays: monthDays ?? [],
      yearDays: yearDays ?? [],
      days: days ?? [],
      positions: positions ?? [],
      times: times ?? [],
    },
    new Date(start),
  );
}

/** What a rule leaves out it takes from the start (RFC 5545 §3.3.10). */
function withDefaults(rule: Parts, start: Date): Parts {
  if (rule.days.length + rule.monthDays.length + rule.yearDays.length > 0) return rule;
  if (rule.unit === "WEEKLY") return { ...rule, days: [{ nth: 0, weekday: start.getUTCDay() }] };
  if (rule.unit === "DAILY") return rule;
  const monthDays = [start.getUTCDate()];
  if (rule.unit === "MONTHLY" || rule.months.length > 0) return { ...rule, monthDays };
  return { ...rule, monthDays, months: [start.getUTCMonth() + 1] };
}

function readList(value: string | undefined, least: number, most: number): readonly number[] | undefined {
  if (value === undefined) return [];
  const numbers = value.split(",").map((one) => (/^[+-]?\d{1,7}$/.test(one) ? Number(one) : Number.NaN));
  return numbers.every((one) => one >= least && one <= most && (one !== 0 || least === 0)) ? numbers : undefined;
}

function readDays(value: string | undefined): Parts["days"] | undefined {
  const days: { nth: number; weekday: number }[] = [];
  for (const one of value === undefined ? [] : value.split(",")) {
    const match = /^([+-]?\d{1,2})?([A-Z]{2})$/.exec(one);
    const weekday = weekdays.indexOf(match?.[2] ?? "");
    if (weekday === -1) return undefined;
    days.push({ nth: Number(match?.[1] ?? 0), weekday });
  }
  return days;
}

function readTimes(
  hours: readonly number[] | undefined,
  minutes: readonly number[] | undefined,
  seconds: readonly number[] | undefined,
  start: number,
): readonly number[] | undefined {
  if (hours === undefined || minutes === undefined || seconds === undefined) return undefined;
  const own = new Date(start);
  const or = (list: readonly number[], value: number) => (list.length > 0 ? list : [value]);
  const times = new Set<number>();
  for (const hour of or(hours, own.getUTCHours())) {
    for (const minute of or(minutes, own.getUTCMinutes())) {
      for (const second of or(seconds, own.getUTCSeconds())) times.add(((hour * 60 + minute) * 60 + second) * 1000);
    }
  }
  return [...times].sort((one, other) => one - other);
}

/** A day, week, month or year; counted when the interval says so. */
interface Period {
  readonly begin: number;
  readonly end: number;
  readonly isCounted: boolean;
}

function periodOf({ unit, interval, weekStart }: Parts, at: number, start: number): Period {
  const date = new Date(at);
  const from = new Date(start);
  const [year, month] = [date.getUTCFullYear(), date.getUTCMonth()];
  if (unit === "YEARLY") {
    const isCounted = (year - from.getUTCFullYear()) % interval === 0;
    return { begin: Date.UTC(year, 0, 1), end: Date.UTC(year + 1, 0, 1), isCounted };
  }
  if (unit === "MONTHLY") {
    const months = (year - from.getUTCFullYear()) * 12 + month - from.getUTCMonth();
    return { begin: Date.UTC(year, month, 1), end: Date.UTC(year, month + 1, 1), isCounted: months % interval === 0 };
  }
  if (unit === "WEEKLY") {
    const weekOf = (midnight: number) => midnight - ((new Date(midnight).getUTCDay() - weekStart + 7) % 7) * dayLength;
    const begin = weekOf(at);
    const weeks = Math.round((begin - weekOf(midnightOf(start))) / (7 * dayLength));
    return { begin, end: begin + 7 * dayLength, isCounted: weeks % interval === 0 };
  }
  const days = Math.round((at - midnightOf(start)) / dayLength);
  return { begin: at, end: at + dayLength, isCounted: days % interval === 0 };
}

function occurrencesIn(rule: Parts, { begin, end }: Period): readonly number[] {
  const walls: number[] = [];
  for (let day = begin; day < end; day += dayLength) {
    if (hasDay(rule, new Date(day))) for (const time of rule.times) walls.push(day + time);
  }
  if (rule.positions.length === 0) return walls;
  const chosen = rule.positions.map((position) => walls.at(position > 0 ? position - 1 : position));
  return [...new Set(chosen.filter((wall) => wall !== undefined))].sort((one, other) => one - other);
}

function hasDay(rule: Parts, date: Date): boolean {
  const month = date.getUTCMonth();
  if (rule.months.length > 0 && !rule.months.includes(month + 1)) return false;
  const year = date.getUTCFullYear();
  const [day, last] = [date.getUTCDate(), new Date(Date.UTC(year, month + 1, 0)).getUTCDate()];
  if (rule.monthDays.length > 0 && !rule.monthDays.includes(day) && !rule.monthDays.includes(day - last - 1))
    return false;
  const length = (Date.UTC(year + 1, 0, 1) - Date.UTC(year, 0, 1)) / dayLength;
  const yearDay = (Date.UTC(year, month, day) - Date.UTC(year, 0, 1)) / dayLength + 1;
  if (rule.yearDays.length > 0 && !rule.yearDays.includes(yearDay) && !rule.yearDays.includes(yearDay - length - 1)) {
    return false;
  }
  if (rule.days.length === 0) return true;
  // "The 20th Monday" counts within the year, unless months are named.
  const [at, size] = rule.unit === "YEARLY" && rule.months.length === 0 ? [yearDay, length] : [day, last];
  return rule.days.some(
    ({ nth, weekday }) =>
      weekday === date.getUTCDay() &&
      (nth === 0 || nth === Math.ceil(at / 7) || nth === -Math.ceil((size - at + 1) / 7)),
  );
}
