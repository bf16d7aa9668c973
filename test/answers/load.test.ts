import { describe, expect, it } from "vitest";
import { forecastLoad, tallyLoad } from "../../src/answers/load.ts";
import { type ClassIndex, emitClasses, readClasses } from "../../src/emit/classes.ts";
import { RULES } from "../../src/routes/rules.ts";
import { seededRandom } from "../support/random.ts";

const FAMILIES = ["ipv4", "ipv6"] as const;
const COUNTRIES = ["DE", "FR", "US", undefined] as const;

/** Classes as a compilation gives them: the IPv4 addresses of all are 2^32. */
function randomIndex(random: () => number, rotations: number): ClassIndex {
  const below = (limit: number) => Math.floor(random() * limit);
  const mirrors = Array.from({ length: 6 }, (_, number) => `m${number}.example`);
  const sets = ["all", "kitten"].map((name) => {
    const lists = Array.from({ length: 9 }, () =>
      mirrors.map((_, number) => number).filter((number) => number === 5 || random() < 0.5),
    ).map((list) => list.sort(() => random() - 0.5));
    const groups = Array.from({ length: 5 }, () =>
      Array.from({ length: rotations }, () => below(lists.length)),
    );
    return { name, lists, groups };
  });
  let left = 2 ** 32;
  const classCount = 12;
  const classes = Array.from({ length: classCount }, (_, number) => {
    const country = COUNTRIES[below(COUNTRIES.length)];
    const rules = RULES.filter(() => random() < 0.4);
    if (rules.length === 0 || number === classCount - 1) rules.push("everyone");
    const decisions = [...new Set(rules)].map((rule, at, { length }) => {
      const isLast = number === classCount - 1 && at === length - 1;
      const ipv4 = isLast ? left : below(left / 8);
      left -= ipv4;
      return { rule, ipv4, ipv6: below(2 ** 20) / 2 ** below(18) };
    });
    return { country, groups: sets.map(() => below(5)), decisions };
  });
  return { rotations, ipv6: "located", mirrors, sets, classes };
}

describe("tallyLoad", () => {
  it("counts every IPv4 address once, and its first choice once for each rotation", () => {
    const random = seededRandom(11);
    for (const rotations of [1, 3, 8]) {
      const index = randomIndex(random, rotations);
      for (const set of [0, 1]) {
        const { ipv4 } = tallyLoad(index, set);
        const sum = (values: Iterable<number>) => [...values].reduce((a, b) => a + b, 0);
        const clients = sum(ipv4.countries.map((tally) => tally.clients));
        expect(clients + ipv4.unlocated).toBe(2 ** 32);
        expect(ipv4.unlocated).toBeGreaterThan(0);
        expect(sum(ipv4.countries.map(({ first }) => sum(first)))).toBe(clients * rotations);
        expect(sum(ipv4.countries.map(({ rules }) => sum(rules)))).toBe(clients);
      }
    }
  });

  it("counts those in an unknown country whom another rule serves, or who have a country", () => {
    const one = {
      rotations: 1,
      ipv6: "located" as const,
      mirrors: ["a"],
      sets: [{ name: "all", lists: [[0]], groups: [[0]] }],
    };
    const clients = (country: string | undefined, rule: (typeof RULES)[number]) => {
      const decisions = [{ rule, ipv4: 1, ipv6: 0 }];
      const { ipv4 } = tallyLoad({ ...one, classes: [{ country, groups: [0], decisions }] }, 0);
      return [ipv4.countries.length, ipv4.unlocated];
    };
    expect(clients(undefined, "everyone")).toEqual([0, 1]);
    expect(clients(undefined, "asn")).toEqual([1, 0]);
    expect(clients("DE", "everyone")).toEqual([1, 0]);
  });
});

