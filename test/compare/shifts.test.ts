import { describe, expect, it } from "vitest";
import { type FirstChoices, firstChoices, shiftsOf } from "../../src/compare/shifts.ts";
import type { ClassIndex } from "../../src/emit/classes.ts";
import { seededRandom } from "../support/random.ts";

/** Mirrors by the shares that they have. */
function choices(ipv4: Readonly<Record<string, number>>): FirstChoices {
  const shares = Float64Array.from(Object.values(ipv4));
  return {
    names: Object.keys(ipv4),
    shares: { ipv4: shares, ipv6: new Float64Array(shares.length) },
    countriesOf: () => [],
  };
}

/** One class a mirror and country, of fractions of networks that no sum has exactly. */
function indexOf(classes: readonly (readonly [mirror: number, ipv6: number])[]): ClassIndex {
  return {
    rotations: 1,
    ipv6: "announced",
    mirrors: ["a", "b", "c"],
    sets: [{ name: "all", lists: [[0], [1], [2]], groups: [[0], [1], [2]] }],
    classes: classes.map(([mirror, ipv6]) => ({
      country: "AT",
      groups: [mirror],
      decisions: [{ rule: "country", ipv4: 0, ipv6 }],
    })),
  };
}

describe("shiftsOf", () => {
  it("tells the largest change first, and of none that is nothing but rounding", () => {
    const before = choices({ a: 0.5, b: 0.1 + 0.2, c: 0.2, gone: 1e-17 });
    const after = choices({ c: 0.27, a: 0.43, b: 0.3, fresh: 1e-9, d: 0.1 });
    expect(shiftsOf(before, after).map(({ name }) => name)).toEqual(["d", "a", "c", "fresh"]);
  });

  it("finds nothing where the same clients are summed in another order, in seeded classes", () => {
    let differ = 0;
    for (let seed = 1; seed <= 50; seed++) {
      const random = seededRandom(seed);
      const classes = Array.from(
        { length: 40 },
        () => [Math.floor(random() * 3), Math.floor(random() * 1e6) / 3] as const,
      );
      const [there, back] = [indexOf(classes), indexOf(classes.toReversed())].map((index) =>
        firstChoices(index, 0),
      ) as [FirstChoices, FirstChoices];
      if (String(there.shares.ipv6) !== String(back.shares.ipv6)) differ++;
      expect([seed, shiftsOf(there, back)]).toEqual([seed, []]);
    }
    expect(differ).toBeGreaterThan(10);
  });
});
