/** Backups of servers that keep their data in files. */
import { execFile } from "node:child_process";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import type { Program } from "./process.ts";

const execute = promisify(execFile);

/** Copies these folders of a program that is idle; returns how to set it back to them. Owners and times are kept. */
export async function backUpFolders(program: Program, names: readonly string[]): Promise<() => Promise<void>> {
  const kept = join(program.folder, "backup");
  const copy = async (from: string, to: string): Promise<void> => {
    for (const name of names) {
      await execute("rm", ["-rf", join(to, name)]);
      await execute("cp", ["-a", join(from, name), join(to, name)]);
    }
  };
  await mkdir(kept, { recursive: true });
  await copy(program.folder, kept);
  return () => program.restart(() => copy(kept, program.folder));
}