/** Every client of every class, rotation by rotation: a share is a sum over all of them. */
function naiveShares(
  { classes, sets, mirrors, rotations }: ClassIndex,
  set: number,
  family: "ipv4" | "ipv6",
  weights?: ReadonlyMap<string, number>,
) {
  const rows = classes.flatMap(({ country, groups, decisions }) =>
    decisions
      .filter(({ rule }) => country !== undefined || rule !== "everyone")
      .map((decision) => ({ country, groups, rule: decision.rule, count: decision[family] })),
  );
  const ofCountry = (code: string | undefined) =>
    rows.filter(({ country }) => country === code).reduce((sum, { count }) => sum + count, 0);
  const weightOf = ({ country, count }: (typeof rows)[number]) =>
    weights === undefined
      ? count
      : count === 0
        ? 0
        : ((weights.get(country ?? "") ?? 0) * count) / ofCountry(country);
  const total = rows.reduce((sum, row) => sum + weightOf(row), 0);
  const shareOf = (counts: (row: (typeof rows)[number]) => number) =>
    rows.reduce((sum, row) => sum + (weightOf(row) / total) * counts(row), 0);
  const listsOf = ({ groups }: (typeof rows)[number]) =>
    sets[set]!.groups[groups[set]!]!.map((list) => sets[set]!.lists[list]!);
  return {
    first: mirrors.map((_, mirror) =>
      shareOf((row) => listsOf(row).filter((list) => list[0] === mirror).length / rotations),
    ),
    listed: mirrors.map((_, mirror) =>
      shareOf((row) => listsOf(row).filter((list) => list.includes(mirror)).length / rotations),
    ),
    rules: RULES.map((rule) => shareOf((row) => (row.rule === rule ? 1 : 0))),
  };
}

const WEIGHTS = new Map([
  ["DE", 12.5],
  ["US", 3],
  ["AQ", 7],
]);

describe("forecastLoad", () => {
  it.each([
    ["of addresses", undefined],
    ["of weights by country", WEIGHTS],
  ])("gives the shares %s that adding up every client gives", (_what, weights) => {
    for (let seed = 1; seed <= 40; seed++) {
      const index = randomIndex(seededRandom(seed), 1 + (seed % 4));
      for (const set of [0, 1]) {
        for (const family of FAMILIES) {
          const tally = tallyLoad(index, set);
          const found = forecastLoad(tally[family], index.rotations, weights)!;
          const naive = naiveShares(index, set, family, weights);
          for (const column of ["first", "listed", "rules"] as const) {
            expect(found[column].length).toBe(naive[column].length);
            for (const [at, share] of naive[column].entries()) {
              expect(found[column][at], `seed ${seed} ${column} ${at}`).toBeCloseTo(share, 12);
            }
          }
          expect(found.first.reduce((a, b) => a + b, 0)).toBeCloseTo(1, 12);
          expect(found.rules.reduce((a, b) => a + b, 0)).toBeCloseTo(1, 12);
          expect(found.countries.reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(1, 12);
        }
      }
    }
  });

  it("gives a country its weight, whatever the number of its clients", () => {
    const tally = tallyLoad(randomIndex(seededRandom(3), 1), 0);
    const { countries } = forecastLoad(tally.ipv4, 1, WEIGHTS)!;
    const shares = countries.map(({ tally: { country }, share }) => [country, share]);
    expect(shares).toContainEqual(["DE", 12.5 / 15.5]);
    expect(shares).toContainEqual(["US", 3 / 15.5]);
    expect(shares).toContainEqual(["FR", 0]);
  });

  it("is null where no client counts", () => {
    const { ipv4 } = tallyLoad(randomIndex(seededRandom(3), 1), 0);
    expect(forecastLoad(ipv4, 1, new Map([["AQ", 1]]))).toBeNull();
    expect(forecastLoad({ countries: [], unlocated: 2 ** 32 }, 1)).toBeNull();
  });

  it("says the same of classes that were written and read", () => {
    const index = randomIndex(seededRandom(5), 2);
    const decisions = index.classes.flatMap(({ decisions: ofClass }, classNumber) =>
      ofClass.map((decision) => ({ classNumber, ...decision })),
    );
    const text = Buffer.from(
      emitClasses(index.mirrors, index, { decisions, ipv6: "located" }).bytes,
    ).toString();
    expect(tallyLoad(readClasses(text), 0)).toEqual(tallyLoad(index, 0));
  });
});
