/** The list of complaints: what stands in `test/complaints/complaints.ts`, with the tests of its suites. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Complaint } from "../complaints/complaints.ts";

const folder = "test/complaints";

export interface ComplaintTest {
  /** The complaint whose suite it is in. */
  readonly number: number;
  readonly title: string;
  /** `complaints/loops` for its file. */
  readonly file: string;
}

/** The tests of the suites, in the order of their files. */
export function complaintTests(): readonly ComplaintTest[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith(".test.ts"))
    .toSorted()
    .flatMap((name) => {
      const suites = readFileSync(join(folder, name), "utf8").split(/^complaint\((?=\d+,)/m);
      const file = `complaints/${name.slice(0, -".test.ts".length)}`;
      return suites
        .slice(1)
        .flatMap((suite) =>
          [...suite.matchAll(/^\s*it\(\s*"([^"]+)"/gm)].map(
            ([, title = ""]): ComplaintTest => ({ number: Number.parseInt(suite, 10), title, file }),
          ),
        );
    });
}

/** `test/complaints/README.md`: a row for each complaint. */
export function complaintsDocument(complaints: readonly Complaint[], tests: readonly ComplaintTest[]): string {
  const rows = complaints.map((complaint) => {
    const own = tests.filter(({ number }) => number === complaint.number);
    const named = own.map(({ title, file }) => `${title} (${file})`);
    const more = (complaint.more ?? []).map((test) => test.replace(/^([^:]+): (.*)$/, "$2 ($1)"));
    const cells = [
      String(complaint.number),
      complaint.said,
      complaint.source,
      complaint.holds,
      [...named, ...more].join("; "),
      complaint.later ?? "–",
    ];
    return `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  });
  return `<!-- Made by \`npm run generate\` from complaints.ts and the suites beside it. -->
# What users have complained of

Read in the trackers of other ActiveSync servers, most damaging first. Each is a suite here, titled by it, in which a
phone that behaves as the one in question did (by its names and its requests) syncs through the gateway with the in-memory
server or with the twin, an imitation that misbehaves as told. No real phone took part.

| | complaint | where | what holds | tests | what waits |
|---|---|---|---|---|---|
${rows.join("\n")}
`;
}
