/** VTIMEZONE (RFC 5545 §3.6.5): what a TZID of a stored text means, and the component that a new TZID has to bring. */
import { LRUCache } from "lru-cache";
import { tzlib_get_ical_block } from "timezones-ical-library";
import { type Zone, zoneFrom, zoneNamed } from "../../protocol/zones.ts";
import { allLines, type Component, components, insertComponent, line, lines, readTree } from "../content-lines.ts";
import { type Line, partsOf } from "../line.ts";
import { ruleDateIn } from "./occurrences.ts";
import { readRule } from "./rrule.ts";
import { readStamp } from "./times.ts";
import { walkRule } from "./walk.ts";

/** The VCALENDAR of a text, or the root itself where there is none. */
export function calendarOf(root: Component): Component {
  return components(root, "VCALENDAR")[0] ?? root;
}

/**
 * The zone a TZID means in this text. A name that is known wins over the VTIMEZONE of the same name, which is often
 * old or cut short; any other TZID is what its VTIMEZONE says. `undefined` when nothing describes it.
 */
export function zoneIn(root: Component, tzid: string): Zone | undefined {
  const known = zoneNamed(tzid);
  if (known !== undefined) return known;
  const definition = components(calendarOf(root), "VTIMEZONE").find((zone) => line(zone, "TZID")?.value === tzid);
  return definition && zoneOfDefinition(tzid, definition);
}

/**
 * The TZID by which new lines of this text name `zone`, its VTIMEZONE being there: one that the text has already for
 * the same zone, else the zone's own.
 */
export function requireTzid(root: Component, zone: Zone): string {
  const calendar = calendarOf(root);
  for (const definition of components(calendar, "VTIMEZONE")) {
    const tzid = line(definition, "TZID")?.value;
    if (tzid !== undefined && zoneIn(root, tzid)?.id === zone.id) return tzid;
  }
  const text = definitions.get(zone) ?? libraryText(zone.id);
  const [fresh] = components(readTree(text).root, "VTIMEZONE");
  const [before] = calendar.items.filter((item): item is Component => "items" in item);
  if (fresh !== undefined) copyInto(calendar, fresh, before);
  return (fresh && line(fresh, "TZID")?.value) ?? zone.id;
}

/** Makes `zone` one whose VTIMEZONE is known here: for zones that a device describes and no one names. */
export function describeZone(zone: Zone, definition: string): Zone {
  definitions.set(zone, definition);
  return zone;
}

interface Observance {
  readonly before: number;
  readonly after: number;
  /** Wall times, by the clock before the change, of its onsets in a year. */
  readonly onsets: (year: number) => readonly number[];
}

/** VTIMEZONEs are the same in most objects of a calendar; hostile ones must not fill the memory. */
const derived = new LRUCache<string, { readonly zone: Zone | undefined }>({ max: 300 });
const definitions = new WeakMap<Zone, string>();
/** Onsets of one rule in two years. */
const maxOnsets = 20;

function zoneOfDefinition(tzid: string, definition: Component): Zone | undefined {
  const key = [tzid, ...definition.items.flatMap((item) => ("items" in item ? allLines(item) : [item]))]
    .map((part) => (typeof part === "string" ? part : part.raw))
    .join("");
  const known = derived.get(key);
  if (known !== undefined) return known.zone;
  const location = line(definition, "X-LIC-LOCATION")?.value;
  const zone = (location === undefined ? undefined : zoneNamed(location)) ?? derive(tzid, definition);
  derived.set(key, { zone });
  return zone;
}

function derive(tzid: string, definition: Component): Zone | undefined {
  const observances = [...components(definition, "STANDARD"), ...components(definition, "DAYLIGHT")]
    .map(readObservance)
    .filter((observance) => observance !== undefined);
  const [first] = observances;
  if (first === undefined) return undefined;
  return zoneFrom(tzid, (instant) => offsetAmong(observances, instant) ?? first.before);
}

/** The offset after the last onset at or before an instant. Two years are looked at: a rule may have ended. */
function offsetAmong(observances: readonly Observance[], instant: number): number | undefined {
  const year = new Date(instant).getUTCFullYear();
  let latest = Number.NEGATIVE_INFINITY;
  let offset: number | undefined;
  for (const { before, after, onsets } of observances) {
    for (const wall of [...onsets(year - 1), ...onsets(year), ...onsets(year + 1)]) {
      const at = wall - before;
      if (at > instant || at < latest) continue;
      latest = at;
      offset = after;
    }
  }
  return offset;
}

