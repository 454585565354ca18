/**
 * Holds a document against the trees of `schema/commands`: requests as they come in, and in every test the answers as
 * they go out, because Microsoft's client refuses an answer that leaves the published schema.
 */
import { commands } from "../schema/commands.ts";
import { type ClassName, itemClasses } from "../schema/items.ts";
import { type QName, tagOf } from "../schema/pages.ts";
import {
  type AnyOrder,
  type Child,
  type Condition,
  type Direction,
  holds,
  type ItemContent,
  type Sequence,
} from "../schema/tree.ts";
import { type Version, within } from "../schema/versions.ts";
import type { Element } from "../wire/element.ts";
import { validateEmpty, validateValue } from "./values.ts";

export type { Direction } from "../schema/tree.ts";

export type Rule =
  /** The command has no such document. */
  | "root"
  /** No page has the tag, or it is one that was never published. */
  | "unknown"
  /** The parent never has this child. */
  | "unexpected"
  /** The parent has this child, but not in this version or direction. */
  | "version"
  | "order"
  | "missing"
  | "repeated"
  /** A value where children belong, or the reverse. */
  | "content"
  /** An empty tag where a value must be. */
  | "empty"
  | "value"
  /** Two children that contradict each other. */
  | "condition";

export interface Violation {
  /** Names from the root, with the ordinal of repeated siblings: `AirSync:Sync/AirSync:Collections/…[2]`. */
  readonly path: string;
  readonly rule: Rule;
  /** What was seen and what was expected; holds no item content beyond a short offending value. */
  readonly message: string;
  /** Requirement id, where one is known. */
  readonly spec: string | undefined;
}

/** All that is wrong with the document of a command; none = it is as the standard has it. */
export function validate(command: string, direction: Direction, version: Version, root: Element): Violation[] {
  const walk = new Walk(direction, version);
  const expected = commands.get(command)?.[direction];
  if (expected === undefined || expected.name !== root.name) {
    walk.report(root.name, "root", `${command} has no ${direction} ${root.name}`, expected?.spec);
  } else if (!walk.holds(expected)) {
    walk.report(root.name, "version", `no ${direction} in ${version}`, expected.spec);
  } else {
    walk.element(root, expected, root.name);
  }
  return walk.violations;
}

/** All that is wrong with the elements of one item, as they stand in ApplicationData. */
export function validateItem(
  name: ClassName,
  direction: Direction,
  version: Version,
  elements: readonly Element[],
): Violation[] {
  const walk = new Walk(direction, version);
  const content: AnyOrder = { kind: "any order", children: itemClasses[name].members, conditions: [] };
  walk.inItem(() => walk.children(elements, content, name, undefined));
  return walk.violations;
}

class Walk {
  readonly violations: Violation[] = [];
  private readonly direction: Direction;
  private readonly version: Version;
  private itemDepth = 0;

  constructor(direction: Direction, version: Version) {
    this.direction = direction;
    this.version = version;
  }

  /** Whether the line holds here; none holds in a version that does not have its tag. */
  holds(child: Child): boolean {
    return this.hasTag(child.name) && holds(child, this.direction, (range) => within(this.version, range));
  }

  report(path: string, rule: Rule, message: string, spec: string | undefined): void {
    this.violations.push({ path, rule, message, spec });
  }

  inItem(visit: () => void): void {
    this.itemDepth++;
    visit();
    this.itemDepth--;
  }

  element(of: Element, row: Child, path: string): void {
    const content = row.content;
    switch (content?.kind) {
      case "sequence":
      case "any order":
        return this.container(of, content, path, row.spec);
      case "item":
        return this.item(of, content, path, row.spec);
      case "tag list":
        return this.tagList(of, path);
      case "text or":
        return Array.isArray(of.content)
          ? this.container(of, content.content, path, row.spec)
          : this.value(of, row, "text", path);
      default:
        return this.value(of, row, content?.type ?? tagOf(row.name)?.type ?? "text", path);
    }
  }

  children(elements: readonly Element[], content: Sequence | AnyOrder, path: string, spec: string | undefined): void {
    const seen = new Map<QName, number>();
    let last = -1;
    for (const child of elements) {
      const count = (seen.get(child.name) ?? 0) + 1;
      seen.set(child.name, count);
      const childPath = `${path}/${child.name}${count > 1 ? `[${count}]` : ""}`;
      const index = this.rowOf(child, content.children, childPath);
      const row = content.children[index];
      if (row === undefined) continue;
      if (count === row.most + 1) this.report(childPath, "repeated", `more than ${row.most}`, row.spec);
      if (content.kind === "sequence" && !row.anywhere) {
        if (index < last)
          this.report(childPath, "order", `stands after ${content.children[last]?.name}`, row.spec ?? spec);
        else last = index;
      }
      this.element(child, row, childPath);
    }
    this.missing(seen, content.children, path);
    for (const condition of content.conditions) this.condition(condition, elements, path);
  }

  /** The index of the first line of that name that holds here; -1, with a report, when there is none. */
  private rowOf(child: Element, rows: readonly Child[], path: string): number {
    const index = rows.findIndex((row) => row.name === child.name && this.holds(row));
    if (index >= 0) return index;
    const elsewhere = rows.find((row) => row.name === child.name);
    const tag = tagOf(child.name);
    if (elsewhere !== undefined) {
      this.report(path, "version", `not in a ${this.direction} of ${this.version}`, elsewhere.spec);
    } else if (tag === undefined || tag.mark === "historic") {
      this.report(path, "unknown", `no known tag`, undefined);
    } else {
      this.report(path, "unexpected", `does not belong here`, undefined);
    }
    return -1;
  }

