/**
 * When an event is: Timezone, StartTime, EndTime and AllDayEvent against DTSTART, DTEND or DURATION, and VTIMEZONE.
 * Up to 14.1 an all-day event is local midnight in UTC beside its zone; from 16.0 it is a date and has no zone
 * (MS-ASCAL_R2005 to R2008).
 */
import { MappingError } from "../../errors.ts";
import { compactUtc, parseUtc } from "../../protocol/datetime.ts";
import { readZoneBlob, sameRules, timezoneOf, type ZoneBlob, zoneOf } from "../../protocol/timezone.ts";
import { toInstant, toWall, type Zone } from "../../protocol/zones.ts";
import { atLeast } from "../../schema/versions.ts";
import { line } from "../content-lines.ts";
import type { Edit, Rule, Scope, Value } from "../define.ts";
import { foreignZone } from "./device-zone.ts";
import { express, hasOccurrence } from "./expression.ts";
import { type Form, formIn, homeZone, instantOf, type Moment, momentAt } from "./moment.ts";
import { reanchor } from "./reanchor.ts";
import { settleRule } from "./recurrence.ts";
import { readExclusions, readRepeats, readSpan, type Span, timeOfDay, walkForeign } from "./series.ts";
import { shifted } from "./shift.ts";
import { dayLength, midnightOf } from "./times.ts";
import { writeSpan } from "./write-span.ts";

export const span: Rule & { readonly lossless: false } = {
  name: "span",
  lossless: false,
  down(scope, values) {
    // A new event has no times yet.
    if (!line(scope.component, "DTSTART")) return;
    const { start, end } = shownSpan(scope);
    checkYears({ start, end });
    const allDay = start.kind === "date";
    const datesOnly = allDay && atLeast(scope.context.version, "16.0");
    if (!datesOnly) values.set("Calendar:Timezone", timezoneOf(start.zone, zoneInstant(scope, start)));
    const times = spanValues({ start, end }, scope);
    values.set("Calendar:StartTime", times.start).set("Calendar:EndTime", times.end);
    values.set("Calendar:AllDayEvent", allDay ? "1" : "0");
  },
  same(tag, incoming, now, scope) {
    if (!line(scope.component, "DTSTART")) return false;
    if (tag === "Calendar:AllDayEvent") return (incoming ?? "0") === now;
    if (tag === "Calendar:Timezone") return isSameZone(incoming, now, scope);
    return isSameTime(tag, incoming, now, scope);
  },
  up(edit) {
    if (!edit.creating && readRepeats(edit.component, readSpan(edit).start).kind === "foreign") {
      refuseMove(edit);
      return;
    }
    const target = edit.creating ? newSpan(edit) : changedSpan(edit);
    if (instantOf(target.end) < instantOf(target.start)) throw new MappingError("ends before it starts", "EndTime");
    checkYears(target);
    const stored = edit.creating ? undefined : readSpan(edit);
    const move = stored && reanchor(edit, stored, target);
    writeSpan(edit, stored, target);
    move?.();
    if (move) settleRule(edit);
  },
};

/** StartTime and EndTime of a span. */
export function spanValues(
  { start, end }: Pick<Span, "start" | "end">,
  { context }: Pick<Scope, "context">,
): { readonly start: string; readonly end: string } {
  const datesOnly = start.kind === "date" && atLeast(context.version, "16.0");
  const text = (moment: Moment) => compactUtc(datesOnly ? moment.wall : instantOf(moment));
  return { start: text(start), end: text(end) };
}

/**
 * The span a device is shown: the event's own; of a series that EAS cannot say that of the first occurrence which is
 * shown, or of the next one where only one is.
 */
