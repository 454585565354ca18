/** The occurrences of a series that are not as the others: its overrides, and its EXDATEs, edited one by one. */
import { MappingError } from "../../errors.ts";
import { toInstant, toWall } from "../../protocol/zones.ts";
import {
  allLines,
  type Component,
  components,
  insertComponent,
  insertLine,
  line,
  lines,
  removeComponent,
  removeLine,
  replaceLine,
  replaceValue,
} from "../content-lines.ts";
import { type LineParts, partsOf } from "../line.ts";
import { type Form, type Moment, momentParts, momentText, type Place, readEach, readMoments } from "./moment.ts";
import { type EventPlace, readSpan, type Span, slotOf, timeOfDay } from "./series.ts";
import { shifted } from "./shift.ts";
import { dayLength, midnightOf } from "./times.ts";
import { calendarOf } from "./vtimezone.ts";
import { writeSpan } from "./write-span.ts";

export interface Override {
  readonly component: Component;
  /** The slot of the series it stands for. */
  readonly slot: number;
  readonly id: Moment;
  /** Whether it stands for all that follow, too (RFC 5545 §3.2.13). */
  readonly ranges: boolean;
}

/** The overrides of a series: VEVENTs of its UID with a readable RECURRENCE-ID, by slot. */
export function readOverrides(master: Component, start: Moment, place: Place): readonly Override[] {
  const uid = line(master, "UID")?.value;
  const overrides: Override[] = [];
  for (const component of components(calendarOf(place.root), "VEVENT")) {
    const id = line(component, "RECURRENCE-ID");
    if (id === undefined || line(component, "UID")?.value !== uid) continue;
    const [moment] = readMoments(id, place);
    if (moment === undefined) continue;
    const ranges = id.param("RANGE")?.toUpperCase() === "THISANDFUTURE";
    overrides.push({ component, slot: slotOf(moment, start), id: moment, ranges });
  }
  return overrides.sort((one, other) => one.slot - other.slot);
}

export function removeOverride(place: Place, override: Component): void {
  removeComponent(calendarOf(place.root), override);
}

/** Takes a slot out of a series that has it. */
export function exclude(place: EventPlace, start: Moment, slot: number): void {
  const { component } = place;
  const last = lines(component, "EXDATE").at(-1) ?? lines(component, "RRULE").at(-1);
  insertLine(component, momentParts("EXDATE", atSlot(slot, start), place), last);
}

/** Puts an excluded slot back. */
export function readmit(place: EventPlace, start: Moment, slot: number): void {
  editExclusions(place, (moment) => (slotOf(moment, start) === slot ? undefined : moment));
}

/** Gives each EXDATE another moment, or none; a list keeps its other values, and unreadable ones, as they are. */
export function editExclusions(place: EventPlace, change: (moment: Moment) => Moment | undefined): void {
  const { component } = place;
  for (const one of lines(component, "EXDATE")) {
    const values = one.value.split(",");
    const changed = readEach(one, place).map((own, index) => {
      return { value: values[index] ?? "", own, next: own && change(own) };
    });
    if (changed.every(({ own, next }) => own === next)) continue;
    const left = changed.filter(({ own, next }) => own === undefined || next !== undefined);
    const reformed = left.find(({ own, next }) => own && next && !sameForm(own, next))?.next;
    const written = left.map(({ value, own, next }) => (next === undefined || next === own ? value : momentText(next)));
    if (written.length === 0) removeLine(component, one);
    else if (reformed === undefined) replaceValue(component, one, written.join(","));
    else replaceLine(component, one, { ...momentParts("EXDATE", reformed, place), value: written.join(",") });
  }
}

/** All overrides and EXDATEs go, as 16.x has it (MS-ASCAL_R2114, R2180, R2202). */
export function dropExceptions(place: EventPlace, start: Moment): void {
  for (const override of readOverrides(place.component, start, place)) removeOverride(place, override.component);
  for (const one of lines(place.component, "EXDATE")) removeLine(place.component, one);
}

/**
 * An override for a slot that has none of its own: a copy of the series, or of the override that stands for the slots
 * from its own on, alarms and unknown lines included, without what makes it a series.
 */
export function createOverride(place: EventPlace, master: Span, slot: number, range?: Override): Component {
  const calendar = calendarOf(place.root);
  const component = range?.component ?? place.component;
  const parts = allLines(component)
    .filter((one) => !ofSeriesOnly.has(one.name))
    .map(partsOf);
  if (parts.length > maxCopied) throw new MappingError("the series has too many lines to copy", "RECURRENCE-ID");
  const copy = insertComponent(calendar, "VEVENT", parts);
  for (const item of component.items) if ("items" in item) copyInto(copy, item);
  const id = atSlot(slot, master.start);
  insertLine(copy, momentParts("RECURRENCE-ID", id, place), line(copy, "UID"));
  const own = readSpan({ ...place, component: copy });
  const target = range ? rangedSpan(own, master, range, slot) : shifted(master, id.wall - master.start.wall);
  writeSpan({ ...place, component: copy }, own, target);
  return copy;
}

/** When an occurrence is that follows an override with a range: as far from its slot as that one is. */
export function rangedSpan(own: Span, master: Span, range: Override, slot: number): Span {
  const [to, from] = [slot, range.slot].map((each) => atSlot(each, master.start).wall);
  const by = (to ?? 0) - (from ?? 0);
  return shifted(own, own.start.kind === "date" ? Math.round(by / dayLength) * dayLength : by);
}

/** Lets an override that stands for all that follow begin at a later slot. */
export function advanceRange(place: Place, master: Span, range: Override, slot: number): void {
  const { component } = range;
  const own = readSpan({ ...place, component });
  writeSpan({ ...place, component }, own, rangedSpan(own, master, range, slot));
  const id = line(component, "RECURRENCE-ID");
  if (id) replaceLine(component, id, rangedId(momentParts("RECURRENCE-ID", atSlot(slot, master.start), place)));
}

/** A RECURRENCE-ID that stands for all that follow. */
export function rangedId(parts: LineParts): LineParts {
  return { ...parts, params: [...(parts.params ?? []), { name: "RANGE", values: ["THISANDFUTURE"] }] };
}

/** All lines of a component, to tell whether an edit changed any. */
export function rawOf(component: Component): string {
  return component.items.map((item) => ("items" in item ? rawOf(item) : item.raw)).join("");
}

/** A slot in the form of the series, by the hour that the series has even where the clock skips it that day. */
export function atSlot(slot: number, start: Moment): Moment {
  const form: Form = { kind: start.kind, zone: start.zone, tzid: start.tzid };
  const wall = toWall(start.zone, slot);
  const named = midnightOf(wall) + timeOfDay(start.wall);
  return { ...form, wall: toInstant(start.zone, named) === slot ? named : wall };
}

const ofSeriesOnly = new Set(["RRULE", "RDATE", "EXDATE", "EXRULE", "RECURRENCE-ID", "X-MOZ-GENERATION"]);
/** Lines of one event that are copied: ten overrides a request must not grow a text without bound. */
const maxCopied = 20_000;

function sameForm(one: Form, other: Form): boolean {
  return one.kind === other.kind && one.zone === other.zone && one.tzid === other.tzid;
}

function copyInto(parent: Component, from: Component): void {
  const copy = insertComponent(parent, from.name, allLines(from).map(partsOf));
  for (const item of from.items) if ("items" in item) copyInto(copy, item);
}
