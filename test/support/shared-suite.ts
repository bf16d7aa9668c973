import { describe, test } from "vitest";
import { hasSharedData } from "./shared.ts";

/**
 * A suite that reads the shared data. The body of a suite is run even where it is skipped, to learn
 * which tests it has, so one that reads files there must not be run at all.
 */
export function describeShared(name: string, body: () => void): void {
  if (hasSharedData()) describe(name, body);
  else describe(name, () => test.skip("of the shared data, which is not here"));
}
