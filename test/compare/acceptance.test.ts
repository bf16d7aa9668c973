import { expect, it } from "vitest";
import { acceptanceDigest } from "../../src/compare/acceptance.ts";
import { smallGeneration } from "../serve/small-generation.ts";

const ID = "20261122t114000z-00000000";
const digestOf = (options: Partial<Parameters<typeof smallGeneration>[0]>, replaced = ID) =>
  acceptanceDigest(smallGeneration({ root: "/srv", ...options }).files, replaced);

it("acceptanceDigest is the same at another time, and another for other content or another place", () => {
  const digest = digestOf({});
  expect(digest).toMatch(/^[0-9a-f]{16}$/);
  expect(digestOf({ builtAt: 1_800_000_000 })).toBe(digest);
  expect(digestOf({ edition: "other" })).not.toBe(digest);
  expect(digestOf({ rotations: 2 })).not.toBe(digest);
  expect(digestOf({}, "20261122t114000z-00000001")).not.toBe(digest);
});
