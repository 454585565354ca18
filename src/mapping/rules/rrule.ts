/**
 * RRULE (RFC 5545 §3.3.10) as far as EAS can say it. What it cannot say is read as `undefined`, and never guessed:
 * Z-Push and SOGo turn "last weekday of the month" into other rules and write them back.
 */
import { readStamp, writeStamp } from "./times.ts";

/**
 * A rule with every default filled in, so that two spellings of one rule are equal. Weekdays are bits, Sunday 1 to
 * Saturday 64, as EAS has them (MS-ASCAL_R593–R599).
 */
export interface Rule {
  readonly unit: "day" | "week" | "month" | "year";
  readonly interval: number;
  /** 1–12; years only. */
  readonly month?: number;
  /** 1–31, or -1 for the last day; months and years. */
  readonly monthDay?: number;
  /** Weeks: all days; months and years: the n-th of these days, by `nth`. */
  readonly days?: number;
  /** 1–4, or -1 for the last. */
  readonly nth?: number;
  readonly count?: number;
  /**
   * Wall time in the series' zone; a date means all of that day. `at` is the instant, where one was said: in the hour
   * that is turned back the wall time names two.
   */
  readonly until?: { readonly wall: number; readonly isDate: boolean; readonly at?: number };
  /** 0 is Sunday. */
  readonly weekStart: number;
}

/**
 * Reads a rule of a series that starts at `start` (wall time). `toWall` turns an UNTIL in UTC into the series' wall
 * time. `undefined` when EAS cannot say the rule, or when it is no rule (INTERVAL=0, 30 February).
 */
export function readRule(value: string, start: number, toWall: (instant: number) => number): Rule | undefined {
  const parts = partsOf(value);
  if (parts === undefined || ![...parts.keys()].every((name) => expressible.has(name))) return undefined;
  if (parts.has("COUNT") && parts.has("UNTIL")) return undefined;
  const unit = units.get(parts.get("FREQ") ?? "");
  const interval = numberIn(parts.get("INTERVAL") ?? "1", 1, 999);
  const weekStart = weekdayNames.indexOf(parts.get("WKST") ?? "MO");
  if (unit === undefined || interval === undefined || weekStart === -1) return undefined;
  const when = readPattern(unit, interval, parts, new Date(start));
  const end = readEnd(parts, toWall);
  if (when === undefined || end === undefined) return undefined;
  return { weekStart, ...when, ...end };
}

/** The RRULE value of a rule. `until` gives the text of UNTIL, whose form is that of DTSTART. */
export function writeRule(rule: Rule, until: (until: NonNullable<Rule["until"]>) => string): string {
  const parts = [`FREQ=${rule.unit === "day" ? "DAILY" : `${rule.unit.toUpperCase()}LY`}`];
  if (rule.interval !== 1) parts.push(`INTERVAL=${rule.interval}`);
  if (rule.count !== undefined) parts.push(`COUNT=${rule.count}`);
  if (rule.until !== undefined) parts.push(`UNTIL=${until(rule.until)}`);
  if (rule.month !== undefined) parts.push(`BYMONTH=${rule.month}`);
  if (rule.monthDay !== undefined) parts.push(`BYMONTHDAY=${rule.monthDay}`);
  if (rule.days !== undefined) parts.push(...writeDays(rule.days, rule.nth));
  // Monday is the default, and the week's start matters for nothing but every n-th week (RFC 5545 §3.3.10).
  if (rule.weekStart !== 1 && rule.unit === "week") parts.push(`WKST=${weekdayNames[rule.weekStart]}`);
  return parts.join(";");
}

/** Whether two rules mean the same occurrences. UNTIL is compared by day: devices keep no more of it. */
export function sameRule(one: Rule, other: Rule): boolean {
  const weekly = one.unit === "week" && one.interval > 1;
  return (
    one.unit === other.unit &&
    one.interval === other.interval &&
    one.month === other.month &&
    one.monthDay === other.monthDay &&
    one.days === other.days &&
    one.nth === other.nth &&
    one.count === other.count &&
    dayOf(one.until) === dayOf(other.until) &&
    (!weekly || one.weekStart === other.weekStart)
  );
}

/** The bit of a wall time's weekday. */
export function weekdayBit(wall: number): number {
  return 1 << new Date(wall).getUTCDay();
}

const weekdayNames = ["SU", "MO", "TU", "WE", "TH", "FR", "SA"];
const units = new Map([
  ["DAILY", "day"],
  ["WEEKLY", "week"],
  ["MONTHLY", "month"],
  ["YEARLY", "year"],
] as const) as ReadonlyMap<string, Rule["unit"]>;
const expressible = new Set([
  "FREQ",
  "INTERVAL",
  "COUNT",
  "UNTIL",
  "WKST",
  "BYDAY",
  "BYMONTHDAY",
  "BYMONTH",
  "BYSETPOS",
]);
/** Days of each month in a leap year: a rule for a day that no year has is no rule. */
const longest = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

type Parts = ReadonlyMap<string, string>;
type Pattern = Pick<Rule, "unit" | "interval" | "month" | "monthDay" | "days" | "nth">;

function partsOf(value: string): Parts | undefined {
  const parts = new Map<string, string>();
  for (const part of value.trim().toUpperCase().split(";")) {
    if (part === "") continue;
    const [name = "", text, ...rest] = part.split("=");
    if (text === undefined || text === "" || rest.length > 0 || parts.has(name)) return undefined;
    parts.set(name, text);
  }
  return parts;
}

