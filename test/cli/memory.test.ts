import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { peakMemoryBytes } from "../../src/cli/memory.ts";

const MODULE = join(import.meta.dirname, "..", "..", "dist", "src", "cli", "memory.js");

/** A child is told of 300 MB that its parent holds, or not. */
function peakOfChild(mark: string): number {
  const program = `
    import { spawnSync } from "node:child_process";
    Buffer.alloc(300e6, 1);
    const script = ${JSON.stringify(`import { peakMemoryBytes } from ${JSON.stringify(MODULE)}; console.log(${mark});`)};
    const args = ["--input-type=module", "--eval", script];
    process.stdout.write(spawnSync(process.execPath, args).stdout);`;
  const { stdout } = spawnSync(process.execPath, ["--input-type=module", "--eval", program]);
  return Number(stdout.toString());
}

test("peakMemoryBytes is no less than what is resident now", () => {
  expect(peakMemoryBytes()).toBeGreaterThan(20e6);
  expect(peakMemoryBytes()).toBeLessThan(20e9);
});

test.runIf(existsSync("/proc/self/status"))(
  "peakMemoryBytes counts nothing of the process that started this one",
  () => {
    expect(peakOfChild("peakMemoryBytes()")).toBeLessThan(150e6);
    // Or else the parent's memory was never there to be counted.
    expect(peakOfChild("process.resourceUsage().maxRSS * 1024")).toBeGreaterThan(250e6);
  },
);

test("peakMemoryBytes falls back on getrusage where there is no such file", () => {
  expect(peakMemoryBytes("/nowhere/status")).toBe(process.resourceUsage().maxRSS * 1024);
});
