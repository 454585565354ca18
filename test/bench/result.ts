/** One figure of the bench. `ratio` is measured to floor; a target is met when ratio (or, without floor, measured) is at most it. */
export interface Result {
  readonly name: string;
  readonly measured: number;
  readonly unit: string;
  readonly floor?: number;
  readonly target?: number;
  /** "most": the target is an upper bound (the usual case); "least": a lower one. */
  readonly bound?: "most" | "least";
}

export interface Row extends Result {
  readonly ratio: number | undefined;
  readonly met: boolean | undefined;
}

export function rowOf(result: Result): Row {
  const ratio = result.floor === undefined ? undefined : result.measured / result.floor;
  const compared = ratio ?? result.measured;
  const met =
    result.target === undefined
      ? undefined
      : result.bound === "least"
        ? compared >= result.target
        : compared <= result.target;
  return { ...result, ratio, met };
}

export function formatRows(rows: readonly Row[]): string {
  const cells = rows.map(({ name, measured, unit, floor, ratio, target, met }) => [
    name,
    `${round(measured)} ${unit}`,
    floor === undefined ? "" : `${round(floor)} ${unit}`,
    ratio === undefined ? "" : `${ratio.toFixed(2)} x`,
    target === undefined ? "" : String(target),
    met === undefined ? "" : met ? "met" : "MISSED",
  ]);
  const table = [["name", "measured", "floor", "ratio", "target", ""], ...cells];
  const widths = [0, 1, 2, 3, 4, 5].map((column) => Math.max(...table.map((row) => row[column]?.length ?? 0)));
  return table
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((one, other) => one - other);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

export async function timed(work: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await work();
  return performance.now() - began;
}

function round(value: number): string {
  return value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2);
}
