import { defineConfig } from "vitest/config";
import { table } from "./table.ts";

/** Tests on servers that are too heavy for every `npm test`: `npm run test:servers`. */
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
