/** Which list sets of two generations are to be compared: those that answer the same question. */
import type { ComparedGeneration } from "./compared.ts";
import type { AnsweredScope } from "./emit/scopes.ts";

/** The numbers of two sets. */
export type SetPair = readonly [before: number, after: number];

export interface MatchedSets {
  /** Those of everything first, then in the order of the sets after. */
  readonly pairs: readonly SetPair[];
  /** What only one generation answers: keys of questions, with the protocol where it was asked for. */
  readonly lost: readonly string[];
  readonly gained: readonly string[];
}

/**
 * The name of a set says little of it: that of what partial mirrors lack is numbered anew every day.
 * So each question that both answer pairs two sets. Without a note of what sets answer, as in
 * generations of before there was one, sets of one name are paired.
 */
export function matchSets(before: ComparedGeneration, after: ComparedGeneration): MatchedSets {
  const numbersOf = ({ index }: ComparedGeneration) =>
    new Map(index.sets.map(({ name }, number) => [name, number]));
  const [oldNumbers, newNumbers] = [numbersOf(before), numbersOf(after)];
  const pairs = new Map<string, SetPair>();
  const add = (old: string, now: string) => {
    const pair = [oldNumbers.get(old), newNumbers.get(now)];
    if (pair.every((number) => number !== undefined))
      pairs.set(pair.join(), pair as [number, number]);
  };
  add(before.index.sets[0]!.name, after.index.sets[0]!.name);
  if (before.scopes === null || after.scopes === null) {
    for (const name of newNumbers.keys()) add(name, name);
    return { pairs: inOrder(pairs), lost: [], gained: [] };
  }
  const [asked, answered] = [setsByQuestion(before.scopes), setsByQuestion(after.scopes)];
  for (const [question, set] of asked) {
    const now = answered.get(question);
    if (now !== undefined) add(set, now);
  }
  return {
    pairs: inOrder(pairs),
    lost: [...asked.keys()].filter((question) => !answered.has(question)),
    gained: [...answered.keys()].filter((question) => !asked.has(question)),
  };
}

function inOrder(pairs: ReadonlyMap<string, SetPair>): readonly SetPair[] {
  const [first, ...others] = pairs.values();
  if (first === undefined) return [];
  return [first, ...others.sort(([a, b], [c, d]) => b - d || a - c)];
}

function setsByQuestion(scopes: readonly AnsweredScope[]): ReadonlyMap<string, string> {
  const sets = new Map<string, string>();
  for (const { any, http, https, questions } of scopes) {
    for (const question of questions) {
      sets.set(question, any);
      if (http !== undefined) sets.set(`${question} by http`, http);
      if (https !== undefined) sets.set(`${question} by https`, https);
    }
  }
  return sets;
}
