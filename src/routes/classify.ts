/**
 * Numbers the answers of clients: lists, the groups of lists that a client has one of in each
 * rotation, and classes, which are everything that clients can tell apart.
 */
import type { ClientPlace } from "../model/place.ts";
import type { Client } from "../rank/client.ts";
import type { FamilyRanker, VisitList } from "../rank/family-ranker.ts";
import { originAt } from "../rank/nearest.ts";
import { SequenceInterner } from "./intern.ts";
import { decidedBy, type Rule } from "./rules.ts";

/** List sets that are ranked together, by their numbers among all sets. */
export interface SetFamily {
  readonly sets: readonly number[];
  readonly ranker: FamilyRanker;
}

/** A class, and the rule that gave the first mirror of the first set's list. */
export interface Verdict {
  readonly classNumber: number;
  readonly rule: Rule;
}

export interface Classifier {
  /** A class is the number of its country, and by set the number of its group. */
  readonly classes: SequenceInterner;
  /** Lists of all sets: most lists are lists of several. */
  readonly lists: SequenceInterner;
  /** By set: groups of the numbers of lists, one for each rotation. */
  readonly groups: readonly SequenceInterner[];
  /** Country codes by number; 0 is none. */
  readonly countries: readonly string[];
  classify(client: Client): Verdict;
  rankings(): number;
}

/** Databases may hold any two bytes; only a code goes into names of files and into what is served. */
const COUNTRY_CODE = /^[A-Z]{2}$/;

export function createClassifier(families: readonly SetFamily[], setCount: number): Classifier {
  const classes = new SequenceInterner();
  const lists = new SequenceInterner();
  const groups = Array.from({ length: setCount }, () => new SequenceInterner());
  const rotations = Math.max(...families.map(({ ranker }) => ranker.rotations));
  const countryNumbers = new Map<string, number>([["", 0]]);
  const countries = [""];
  const situations = families.map(() => new SequenceInterner());
  /** The country and each family's situation; what they came to, by number. */
  const cases = new SequenceInterner();
  const verdicts: Verdict[] = [];
  const inCase = new Int32Array(1 + families.length);
  const vector = new Int32Array(1 + setCount);
  /** List numbers by set and rotation. */
  const group = new Int32Array(setCount * rotations);
  let rankings = 0;

  function countryNumber(place: ClientPlace | null): number {
    const code = place?.country ?? "";
    let number = countryNumbers.get(code);
    if (number === undefined) {
      number = COUNTRY_CODE.test(code) ? countries.push(code) - 1 : 0;
      countryNumbers.set(code, number);
    }
    return number;
  }

  /** The lists of each family, visited set by set and rotation by rotation. */
  type EachList = (family: SetFamily, visit: VisitList) => void;

  function conclude(place: ClientPlace | null, eachList: EachList): Verdict {
    let rule: Rule = "everyone";
    for (const family of families) {
      eachList(family, (index, rotation, ranked) => {
        const set = family.sets[index]!;
        if (set === 0 && rotation === 0) rule = decidedBy(ranked);
        group[set * rotations + rotation] = lists.intern(ranked.mirrors, ranked.length);
      });
    }
    vector[0] = countryNumber(place);
    for (let set = 0; set < setCount; set++) {
      vector[1 + set] = groups[set]!.intern(group, rotations, set * rotations);
    }
    return { classNumber: classes.intern(vector, vector.length), rule };
  }

  function rankDirectly(client: Client): Verdict {
    return conclude(client.place, ({ sets, ranker }, visit) => {
      for (let index = 0; index < sets.length; index++) {
        let ranked = ranker.rank(client, index, 0);
        for (let rotation = 0; rotation < rotations; rotation++) {
          if (ranked.rotates && rotation > 0) ranked = ranker.rank(client, index, rotation);
          visit(index, rotation, ranked);
        }
      }
    });
  }

  /** -1 when the client is to be ranked directly. */
  function findCase(client: Client, place: ClientPlace): number {
    inCase[0] = countryNumber(place);
    const origin = originAt(place.coordinates);
    for (let i = 0; i < families.length; i++) {
      const { ranker } = families[i]!;
      if (!ranker.findSituation(client, origin)) return -1;
      inCase[1 + i] = situations[i]!.intern(ranker.situation, ranker.situationLength);
    }
    return cases.intern(inCase, inCase.length);
  }

  return {
    classes,
    lists,
    groups,
    countries,
    rankings: () => rankings,
    classify(client) {
      rankings++;
      const { place } = client;
      const number = place === null ? -1 : findCase(client, place);
      if (number === -1) return rankDirectly(client);
      verdicts[number] ??= conclude(place, ({ ranker }, visit) => ranker.eachList(client, visit));
      return verdicts[number];
    },
  };
}
