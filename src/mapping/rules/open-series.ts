/** A series opened for its exceptions: which slots it has, and which of them are not as the others. */
import { MappingError } from "../../errors.ts";
import { parseUtc } from "../../protocol/datetime.ts";
import { toInstant, toWall } from "../../protocol/zones.ts";
import { line } from "../content-lines.ts";
import type { Scope } from "../define.ts";
import { advanceRange, atSlot, exclude, type Override, readmit, readOverrides, removeOverride } from "./exclusions.ts";
import { express } from "./expression.ts";
import { isSlot, lastByCount } from "./occurrences.ts";
import type { Rule } from "./rrule.ts";
import { readExclusions, readRepeats, readSpan, type Span, timeOfDay, walkForeign } from "./series.ts";
import { dayLength, midnightOf } from "./times.ts";

export interface Series {
  readonly scope: Scope;
  readonly span: Span;
  /** Whether the series has an occurrence at a wall time, exceptions aside. */
  readonly hasWall: (wall: number) => boolean;
  /** Slots that a device is told of and that are none, because EAS cannot say the series. */
  readonly holes: readonly number[];
  /** The slots that a device is told of; undefined for all. */
  readonly shown: ReadonlySet<number> | undefined;
  /** The wall time of the last occurrence, where the series has one. */
  readonly lastWall: number;
  /** By slot. Two overrides of one slot are a mistake of some client's: the first is the one that is shown and edited. */
  readonly overrides: Map<number, Override>;
  /** Slots that EXDATEs take out. */
  readonly exclusions: Set<number>;
}

/** `undefined` for what is no series. */
export function openSeries(scope: Scope): Series | undefined {
  if (!line(scope.component, "RRULE") && !line(scope.component, "RDATE")) return undefined;
  const span = readSpan(scope);
  const repeats = readRepeats(scope.component, span.start);
  if (repeats.kind === "single") return undefined;
  const overrides = new Map<number, Override>();
  for (const one of readOverrides(scope.component, span.start, scope)) {
    if (!overrides.has(one.slot)) overrides.set(one.slot, one);
  }
  return {
    scope,
    span,
    ...(repeats.kind === "rule" ? plainSlots(repeats.rule, span) : foreignSlots(scope, span)),
    overrides,
    exclusions: new Set(readExclusions(scope.component, span.start, scope)),
  };
}

type Slots = Pick<Series, "hasWall" | "holes" | "shown" | "lastWall">;

function plainSlots(rule: Rule, { start }: Span): Slots {
  const last = rule.count === undefined ? undefined : lastByCount(rule, start.wall);
  return {
    hasWall: (wall) => isSlot(rule, start.wall, wall),
    holes: [],
    shown: undefined,
    lastWall: last ?? Number.POSITIVE_INFINITY,
  };
}

function foreignSlots(scope: Scope, { start }: Span): Slots {
  const slotAt = (wall: number) => toInstant(start.zone, wall);
  const found = express(scope, start, scope.context.now);
  const years = new Map<number, ReadonlySet<number>>();
  return {
    lastWall: Number.POSITIVE_INFINITY,
    holes: found?.holes.map(slotAt) ?? [],
    shown: new Set(found?.walls.map(slotAt)),
    hasWall(wall) {
      const year = new Date(wall).getUTCFullYear();
      let walls = years.get(year);
      if (walls === undefined) {
        walls = new Set(walkForeign(scope, start, { from: Date.UTC(year, 0, 1), until: Date.UTC(year + 1, 0, 1) }));
        years.set(year, walls);
      }
      return walls.has(wall);
    },
  };
}

export function requireSeries(scope: Scope): Series {
  const series = openSeries(scope);
  if (series === undefined) throw new MappingError("the event is no series", "Recurrence");
  return series;
}

/** Whether the series has this slot, exceptions aside. */
export function hasSlot({ span, hasWall }: Series, slot: number): boolean {
  const { start } = span;
  const wall = toWall(start.zone, slot);
  if (hasWall(wall)) return true;
  // Where the clock skips the hour of the series, the occurrence is shown at another.
  const named = midnightOf(wall) + timeOfDay(start.wall);
  return toInstant(start.zone, named) === slot && hasWall(named);
}

