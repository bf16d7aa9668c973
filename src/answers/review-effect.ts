/**
 * What other mirrors make of a network: whom the contributed ones would serve, and who would lose
 * load to them. By the classes of clients of both, so it is exact.
 */
import { firstChoices, type MirrorShift, type Shift, shiftsOf } from "../compare/shifts.ts";
import type { ClassIndex } from "../emit/classes.ts";
import { type FamilyTally, forecastLoad, type LoadTally, tallyLoad } from "./load.ts";

export interface ReviewEffect {
  /** The list set that shares are of: that of everything. */
  readonly set: string;
  /** Which IPv6 networks count as clients. */
  readonly ipv6: ClassIndex["ipv6"];
  /** By the name of each mirror that the contribution has something to do with. */
  readonly contributed: ReadonlyMap<string, MirrorEffect>;
  /** Other mirrors that are first for another share of clients; the largest change comes first. */
  readonly others: readonly MirrorShift[];
}

export interface MirrorEffect {
  readonly ipv4: FamilyEffect;
  readonly ipv6: FamilyEffect;
  /** Names of the list sets in whose lists it is, before and after. */
  readonly setsBefore: readonly string[];
  readonly setsAfter: readonly string[];
}

/** Shares are from 0 to 1, of the clients whose place or network is known. */
export interface FamilyEffect {
  /** Clients that have it first. */
  readonly first: Shift;
  /** Clients that have it in their list. */
  readonly listed: Shift;
  /** Countries that the clients who would have it first are in; most of these clients first. */
  readonly busiest: readonly {
    /** Code; "" where none is known. */
    readonly country: string;
    /** How much of its first choices comes from there. */
    readonly part: number;
    /** How much of the country's clients that is. */
    readonly share: number;
  }[];
}

interface Side {
  readonly index: ClassIndex;
  readonly tally: LoadTally;
}

/** `names` are of the mirrors that the contribution adds, changes or removes. */
export function effectOf(
  before: ClassIndex,
  after: ClassIndex,
  names: ReadonlySet<string>,
): ReviewEffect {
  const sides = [before, after].map((index) => ({ index, tally: tallyLoad(index, 0) }));
  const [old, now] = sides as [Side, Side];
  const shifts = shiftsOf(firstChoices(before, 0), firstChoices(after, 0));
  return {
    set: after.sets[0]!.name,
    ipv6: after.ipv6,
    contributed: new Map([...names].map((name) => [name, mirrorEffect(name, old, now)])),
    others: shifts.filter(({ name }) => !names.has(name)),
  };
}

function mirrorEffect(name: string, before: Side, after: Side): MirrorEffect {
  return {
    ipv4: familyEffect(name, "ipv4", before, after),
    ipv6: familyEffect(name, "ipv6", before, after),
    setsBefore: setsWith(name, before.index),
    setsAfter: setsWith(name, after.index),
  };
}

function familyEffect(
  name: string,
  family: "ipv4" | "ipv6",
  before: Side,
  after: Side,
): FamilyEffect {
  const [old, now] = [before, after].map((side) => sharesOf(name, side, family));
  const shift = (column: "first" | "listed"): Shift => ({
    before: old![column].share,
    after: now![column].share,
    countriesBefore: old![column].countries,
    countriesAfter: now![column].countries,
  });
  return { first: shift("first"), listed: shift("listed"), busiest: now!.busiest };
}

function sharesOf(name: string, { index, tally }: Side, family: "ipv4" | "ipv6") {
  const number = index.mirrors.indexOf(name);
  const ofFamily = tally[family];
  const forecast = number === -1 ? null : forecastLoad(ofFamily, tally.rotations);
  const column = (key: "first" | "listed") => ({
    share: forecast?.[key][number] ?? 0,
    countries:
      number === -1
        ? []
        : ofFamily.countries.flatMap((each) =>
            each[key][number]! > 0 ? (each.country ?? "") : [],
          ),
  });
  return {
    first: column("first"),
    listed: column("listed"),
    busiest: number === -1 ? [] : busiestCountries(number, ofFamily, tally.rotations),
  };
}

function busiestCountries(
  number: number,
  { countries }: FamilyTally,
  rotations: number,
): FamilyEffect["busiest"] {
  const total = countries.reduce((sum, { first }) => sum + first[number]!, 0);
  if (total === 0) return [];
  return countries
    .map(({ country = "", clients, first }) => ({
      country,
      part: first[number]! / total,
      share: first[number]! / (clients * rotations),
    }))
    .filter(({ part }) => part > 0)
    .sort((a, b) => b.part - a.part || (a.country < b.country ? -1 : 1));
}

function setsWith(name: string, { mirrors, sets }: ClassIndex): readonly string[] {
  const number = mirrors.indexOf(name);
  return sets
    .filter(({ lists }) => lists.some((list) => list.includes(number)))
    .map((set) => set.name);
}
