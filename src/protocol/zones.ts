/**
 * Time zones as functions from an instant to an offset. The host's own zone plays no part. Instants are milliseconds
 * since 1970 in UTC; a *wall* time is what a clock in the zone shows, as if that were UTC.
 */
import { LRUCache } from "lru-cache";
import { findIana } from "windows-iana";

export interface Zone {
  /** IANA name as `Intl` canonicalises it, or the TZID of a zone that only its VTIMEZONE describes. */
  readonly id: string;
  /** What to add to UTC to get wall time, in milliseconds. */
  readonly offsetAt: (instant: number) => number;
}

/** A change of offset; `before` and `after` are what is added to UTC. */
export interface Transition {
  readonly at: number;
  readonly before: number;
  readonly after: number;
}

export const utc: Zone = { id: "UTC", offsetAt: () => 0 };

/**
 * The zone a TZID means: an IANA name or alias in any case, a global TZID that ends in one
 * (`/freeassociation.sourceforge.net/Europe/Berlin`), a Windows name (`W. Europe Standard Time`), quoted or not.
 * `undefined` for anything else, such as `Customized Time Zone`.
 */
export function zoneNamed(tzid: string): Zone | undefined {
  const known = named.get(tzid);
  if (known !== undefined) return known.zone;
  const zone = lookUp(tzid);
  named.set(tzid, { zone });
  return zone;
}

/**
 * A zone from any function that tells its offset, made fast: the transitions of each year are found once.
 * `offsetAt` is asked for instants a week apart; two changes within a week would be taken for none.
 */
export function zoneFrom(id: string, offsetAt: (instant: number) => number): Zone {
  const years = new LRUCache<number, Year>({ max: maxYears });
  const zone: Zone = {
    id,
    offsetAt(instant) {
      const year = clampedYear(instant);
      let table = years.get(year);
      if (table === undefined) {
        table = surveyYear(offsetAt, year);
        years.set(year, table);
      }
      let offset = table.first;
      for (const transition of table.transitions) {
        if (instant >= transition.at) offset = transition.after;
      }
      return offset;
    },
  };
  return zone;
}

/** The offset changes of a UTC year, in order. */
export function transitionsOf(zone: Zone, year: number): readonly Transition[] {
  const cached = surveys.get(zone) ?? new Map<number, readonly Transition[]>();
  surveys.set(zone, cached);
  let found = cached.get(year);
  if (found === undefined) {
    found = surveyYear(zone.offsetAt, year).transitions;
    if (cached.size >= maxYears) cached.clear();
    cached.set(year, found);
  }
  return found;
}

export function toWall(zone: Zone, instant: number): number {
  return instant + zone.offsetAt(instant);
}

/**
 * The instant of a wall time. A time that the clock shows twice is its first showing; one that it skips is read with
 * the offset before the gap (RFC 5545 §3.3.5).
 */
export function toInstant(zone: Zone, wall: number): number {
  const before = zone.offsetAt(wall - day);
  const early = wall - before;
  if (zone.offsetAt(early) === before) return early;
  const after = zone.offsetAt(wall + day);
  const late = wall - after;
  return zone.offsetAt(late) === after ? late : early;
}

/** The year of an instant in UTC, as a number. */
export function yearOf(instant: number): number {
  return new Date(instant).getUTCFullYear();
}

interface Year {
  readonly first: number;
  readonly transitions: readonly Transition[];
}

const minute = 60_000;
const day = 24 * 60 * minute;
const week = 7 * day;
/** Years kept per zone; a calendar rarely spans more, and each costs some hundred bytes. */
const maxYears = 200;
/** Zone rules are not known beyond; dates outside are read as if they lay in the nearest of these years. */
const firstYear = 1900;
const lastYear = 2200;

const named = new LRUCache<string, { readonly zone: Zone | undefined }>({ max: 2_000 });
const canonical = new LRUCache<string, Zone>({ max: 700 });
const surveys = new WeakMap<Zone, Map<number, readonly Transition[]>>();

function lookUp(tzid: string): Zone | undefined {
  const name = tzid.trim().replace(/^"(.*)"$/, "$1");
  if (name.length > 100) return undefined;
  const segments = name.split("/");
  // A global TZID ends in the name, which has one to three segments.
  const tails = name.startsWith("/") ? [3, 2, 1].map((count) => segments.slice(-count).join("/")) : [name];
  for (const tail of tails) {
    const zone = ianaZone(tail) ?? windowsZone(tail);
    if (zone !== undefined) return zone;
  }
  return undefined;
}

function windowsZone(name: string): Zone | undefined {
  const [iana] = findIana(name, "001");
  return iana === undefined ? undefined : ianaZone(iana);
}

function ianaZone(name: string): Zone | undefined {
  if (!/^[A-Za-z][\w+/-]*$/.test(name)) return undefined;
  let format: Intl.DateTimeFormat;
  try {
    format = new Intl.DateTimeFormat("en-US", {
      timeZone: name,
      hourCycle: "h23",
      year: "numeric",
      month: "numeric",
      day: "numeric",
      hour: "numeric",
      minute: "numeric",
      second: "numeric",
    });
  } catch {
    // Intl has no other way to say that it does not know a zone.
    return undefined;
  }
  const id = format.resolvedOptions().timeZone;
  if (id === "UTC") return utc;
  const known = canonical.get(id);
  if (known !== undefined) return known;
  const zone = zoneFrom(id, (instant) => offsetBy(format, instant));
  canonical.set(id, zone);
  return zone;
}

function offsetBy(format: Intl.DateTimeFormat, instant: number): number {
  const whole = Math.floor(instant / 1000) * 1000;
  const numbers = format.format(whole).match(/\d+/g)?.map(Number) ?? [];
  const [month = 1, dayOfMonth = 1, year = 1970, hour = 0, minutes = 0, seconds = 0] = numbers;
  return Date.UTC(year, month - 1, dayOfMonth, hour, minutes, seconds) - whole;
}

function surveyYear(offsetAt: (instant: number) => number, year: number): Year {
  const start = Date.UTC(year, 0, 1);
  const end = Date.UTC(year + 1, 0, 1);
  const first = offsetAt(start);
  const transitions: Transition[] = [];
  let before = first;
  for (let left = start; left < end; left += week) {
    const right = Math.min(left + week, end - 1);
    const after = offsetAt(right);
    if (after === before) continue;
    transitions.push({ at: bisect(offsetAt, left, right, before), before, after });
    before = after;
  }
  return { first, transitions };
}

/** The first instant, on a second, whose offset is no longer `before`. */
function bisect(offsetAt: (instant: number) => number, left: number, right: number, before: number): number {
  let low = left / 1000;
  let high = Math.ceil(right / 1000);
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (offsetAt(middle * 1000) === before) low = middle;
    else high = middle;
  }
  return high * 1000;
}

function clampedYear(instant: number): number {
  const year = yearOf(instant);
  return Number.isNaN(year) ? firstYear : Math.min(lastYear, Math.max(firstYear, year));
}
