/**
 * The lossless tree of iCalendar and vCard: components whose leaves are raw lines. What is not edited is written back
 * octet for octet, whatever it is: unknown properties, odd spelling, blank lines, junk outside of any component.
 */
import { MappingError } from "../errors.ts";
import { formatLine, Line, type LineParts, partsOf, withValue } from "./line.ts";

/** VCALENDAR > VEVENT > VALARM is three; more than this is an attack or a broken file. */
const MAX_DEPTH = 16;
/** A series with 5,000 overrides of 40 lines has 200,000. */
const MAX_LINES = 500_000;
/** UTF-16 units; servers refuse objects long before. */
const MAX_LENGTH = 32 * 1024 * 1024;

export interface Component {
  /** In capitals: VEVENT, VCARD; "" for the tree's root. */
  readonly name: string;
  readonly origin: Origin;
  /** Lines and components in their order, BEGIN and END lines not included. */
  readonly items: (Line | Component)[];
  readonly begin: Line | undefined;
  /** Absent when the text ends before the component does. */
  end: Line | undefined;
  /** Lines by name, made when first asked for and dropped by an edit. */
  index: Map<string, Line[]> | undefined;
}

/** The text a tree was read from, and whether the tree still says the same. */
export interface Origin {
  readonly text: string;
  edited: boolean;
  /** Characters that edits have put in: what is written must be short enough to be read again. */
  grown: number;
}

export interface Tree {
  readonly origin: Origin;
  /** Holds the components of the text, and lines outside of any. */
  readonly root: Component;
}

/** Reads a text; throws MappingError only for what exceeds a limit. */
export function readTree(source: string): Tree {
  if (source.length > MAX_LENGTH) throw new MappingError(`text of ${source.length} characters is too long to map`);
  const origin: Origin = { text: source, edited: false, grown: 0 };
  const root: Component = { name: "", origin, items: [], begin: undefined, end: undefined, index: undefined };
  const open: Component[] = [root];
  let count = 0;
  for (let start = 0; start < source.length; ) {
    const end = endOfLine(source, start);
    if (++count > MAX_LINES) throw new MappingError(`text has more than ${MAX_LINES} lines`);
    place(new Line(source.slice(start, end)), open);
    start = end;
  }
  return { origin, root };
}

/** The text again: the very same string when nothing was edited, else with CRLF at every line end. */
export function writeTree(tree: Tree): string {
  if (!tree.origin.edited) return tree.origin.text;
  const out: string[] = [];
  write(tree.root, out);
  const text = out.join("");
  // XML readers turn CRLF into LF (XML 1.0 §2.11): the stored line ends are put back.
  return /(?:^|[^\r])\n/.test(text) ? text.replace(/\r?\n/g, "\r\n") : text;
}

/** The components directly below of that name. */
export function components(parent: Component, name: string): readonly Component[] {
  return parent.items.filter((item): item is Component => !(item instanceof Line) && item.name === name);
}

/** The component's own lines of that name, in order. */
export function lines(component: Component, name: string): readonly Line[] {
  component.index ??= indexOf(component);
  return component.index.get(name) ?? NONE;
}

/** The component's first line of that name. */
export function line(component: Component, name: string): Line | undefined {
  return lines(component, name)[0];
}

/** All of the component's own lines, in order. */
export function allLines(component: Component): readonly Line[] {
  return component.items.filter((item): item is Line => item instanceof Line);
}

/** Puts other parts in a line's place; nothing happens when they say the same. Returns the line that stands now. */
export function replaceLine(component: Component, old: Line, parts: LineParts): Line {
  const known = partsOf(old);
  const sameHead = sameName(known, parts) && sameParams(known.params ?? [], parts.params ?? []);
  if (sameHead && known.value === parts.value) return old;
  const fresh = sameHead ? withValue(old, parts.value) : formatLine(parts);
  component.items[component.items.indexOf(old)] = fresh;
  touch(component, fresh.raw.length - old.raw.length);
  return fresh;
}

/** Gives a line another value; group and parameters stay. */
export function replaceValue(component: Component, old: Line, value: string): Line {
  return replaceLine(component, old, { ...partsOf(old), value });
}

/** Adds a line behind `after`; without it behind the component's last line, before what is nested in it. */
export function insertLine(component: Component, parts: LineParts, after?: Line): Line {
  const fresh = formatLine(parts);
  const behind = after ?? component.items.findLast((item) => item instanceof Line && item.name !== "");
  // At 0 it would stand before VERSION, which vCard wants first; a component without lines has no such trouble.
  component.items.splice(behind === undefined ? 0 : component.items.indexOf(behind) + 1, 0, fresh);
  touch(component, fresh.raw.length);
  return fresh;
}

/** Adds a line in front of another one. */
export function insertBefore(component: Component, parts: LineParts, before: Line): Line {
  const fresh = formatLine(parts);
  component.items.splice(component.items.indexOf(before), 0, fresh);
  touch(component, fresh.raw.length);
  return fresh;
}

