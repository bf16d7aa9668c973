/**
 * Ends a test run with its totals on a line of their own, names every test that was skipped, and
 * under CI=true fails the run for them: a test that silently does not run proves nothing.
 */
import type { Reporter, TestModule, Vitest } from "vitest/node";

// Vitest loads a reporter by its default export.
export default class TotalsReporter implements Reporter {
  #isSelection = false;

  onInit(vitest: Vitest): void {
    this.#isSelection = vitest.config.testNamePattern !== undefined;
  }

  onTestRunEnd(modules: readonly TestModule[], unhandledErrors: readonly unknown[]): void {
    const totals = countTests(modules, unhandledErrors.length);
    const { text, failed } = describeTotals(
      // With -t all others are skipped, by intent.
      this.#isSelection ? { ...totals, skipped: [] } : totals,
      process.env["CI"] === "true",
    );
    if (failed > 0) process.exitCode = 1;
    process.stdout.write(text);
  }
}

export interface Totals {
  readonly passed: number;
  readonly failed: number;
  /** File and full name. */
  readonly skipped: readonly string[];
}

/** A file that could not be loaded has no tests to fail, so it counts as a failure itself. */
export function countTests(modules: readonly TestModule[], unhandledErrors: number): Totals {
  let passed = 0;
  let failed = unhandledErrors;
  const skipped: string[] = [];
  for (const module of modules) {
    failed += module.errors().length;
    for (const test of module.children.allTests()) {
      const { state } = test.result();
      if (state === "passed") passed++;
      else if (state === "failed") failed++;
      else skipped.push(`${module.relativeModuleId} > ${test.fullName}`);
    }
  }
  return { passed, failed, skipped };
}

export function describeTotals(totals: Totals, inCi: boolean): { text: string; failed: number } {
  const { skipped } = totals;
  const failed = totals.failed + (inCi ? skipped.length : 0);
  const lines = skipped.map((name) => `SKIPPED: ${name}`);
  if (skipped.length > 0) {
    lines.push(
      inCi
        ? "Under CI=true a skipped test counts as failed."
        : `${skipped.length} skipped: CONTRIBUTING.md says what they need.`,
    );
  }
  lines.push(`${totals.passed} passed, ${failed} failed`);
  return { text: `${lines.join("\n")}\n`, failed };
}
