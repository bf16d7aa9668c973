/** Which list sets of two generations are to be compared: those that answer the same question. */

import type { AnsweredScopes } from "../emit/scopes.ts";
import type { ComparedGeneration } from "./generation.ts";

/** The numbers of two sets. */
export type SetPair = readonly [before: number, after: number];

export interface MatchedSets {
  /** Those of everything first, then in the order of the sets after. */
  readonly pairs: readonly SetPair[];
  /**
   * Questions that the network still has and no mirror answers any more, or that one answers for the
   * first time: by key, with the protocol where it is asked for.
   */
  readonly lost: readonly string[];
  readonly gained: readonly string[];
  /** Questions that the network does not have any more, or did not have. */
  readonly dropped: readonly string[];
  readonly added: readonly string[];
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
  if (before.answered === null || after.answered === null) {
    for (const name of newNumbers.keys()) add(name, name);
    return { pairs: inOrder(pairs), lost: [], gained: [], dropped: [], added: [] };
  }
  const [old, now] = [before.answered, after.answered].map(questionsIn) as [Questions, Questions];
  for (const [question, { set }] of old.answered) {
    const found = now.answered.get(question);
    if (found !== undefined) add(set, found.set);
  }
  return {
    pairs: inOrder(pairs),
    ...onlyIn(old, now, (lost, dropped) => ({ lost, dropped })),
    ...onlyIn(now, old, (gained, added) => ({ gained, added })),
  };
}

function inOrder(pairs: ReadonlyMap<string, SetPair>): readonly SetPair[] {
  const [first, ...others] = pairs.values();
  if (first === undefined) return [];
  return [first, ...others.sort(([a, b], [c, d]) => b - d || a - c)];
}

interface Questions {
  /** By question, as it is told of, its key and its set. */
  readonly answered: ReadonlyMap<string, { readonly key: string; readonly set: string }>;
  /** The keys of all that the network has. */
  readonly asked: ReadonlySet<string>;
}

function questionsIn({ scopes, unanswered }: AnsweredScopes): Questions {
  const answered = new Map<string, { key: string; set: string }>();
  for (const { any: whole, http, https, questions } of scopes) {
    for (const key of questions) {
      answered.set(key, { key, set: whole });
      if (http !== undefined) answered.set(`${key} by http`, { key, set: http });
      if (https !== undefined) answered.set(`${key} by https`, { key, set: https });
    }
  }
  const keys = scopes.flatMap(({ questions }) => questions);
  return { answered, asked: new Set([...keys, ...unanswered]) };
}

/** What the one answers and the other does not: `still` are those that the other has all the same. */
function onlyIn<T>(
  { answered }: Questions,
  others: Questions,
  named: (still: readonly string[], never: readonly string[]) => T,
): T {
  // By a protocol only what is answered otherwise: the rest is said already.
  const missing = [...answered].filter(
    ([question, { key }]) =>
      !others.answered.has(question) && (question === key || others.answered.has(key)),
  );
  const still = missing.filter(([, { key }]) => others.asked.has(key));
  const never = missing.filter(([, { key }]) => !others.asked.has(key));
  return named(
    still.map(([question]) => question),
    never.map(([question]) => question),
  );
}