export function shownSpan(scope: Scope): Span {
  const stored = readSpan(scope);
  if (readRepeats(scope.component, stored.start).kind !== "foreign") return stored;
  const { start } = stored;
  const [first] = express(scope, start, scope.context.now)?.walls ?? [];
  if (first !== undefined) return shifted(stored, first - start.wall);
  const excluded = new Set(readExclusions(scope.component, start, scope));
  const today = midnightOf(toWall(start.zone, scope.context.now));
  const limits = { from: today, until: today + foreignHorizon };
  const slots = walkForeign(scope, start, limits).filter((wall) => !excluded.has(toInstant(start.zone, wall)));
  const shown = slots.find((wall) => wall >= today) ?? slots.at(-1) ?? start.wall;
  return shifted(stored, shown - start.wall);
}

/** A series whose next occurrence is further away is shown as it begins. */
const foreignHorizon = 5 * 366 * dayLength;
const halfHour = 30 * 60_000;
/** Four digits for a year, a day from either end: an offset must not lead out. */
const firstTime = Date.parse("0001-01-02T00:00:00Z");
const lastTime = Date.parse("9999-12-30T00:00:00Z");

/** What is shown of a foreign series are some of its occurrences: another time for them says nothing of the others. */
function refuseMove({ changes }: Edit): void {
  // A zone alone moves nothing, and devices send their own.
  if (changes.size === 1 && changes.has("Calendar:Timezone")) return;
  throw new MappingError("a series with this rule cannot be moved from a device", "RRULE");
}

function checkYears({ start, end }: Pick<Span, "start" | "end">): void {
  if (start.wall < firstTime || end.wall > lastTime) throw new MappingError("beyond the years 1 to 9999", "DTSTART");
}

function isSameZone(incoming: Value | undefined, now: Value | undefined, scope: Scope): boolean {
  const blob = typeof incoming === "string" ? readZoneBlob(incoming) : undefined;
  // No zone said, or none that can be read: the stored one stays.
  if (blob === undefined || incoming === now) return true;
  const { start } = shownSpan(scope);
  // Devices make their own blob of the year it is, which for some zones has other dates than the event's year.
  return [zoneInstant(scope, start), instantOf(start), scope.context.now].some((at) => sameRules(blob, start.zone, at));
}

/** The time whose year's rules a device is told: for a series those of today, by which it shows what is to come. */
function zoneInstant(scope: Scope, start: Moment): number {
  const from = instantOf(start);
  return line(scope.component, "RRULE") ? Math.max(from, scope.context.now) : from;
}

function isSameTime(tag: string, incoming: Value | undefined, now: Value | undefined, scope: Scope): boolean {
  if (incoming === now) return true;
  if (typeof incoming !== "string" || typeof now !== "string") return false;
  const at = parseUtc(incoming);
  if (at === undefined) return false;
  if (at === parseUtc(now)) return true;
  const stored = readSpan(scope);
  if (readRepeats(scope.component, stored.start).kind !== "foreign") return false;
  // Time has passed since the device was shown its occurrence: any other of the series is no edit either.
  const { start, end } = stored;
  const isEnd = tag === "Calendar:EndTime";
  let wall = toWall(start.zone, at - (isEnd ? instantOf(end) - instantOf(start) : 0));
  // Days are days, whatever the clocks do between them.
  if (start.kind === "date") {
    const shown = atLeast(scope.context.version, "16.0") ? at : toWall(start.zone, at);
    wall = Math.round(shown / dayLength) * dayLength - (isEnd ? end.wall - start.wall : 0);
  }
  return hasOccurrence(scope, stored.start, wall);
}

/** A new event's span, with the standard's defaults for what is missing (MS-ASCAL_R52511 to R52518). */
function newSpan(edit: Edit): Span {
  const zone = deviceZone(edit, homeZone(edit), timeOf(edit, "Calendar:StartTime") ?? edit.context.now);
  const allDay = edit.incoming.get("Calendar:AllDayEvent") === "1";
  const rounded = Math.ceil(edit.context.now / halfHour) * halfHour;
  const given = timeOf(edit, "Calendar:EndTime");
  const from = timeOf(edit, "Calendar:StartTime");
  if (from === undefined && given !== undefined && given < rounded) {
    throw new MappingError("ends in the past and has no start", "StartTime");
  }
  const start = from ?? rounded;
  if (given === undefined && start > edit.context.now && from !== undefined && !allDay) {
    throw new MappingError("starts in the future and has no end", "EndTime");
  }
  const end = given ?? (allDay ? start : rounded + halfHour);
  return spanBetween(start, end, allDay, formIn(zone), repeats(edit));
}

