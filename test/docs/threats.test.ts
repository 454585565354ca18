import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { testTitles, threatModel, threats } from "./threats.ts";

it("the threat model is as its table is: run npm run generate", () => {
  expect(readFileSync("docs/threat-model.md", "utf8")).toBe(threatModel());
});

it("every threat has a test, and each test that is named is there", () => {
  const titles = testTitles();
  expect(titles.size).toBeGreaterThan(1_000);
  const all = threats.flatMap(({ threats: rows }) => rows);
  expect(all.length).toBeGreaterThan(20);
  expect(all.filter(({ tests }) => tests.length === 0)).toEqual([]);
  expect(all.flatMap(({ tests }) => tests).filter((test) => !titles.has(test))).toEqual([]);
});
