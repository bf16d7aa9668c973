import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    testTimeout: 30_000,
    // Vitest leaves one processor free, which on a machine with two is every other.
    maxWorkers: "100%",
    // Nothing keeps state in a module, so that test files may share them: it saves a third of the time.
    isolate: false,
    reporters: ["default", "./test/support/totals-reporter.ts"],
  },
});
