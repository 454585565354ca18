/** The player's figures as a table that one can read. */
import type { Figures, Histogram } from "./figures.ts";

export interface NodeRow {
  readonly name: string;
  readonly processor: { readonly user: number; readonly system: number };
  readonly rss: number;
  readonly waiting: number;
  readonly requests: number;
  readonly backendRequests: number;
}

/** Columns as wide as their widest cell, numbers to the right. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const all = [head, ...rows];
  const widths = head.map((_, column) => Math.max(...all.map((row) => (row[column] ?? "").length)));
  const line = (row: readonly string[]) =>
    row.map((cell, column) => (column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0)));
  return all.map((row) => line(row).join("  ").trimEnd()).join("\n");
}

export function timesTable({ times }: Figures): string {
  const rows = [...times]
    .toSorted(([one], [other]) => (one < other ? -1 : 1))
    .map(([name, times]) => timesRow(name, times));
  return table(["milliseconds", "count", "p50", "p95", "p99", "longest"], rows);
}

function timesRow(name: string, times: Histogram): string[] {
  const shares = [0.5, 0.95, 0.99].map((share) => shown(times.percentile(share)));
  return [name, String(times.count), ...shares, shown(times.longest)];
}

export function nodesTable(nodes: readonly NodeRow[]): string {
  const rows = nodes.map(({ name, processor, rss, waiting, requests, backendRequests }) => [
    name,
    String(requests),
    ((processor.user + processor.system) / 1e6).toFixed(1),
    `${Math.round(rss / 1024 / 1024)}`,
    String(waiting),
    String(backendRequests),
  ]);
  return table(["node", "requests", "CPU s", "MB", "waiting", "backend requests"], rows);
}

export function errorsTable({ errors }: Figures): string {
  const rows = [...errors].toSorted(([, one], [, other]) => other - one).map(([what, count]) => [what, String(count)]);
  return table(["error", "count"], rows);
}

function shown(milliseconds: number): string {
  return milliseconds < 10 ? milliseconds.toFixed(1) : String(Math.round(milliseconds));
}
