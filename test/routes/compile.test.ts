import { describe, expect, it } from "vitest";
import type { Prefix } from "../../src/ip/prefix.ts";
import type { ClientPlace } from "../../src/model/place.ts";
import { blog2021, type Policy, SERVICE_2026 } from "../../src/model/policy.ts";
import { slotsByCountry } from "../../src/rank/blocks.ts";
import { createFamilyRanker } from "../../src/rank/family-ranker.ts";
import { createRanker } from "../../src/rank/rank.ts";
import { aggregateByAsn, Descent, Tally } from "../../src/routes/aggregate.ts";
import { type CompiledRoutes, compileRoutes } from "../../src/routes/compile.ts";
import { buildOverlay, type Mark } from "../../src/routes/overlay.ts";
import { classOf, listsOf, type RouteTable } from "../../src/routes/table.ts";
import { mirrorsOf, plainMirror } from "../support/mirrors.ts";
import { MemoryPlaceTree, randomNodes } from "../support/place-tree.ts";
import { seededRandom } from "../support/random.ts";

const SEED = 404;
/** Deep enough to nest, shallow enough to try every address. */
const DEPTH = 7;

const MIRRORS = [
  plainMirror("a.example", place("DE", "EU", 52, 13)),
  plainMirror("b.example", place("FR", "EU", 48, 2)),
  plainMirror("c.example", { ...place("US", "NA", 40, -74), asns: [64] }),
  plainMirror("d.example", { ...place("JP", "AS", 35, 139), reach: "private" }),
  plainMirror("e.example", { ...place("JP", "AS", 35, 139), reach: "private", monopoly: true }),
  plainMirror("f.example", { asns: [64, 65] }),
  plainMirror("g.example", { ...place("DE", "EU", 54, 10), weight: 3 }),
];

function place(country: string, continent: string, latitude: number, longitude: number) {
  const at = { latitude, longitude };
  return { location: { country }, continent, placed: { at, by: "coordinates" as const } };
}

const PLACES: (ClientPlace | null)[] = [
  { country: "DE", continent: "EU", coordinates: { latitude: 50, longitude: 8 } },
  { country: "FR", continent: "EU", coordinates: { latitude: 43, longitude: 5 } },
  { country: "US", continent: "NA", coordinates: { latitude: 34, longitude: -118 } },
  // Ranks like the first: another record of the same place.
  { country: "DE", continent: "EU", coordinates: { latitude: 50, longitude: 8 } },
  null,
];

/** Everything, and all but two. */
const SETS = [
  () => true,
  ({ name }: { readonly name: string }) => name !== "a.example" && name !== "f.example",
];
const rankersOf = (policy: Policy) =>
  SETS.map((isEligible) => createRanker(MIRRORS, isEligible, policy, () => true));
const rankers = rankersOf(blog2021());
const MIRRORS_OF_ASN = new Map([
  [64, [2, 5]],
  [65, [5]],
]);

function randomPrefix(random: () => number, family: 4 | 6): Prefix {
  const bits = Math.floor(random() * (DEPTH + 1));
  const first = bits === 0 ? 0 : ((random() * 2 ** 32) & (-1 << (32 - bits))) >>> 0;
  return { family, bits, words: family === 4 ? [first] : [first, 0, 0, 0] };
}

function randomMarks(random: () => number, family: 4 | 6): [Prefix, Mark][] {
  const overridden = { place: PLACES[2]! };
  return Array.from({ length: Math.floor(random() * 9) }, () => {
    const kind = random();
    const prefix = randomPrefix(random, family);
    const mirror = Math.floor(random() * MIRRORS.length);
    if (kind < 0.4) return [prefix, { kind: "subnet", mirror }];
    if (kind < 0.8) return [prefix, { kind: "asn", asn: random() < 0.5 ? 64 : 65 }];
    return [prefix, { kind: "override", place: overridden }];
  });
}

