/**
 * From a device's elements to the stored text, as a patch: what comes back as `down` gives it now is left alone, and
 * only the rules whose tags say something new edit their lines.
 */
import { MappingError } from "../errors.ts";
import { omitted } from "../protocol/ghost.ts";
import { type KnownName, tagOf } from "../schema/pages.ts";
import { within } from "../schema/versions.ts";
import { children, type Element, text } from "../wire/element.ts";
import type { CompiledRow, Edit, Mapping, Rule, Scope, Value, Values } from "./define.ts";
import { readNative, readValues } from "./download.ts";
import { forget, remember } from "./keep.ts";
import { sameText } from "./property.ts";
import { clean } from "./text.ts";

export interface UploadOptions {
  /** The item is new: what is absent has nothing to clear, and rules may fill in what an item needs. */
  readonly creating?: boolean;
}

/**
 * Patches the device's change into `scope.component`; returns whether a line of the text changed. Throws MappingError for a
 * value that cannot be taken; the caller drops the tree then.
 */
export function upload(mapping: Mapping, scope: Scope, data: Element, options: UploadOptions = {}): boolean {
  const incoming = readIncoming(mapping, scope, data);
  const now = readValues(mapping, scope);
  const changes = findChanges(mapping, scope, incoming, now);
  if (changes.size === 0) return false;
  const run = (isLast: boolean) => {
    for (const [rule, changed] of changes) {
      if ((rule.last ?? false) !== isLast) continue;
      rule.up({ ...scope, changes: changed, incoming, now, creating: options.creating ?? false });
    }
  };
  run(false);
  keepTheRest(mapping, scope, { incoming, now, changes });
  run(true);
  return scope.component.origin.edited;
}

/** Whether `upload` leaves out some of what the device says, and does not refuse it. Asked of the text before the change. */
export function leavesOut(mapping: Mapping, scope: Scope, data: Element): boolean {
  const incoming = readIncoming(mapping, scope, data);
  return mapping.compiled.some(
    ({ row, rule }) => incoming.has(row.tag) && (rule.leavesOut?.(row.tag, incoming.get(row.tag), scope) ?? false),
  );
}

/** What an element holds, as a rule sees it. */
export function valueOf(element: Element): Value | undefined {
  if (Array.isArray(element.content)) return element.content.length === 0 ? undefined : children(element);
  const found = text(element);
  return found === "" ? undefined : found;
}

/** As `valueOf`; text in a container or elements in a text would else read as "empty", and clear what is stored. */
function requireValue(tag: KnownName, element: Element): Value | undefined {
  const value = valueOf(element);
  const container = tagOf(tag)?.type === "container";
  if (value !== undefined && tagOf(tag)?.type !== "mixed" && container !== (typeof value !== "string")) {
    throw new MappingError(container ? "text where elements belong" : "elements where text belongs", tag);
  }
  return value;
}

function readIncoming(mapping: Mapping, scope: Scope, data: Element): Map<KnownName, Value | undefined> {
  const sent = new Map<string, Element>();
  for (const element of children(data)) sent.set(element.name, element);
  const incoming = new Map<KnownName, Value | undefined>();
  for (const { row } of mapping.compiled) {
    const element = row.up !== undefined && within(scope.context.version, row.up) ? sent.get(row.tag) : undefined;
    if (element) incoming.set(row.tag, requireValue(row.tag, element));
  }
  return incoming;
}

function findChanges(mapping: Mapping, scope: Scope, incoming: Edit["incoming"], now: Values) {
  const changes = new Map<Rule, Map<KnownName, Value | undefined>>();
  for (const compiled of mapping.compiled) {
    const { row, rule } = compiled;
    if (row.up === undefined || !within(scope.context.version, row.up)) continue;
    if (!isChange(mapping, compiled, scope, incoming, now)) continue;
    const changed = changes.get(rule) ?? new Map<KnownName, Value | undefined>();
    changes.set(rule, changed.set(row.tag, incoming.get(row.tag)));
  }
  return changes;
}

function isChange(mapping: Mapping, { row, rule }: CompiledRow, scope: Scope, incoming: Edit["incoming"], now: Values) {
  const present = now.get(row.tag);
  if (!incoming.has(row.tag)) {
    const { version, supported } = scope.context;
    // What this device is never shown it cannot mean to clear.
    if (present === undefined || row.down === undefined || !within(version, row.down)) return false;
    return omitted({ class: mapping.class, tag: row.tag, absent: row.absent, version, supported }) === "clear";
  }
  const value = incoming.get(row.tag);
  if (rule.same) return !rule.same(row.tag, value, present, scope);
  return !sameValue(value, present);
}

/** Equality of texts (line ends and outer space aside) or of element trees. */
export function sameValue(a: Value | undefined, b: Value | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  if (typeof a === "string" || typeof b === "string") {
    return typeof a === "string" && typeof b === "string" && sameText(a, b);
  }
  return (
    a.length === b.length &&
    a.every((one, at) => {
      const other = b[at];
      return other !== undefined && one.name === other.name && sameValue(valueOf(one), valueOf(other));
    })
  );
}

interface Told {
  readonly incoming: Edit["incoming"];
  readonly now: Values;
  readonly changes: ReadonlyMap<Rule, ReadonlyMap<KnownName, Value | undefined>>;
}

/** After the edit: what the device said and the native properties do not give back is remembered, the rest forgotten. */
function keepTheRest(mapping: Mapping, scope: Scope, { incoming, now, changes }: Told): void {
  const native = readNative(mapping, scope);
  for (const { row, rule, keepName } of mapping.compiled) {
    if (keepName === undefined) continue;
    const changed = changes.get(rule);
    if (!incoming.has(row.tag) && !(row.successors && changed)) continue;
    const said = incoming.has(row.tag) || changed?.has(row.tag) ? incoming.get(row.tag) : now.get(row.tag);
    const given = native.get(row.tag);
    if (given !== undefined && typeof given !== "string") continue;
    // Of control characters alone nothing is left that a line could hold.
    const isNothing = typeof said !== "string" || clean(said).trim() === "";
    if (isNothing && row.successors && given !== undefined) remember(scope.component, keepName, "", given);
    else if (isNothing || !row.remember || sameValue(said, given)) forget(scope.component, keepName);
    else remember(scope.component, keepName, said, given);
  }
}
