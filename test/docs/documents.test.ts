import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { itemMappings } from "../../mappings/index.ts";
import { classTable, mappingsDocument, replaceMarked } from "./document.ts";
import { policiesDocument } from "./policies.ts";
import { serversTable } from "./servers.ts";
import { survival, survivalSummary } from "./survival.ts";
import { declaredTraps, readTraps, trapSummary, trapsDocument } from "./traps.ts";

const survived = survival();

it("the mapping tables' document is as the tables are: run npm run generate", () => {
  expect(readFileSync("mappings/README.md", "utf8")).toBe(mappingsDocument(survived));
});

it("the document of policies is as the table is: run npm run generate", () => {
  expect(readFileSync("docker/policies.md", "utf8")).toBe(policiesDocument());
});

it("the README's table of what survives an edit is as the fixtures say: run npm run generate", () => {
  const readme = readFileSync("README.md", "utf8");
  expect(readme).toBe(replaceMarked(readme, "survival", survivalSummary(survived)));
});

it("the README's table of servers is as the last run on them found: run npm run generate", () => {
  const readme = readFileSync("README.md", "utf8");
  expect(readme).toBe(replaceMarked(readme, "servers", serversTable()));
});

it("no line of a fixture is lost or changed by an edit of another field", () => {
  for (const { className, fixtures, edits, properties } of survived) {
    expect(fixtures, className).toBeGreaterThan(4);
    expect(edits, className).toBeGreaterThan(fixtures);
    expect(properties.filter(({ kept, tried }) => kept < tried)).toEqual([]);
  }
  expect(survived.map(({ className }) => className).toSorted()).toEqual(
    [...itemMappings.keys()].filter((name) => name !== "RecipientCache" && name !== "Email").toSorted(),
  );
});

it("the README's class table is as the tables are: run npm run generate", () => {
  const readme = readFileSync("README.md", "utf8");
  expect(readme).toBe(replaceMarked(readme, "classes", classTable()));
});

it("the table of traps is as the twin's switches and the tests are: run npm run generate", () => {
  const { traps, tests } = readTraps();
  expect(readFileSync("test/servers/README.md", "utf8")).toBe(trapsDocument(traps, tests));
  const readme = readFileSync("README.md", "utf8");
  expect(readme).toBe(replaceMarked(readme, "traps", trapSummary(traps, tests)));
});

it("every trap has a test on the twin, and every test names a trap", () => {
  const { traps, tests } = readTraps();
  const named = new Set(tests.filter(({ server }) => server === undefined).map(({ trap }) => trap));
  const names = traps.map(({ name }) => name);
  expect(names.filter((name) => !named.has(name))).toEqual([]);
  expect(tests.filter(({ trap }) => !names.includes(trap))).toEqual([]);
});

it("every switch is read, and one that does not say what guards against it is named", () => {
  const source = readFileSync("test/servers/dav-twin-traps.ts", "utf8");
  const switches = [...source.matchAll(/^ {2}(\w+)\?:/gm)].map(([, name]) => name);
  expect(declaredTraps(source).map(({ name }) => name)).toEqual(switches);
  expect(() => declaredTraps(source.replace(/ {3}\* @guard .*\n(?= {3}\*\/\n {2}lockout)/, ""))).toThrow(/lockout/);
});