/**
 * The slot that a device means: one that has an exception, or an occurrence of the rule. Quirk: iOS and Android, after
 * a series was moved or for all-day ones, name the right day with the wrong time (SOGo realigns them too).
 * `moved` is how far the same request moved the series: its slots may still be named as they were.
 */
export function findSlot(series: Series, named: string, moved = 0): number | undefined {
  const at = parseUtc(named);
  if (at === undefined) return undefined;
  const { start } = series.span;
  const wall = start.kind === "date" ? dateOf(at, series.span) : toWall(start.zone, at);
  const exact = start.kind === "date" ? toInstant(start.zone, wall) : at;
  const candidates = [exact];
  if (start.kind !== "date") candidates.push(toInstant(start.zone, midnightOf(wall) + timeOfDay(start.wall)));
  // Of a series that EAS cannot say another start was told once: nothing moved.
  if (moved !== 0 && series.shown === undefined) candidates.push(exact + moved);
  return candidates.find((slot) => series.overrides.has(slot) || series.exclusions.has(slot) || hasSlot(series, slot));
}

export function requireSlot(series: Series, instance: string): number {
  const slot = findSlot(series, instance);
  if (slot === undefined) throw new MappingError(`no occurrence at ${instance.slice(0, 20)}`, "InstanceId");
  return slot;
}

/** The override that a slot without one of its own follows: the last before it that stands for all that follow. */
export function rangeOver({ overrides }: Series, slot: number): Override | undefined {
  let found: Override | undefined;
  for (const one of overrides.values()) {
    if (one.ranges && one.slot <= slot && (found === undefined || one.slot > found.slot)) found = one;
  }
  return found;
}

/**
 * Where an override of a slot stands for all that follow, it begins at the next one from now on: an edit of this
 * occurrence is none of theirs. Where nothing follows it goes.
 */
export function releaseRange(series: Series, slot: number): void {
  const { scope, span, overrides } = series;
  const range = overrides.get(slot);
  if (range === undefined || !range.ranges) return;
  overrides.delete(slot);
  const later = [...overrides.values()].filter((one) => one.ranges && one.slot > slot).map((one) => one.slot);
  const [next] = slotsAfter(series, slot, { most: 1, until: Math.min(slot + longestGap, ...later) });
  if (next === undefined) {
    removeOverride(scope, range.component);
    return;
  }
  advanceRange(scope, span, range, next);
  overrides.set(next, { ...range, slot: next, id: atSlot(next, span.start) });
}

/** Slots after one, in order, that have neither an override nor an EXDATE. */
export function slotsAfter(
  series: Series,
  slot: number,
  { most, until }: { readonly most: number; readonly until: number },
): readonly number[] {
  const { span, overrides, exclusions, hasWall, lastWall } = series;
  const { start } = span;
  const end = Math.min(lastWall, toWall(start.zone, until));
  const found: number[] = [];
  const first = midnightOf(toWall(start.zone, slot)) + timeOfDay(start.wall);
  for (let wall = first; wall <= end && found.length < most; wall += dayLength) {
    const next = toInstant(start.zone, wall);
    if (next > slot && hasWall(wall) && !overrides.has(next) && !exclusions.has(next)) found.push(next);
  }
  return found;
}

/** A leap day that falls out at the turn of a century. */
const longestGap = 8 * 366 * dayLength;

/** Takes an occurrence out, with every override of it. */
export function deleteSlot(series: Series, slot: number): void {
  const { scope, span, overrides, exclusions } = series;
  releaseRange(series, slot);
  if (overrides.delete(slot)) {
    for (const one of readOverrides(scope.component, span.start, scope)) {
      if (one.slot === slot) removeOverride(scope, one.component);
    }
  }
  if (exclusions.has(slot)) return;
  exclude(scope, span.start, slot);
  exclusions.add(slot);
}

/** Puts an occurrence back that was taken out; tells whether it was. */
export function restoreSlot({ scope, span, exclusions }: Series, slot: number): boolean {
  if (!exclusions.delete(slot)) return false;
  readmit(scope, span.start, slot);
  return true;
}

function dateOf(at: number, { start }: Span): number {
  if (timeOfDay(at) === 0) return at;
  return Math.round(toWall(start.zone, at) / dayLength) * dayLength;
}