function readPattern(unit: Rule["unit"], interval: number, parts: Parts, start: Date): Pattern | undefined {
  const days = readDays(parts.get("BYDAY"));
  if (days === undefined) return undefined;
  switch (unit) {
    case "day":
      return readDaily(interval, parts, days);
    case "week":
      if (days.nth !== undefined || hasAny(parts, "BYMONTHDAY", "BYMONTH", "BYSETPOS")) return undefined;
      return { unit, interval, days: days.mask === 0 ? 1 << start.getUTCDay() : days.mask };
    case "month":
      return hasAny(parts, "BYMONTH") ? undefined : combine({ unit, interval }, readMonthly(parts, days, start));
    case "year":
      return readYearly(interval, parts, days, start);
  }
}

function combine(unit: Pattern, within: Partial<Pattern> | undefined): Pattern | undefined {
  return within && { ...unit, ...within };
}

/** "Every day that is a Monday" is every Monday; any other restriction of days cannot be said. */
function readDaily(interval: number, parts: Parts, days: Days): Pattern | undefined {
  if (hasAny(parts, "BYMONTHDAY", "BYMONTH", "BYSETPOS") || days.nth !== undefined) return undefined;
  if (days.mask === 0 || days.mask === 127) return { unit: "day", interval };
  return interval === 1 ? { unit: "week", interval, days: days.mask } : undefined;
}

function readYearly(interval: number, parts: Parts, days: Days, start: Date): Pattern | undefined {
  const month = numberIn(parts.get("BYMONTH") ?? String(start.getUTCMonth() + 1), 1, 12);
  // Without BYMONTH, "the 20th Monday" and "the last weekday" count within the year.
  if (month === undefined || (days.mask !== 0 && !parts.has("BYMONTH"))) return undefined;
  if (!parts.has("BYMONTH") && parts.has("BYMONTHDAY")) return undefined;
  const within = readMonthly(parts, days, start);
  if (within?.monthDay !== undefined && within.monthDay > (longest[month - 1] ?? 0)) return undefined;
  return combine({ unit: "year", interval, month }, within);
}

function readMonthly(parts: Parts, days: Days, start: Date): Partial<Pattern> | undefined {
  const monthDay = parts.get("BYMONTHDAY");
  const position = parts.get("BYSETPOS");
  if (monthDay !== undefined) {
    if (days.mask !== 0 || position !== undefined) return undefined;
    const day = monthDay === "-1" ? -1 : numberIn(monthDay, 1, 31);
    return day === undefined ? undefined : { monthDay: day };
  }
  if (days.mask === 0) return position === undefined ? { monthDay: start.getUTCDate() } : undefined;
  const nth = position === undefined ? days.nth : days.nth === undefined ? readNth(position) : undefined;
  if (nth === undefined) return undefined;
  // The n-th of all seven days is a day of the month.
  return days.mask === 127 ? { monthDay: nth } : { days: days.mask, nth };
}

interface Days {
  readonly mask: number;
  readonly nth: number | undefined;
}

/** A list of days without ordinals, or one day with. */
function readDays(value: string | undefined): Days | undefined {
  if (value === undefined) return { mask: 0, nth: undefined };
  const single = /^([+-]?\d+)([A-Z]{2})$/.exec(value);
  if (single !== null) {
    const nth = readNth(single[1] ?? "");
    const mask = maskOf([single[2] ?? ""]);
    return nth === undefined || mask === undefined ? undefined : { mask, nth };
  }
  const mask = maskOf(value.split(","));
  return mask === undefined ? undefined : { mask, nth: undefined };
}

function maskOf(names: readonly string[]): number | undefined {
  let mask = 0;
  for (const name of names) {
    const index = weekdayNames.indexOf(name);
    if (index === -1) return undefined;
    mask |= 1 << index;
  }
  return mask;
}

/** EAS knows the first to the fourth and the last; the fifth is not the last. */
function readNth(value: string): number | undefined {
  return /^-0*1$/.test(value) ? -1 : numberIn(value.replace(/^\+/, ""), 1, 4);
}

function writeDays(mask: number, nth: number | undefined): readonly string[] {
  const names = weekdayNames.filter((_, index) => (mask & (1 << index)) !== 0);
  // Weeks are commonly written from Monday.
  if (names[0] === "SU") names.push(names.shift() ?? "");
  if (nth === undefined) return [`BYDAY=${names.join(",")}`];
  return names.length === 1 ? [`BYDAY=${nth}${names[0]}`] : [`BYDAY=${names.join(",")}`, `BYSETPOS=${nth}`];
}

function readEnd(parts: Parts, toWall: (instant: number) => number): Pick<Rule, "count" | "until"> | undefined {
  const countText = parts.get("COUNT");
  if (countText !== undefined) {
    const count = numberIn(countText, 1, 65_535);
    return count === undefined ? undefined : { count };
  }
  const untilText = parts.get("UNTIL");
  if (untilText === undefined) return {};
  const until = readStamp(untilText);
  if (until === undefined) return undefined;
  if (until.kind === "utc") return { until: { wall: toWall(until.wall), isDate: false, at: until.wall } };
  return { until: { wall: until.wall, isDate: until.kind === "date" } };
}

function numberIn(text: string, least: number, most: number): number | undefined {
  if (!/^\d{1,9}$/.test(text)) return undefined;
  const value = Number(text);
  return value >= least && value <= most ? value : undefined;
}

function hasAny(parts: Parts, ...names: readonly string[]): boolean {
  return names.some((name) => parts.has(name));
}

function dayOf(until: Rule["until"]): string | undefined {
  return until && writeStamp({ kind: "date", wall: until.wall });
}