function readObservance(component: Component): Observance | undefined {
  const start = readStamp(line(component, "DTSTART")?.value ?? "")?.wall;
  const before = readOffset(line(component, "TZOFFSETFROM"));
  const after = readOffset(line(component, "TZOFFSETTO"));
  if (start === undefined || before === undefined || after === undefined) return undefined;
  const fixed = [start, ...lines(component, "RDATE").flatMap(readDates)];
  const rules = lines(component, "RRULE").map((one) => yearlyOnsets(one.value, start, before));
  const lastFixed = (year: number) => fixed.filter((wall) => wall < Date.UTC(year + 1, 0, 1)).slice(-1);
  return {
    before,
    after,
    onsets: (year) => [
      // What was changed once stays so for good.
      ...(rules.length === 0 ? lastFixed(year) : fixed),
      ...rules.flatMap((onsets) => onsets(year)),
    ],
  };
}

function yearlyOnsets(value: string, start: number, before: number): (year: number) => readonly number[] {
  const rule = readRule(value, start, (instant) => instant + before);
  if (rule?.unit === "year" && rule.interval === 1 && rule.count === undefined) {
    const time = start - Math.floor(start / 86_400_000) * 86_400_000;
    const last = rule.until?.wall ?? Number.POSITIVE_INFINITY;
    return (year) => {
      // A rule that has ended still tells the offset of the years after.
      const wanted = Math.min(year, new Date(Math.min(last, 8.64e15)).getUTCFullYear());
      return [wanted - 1, wanted]
        .map((each) => (ruleDateIn(rule, each) ?? Number.NaN) + time)
        .filter((wall) => wall >= start && wall <= last);
    };
  }
  return walkedOnsets(value, start);
}

/** Rules that EAS could not say, such as "the first Sunday from the 8th on". */
function walkedOnsets(value: string, start: number): (year: number) => readonly number[] {
  const ended = /(?:^|;)UNTIL=(\d{4})/i.exec(value)?.[1];
  const lastYear = ended === undefined ? Number.POSITIVE_INFINITY : Number(ended);
  return (year) => {
    const from = Date.UTC(Math.min(year, lastYear) - 1, 0, 1);
    return walkRule(value, start, { from, until: Date.UTC(year + 1, 0, 1), most: maxOnsets });
  };
}

function readOffset(from: Line | undefined): number | undefined {
  const match = /^\s*([+-])(\d\d)(\d\d)(\d\d)?\s*$/.exec(from?.value ?? "");
  if (match === null) return undefined;
  const [, sign, hours, minutes, seconds = 0] = match;
  const size = (Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds)) * 1000;
  return size > 86_400_000 ? undefined : (sign === "-" ? -1 : 1) * size || 0;
}

function readDates(from: Line): readonly number[] {
  return from.value
    .split(",")
    .map((value) => readStamp(value.split("/")[0] ?? "")?.wall)
    .filter((wall) => wall !== undefined);
}

function libraryText(id: string): string {
  const block = tzlib_get_ical_block(id);
  const text = Array.isArray(block) ? block[0] : block;
  return text !== undefined && text.startsWith("BEGIN:VTIMEZONE") ? text : fixedText(id);
}

/** Zones newer than the library have no definition there; readers know them by name, as we do. */
function fixedText(id: string): string {
  const offset = zoneNamed(id)?.offsetAt(Date.UTC(2026, 0, 1)) ?? 0;
  const text = offsetText(offset);
  return [
    "BEGIN:VTIMEZONE",
    `TZID:${id}`,
    "BEGIN:STANDARD",
    `TZOFFSETFROM:${text}`,
    `TZOFFSETTO:${text}`,
    "DTSTART:19700101T000000",
    "END:STANDARD",
    "END:VTIMEZONE",
  ].join("\r\n");
}

/** `+0130` of milliseconds. */
export function offsetText(offset: number): string {
  const minutes = Math.abs(Math.round(offset / 60_000));
  const two = (value: number) => String(value).padStart(2, "0");
  return `${offset < 0 ? "-" : "+"}${two(Math.floor(minutes / 60))}${two(minutes % 60)}`;
}

function copyInto(parent: Component, from: Component, before?: Component): void {
  const copy = insertComponent(parent, from.name, allLines(from).map(partsOf), before);
  for (const item of from.items) if ("items" in item) copyInto(copy, item);
}
