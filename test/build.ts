import { execFileSync } from "node:child_process";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

/**
 * Vitest's global set-up (types are checked by `npm run types`): child processes of the tests run compiled code, from a folder of this run's own. It lies in
 * node_modules, where imports of packages resolve and no other build writes.
 */
export function setup(): () => void {
  const root = fileURLToPath(new URL("..", import.meta.url));
  const folder = `${root}node_modules/.cache/isthmus-test-${process.pid}`;
  mkdirSync(folder, { recursive: true });
  writeFileSync(`${folder}/package.json`, '{ "type": "module" }\n');
  execFileSync(process.execPath, ["node_modules/typescript/bin/tsc", "--noCheck", "--outDir", folder], {
    cwd: root,
    stdio: "inherit",
  });
  process.env.ISTHMUS_TEST_BUILD = folder;
  return () => rmSync(folder, { recursive: true, force: true });
}
