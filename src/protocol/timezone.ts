/**
 * The 172-byte TimeZone structure (MS-ASDTYPE_R103–R122): one standard and one daylight offset with the dates they
 * begin, made for one year and matched back to an IANA zone. All functions are total: odd device data is `undefined`.
 */
import { findWindows, WINDOWS_TO_IANA_MAP } from "windows-iana";
import { type Transition, transitionsOf, yearOf, type Zone, zoneNamed } from "./zones.ts";

/** A SYSTEMTIME: the n-th weekday of a month when `year` is 0 (5 = last), else a date. `month` 0 is no date at all. */
export interface ZoneDate {
  readonly year: number;
  readonly month: number;
  /** 0 is Sunday. */
  readonly weekday: number;
  readonly day: number;
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
  readonly millisecond: number;
}

/** Biases are minutes to add to local time to get UTC; the two others are added to `bias`. */
export interface ZoneBlob {
  readonly bias: number;
  readonly standardName: string;
  readonly standardDate: ZoneDate;
  readonly standardBias: number;
  readonly daylightName: string;
  readonly daylightDate: ZoneDate;
  readonly daylightBias: number;
}

/** Reads the base64 form; `undefined` when it does not hold 172 octets, is all zeros (no zone said), or makes no sense. */
export function readZoneBlob(base64: string): ZoneBlob | undefined {
  const bytes = Buffer.from(base64, "base64");
  if (bytes.length !== blobLength || bytes.every((octet) => octet === 0)) return undefined;
  const blob: ZoneBlob = {
    bias: bytes.readInt32LE(0),
    standardName: readName(bytes, 4),
    standardDate: readDate(bytes, 68),
    standardBias: bytes.readInt32LE(84),
    daylightName: readName(bytes, 88),
    daylightDate: readDate(bytes, 152),
    daylightBias: bytes.readInt32LE(168),
  };
  return isSane(blob) ? blob : undefined;
}

/** Writes the base64 form; names are cut at 32 UTF-16 units (MS-ASDTYPE_R107, R109). */
export function writeZoneBlob(blob: ZoneBlob): string {
  const bytes = Buffer.alloc(blobLength);
  bytes.writeInt32LE(blob.bias, 0);
  writeName(bytes, 4, blob.standardName);
  writeDate(bytes, 68, blob.standardDate);
  bytes.writeInt32LE(blob.standardBias, 84);
  writeName(bytes, 88, blob.daylightName);
  writeDate(bytes, 152, blob.daylightDate);
  bytes.writeInt32LE(blob.daylightBias, 168);
  return bytes.toString("base64");
}

/**
 * The blob of a zone as it is in the UTC year of `at`: where rules are no "n-th weekday" (Cairo, Ramadan in
 * Casablanca) it is right for that year only, which is all the structure can say.
 */
export function blobOf(zone: Zone, at: number): ZoneBlob {
  const { standard, daylight, toStandard, toDaylight } = shapeOf(zone, yearOf(at));
  const name = findWindows(zone.id)[0] ?? zone.id;
  const offset = Math.round(standard / minute);
  return {
    bias: 0 - offset,
    standardName: name,
    standardDate: toStandard === undefined ? noDate : ruleDate(toStandard),
    standardBias: 0,
    daylightName: name,
    daylightDate: toDaylight === undefined ? noDate : ruleDate(toDaylight),
    daylightBias: toDaylight === undefined ? 0 : offset - Math.round(daylight / minute),
  };
}

/** `blobOf` in base64, cached by zone and year: it is asked for every event. */
export function timezoneOf(zone: Zone, at: number): string {
  const year = yearOf(at);
  const years = written.get(zone) ?? new Map<number, string>();
  written.set(zone, years);
  let text = years.get(year);
  if (text === undefined) {
    text = writeZoneBlob(blobOf(zone, at));
    if (years.size >= maxYears) years.clear();
    years.set(year, text);
  }
  return text;
}

/**
 * The IANA zone a blob means in the year of `at`. Its offsets and dates decide; among zones that share them the first
 * of `preferred` wins (the TZID already stored, then the configured zone), then the one its standard name says in
 * Windows' words, then the zone that Windows takes for the whole world. Names in other languages are not looked at.
 * `undefined` when no zone had these rules in that year.
 */
