/** A VTODO's own times: when it begins and when it is due, either of which it may lack (RFC 5545 §3.6.2). */
import { MappingError } from "../../errors.ts";
import { parseUtc } from "../../protocol/datetime.ts";
import { toWall } from "../../protocol/zones.ts";
import { line, removeLine } from "../content-lines.ts";
import type { Value } from "../define.ts";
import { homeZone, instantOf, type Moment, type Place, readMoment } from "./moment.ts";
import { type EventPlace, readSpan } from "./series.ts";

export interface TaskTimes {
  readonly start: Moment | undefined;
  readonly due: Moment | undefined;
  /** How the due time is stored. */
  readonly dueBy: "DUE" | "DURATION" | "nothing";
}

/** What cannot be read, or lies outside the years that EAS can say, counts as not there. */
export function readTimes(place: EventPlace): TaskTimes {
  const start = momentOf(place, "DTSTART");
  const due = momentOf(place, "DUE");
  if (line(place.component, "DUE")) return { start, due, dueBy: "DUE" };
  const span = start === undefined ? undefined : readSpan(place);
  if (span?.endedBy !== "DURATION" || !isSayable(span.end)) return { start, due: undefined, dueBy: "nothing" };
  return { start, due: span.end, dueBy: "DURATION" };
}

/** From what a rule counts: many clients repeat a task that has a due time alone. */
export function anchorOf({ start, due }: Pick<TaskTimes, "start" | "due">): Moment | undefined {
  return start ?? due;
}

/** What the owner's clock shows, counted as if it were UTC: a date and a time in a zone as they are written. */
export function localOf(moment: Moment, place: Pick<Place, "context">): number {
  return moment.kind === "utc" ? toWall(homeZone(place), moment.wall) : moment.wall;
}

/** A device's word for a time; throws MappingError for what is none, or lies outside the years that EAS can say. */
export function requireTime(said: Value | undefined, tag: string): number {
  const at = typeof said === "string" ? parseUtc(said) : undefined;
  if (at === undefined || at < firstTime || at > lastTime) throw new MappingError("no date and time", tag);
  return at;
}

/** A DURATION beside no DTSTART that can be read says nothing (RFC 5545 §3.8.2.5), and would once there is one: call before. */
export function dropStrayLength(place: EventPlace): void {
  const stray = momentOf(place, "DTSTART") ? undefined : line(place.component, "DURATION");
  if (stray) removeLine(place.component, stray);
}

function momentOf(place: EventPlace, name: "DTSTART" | "DUE"): Moment | undefined {
  const stored = line(place.component, name);
  const moment = stored && readMoment(stored, place);
  return moment !== undefined && isSayable(moment) ? moment : undefined;
}

/** Four digits for a year, a day from either end: an offset must not lead out. */
function isSayable(moment: Moment): boolean {
  const at = instantOf(moment);
  return at >= firstTime && at <= lastTime;
}

const firstTime = Date.parse("0001-01-02T00:00:00Z");
const lastTime = Date.parse("9999-12-30T00:00:00Z");
