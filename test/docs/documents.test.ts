import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { classTable, mappingsDocument, replaceMarked } from "./document.ts";

it("the mapping tables' document is as the tables are: run npm run generate", () => {
  expect(readFileSync("mappings/README.md", "utf8")).toBe(mappingsDocument());
});

it("the README's class table is as the tables are: run npm run generate", () => {
  const readme = readFileSync("README.md", "utf8");
  expect(readme).toBe(replaceMarked(readme, "classes", classTable()));
});
