import { describe, expect, it } from "vitest";
import { effectOf, type FamilyEffect } from "../../src/answers/review-effect.ts";
import type { ClassIndex } from "../../src/emit/classes.ts";
import { seededRandom } from "../support/random.ts";

const SETS = ["all", "kitten"];

/** A few classes of few clients, so that each can be asked by itself. */
function smallIndex(random: () => number, mirrors: readonly string[]): ClassIndex {
  const below = (limit: number) => Math.floor(random() * limit);
  const sets = SETS.map((name) => {
    const lists = Array.from({ length: 6 }, () =>
      mirrors
        .map((_, number) => ({ number, at: random() }))
        // The last mirror is rarely listed, and then at the end.
        .filter((each, at) => at === 0 || each.at < (at === mirrors.length - 1 ? 0.1 : 0.6))
        .sort((a, b) => (a.number === mirrors.length - 1 ? 1 : a.at - b.at))
        .map(({ number }) => number),
    );
    const groups = Array.from({ length: 4 }, () => [below(6), below(6)]);
    return { name, lists, groups };
  });
  const classes = Array.from({ length: 10 }, () => ({
    country: (["AT", "DE", "US", undefined] as const)[below(4)],
    groups: SETS.map(() => below(4)),
    decisions: [{ rule: "country" as const, ipv4: below(9), ipv6: below(9) }],
  }));
  return { rotations: 2, ipv6: "announced", mirrors, sets, classes };
}

/** Client by client: who has the mirror first, who has it at all. */
function naive(index: ClassIndex, name: string, family: "ipv4" | "ipv6") {
  const number = index.mirrors.indexOf(name);
  let all = 0;
  const first: string[] = [];
  const listed: string[] = [];
  for (const { country, groups, decisions } of index.classes) {
    for (let client = 0; client < (decisions[0]?.[family] ?? 0); client++) {
      for (const list of index.sets[0]!.groups[groups[0]!]!) {
        const entries = index.sets[0]!.lists[list]!;
        all++;
        if (entries[0] === number) first.push(country ?? "");
        if (entries.includes(number)) listed.push(country ?? "");
      }
    }
  }
  const countries = (of: readonly string[]) => [...new Set(of)].sort();
  const clientsIn = (code: string) => {
    const here = index.classes.filter(({ country = "" }) => country === code);
    return here.reduce((sum, { decisions }) => sum + (decisions[0]?.[family] ?? 0), 0);
  };
  const sets = index.sets.filter(({ lists }) => lists.some((list) => list.includes(number)));
  return {
    ...{ all, first, listed, clientsIn, sets: sets.map((set) => set.name) },
    ...{ firstIn: countries(first), listedIn: countries(listed) },
  };
}

function expectEffect(effect: FamilyEffect, old: ReturnType<typeof naive>, now: typeof old): void {
  expect(effect.first.before).toBeCloseTo(old.all === 0 ? 0 : old.first.length / old.all, 12);
  expect(effect.first.after).toBeCloseTo(now.all === 0 ? 0 : now.first.length / now.all, 12);
  expect(effect.listed.before).toBeCloseTo(old.all === 0 ? 0 : old.listed.length / old.all, 12);
  expect(effect.listed.after).toBeCloseTo(now.all === 0 ? 0 : now.listed.length / now.all, 12);
  expect([...effect.first.countriesAfter].sort()).toEqual(now.firstIn);
  expect([...effect.listed.countriesAfter].sort()).toEqual(now.listedIn);
  expect([...effect.first.countriesBefore].sort()).toEqual(old.firstIn);
  expect(effect.busiest.map(({ country }) => country).sort()).toEqual(now.firstIn);
  for (const { country, part, share } of effect.busiest) {
    const here = now.first.filter((each) => each === country).length;
    expect(part).toBeCloseTo(here / now.first.length, 12);
    expect(share).toBeCloseTo(here / (now.clientsIn(country) * 2), 12);
  }
}

describe("effectOf", () => {
  it("tells what asking every client tells", () => {
    for (let seed = 1; seed <= 200; seed++) {
      const random = seededRandom(seed);
      const before = smallIndex(random, ["a.example", "b.example", "gone.example"]);
      const after = smallIndex(random, ["a.example", "b.example", "new.example"]);
      const names = new Set(["a.example", "gone.example", "new.example"]);
      const effect = effectOf(before, after, names);
      for (const name of names) {
        const known = effect.contributed.get(name)!;
        expect(known.setsBefore).toEqual(naive(before, name, "ipv4").sets);
        expect(known.setsAfter).toEqual(naive(after, name, "ipv4").sets);
        for (const family of ["ipv4", "ipv6"] as const) {
          expectEffect(known[family], naive(before, name, family), naive(after, name, family));
        }
      }
      expect(effect.others.every(({ name }) => name === "b.example")).toBe(true);
    }
  });

  it("takes no rounding for a change", () => {
    const index = (order: readonly number[]): ClassIndex => ({
      ...{ rotations: 1, ipv6: "announced", mirrors: ["a.example", "b.example", "c.example"] },
      sets: [{ name: "all", lists: [[0], [1]], groups: [[0], [1]] }],
      classes: order.map((ipv6, at) => ({
        country: "AT",
        groups: [at % 2],
        decisions: [{ rule: "country", ipv4: 1, ipv6 }],
      })),
    });
    const [before, after] = [index([0.1, 7, 0.2, 5, 0.3, 3]), index([0.3, 3, 0.2, 5, 0.1, 7])];
    const { contributed, others } = effectOf(before, after, new Set(["c.example"]));
    expect(contributed.get("c.example")?.ipv6.first).toMatchObject({ before: 0, after: 0 });
    expect(others).toEqual([]);
  });

  it("knows the sets that a mirror is in, and none of one that is not there", () => {
    const random = seededRandom(7);
    const before = smallIndex(random, ["a.example", "z.example"]);
    const after = smallIndex(random, ["a.example", "b.example", "z.example"]);
    const { contributed } = effectOf(before, after, new Set(["b.example", "c.example"]));
    expect(contributed.get("b.example")).toMatchObject({ setsBefore: [], setsAfter: SETS });
    expect(contributed.get("c.example")).toMatchObject({ setsBefore: [], setsAfter: [] });
  });
});
