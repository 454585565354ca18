import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { setImmediate as turn } from "node:timers/promises";
import { pathToFileURL } from "node:url";
import { describe, expect, it } from "vitest";
import { type Call, hearCalls, noteCall } from "../src/calls.ts";

const call = (asked: string): Call => ({ server: "DAV", asked, answer: "207", milliseconds: 1 });

describe("calls that were made for a request", () => {
  it("are told to the one they were made for, however the work is interleaved", async () => {
    const heard = new Map<string, string[]>();
    const work = async (name: string) => {
      const mine: string[] = [];
      heard.set(name, mine);
      await hearCalls(
        ({ asked }) => mine.push(asked),
        async () => {
          for (let index = 0; index < 3; index += 1) {
            await turn();
            noteCall(() => call(`${name}${index}`));
          }
        },
      );
    };
    await Promise.all(["a", "b", "c"].map(work));
    for (const name of ["a", "b", "c"]) expect(heard.get(name)).toEqual([`${name}0`, `${name}1`, `${name}2`]);
  });

  it("are told to nobody once the work is done, though something it began goes on", async () => {
    const heard: string[] = [];
    let background: Promise<void> | undefined;
    const listen = (work: () => Promise<void>) => hearCalls(({ asked }) => heard.push(asked), work);
    await listen(async () => {
      background = (async () => {
        await turn();
        await turn();
        noteCall(() => call("late"));
      })();
      noteCall(() => call("in time"));
    });
    // Another listener, so that notes are taken at all.
    await listen(async () => background);
    expect(heard).toEqual(["in time"]);
  });

  it("are heard also where the work fails", async () => {
    const heard: string[] = [];
    const failing = hearCalls(
      ({ asked }) => heard.push(asked),
      async () => {
        noteCall(() => call("before"));
        await turn();
        throw new Error("it failed");
      },
    );
    await expect(failing).rejects.toThrow("it failed");
    expect(heard).toEqual(["before"]);
  });

  it("cost next to nothing while nobody listens, and are not even put together", async () => {
    await hearCalls(
      () => {},
      async () => {},
    );
    let asked = 0;
    const began = performance.now();
    for (let index = 0; index < 1_000_000; index += 1) {
      noteCall(() => {
        asked += 1;
        return call("never");
      });
    }
    const milliseconds = performance.now() - began;
    expect(asked).toBe(0);
    // A few milliseconds each; the bound is for a machine that does ten other things.
    expect(milliseconds).toBeLessThan(500);
  });

  it("leave no asynchronous context behind that every promise of the process would carry", () => {
    // In a process of its own: the test runner has contexts, too.
    const calls = pathToFileURL(join(process.env["ISTHMUS_TEST_BUILD"] ?? "", "src/calls.js")).href;
    const program = `
      import { executionAsyncResource } from "node:async_hooks";
      import { setImmediate as turn } from "node:timers/promises";
      const { hearCalls } = await import(${JSON.stringify(calls)});
      const carries = async () => {
        await turn();
        // While contexts are tracked each promise is a resource of its own.
        return executionAsyncResource() instanceof Promise;
      };
      const before = await carries();
      const within = await hearCalls(() => {}, carries);
      console.log(JSON.stringify([before, within, await carries()]));`;
    const printed = execFileSync(process.execPath, ["--input-type=module", "--eval", program], { encoding: "utf8" });
    expect(JSON.parse(printed)).toEqual([false, true, false]);
  });
});
