import { describe, expect, it } from "vitest";
import { blog2021, type Policy, SERVICE_2026 } from "../../src/model/policy.ts";
import { toAddress, toPrefix, withoutEmbedding } from "./address.ts";
import type { PlainPlace } from "./places.ts";
import { naiveRanker, type OracleMirror, type OracleSet, subnetsHolding } from "./rank.ts";

const countries = new Map([
  ["DE", { continent: "EU", reference: { latitude: 51, longitude: 10 } }],
  ["FR", { continent: "EU", reference: { latitude: 46, longitude: 2 } }],
  ["US", { continent: "NA", reference: { latitude: 39, longitude: -98 } }],
]);

/** A mirror at a longitude on the equator: distances are differences of longitude. */
function mirror(
  name: string,
  country: string,
  longitude: number,
  more: Partial<OracleMirror> = {},
) {
  const plain: OracleMirror = {
    name,
    country,
    coordinates: { latitude: 0, longitude },
    asns: [],
    subnets: [],
    reach: "public",
    monopoly: false,
    disabled: false,
    only: undefined,
    never: undefined,
    weight: 1,
  };
  return { ...plain, ...more };
}

const berlin: PlainPlace = { country: "DE", latitude: 0, longitude: 0 };

interface Asked {
  readonly place?: PlainPlace | null;
  readonly asn?: number;
  readonly address?: string;
  readonly policy?: Policy;
  /** Mirrors that are not in the set, but of the product. */
  readonly without?: readonly string[];
}

function list(mirrors: readonly OracleMirror[], asked: Asked = {}): string {
  return rotated(mirrors, asked)[0] ?? "";
}

/** By rotation. */
function rotated(mirrors: readonly OracleMirror[], asked: Asked): string[] {
  const { place = berlin, asn, policy = blog2021(), without = [] } = asked;
  const address = toAddress(asked.address ?? "192.0.2.1");
  const names = mirrors.map(({ name }) => name);
  const set: OracleSet = {
    name: "all",
    product: { name: "all", mirrors: new Set(names) },
    urls: new Map(names.filter((name) => !without.includes(name)).map((name) => [name, name])),
  };
  const client = { place, asn, address, subnets: subnetsHolding(address, mirrors) };
  const { lists } = naiveRanker({ mirrors, countries, policy }, [set])(client);
  return (lists[0] ?? []).map((names) => names.join(" "));
}

const many = (prefix: string, country: string, count: number, from: number) =>
  Array.from({ length: count }, (_, index) => mirror(`${prefix}${index}`, country, from + index));

