import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { startScript } from "../cli/program.ts";

describe("npm run demo -- --once", () => {
  test("walks through all steps on real servers and ends with 0", { timeout: 60_000 }, async () => {
    const ended = await startScript("test/demo/demo.js", ["--once"]).ended;
    expect(ended.out).not.toContain("FAILED");
    expect(ended).toMatchObject({ code: 0, errors: "" });
    expect(ended.out.match(/^ ?\d+\. /gm)).toHaveLength(20);
  });

  test("ends with 1 and names the step that failed", { timeout: 60_000 }, async () => {
    // A Radicale in which everybody may read and nobody write: the phone's first edit cannot succeed.
    const folder = mkdtempSync(join(tmpdir(), "isthmus-demo-test-"));
    const rights = join(folder, "rights");
    writeFileSync(rights, "[all]\nuser: .+\ncollection: .*\npermissions: Rr\n");
    const wrapper = join(folder, "radicale");
    const real = process.env.ISTHMUS_RADICALE ?? "radicale";
    writeFileSync(wrapper, `#!/bin/sh\nexec ${real} "$@" --rights-type from_file --rights-file ${rights}\n`);
    chmodSync(wrapper, 0o755);
    const ended = await startScript("test/demo/demo.js", ["--once"], { environment: { ISTHMUS_RADICALE: wrapper } })
      .ended;
    rmSync(folder, { recursive: true });
    expect(ended.code).toBe(1);
    expect(ended.out).toMatch(/^ 7\. Marta gets a new number.*\n {4}FAILED: /m);
  });

  test("says what is missing where Radicale cannot be started", async () => {
    const environment = { ISTHMUS_RADICALE: "/nowhere/radicale" };
    const ended = await startScript("test/demo/demo.js", ["--once"], { environment }).ended;
    expect(ended).toMatchObject({ code: 1, errors: "" });
    expect(ended.out).toMatch(/cannot run: radicale did not start.*ENOENT/s);
  });
});
