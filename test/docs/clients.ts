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
    "the standard. *Seen by*: H is Horde's ActiveSync, Z Z-Push, G grommunio-sync, S SOGo; T EAS-4-TbSync, A the Exchange app",
    "of Android, GA go-activesync, R remdev's go-activesync, E evolution-activesync, P pyActiveSync, M Microsoft's own client",
    "code.",
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

/**
 * The tests of the repository whose titles are plain text, as `file: title` (`sync/kill: …`), and the conformance cases
 * that run against the gateway with them (`conformance: sync/…`).
 */
export function provingTests(): ReadonlySet<string> {
  const tests = sources("test", ".test.ts").flatMap(({ name, source }) =>
    [...source.matchAll(/^\s*(?:it|test)\(\s*"([^"]+)"/gm)].map(([, title]) => `${name}: ${title}`),
  );
  const cases = sources("conformance/cases", ".ts").flatMap(({ source }) =>
    [...source.matchAll(/^\s*id: "([^"]+)"/gm)].map(([, id]) => `conformance: ${id}`),
  );
  return new Set([...tests, ...cases]);
}

function sources(folder: string, end: string): readonly { readonly name: string; readonly source: string }[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(end))
    .map((name) => ({ name: name.slice(0, -end.length), source: readFileSync(join(folder, name), "utf8") }));
}

function inWords(effect: object): string {
  return Object.entries(effect)
    .map(([name, value]) => `\`${name}\`: ${JSON.stringify(value).replaceAll('"', "").replaceAll(",", ", ")}`)
    .join("; ");
}

function line(...cells: readonly string[]): string {
  return `| ${cells.map((cell) => cell.replaceAll("|", "\\|").replaceAll("\n", " ")).join(" | ")} |`;
}
