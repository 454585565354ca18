/** The Tasks class over its table: one resource of VTODOs is one task. */
import { MappingError } from "../errors.ts";
import { compactUtc, parseUtc } from "../protocol/datetime.ts";
import { children, type Element, text } from "../wire/element.ts";
import { type Component, components, line, readTree, setLine, type Tree, writeTree } from "./content-lines.ts";
import type { Mapping, Scope } from "./define.ts";
import { download } from "./download.ts";
import type { Created, ItemMapping, MappingContext } from "./item.ts";
import { renewHtml } from "./rules/alt-desc.ts";
import { completedAt } from "./rules/task-state.ts";
import { calendarOf } from "./rules/vtimezone.ts";
import { escapeText } from "./text.ts";
import { leavesOut, upload } from "./upload.ts";

/**
 * What the sync engine uses, of the table in `mappings/tasks.ts`. EAS has no exceptions of tasks: of a series the first
 * occurrence is shown, and its overrides stay as they are.
 */
export function tasksMapping(table: Mapping): ItemMapping {
  return {
    class: "Tasks",
    filters: new Set([0, 8]),
    contentType: "text/calendar; charset=utf-8",
    extension: ".ics",
    parts: (stored) => (taskOf(readTree(stored).root) === undefined ? [] : [""]),
    down: (stored, _part, context, options) => download(table, open(stored, context), options),
    create: (data, uid, context) => create(table, data, uid, context),
    change: (stored, _part, data, instance, context) => change(table, stored, data, instance, context),
    isPartial(stored, _part, data, instance, context) {
      const changed = change(table, stored, data, instance, context);
      if (leavesOut(table, open(stored, context), data)) return true;
      // An echo that says the day of a time says nothing that it would have to be told of.
      return changed !== stored && !showsAll(data, download(table, open(changed, context)));
    },
    remove(_stored, _part, instance) {
      if (instance !== undefined) throw new MappingError("tasks have no occurrences", "InstanceId");
      return undefined;
    },
    lastEnd: (stored, context) => doneAt(stored, context),
  };
}

interface Opened extends Scope {
  readonly tree: Tree;
}

/** The task that the overrides of others stand beside; where there are overrides alone, the first of them. */
function taskOf(root: Component): Component | undefined {
  const all = components(calendarOf(root), "VTODO");
  return all.find((task) => line(task, "RECURRENCE-ID") === undefined) ?? all[0];
}

function open(stored: string, context: MappingContext): Opened {
  const tree = readTree(stored);
  const component = taskOf(tree.root);
  if (component === undefined) throw new MappingError("no task in the text", "VTODO");
  // A text cut short would blank what the device has of it.
  if (component.end === undefined) throw new MappingError("the task does not end", "VTODO");
  return { tree, root: tree.root, component, context };
}

function create(table: Mapping, data: Element, uid: string, context: MappingContext): Created {
  const now = compactUtc(context.now);
  const skeleton = [
    "BEGIN:VCALENDAR",
    "VERSION:2.0",
    "PRODID:-//Isthmus//EN",
    "BEGIN:VTODO",
    `UID:${escapeText(uid)}`,
    `DTSTAMP:${now}`,
    `CREATED:${now}`,
    `LAST-MODIFIED:${now}`,
    "END:VTODO",
    "END:VCALENDAR",
    "",
  ].join("\r\n");
  const scope = open(skeleton, context);
  upload(table, scope, data, { creating: true });
  return { text: writeTree(scope.tree), uid };
}

function change(
  table: Mapping,
  stored: string,
  data: Element,
  instance: string | undefined,
  context: MappingContext,
): string {
  if (instance !== undefined) throw new MappingError("tasks have no occurrences", "InstanceId");
  const scope = open(stored, context);
  const { component } = scope;
  const description = line(component, "DESCRIPTION")?.value;
  if (!upload(table, scope, data)) return stored;
  if (line(component, "DESCRIPTION")?.value !== description) renewHtml(component);
  setLine(component, "LAST-MODIFIED", compactUtc(context.now));
  setLine(component, "DTSTAMP", compactUtc(context.now));
  return writeTree(scope.tree);
}

/** What a device may say otherwise than it will be shown: a day where there is a time, a reminder where others are left. */
const adjusted: ReadonlySet<string> = new Set([
  "Tasks:StartDate",
  "Tasks:DueDate",
  "Tasks:ReminderSet",
  "Tasks:ReminderTime",
]);

function showsAll(data: Element, shown: readonly Element[]): boolean {
  const values = new Map(shown.map((one) => [one.name, text(one)]));
  return children(data).every((one) => {
    const said = text(one);
    if (said === "" || !adjusted.has(one.name)) return true;
    const given = values.get(one.name) ?? "";
    return said === given || (parseUtc(said) !== undefined && parseUtc(said) === parseUtc(given));
  });
}

/** Infinity while it is open, so that no filter takes it away; one that is done ended when it was completed. */
function doneAt(stored: string, context: Pick<MappingContext, "zone">): number {
  const { root } = readTree(stored);
  const component = taskOf(root);
  return (component && completedAt({ root, component, context })) ?? Number.POSITIVE_INFINITY;
}