function contains(prefix: Prefix, address: number): boolean {
  return prefix.bits === 0 || (address ^ prefix.words[0]!) >>> (32 - prefix.bits) === 0;
}

/** What a client gets: its country, and by set and rotation its lists. */
interface Answer {
  readonly country: string | undefined;
  readonly lists: readonly (readonly (readonly number[])[])[];
}

/** The slow oracle: every mark is looked at for every address. */
function naiveAnswer(
  tree: MemoryPlaceTree,
  marks: readonly [Prefix, Mark][],
  address: number,
  { rankers: byPolicy = rankers, rotations = 1 } = {},
): Answer {
  let value = 0;
  for (let depth = 0; value < tree.nodeCount; depth++) {
    tree.read(value);
    value = (address >>> (31 - depth)) & 1 ? tree.right : tree.left;
  }
  let found = value === tree.nodeCount ? null : tree.placeOf(tree.recordOf(value));
  // A stable sort, so that among equal prefixes the last given still comes last.
  const holding = marks
    .filter(([prefix]) => contains(prefix, address))
    .sort(([a], [b]) => a.bits - b.bits);
  const subnets = new Map<number, number>();
  let asn: number | undefined;
  for (const [prefix, mark] of holding) {
    if (mark.kind === "asn") asn = mark.asn;
    if (mark.kind === "override") found = mark.place.place;
    if (mark.kind === "subnet") subnets.set(mark.mirror, prefix.bits);
  }
  const client = {
    place: found,
    block: address >>> (32 - (tree.bits === 32 ? 16 : 32)),
    subnetMatches: Array.from(subnets, ([mirror, bits]) => ({ mirror, bits })),
    asnMatches: asn === undefined ? [] : MIRRORS_OF_ASN.get(asn)!,
  };
  return {
    country: found?.country,
    lists: byPolicy.map((ranker) =>
      Array.from({ length: rotations }, (_, rotation) => mirrorsOf(ranker.rank(client, rotation))),
    ),
  };
}

function lookUp(table: RouteTable, root: number, address: number): Answer {
  let ref = root;
  for (let depth = 0; ref >= 0; depth++) {
    ref = table.children[ref * 2 + ((address >>> (31 - depth)) & 1)]!;
  }
  const found = table.classes[classOf(ref)]!;
  return { country: found.country, lists: SETS.map((_, set) => listsOf(found, set, table)) };
}

const IPV4_IN_IPV6: readonly [Prefix, Mark] = [
  { family: 6, words: [0, 0, 0, 0], bits: 96 },
  { kind: "ipv4" },
];

interface Sample {
  readonly trees: readonly [MemoryPlaceTree, MemoryPlaceTree];
  readonly marks: readonly [[Prefix, Mark][], [Prefix, Mark][]];
  readonly compiled: CompiledRoutes;
}

function compileSample(
  trees: Sample["trees"],
  marks: Sample["marks"],
  policy: Policy = blog2021(),
): Sample {
  const compiled = compileRoutes({
    ipv4: { tree: trees[0], overlay: buildOverlay(marks[0]) },
    ipv6: { tree: trees[1], overlay: buildOverlay([...marks[1], IPV4_IN_IPV6]) },
    sets: ["all", "some"],
    families: [{ sets: [0, 1], ranker: createFamilyRanker(MIRRORS, SETS, policy, () => true) }],
    mirrorsOfAsn: MIRRORS_OF_ASN,
    slots: slotsByCountry(MIRRORS),
    alsoPlaces: [],
  });
  return { trees, marks, compiled };
}

function randomSample(random: () => number): Sample {
  const leaf = () => -1 - Math.floor(random() * (PLACES.length + 1));
  const trees = [
    new MemoryPlaceTree(32, PLACES, randomNodes(random, DEPTH, leaf)),
    new MemoryPlaceTree(128, PLACES, randomNodes(random, DEPTH, leaf)),
  ] as const;
  return compileSample(trees, [randomMarks(random, 4), randomMarks(random, 6)]);
}

