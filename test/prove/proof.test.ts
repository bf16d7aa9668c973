import { describe, expect, it } from "vitest";
import { blog2021 } from "../../src/model/policy.ts";
import { toPrefix } from "../oracle/address.ts";
import { asnRanges } from "../oracle/asn.ts";
import { listText } from "../oracle/generation.ts";
import { oracleMirror } from "../oracle/mirrors.ts";
import { plainDatabase } from "../oracle/mmdb.ts";
import type { OracleSet, OracleWorld } from "../oracle/rank.ts";
import { testDatabase } from "../oracle/write-mmdb.ts";
import { type Proof, prove } from "./proof.ts";
import { blocksWithout } from "./sweep.ts";

const context = {
  placements: new Map([
    ["far", { latitude: 0, longitude: 90 }],
    ["near", { latitude: 0, longitude: 10 }],
    ["own", { latitude: 0, longitude: 50 }],
  ]),
  countryWords: new Map<string, string>(),
  builtAt: 0,
};
const mirror = (name: string, rest: string) =>
  oracleMirror(`name: ${name}\naddress: {http: "http://${name}.example/"}\n${rest}`, context);

const world: OracleWorld = {
  mirrors: [
    mirror("far", "asn: 65551"),
    mirror("near", ""),
    mirror("own", "private: true\nsubnets: [198.51.100.64/26, 2001:db8:7::/48]"),
  ],
  countries: new Map(),
  policy: blog2021(),
};
const everyone = world.mirrors.map(({ name }) => name);
const all: OracleSet = {
  name: "all",
  product: { name: "all", mirrors: new Set(everyone) },
  urls: new Map(everyone.map((name) => [name, `http://${name}.example/`])),
};
const at = (longitude: number) => ({ location: { latitude: 0, longitude } });
const city = [
  testDatabase({
    ipVersion: 4,
    type: "City",
    networks: [
      ["192.0.2.0/24", at(0)],
      ["198.51.100.0/24", at(120)],
    ],
  }),
  testDatabase({ ipVersion: 6, type: "City", networks: [["2001:db8::/32", at(80)]] }),
].map(plainDatabase);
const asn = asnRanges(
  `192.0.2.9,192.0.2.10,65551,"a, b"\n2001:db8:8::,2001:db8:9::,65551,c\n`,
  null,
);

/** Answers by hand: what the rule gives for each network of the databases above. */
const expected = new Map([
  ["everyone", ["far", "near"]],
  ["near", ["near", "far"]],
  ["own", ["own", "far", "near"]],
]);
const ipv4: readonly (readonly [string, string])[] = [
  ["0.0.0.0/0", "everyone"],
  ["192.0.2.0/24", "near"],
  ["192.0.2.9/32", "everyone"],
  ["192.0.2.10/32", "everyone"],
  ["198.51.100.64/26", "own"],
];
const ipv6: readonly (readonly [string, string])[] = [
  ["::/0", "everyone"],
  ["2001:db8:7::/48", "own"],
];
const aliases = ipv4.flatMap(([network, list]) => {
  const [address = "", bits] = network.split("/");
  const hex = Buffer.from(address.split(".").map(Number)).toString("hex");
  const [high, low] = [hex.slice(0, 4), hex.slice(4)];
  return [
    [`::ffff:${address}/${96 + Number(bits)}`, list],
    [`64:ff9b::${address}/${96 + Number(bits)}`, list],
    [`2002:${high}:${low}::/${16 + Number(bits)}`, list],
  ] as const;
});

