/**
 * Two generations compared by what their clients get: which mirrors come and go, how many clients
 * have another first mirror or another list, which mirrors gain and lose, and what became of the
 * inputs. Every network of both is walked and none is sampled.
 *
 * Clients are counted as `load` counts them: IPv4 addresses and, apart from these, announced IPv6
 * networks of /48. Those of whom neither generation knows anything are counted nowhere.
 */
import type { ComparedGeneration } from "./compared.ts";
import { type ClientChanges, changesOfClients, countClients } from "./diff-clients.ts";
import {
  figuresOf,
  type GenerationFigures,
  type InputChange,
  inputChanges,
} from "./diff-figures.ts";
import { type MirrorShift, shiftsOf } from "./diff-shifts.ts";
import type { ClassIndex } from "./emit/classes.ts";
import { tallyLoad } from "./load.ts";
import { announcedMask, routesTrie } from "./number-tries.ts";
import { countPairs } from "./routes/diff.ts";

export interface NetworkDiff {
  readonly before: GenerationFigures;
  readonly after: GenerationFigures;
  /** Which IPv6 networks count as clients. */
  readonly ipv6: ClassIndex["ipv6"];
  /** Those that differ. */
  readonly inputs: readonly InputChange[];
  /** Over all list sets. */
  readonly mirrors: MirrorsChange;
  /** List sets that both have, that of everything first. */
  readonly sets: readonly SetDiff[];
  /** Names of list sets that one alone has. */
  readonly setsAdded: readonly string[];
  readonly setsRemoved: readonly string[];
}

export interface MirrorsChange {
  /** How many are in a list at all. */
  readonly before: number;
  readonly after: number;
  /** Names, sorted. */
  readonly added: readonly string[];
  readonly removed: readonly string[];
}

export interface SetDiff extends ClientChanges {
  readonly name: string;
  readonly mirrors: MirrorsChange;
  /** Mirrors that are first for another share of clients; the largest change comes first. */
  readonly shifts: readonly MirrorShift[];
  /** Codes of the countries whose last mirror went, and of those that have their first one. */
  readonly countriesLost: readonly string[];
  readonly countriesGained: readonly string[];
}

/** Throws when the files of a generation do not fit together. */
export function diffGenerations(
  before: ComparedGeneration,
  after: ComparedGeneration,
): NetworkDiff {
  const sides = [before, after] as const;
  const [tries, namesOf] = [
    sides.map(({ routes, index }) => routesTrie(routes, index)),
    ({ index }: ComparedGeneration) => index.sets.map(({ name }) => name),
  ];
  const masks = sides.flatMap(({ networks }) => (networks === null ? [] : announcedMask(networks)));
  const pairs = countPairs(tries[0]!, tries[1]!, masks);
  const clients = countClients(before.index, after.index, pairs);
  const inBoth = namesOf(before).filter((name) => namesOf(after).includes(name));
  return {
    before: figuresOf(before),
    after: figuresOf(after),
    ipv6: masks.length === 0 ? "located" : "announced",
    inputs: inputChanges(before.manifest.inputs, after.manifest.inputs),
    mirrors: mirrorsChange(listedAnywhere(before.index), listedAnywhere(after.index)),
    sets: inBoth.map((name): SetDiff => {
      const numbers = [namesOf(before).indexOf(name), namesOf(after).indexOf(name)] as const;
      const listed = sides.map(({ index }, side) => listedIn(index, numbers[side]!));
      const countries = sides.map((side, number) => countriesOf(side, listed[number]!));
      return {
        name,
        mirrors: mirrorsChange(listed[0]!, listed[1]!),
        ...changesOfClients(clients, numbers),
        shifts: shiftsOf(
          { names: before.index.mirrors, tally: tallyLoad(before.index, numbers[0]) },
          { names: after.index.mirrors, tally: tallyLoad(after.index, numbers[1]) },
        ),
        countriesLost: without(countries[0]!, countries[1]!),
        countriesGained: without(countries[1]!, countries[0]!),
      };
    }),
    setsAdded: without(new Set(namesOf(after)), new Set(namesOf(before))),
    setsRemoved: without(new Set(namesOf(before)), new Set(namesOf(after))),
  };
}

function mirrorsChange(before: ReadonlySet<string>, after: ReadonlySet<string>): MirrorsChange {
  return {
    before: before.size,
    after: after.size,
    added: without(after, before),
    removed: without(before, after),
  };
}

function listedAnywhere(index: ClassIndex): ReadonlySet<string> {
  return new Set(index.sets.flatMap((_, set) => [...listedIn(index, set)]));
}

/** Names of the mirrors that are in a list of a set. */
function listedIn({ sets, mirrors }: ClassIndex, set: number): ReadonlySet<string> {
  const numbers = new Set<number>();
  for (const list of sets[set]!.lists) for (const mirror of list) numbers.add(mirror);
  return new Set(Array.from(numbers, (number) => mirrors[number]!));
}

function countriesOf(
  { countryOf }: ComparedGeneration,
  listed: ReadonlySet<string>,
): ReadonlySet<string> {
  return new Set(Array.from(listed).flatMap((name) => countryOf.get(name) ?? []));
}

/** Of `all` those that `others` lacks, sorted. */
function without(all: ReadonlySet<string>, others: ReadonlySet<string>): readonly string[] {
  return [...all].filter((each) => !others.has(each)).sort();
}
