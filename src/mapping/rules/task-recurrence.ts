/**
 * RRULE against Tasks:Recurrence (MS-ASTASK 2.2.2.20), where Start and Until are what the clock shows. Regenerate and
 * DeadOccur have no word in iCalendar: they are remembered for the rule they came with.
 */
import { MappingError } from "../../errors.ts";
import { dashedUtc } from "../../protocol/datetime.ts";
import { toInstant, utc } from "../../protocol/zones.ts";
import { isKnownName } from "../../schema/pages.ts";
import { type Element, element, text } from "../../wire/element.ts";
import { insertLine, line, lines, removeLine, replaceValue } from "../content-lines.ts";
import type { Edit, Rule as MappingRule, Scope, Value } from "../define.ts";
import { forget, recall, remember } from "../keep.ts";
import { type Form, formIn, homeZone, instantOf, type Moment } from "./moment.ts";
import { sayable } from "./occurrences.ts";
import { elementsOf, readElements } from "./recurrence.ts";
import { type Rule, sameRule, writeRule } from "./rrule.ts";
import { readRepeats } from "./series.ts";
import { anchorOf, dropStrayLength, localOf, readTimes, requireTime } from "./task-times.ts";
import { dayLength, midnightOf } from "./times.ts";
import { untilText } from "./until.ts";
import { writeMoment } from "./write-span.ts";

const tag = "Tasks:Recurrence";
/** Occurrences is a byte (MS-ASTASK_R213). */
const mostCounted = 255;

export const taskRecurrence: MappingRule & { readonly lossless: false } = {
  name: "task recurrence",
  lossless: false,
  down(scope, values) {
    const found = readTaskRule(scope);
    if (found !== undefined) values.set(tag, taskElements(found, scope));
  },
  same(_tag, incoming, now, scope) {
    if (!isElements(incoming) || !isElements(now)) return incoming === now;
    const present = readTaskRule(scope);
    if (present === undefined) return false;
    const said = readTaskElements(incoming, present.anchor, present.rule.weekStart);
    return sameRule(said.rule, present.rule) && said.regenerate === present.regenerate && said.dead === present.dead;
  },
  up(edit) {
    const value = edit.changes.get(tag);
    const anchor = anchorOf(readTimes(edit));
    if (anchor !== undefined && readRepeats(edit.component, anchor).kind === "foreign") {
      throw new MappingError("a rule of this kind cannot be edited from a device", "RRULE");
    }
    if (isElements(value)) write(edit, value);
    else removeRule(edit);
  },
};

/**
 * After a task got other times: a rule that leaves its day to the start follows it, where the device may have said again
 * that it is on the old one; and UNTIL takes the form of the start. `before` is what the rule counted from.
 */
export function settleTaskRule(edit: Edit, before: Moment | undefined): void {
  const value = edit.incoming.get(tag);
  const present = readTaskRule(edit);
  if (present === undefined) return;
  const { anchor, rule } = present;
  const said = isElements(value) ? readTaskElements(value, anchor, rule.weekStart).rule : rule;
  const isOtherForm = rule.until !== undefined && before?.kind !== anchor.kind;
  if (isOtherForm || !sameRule(said, rule)) writeRRule(edit, said, anchor);
}

interface TaskRule {
  /** Its UNTIL is what the owner's clock shows. */
  readonly rule: Rule;
  /** From what the rule counts. */
  readonly anchor: Moment;
  readonly regenerate: string;
  readonly dead: string;
}

type Said = Omit<TaskRule, "anchor">;

const regenerateName = "X-EAS-REGENERATE";
const deadName = "X-EAS-DEADOCCUR";

/** `undefined` for a task that does not repeat, or not in a way that EAS can say. */
function readTaskRule(scope: Scope): TaskRule | undefined {
  const { component } = scope;
  const stored = line(component, "RRULE")?.value;
  const anchor = anchorOf(readTimes(scope));
  if (stored === undefined || anchor === undefined) return undefined;
  const repeats = readRepeats(component, anchor);
  if (repeats.kind !== "rule") return undefined;
  return {
    rule: shown(sayable(repeats.rule, anchor.wall, mostCounted), anchor, scope),
    anchor,
    regenerate: recall(component, regenerateName, stored) === "1" ? "1" : "0",
    dead: numberIn(recall(component, deadName, stored) ?? "0", 255) ?? "0",
  };
}

function shown(rule: Rule, anchor: Moment, scope: Scope): Rule {
  const { until } = rule;
  if (until === undefined) return rule;
  const isDate = until.isDate || anchor.kind === "date";
  return {
    ...rule,
    until: { wall: isDate ? midnightOf(until.wall) : localOf({ ...anchor, wall: until.wall }, scope), isDate },
  };
}

