/**
 * Calendar:Exceptions against RECURRENCE-ID overrides and EXDATE. A child that is left out is the series' own, an empty
 * one is deleted for this occurrence (MS-ASCAL_R82 ff., R508, R539). From 16.0 a Change names one occurrence by
 * InstanceId instead (R2112, R2113): `changeOccurrence` and `removeOccurrence`.
 */

import { MappingError } from "../../errors.ts";
import { compactUtc, parseUtc } from "../../protocol/datetime.ts";
import { toWall } from "../../protocol/zones.ts";
import { exceptions as mostExceptions } from "../../schema/limits.ts";
import { atLeast, within } from "../../schema/versions.ts";
import { children, childText, type Element, element } from "../../wire/element.ts";
import type { Component } from "../content-lines.ts";
import type { CompiledRow, Edit, Mapping, Rule, Scope, Value, Values } from "../define.ts";
import { readValues } from "../download.ts";
import { sameValue, upload } from "../upload.ts";
import { atSlot, createOverride, rangedSpan, rawOf, removeOverride } from "./exclusions.ts";
import {
  deleteSlot,
  findSlot,
  hasSlot,
  openSeries,
  rangeOver,
  releaseRange,
  requireSeries,
  requireSlot,
  restoreSlot,
  type Series,
  slotsAfter,
} from "./open-series.ts";
import { readSpan } from "./series.ts";
import { spanValues } from "./span.ts";
import { dayLength } from "./times.ts";

const tag = "Calendar:Exceptions";

/** `table` has the rows that an exception may hold; it is asked for late because it inherits from the one with this rule. */
export function exceptions(table: () => Mapping): Rule & { readonly lossless: false } {
  return {
    name: "exceptions",
    lossless: false,
    last: true,
    down(scope, values) {
      const series = openSeries(scope);
      if (series === undefined) return;
      const list = describeLatest(table(), series);
      if (list.length > 0) values.set(tag, list);
    },
    // Occurrence by occurrence, in `up`; none at all is no word on any (MS-ASCAL_R541, R542).
    same: (_tag, incoming) => incoming === undefined,
    up(edit) {
      const said = edit.changes.get(tag);
      if (said === undefined || typeof said === "string") return;
      const series = requireSeries(edit);
      const own = readValues(table(), edit);
      for (const one of said) applyException(table(), series, { own, before: edit.now }, one, movedBy(edit));
    },
  };
}

/** 16.x: a Change of one occurrence. What it leaves out stays. Throws MappingError for what is no occurrence. */
export function changeOccurrence(table: Mapping, scope: Scope, instance: string, data: Element): void {
  const series = requireSeries(scope);
  const slot = requireSlot(series, instance);
  editSlot(table, series, slot, children(data));
}

/** 16.x: a Delete of one occurrence. */
export function removeOccurrence(scope: Scope, instance: string): void {
  const series = requireSeries(scope);
  deleteSlot(series, requireSlot(series, instance));
}

/** The latest that an answer holds, by slot. Only these are described: a series may have thousands. */
function describeLatest(table: Mapping, series: Series): readonly Element[] {
  const { scope, overrides, exclusions, holes, shown } = series;
  // An RDATE's override has no place in a pattern that does not have its day.
  const changed = [...overrides.keys()].filter((slot) =>
    shown === undefined ? hasSlot(series, slot) : shown.has(slot),
  );
  const followers = followersOf(series, mostExceptions - overrides.size - exclusions.size);
  const out = shown === undefined ? [...exclusions].filter((slot) => !overrides.has(slot)) : holes;
  const slots = [...changed, ...followers, ...out].sort((one, other) => one - other).slice(-mostExceptions);
  const own = changed.length + followers.length === 0 ? undefined : readValues(table, scope);
  const isOut = new Set(out);
  return slots.map((slot) => {
    const content = own && !isOut.has(slot) ? describeSlot(table, series, slot, own) : [];
    return element("Calendar:Exception", [
      isOut.has(slot) ? deleted : undefined,
      slotElement(series, slot),
      ...content,
    ]);
  });
}

