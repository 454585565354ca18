/**
 * When a task begins and is due: StartDate and UtcStartDate against DTSTART, DueDate and UtcDueDate against DUE, or
 * DURATION. Each pair is one time: what the clock shows where the task belongs, and the instant. Tasks have no zone on
 * the wire, and many clients know days only, which they say as midnight.
 */
import { MappingError } from "../../errors.ts";
import { dashedUtc, parseUtc } from "../../protocol/datetime.ts";
import { toInstant, toWall, utc } from "../../protocol/zones.ts";
import type { KnownName } from "../../schema/pages.ts";
import { line, removeLine } from "../content-lines.ts";
import type { Edit, Rule, Scope, Value } from "../define.ts";
import { type Form, formIn, homeZone, instantOf, type Moment, momentAt } from "./moment.ts";
import { readRepeats } from "./series.ts";
import { settleTaskRule } from "./task-recurrence.ts";
import { settleReminder, watchReminder } from "./task-reminder.ts";
import { anchorOf, dropStrayLength, localOf, readTimes, requireTime, type TaskTimes } from "./task-times.ts";
import { dayLength, midnightOf } from "./times.ts";
import { writeLength, writeMoment } from "./write-span.ts";

interface Pair {
  readonly which: "start" | "due";
  readonly local: KnownName;
  readonly utc: KnownName;
}

const startPair: Pair = { which: "start", local: "Tasks:StartDate", utc: "Tasks:UtcStartDate" };
const duePair: Pair = { which: "due", local: "Tasks:DueDate", utc: "Tasks:UtcDueDate" };

export const taskDates: Rule & { readonly lossless: false } = {
  name: "task dates",
  lossless: false,
  down(scope, values) {
    const times = readTimes(scope);
    for (const pair of [startPair, duePair]) {
      const moment = times[pair.which];
      if (moment === undefined) continue;
      values.set(pair.utc, dashedUtc(instantOf(moment)));
      values.set(pair.local, dashedUtc(localOf(moment, scope)));
    }
  },
  same: (_tag, incoming, now) => isSame(incoming, now),
  up(edit) {
    const stored = readTimes(edit);
    const target = settled(edit, stored, {
      start: targetOf(edit, startPair, stored),
      due: targetOf(edit, duePair, stored),
    });
    if (target.start === stored.start && target.due === stored.due) return;
    const anchor = anchorOf(stored);
    if (anchor !== undefined && target.start !== stored.start && isForeign(edit, anchor)) {
      throw new MappingError("a series with this rule cannot be moved from a device", "RRULE");
    }
    const reminder = watchReminder(edit);
    write(edit, stored, target);
    settleTaskRule(edit, anchor);
    settleReminder(edit, reminder);
  },
};

type Target = Pick<TaskTimes, "start" | "due">;

function isForeign(edit: Edit, anchor: Moment): boolean {
  return readRepeats(edit.component, anchor).kind === "foreign";
}

function isSame(incoming: Value | undefined, now: Value | undefined): boolean {
  if (incoming === now) return true;
  if (typeof incoming !== "string" || typeof now !== "string") return false;
  const at = parseUtc(incoming);
  return at !== undefined && at === parseUtc(now);
}

/** A device that knows days says midnight of the day: nothing new of a time on that day. */
function isItsDay(local: number, stored: Moment, scope: Pick<Scope, "context">): boolean {
  return isMidnight(local) && midnightOf(localOf(stored, scope)) === local;
}

function isMidnight(wall: number): boolean {
  return midnightOf(wall) === wall;
}

/** A device's word for one pair; what it leaves out of the two follows from the configured zone. */
function targetOf(edit: Edit, pair: Pair, stored: TaskTimes): Moment | undefined {
  const present = stored[pair.which];
  if (!edit.changes.has(pair.local) && !edit.changes.has(pair.utc)) return present;
  const said = { local: timeOf(edit, pair.local), utc: timeOf(edit, pair.utc) };
  const local = said.local ?? (said.utc === undefined ? undefined : toWall(homeZone(edit), said.utc));
  if (local === undefined) return undefined;
  if (present !== undefined && isSaid(said, present, edit)) return present;
  const instant = said.utc ?? toInstant(homeZone(edit), local);
  return isMidnight(local) ? dayOf(local, present, edit) : timeAt(local, instant, present, stored, edit);
}

