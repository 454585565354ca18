/** The form of UNTIL. */
import { instantOf, type Moment } from "./moment.ts";
import { writeStamp } from "./times.ts";

/** UNTIL for a series that starts like this: a date, a floating time, or UTC; `at` is the instant where it is known. */
export function untilText(wall: number, start: Moment, at?: number): string {
  if (start.kind === "date") return writeStamp({ kind: "date", wall });
  if (start.kind === "floating") return writeStamp({ kind: "local", wall });
  return writeStamp({ kind: "utc", wall: at ?? instantOf({ ...start, wall }) });
}