/**
 * The slots that follow an override which stands for all that follow, around today: EAS has no word for it, so each is
 * told as an exception.
 */
function followersOf(series: Series, most: number): readonly number[] {
  const { scope, overrides, shown } = series;
  const [first] = [...overrides.values()].filter((one) => one.ranges).sort((one, other) => one.slot - other.slot);
  if (first === undefined) return [];
  const { now } = scope.context;
  const from = Math.max(first.slot, now - followedPast);
  const slots = slotsAfter(series, from - dayLength, { most: most + 1, until: now + followedAhead });
  return slots.filter((slot) => slot > first.slot && (shown?.has(slot) ?? true)).slice(0, Math.max(0, most));
}

const followedPast = 31 * dayLength;
const followedAhead = 2 * 366 * dayLength;

/** What is otherwise than in the series at a slot: by its own override, or by the one that it follows. */
function describeSlot(table: Mapping, series: Series, slot: number, own: Values): readonly Element[] {
  const { scope, span, overrides } = series;
  const override = overrides.get(slot) ?? rangeOver(series, slot);
  if (override === undefined) return [];
  const { component } = override;
  const told = describe(table, series, component, own);
  if (override.slot === slot) return told;
  const times = spanValues(rangedSpan(readSpan({ ...scope, component }), span, override, slot), scope);
  return told.map((one) => {
    if (one.name === "Calendar:StartTime") return { ...one, content: times.start };
    return one.name === "Calendar:EndTime" ? { ...one, content: times.end } : one;
  });
}

const deleted = element("Calendar:Deleted", 1);

function slotElement({ scope, span }: Series, slot: number): Element {
  const { version } = scope.context;
  if (!atLeast(version, "16.0")) return element("Calendar:ExceptionStartTime", compactUtc(slot));
  const wall = span.start.kind === "date" ? toWall(span.start.zone, slot) : slot;
  return element("AirSyncBase:InstanceId", compactUtc(wall));
}

/** What is otherwise than in the series. Start and end are always said: an occurrence has them of its own. */
function describe(table: Mapping, { scope }: Series, override: Component, own: Values): readonly Element[] {
  const values = readValues(table, { ...scope, component: override, master: scope.component });
  const list: Element[] = [];
  for (const compiled of table.compiled) {
    const { row } = compiled;
    if (row.down === undefined || !within(scope.context.version, row.down)) continue;
    const value = values.get(row.tag);
    const inherited = own.get(row.tag);
    if (value === undefined) {
      if (inherited !== undefined && mayBeEmpty(compiled, scope)) {
        list.push({ name: row.tag, content: typeof row.empty === "string" ? undefined : row.empty });
      }
    } else if (alwaysSaid.has(row.tag) || inherited === undefined || !sameValue(value, inherited)) {
      list.push({ name: row.tag, content: value });
    }
  }
  return list;
}

const alwaysSaid: ReadonlySet<string> = new Set(["Calendar:StartTime", "Calendar:EndTime"]);

/** An empty Reminder is a word of 14.1 (MS-ASCAL_R2185); before, an occurrence without one cannot be told. */
function mayBeEmpty({ row }: CompiledRow, { context }: Scope): boolean {
  if (row.empty === "omit" || row.up === undefined) return false;
  return row.tag !== "Calendar:Reminder" || atLeast(context.version, "14.1");
}

/** How far this very Change moved the series: devices may still name the occurrences by their old slots. */
function movedBy(edit: Edit): number {
  const [before, after] = [edit.now, edit.incoming].map((values) => values.get("Calendar:StartTime"));
  if (typeof before !== "string" || typeof after !== "string") return 0;
  return (parseUtc(after) ?? 0) - (parseUtc(before) ?? 0);
}

