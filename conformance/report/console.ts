/** Results as lines for people. */
import type { Outcome, Result, Run } from "../runner/run.ts";

const signs: Readonly<Record<Outcome, string>> = {
  pass: "ok  ",
  fail: "FAIL",
  warn: "warn",
  skip: "skip",
  known: "know",
  mended: "MEND",
};

/** One result; with its exchanges when it failed. */
export function resultLines({ id, version, outcome, reason, says, exchanges }: Result): string {
  const head = `${signs[outcome]} ${version.padEnd(4)} ${id}`;
  if (outcome === "pass") return head;
  const why = reason === undefined ? head : `${head}\n       ${reason}`;
  if (outcome !== "fail") return why;
  const dumps = exchanges.map((dump) => dump.replace(/^/gm, "       | ").trimEnd());
  return [why, `       expected: ${says}`, ...dumps].join("\n");
}

export function summary({ target, results, withoutMail, stale, covered, isGood }: Run): string {
  const count = (outcome: Outcome) => results.filter((result) => result.outcome === outcome).length;
  const counts = (["pass", "fail", "warn", "skip", "known", "mended"] as const)
    .filter((outcome) => count(outcome) > 0)
    .map((outcome) => `${count(outcome)} ${outcome}`);
  const met = [...covered.values()].filter(Boolean).length;
  return [
    `${target}: ${counts.join(", ")}; ${met} of ${covered.size} requirements that were asserted are met`,
    ...(withoutMail > 0 ? [`the account is said to have no mail: ${withoutMail} cases about it were left out`] : []),
    ...stale.map((id) => `the list of known failures names ${id}, which is no case`),
    isGood ? "passed" : "failed",
  ].join("\n");
}
