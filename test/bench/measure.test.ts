import { describe, expect, it } from "vitest";
import { median, medianRun, type Run } from "./measure.ts";

describe("median", () => {
  it("is the middle, or the mean of the two in the middle", () => {
    expect(median([3, 1, 2])).toBe(2);
    expect(median([4, 1, 2, 3])).toBe(2.5);
  });
});

it("medianRun takes each figure by itself", () => {
  const run = (wallMs: number, cpuMs: number, peakBytes: number): Run => ({
    wallMs,
    cpuMs,
    peakBytes,
    stdout: String(wallMs),
  });
  const runs = [run(1, 9, 5), run(2, 7, 6), run(3, 8, 4)];
  expect(medianRun(runs)).toEqual({ wallMs: 2, cpuMs: 8, peakBytes: 5, stdout: "2" });
});