  private missing(seen: ReadonlyMap<QName, number>, rows: readonly Child[], path: string): void {
    for (const row of rows) {
      if (row.least > 0 && !seen.has(row.name) && this.holds(row)) {
        this.report(path, "missing", `${row.name} is not there`, row.spec);
      }
    }
  }

  private container(of: Element, content: Sequence | AnyOrder, path: string, spec: string | undefined): void {
    if (typeof of.content === "string" || of.content instanceof Uint8Array) {
      this.report(path, "content", "a value instead of children", spec);
      return;
    }
    // An empty container clears the property of an item, and is lawful there (`minOccurs="0"` of the schemas).
    if (this.itemDepth > 0 && (of.content === undefined || of.content.length === 0)) return;
    this.children(of.content ?? [], content, path, spec);
  }

  private item(of: Element, content: ItemContent, path: string, spec: string | undefined): void {
    if (typeof of.content === "string" || of.content instanceof Uint8Array) {
      this.report(path, "content", "a value instead of children", spec);
      return;
    }
    const elements = of.content ?? [];
    const classes = classesOf(elements);
    if (classes.length > 1) {
      this.report(path, "unexpected", `properties of ${classes.join(" and ")} in one item`, spec);
    }
    const members = classes.length === 0 ? shared : classes.flatMap((name) => itemClasses[name].members);
    const children = [...content.children, ...members];
    this.inItem(() => this.children(elements, { kind: "any order", children, conditions: [] }, path, spec));
  }

  private tagList(of: Element, path: string): void {
    if (typeof of.content === "string" || of.content instanceof Uint8Array) {
      this.report(path, "content", "a value instead of tags", undefined);
      return;
    }
    for (const child of of.content ?? []) {
      const childPath = `${path}/${child.name}`;
      if (tagOf(child.name) === undefined) this.report(childPath, "unknown", "no known tag", undefined);
      // A place or a body may be listed with its own tags (airsyncbase:Location in Schema).
      else if (Array.isArray(child.content)) this.tagList(child, childPath);
      else if (child.content !== undefined) this.report(childPath, "content", "a value in a list of tags", undefined);
    }
  }

  private value(of: Element, row: Child, type: Parameters<typeof validateValue>[1], path: string): void {
    if (Array.isArray(of.content)) {
      this.report(path, "content", "children instead of a value", row.spec);
      return;
    }
    const isEmpty = of.content === undefined || of.content.length === 0;
    if (isEmpty) {
      // A device clears any property with an empty tag; an answer may be empty where the schema's type has empty text.
      const clears = this.itemDepth > 0 && this.direction === "request";
      const wrong = clears || row.mayBeEmpty ? undefined : validateEmpty(type, this.direction);
      if (wrong !== undefined) this.report(path, "empty", wrong, row.spec);
      return;
    }
    const content = of.content;
    if (typeof content !== "string" && !(content instanceof Uint8Array)) return;
    const wrong = validateValue(content, type, tagOf(row.name)?.max, row.value, this.version);
    if (wrong !== undefined) this.report(path, "value", wrong, row.spec);
  }

  private condition(condition: Condition, elements: readonly Element[], path: string): void {
    const indexOf = (name: QName) => elements.findIndex((child) => child.name === name);
    const has = (name: QName) => indexOf(name) >= 0;
    const report = (message: string) => this.report(path, "condition", message, condition.spec);
    switch (condition.kind) {
      case "not both":
        if (condition.names.every(has)) report(`${condition.names.join(" and ")} together`);
        return;
      case "at least one":
        if (!condition.names.some(has)) report(`none of ${condition.names.join(", ")}`);
        return;
      case "before": {
        const [first, second] = condition.names;
        if (has(first) && has(second) && indexOf(first) > indexOf(second)) report(`${first} after ${second}`);
        return;
      }
      default: {
        if (condition.only !== undefined && condition.only !== this.direction) return;
        const deciding = elements[indexOf(condition.when)]?.content;
        if (typeof deciding !== "string" || !condition.is.has(deciding)) return;
        // What a version does not have cannot be missed.
        if (condition.kind === "needs" && !has(condition.name) && this.hasTag(condition.name)) {
          report(`${condition.name} is not there with ${condition.when} ${deciding}`);
        }
        if (condition.kind === "forbids" && has(condition.name)) {
          report(`${condition.name} with ${condition.when} ${deciding}`);
        }
      }
    }
  }

  private hasTag(name: QName): boolean {
    const tag = tagOf(name);
    return tag !== undefined && within(this.version, tag);
  }
}

const classNames = Object.keys(itemClasses).filter((name): name is ClassName => name in itemClasses);

function classesOf(elements: readonly Element[]): ClassName[] {
  const pages = new Set(elements.map((child) => child.name.slice(0, child.name.indexOf(":"))));
  // Email2:Send also ends a calendar draft of 16.1, so Email2 alone decides only where Calendar does not.
  const found = classNames.filter((name) => itemClasses[name].pages.some((page) => pages.has(page)));
  const isEventWithSend = found.includes("Calendar") && found.includes("Email") && !pages.has("Email");
  return isEventWithSend ? found.filter((name) => name !== "Email") : found;
}

/** Without a tag of its own an item may be of any class: what AirSyncBase has counts. */
const shared: readonly Child[] = [...itemClasses.Email.members, ...itemClasses.Calendar.members].filter((member) =>
  member.name.startsWith("AirSyncBase:"),
);
