/** Writes when an event is: only the lines whose moment changed, each in the form it is stored in. */
import { type Component, insertLine, line, removeLine, replaceLine, replaceValue } from "../content-lines.ts";
import type { Line } from "../line.ts";
import { instantOf, type Moment, momentParts, momentText } from "./moment.ts";
import type { EventPlace, Span } from "./series.ts";
import { dayLength, writeDuration } from "./times.ts";

/** `stored` is what stands now; `undefined` for a new event. DURATION stays DURATION, and an implied end implied. */
export function writeSpan(place: EventPlace, stored: Span | undefined, target: Span): void {
  const { component } = place;
  writeMoment(place, "DTSTART", stored?.start, target.start);
  const outlook = line(component, "X-MICROSOFT-CDO-ALLDAYEVENT");
  // Outlook goes by its own word where there is one.
  if (outlook && stored && stored.start.kind !== target.start.kind) {
    replaceValue(component, outlook, target.start.kind === "date" ? "TRUE" : "FALSE");
  }
  if (stored?.endedBy === "DURATION" && target.start.kind === stored.start.kind) {
    writeLength(component, stored, target);
    return;
  }
  const implied = stored?.endedBy === "nothing" && isImplied(target) && target.start.kind === stored.start.kind;
  if (implied) return;
  const duration = line(component, "DURATION");
  if (duration) removeLine(component, duration);
  writeMoment(place, "DTEND", stored?.endedBy === "DTEND" ? stored.end : undefined, target.end);
}

/** What DTSTART alone would say. */
function isImplied({ start, end }: Span): boolean {
  return end.wall - start.wall === (start.kind === "date" ? dayLength : 0);
}

/** Writes one of the times; `stored` is what stands now. */
export function writeMoment(
  place: EventPlace,
  name: "DTSTART" | "DTEND" | "DUE",
  stored: Moment | undefined,
  target: Moment,
): void {
  const { component } = place;
  const old = line(component, name);
  const isSameForm = stored?.kind === target.kind && (target.kind !== "zoned" || stored.zone === target.zone);
  if (old !== undefined && stored !== undefined && isSameForm) {
    // Where nothing but the value changed the line keeps its TZID, spelling and parameters.
    if (stored.wall !== target.wall) replaceValue(component, old, momentText(target));
    return;
  }
  const parts = momentParts(name, target, place);
  if (old) replaceLine(component, old, parts);
  else insertLine(component, parts, anchorOf(component));
}

/** A DURATION says the same where the event is moved and not stretched. */
export function writeLength(component: Component, stored: Span, target: Span): void {
  const duration = line(component, "DURATION");
  if (duration === undefined) return;
  const [length, before] = [target, stored].map(({ start, end }) => instantOf(end) - instantOf(start));
  if (target.start.kind === "date") {
    const days = target.end.wall - target.start.wall;
    if (days !== stored.end.wall - stored.start.wall) replaceValue(component, duration, writeDuration(days, true));
  } else if (length !== undefined && length !== before) replaceValue(component, duration, writeDuration(length));
}

function anchorOf(component: Component): Line | undefined {
  return line(component, "DTSTART") ?? line(component, "RECURRENCE-ID") ?? line(component, "UID");
}
