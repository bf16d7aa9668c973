/**
 * Bounds how many list sets partial mirrors make. Each different group of mirrors that lack what a
 * client can ask for is a list set of its own (list-sets.ts), and mirrors that were asked may lack
 * anything: of 500 mirrors, nearly every repository would have a group of its own.
 *
 * So what only few lack is widened: such a mirror is taken to lack the whole version, and if there
 * are still too many groups, all of the product. A mirror is never listed for what it lacks; it may
 * be left out of something that it has.
 */

import { answers } from "./carries.ts";
import type { NetworkConfig } from "./config.ts";
import type { Mirror } from "./mirror.ts";
import { questionKey } from "./probe-checks.ts";
import { type Question, questionsOf } from "./questions.ts";

export interface Lacking {
  readonly mirror: Mirror;
  /** Keys of questions. */
  readonly lacks: ReadonlySet<string>;
}

export interface SharedLacks extends Lacking {
  /** What it was widened to, in words; absent where it lacks just this. */
  readonly widenedTo?: string;
}

/** Groups of mirrors that lack the same, over all products. Each is up to three list sets. */
const MOST_GROUPS = 8;

/** In the order given. */
export function fewLacks(
  lacking: readonly Lacking[],
  mirrors: readonly Mirror[],
  config: NetworkConfig,
  most: number = MOST_GROUPS,
): readonly SharedLacks[] {
  if (lacking.length === 0) return [];
  const questions = distinctQuestions(config);
  const declared = mirrors.filter(({ carries }) => carries !== undefined);
  const patterns = countPatterns(lacking);
  const popularity = (each: Lacking) => patterns.get(patternOf(each)) ?? 0;
  const steps = [...new Set(patterns.values())].sort((a, b) => a - b);
  let widened: readonly SharedLacks[] = lacking;
  const fits = () => countGroups(widened, declared, questions, config) <= most;
  for (const widen of [toVersions, toProducts]) {
    for (const step of steps) {
      if (fits()) return widened;
      widened = widened.map((each, number) =>
        popularity(lacking[number]!) <= step ? widen(each, questions) : each,
      );
    }
  }
  return widened;
}

/** Without those that an alias asks again. */
function distinctQuestions(config: NetworkConfig): readonly Question[] {
  const byKey = new Map(questionsOf(config).map((each) => [questionKey(each), each] as const));
  return [...byKey.values()];
}

function patternOf({ lacks }: Lacking): string {
  return [...lacks].sort().join(" ");
}

function countPatterns(lacking: readonly Lacking[]): ReadonlyMap<string, number> {
  const patterns = new Map<string, number>();
  for (const each of lacking) {
    const pattern = patternOf(each);
    patterns.set(pattern, (patterns.get(pattern) ?? 0) + 1);
  }
  return patterns;
}

/** Those of what some question's mirrors differ from all the product's; as `listSetsOf` makes them. */
function countGroups(
  lacking: readonly Lacking[],
  declared: readonly Mirror[],
  questions: readonly Question[],
  config: NetworkConfig,
): number {
  const groups = new Set<string>();
  for (const question of questions) {
    const { module } = question;
    const key = questionKey(question);
    const found = lacking.filter(({ lacks }) => lacks.has(key)).map(({ mirror }) => mirror);
    const written = declared.filter(
      ({ carries }) => carries && !answers(carries, question, config),
    );
    const has = (mirror: Mirror) => module === undefined || mirror.modules.has(module);
    const names = new Set([...found, ...written].filter(has).map(({ name }) => name));
    if (names.size > 0) groups.add([module ?? "", ...[...names].sort()].join(" "));
  }
  return groups.size;
}

/** Repositories become all of their version; images stay by themselves, as one mirror in two lacks them. */
function toVersions(each: SharedLacks, questions: readonly Question[]): SharedLacks {
  const touched = touchedBy(each, questions);
  if (touched.length === 0) return each;
  const versions = new Set(touched.map(({ directory }) => directory));
  const more = questions.filter(
    ({ directory, repo }) => repo !== undefined && versions.has(directory),
  );
  return widenedBy(each, more, [...versions].join(", "));
}

function toProducts(each: SharedLacks, questions: readonly Question[]): SharedLacks {
  const touched = touchedBy(each, questions);
  if (touched.length === 0) return each;
  const modules = new Set(touched.map(({ module }) => module));
  const more = questions.filter(({ repo, module }) => repo !== undefined && modules.has(module));
  const names = [...modules].map((module) => module ?? "all versions");
  return widenedBy(each, more, names.join(", "));
}

function touchedBy({ lacks }: Lacking, questions: readonly Question[]): readonly Question[] {
  return questions.filter(
    (question) => question.repo !== undefined && lacks.has(questionKey(question)),
  );
}

function widenedBy(each: SharedLacks, more: readonly Question[], what: string): SharedLacks {
  const lacks = new Set([...each.lacks, ...more.map(questionKey)]);
  return lacks.size === each.lacks.size ? each : { ...each, lacks, widenedTo: what };
}
