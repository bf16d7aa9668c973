import { describe, expect, it } from "vitest";
import { chances, networkText } from "../exactness/worlds.ts";
import { type Address, holds, type PlainPrefix, toPrefix } from "./address.ts";
import { type OracleMirror, type SubnetsHolding, subnetsHolding } from "./rank.ts";
import { edgesOf, randomIn } from "./sample.ts";
import { makeSituations } from "./situations.ts";

const mirror = (name: string, subnets: readonly PlainPrefix[]): OracleMirror => ({
  name,
  subnets,
  country: undefined,
  coordinates: undefined,
  asns: [],
  reach: "cloud",
  monopoly: false,
  disabled: false,
  only: undefined,
  never: undefined,
  weight: 1,
});

/** Prefixes of all lengths around a few addresses, so that they nest, touch and repeat. */
function prefixes(seed: number, count: number): PlainPrefix[] {
  const { below, pick, chance } = chances(seed);
  const starts = ["0.0.0.0", "255.255.255.255", "10.1.2.3", "::", "2600:1f00::", "ffff::"];
  return Array.from({ length: count }, () => {
    const { family, first } = toPrefix(pick(starts));
    const width = family === 4 ? 32 : 128;
    const bits = chance(0.05) ? 0 : 1 + below(width);
    const flipped = first ^ (BigInt(below(256)) << BigInt(below(width - 8)));
    return toPrefix(networkText({ family, first: flipped, last: flipped, bits }));
  });
}

describe("makeSituations", () => {
  it("finds the subnets and the override that a look at each of them finds", () => {
    for (let seed = 1; seed <= 40; seed += 1) {
      const { random, below } = chances(seed);
      const mirrors = Array.from({ length: 6 }, (_, number) =>
        mirror(`m${number}`, prefixes(seed * 10 + number, below(12))),
      );
      const overrides = prefixes(seed * 10 + 7, below(6)).map((network) => ({ network }));
      const situations = makeSituations(mirrors, overrides);
      const networks = [
        ...mirrors.flatMap(({ subnets }) => subnets),
        ...overrides.map(({ network }) => network),
      ];
      const addresses = [...edgesOf(networks), ...networks.map((one) => randomIn(random, one))];
      for (const address of addresses) {
        const { subnets, override } = situations.situation(situations.idAt(address));
        expect(byLength(subnets)).toEqual(byLength(subnetsHolding(address, mirrors)));
        expect(override).toBe(mostSpecific(overrides, address));
      }
    }
  });

  it("names equal situations alike, and changes at its edges only", () => {
    const net = (text: string) => [toPrefix(text)];
    const { idAt, edges } = makeSituations(
      [mirror("a", net("10.0.0.0/8")), mirror("b", net("10.2.0.0/16")), mirror("b2", [])],
      [],
    );
    const at = (text: string) => idAt({ family: 4, value: toPrefix(text).first });
    expect(edges(4).map((edge) => edge >> 16n)).toEqual([0xa00n, 0xa02n, 0xa03n, 0xb00n]);
    expect(edges(6)).toEqual([]);
    expect(at("10.1.0.0")).toBe(at("10.3.0.0"));
    expect(at("10.2.255.255")).not.toBe(at("10.1.255.255"));
    expect([at("9.255.255.255"), at("11.0.0.0")]).toEqual([0, 0]);
  });

  it("takes tens of thousands of prefixes", () => {
    const cloud = ["a", "b"].map((name, number) => mirror(name, prefixes(number, 30_000)));
    const { idAt, edges } = makeSituations(cloud, []);
    for (const value of edges(6)) idAt({ family: 6, value });
    expect(edges(6).length).toBeGreaterThan(1000);
  });
});

/** Mirrors in the order of their prefixes' lengths; those of one length together. */
function byLength(subnets: SubnetsHolding): string[] {
  const lengths = [...new Set(subnets.values())].sort((a, b) => b - a);
  return lengths.map((bits) => {
    const ofLength = [...subnets].filter(([, length]) => length === bits);
    return ofLength
      .map(([name]) => name)
      .sort()
      .join(" ");
  });
}

function mostSpecific<T extends { readonly network: PlainPrefix }>(
  overrides: readonly T[],
  address: Address,
): T | undefined {
  const holding = overrides.filter(({ network }) => holds(network, address));
  const bits = Math.max(...holding.map(({ network }) => network.bits));
  return holding.findLast(({ network }) => network.bits === bits);
}
