/**
 * What load the published lists send to each mirror, by arithmetic over the classes of clients: no
 * sample is drawn and no database asked.
 *
 * Clients are counted in IPv4 addresses and, apart from these, in IPv6 networks of /48 that are
 * announced (routes/announced.ts says why). One of which neither the place nor a mirror in its
 * network is known is no client that anybody can forecast, and mostly none at all (reserved and
 * unannounced space): it is counted by itself.
 */
import type { ClassIndex } from "../emit/classes.ts";
import { RULES } from "../routes/rules.ts";

/** The clients of a country, or of none that is known, in one family. */
export interface CountryTally {
  readonly country: string | undefined;
  readonly clients: number;
  /**
   * By mirror number, the clients that have it first, and that have it in their list at all; a
   * client counts once for each rotation.
   */
  readonly first: Float64Array;
  readonly listed: Float64Array;
  /** By rule in the order of `RULES`. */
  readonly rules: Float64Array;
}

export interface FamilyTally {
  /** By code, those of no country first. */
  readonly countries: readonly CountryTally[];
  /** Those of whom nothing is known. */
  readonly unlocated: number;
}

export interface LoadTally {
  readonly rotations: number;
  readonly ipv4: FamilyTally;
  readonly ipv6: FamilyTally;
}

/** Exact: IPv4 addresses are added as the integers that they are. `set` is a number. */
export function tallyLoad(index: ClassIndex, set: number): LoadTally {
  const { lists, groups } = index.sets[set]!;
  const tallyFamily = (family: "ipv4" | "ipv6"): FamilyTally => {
    const byCountry = new Map<string | undefined, Mutable<CountryTally>>();
    let unlocated = 0;
    for (const { country, groups: groupsOfClass, decisions } of index.classes) {
      let clients = 0;
      for (const decision of decisions) {
        const count = decision[family];
        if (count === 0) continue;
        if (country === undefined && decision.rule === "everyone") {
          unlocated += count;
          continue;
        }
        clients += count;
        const tally = tallyOf(byCountry, country, index.mirrors.length);
        tally.rules[RULES.indexOf(decision.rule)]! += count;
      }
      if (clients === 0) continue;
      const tally = tallyOf(byCountry, country, index.mirrors.length);
      tally.clients += clients;
      for (const list of groups[groupsOfClass[set]!]!) {
        const mirrors = lists[list]!;
        // No mirror of the set may serve these clients.
        if (mirrors.length === 0) continue;
        tally.first[mirrors[0]!]! += clients;
        for (const mirror of mirrors) tally.listed[mirror]! += clients;
      }
    }
    const countries = [...byCountry.values()].sort((a, b) =>
      (a.country ?? "") < (b.country ?? "") ? -1 : 1,
    );
    return { countries, unlocated };
  };
  return { rotations: index.rotations, ipv4: tallyFamily("ipv4"), ipv6: tallyFamily("ipv6") };
}

type Mutable<T> = { -readonly [Key in keyof T]: T[Key] };

function tallyOf(
  byCountry: Map<string | undefined, Mutable<CountryTally>>,
  country: string | undefined,
  mirrorCount: number,
): Mutable<CountryTally> {
  let tally = byCountry.get(country);
  if (tally === undefined) {
    tally = {
      country,
      clients: 0,
      first: new Float64Array(mirrorCount),
      listed: new Float64Array(mirrorCount),
      rules: new Float64Array(RULES.length),
    };
    byCountry.set(country, tally);
  }
  return tally;
}

/** Shares are of the clients that are located, or of their weight, from 0 to 1. */
export interface FamilyForecast {
  /** Of each mirror by number. The shares of first choices add up to 1, but for who gets no list. */
  readonly first: Float64Array;
  readonly listed: Float64Array;
  /** In the order of `RULES`. */
  readonly rules: Float64Array;
  /** In the order of the tally: what part of the load is of each country. */
  readonly countries: readonly { readonly tally: CountryTally; readonly share: number }[];
}

/**
 * Every client counts the same or, with weights by country, as its country's weight divided by the
 * country's clients in this family. Null where nobody is left who counts.
 */
export function forecastLoad(
  { countries }: FamilyTally,
  rotations: number,
  weights?: ReadonlyMap<string, number>,
): FamilyForecast | null {
  const weightOf = ({ country, clients }: CountryTally) =>
    weights === undefined ? clients : (weights.get(country ?? "") ?? 0);
  const total = countries.reduce((sum, tally) => sum + weightOf(tally), 0);
  if (total === 0) return null;
  const add = (column: "first" | "listed" | "rules", countedTimes: number): Float64Array => {
    const sums = new Float64Array(countries[0]![column].length);
    for (const tally of countries) {
      // Without weights this is 1, and the sums stay integers.
      const each = weightOf(tally) / tally.clients;
      if (each === 0) continue;
      for (const [at, count] of tally[column].entries()) sums[at]! += count * each;
    }
    return sums.map((sum) => sum / (total * countedTimes));
  };
  return {
    first: add("first", rotations),
    listed: add("listed", rotations),
    rules: add("rules", 1),
    countries: countries.map((tally) => ({ tally, share: weightOf(tally) / total })),
  };
}
