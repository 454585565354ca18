/**
 * The vocabulary of the trees in `commands/` and `items/`: who may contain whom, in what order, how often, in which
 * direction and versions. A child is one line:
 *
 *     optional("AirSync:WindowSize", range(0, 512), "MS-ASCMD_R2939"),
 *
 * `one`, `optional`, `some` and `many` say how often; what follows the name may come in any order. A name may stand in
 * several lines of one list: the first that holds in the version and direction at hand counts. So a value list can
 * differ between versions.
 */
import type { ValueType } from "./define.ts";
import type { KnownName } from "./pages.ts";
import type { VersionRange } from "./versions.ts";

export type Direction = "request" | "response";

/** Children one after another as listed; a child that is not listed in order is a violation. */
export interface Sequence {
  readonly kind: "sequence";
  readonly children: readonly Child[];
  readonly conditions: readonly Condition[];
}

export interface AnyOrder {
  readonly kind: "any order";
  readonly children: readonly Child[];
  readonly conditions: readonly Condition[];
}

/** The elements of an item: of the one class that its tags belong to, besides those in `children`. */
export interface ItemContent {
  readonly kind: "item";
  readonly children: readonly Child[];
}

/** Names of item tags, each without a value: Supported, Schema. */
export interface TagList {
  readonly kind: "tag list";
}

/** A value whose type differs from the tag's row, or a tag that is empty here. */
export interface Typed {
  readonly kind: "typed";
  readonly type: ValueType;
}

/** Children in one use of the tag, bare text in another: what stands in it says which. */
export interface TextOr {
  readonly kind: "text or";
  readonly content: AnyOrder;
}

export type Content = TextOr | Sequence | AnyOrder | ItemContent | TagList | Typed;

export interface Values {
  readonly kind: "values";
  readonly values: ReadonlySet<string>;
}

export interface Range {
  readonly kind: "range";
  readonly least: number;
  readonly most: number;
}

export interface Pattern {
  readonly kind: "pattern";
  readonly pattern: RegExp;
}

/** Narrows a child to certain versions in one direction; the other direction is not touched. */
export interface Where {
  readonly kind: "where";
  readonly direction: Direction;
  readonly versions: VersionRange;
}

/** Something about a child that is not a value: see `anywhere` and `mayBeEmpty`. */
export interface Mark {
  readonly kind: "mark";
  readonly mark: "anywhere" | "may be empty";
}

type Detail = string | VersionRange | Content | Values | Range | Pattern | Where | Mark;

export interface Child {
  readonly name: KnownName;
  readonly least: number;
  readonly most: number;
  readonly versions: VersionRange;
  readonly where: readonly Where[];
  readonly content: Content | undefined;
  readonly value: Values | Range | Pattern | undefined;
  /** Allowed at any place of a sequence. */
  readonly anywhere: boolean;
  /** An empty tag says "no value" where the type alone would demand one. */
  readonly mayBeEmpty: boolean;
  readonly spec: string | undefined;
}

/** A child that must or must not be there when another has a certain value. */
export interface ValueCondition {
  readonly kind: "needs" | "forbids";
  readonly when: KnownName;
  readonly is: ReadonlySet<string>;
  readonly name: KnownName;
  readonly only: Direction | undefined;
  readonly spec: string | undefined;
}

/** What must be true between the children of one element. */
export type Condition =
  | ValueCondition
  | { readonly kind: "not both"; readonly names: readonly [KnownName, KnownName]; readonly spec: string | undefined }
  | { readonly kind: "at least one"; readonly names: readonly KnownName[]; readonly spec: string | undefined }
  | { readonly kind: "before"; readonly names: readonly [KnownName, KnownName]; readonly spec: string | undefined };

/** The trees of one command. */
export interface Command {
  readonly name: string;
  /** `undefined`: the direction has no WBXML body. */
  readonly request: Child | undefined;
  readonly response: Child | undefined;
}

/** The members of an item class, and the pages whose tags tell that an item is of it. */
export interface ItemClass {
  readonly name: string;
  readonly pages: readonly string[];
  readonly members: readonly Child[];
}

/** Exactly once. */
export function one(name: KnownName, ...details: readonly Detail[]): Child {
  return makeChild(name, 1, 1, details);
}

/** Not at all or once. */
export function optional(name: KnownName, ...details: readonly Detail[]): Child {
  return makeChild(name, 0, 1, details);
}

/** Once or more. */
export function some(name: KnownName, ...details: readonly Detail[]): Child {
  return makeChild(name, 1, Number.POSITIVE_INFINITY, details);
}