export function zoneOf(blob: ZoneBlob, at: number, preferred: readonly Zone[] = []): Zone | undefined {
  const year = yearOf(at);
  const wanted = keyOfBlob(blob, year);
  const named = zoneNamed(blob.standardName.replace(/\bDaylight\b/, "Standard"));
  for (const zone of named === undefined ? preferred : [...preferred, named]) {
    if (keyOfZone(zone, year) === wanted) return zone;
  }
  return zonesByKey(year).get(wanted);
}

/** Whether a zone has the offsets and dates of a blob in the year of `at`. */
export function sameRules(blob: ZoneBlob, zone: Zone, at: number): boolean {
  const year = yearOf(at);
  return keyOfBlob(blob, year) === keyOfZone(zone, year);
}

const blobLength = 172;
const minute = 60_000;
const day = 24 * 60 * minute;
const maxYears = 200;
const noDate: ZoneDate = { year: 0, month: 0, weekday: 0, day: 0, hour: 0, minute: 0, second: 0, millisecond: 0 };

const written = new WeakMap<Zone, Map<number, string>>();
/** For each year the zone that stands for a set of rules. Building it takes some 50 ms, so few years are kept. */
const keyed = new Map<number, ReadonlyMap<string, Zone>>();

/** Offsets in milliseconds east; the two dates as wall times by the clock that is about to be changed. */
interface Shape {
  readonly standard: number;
  readonly daylight: number;
  readonly toStandard: number | undefined;
  readonly toDaylight: number | undefined;
}

function shapeOf(zone: Zone, year: number): Shape {
  const transitions = transitionsOf(zone, year);
  const [only] = transitions;
  if (only === undefined) {
    const offset = zone.offsetAt(Date.UTC(year, 6, 1));
    return { standard: offset, daylight: offset, toStandard: undefined, toDaylight: undefined };
  }
  // Where Ramadan falls twice in a year, or a break interrupts summer time, one pair is all that can be said.
  const forward = transitions.find((transition) => transition.after > transition.before);
  const back = transitions.find((transition) => transition.after < transition.before);
  const january = wallOf({ at: Date.UTC(year, 0, 1) - only.before, before: only.before, after: only.before });
  return {
    standard: Math.min(only.before, only.after),
    daylight: Math.max(only.before, only.after),
    // A zone that changed but once this year: the other side begins with the year, as Windows says it.
    toStandard: back === undefined ? january : wallOf(back),
    toDaylight: forward === undefined ? january : wallOf(forward),
  };
}

function wallOf(transition: Transition): number {
  return transition.at + transition.before;
}

function ruleDate(wall: number): ZoneDate {
  const date = new Date(wall);
  const daysInMonth = new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 0)).getUTCDate();
  const dayOfMonth = date.getUTCDate();
  return {
    year: 0,
    month: date.getUTCMonth() + 1,
    weekday: date.getUTCDay(),
    day: dayOfMonth + 7 > daysInMonth ? 5 : Math.ceil(dayOfMonth / 7),
    hour: date.getUTCHours(),
    minute: date.getUTCMinutes(),
    second: date.getUTCSeconds(),
    millisecond: 0,
  };
}

/** The wall time of a date in a year; an absolute date of another year is read as the rule it is an example of. */
export function zoneDateIn(date: ZoneDate, year: number): number {
  if (date.year === 0) return nthWeekday(date, year);
  const wall = Date.UTC(date.year, date.month - 1, date.day, date.hour, date.minute, date.second, date.millisecond);
  return date.year === year ? wall : nthWeekday(ruleDate(wall), year);
}

function nthWeekday(date: ZoneDate, year: number): number {
  const first = new Date(Date.UTC(year, date.month - 1, 1));
  const daysInMonth = new Date(Date.UTC(year, date.month, 0)).getUTCDate();
  let dayOfMonth = 1 + ((date.weekday - first.getUTCDay() + 7) % 7) + (date.day - 1) * 7;
  while (dayOfMonth > daysInMonth) dayOfMonth -= 7;
  return Date.UTC(year, date.month - 1, dayOfMonth, date.hour, date.minute, date.second, date.millisecond);
}

