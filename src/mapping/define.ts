/**
 * The column vocabulary of the tables in `mappings/`. A table lists every tag of its class in the order in which the
 * class is sent; `download.ts` and `upload.ts` are generic over it.
 */
import type { Absent } from "../protocol/ghost.ts";
import type { KnownName } from "../schema/pages.ts";
import type { VersionRange } from "../schema/versions.ts";
import type { Element } from "../wire/element.ts";
import type { Component } from "./content-lines.ts";
import type { ClassName, MappingContext } from "./item.ts";
import { propertyRule } from "./property.ts";

/** What one tag holds: text, or child elements. An empty tag is `undefined` where a value may be missing. */
export type Value = string | readonly Element[];

/**
 * How one value crosses: a pair of total functions between EAS text and a property's value as it stands in the line
 * (escaped). `undefined` means "cannot": down, the tag is not sent; up, the value is remembered or refused.
 */
export interface Cell {
  /** Whether `down` then `up` gives the same value back for every value: if not, the row must say what is lost. */
  readonly lossless: boolean;
  down(native: string): string | undefined;
  /** `native` is the present value, "" for none: a cell that owns a part of it leaves the rest. */
  up(value: string, native: string): string | undefined;
  /** What is left when the device clears the tag; without it, and for `undefined`, the line goes. */
  clear?(native: string): string | undefined;
  /** Whether two EAS values say the same; without it equality after line-end and outer-space normalisation. */
  same?(incoming: string, now: string): boolean;
}

/** Where a table is applied: a component of a stored text, and for whom. */
export interface Scope {
  /** The whole text; VTIMEZONEs are found here. */
  readonly root: Component;
  /** The VCARD or VEVENT the rows read and edit. */
  readonly component: Component;
  /** The series an override belongs to. */
  readonly master?: Component | undefined;
  readonly context: MappingContext;
}

/** Values by tag, as `down` finds them: a tag that is not in it is not sent. */
export type Values = ReadonlyMap<KnownName, Value>;

/** A device's change, as a rule sees it. */
export interface Edit extends Scope {
  /** This rule's tags that say something new; `undefined` clears. */
  readonly changes: ReadonlyMap<KnownName, Value | undefined>;
  /** Every tag of the class that the device sent and may send in its version; `undefined` for an empty tag. */
  readonly incoming: ReadonlyMap<KnownName, Value | undefined>;
  /** What `down` gives for the stored text before the edit. */
  readonly now: Values;
  /** The item is new: nothing is stored but the skeleton. */
  readonly creating: boolean;
}

/**
 * A many-to-many pair: some tags against some properties. The engine calls `down` once per item and `up` once per
 * edit, and only when a tag of the rule changed. A rule edits lines through `content-lines.ts` and nothing else.
 */
export interface Rule {
  readonly name: string;
  readonly lossless: boolean;
  down(scope: Scope, values: Map<KnownName, Value>): void;
  /** Throws MappingError for what must be refused (Status 6). */
  up(edit: Edit): void;
  /** `up` runs when everything else of the item is written, what is remembered included: exceptions copy their series. */
  readonly last?: true;
  /** Whether the device's value is taken for no news although it says something: the device is to get the item back. */
  leavesOut?(tag: KnownName, incoming: Value | undefined, scope: Scope): boolean;
  /** Whether the device's value says what `now` says; without it as for a cell, and element by element. */
  same?(tag: KnownName, incoming: Value | undefined, now: Value | undefined, scope: Scope): boolean;
}

interface Columns {
  readonly tag: KnownName;
  /** Versions in which it is sent to the device; left out = never. */
  readonly down?: VersionRange;
  /** Versions in which a device may send it; left out = ignored, never an error. */
  readonly up?: VersionRange;
  readonly absent: Absent;
  /**
   * Whether an empty tag is sent in a Change when there is no value, so that the device forgets its own. Left out:
   * yes where omission could clear (`clear`, `ghost`), else no. A value here is what says "empty" for this tag.
   */
  readonly empty?: "send" | "omit" | readonly Element[];
  /** Tags that stand within this one, where it is a container. */
  readonly holds?: readonly KnownName[];
  /** A text value that the property cannot say is remembered in `X-EAS-<TAG>` (keep.ts). */
  readonly remember?: true;
  /**
   * Lines that find no tag may stand behind the one that is sent. When the device clears it they do not take its place:
   * a device that was not told of them would clear them with its next Change. Remembered as above, as nothing.
   */
  readonly successors?: true;
  readonly spec: string;
}

type Lossless<Of> = Of & { readonly lossless: true };

/** `loss` says what the other side cannot say: the type demands it where cell or rule is no bijection. */
type Crossing =
  | { readonly property: string; readonly cell: Lossless<Cell>; readonly loss?: string; readonly rule?: never }
  | { readonly property: string; readonly cell: Cell; readonly loss: string; readonly rule?: never }
  | { readonly rule: Lossless<Rule>; readonly loss?: string; readonly property?: never }
  | { readonly rule: Rule; readonly loss: string; readonly property?: never };

export type Row = Columns & Crossing;

/** A row as the engine runs it. */
export interface CompiledRow {
  readonly row: Row;
  readonly rule: Rule;
  /** Name of the line that remembers; undefined when the row never does. */
  readonly keepName: string | undefined;
}

export interface Mapping {
  readonly class: ClassName;
  /** Component the rows read: VEVENT, VCARD. */
  readonly component: string;
  readonly rows: readonly Row[];
  /** Tags of the class's pages that no row has, and why. */
  readonly unmapped: Readonly<Partial<Record<KnownName, string>>>;
  readonly compiled: readonly CompiledRow[];
  /** Each rule once, in the order of first appearance. */
  readonly rules: readonly Rule[];
}

/** Makes a table; throws when a tag stands in two places: that is a mistake of ours, found at start. */
export function defineMapping(
  className: ClassName,
  component: string,
  rows: readonly Row[],
  unmapped: Mapping["unmapped"] = {},
): Mapping {
  const seen = new Set<string>();
  for (const tag of [...rows.flatMap((row) => [row.tag, ...(row.holds ?? [])]), ...Object.keys(unmapped)]) {
    if (seen.has(tag)) throw new TypeError(`${tag} stands twice in the ${className} table`);
    seen.add(tag);
  }
  const compiled = rows.map((row) => ({
    row,
    rule: row.rule ?? propertyRule(row.tag, row.property, row.cell, row),
    keepName:
      row.remember || row.successors ? `X-EAS-${row.tag.slice(row.tag.indexOf(":") + 1).toUpperCase()}` : undefined,
  }));
  return {
    class: className,
    component,
    rows,
    unmapped,
    compiled,
    rules: [...new Set(compiled.map((one) => one.rule))],
  };
}

/** A table that is another one but for some tags, as exceptions are to their series. Added rows come last. */
export function inherit(
  from: Mapping,
  changed: { drop?: readonly KnownName[]; add?: readonly Row[]; as?: (row: Row) => Row },
): Mapping {
  const kept = from.rows.filter((row) => !changed.drop?.includes(row.tag));
  return defineMapping(from.class, from.component, [...kept.map(changed.as ?? ((row) => row)), ...(changed.add ?? [])]);
}
