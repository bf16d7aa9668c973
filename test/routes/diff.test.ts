import { describe, expect, it } from "vitest";
import { COUNTED, countPairs, type NumberTrie } from "../../src/routes/diff.ts";
import { leafOf, type Ref, TableBuilder } from "../../src/routes/table.ts";
import { toPrefix } from "../oracle/address.ts";
import { smallTrie } from "../serve/small-database.ts";
import { seededRandom } from "../support/random.ts";

type Networks = readonly (readonly [network: string, number: number])[];

/** As the compiler makes them: equal subtrees are stored once. */
function shared(networks: Networks): NumberTrie {
  const { children, count, root } = smallTrie(networks);
  const builder = new TableBuilder(count + 1);
  const refs: Ref[] = [];
  const refOf = (child: number): Ref => (child < 0 ? child : refs[child]!);
  for (let node = 0; node < count; node++) {
    refs.push(builder.node(refOf(children[node * 2]!), refOf(children[node * 2 + 1]!)));
  }
  return { root: refOf(root), children: builder.finish() };
}

function counted(before: Networks, after: Networks, masks: readonly Networks[]) {
  type Masks = Parameters<typeof countPairs>[2];
  const pairs = countPairs(shared(before), shared(after), masks.map(shared) as unknown as Masks);
  const rows = Array.from({ length: pairs.count }, (_, row): [string, [number, number]] => [
    `${pairs.before[row]} ${pairs.after[row]}`,
    [pairs.ipv4[row]!, pairs.ipv6[row]!],
  ]);
  expect(new Set(rows.map(([pair]) => pair)).size).toBe(rows.length);
  return new Map(rows);
}

/** The last network that holds an address says its number; ranges end where any network does. */
function expected(before: Networks, after: Networks, masks: readonly Networks[]) {
  const pairs = new Map<string, [number, number]>();
  const embedding = ["::/96", "::ffff:0:0/96", "64:ff9b::/96", "2002::/16"].map(toPrefix);
  for (const family of [4, 6] as const) {
    const ranges = (networks: Networks) =>
      networks.map(([text, number]) => ({ ...toPrefix(text), number }));
    const sides = [before, after].map(ranges);
    const masked = masks.map(ranges);
    const all = [...sides, ...masked].flat().filter((range) => range.family === family);
    const end = 1n << (family === 4 ? 32n : 128n);
    const edges = family === 6 ? [...all, ...embedding] : all;
    const starts = new Set([0n, ...edges.flatMap(({ first, last }) => [first, last + 1n])]);
    const sorted = [...starts].filter((at) => at < end).sort((a, b) => (a < b ? -1 : 1));
    for (const [at, first] of sorted.entries()) {
      const numberIn = (side: ReturnType<typeof ranges>) =>
        side.findLast((r) => r.family === family && r.first <= first && first <= r.last)?.number ??
        0;
      const isEmbedding = embedding.some((r) => r.first <= first && first <= r.last);
      const isCounted = masked.length === 0 || masked.some((mask) => numberIn(mask) === COUNTED);
      if (family === 6 && (isEmbedding || !isCounted)) continue;
      const size = (sorted[at + 1] ?? end) - first;
      const key = sides.map(numberIn).join(" ");
      const sum = pairs.get(key) ?? [0, 0];
      if (family === 4) sum[0] += Number(size);
      else sum[1] += Number(size) / 2 ** 80;
      pairs.set(key, sum);
    }
  }
  return pairs;
}

/** Networks near each other, so that they overlap. */
function randomNetworks(random: () => number, numbers: number): Networks {
  const below = (limit: number) => Math.floor(random() * limit);
  return Array.from({ length: 1 + below(14) }, () => {
    const number = below(numbers);
    if (random() < 0.5) {
      const bits = below(25);
      return [`${[10 + below(3), below(2) * 128, below(4), 0].join(".")}/${bits}`, number] as const;
    }
    const start = ["2001:db8", "2001:db9", "2002:a00", "2a00"][below(4)]!;
    // Wider ones would lie over what embeds IPv4.
    return [`${start}:${below(3).toString(16)}::/${4 + below(47)}`, number] as const;
  });
}

describe("countPairs", () => {
  it("counts what merging ranges of addresses counts, in seeded tables with shared subtrees", () => {
    for (let seed = 1; seed <= 300; seed++) {
      const random = seededRandom(seed);
      const [before, after] = [randomNetworks(random, 4), randomNetworks(random, 4)];
      const masks = Array.from({ length: Math.floor(random() * 3) }, () =>
        randomNetworks(random, 2),
      );
      // All of IPv6 less what embeds IPv4 has more digits than a number: what is drawn has quarters.
      const inQuarters = (pairs: Map<string, [number, number]>) =>
        new Map([...pairs].map(([pair, [ipv4, ipv6]]) => [pair, [ipv4, Math.round(ipv6 * 4) / 4]]));
      const found = counted(before, after, masks);
      expect([seed, inQuarters(found)]).toEqual([seed, inQuarters(expected(before, after, masks))]);
    }
  });

  it("counts every address once: IPv4 not where IPv6 embeds it, and IPv6 without that", () => {
    const pairs = counted([], [], []);
    // Of 2^48 networks of /48, 2002::/16 has 2^32, and a /96 2^-48.
    expect(pairs).toEqual(new Map([["0 0", [2 ** 32, 2 ** 48 - 2 ** 32 - 3 * 2 ** -48]]]));
  });

  it("mirrors when its tables are exchanged", () => {
    const random = seededRandom(7);
    const [a, b] = [randomNetworks(random, 5), randomNetworks(random, 5)];
    const there = [...counted(a, b, [])].map(([pair, sums]) => [
      pair.split(" ").reverse().join(" "),
      sums,
    ]);
    expect(new Map(there as [string, [number, number]][])).toEqual(counted(b, a, []));
  });

  it("refuses what is deeper than an address, and what stands for more than the Internet", () => {
    const chain = Int32Array.from({ length: 400 }, (_, at) =>
      at % 2 === 0 ? leafOf(0) : Math.min(at / 2 + 0.5, 199),
    );
    const deep = { children: chain, root: 0 };
    expect(() => countPairs(deep, deep, [])).toThrow("deeper than an address");
    // Every node leads to the next on both sides: 2^40 networks below 41 nodes.
    const wide = Int32Array.from({ length: 82 }, (_, at) =>
      at >= 80 ? leafOf(at % 2) : Math.floor(at / 2) + 1,
    );
    const bomb = { children: wide, root: 0 };
    expect(() => countPairs(bomb, bomb, [], 2 ** 16)).toThrow("too many networks");
  });
});