/** Every leaf of the samples is at least this wide, so these addresses meet all of them. */
const ADDRESSES = Array.from({ length: 2 ** DEPTH }, (_, i) => (i << (32 - DEPTH)) >>> 0);

describe("compileRoutes", () => {
  it("answers for every address as the rule does", () => {
    const random = seededRandom(SEED);
    for (let round = 0; round < 200; round++) {
      const { trees, marks, compiled } = randomSample(random);
      const { table } = compiled;
      for (const address of ADDRESSES) {
        const where = `seed ${SEED}, round ${round}, ${address.toString(16)}`;
        expect(lookUp(table, table.ipv4Root, address), where).toEqual(
          naiveAnswer(trees[0], marks[0], address),
        );
        // The first addresses of IPv6 lead to ::/96, which is IPv4's.
        if (address === 0) continue;
        expect(lookUp(table, table.root, address), where).toEqual(
          naiveAnswer(trees[1], marks[1], address),
        );
      }
    }
  });

  it("gives each block its order where the country is all that is known", () => {
    const random = seededRandom(SEED + 7);
    const only = PLACES.map((known) => (known ? { ...known, countryOnly: true as const } : null));
    const tree = new MemoryPlaceTree(
      32,
      only,
      randomNodes(random, 3, () => -2 - (SEED % 2)),
    );
    const nowhere = new MemoryPlaceTree(128, only, [[-1, -1]]);
    const marks = randomMarks(random, 4);
    const { table } = compileSample([tree, nowhere], [marks, []]).compiled;
    const orders = new Set<string>();
    for (let block = 0; block < 2 ** 16; block++) {
      const address = (block << 16) >>> 0;
      const answer = lookUp(table, table.ipv4Root, address);
      orders.add(JSON.stringify(answer.lists[0]));
      expect(answer, address.toString(16)).toEqual(naiveAnswer(tree, marks, address));
    }
    expect(orders.size).toBeGreaterThan(1);
  });

  it("gives every rotation as the rule does", () => {
    const random = seededRandom(SEED + 8);
    const policy: Policy = { ...SERVICE_2026, spread: { withinKm: 900, rotations: 3 } };
    const many = { rankers: rankersOf(policy), rotations: 3 };
    for (let round = 0; round < 20; round++) {
      const { trees, marks } = randomSample(random);
      const { table } = compileSample(trees, marks, policy).compiled;
      for (const address of ADDRESSES) {
        expect(lookUp(table, table.ipv4Root, address)).toEqual(
          naiveAnswer(trees[0], marks[0], address, many),
        );
      }
    }
  });

  it("leads ::/96 to the IPv4 table", () => {
    const { table } = randomSample(seededRandom(SEED + 1)).compiled;
    let ref = table.root;
    for (let depth = 0; depth < 96; depth++) ref = table.children[ref * 2]!;
    expect(ref).toBe(table.ipv4Root);
  });

  it("keeps the table minimal: no leaf twice in a node, no equal nodes, nothing unreachable", () => {
    const random = seededRandom(SEED + 2);
    for (let round = 0; round < 50; round++) {
      const { table } = randomSample(random).compiled;
      const { children, count } = table;
      const seen = new Set<string>();
      const reached = new Set<number>([table.root]);
      for (let node = count - 1; node >= 0; node--) {
        const [zero, one] = [children[node * 2]!, children[node * 2 + 1]!];
        if (zero < 0) expect(zero).not.toBe(one);
        expect(seen.has(`${zero} ${one}`)).toBe(false);
        seen.add(`${zero} ${one}`);
        expect(reached.has(node)).toBe(true);
        reached.add(zero).add(one);
        expect(Math.max(zero, one)).toBeLessThan(node);
      }
      for (let number = 0; number < table.classes.length; number++) {
        expect(reached.has(-1 - number)).toBe(true);
      }
    }
  });

  it("gives equal bytes for tries that say the same in other words", () => {
    const random = seededRandom(SEED + 3);
    for (let round = 0; round < 50; round++) {
      const { trees, marks, compiled } = randomSample(random);
      // Every leaf split in two, and each half under another record of an equal place.
      const twin = trees.map((tree) => splitLeaves(tree)) as [MemoryPlaceTree, MemoryPlaceTree];
      const again = compileSample(twin, marks).compiled;
      expect(again.table).toEqual(compiled.table);
    }
  });

  it("counts every address once", () => {
    const random = seededRandom(SEED + 4);
    for (let round = 0; round < 50; round++) {
      const { sightings } = randomSample(random).compiled;
      const sum = ({ plain, others }: typeof sightings.ipv4) =>
        [...plain.weight, ...others.weight].reduce((n, weight) => n + weight, 0);
      expect(sum(sightings.ipv4)).toBe(2 ** 32);
      // All /48 networks but the part of one that ::/96 takes.
      expect(sum(sightings.ipv6)).toBeCloseTo(2 ** 48 - 2 ** -48, 0);
    }
  });
});

