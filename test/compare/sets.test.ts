import { describe, expect, it } from "vitest";
import type { ComparedGeneration } from "../../src/compare/generation.ts";
import { matchSets } from "../../src/compare/sets.ts";
import { emitScopes, readScopes } from "../../src/emit/scopes.ts";
import { listSetsOf } from "../../src/model/list-sets.ts";
import type { Carries, Mirror } from "../../src/model/mirror.ts";
import { CONFIG, smallMirrors } from "../serve/small-network.ts";

/** As far as matching looks at it. */
function sideOf(mirrors: readonly Mirror[], config = CONFIG): ComparedGeneration {
  const listSets = listSetsOf(config, mirrors);
  const answered = readScopes(String(emitScopes(config, listSets).bytes));
  return { index: { sets: listSets.sets }, answered } as unknown as ComparedGeneration;
}

const MIRRORS = smallMirrors();
const having = (carries: Carries | undefined) =>
  MIRRORS.map(({ carries: _, ...mirror }): Mirror => {
    return mirror.name === "north" && carries ? { ...mirror, carries } : mirror;
  });
const WHOLE = having(undefined);

function named(before: ComparedGeneration, after: ComparedGeneration) {
  const { pairs, ...questions } = matchSets(before, after);
  const nameOf = ({ index }: ComparedGeneration, number: number) => index.sets[number]!.name;
  return {
    ...questions,
    pairs: pairs.map(([old, now]) => `${nameOf(before, old)} ${nameOf(after, now)}`),
  };
}

const NOTHING = { lost: [], gained: [], dropped: [], added: [] };

describe("emitScopes", () => {
  it("notes every question of the network once: answered by a scope, or by nobody", () => {
    const only = MIRRORS.map((mirror) => ({ ...mirror, carries: { architectures: ["x86_64"] } }));
    const { scopes, unanswered } = sideOf(only).answered!;
    const answered = scopes.flatMap(({ questions }) => questions);
    expect(answered).toContain("repo:9.8/baseos/x86_64");
    expect(answered).not.toContain("repo:9.8/baseos/aarch64");
    expect(unanswered).toContain("repo:9.8/baseos/aarch64");
    const all = [...answered, ...unanswered];
    expect(new Set(all).size).toBe(all.length);
    const whole = sideOf(WHOLE).answered!.scopes.flatMap(({ questions }) => questions);
    expect(all.sort()).toEqual(whole.sort());
  });
});

describe("matchSets", () => {
  it("pairs every set with itself where nothing changed", () => {
    const { pairs, ...questions } = named(sideOf(MIRRORS), sideOf(MIRRORS));
    const names = sideOf(MIRRORS).index.sets.map(({ name }) => `${name} ${name}`);
    expect(pairs).toEqual(names);
    expect(questions).toEqual(NOTHING);
  });

  it("pairs the sets of what a partial mirror lacks with those of everything, once it is whole", () => {
    const found = named(sideOf(having({ versions: ["9"] })), sideOf(WHOLE));
    expect(found.pairs).toContain("all all");
    expect(found.pairs).toContain("all.2 all");
    expect(found).toMatchObject(NOTHING);
  });

  it("pairs sets by what they answer, whatever they are called", () => {
    // What is called all.2 is of versions the one day, and of an architecture the other.
    const found = named(
      sideOf(having({ versions: ["9"] })),
      sideOf(having({ architectures: ["x86_64"] })),
    );
    for (const pair of ["all all", "all all.2", "all.2 all", "all.2 all.2"]) {
      expect(found.pairs).toContain(pair);
    }
    expect(found.pairs[0]).toBe("all all");
  });

  it("tells what no mirror answers any more from what the network does not have", () => {
    const none = MIRRORS.map((mirror) => ({ ...mirror, carries: { architectures: ["x86_64"] } }));
    const { lost, dropped } = named(sideOf(WHOLE), sideOf(none));
    expect(lost).toContain("repo:9.8/baseos/aarch64");
    expect(lost).not.toContain("repo:9.8/baseos/aarch64 by http");
    expect(dropped).toEqual([]);

    const without = { ...CONFIG, repos: CONFIG.repos.filter(({ name }) => name !== "keys") };
    const found = named(sideOf(WHOLE), sideOf(WHOLE, without));
    expect(found.lost).toEqual([]);
    expect(found.dropped.every((key) => key.startsWith("repo:9.8/keys/"))).toBe(true);
    expect(found.dropped.length).toBeGreaterThan(0);
    expect(named(sideOf(WHOLE, without), sideOf(WHOLE)).added).toEqual(found.dropped);
  });

  it("tells of a protocol that nobody offers any more, what is answered otherwise", () => {
    const plain = WHOLE.map(({ urls: { https: _, ...urls }, modules, ...mirror }) => {
      return { ...mirror, modules: new Map(modules), urls };
    }).filter(({ urls }) => urls.http !== undefined);
    const { lost } = named(sideOf(WHOLE), sideOf(plain));
    expect(lost).toContain("repo:9.8/baseos/x86_64 by https");
    expect(lost).not.toContain("repo:9.8/baseos/x86_64");
    expect(lost.filter((question) => question.startsWith("repo:10-kitten"))).toEqual([]);
  });

  it("pairs sets of one name where a generation has no note of what they answer", () => {
    const old = { ...sideOf(MIRRORS), answered: null };
    const { pairs, ...questions } = named(old, sideOf(WHOLE));
    const names = sideOf(WHOLE).index.sets.map(({ name }) => `${name} ${name}`);
    expect(pairs).toEqual(names);
    expect(questions).toEqual(NOTHING);
  });
});
