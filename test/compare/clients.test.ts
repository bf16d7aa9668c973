/** Random classes and pairs of them, against sums that are made client share by client share. */
import { describe, expect, it } from "vitest";
import { changesOfClients, countClients } from "../../src/compare/clients.ts";
import type { ClassIndex, IndexedClass } from "../../src/emit/classes.ts";
import type { PairCounts } from "../../src/routes/diff.ts";
import { RULES } from "../../src/routes/rules.ts";
import { seededRandom } from "../support/random.ts";

const FAMILIES = ["ipv4", "ipv6"] as const;

function drawer(seed: number) {
  const random = seededRandom(seed);
  const below = (limit: number) => Math.floor(random() * limit);
  const some = <T>(most: number, draw: () => T) => Array.from({ length: below(most + 1) }, draw);
  return { below, some };
}
type Drawer = ReturnType<typeof drawer>;

/** Two sets; few mirrors, so that many lists are equal, or begin alike, and some are empty. */
function drawIndex({ below, some }: Drawer): ClassIndex {
  const rotations = [1, 1, 2, 3, 8, 12][below(6)]!;
  const mirrors = ["a", "b", "c", "d"].slice(below(2)).sort(() => below(3) - 1);
  const sets = ["all", "kitten"].map((name) => {
    const lists = [
      [],
      ...some(6, () => some(6, () => below(below(3) === 0 ? 4 : 1) % mirrors.length)),
    ];
    const group = () => Array.from({ length: rotations }, () => below(lists.length));
    return { name, lists, groups: [group(), ...some(4, group)] };
  });
  const country = () => [undefined, "AT", "NL", "US"][below(4)];
  const drawClass = (): IndexedClass => ({
    country: country(),
    groups: sets.map(({ groups }) => below(groups.length)),
    decisions: RULES.filter(() => below(4) === 0).map((rule) => ({
      rule,
      ipv4: below(3) * 256,
      ipv6: below(3) / 4,
    })),
  });
  const classes = [drawClass(), ...some(6, drawClass)];
  return { rotations, ipv6: "announced", mirrors, sets, classes };
}

function drawPairs({ below }: Drawer, before: ClassIndex, after: ClassIndex): PairCounts {
  const rows = before.classes.flatMap((_, old) =>
    after.classes.flatMap((__, now) => (below(3) === 0 ? [] : [{ old, now }])),
  );
  return {
    count: rows.length,
    before: Int32Array.from(rows, ({ old }) => old),
    after: Int32Array.from(rows, ({ now }) => now),
    ipv4: Float64Array.from(rows, () => below(4) * 1024),
    ipv6: Float64Array.from(rows, () => below(4) / 8),
  };
}

/** By what they are of, so that no order is compared. */
type Sums = Record<string, number>;

function naive(before: ClassIndex, after: ClassIndex, pairs: PairCounts, sets: [number, number]) {
  const sums: Sums = {};
  const add = (key: string, clients: number) => {
    sums[key] = (sums[key] ?? 0) + clients;
  };
  for (let row = 0; row < pairs.count; row++) {
    const old = before.classes[pairs.before[row]!]!;
    const now = after.classes[pairs.after[row]!]!;
    const country = now.country ?? old.country ?? null;
    const steps = before.rotations * after.rotations;
    for (const family of FAMILIES) {
      const part = Math.max(...[old, now].map((each) => knownPart(each, family)));
      const clients = (pairs[family][row]! * part) / steps;
      if (clients === 0) continue;
      for (let step = 0; step < steps; step++) {
        const [was, is] = [
          namesIn(before, sets[0], old, step / steps),
          namesIn(after, sets[1], now, step / steps),
        ];
        for (const of of ["all", country]) {
          add(`${of} ${family} clients`, clients);
          if (was[0] !== is[0]) add(`${of} ${family} first`, clients);
          if (was.join() !== is.join()) add(`${of} ${family} list`, clients);
        }
        if (is.length >= was.length) continue;
        const [kinds, kindsNow] = [kindsOf(old), kindsOf(now)];
        const same = kinds.find((kind) => kindsNow.includes(kind));
        const [from, to] = [same ?? kinds[0], same ?? kindsNow[0]];
        add(`${was.length} to ${is.length}, ${from} to ${to}, ${family}`, clients);
      }
    }
  }
  return sums;
}

function namesIn(index: ClassIndex, set: number, of: IndexedClass, hash: number) {
  const { lists, groups } = index.sets[set]!;
  const list = groups[of.groups[set]!]![Math.floor(hash * index.rotations + 1e-9)]!;
  return lists[list]!.map((mirror) => index.mirrors[mirror]!);
}

