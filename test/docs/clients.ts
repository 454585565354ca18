/** The table of clients for `mappings/README.md`, and what its rows name. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { ClientTable } from "../../src/mapping/clients.ts";

/** The sections on clients: a row for each quirk. */
export function clientsSections(table: ClientTable): string {
  return [
    "## Clients",
    "",
    "What a client does otherwise than the standard has it, and what is done for that client alone. A client of no row gets",
    "the standard.",
    "",
    "| client | what it does | what it gets | seen by | test |",
    "|---|---|---|---|---|",
    ...table.rows.map(({ client, quirk, effect, evidence, test }) =>
      line(client, quirk, inWords(effect), evidence, test),
    ),
    "",
    "What every client gets because one of them needs it:",
    "",
    "| client | what it does | what everybody gets | seen by | test |",
    "|---|---|---|---|---|",
    ...table.everybody.map(({ client, quirk, kept, evidence, test }) => line(client, quirk, kept, evidence, test)),
    "",
    "What waits for a part that is not served yet:",
    "",
    "| client | what it does | belongs to | seen by |",
    "|---|---|---|---|",
    ...table.later.map(({ client, quirk, belongs, evidence }) => line(client, quirk, belongs, evidence)),
  ].join("\n");
}

/** Titles of all tests of the repository that are plain text. */
export function testTitles(): ReadonlySet<string> {
  const files = readdirSync("test", { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".test.ts"));
  return new Set(
    files.flatMap((name) =>
      [
        ...readFileSync(join("test", name), "utf8").matchAll(/^\s*(?:it|test)(?:\.each\([^\n]*\))?\(\s*"([^"]+)"/gm),
      ].flatMap(([, title]) => title ?? []),
    ),
  );
}

function inWords(effect: object): string {
  return Object.entries(effect)
    .map(([name, value]) => `\`${name}\`: ${JSON.stringify(value).replaceAll('"', "").replaceAll(",", ", ")}`)
    .join("; ");
}

function line(...cells: readonly string[]): string {
  return `| ${cells.map((cell) => cell.replaceAll("|", "\\|").replaceAll("\n", " ")).join(" | ")} |`;
}
