/** Results as JUnit XML, for continuous integration. */
import type { Result, Run } from "../runner/run.ts";

export function junit({ target, results }: Run): string {
  const failures = results.filter(({ outcome }) => outcome === "fail" || outcome === "mended").length;
  const skipped = results.filter(({ outcome }) => outcome === "skip").length;
  const attributes = `name="${escaped(target)}" tests="${results.length}" failures="${failures}" skipped="${skipped}"`;
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites><testsuite ${attributes}>`,
    ...results.map(testCase),
    "</testsuite></testsuites>",
    "",
  ].join("\n");
}

function testCase({ id, version, milliseconds, outcome, reason = "", exchanges }: Result): string {
  const [area = "", name = ""] = id.split("/", 2);
  const head = `<testcase classname="${escaped(`${version}.${area}`)}" name="${escaped(name)}" time="${(milliseconds / 1000).toFixed(3)}"`;
  switch (outcome) {
    case "pass":
      return `${head}/>`;
    case "fail":
    case "mended":
      return `${head}><failure message="${escaped(reason)}">${escaped(exchanges.join("\n"))}</failure></testcase>`;
    case "skip":
      return `${head}><skipped message="${escaped(reason)}"/></testcase>`;
    default:
      return `${head}><system-out>${escaped(`${outcome}: ${reason}`)}</system-out></testcase>`;
  }
}

const entities: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };

/** Text without the characters that XML 1.0 does not have. */
function escaped(text: string): string {
  return text
    .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]|\p{Surrogate}/gu, "?")
    .replace(/[&<>"]/g, (character) => entities[character] ?? character);
}
