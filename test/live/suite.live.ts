/** The conformance suite against ourselves, over the backend in memory: every case, every version that differs. */
import { expect, it } from "vitest";
import { cases } from "../../conformance/cases/index.ts";
import { describeEveryCase } from "../conformance/every-case.ts";

const covered = describeEveryCase(
  [
    ["2.5", "plain"],
    ["12.1", "base64"],
    ["14.1", "plain"],
    ["16.1", "base64"],
  ],
  ["2.5"],
);

it("the cases assert every requirement that they list, in one version or another", () => {
  const listed = new Set(cases.flatMap(({ spec }) => spec));
  expect([...listed].filter((id) => !covered.has(id))).toEqual([]);
});
