/**
 * What becomes of the exceptions when a series is moved. Up to 14.1 they stay with their occurrences: RECURRENCE-ID
 * and EXDATE go to the new slots, and what meets no slot is kept as it is. From 16.0 they go
 * (MS-ASCAL_R2097, R2114, R2202).
 */
import { toWall } from "../../protocol/zones.ts";
import { atLeast } from "../../schema/versions.ts";
import { line, replaceLine, replaceValue } from "../content-lines.ts";
import type { Edit } from "../define.ts";
import { dropExceptions, editExclusions, rangedId, readOverrides } from "./exclusions.ts";
import { type Form, instantOf, type Moment, momentParts, momentText } from "./moment.ts";
import { isSlot, sayable } from "./occurrences.ts";
import { incomingRule } from "./recurrence.ts";
import { type Rule, readRule } from "./rrule.ts";
import { readRepeats, readSpan, type Span, timeOfDay } from "./series.ts";
import { shifted } from "./shift.ts";
import { midnightOf } from "./times.ts";
import { untilText } from "./until.ts";
import { writeSpan } from "./write-span.ts";

/** Call before DTSTART is written; what it returns is to be called after. `undefined` for an event that is no series. */
export function reanchor(edit: Edit, stored: Span, target: Span): (() => void) | undefined {
  const repeats = readRepeats(edit.component, stored.start);
  if (repeats.kind !== "rule" || isSameSpan(stored, target)) return undefined;
  if (atLeast(edit.context.version, "16.0")) {
    dropExceptions(edit, stored.start);
    return () => moveEnd(edit, stored, target, repeats.rule);
  }
  const toSlot = slotMover(edit, stored, target);
  const overrides = readOverrides(edit.component, stored.start, edit);
  return () => {
    for (const { component, slot, id, ranges } of overrides) {
      const next = toSlot(atOf(id, stored.start));
      if (next === undefined) continue;
      const place = { ...edit, component };
      const own = readSpan(place);
      const idLine = line(component, "RECURRENCE-ID");
      if (idLine !== undefined) writeId(edit, component, idLine, id, next, ranges);
      // An override that only says something else stays at its slot; one that was moved keeps its own time.
      if (instantOf(own.start) !== slot || own.start.kind !== stored.start.kind) continue;
      writeSpan(place, own, slotSpan(own, stored, target, next));
    }
    editExclusions(edit, (moment) => {
      const next = toSlot(atOf(moment, stored.start));
      return next === undefined || (next.wall === moment.wall && next.kind === moment.kind) ? moment : next;
    });
    moveEnd(edit, stored, target, repeats.rule);
  };
}

function isSameSpan(one: Span, other: Span): boolean {
  return (
    one.start.kind === other.start.kind &&
    one.start.zone === other.start.zone &&
    instantOf(one.start) === instantOf(other.start) &&
    instantOf(one.end) === instantOf(other.end)
  );
}

/** The wall time of a slot in the old series; a date stands for the occurrence on that day. */
function atOf(id: Moment, start: Moment): number {
  if (id.kind === "date") return start.kind === "date" ? id.wall : id.wall + timeOfDay(start.wall);
  return id.zone === start.zone ? id.wall : toWall(start.zone, instantOf(id));
}

/** From a wall time of the old series to the slot of the new one, `undefined` where there is none. */
function slotMover(edit: Edit, stored: Span, target: Span): (wall: number) => Moment | undefined {
  const text = line(edit.component, "RRULE")?.value ?? "";
  const rule =
    incomingRule(edit, target.start) ??
    readRule(text, target.start.wall, (instant) => toWall(target.start.zone, instant));
  const form: Form = { kind: target.start.kind, zone: target.start.zone, tzid: target.start.tzid };
  const by = target.start.wall - stored.start.wall;
  return (wall) => {
    if (rule === undefined) return undefined;
    const sameDay = midnightOf(wall) + timeOfDay(target.start.wall);
    const found = [wall + by, sameDay].find((slot) => isSlot(rule, target.start.wall, slot));
    return found === undefined ? undefined : { ...form, wall: found };
  };
}

function slotSpan(own: Span, stored: Span, target: Span, next: Moment): Span {
  const length = instantOf(own.end) - instantOf(own.start);
  // An override as long as the series was is as long as the series will be.
  if (length === instantOf(stored.end) - instantOf(stored.start)) {
    return shifted(target, next.wall - target.start.wall);
  }
  const end: Moment = { ...next, wall: toWall(next.zone, instantOf(next) + length) };
  return { start: next, end: next.kind === "date" ? { ...end, wall: midnightOf(end.wall) } : end, endedBy: "DTEND" };
}

function writeId(
  edit: Edit,
  component: Edit["component"],
  old: NonNullable<ReturnType<typeof line>>,
  id: Moment,
  next: Moment,
  ranges: boolean,
) {
  const parts = momentParts("RECURRENCE-ID", next, edit);
  if (id.kind === next.kind && id.zone === next.zone) replaceValue(component, old, momentText(next));
  else replaceLine(component, old, ranges ? rangedId(parts) : parts);
}

/**
 * UNTIL has the form of DTSTART (RFC 5545 §3.3.10), and the last occurrence must not fall behind it by a later hour. A
 * COUNT that the device was told as a last day ends on that day.
 */
function moveEnd(edit: Edit, stored: Span, target: Span, rule: Rule): void {
  const old = line(edit.component, "RRULE");
  const { until } = sayable(rule, stored.start.wall);
  const match = old && /(?<=^|;)(?:UNTIL|COUNT)=[^;]*/i.exec(old.value);
  if (!old || !match || until === undefined) return;
  if (until.isDate && target.start.kind === "date") return;
  const last = midnightOf(until.wall) + Math.max(timeOfDay(until.wall), timeOfDay(target.start.wall));
  const isSame =
    rule.until !== undefined &&
    !until.isDate &&
    last === until.wall &&
    target.start.kind === stored.start.kind &&
    target.start.zone === stored.start.zone;
  if (!isSame) replaceValue(edit.component, old, old.value.replace(match[0], `UNTIL=${untilText(last, target.start)}`));
}
