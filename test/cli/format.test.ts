import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  formatBytes,
  formatCount,
  formatDay,
  formatKm,
  formatSeconds,
  formatShare,
  formatTime,
} from "../../src/cli/format.ts";

describe("formatCount", () => {
  test.each([
    [0, "0"],
    [999, "999"],
    [1000, "1,000"],
    [14_812_345, "14,812,345"],
  ])("writes %d as %s", (value, text) => expect(formatCount(value)).toBe(text));

  test("is undone by taking the commas out", () => {
    fc.assert(
      fc.property(fc.nat(Number.MAX_SAFE_INTEGER), (value) => {
        expect(Number(formatCount(value).replaceAll(",", ""))).toBe(value);
      }),
    );
  });
});

describe("formatBytes", () => {
  test.each([
    [0, "0 B"],
    [999, "999 B"],
    [1000, "1.0 kB"],
    [16_123_456, "16.1 MB"],
    [99_960_000, "100 MB"],
    [999_600, "1.0 MB"],
    [3e15, "3000 TB"],
  ])("writes %d as %s", (value, text) => expect(formatBytes(value)).toBe(text));
});

describe("formatSeconds", () => {
  test.each([
    [0.0123, "12 ms"],
    [0.9996, "1.00 s"],
    [1.234, "1.23 s"],
    [12.34, "12.3 s"],
    [59.96, "1 min 0 s"],
    [75.2, "1 min 15 s"],
  ])("writes %d as %s", (value, text) => expect(formatSeconds(value)).toBe(text));
});

describe("formatShare", () => {
  test.each([
    [1, "100%"],
    [0.999999, "99.99%"],
    [0.8912, "89.12%"],
    [0.0000001, "0.01%"],
    [0, "0%"],
  ])("writes %d as %s", (value, text) => expect(formatShare(value)).toBe(text));

  test("says 100% of all and 0% of nothing only", () => {
    const inner = fc.double({ min: 0, max: 1, minExcluded: true, maxExcluded: true, noNaN: true });
    fc.assert(
      fc.property(inner, (share) => {
        expect(["0%", "0.00%", "100%", "100.00%"]).not.toContain(formatShare(share));
      }),
    );
  });
});

test.each([
  [0.44, "0.4 km"],
  [9.96, "10 km"],
  [9876.5, "9,877 km"],
])("formatKm writes %d as %s", (value, text) => expect(formatKm(value)).toBe(text));

test("formatDay and formatTime are in UTC", () => {
  expect(formatDay(1_795_347_600)).toBe("2026-11-22");
  expect(formatTime(1_795_347_600)).toBe("2026-11-22 11:40:00 UTC");
});
