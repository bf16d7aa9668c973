/** A year in figures, for whoever reads the test's output. */
import { renderTable } from "../../src/cli/table.ts";
import type { Year } from "./ledger.ts";

export const SEED = 20_261_122;

/**
 * Holds that nothing planted deserved, at the most: of 32 mirrors more than three go in one night now
 * and then, and after nights without a publication what changed in them comes all at once.
 */
export function mostFalseHolds(nights: number): number {
  return Math.floor(nights / 90);
}

export function figuresOf(year: Year, nights: number): string {
  const { log } = year;
  const count = (pattern: RegExp) => log.filter((line) => pattern.test(line)).length;
  const outcomes = renderTable([
    ["nights", nights],
    ["publications", year.published],
    ["probes that did not count", count(/ {2}probe {2}held /)],
    ["builds held", count(/ {2}build {2}held /)],
    ["builds refused", count(/ {2}build {2}refused /)],
    ["failures", count(/ {2}failed /)],
    ["accepted in the morning", count(/ {2}accepted with /)],
    ["false holds", year.falseHolds.length],
    ["false failures", year.falseFailures.length],
    ["invariants broken", year.broken.length],
  ]);
  const planted = renderTable([
    ["planted", "nights", "noticed"],
    ...[...year.planted]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, { nights: of, noticed }]) => [name, of, noticed]),
  ]);
  return `${[...outcomes, "", ...planted].join("\n")}\n`;
}
