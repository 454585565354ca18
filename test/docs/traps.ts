/** The table of traps: what stands at the twin's switches, and which tests name them. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

export interface Trap {
  readonly name: string;
  /** The heading it stands under. */
  readonly group: string;
  readonly text: string;
  readonly servers: string;
  readonly guard: string;
}

export interface TrapTest {
  readonly trap: string;
  readonly title: string;
  readonly file: string;
  /** The real server it runs on; undefined for the twin. */
  readonly server: string | undefined;
}

/** The switches, and the tests that name them. */
export function readTraps(): { readonly traps: readonly Trap[]; readonly tests: readonly TrapTest[] } {
  return {
    traps: declaredTraps(readFileSync("test/servers/dav-twin-traps.ts", "utf8")),
    tests: namedTests(["test/backends", "test/live", "test/trouble"]),
  };
}

/** The switches as `test/servers/dav-twin-traps.ts` declares them. @throws Error when a comment lacks a part. */
export function declaredTraps(source: string): readonly Trap[] {
  return source
    .split(/\n\/\*\* ## /)
    .slice(1)
    .flatMap((part) => {
      const group = part.slice(0, part.indexOf(" */"));
      return [...part.matchAll(/\n {2}\/\*\*\n((?: {3}\*.*\n)+?) {3}\*\/\n {2}(\w+)\?:/g)].map(
        ([, comment = "", name = ""]) => readComment(group, name, comment),
      );
    });
}

/** The tests in the files of these folders that name a trap. */
function namedTests(folders: readonly string[]): readonly TrapTest[] {
  return folders.flatMap((folder) =>
    readdirSync(folder, { recursive: true, encoding: "utf8" })
      .filter((name) => /\.(test|live)\.ts$/.test(name))
      .toSorted()
      .flatMap((name) => testsIn(join(folder, name))),
  );
}

/** `test/servers/README.md`: every trap with its tests. */
export function trapsDocument(traps: readonly Trap[], tests: readonly TrapTest[]): string {
  const groups = [...new Set(traps.map(({ group }) => group))];
  const parts = groups.map((group) => {
    const rows = traps.filter((trap) => trap.group === group).map((trap) => row(trap, tests));
    return [`## ${group}`, "", head, "|---|---|---|---|---|---|", ...rows].join("\n");
  });
  return `<!-- Made by \`npm run generate\` from dav-twin-traps.ts and the tests that name a trap. -->
# What servers do, and what the gateway does about it

Each row is a switch of the twin (\`dav-twin-traps.ts\`), an imitation of a CalDAV and CardDAV server that passes the same
contract as real ones and can be told to misbehave as they were seen to. Where the guard is a line of ours, its tests were
seen to fail without it. *In our runs* names real servers on which a test of ours sees the same.

${parts.join("\n\n")}
`;
}

/** The README's summary: how many traps of each kind, and how many tests. */
export function trapSummary(traps: readonly Trap[], tests: readonly TrapTest[]): string {
  const groups = [...new Set(traps.map(({ group }) => group))];
  const rows = groups.map((group) => {
    const names = new Set(traps.filter((trap) => trap.group === group).map(({ name }) => name));
    const of = tests.filter(({ trap }) => names.has(trap));
    const real = [...new Set(of.flatMap(({ server }) => server ?? []))].toSorted();
    const anchor = group.toLowerCase().replaceAll(" ", "-");
    return `| [${group}](test/servers/README.md#${anchor}) | ${names.size} | ${of.length} | ${real.join(", ") || "–"} |`;
  });
  return ["| traps | known | tests | also seen in our runs on |", "|---|---|---|---|", ...rows].join("\n");
}

const head = "| switch | what happens | who does it | what the gateway does | tests | in our runs |";

function row(trap: Trap, tests: readonly TrapTest[]): string {
  const own = tests.filter((test) => test.trap === trap.name);
  const titles = own
    .filter(({ server }) => server === undefined)
    .map(({ title, file }) => `${title} (${shortOf(file)})`);
  const real = [...new Set(own.flatMap(({ server }) => server ?? []))];
  const cells = [`\`${trap.name}\``, trap.text, trap.servers, trap.guard, titles.join("; "), real.join(", ") || "–"];
  return `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
}

/** `backends/traps/logins` for its test file. */
function shortOf(file: string): string {
  return file.replace(/^test\//, "").replace(/\.\w+\.ts$/, "");
}

function readComment(group: string, name: string, comment: string): Trap {
  const text = comment
    .replace(/^ {3}\* ?/gm, "")
    .replaceAll("\n", " ")
    .trim();
  const parts = /^(.+?) @server (.+?) @guard (.+)$/.exec(text);
  const [, said = "", servers = "", guard = ""] = parts ?? [];
  if (!parts) throw new Error(`the switch ${name} does not say what happens, who does it, and what guards against it`);
  return { name, group, text: said, servers, guard };
}

function testsIn(file: string): readonly TrapTest[] {
  const source = readFileSync(file, "utf8");
  const onTwin = [...source.matchAll(/\btrap\(\s*"(\w+)",\s*"([^"]+)"/g)].map(
    ([, trap = "", title = ""]): TrapTest => ({ trap, title, file, server: undefined }),
  );
  const onReal = [...source.matchAll(/\bseenOn\(\s*"([^"]+)",\s*"(\w+)"/g)].map(
    ([, server = "", trap = ""]): TrapTest => ({ trap, title: "", file, server }),
  );
  return [...onTwin, ...onReal];
}