describe("naiveList by place", () => {
  it("takes the country, then the continent, then the rest, each nearest first", () => {
    const mirrors = [
      mirror("usnear", "US", 1),
      mirror("frfar", "FR", 60),
      mirror("frnear", "FR", 2),
      mirror("defar", "DE", 90),
      mirror("de", "DE", 30),
      mirror("usfar", "US", -5),
    ];
    expect(list(mirrors)).toBe("de defar frnear frfar usnear usfar");
  });

  it("stops at ten, counting what the country gave", () => {
    const mirrors = [...many("de", "DE", 4, 50), ...many("fr", "FR", 30, 1), mirror("us", "US", 0)];
    expect(list(mirrors)).toBe("de0 de1 de2 de3 fr0 fr1 fr2 fr3 fr4 fr5");
    expect(list([...many("de", "DE", 12, 50), mirror("us", "US", 0)]).split(" ")).toHaveLength(10);
  });

  it("breaks ties by name in code-point order, not in UTF-16 order", () => {
    const mirrors = ["b", "a", "B", "\u{1f600}", "\uff5e"].map((name) => mirror(name, "DE", 3));
    expect(list(mirrors)).toBe("B a b \uff5e \u{1f600}");
  });

  it("leaves out what has no coordinates, no URL, is disabled, private or cloud", () => {
    const mirrors = [
      mirror("nowhere", "DE", 1, { coordinates: undefined }),
      mirror("ftp", "DE", 1),
      mirror("off", "DE", 1, { disabled: true }),
      mirror("private", "DE", 1, { reach: "private" }),
      mirror("cloud", "DE", 1, { reach: "cloud" }),
      mirror("good", "DE", 9),
    ];
    expect(list(mirrors, { without: ["ftp"] })).toBe("good");
  });

  it("has no country band without a country, and a continent band only if the record names one", () => {
    const mirrors = [mirror("de", "DE", 2), mirror("us", "US", 1), mirror("fr", "FR", 3)];
    expect(list(mirrors, { place: { latitude: 0, longitude: 0 } })).toBe("us de fr");
    const place = { continent: "EU", latitude: 0, longitude: 0 };
    expect(list(mirrors, { place })).toBe("de fr us");
  });

  it("puts a country without coordinates at its reference point", () => {
    const at = (latitude: number, longitude: number) => ({ coordinates: { latitude, longitude } });
    const mirrors = [
      mirror("origin", "FR", 0),
      mirror("south", "DE", 0, at(40, 10)),
      mirror("north", "DE", 0, at(53, 10)),
    ];
    expect(list(mirrors, { place: { country: "DE" } })).toBe("north south origin");
  });

  it("lists every public mirror by name when the place is unknown", () => {
    const mirrors = [
      ...many("z", "DE", 12, 0),
      mirror("a", "US", 0, { coordinates: undefined }),
      mirror("p", "US", 0, { reach: "private" }),
    ];
    const all = [mirror("a", "US", 0), ...many("z", "DE", 12, 0)].map(({ name }) => name).sort();
    expect(list(mirrors, { place: null })).toBe(all.join(" "));
    expect(list(mirrors, { place: { continent: "EU" } })).toBe(all.join(" "));
    expect(list(mirrors, { place: { country: "ZZ" } })).toBe(all.join(" "));
  });

  it("heeds only and never, in every step", () => {
    const mirrors = [
      mirror("notde", "DE", 1, { never: ["DE"] }),
      mirror("onlyus", "DE", 1, { only: ["US"], asns: [7] }),
      mirror("onlyde", "FR", 8, { only: ["DE"] }),
      mirror("de", "DE", 9),
    ];
    expect(list(mirrors)).toBe("de onlyde");
    expect(list(mirrors, { asn: 7 })).toBe("de onlyde");
    expect(list(mirrors, { place: null })).toBe("de notde");
  });
});

describe("naiveList on-net", () => {
  const nets = (...texts: string[]) => ({ subnets: texts.map(toPrefix) });

  it("puts subnets first, most specific first, then ASNs, each nearest first, and fills to five", () => {
    const mirrors = [
      mirror("asnfar", "DE", 20, { asns: [7] }),
      mirror("asnnear", "US", 10, { asns: [7, 8] }),
      mirror("wide", "DE", 1, nets("192.0.2.0/24")),
      mirror("narrow", "DE", 80, { ...nets("192.0.0.0/16", "192.0.2.0/25"), asns: [7] }),
      mirror("other", "DE", 1, { asns: [9], ...nets("198.51.100.0/24") }),
      mirror("us", "US", 2),
    ];
    expect(list(mirrors, { asn: 7 })).toBe("narrow wide asnnear asnfar other");
  });

  it("keeps more than five matches, and fills across countries", () => {
    const seven = many("m", "US", 7, 5).map((one) => ({ ...one, asns: [7] }));
    expect(list([...seven, mirror("de", "DE", 0)], { asn: 7 })).toBe("m0 m1 m2 m3 m4 m5 m6");
    const two = seven.slice(0, 2);
    const others = [mirror("us", "US", 1), mirror("de", "DE", 3), ...many("fr", "FR", 9, 20)];
    expect(list([...two, ...others], { asn: 7 })).toBe("m0 m1 us de fr0");
  });

  it("offers private and cloud mirrors to their own only, and never as a fill", () => {
    const mirrors = [
      mirror("private", "DE", 1, { reach: "private", asns: [7] }),
      mirror("cloud", "DE", 2, { reach: "cloud", asns: [8] }),
      mirror("public", "DE", 3),
    ];
    expect(list(mirrors, { asn: 7 })).toBe("private public");
    expect(list(mirrors, { asn: 8 })).toBe("cloud public");
    expect(list(mirrors)).toBe("public");
  });

  it("gives the first matching monopoly alone", () => {
    const monopoly = { reach: "private", monopoly: true } as const;
    const mirrors = [
      mirror("near", "DE", 1, { asns: [7] }),
      mirror("byasn", "DE", 2, { ...monopoly, asns: [7] }),
      mirror("bynet", "DE", 3, { ...monopoly, ...nets("192.0.2.0/24") }),
    ];
    expect(list(mirrors, { asn: 7 })).toBe("bynet");
    expect(list(mirrors, { asn: 7, address: "198.51.100.1" })).toBe("byasn");
    expect(list(mirrors)).toBe("bynet");
  });

  it("orders by tier, then name, when the place is unknown", () => {
    const mirrors = [
      mirror("c", "DE", 1, { asns: [7] }),
      mirror("b", "DE", 9, { asns: [7] }),
      mirror("z", "DE", 5, nets("192.0.2.0/24")),
      ...many("fill", "US", 5, 0),
    ];
    expect(list(mirrors, { asn: 7, place: null })).toBe("z b c fill0 fill1");
  });
});

