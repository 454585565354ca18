/** Days and sizes as people type them into a search. */
import { parseUtc } from "./datetime.ts";
import { toInstant, toWall, type Zone } from "./zones.ts";

/** From the first instant on, up to the second one. Milliseconds since 1970. */
export interface Period {
  readonly since: number;
  readonly before: number;
}

const day = 86_400_000;
const weekdays = ["sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"];

/** What a name of a day, a date or a range of dates (`2026-03-01..2026-03-31`) means in a zone; undefined for other words. */
export function periodNamed(text: string, now: number, zone: Zone): Period | undefined {
  const said = text.trim().toLowerCase();
  const [from, to, ...others] = said.split("..");
  if (to === undefined || from === undefined) return onePeriod(said, now, zone);
  if (others.length > 0) return undefined;
  const [first, last] = [onePeriod(from.trim(), now, zone), onePeriod(to.trim(), now, zone)];
  return first && last && first.since < last.before ? { since: first.since, before: last.before } : undefined;
}

function onePeriod(said: string, now: number, zone: Zone): Period | undefined {
  const instant = /\dt\d/.test(said) ? parseUtc(said) : undefined;
  if (instant !== undefined) return { since: instant, before: instant + 1_000 };
  const days = daysNamed(said, new Date(toWall(zone, now))) ?? datesNamed(said);
  return days && { since: toInstant(zone, days.since), before: toInstant(zone, days.before) };
}

/** In wall time. A week begins on Monday (ISO 8601). */
function daysNamed(said: string, wall: Date): Period | undefined {
  const [year, month, date] = [wall.getUTCFullYear(), wall.getUTCMonth(), wall.getUTCDate()];
  const today = Date.UTC(year, month, date);
  const monday = today - ((wall.getUTCDay() + 6) % 7) * day;
  const weekday = weekdays.indexOf(said);
  if (weekday >= 0) return oneDay(today - ((wall.getUTCDay() - weekday + 7) % 7) * day);
  switch (said) {
    case "today":
      return oneDay(today);
    case "yesterday":
      return oneDay(today - day);
    case "this week":
      return { since: monday, before: monday + 7 * day };
    case "last week":
      return { since: monday - 7 * day, before: monday };
    case "this month":
      return months(year, month, 1);
    case "last month":
      return months(year, month - 1, 1);
    case "this year":
      return months(year, 0, 12);
    case "last year":
      return months(year - 1, 0, 12);
    default:
      return undefined;
  }
}

/**
 * A year, a month of one, or a day: as ISO 8601 has it, with dots (the day first), or with slashes (the month first,
 * unless there is none such).
 */
function datesNamed(said: string): Period | undefined {
  const iso = /^(\d{4})(?:-(\d{1,2})(?:-(\d{1,2}))?)?$/.exec(said);
  if (iso) return dated(iso[1], iso[2], iso[3]);
  const dotted = /^(\d{1,2})\.(\d{1,2})\.(\d{4})$/.exec(said);
  if (dotted) return dated(dotted[3], dotted[2], dotted[1]);
  const slashed = /^(\d{1,2})\/(\d{1,2})\/(\d{4})$/.exec(said);
  return slashed ? (dated(slashed[3], slashed[1], slashed[2]) ?? dated(slashed[3], slashed[2], slashed[1])) : undefined;
}

function dated(year = "", month?: string, date?: string): Period | undefined {
  const [y, m] = [Number(year), Number(month ?? 1) - 1];
  if (y < 1970 || y > 9_998 || m < 0 || m > 11) return undefined;
  if (month === undefined) return months(y, 0, 12);
  if (date === undefined) return months(y, m, 1);
  const start = Date.UTC(y, m, Number(date));
  return new Date(start).getUTCDate() === Number(date) ? oneDay(start) : undefined;
}

function oneDay(start: number): Period {
  return { since: start, before: start + day };
}

function months(year: number, month: number, count: number): Period {
  return { since: Date.UTC(year, month, 1), before: Date.UTC(year, month + count, 1) };
}

const units: Readonly<Record<string, number>> = { "": 1, b: 1, kb: 1024, mb: 1024 ** 2, gb: 1024 ** 3 };

/** Octets from the first to the second, both included: `1000`, `1.5MB`, `10KB..1MB`; undefined for other words. */
export function sizesNamed(text: string): { readonly least: number; readonly most: number } | undefined {
  const [from = "", to = from, ...others] = text.split("..");
  const [least, most] = [oneSize(from), oneSize(to)];
  if (least === undefined || most === undefined || least > most || others.length > 0) return undefined;
  return { least, most };
}

function oneSize(text: string): number | undefined {
  const [, number, unit] = /^\s*(\d{1,12}(?:\.\d{1,3})?)\s*([kmg]?b?)\s*$/.exec(text.toLowerCase()) ?? [];
  const factor = units[unit ?? ""] ?? units[`${unit ?? ""}b`];
  return number === undefined || factor === undefined ? undefined : Math.round(Number(number) * factor);
}
