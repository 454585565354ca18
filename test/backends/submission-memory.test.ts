import { describe } from "vitest";
import { createMemorySubmitter } from "../../src/backends/memory/submission.ts";
import { itSubmits, refusals } from "./submission-contract.ts";

describe("the submission server in memory", () => {
  itSubmits(async () => {
    const refuse = (recipient: string) => refusals[recipient];
    const submitter = createMemorySubmitter({ users: { anna: "geheim" }, size: 1_000_000, refuse });
    return { submitter, taken: async () => submitter.sent, stop: () => submitter.close() };
  });
});