function taskElements({ rule, anchor, regenerate, dead }: TaskRule, scope: Scope): readonly Element[] {
  const { until, ...open } = rule;
  const list = elementsOf(open, anchor, scope.context.version).map(asTasks);
  const [type, ...rest] = list;
  return [
    ...(type === undefined ? [] : [type]),
    element("Tasks:Start", dashedUtc(localOf(anchor, scope))),
    ...(until === undefined ? [] : [element("Tasks:Until", dashedUtc(until.wall))]),
    ...rest,
    element("Tasks:Regenerate", regenerate),
    element("Tasks:DeadOccur", dead),
  ];
}

function asTasks(one: Element): Element {
  const name = `Tasks:${one.name.slice(one.name.indexOf(":") + 1)}`;
  if (!isKnownName(name)) throw new TypeError(`no tag ${name}`);
  return { ...one, name };
}

/** Throws MappingError where the standard has Status 6 (MS-ASTASK_R81, R132, R171, R289, R320, R532, R37011). */
function readTaskElements(elements: readonly Element[], anchor: Moment, weekStart?: number): Said {
  const said = new Map(elements.map((one) => [one.name as string, text(one).trim()]));
  requireTime(said.get("Tasks:Start"), "Start");
  if (said.get("Tasks:Until")) requireTime(said.get("Tasks:Until"), "Until");
  const type = said.get("Tasks:Type");
  if (said.has("Tasks:CalendarType") && (type === "0" || type === "1")) {
    throw new MappingError(`does not belong to type ${type}`, "CalendarType");
  }
  // Until is what the clock shows: read as if the clock were in UTC.
  const read = readElements(elements, { kind: "utc", zone: utc, tzid: undefined, wall: anchor.wall }, weekStart);
  const { until, ...open } = read;
  const rule = until === undefined ? open : { ...open, until: untilIn(until.wall, anchor) };
  const regenerate = numberIn(said.get("Tasks:Regenerate") || "0", 1);
  const dead = numberIn(said.get("Tasks:DeadOccur") || "0", 255);
  if (regenerate === undefined) throw new MappingError("neither 0 nor 1", "Regenerate");
  if (dead === undefined) throw new MappingError("no byte", "DeadOccur");
  return { rule, regenerate, dead };
}

/** A date means all of that day, which is said by its midnight. */
function untilIn(local: number, anchor: Moment): NonNullable<Rule["until"]> {
  const isDate = anchor.kind === "date" || midnightOf(local) === local;
  return { wall: isDate ? midnightOf(local) : local, isDate };
}

function numberIn(said: string, most: number): string | undefined {
  return /^\d{1,3}$/.test(said) && Number(said) <= most ? String(Number(said)) : undefined;
}

function write(edit: Edit, elements: readonly Element[]): void {
  const present = readTaskRule(edit);
  const anchor = present?.anchor ?? firstStart(edit, elements);
  const said = readTaskElements(elements, anchor, present?.rule.weekStart);
  if (present === undefined) {
    dropStrayLength(edit);
    writeMoment(edit, "DTSTART", readTimes(edit).start, anchor);
    writeRRule(edit, said.rule, anchor);
  } else if (!sameRule(said.rule, present.rule)) writeRRule(edit, said.rule, anchor);
  keep(edit, regenerateName, said.regenerate);
  keep(edit, deadName, said.dead);
}

/** Where a new rule begins: a rule without DTSTART is none (RFC 5545 §3.8.2.4), so Start stands in for it. */
function firstStart(edit: Edit, elements: readonly Element[]): Moment {
  const { start, due } = readTimes(edit);
  if (start !== undefined) return start;
  const said = elements.find((one) => one.name === "Tasks:Start");
  const local = requireTime(said && text(said), "Start");
  const home = homeZone(edit);
  const form: Form =
    due ?? (midnightOf(local) === local ? { kind: "date", zone: home, tzid: undefined } : formIn(home));
  const wall = form.kind === "date" ? midnightOf(local) : form.kind === "utc" ? toInstant(home, local) : local;
  const first = { ...form, wall };
  return due !== undefined && instantOf(due) < instantOf(first) ? due : first;
}

function writeRRule(edit: Edit, rule: Rule, anchor: Moment): void {
  const { component } = edit;
  const value = writeRule(rule, ({ wall, isDate }) => {
    const local = isDate ? wall + dayLength - 1000 : wall;
    return untilText(anchor.kind === "utc" ? toInstant(homeZone(edit), local) : local, anchor);
  });
  const old = line(component, "RRULE");
  if (old) replaceValue(component, old, value);
  else insertLine(component, { name: "RRULE", value }, line(component, "DUE") ?? line(component, "DTSTART"));
}

/** Overrides and EXDATEs stay: no device was ever shown them. */
function removeRule({ component }: Edit): void {
  for (const one of [...lines(component, "RRULE"), ...lines(component, "RDATE")]) removeLine(component, one);
  forget(component, regenerateName);
  forget(component, deadName);
}

function keep({ component }: Edit, name: string, said: string): void {
  if (said === "0") forget(component, name);
  else remember(component, name, said, line(component, "RRULE")?.value);
}

function isElements(value: Value | undefined): value is readonly Element[] {
  return Array.isArray(value);
}