/** Takes a line out. */
export function removeLine(component: Component, old: Line): void {
  const at = component.items.indexOf(old);
  if (at < 0) return;
  component.items.splice(at, 1);
  touch(component, -old.raw.length);
}

/** Adds a component of these lines to `parent`, at its end or before `before`. */
export function insertComponent(
  parent: Component,
  name: string,
  parts: readonly LineParts[],
  before?: Component,
): Component {
  const fresh: Component = {
    name,
    origin: parent.origin,
    items: parts.map(formatLine),
    begin: formatLine({ name: "BEGIN", value: name }),
    end: formatLine({ name: "END", value: name }),
    index: undefined,
  };
  parent.items.splice(before === undefined ? parent.items.length : parent.items.indexOf(before), 0, fresh);
  touch(parent, lengthOf(fresh));
  return fresh;
}

/** Takes a component out of `parent`. */
export function removeComponent(parent: Component, old: Component): void {
  const at = parent.items.indexOf(old);
  if (at < 0) return;
  parent.items.splice(at, 1);
  touch(parent, -lengthOf(old));
}

/** The line of `lines(component, name)[0]` gets this value, or is made, or is removed for `undefined`. */
export function setLine(component: Component, name: string, value: string | undefined): void {
  const old = line(component, name);
  if (value === undefined) {
    if (old) removeLine(component, old);
  } else if (old) replaceValue(component, old, value);
  else insertLine(component, { name, value });
}

const NONE: readonly Line[] = [];
const LF = 10;
const SPACE = 32;
const TAB = 9;

/** Where the line that begins at `start` ends, continuation lines and its line end included. */
function endOfLine(source: string, start: number): number {
  let end = nextLine(source, start);
  for (;;) {
    const code = source.charCodeAt(end);
    if (code === SPACE || code === TAB || softBreak(source, start, end)) end = nextLine(source, end);
    else return end;
  }
}

function nextLine(source: string, start: number): number {
  const at = source.indexOf("\n", start);
  return at < 0 ? source.length : at + 1;
}

/** vCard 2.1 breaks quoted-printable values by "=" at the line's end, without indenting what follows. */
function softBreak(source: string, start: number, end: number): boolean {
  if (end >= source.length || source.charCodeAt(end - 1) !== LF) return false;
  const last = source.charCodeAt(end - 2) === 13 ? end - 3 : end - 2;
  if (source.charCodeAt(last) !== 61) return false;
  return /^[^:]*QUOTED-PRINTABLE[^:]*:/i.test(source.slice(start, Math.min(end, start + 200)));
}

function place(fresh: Line, open: Component[]): void {
  const parent = open.at(-1);
  if (parent === undefined) return;
  if (fresh.name === "BEGIN") {
    if (open.length > MAX_DEPTH) throw new MappingError(`components are nested more than ${MAX_DEPTH} deep`);
    const name = fresh.value.trim().toUpperCase();
    const begun: Component = { name, origin: parent.origin, items: [], begin: fresh, end: undefined, index: undefined };
    parent.items.push(begun);
    open.push(begun);
    return;
  }
  if (fresh.name === "END") {
    const name = fresh.value.trim().toUpperCase();
    const at = open.findLastIndex((component) => component.begin !== undefined && component.name === name);
    const closed = open[at];
    if (closed !== undefined) {
      // What was begun within and not ended ends here too.
      closed.end = fresh;
      open.length = at;
      return;
    }
  }
  parent.items.push(fresh);
}

function write(component: Component, out: string[]): void {
  if (component.begin) out.push(ended(component.begin.raw));
  for (const item of component.items) {
    if (item instanceof Line) out.push(ended(item.raw));
    else write(item, out);
  }
  if (component.end) out.push(ended(component.end.raw));
}

/** The last line of a text may lack its end, and something may now follow it. */
function ended(raw: string): string {
  return raw.endsWith("\n") ? raw : `${raw}\r\n`;
}

function indexOf(component: Component): Map<string, Line[]> {
  const index = new Map<string, Line[]>();
  for (const item of component.items) {
    if (!(item instanceof Line)) continue;
    const known = index.get(item.name);
    if (known) known.push(item);
    else index.set(item.name, [item]);
  }
  return index;
}

/** Throws MappingError when the text gets too long: a large file of a series is copied into each of its overrides. */
function touch(component: Component, grown: number): void {
  const { origin } = component;
  component.index = undefined;
  origin.edited = true;
  origin.grown += grown;
  const length = origin.text.length + origin.grown;
  if (grown > 0 && length > MAX_LENGTH) throw new MappingError(`text of ${length} characters would be too long`);
}

function lengthOf(component: Component): number {
  return component.items.reduce((sum, item) => sum + (item instanceof Line ? item.raw.length : lengthOf(item)), 0);
}

function sameName(a: LineParts, b: LineParts): boolean {
  return (a.group ?? "") === (b.group ?? "") && a.name === b.name;
}

function sameParams(a: LineParts["params"] & object, b: LineParts["params"] & object): boolean {
  return (
    a.length === b.length &&
    a.every((param, at) => param.name === b[at]?.name && param.values.join("\0") === b[at]?.values.join("\0"))
  );
}
