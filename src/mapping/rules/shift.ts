/** Moves a span on the clock. */
import { toWall } from "../../protocol/zones.ts";
import { instantOf, type Moment } from "./moment.ts";
import type { Span } from "./series.ts";

/** `by` is wall time. The length in time stays, though the end may lie in another zone or beyond a change of clocks. */
export function shifted(stored: Span, by: number): Span {
  if (by === 0) return stored;
  const move = (moment: Moment): Moment => ({ ...moment, wall: moment.wall + by });
  const start = move(stored.start);
  if (start.kind === "date") return { ...stored, start, end: move(stored.end) };
  const end = instantOf(start) + instantOf(stored.end) - instantOf(stored.start);
  return { ...stored, start, end: { ...stored.end, wall: toWall(stored.end.zone, end) } };
}