function keyOfBlob(blob: ZoneBlob, year: number): string {
  const standard = -(blob.bias + blob.standardBias);
  const daylight = -(blob.bias + blob.daylightBias);
  if (blob.standardDate.month === 0 || blob.daylightDate.month === 0 || standard === daylight) return `${standard}`;
  return keyOf(standard, daylight, zoneDateIn(blob.standardDate, year), zoneDateIn(blob.daylightDate, year));
}

function keyOfZone(zone: Zone, year: number): string {
  const { standard, daylight, toStandard, toDaylight } = shapeOf(zone, year);
  const offset = Math.round(standard / minute);
  if (toStandard === undefined || toDaylight === undefined) return `${offset}`;
  return keyOf(offset, Math.round(daylight / minute), toStandard, toDaylight);
}

/** The lesser offset comes first, whichever side a device calls daylight; 23:59:59.999 is Windows' midnight. */
function keyOf(standard: number, daylight: number, toStandard: number, toDaylight: number): string {
  const dates = [toStandard, toDaylight].map((wall) => Math.round(wall / minute));
  if (standard <= daylight) return [standard, daylight, ...dates].join("|");
  return [daylight, standard, ...dates.reverse()].join("|");
}

function zonesByKey(year: number): ReadonlyMap<string, Zone> {
  const known = keyed.get(year);
  if (known !== undefined) return known;
  const zones = new Map<string, Zone>();
  for (const id of candidates()) {
    const zone = zoneNamed(id);
    if (zone === undefined) continue;
    const key = keyOfZone(zone, year);
    if (!zones.has(key)) zones.set(key, zone);
  }
  if (keyed.size >= 20) keyed.clear();
  keyed.set(year, zones);
  return zones;
}

/** Windows' choice for each of its zones first, then every other zone there is. */
function candidates(): Iterable<string> {
  const worldwide = WINDOWS_TO_IANA_MAP.filter((row) => row.territory === "001").flatMap((row) => row.iana);
  return new Set([...firstChoices, ...worldwide, ...Intl.supportedValuesOf("timeZone")]);
}

/** Where several zones of Windows' share their rules, the one with most people in it. */
const firstChoices = [
  "UTC",
  "Europe/Berlin",
  "Europe/London",
  "America/New_York",
  "America/Chicago",
  "America/Denver",
  "America/Los_Angeles",
  "America/Sao_Paulo",
  "Europe/Moscow",
  "Africa/Johannesburg",
  "Africa/Lagos",
  "Asia/Dubai",
  "Asia/Shanghai",
  "Asia/Tokyo",
  "Australia/Sydney",
];

function readName(bytes: Buffer, offset: number): string {
  const name = bytes.toString("utf16le", offset, offset + 64);
  const end = name.indexOf("\0");
  return end === -1 ? name : name.slice(0, end);
}

function writeName(bytes: Buffer, offset: number, name: string): void {
  bytes.write(name.slice(0, 32), offset, "utf16le");
}

function readDate(bytes: Buffer, offset: number): ZoneDate {
  const word = (index: number) => bytes.readUInt16LE(offset + index * 2);
  return {
    year: word(0),
    month: word(1),
    weekday: word(2),
    day: word(3),
    hour: word(4),
    minute: word(5),
    second: word(6),
    millisecond: word(7),
  };
}

function writeDate(bytes: Buffer, offset: number, date: ZoneDate): void {
  const { year, month, weekday, day: dayOfMonth, hour, minute: minutes, second, millisecond } = date;
  for (const [index, value] of [year, month, weekday, dayOfMonth, hour, minutes, second, millisecond].entries()) {
    bytes.writeUInt16LE(value, offset + index * 2);
  }
}

/** Offsets within a day, and dates that exist. */
function isSane(blob: ZoneBlob): boolean {
  const offsets = [blob.bias, blob.bias + blob.standardBias, blob.bias + blob.daylightBias];
  if (offsets.some((offset) => Math.abs(offset) * minute > day)) return false;
  return [blob.standardDate, blob.daylightDate].every(
    ({ year, month, weekday, day: dayOfMonth, hour, minute: minutes, second }) =>
      month === 0 ||
      (month <= 12 &&
        weekday <= 6 &&
        dayOfMonth >= 1 &&
        dayOfMonth <= (year === 0 ? 5 : 31) &&
        hour <= 23 &&
        minutes <= 59 &&
        second <= 59),
  );
}
