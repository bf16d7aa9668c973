/**
 * Two generations compared by what their clients get: which mirrors come and go, how many clients
 * have another first mirror or another list, which mirrors gain and lose, and what became of the
 * inputs. Every network of both is walked and none is sampled.
 *
 * Clients are counted as `load` counts them: IPv4 addresses and, apart from these, announced IPv6
 * networks of /48. Those of whom neither generation knows anything are counted nowhere.
 */

import type { ClassIndex } from "../emit/classes.ts";
import { NETWORKS_PATH } from "../emit/nginx.ts";
import { ROUTES_PATH } from "../emit/routes-database.ts";
import { countPairs, type PairCounts } from "../routes/diff.ts";
import { type ClientChanges, changesOfClients, countClients } from "./clients.ts";
import { figuresOf, type GenerationFigures, type InputChange, inputChanges } from "./figures.ts";
import type { ComparedGeneration } from "./generation.ts";
import { announcedMask, routesTrie, withoutMetadata } from "./number-tries.ts";
import { type MatchedSets, matchSets } from "./sets.ts";
import { firstChoices, locatedClients, type MirrorShift, shiftsOf } from "./shifts.ts";

export interface NetworkDiff extends Omit<MatchedSets, "pairs"> {
  readonly before: GenerationFigures;
  readonly after: GenerationFigures;
  /** Which IPv6 networks count as clients. */
  readonly ipv6: ClassIndex["ipv6"];
  /** Those that differ. */
  readonly inputs: readonly InputChange[];
  /** Over all list sets. */
  readonly mirrors: MirrorsChange;
  /** List sets that answer the same questions, that of everything first. */
  readonly sets: readonly SetDiff[];
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
  /** Its name after. */
  readonly name: string;
  /** Its name before: where partial mirrors come and go, sets are numbered anew. */
  readonly nameBefore: string;
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
  const { pairs, ...questions } = matchSets(before, after);
  const clients = countClients(before.index, after.index, pairsOf(before, after));
  const sides = [sideOf(before), sideOf(after)] as const;
  return {
    before: figuresOf(before),
    after: figuresOf(after),
    ipv6: [before, after].some(({ index }) => index.ipv6 === "announced") ? "announced" : "located",
    inputs: inputChanges(before.manifest.inputs, after.manifest.inputs),
    mirrors: mirrorsChange(sides[0].listedAnywhere, sides[1].listedAnywhere),
    sets: pairs.map((pair): SetDiff => {
      const [old, now] = [sides[0].set(pair[0]), sides[1].set(pair[1])];
      return {
        name: now.name,
        nameBefore: old.name,
        mirrors: mirrorsChange(old.listed, now.listed),
        ...changesOfClients(clients, pair),
        shifts: shiftsOf(old.choices, now.choices),
        countriesLost: without(old.countries, now.countries),
        countriesGained: without(now.countries, old.countries),
      };
    }),
    ...questions,
  };
}

function pairsOf(before: ComparedGeneration, after: ComparedGeneration): PairCounts {
  if (sameRoutes(before, after)) return unchangedPairs(after.index);
  const old = routesTrie(before.routes, before.index);
  const now = routesTrie(after.routes, after.index);
  const pairs = countPairs(
    old.trie,
    now.trie,
    announcedIn(announcedOf(before), announcedOf(after)),
  );
  return {
    ...pairs,
    before: pairs.before.map((leaf) => old.classes[leaf]!),
    after: pairs.after.map((leaf) => now.classes[leaf]!),
  };
}

/** Null where its classes count located networks: it may know who announces IPv4 alone. */
function announcedOf({ index, networks }: ComparedGeneration): Uint8Array | null {
  return index.ipv6 === "announced" ? networks : null;
}

/** Mostly both generations know the same: then one mask does. */
function announcedIn(
  before: Uint8Array | null,
  after: Uint8Array | null,
): Parameters<typeof countPairs>[2] {
  if (before === null) return after === null ? [] : [announcedMask(after)];
  if (after === null || sameContent(NETWORKS_PATH, before, after)) return [announcedMask(before)];
  return [announcedMask(before), announcedMask(after)];
}

function sameRoutes(before: ComparedGeneration, after: ComparedGeneration): boolean {
  return (
    Buffer.compare(before.classes, after.classes) === 0 &&
    sameContent(ROUTES_PATH, before.routes, after.routes)
  );
}

/** By the bytes of a database, but for the time in its metadata. */
function sameContent(name: string, before: Uint8Array, after: Uint8Array): boolean {
  return Buffer.compare(withoutMetadata(name, before), withoutMetadata(name, after)) === 0;
}

/** What counting would give: every client has the class that it had. */
function unchangedPairs({ classes }: ClassIndex): PairCounts {
  const numbers = Int32Array.from(classes, (_, number) => number);
  const sum = (family: "ipv4" | "ipv6") =>
    Float64Array.from(classes, ({ decisions }) =>
      decisions.reduce((total, { [family]: clients }) => total + clients, 0),
    );
  return {
    count: classes.length,
    before: numbers,
    after: numbers,
    ipv4: sum("ipv4"),
    ipv6: sum("ipv6"),
  };
}

/** What is asked of each set of a generation, made once for each. */
function sideOf({ index, countryOf }: ComparedGeneration) {
  const { mirrors: names, sets } = index;
  const located = locatedClients(index);
  const listed = sets.map(({ lists }): ReadonlySet<string> => {
    const isListed = new Uint8Array(names.length);
    for (const list of lists) for (const mirror of list) isListed[mirror] = 1;
    return new Set(names.filter((_, number) => isListed[number] === 1));
  });
  const known = new Map<number, ReturnType<typeof readSet>>();
  const readSet = (set: number) => {
    const countries = new Set([...listed[set]!].flatMap((name) => countryOf.get(name) ?? []));
    const choices = firstChoices(index, set, located);
    return { name: sets[set]!.name, listed: listed[set]!, countries, choices };
  };
  return {
    listedAnywhere: new Set(listed.flatMap((ofSet) => [...ofSet])),
    set(number: number) {
      const read = known.get(number) ?? readSet(number);
      known.set(number, read);
      return read;
    },
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

/** Of `all` those that `others` lacks, sorted. */
function without(all: ReadonlySet<string>, others: ReadonlySet<string>): readonly string[] {
  return [...all].filter((each) => !others.has(each)).sort();
}