/** What a series says now, and what it said when the device was told. */
interface SeriesValues {
  readonly own: Values;
  readonly before: Values;
}

function applyException(table: Mapping, series: Series, values: SeriesValues, said: Element, moved: number): void {
  const named = childText(said, "Calendar:ExceptionStartTime") ?? childText(said, "AirSyncBase:InstanceId");
  if (named === undefined) throw new MappingError("an exception without its start", "ExceptionStartTime");
  const slot = findSlot(series, named, moved);
  if (childText(said, "Calendar:Deleted")?.trim() === "1") {
    // What is no occurrence needs no deletion.
    if (slot !== undefined) deleteSlot(series, slot);
    return;
  }
  if (slot === undefined) throw new MappingError(`no occurrence at ${named.slice(0, 20)}`, "ExceptionStartTime");
  editSlot(table, series, slot, inheritOmitted(table, series, slot, values, children(said)));
}

/** A child left out is the series' own: where the device was told otherwise, that is an edit. */
function inheritOmitted(
  table: Mapping,
  series: Series,
  slot: number,
  { own, before }: SeriesValues,
  said: readonly Element[],
): readonly Element[] {
  const present = series.overrides.get(slot);
  // What all that follow have in common is no word on one of them: the series alone was edited.
  const isOwn = present !== undefined && !present.ranges;
  const told = describeSlot(table, series, slot, isOwn ? own : before);
  const names = new Set<string>(said.map((one) => one.name));
  const inherited = told
    .filter((one) => !names.has(one.name) && !neverInherited.has(one.name))
    .map(({ name }): Element => ({ name, content: contentOf(own, name) }));
  return [...said, ...inherited];
}

/** Not by omission: text (MS-ASCMD_R878), and when the occurrence is. */
const neverInherited: ReadonlySet<string> = new Set([
  ...alwaysSaid,
  "AirSyncBase:Body",
  "Calendar:Body",
  "Calendar:DtStamp",
]);

function contentOf(values: Values, name: string): Value | undefined {
  for (const [tagName, value] of values) if (tagName === name) return value;
  return undefined;
}

function editSlot(table: Mapping, series: Series, slot: number, said: readonly Element[]): void {
  const { scope, span, overrides } = series;
  const fields = said.filter((one) => !naming.has(one.name));
  const { origin } = scope.component;
  const wasEdited = origin.edited;
  const present = overrides.get(slot);
  // An override beside an EXDATE of its slot is told as it is: an echo of it is no word on the EXDATE.
  const restored = present === undefined && restoreSlot(series, slot);
  const known = present?.ranges ? undefined : present;
  const component = known?.component ?? createOverride(scope, span, slot, rangeOver(series, slot));
  const fresh = known === undefined ? rawOf(component) : "";
  const place: Scope = { ...scope, component, master: scope.component };
  upload(table, place, { name: "Calendar:Exception", content: withStart(table, place, fields) });
  if (known !== undefined) return;
  if (rawOf(component) !== fresh) {
    releaseRange(series, slot);
    overrides.set(slot, { component, slot, id: atSlot(slot, span.start), ranges: false });
    return;
  }
  // The occurrence is as all the others: there is nothing to write down.
  removeOverride(scope, component);
  if (!restored) origin.edited = wasEdited;
}

const naming: ReadonlySet<string> = new Set([
  "Calendar:ExceptionStartTime",
  "AirSyncBase:InstanceId",
  "Calendar:Deleted",
]);

/** An end alone belongs to the start that the occurrence has. */
function withStart(table: Mapping, place: Scope, fields: readonly Element[]): readonly Element[] {
  const has = (name: string) => fields.some((one) => one.name === name);
  if (!has("Calendar:EndTime") || has("Calendar:StartTime")) return fields;
  const start = readValues(table, place).get("Calendar:StartTime");
  return start === undefined ? fields : [...fields, { name: "Calendar:StartTime", content: start }];
}