/** Any number, none included. */
export function many(name: KnownName, ...details: readonly Detail[]): Child {
  return makeChild(name, 0, Number.POSITIVE_INFINITY, details);
}

/** At most that many. */
export function upTo(most: number, name: KnownName, ...details: readonly Detail[]): Child {
  return makeChild(name, 0, most, details);
}

export function sequence(...parts: readonly (Child | Condition)[]): Sequence {
  return { kind: "sequence", ...split(parts) };
}

export function inAnyOrder(...parts: readonly (Child | Condition)[]): AnyOrder {
  return { kind: "any order", ...split(parts) };
}

/** An item of any class; `extra` are children that are no property of the item. */
export function item(...extra: readonly Child[]): ItemContent {
  return { kind: "item", children: extra };
}

export function textOr(content: AnyOrder): TextOr {
  return { kind: "text or", content };
}

export const tagList: TagList = { kind: "tag list" };

export function typed(type: ValueType): Typed {
  return { kind: "typed", type };
}

export function values(...list: readonly (string | number)[]): Values {
  return { kind: "values", values: new Set(list.map(String)) };
}

/** A whole number from `least` to `most`. */
export function range(least: number, most: number): Range {
  return { kind: "range", least, most };
}

export function matching(pattern: RegExp): Pattern {
  return { kind: "pattern", pattern };
}

/** In requests only in these versions. */
export function inRequests(versions: VersionRange): Where {
  return { kind: "where", direction: "request", versions };
}

/** In responses only in these versions. */
export function inResponses(versions: VersionRange): Where {
  return { kind: "where", direction: "response", versions };
}

/** No version at all. */
export const never: VersionRange = { since: "16.1", until: "2.5" };

/** The child may stand at any place of a sequence. */
export const anywhere: Mark = { kind: "mark", mark: "anywhere" };
export const mayBeEmpty: Mark = { kind: "mark", mark: "may be empty" };

/** Only one of the two may be there. */
export function notBoth(first: KnownName, second: KnownName, spec?: string): Condition {
  return { kind: "not both", names: [first, second], spec };
}

export function atLeastOne(names: readonly KnownName[], spec?: string): Condition {
  return { kind: "at least one", names, spec };
}

/** Where both are there, the first comes first. */
export function before(first: KnownName, second: KnownName, spec?: string): Condition {
  return { kind: "before", names: [first, second], spec };
}

/** When `when` has one of the values, `name` must be there. */
export function needs(when: KnownName, is: readonly number[], name: KnownName, spec?: string): ValueCondition {
  return { kind: "needs", when, is: new Set(is.map(String)), name, only: undefined, spec };
}

/** When `when` has one of the values, `name` must not be there. */
export function forbids(when: KnownName, is: readonly number[], name: KnownName, spec?: string): ValueCondition {
  return { kind: "forbids", when, is: new Set(is.map(String)), name, only: undefined, spec };
}

/** The condition in one direction only. */
export function onlyIn(direction: Direction, condition: ValueCondition): ValueCondition {
  return { ...condition, only: direction };
}

/** Whether the line of a child holds in that direction, for the versions that `within` accepts. */
export function holds(child: Child, direction: Direction, within: (range: VersionRange) => boolean): boolean {
  return (
    within(child.versions) && child.where.every((where) => where.direction !== direction || within(where.versions))
  );
}

function split(parts: readonly (Child | Condition)[]): { children: Child[]; conditions: Condition[] } {
  const children: Child[] = [];
  const conditions: Condition[] = [];
  for (const part of parts) {
    if ("least" in part) children.push(part);
    else conditions.push(part);
  }
  return { children, conditions };
}

function makeChild(name: KnownName, least: number, most: number, details: readonly Detail[]): Child {
  const where: Where[] = [];
  let versions: VersionRange = {};
  let content: Content | undefined;
  let value: Child["value"];
  let spec: string | undefined;
  const marks = new Set<Mark["mark"]>();
  for (const detail of details) {
    if (typeof detail === "string") spec = detail;
    else if (!("kind" in detail)) versions = detail;
    else if (detail.kind === "where") where.push(detail);
    else if (detail.kind === "mark") marks.add(detail.mark);
    else if (detail.kind === "values" || detail.kind === "range" || detail.kind === "pattern") value = detail;
    else content = detail;
  }
  const anywhereMark = marks.has("anywhere");
  const emptyMark = marks.has("may be empty");
  return { name, least, most, versions, where, content, value, anywhere: anywhereMark, mayBeEmpty: emptyMark, spec };
}