describe("Descent", () => {
  it("counts the addresses of each class in a prefix", () => {
    const random = seededRandom(SEED + 5);
    const { table } = randomSample(random).compiled;
    const descent = new Descent(table);
    const tally = new Tally(table.classes.length);
    for (let round = 0; round < 300; round++) {
      const prefix = randomPrefix(random, 4);
      descent.tally(prefix, tally);
      const counts = new Map<string, number>();
      for (const address of ADDRESSES.filter((a) => contains(prefix, a))) {
        const list = JSON.stringify(lookUp(table, table.ipv4Root, address));
        counts.set(list, (counts.get(list) ?? 0) + 2 ** (32 - DEPTH));
      }
      const most = Math.max(...counts.values());
      const weights: number[] = [];
      tally.forEach((_, weight) => {
        weights.push(weight);
      });
      tally.clear();
      expect(weights.reduce((sum, weight) => sum + weight, 0)).toBe(2 ** (32 - prefix.bits));
      expect(Math.max(...weights)).toBe(most);
    }
  });
});

describe("aggregateByAsn", () => {
  it("joins the ranges of an ASN and keeps the families apart", () => {
    const { table } = randomSample(seededRandom(SEED + 6)).compiled;
    const half = (first: number): Prefix => ({ family: 4, words: [first], bits: 1 });
    const ranges = (entries: readonly (readonly [number, Prefix])[]) => ({
      count: entries.length,
      numberAt: (i: number) => entries[i]![0],
      prefixesAt: (i: number) => [entries[i]![1]],
    });
    const aggregates = aggregateByAsn(
      table,
      ranges([
        [7, half(0)],
        [9, { family: 4, words: [0x40000000], bits: 2 }],
        [7, half(0x80000000)],
      ]),
      ranges([[3, { family: 6, words: [0x20000000, 0, 0, 0], bits: 32 }]]),
      () => true,
    );
    expect(aggregates.map((a) => [a.key, a.ipv4?.addresses, a.ipv6?.addresses])).toEqual([
      [3, undefined, 65_536],
      [7, 2 ** 32, undefined],
      [9, 2 ** 30, undefined],
    ]);
  });
});

/** Says the same with twice the leaves: each is split, its halves under record 0 or its twin 3. */
function splitLeaves(tree: MemoryPlaceTree): MemoryPlaceTree {
  const nodes: [number, number][] = [];
  const grow = (value: number): number => {
    const node = nodes.push([-1, -1]) - 1;
    if (value < tree.nodeCount) {
      tree.read(value);
      const { left, right } = tree;
      nodes[node] = [grow(left), grow(right)];
    } else if (value === tree.nodeCount) {
      nodes[node] = [-1, -2 - PLACES.indexOf(null)];
    } else {
      const record = tree.recordOf(value);
      nodes[node] = [-2 - record, -2 - (record === 0 ? 3 : record === 3 ? 0 : record)];
    }
    return node;
  };
  grow(0);
  return new MemoryPlaceTree(tree.bits, PLACES, nodes);
}
