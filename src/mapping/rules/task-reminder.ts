/**
 * ReminderSet and ReminderTime against the first alarm that shows something: at a time of its own, or so long before or
 * after the task begins or is due. Every other alarm stays.
 */
import { MappingError } from "../../errors.ts";
import { compactUtc, dashedUtc, parseUtc } from "../../protocol/datetime.ts";
import {
  type Component,
  components,
  insertComponent,
  line,
  removeComponent,
  replaceLine,
  replaceValue,
} from "../content-lines.ts";
import type { Edit, Rule } from "../define.ts";
import type { LineParts } from "../line.ts";
import { escapeText } from "../text.ts";
import { instantOf, type Moment } from "./moment.ts";
import type { EventPlace } from "./series.ts";
import { anchorOf, readTimes } from "./task-times.ts";
import { dayLength, readDuration, readStamp, writeDuration } from "./times.ts";

const setTag = "Tasks:ReminderSet";
const timeTag = "Tasks:ReminderTime";

export const taskReminder: Rule & { readonly lossless: false } = {
  name: "task reminder",
  lossless: false,
  down(scope, values) {
    const found = findReminder(scope);
    if (found !== undefined) values.set(timeTag, dashedUtc(found.at));
    values.set(setTag, found === undefined ? "0" : "1");
  },
  same(tag, incoming, now) {
    if (tag === setTag) return (incoming ?? "0") === (now ?? "0");
    if (typeof incoming !== "string" || typeof now !== "string") return incoming === now;
    return parseUtc(incoming) !== undefined && parseUtc(incoming) === parseUtc(now);
  },
  up(edit) {
    const found = findReminder(edit);
    if (!isSet(edit)) {
      // Devices keep the time of a reminder that is off: another alarm, or one it was not shown, is not meant.
      const isMeant = edit.changes.has(setTag) && edit.now.has(timeTag);
      if (found !== undefined && isMeant) removeComponent(edit.component, found.component);
      return;
    }
    const at = timeSaid(edit);
    // A reminder without a time is remembered as that.
    if (at === undefined) return;
    if (found === undefined) insertReminder(edit, at);
    else if (found.at !== at) moveReminder(edit, found, at);
  },
};

/** A reminder, as it stood before the times of its task were edited. */
export type Watched = Reminder | undefined;

export function watchReminder(edit: Edit): Watched {
  return findReminder(edit);
}

/**
 * After the times of its task were edited: it stays at the time that the device says, and goes along where it says
 * none. What was relative to a time that is no more becomes one of its own.
 */
export function settleReminder(edit: Edit, before: Watched): void {
  if (before === undefined) return;
  const at = (isSet(edit) ? timeSaid(edit) : undefined) ?? (baseOf(edit, before.relation) ? undefined : before.at);
  if (at !== undefined && findReminder(edit)?.at !== at) moveReminder(edit, before, at);
}

interface Reminder {
  readonly component: Component;
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly relation: Relation;
}

/** What a trigger counts from. */
type Relation = "itself" | "start" | "due";

function findReminder(task: EventPlace): Reminder | undefined {
  for (const component of components(task.component, "VALARM")) {
    const action = line(component, "ACTION")?.value.trim().toUpperCase();
    if (action !== "DISPLAY" && action !== "AUDIO") continue;
    // It goes off at a place (RFC 9074 §8): its trigger means nothing.
    if (line(component, "PROXIMITY") || line(component, "X-APPLE-PROXIMITY")) continue;
    const found = readTrigger(task, component);
    if (found !== undefined && found.at >= earliest && found.at <= latest) return { component, ...found };
  }
  return undefined;
}

function readTrigger(task: EventPlace, alarm: Component): Pick<Reminder, "at" | "relation"> | undefined {
  const trigger = line(alarm, "TRIGGER");
  if (trigger === undefined) return undefined;
  const own = readStamp(trigger.value);
  if (own?.kind === "utc") return { at: own.wall, relation: "itself" };
  const relation = trigger.param("RELATED")?.toUpperCase() === "END" ? "due" : "start";
  const duration = readDuration(trigger.value);
  const base = baseOf(task, relation);
  if (duration === undefined || base === undefined) return undefined;
  const day = instantOf({ ...base, wall: base.wall + duration.days * dayLength });
  return { at: day + duration.milliseconds, relation };
}

/** A task that lacks the time an alarm counts from has it count from the other one, as the clients that write it do. */
function baseOf(task: EventPlace, relation: Relation): Moment | undefined {
  const { start, due } = readTimes(task);
  if (relation === "itself") return undefined;
  return relation === "due" ? (due ?? start) : (start ?? due);
}

function isSet({ incoming, now }: Edit): boolean {
  const said = incoming.has(setTag) ? (incoming.get(setTag) ?? "0") : now.get(setTag);
  if (said !== undefined && said !== "0" && said !== "1") throw new MappingError("neither 0 nor 1", "ReminderSet");
  return said === "1";
}

function timeSaid({ incoming }: Edit): number | undefined {
  const said = incoming.get(timeTag);
  if (said === undefined) return undefined;
  const at = typeof said === "string" ? parseUtc(said) : undefined;
  if (at === undefined) throw new MappingError("no date and time", "ReminderTime");
  return Math.floor(at / 1000) * 1000;
}

/** Of a series each occurrence is to have it: it counts from the time the rule counts from. */
function insertReminder(edit: Edit, at: number): void {
  const { component } = edit;
  const times = readTimes(edit);
  const anchor = line(component, "RRULE") && anchorOf(times);
  const relation: Relation = anchor === undefined ? "itself" : times.start === undefined ? "due" : "start";
  insertComponent(component, "VALARM", [
    { name: "ACTION", value: "DISPLAY" },
    { name: "DESCRIPTION", value: line(component, "SUMMARY")?.value || escapeText("Reminder") },
    triggerParts(edit, relation, at),
  ]);
}

function moveReminder(edit: Edit, { component, relation }: Reminder, at: number): void {
  const old = line(component, "TRIGGER");
  if (old === undefined) return;
  const parts = triggerParts(edit, relation, at);
  if (readStamp(old.value) === undefined && parts.params?.[0]?.name === "VALUE") replaceLine(component, old, parts);
  else replaceValue(component, old, parts.value);
}

/** Without a time to count from it is a time of its own. */
function triggerParts(edit: Edit, relation: Relation, at: number): LineParts {
  const base = baseOf(edit, relation);
  if (base === undefined) {
    return { name: "TRIGGER", params: [{ name: "VALUE", values: ["DATE-TIME"] }], value: compactUtc(at) };
  }
  const params = relation === "due" ? [{ name: "RELATED", values: ["END"] }] : [];
  return { name: "TRIGGER", params, value: durationBetween(base, at) };
}

/** Whole days where the clock shows the same time: days are not all as long. */
function durationBetween(base: Moment, at: number): string {
  const length = at - instantOf(base);
  const days = Math.round(length / dayLength);
  const isWhole = days !== 0 && instantOf({ ...base, wall: base.wall + days * dayLength }) === at;
  return isWhole ? writeDuration(days * dayLength, true) : writeDuration(length);
}

const earliest = Date.parse("0001-01-01T00:00:00Z");
const latest = Date.parse("9999-12-31T23:59:59Z");
