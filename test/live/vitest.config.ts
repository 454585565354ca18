import { defineConfig } from "vitest/config";
import { table } from "./table.ts";

/** What is too heavy for every `npm test`, as servers or by the time that it takes: `npm run test:servers`. */
export default defineConfig({
  test: {
    globalSetup: ["test/build.ts"],
    include: ["test/live/**/*.live.ts"],
    root: new URL("../..", import.meta.url).pathname,
    testTimeout: 60_000,
    hookTimeout: 60_000,
    maxWorkers: 2,
    reporters: ["default", table],
  },
});