describe("naiveRanker on policies", () => {
  const degree = 111.2;
  const at = (km: number) => ({ coordinates: { latitude: 0, longitude: km / degree } });

  it("compares whole kilometres where the policy does, and goes by name within one", () => {
    const mirrors = [
      mirror("b", "DE", 0, at(3.1)),
      mirror("a", "DE", 0, at(3.9)),
      mirror("c", "DE", 0, at(2.9)),
    ];
    expect(list(mirrors)).toBe("c b a");
    expect(list(mirrors, { policy: { ...blog2021(), distances: "whole-km" } })).toBe("c a b");
  });

  it("takes the first step that answers, and of a band no more than it gives", () => {
    const policy: Policy = {
      name: "two and one",
      steps: [
        {
          kind: "by-place",
          bands: [
            { scope: "country", take: 2 },
            { scope: "world", take: 1 },
          ],
          length: 4,
        },
        { kind: "everyone" },
      ],
      distances: "exact",
      imprecise: "centroid",
    };
    const mirrors = [...many("de", "DE", 4, 5), ...many("us", "US", 2, 20)];
    expect(list(mirrors, { policy })).toBe("de0 de1 de2");
    expect(list(mirrors, { policy, place: { country: "US" } })).toBe("us0 us1 de0");
    expect(list(mirrors, { policy, place: null })).toBe("de0 de1 de2 de3 us0 us1");
  });

  it("heeds the order of tiers and leaves out those that a policy does not name", () => {
    const mirrors = [
      mirror("net", "DE", 9, { subnets: [toPrefix("192.0.2.0/24")] }),
      mirror("own", "DE", 8, { asns: [7] }),
    ];
    const tiers = (...named: ("subnet" | "asn")[]): Policy => ({
      ...SERVICE_2026,
      steps: [
        { kind: "on-net", tiers: named, minimum: 0, fill: "nearest", fillUnplaced: true },
        { kind: "everyone" },
      ],
    });
    expect(list(mirrors, { asn: 7, policy: tiers("asn", "subnet") })).toBe("own net");
    expect(list(mirrors, { asn: 7, policy: tiers("subnet") })).toBe("net");
  });

  it("fills up an on-net list by place, whatever is nearest, and not at all without a place", () => {
    const { spread: _, ...policy } = SERVICE_2026;
    const mirrors = [
      mirror("own", "US", 50, { asns: [7] }),
      mirror("us", "US", 1),
      ...many("de", "DE", 3, 20),
    ];
    expect(list(mirrors, { asn: 7, policy })).toBe("own de0 de1 de2 us");
    expect(list(mirrors, { asn: 7, policy, place: null })).toBe("own");
  });

  it("gives ten to an address whose record says nothing, and everyone to one without a record", () => {
    const mirrors = many("m", "DE", 12, 0);
    const length = (place: PlainPlace | null) =>
      list(mirrors, { policy: SERVICE_2026, place }).split(" ").length;
    expect(length({})).toBe(10);
    expect(length({ continent: "EU" })).toBe(10);
    expect(length(null)).toBe(12);
    expect(list(mirrors, { place: {} }).split(" ")).toHaveLength(12);
  });

  it("spreads near mirrors: an order for each rotation, the same for all clients of one anchor", () => {
    const policy: Policy = { ...blog2021(), spread: { withinKm: 500, rotations: 8 } };
    const mirrors = [...many("near", "DE", 4, 1), ...many("far", "DE", 3, 10)];
    const rotations = rotated(mirrors, { policy });
    expect(rotations).toHaveLength(8);
    expect(new Set(rotations).size).toBeGreaterThan(4);
    for (const order of rotations) expect(order).toMatch(/^(near[0-3] ){4}far0 far1 far2$/);
    // Still nearest to near0, and to the others less than 500 km.
    const beside = { country: "DE", latitude: 0, longitude: 0.4 };
    expect(rotated(mirrors, { policy, place: beside })).toEqual(rotations);
    // Without the anchor in the set, the others stand as they stood.
    const others = rotations.map((order) => order.replace("near0 ", ""));
    expect(rotated(mirrors, { policy, without: ["near0"] })).toEqual(others);
  });

  it("spreads by weight", () => {
    const policy: Policy = { ...blog2021(), spread: { withinKm: 500, rotations: 400 } };
    const mirrors = [mirror("a", "DE", 1, { weight: 3 }), mirror("b", "DE", 1)];
    const firsts = rotated(mirrors, { policy }).map((order) => order.slice(0, 1));
    const share = firsts.filter((first) => first === "a").length / 400;
    expect(share).toBeGreaterThan(0.68);
    expect(share).toBeLessThan(0.82);
  });

  it("spreads whom it knows by country alone over the country, block by block", () => {
    const mirrors = [...many("de", "DE", 12, 1), mirror("us", "US", 0)];
    const place: PlainPlace = { ...berlin, countryOnly: true };
    const firsts = Array.from({ length: 256 }, (_, block) => {
      const order = list(mirrors, { place, address: `192.${block}.2.1` });
      expect(list(mirrors, { place, address: `192.${block}.255.255` })).toBe(order);
      return order.split(" ")[0];
    });
    expect(new Set(firsts)).toEqual(new Set(many("de", "DE", 12, 1).map(({ name }) => name)));
    const centroid: Policy = { ...blog2021(), imprecise: "centroid" };
    expect(list(mirrors, { place, policy: centroid })).toMatch(/^de0 de1 de2 de3 /);
  });

  it("fills up the list of such a client by distance, and its other bands", () => {
    const mirrors = [
      mirror("own", "US", 50, { asns: [7] }),
      ...many("de", "DE", 9, 1),
      ...many("us", "US", 3, 5),
    ];
    const place: PlainPlace = { ...berlin, countryOnly: true };
    expect(list(mirrors, { place, asn: 7 })).toBe("own de0 de1 de2 de3");
    expect(list(mirrors, { place })).toMatch(/^(de\d ){9}us0$/);
  });
});

describe("withoutEmbedding", () => {
  it.each([
    ["::ffff:192.0.2.1", "192.0.2.1"],
    ["64:ff9b::c000:201", "192.0.2.1"],
    ["2002:c000:201:1:2:3:4:5", "192.0.2.1"],
    ["::192.0.2.1", "192.0.2.1"],
    ["2001:db8::1", "2001:db8::1"],
    ["64:ff9b:1::c000:201", "64:ff9b:1::c000:201"],
  ])("reads %s as %s", (written, meant) => {
    expect(withoutEmbedding(toAddress(written))).toEqual(toAddress(meant));
  });
});
