import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { complaints } from "../complaints/complaints.ts";
import { provingTests } from "./clients.ts";
import { complaintsDocument, complaintTests } from "./complaints.ts";

it("the list of complaints is as its table and the suites are: run npm run generate", () => {
  expect(readFileSync("test/complaints/README.md", "utf8")).toBe(complaintsDocument(complaints, complaintTests()));
});

it("each of the 25 complaints has a suite with a test, and each suite is one of them", () => {
  const numbers = Array.from({ length: 25 }, (_, at) => at + 1);
  expect(complaints.map(({ number }) => number)).toEqual(numbers);
  const tested = new Set(complaintTests().map(({ number }) => number));
  expect([...tested].toSorted((one, two) => one - two)).toEqual(numbers);
});

it("every test that is named beside is there", () => {
  const tests = provingTests();
  expect(complaints.flatMap(({ more = [] }) => more).filter((test) => !tests.has(test))).toEqual([]);
});

it("every test of a suite is read: none has a title that is put together", () => {
  const titles = complaintTests();
  const listed = provingTests();
  expect(titles.filter(({ title, file }) => !listed.has(`${file}: ${title}`))).toEqual([]);
  expect([...listed].filter((test) => test.startsWith("complaints/"))).toHaveLength(titles.length);
});
