/** The README's table of what works with which server, from what the run on them found (`test/live/abilities.live.ts`). */
import { readFileSync } from "node:fs";

interface Tried {
  readonly version: string;
  readonly imitated: boolean;
  readonly outcomes: Readonly<Record<string, string>>;
}

/** A row for each server, those that could only be imitated last, and said to be. */
export function serversTable(file = "test/live/abilities.json"): string {
  const tried = Object.entries(JSON.parse(readFileSync(file, "utf8")) as Readonly<Record<string, Tried>>);
  const abilities = Object.keys(tried[0]?.[1].outcomes ?? {});
  const rows = tried.map(([name, { version, imitated, outcomes }]) => {
    const shown = version.replace(/-.*/, "");
    const cells = abilities.map((ability) => outcomes[ability] ?? "not tried");
    return `| ${name} ${shown}${imitated ? ", imitated" : ""} | ${cells.join(" | ")} |`;
  });
  return [`| server | ${abilities.join(" | ")} |`, `|---${"|---".repeat(abilities.length)}|`, ...rows].join("\n");
}