function kindsOf({ decisions }: IndexedClass): readonly string[] {
  const kinds = decisions.map(({ rule }) =>
    rule === "everyone" ? rule : ["subnet", "asn"].includes(rule) ? "on-net" : "place",
  );
  return kinds.length === 0 ? ["place"] : kinds;
}

/** What of a class is of somebody of whom something is known. */
function knownPart({ country, decisions }: IndexedClass, family: "ipv4" | "ipv6"): number {
  if (country !== undefined) return 1;
  const all = decisions.reduce((sum, each) => sum + each[family], 0);
  const known = decisions.filter(({ rule }) => rule !== "everyone");
  if (all === 0) return known.length > 0 ? 1 : 0;
  return known.reduce((sum, each) => sum + each[family], 0) / all;
}

function told(changes: ReturnType<typeof changesOfClients>): Sums {
  const sums: Sums = {};
  for (const each of [{ country: "all", ...changes }, ...changes.countries]) {
    for (const family of FAMILIES) {
      for (const [what, clients] of Object.entries(each[family])) {
        sums[`${each.country} ${family} ${what}`] = clients;
      }
    }
  }
  for (const { before, after, kindBefore, kindAfter, ipv4, ipv6 } of changes.shorter) {
    const key = `${before} to ${after}, ${kindBefore} to ${kindAfter}`;
    sums[`${key}, ipv4`] = ipv4;
    sums[`${key}, ipv6`] = ipv6;
  }
  return sums;
}

/** Without those that are nothing, and as thirds and eighths of clients may be summed. */
function rounded(sums: Sums, isTold: (key: string) => boolean): readonly (readonly unknown[])[] {
  return Object.entries(sums)
    .map(([key, sum]) => [key, Math.round(sum * 1e6) / 1e6] as const)
    .filter(([key, sum]) => sum !== 0 && isTold(key))
    .sort();
}

describe("changesOfClients", () => {
  it("sums what each share of a client has before and after, in seeded classes", () => {
    for (let seed = 1; seed <= 400; seed++) {
      const drawn = drawer(seed);
      const [before, after] = [drawIndex(drawn), drawIndex(drawn)];
      const pairs = drawPairs(drawn, before, after);
      const sets: [number, number] = [drawn.below(2), drawn.below(2)];
      const changes = changesOfClients(countClients(before, after, pairs), sets);
      const changed = new Set(["all", ...changes.countries.map(({ country }) => String(country))]);
      // Of countries without a change nothing is told.
      const isTold = (key: string) =>
        !/ (clients|first|list)$/.test(key) || changed.has(key.split(" ")[0]!);
      const expected = naive(before, after, pairs, sets);
      const missing = Object.keys(expected).filter((key) => / list$/.test(key) && !isTold(key));
      expect([seed, missing]).toEqual([seed, []]);
      expect([seed, rounded(told(changes), isTold)]).toEqual([seed, rounded(expected, isTold)]);
    }
  });

  it("names the countries of shorter lists, sorted", () => {
    const one = (mirrors: readonly number[], country: string | undefined): ClassIndex => ({
      rotations: 1,
      ipv6: "announced",
      mirrors: ["a", "b"],
      sets: [{ name: "all", lists: [mirrors], groups: [[0]] }],
      classes: [country, "US", "AT"].map((each) => ({
        country: each,
        groups: [0],
        decisions: [{ rule: "country", ipv4: 1, ipv6: 0 }],
      })),
    });
    const numbers = Int32Array.of(0, 1, 2);
    const units = Float64Array.of(1, 2, 4);
    const pairs = { count: 3, before: numbers, after: numbers, ipv4: units, ipv6: units };
    const counted = countClients(one([0, 1], undefined), one([1], undefined), pairs);
    expect(changesOfClients(counted, [0, 0]).shorter).toEqual([
      {
        before: 2,
        after: 1,
        kindBefore: "place",
        kindAfter: "place",
        ipv4: 7,
        ipv6: 7,
        countries: ["", "AT", "US"],
      },
    ]);
  });

  it("refuses a group that has not a list for each rotation", () => {
    const drawn = drawer(1);
    const index = drawIndex(drawn);
    const pairs = drawPairs(drawn, index, index);
    const torn = { ...index, rotations: index.rotations + 1 };
    expect(() => changesOfClients(countClients(torn, index, pairs), [0, 0])).toThrow("a group has");
  });
});