function proofOf(networks: readonly (readonly [string, string])[], lists = expected): Proof {
  const withoutRoot = networks.filter(([network]) => network !== "::/0" && network !== "0.0.0.0/0");
  const halves = ["::/1", "8000::/1"].map((half) => [half, "everyone"] as const);
  const routes = testDatabase({
    ipVersion: 6,
    type: "routes",
    networks: [...halves, ...withoutRoot].map(([network, id]) => [network, { lists: { all: id } }]),
  });
  return prove({
    world,
    sets: [all],
    overrides: [],
    city,
    asn,
    routes: plainDatabase(routes),
    lists: new Map(
      [...lists].map(([id, names]) => [
        id,
        listText(names.map((name) => `http://${name}.example/`)),
      ]),
    ),
    progress: () => {},
  });
}

const right = [...ipv6, ...ipv4, ...aliases];

describe("prove", () => {
  it("covers every address of both families exactly once and finds no difference in a right table", () => {
    const { families, aliases: compared } = proofOf(right);
    expect(families.map(({ mismatches, shown }) => [mismatches, shown])).toEqual([
      [0, []],
      [0, []],
    ]);
    const embedded = 3n * (1n << 32n) + (1n << 112n);
    expect(families.map(({ addresses }) => addresses)).toEqual([
      1n << 32n,
      (1n << 128n) - embedded,
    ]);
    expect(compared.map(({ verdict }) => verdict)).toEqual(
      Array(3).fill("same leaves, stored twice"),
    );
  });

  it("says that a table of repeated subtrees is not minimal", () => {
    expect(proofOf(right).excess).not.toEqual([]);
  });

  it.each([
    ["one address beside an ASN range", "192.0.2.11/32", "everyone"],
    ["the last address of an ASN range", "192.0.2.10/32", "near"],
    ["the first address of a subnet", "198.51.100.64/32", "everyone"],
    ["one address after a subnet", "198.51.100.128/32", "own"],
    ["the last address of all", "255.255.255.255/32", "near"],
    ["the first address of all", "0.0.0.0/32", "near"],
    ["one IPv6 address before a subnet", "2001:db8:6:ffff:ffff:ffff:ffff:ffff/128", "own"],
    ["one IPv6 address in a subnet", "2001:db8:7::/128", "everyone"],
    ["the last IPv6 address", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff/128", "near"],
    ["an address beside NAT64's prefix", "64:ff9b::1:0:0/128", "near"],
  ])("finds a wrong leaf at %s", (_, network, wrong) => {
    const proof = proofOf([...right, [network, wrong]]);
    const planted = toPrefix(network);
    const found = proof.families.flatMap(({ shown }) => shown);
    expect(proof.families.reduce((sum, { mismatches }) => sum + mismatches, 0)).toBe(1);
    expect(found[0]?.first).toEqual({ family: planted.family, value: planted.first });
    expect(proof.holds).toBe(false);
  });

  it("finds a wrong leaf in an embedding prefix", () => {
    const { aliases: compared, holds } = proofOf([...right, ["2002:c000:20b::/48", "everyone"]]);
    expect(compared.map(({ verdict }) => verdict)).toContain("DIFFERS from the IPv4 tree");
    expect(holds).toBe(false);
  });

  it("finds a list file with two mirrors the wrong way round, and a missing one", () => {
    const swapped = new Map([...expected, ["near", ["far", "near"]]]);
    expect(proofOf(right, swapped).families[0]?.mismatches).toBeGreaterThan(0);
    const missing = new Map([...expected].filter(([id]) => id !== "own"));
    expect(proofOf(right, missing).families[1]?.mismatches).toBe(1);
  });
});

describe("blocksWithout", () => {
  it("leaves exactly the holes out", () => {
    const blocks = blocksWithout(toPrefix("0.0.0.0/0"), [
      toPrefix("10.0.0.0/8"),
      toPrefix("10.1.0.0/16"),
    ]);
    const size = blocks.reduce((sum, { first, last }) => sum + last - first + 1n, 0n);
    expect(size).toBe((1n << 32n) - (1n << 24n));
    expect(blocks.map(({ first }) => first)).toEqual(
      blocks.map(({ first }) => first).toSorted((a, b) => Number(a - b)),
    );
  });
});
