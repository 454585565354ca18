import { expect, test } from "vitest";
import { isthmus } from "./program.ts";

test("isthmus conformance --list names cases, and one requirement's only", async () => {
  const all = await isthmus(["conformance", "--list"]).ended;
  expect(all).toMatchObject({ code: 0, errors: "" });
  const count = Number(/^(\d+) cases$/m.exec(all.out)?.[1]);
  expect(count).toBeGreaterThanOrEqual(60);
  const some = await isthmus(["conformance", "--list", "provision/"]).ended;
  expect(Number(/^(\d+) cases$/m.exec(some.out)?.[1])).toBeLessThan(count);
});

test.each([
  [["conformance"], 2, /--url and --user/],
  [["conformance", "--list", "--version", "13.0"], 2, /--version 13\.0/],
  [["conformance", "--list", "--query", "odd"], 2, /plain or base64/],
  [["conformance", "--list", "no-such/case"], 1, /no case begins with no-such\/case/],
  [["conformance", "--url", "http://127.0.0.1:1/", "--user", "a"], 2, /--password-file/],
  [["conformance", "--url", "http://127.0.0.1:1/", "--user", "a", "--password-file", "/nowhere"], 2, /ENOENT/],
])("isthmus %j ends with %i", async (args, code, reason) => {
  const ended = await isthmus(args).ended;
  expect(ended.code).toBe(code);
  expect(ended.errors).toMatch(reason);
});