function changedSpan(edit: Edit): Span {
  const stored = readSpan(edit);
  const { changes, incoming } = edit;
  if (changes.has("Calendar:EndTime") && !incoming.has("Calendar:StartTime")) {
    throw new MappingError("end changed without a start", "StartTime");
  }
  const said = incoming.get("Calendar:AllDayEvent");
  const allDay = said === undefined ? stored.start.kind === "date" : said === "1";
  const start = timeOf(edit, "Calendar:StartTime") ?? shownTime(edit, stored.start);
  // A start that moves alone takes the end along.
  const end = timeOf(edit, "Calendar:EndTime") ?? start + shownTime(edit, stored.end) - shownTime(edit, stored.start);
  const zone = deviceZone(edit, stored.start.zone, start);
  const kept = zone === stored.start.zone && stored.start.kind !== "date" ? stored.start : formIn(zone);
  const isSeries = readRepeats(edit.component, stored.start).kind !== "single" || repeats(edit);
  const target = spanBetween(start, end, allDay, kept, isSeries);
  // A flight ends in the zone where it lands.
  const isKept = zone === stored.start.zone && target.start.kind === stored.start.kind;
  const endForm = isKept && !allDay && stored.end.kind !== "date" ? stored.end : target.end;
  return { ...target, end: target.end.kind === "date" ? target.end : momentAt(instantOf(target.end), endForm) };
}

/** The number the device sees for a stored time. */
function shownTime(edit: Edit, moment: Moment): number {
  return moment.kind === "date" && atLeast(edit.context.version, "16.0") ? moment.wall : instantOf(moment);
}

/** Whether the device says a rule. */
function repeats({ incoming }: Edit): boolean {
  return incoming.get("Calendar:Recurrence") !== undefined;
}

function spanBetween(start: number, end: number, allDay: boolean, form: Form, isSeries: boolean): Span {
  const endedBy = "DTEND";
  if (!allDay) {
    // A series goes by its zone's clock, and of two like hours starts in the first.
    const from = isSeries ? { ...form, wall: toWall(form.zone, start) } : momentAt(start, form);
    return { start: from, end: momentAt(end, from), endedBy };
  }
  const date: Form = { kind: "date", zone: form.zone, tzid: undefined };
  const first = dateOf(start, form.zone);
  const last = Math.max(first + dayLength, dateOf(end, form.zone));
  return { start: { ...date, wall: first }, end: { ...date, wall: last }, endedBy };
}

/**
 * The day an all-day time means: midnight by the device's clock, or midnight in UTC where it sends dates as such
 * (16.x, and older clients that say no zone). A time that is neither is read as the nearest midnight of the zone.
 */
function dateOf(instant: number, zone: Zone): number {
  const wall = toWall(zone, instant);
  if (timeOfDay(wall) === 0) return wall;
  if (timeOfDay(instant) === 0) return instant;
  return Math.round(wall / dayLength) * dayLength;
}

/** The zone of the device's blob; the one at hand where it has the same rules, or where none is said. */
function deviceZone(edit: Edit, present: Zone, at: number): Zone {
  const said = edit.incoming.get("Calendar:Timezone");
  const blob: ZoneBlob | undefined = typeof said === "string" ? readZoneBlob(said) : undefined;
  if (blob === undefined) return present;
  const preferred = [present, homeZone(edit)];
  return zoneOf(blob, at, preferred) ?? zoneOf(blob, edit.context.now, preferred) ?? foreignZone(blob);
}

function timeOf(edit: Edit, tag: "Calendar:StartTime" | "Calendar:EndTime"): number | undefined {
  const said = edit.incoming.get(tag);
  if (said === undefined) return undefined;
  const at = typeof said === "string" ? parseUtc(said) : undefined;
  if (at === undefined) throw new MappingError("no date and time", tag);
  return at;
}