/** Either of the two is enough: a device away from home shows one of them by its own clock. */
function isSaid(
  said: { readonly local?: number | undefined; readonly utc?: number | undefined },
  present: Moment,
  edit: Edit,
): boolean {
  if (said.utc === instantOf(present)) return true;
  return said.local !== undefined && (said.local === localOf(present, edit) || isItsDay(said.local, present, edit));
}

/** A day: what had a time of day keeps it, because the device may not know of it. */
function dayOf(local: number, present: Moment | undefined, edit: Edit): Moment {
  if (present === undefined) return { kind: "date", zone: homeZone(edit), tzid: undefined, wall: local };
  if (present.kind === "date") return { ...present, wall: local };
  const before = localOf(present, edit);
  const wall = local + before - midnightOf(before);
  return { ...present, wall: present.kind === "utc" ? toInstant(homeZone(edit), wall) : wall };
}

/** A time, in the form that the task's times have; in the configured zone where they have none and it is the device's. */
function timeAt(local: number, instant: number, present: Moment | undefined, stored: TaskTimes, edit: Edit): Moment {
  const form = [present, stored.start, stored.due].find((one) => one !== undefined && one.kind !== "date");
  if (form?.kind === "floating") return { ...form, wall: local };
  if (form !== undefined) return momentAt(instant, form);
  const home = homeZone(edit);
  return momentAt(instant, formIn(toWall(home, instant) === local ? home : utc));
}

function timeOf(edit: Edit, tag: KnownName): number | undefined {
  const said = edit.incoming.get(tag);
  return said === undefined ? undefined : requireTime(said, tag);
}

/** The two times as they can stand together: both dates or both times, and due no sooner than it begins (§3.8.2.3). */
function settled(edit: Edit, stored: TaskTimes, target: Target): Target {
  // A rule without a start is none (§3.8.2.4), and a device that leaves the start out does not mean the rule.
  const keepsStart = target.start === undefined && stored.start !== undefined && keepsRule(edit);
  const { start, due } = alike(keepsStart ? stored.start : target.start, target.due, edit);
  if (start === undefined || due === undefined || instantOf(due) >= instantOf(start)) return { start, due };
  const isOldStart = stored.start !== undefined && target.start === stored.start;
  if (!isOldStart) throw new MappingError("due before it begins", "DueDate");
  // A device that shows the due time alone moved it to before the start, of which it knows nothing.
  return { start: due, due };
}

function keepsRule(edit: Edit): boolean {
  const isCleared = edit.incoming.has("Tasks:Recurrence") && edit.incoming.get("Tasks:Recurrence") === undefined;
  return line(edit.component, "RRULE") !== undefined && !isCleared;
}

function alike(start: Moment | undefined, due: Moment | undefined, edit: Edit): Target {
  if (start === undefined || due === undefined || (start.kind === "date") === (due.kind === "date")) {
    return { start, due };
  }
  // A day among times: it begins at midnight, and is over a minute before the next one.
  if (start.kind === "date") return { start: inForm(start.wall, due, edit), due };
  return { start, due: inForm(due.wall + dayLength - 60_000, start, edit) };
}

function inForm(local: number, form: Form, edit: Edit): Moment {
  return { ...form, wall: form.kind === "utc" ? toInstant(homeZone(edit), local) : local };
}

function write(edit: Edit, stored: TaskTimes, { start, due }: Target): void {
  const { component } = edit;
  if (start !== undefined) {
    dropStrayLength(edit);
    writeMoment(edit, "DTSTART", stored.start, start);
  } else removeNamed(edit, "DTSTART");
  if (stored.dueBy === "DURATION" && stored.start !== undefined && stored.due !== undefined) {
    if (start !== undefined && due !== undefined && start.kind === stored.start.kind) {
      const before = { start: stored.start, end: stored.due, endedBy: "DURATION" } as const;
      writeLength(component, before, { start, end: due, endedBy: "DURATION" });
      return;
    }
    removeNamed(edit, "DURATION");
  }
  if (due === undefined) {
    // Where both stand, against the standard, the second would say now what the first said.
    for (const name of ["DUE", "DURATION"]) removeNamed(edit, name);
  } else writeMoment(edit, "DUE", stored.dueBy === "DUE" ? stored.due : undefined, due);
}

function removeNamed({ component }: Edit, name: string): void {
  const old = line(component, name);
  if (old) removeLine(component, old);
}
