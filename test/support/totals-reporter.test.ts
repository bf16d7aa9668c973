import { describe, expect, test } from "vitest";
import type { TestModule } from "vitest/node";
import { countTests, describeTotals } from "./totals-reporter.ts";

function fakeModule(states: readonly string[], errors = 0): TestModule {
  const tests = states.map((state, index) => ({
    fullName: `t${index}`,
    result: () => ({ state }),
  }));
  return {
    relativeModuleId: "test/a.test.ts",
    errors: () => Array.from({ length: errors }, () => new Error("does not load")),
    children: { allTests: () => tests },
  } as unknown as TestModule;
}

test("countTests counts tests, files that do not load and errors outside of any test", () => {
  const modules = [fakeModule(["passed", "failed", "skipped", "pending"]), fakeModule([], 1)];
  expect(countTests(modules, 2)).toEqual({
    passed: 1,
    failed: 4,
    skipped: ["test/a.test.ts > t2", "test/a.test.ts > t3"],
  });
});

describe("describeTotals", () => {
  const totals = { passed: 3, failed: 0, skipped: ["a > b"] };

  test("names what was skipped and lets it pass on somebody's machine", () => {
    expect(describeTotals(totals, false)).toEqual({
      text: "SKIPPED: a > b\n1 skipped: CONTRIBUTING.md says what they need.\n3 passed, 0 failed\n",
      failed: 0,
    });
  });

  test("fails a skipped test in CI", () => {
    const { text, failed } = describeTotals(totals, true);
    expect(failed).toBe(1);
    expect(text.split("\n").at(-2)).toBe("3 passed, 1 failed");
  });
});
