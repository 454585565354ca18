/**
 * DATE and DATE-TIME values (RFC 5545 §3.3.4, §3.3.5) and DURATION (§3.3.6) as numbers. A *wall* time is what the clock
 * shows, counted in milliseconds as if it were UTC; only a zone turns it into an instant.
 */

export interface Stamp {
  readonly kind: "date" | "utc" | "local";
  readonly wall: number;
}

/** Reads `20260115`, `20260115T090000` and `20260115T090000Z`; `undefined` for anything else and for no real date. */
export function readStamp(value: string): Stamp | undefined {
  const match = stampForm.exec(value);
  if (match === null) return undefined;
  const [, year, month, day, time, hour, minute, second, zulu] = match;
  const date = new Date(0);
  // Date.UTC takes the years 0 to 99 for those of the last century.
  date.setUTCFullYear(Number(year), Number(month) - 1, Number(day));
  // A leap second is the second before it: no clock here can show it.
  date.setUTCHours(Number(hour ?? 0), Number(minute ?? 0), Math.min(59, Number(second ?? 0)));
  const wall = date.getTime();
  if (date.getUTCDate() !== Number(day) || Number(hour ?? 0) > 23 || Number(minute ?? 0) > 59) return undefined;
  if (time === undefined) return { kind: "date", wall };
  return { kind: zulu === undefined ? "local" : "utc", wall };
}

export function writeStamp({ kind, wall }: Stamp): string {
  const text = new Date(wall).toISOString().slice(0, 19).replace(/[-:]/g, "");
  if (kind === "date") return text.slice(0, 8);
  return kind === "utc" ? `${text}Z` : text;
}

/** `yyyymmddThhmmssZ`: how the mappings name an instant (RECURRENCE-ID of a part, MS-ASAIRS InstanceId). */
export function writeInstant(instant: number): string {
  return writeStamp({ kind: "utc", wall: instant });
}

/** Whole days are days of the calendar, the rest is exact time: they differ where the clocks change. */
export interface Duration {
  readonly days: number;
  readonly milliseconds: number;
}

export function readDuration(value: string): Duration | undefined {
  const match = durationForm.exec(value.trim());
  if (match === null) return undefined;
  const [, minus, weeks = 0, days = 0, hours = 0, minutes = 0, seconds = 0] = match;
  const sign = minus === "-" ? -1 : 1;
  return {
    days: sign * (Number(weeks) * 7 + Number(days)) || 0,
    milliseconds: sign * (Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds)) * 1000 || 0,
  };
}

/** The shortest form: `P2D`, `PT1H30M`, `-PT15M`, `PT0S`. Days are made of exact time only when `wholeDays` is asked. */
export function writeDuration(milliseconds: number, wholeDays = false): string {
  const seconds = Math.round(Math.abs(milliseconds) / 1000);
  const sign = milliseconds < 0 && seconds > 0 ? "-" : "";
  if (wholeDays && seconds % 86_400 === 0 && seconds > 0) return `${sign}P${seconds / 86_400}D`;
  const parts = [
    [Math.floor(seconds / 3600), "H"],
    [Math.floor((seconds % 3600) / 60), "M"],
    [seconds % 60, "S"],
  ] as const;
  const text = parts.map(([count, unit]) => (count > 0 ? `${count}${unit}` : "")).join("");
  return `${sign}PT${text === "" ? "0S" : text}`;
}

export const dayLength = 86_400_000;

/** The wall time of the midnight before. */
export function midnightOf(wall: number): number {
  return Math.floor(wall / dayLength) * dayLength;
}

const stampForm = /^\s*(\d{4})(\d\d)(\d\d)(T(\d\d)(\d\d)(\d\d)(Z)?)?\s*$/;
const durationForm =
  /^([+-])?P(?=[\dT])(?:(\d{1,6})W)?(?:(\d{1,6})D)?(?:T(?:(\d{1,8})H)?(?:(\d{1,8})M)?(?:(\d{1,9})S)?)?$/;
