/** What ran on which server, as the last words of a run: a Vitest reporter. */
import type { Reporter, TestModule } from "vitest/node";
import { type Row, rows } from "./rows.ts";

interface Tally {
  passed: number;
  failed: number;
  /** Name and reason. */
  readonly skipped: string[];
}

/** Which files count in which column; what else there is counts as the gateway between phones and this server. */
const columns = [
  ["contract", /\/contract\.live\.ts$/],
  ["end to end", /\/(story|end-to-end|untouched|sharing|davical)\.live\.ts$/],
  ["traps", /\/traps\.live\.ts$/],
] as const;

export const table: Reporter = {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const lines = [["server", "version", ...columns.map(([name]) => name), "conformance"]];
    const notes: string[] = [];
    for (const row of rows) {
      const tallies = columns.map(([, file]) => tally(modules, row, file));
      lines.push([row.name, row.version(), ...tallies.map(shown), conformance(modules, row)]);
      for (const { skipped } of tallies) notes.push(...skipped.map((why) => `${row.name}: not run: ${why}`));
      notes.push(...[...(row.conformance?.known ?? []), ...row.differs].map((what) => `${row.name}: ${what}`));
    }
    const widths = lines[0]?.map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0))) ?? [];
    const shownLines = lines.map((line) =>
      line
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join("  ")
        .trimEnd(),
    );
    process.stdout.write(`\n${[...shownLines, "", ...notes].join("\n")}\n`);
  },
};

function tally(modules: readonly TestModule[], row: Row, file: RegExp): Tally {
  const counts: Tally = { passed: 0, failed: 0, skipped: [] };
  for (const module of modules) {
    if (!file.test(module.moduleId)) continue;
    for (const test of module.children.allTests()) {
      if (!test.fullName.includes(row.name)) continue;
      const result = test.result();
      if (result.state === "skipped") counts.skipped.push(`${test.name}: ${result.note ?? "it was not chosen"}`);
      else counts[result.state === "passed" ? "passed" : "failed"] += 1;
    }
  }
  return counts;
}

function shown({ passed, failed, skipped }: Tally): string {
  if (passed + failed + skipped.length === 0) return "-";
  const parts = [`${passed} passed`];
  if (failed > 0) parts.push(`${failed} FAILED`);
  if (skipped.length > 0) parts.push(`${skipped.length} not run`);
  return parts.join(", ");
}

function conformance(modules: readonly TestModule[], row: Row): string {
  const runs = modules.flatMap((module) =>
    [...module.children.allTests()].filter(
      ({ fullName }) => fullName.startsWith("conformance") && fullName.includes(row.name),
    ),
  );
  if (runs.length === 0) return "-";
  const counts = runs.map((run) => run.meta().conformance);
  const run = counts.reduce((sum, count) => sum + (count?.run ?? 0), 0);
  const known = counts.reduce((sum, count) => sum + (count?.known ?? 0), 0);
  const failed = runs.filter((one) => one.result().state !== "passed").length;
  const parts = [`${run - known} of ${run} passed`];
  if (known > 0) parts.push(`${known} known`);
  if (failed > 0) parts.push(`${failed} of ${runs.length} versions FAILED`);
  return parts.join(", ");
}
