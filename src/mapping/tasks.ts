/** The Tasks class over its table: one resource of VTODOs is one task. */
import { MappingError } from "../errors.ts";
import { parseUtc } from "../protocol/datetime.ts";
import { children, type Element, text } from "../wire/element.ts";
import { readTree } from "./content-lines.ts";
import type { Mapping } from "./define.ts";
import { download } from "./download.ts";
import { changeEntry, createEntry, findEntry, openEntry } from "./entry.ts";
import type { ItemMapping, MappingContext } from "./item.ts";
import { completedAt } from "./rules/task-state.ts";
import { leavesOut } from "./upload.ts";

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
    parts: (stored) => (findEntry(readTree(stored).root, "VTODO") === undefined ? [] : [""]),
    down: (stored, _part, context, options) => download(table, openEntry(stored, "VTODO", context), options),
    create: (data, uid, context) => createEntry(table, "VTODO", data, uid, context),
    change: (stored, _part, data, instance, context) => change(table, stored, data, instance, context),
    isPartial(stored, _part, data, instance, context) {
      const changed = change(table, stored, data, instance, context);
      if (leavesOut(table, openEntry(stored, "VTODO", context), data)) return true;
      // An echo that says the day of a time says nothing that it would have to be told of.
      return changed !== stored && !showsAll(data, download(table, openEntry(changed, "VTODO", context)));
    },
    remove(_stored, _part, instance) {
      if (instance !== undefined) throw new MappingError("tasks have no occurrences", "InstanceId");
      return undefined;
    },
    lastEnd: (stored, context) => doneAt(stored, context),
  };
}

function change(
  table: Mapping,
  stored: string,
  data: Element,
  instance: string | undefined,
  context: MappingContext,
): string {
  if (instance !== undefined) throw new MappingError("tasks have no occurrences", "InstanceId");
  return changeEntry(table, "VTODO", stored, data, context);
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
  const component = findEntry(root, "VTODO");
  return (component && completedAt({ root, component, context })) ?? Number.POSITIVE_INFINITY;
}
