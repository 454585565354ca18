/** The command line as a process of its own, from this run's build. */
import { spawn } from "node:child_process";
import { join } from "node:path";

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly out: string;
  readonly errors: string;
}

export interface Running {
  /** Resolves as soon as standard output matches; rejects when the program ends before. */
  said(pattern: RegExp): Promise<RegExpExecArray>;
  kill(signal: NodeJS.Signals): void;
  readonly ended: Promise<Ended>;
}

export interface ProgramOptions {
  readonly environment?: NodeJS.ProcessEnv;
  readonly input?: string | Buffer;
}

/** `isthmus` with these arguments. */
export function isthmus(args: readonly string[], options: ProgramOptions = {}): Running {
  return startScript("src/cli/isthmus.js", args, options);
}

/** A compiled file of this repository, by its path in the build. */
export function startScript(script: string, args: readonly string[], options: ProgramOptions = {}): Running {
  const build = process.env.ISTHMUS_TEST_BUILD;
  if (build === undefined) throw new Error("test/build.ts did not run");
  const child = spawn(process.execPath, [join(build, script), ...args], {
    stdio: "pipe",
    env: { ...process.env, ...options.environment },
  });
  let out = "";
  let errors = "";
  const listeners = new Set<() => void>();
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    out += text;
    for (const listener of listeners) listener();
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    errors += text;
  });
  child.stdin.on("error", () => {}); // It may have ended without reading.
  child.stdin.end(options.input ?? "");
  const ended = new Promise<Ended>((resolve) => {
    child.once("close", (code, signal) => resolve({ code, signal, out, errors }));
  });
  return {
    ended,
    kill: (signal) => void child.kill(signal),
    said(pattern) {
      return new Promise((resolve, reject) => {
        function look(): void {
          const found = pattern.exec(out);
          if (!found) return;
          listeners.delete(look);
          resolve(found);
        }
        listeners.add(look);
        look();
        void ended.then(({ code }) =>
          reject(new Error(`it ended with ${code} before it said ${pattern}: ${out}${errors}`)),
        );
      });
    },
  };
}
