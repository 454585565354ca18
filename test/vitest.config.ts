import { defineConfig } from "vitest/config";

/** What is pure keeps nothing from one file to the next: its files share a process, and what they import is read once. */
const pure = ["docs", "mapping", "protocol", "schema", "wire"].map((folder) => `test/${folder}/**/*.test.ts`);
const shared = {
  root: new URL("..", import.meta.url).pathname,
  testTimeout: 20_000,
  hookTimeout: 60_000,
} as const;

export default defineConfig({
  test: {
    globalSetup: ["test/build.ts"],
    root: shared.root,
    maxWorkers: 2,
    projects: [
      { test: { ...shared, name: "pure", include: pure, isolate: false } },
      { test: { ...shared, name: "all else", include: ["test/**/*.test.ts"], exclude: pure } },
    ],
  },
});
