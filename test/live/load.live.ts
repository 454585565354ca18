import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, it } from "vitest";

it("a few phones come through the death of a node, and the figures say so", async () => {
  const script = join(process.env.ISTHMUS_TEST_BUILD ?? "", "test/load/load.js");
  const asked = "--phones 20 --nodes 2 --seconds 6 --heartbeat 60 --edit 5 --other 5 --glance 5 --poll 1 --kill";
  // Ends with 1, and so in an error, when a phone had to begin anew or did not come back.
  const { stdout } = await promisify(execFile)(process.execPath, [script, ...asked.split(" ")]).catch(
    ({ message, stdout: figures }: Error & { readonly stdout: string }) => {
      throw new Error(`${message}\n${figures}`);
    },
  );
  expect(stdout).toContain("20 phones of 10 users on 2 node(s) (redis)");
  expect(stdout).toMatch(/node 0 was killed with \d+ waiting/);
  expect(stdout).toMatch(/\b0 began something anew/);
  expect(stdout).toMatch(/Sync/);
}, 120_000);
