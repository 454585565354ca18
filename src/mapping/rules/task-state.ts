/** How far a task is, and how much it matters: STATUS, COMPLETED and PERCENT-COMPLETE, and PRIORITY. */
import { MappingError } from "../../errors.ts";
import { compactUtc, dashedUtc, parseUtc } from "../../protocol/datetime.ts";
import { line, removeLine, setLine } from "../content-lines.ts";
import type { Edit, Rule } from "../define.ts";
import { instantOf, readMoment } from "./moment.ts";
import type { EventPlace } from "./series.ts";

const completeTag = "Tasks:Complete";
const dateTag = "Tasks:DateCompleted";

/** Complete and DateCompleted. What is said between "begun" and "done" stays while a device does not finish the task. */
export const completion: Rule & { readonly lossless: false } = {
  name: "completion",
  lossless: false,
  down(scope, values) {
    const at = completedAt(scope);
    values.set(completeTag, at === undefined ? "0" : "1");
    if (at !== undefined) values.set(dateTag, dashedUtc(at));
  },
  same(tag, incoming, now, scope) {
    if (tag === completeTag) return incoming === undefined || incoming === now;
    if (typeof incoming !== "string" || typeof now !== "string") return incoming === now;
    const at = parseUtc(incoming);
    // Where the text does not tell, what a device says is what it was sent once.
    return at !== undefined && (at === parseUtc(now) || readTime(scope, "COMPLETED") === undefined);
  },
  up(edit) {
    const said = edit.incoming.get(completeTag) ?? edit.now.get(completeTag);
    if (said !== "0" && said !== "1") throw new MappingError("neither 0 nor 1", "Complete");
    const wasDone = edit.now.get(completeTag) === "1";
    if (said === "1") finish(edit, wasDone);
    else if (wasDone) reopen(edit);
  },
};

/**
 * When a task was completed, in milliseconds since 1970: `undefined` for one that is open. One that is cancelled is
 * over too: no device can say so, and it is to remind nobody.
 */
export function completedAt(task: EventPlace): number | undefined {
  if (!isOver(task)) return undefined;
  // MS-ASTASK_R124 wants a time with every completed task.
  return readTime(task, "COMPLETED") ?? readTime(task, "LAST-MODIFIED") ?? readTime(task, "DTSTAMP") ?? 0;
}

function readTime(task: EventPlace, name: string): number | undefined {
  const stored = line(task.component, name);
  const moment = stored && readMoment(stored, task);
  const at = moment && instantOf(moment);
  return at !== undefined && at >= earliest && at <= latest ? at : undefined;
}

/** Importance against PRIORITY (RFC 5545 §3.8.1.9): a device that leaves the class as it is leaves the number, too. */
export const importance: Rule & { readonly lossless: false } = {
  name: "importance",
  lossless: false,
  down({ component }, values) {
    values.set("Tasks:Importance", classOf(line(component, "PRIORITY")?.value));
  },
  same: (_tag, incoming, now) => (incoming ?? "1") === (now ?? "1"),
  up(edit) {
    const { component } = edit;
    const said = edit.changes.get("Tasks:Importance") ?? "1";
    // A byte of any value is taken and given back (MS-ASTASK_R187, R550).
    if (typeof said !== "string" || !/^\d{1,3}$/.test(said) || Number(said) > 255) {
      throw new MappingError("no byte", "Importance");
    }
    const priority = priorities.get(said);
    const stored = line(component, "PRIORITY")?.value;
    if (priority !== undefined && classOf(stored) !== said) setLine(component, "PRIORITY", priority);
  },
};

function isOver({ component }: EventPlace): boolean {
  const status = line(component, "STATUS")?.value.trim().toUpperCase();
  if (status !== undefined && status !== "") return status === "COMPLETED" || status === "CANCELLED";
  return line(component, "COMPLETED") !== undefined || line(component, "PERCENT-COMPLETE")?.value.trim() === "100";
}

function finish(edit: Edit, wasDone: boolean): void {
  const { component } = edit;
  const said = edit.incoming.get(dateTag);
  const at = typeof said === "string" ? parseUtc(said) : wasDone ? undefined : edit.context.now;
  if (at === undefined && said !== undefined) throw new MappingError("no date and time", "DateCompleted");
  if (at !== undefined) setLine(component, "COMPLETED", compactUtc(at));
  if (wasDone) return;
  setLine(component, "STATUS", "COMPLETED");
  setLine(component, "PERCENT-COMPLETE", "100");
}

/** A task that was half done before it was done is begun again: nobody knows how far it was. */
function reopen({ component }: Edit): void {
  if (line(component, "STATUS")) setLine(component, "STATUS", "NEEDS-ACTION");
  for (const name of ["COMPLETED", "PERCENT-COMPLETE"]) {
    const old = line(component, name);
    if (old) removeLine(component, old);
  }
}

function classOf(priority: string | undefined): string {
  const number = Number(priority?.trim() || "0");
  if (number >= 1 && number <= 4) return "2";
  return number >= 6 && number <= 9 ? "0" : "1";
}

const priorities: ReadonlyMap<string, string> = new Map([
  ["0", "9"],
  ["1", "5"],
  ["2", "1"],
]);
const earliest = Date.parse("0001-01-01T00:00:00Z");
const latest = Date.parse("9999-12-31T23:59:59Z");
