/** A forecast with names, as `mirrorpress load --json` prints it and as its tables are made from. */

import { type FamilyForecast, type FamilyTally, forecastLoad, tallyLoad } from "../answers/load.ts";
import type { ClassIndex } from "../emit/classes.ts";
import { countryByCode } from "../geo/countries.ts";
import type { LoadWeights } from "../model/load-weights.ts";
import { RULES, type Rule } from "../routes/rules.ts";

export interface LoadQuestion {
  /** Id. */
  readonly generation: string;
  /** Number of a list set. */
  readonly set: number;
  /** Code of the country whose clients alone count. */
  readonly country?: string;
  /** Number of a mirror to be shown by country. */
  readonly mirror?: number;
  readonly weights?: LoadWeights;
}

/**
 * Shares are from 0 to 1, of the family's clients that are located, or of their weight. A family in
 * which no client counts has none.
 */
export interface LoadReport {
  readonly generation: string;
  readonly set: string;
  /** The list set that rules are told of: that of everything. */
  readonly rulesOf: string;
  /** Orders of each list; each has an equal share of the clients. */
  readonly rotations: number;
  readonly isWeighted: boolean;
  /** The only country whose clients count. */
  readonly country?: NamedCountry;
  readonly ipv4: FamilyReport;
  readonly ipv6: FamilyReport;
  /** The busiest first: by first choices of IPv4, then of IPv6, then by name. */
  readonly mirrors: readonly MirrorLoad[];
  /** Those with the most load first. */
  readonly countries: readonly CountryLoad[];
  /** The mirror asked for. Its busiest countries come first. */
  readonly mirror?: MirrorLoad & { readonly countries: readonly CountryOfMirror[] };
}

export interface FamilyReport {
  /** Networks are of /48. */
  readonly unit: "addresses" | "announced networks" | "located networks";
  /** Whose place is known, or a mirror in their network. */
  readonly clients: number;
  /** The others, who are not counted anywhere. */
  readonly unlocated: number;
  /** First choices of the ten mirrors that have the most of them in this family. */
  readonly tenBusiest?: number;
  /** What gave the first mirror in the set of `rulesOf`. */
  readonly rules?: Readonly<Record<Rule, number>>;
  /** Codes of countries that have a weight and no client for it to fall on: it counts for nothing. */
  readonly idle?: readonly string[];
}

interface NamedCountry {
  /** Null for clients of a known network in an unknown country. */
  readonly code: string | null;
  readonly name?: string;
}

export interface MirrorShares {
  /** Of the clients, those that have the mirror first. */
  readonly first: number;
  /** Those that have it in their list. */
  readonly listed: number;
}

export interface MirrorLoad {
  readonly name: string;
  readonly ipv4?: MirrorShares;
  readonly ipv6?: MirrorShares;
}

export interface CountryLoad extends NamedCountry {
  readonly ipv4?: CountryShare;
  readonly ipv6?: CountryShare;
}

export interface CountryShare {
  readonly clients: number;
  /** Of the load. */
  readonly share: number;
  /** The mirror that most of the country's clients have first, and how many of them do. */
  readonly busiest: { readonly name: string; readonly first: number };
}

export interface CountryOfMirror extends NamedCountry {
  /** Of the country's clients. `part` is how much of the mirror's first choices comes from them. */
  readonly ipv4?: MirrorShares & { readonly part: number };
  readonly ipv6?: MirrorShares & { readonly part: number };
}

const FAMILIES = ["ipv4", "ipv6"] as const;
/** How many mirrors count as the busiest. */
export const BUSIEST = 10;

export function reportLoad(index: ClassIndex, question: LoadQuestion): LoadReport {
  const tally = tallyLoad(index, question.set);
  const loadOf = (family: Family): FamilyLoad => {
    const counted = onlyOf(question.country, tally[family]);
    // Within one country its weight changes nothing.
    const weights = question.country === undefined ? question.weights?.[family] : undefined;
    const forecast = forecastLoad(counted, tally.rotations, weights);
    return { counted, forecast, idle: weights ? idleWeights(weights, counted) : [] };
  };
  const families: Families = { ipv4: loadOf("ipv4"), ipv6: loadOf("ipv6") };
  const mirrors = index.mirrors.map((name, number) => mirrorLoad(name, number, families));
  const asked = question.mirror === undefined ? undefined : mirrors[question.mirror]!;
  return {
    generation: question.generation,
    set: index.sets[question.set]!.name,
    rulesOf: index.sets[0]!.name,
    rotations: index.rotations,
    isWeighted: question.weights !== undefined,
    ...(question.country !== undefined && { country: named(question.country) }),
    ipv4: familyReport("addresses", families.ipv4),
    ipv6: familyReport(`${index.ipv6} networks`, families.ipv6),
    mirrors: mirrors.toSorted(
      (a, b) =>
        byShares(a.ipv4?.first, b.ipv4?.first, a.ipv6?.first, b.ipv6?.first) || byName(a, b),
    ),
    countries: countryLoads(index.mirrors, families),
    ...(asked && {
      mirror: { ...asked, countries: countriesOf(question.mirror!, families, index.rotations) },
    }),
  };
}

type Family = (typeof FAMILIES)[number];

interface FamilyLoad {
  readonly counted: FamilyTally;
  readonly forecast: FamilyForecast | null;
  readonly idle: readonly string[];
}

type Families = Readonly<Record<Family, FamilyLoad>>;

function onlyOf(country: string | undefined, tally: FamilyTally): FamilyTally {
  if (country === undefined) return tally;
  return { ...tally, countries: tally.countries.filter((each) => each.country === country) };
}

function idleWeights(
  weights: ReadonlyMap<string, number>,
  { countries }: FamilyTally,
): readonly string[] {
  const served = new Set(countries.map(({ country }) => country));
  return [...weights].flatMap(([code, weight]) => (weight > 0 && !served.has(code) ? code : []));
}

function familyReport(
  unit: FamilyReport["unit"],
  { counted, forecast, idle }: FamilyLoad,
): FamilyReport {
  return {
    unit,
    clients: counted.countries.reduce((sum, { clients }) => sum + clients, 0),
    unlocated: counted.unlocated,
    ...(idle.length > 0 && { idle }),
    ...(forecast && {
      tenBusiest: forecast.first
        .toSorted()
        .subarray(-BUSIEST)
        .reduce((sum, share) => sum + share, 0),
      rules: Object.fromEntries(
        RULES.map((rule, number) => [rule, forecast.rules[number]!]),
      ) as Record<Rule, number>,
    }),
  };
}

function mirrorLoad(name: string, number: number, families: Families): MirrorLoad {
  return {
    name,
    ...ofFamilies((family) => {
      const { forecast } = families[family];
      return forecast && { first: forecast.first[number]!, listed: forecast.listed[number]! };
    }),
  };
}

function countryLoads(mirrors: readonly string[], families: Families): readonly CountryLoad[] {
  return codesOf(families)
    .map(
      (code): CountryLoad => ({
        ...named(code),
        ...ofFamilies((family) => {
          const found = countryIn(families[family], code);
          if (found === undefined) return null;
          const { tally, share } = found;
          const first = tally.first.reduce(
            (best, count, at) => (count > tally.first[best]! ? at : best),
            0,
          );
          const all = tally.first.reduce((sum, count) => sum + count, 0);
          const busiest = { name: mirrors[first]!, first: tally.first[first]! / all };
          return { clients: tally.clients, share, busiest };
        }),
      }),
    )
    .sort(
      (a, b) =>
        byShares(a.ipv4?.share, b.ipv4?.share, a.ipv6?.share, b.ipv6?.share) || byCode(a, b),
    );
}

function countriesOf(
  mirror: number,
  families: Families,
  rotations: number,
): readonly CountryOfMirror[] {
  return codesOf(families)
    .map(
      (code): CountryOfMirror => ({
        ...named(code),
        ...ofFamilies((family) => {
          const found = countryIn(families[family], code);
          if (found === undefined) return null;
          const { tally, share } = found;
          const first = tally.first[mirror]! / (tally.clients * rotations);
          const listed = tally.listed[mirror]! / (tally.clients * rotations);
          const whole = families[family].forecast!.first[mirror]!;
          return { first, listed, part: whole === 0 ? 0 : (share * first) / whole };
        }),
      }),
    )
    .filter(({ ipv4, ipv6 }) => (ipv4?.listed ?? 0) > 0 || (ipv6?.listed ?? 0) > 0)
    .sort(
      (a, b) => byShares(a.ipv4?.part, b.ipv4?.part, a.ipv6?.part, b.ipv6?.part) || byCode(a, b),
    );
}

/** The countries that have a part in either family's load; undefined is none that is known. */
function codesOf(families: Families): readonly (string | undefined)[] {
  const all = FAMILIES.flatMap((family) =>
    (families[family].forecast?.countries ?? [])
      .filter(({ share }) => share > 0)
      .map(({ tally }) => tally.country),
  );
  return [...new Set(all)];
}

function countryIn({ forecast }: FamilyLoad, code: string | undefined) {
  return forecast?.countries.find(({ tally, share }) => tally.country === code && share > 0);
}

/** The keys of the families that have a value. */
function ofFamilies<T>(sharesOf: (family: Family) => T | null): { readonly [Each in Family]?: T } {
  const [ipv4, ipv6] = FAMILIES.map(sharesOf);
  return { ...(ipv4 && { ipv4 }), ...(ipv6 && { ipv6 }) };
}

function named(code: string | undefined): NamedCountry {
  const name = code === undefined ? undefined : countryByCode(code)?.name;
  return { code: code ?? null, ...(name !== undefined && { name }) };
}

function byShares(a4 = 0, b4 = 0, a6 = 0, b6 = 0): number {
  return b4 - a4 || b6 - a6;
}

function byName(a: MirrorLoad, b: MirrorLoad): number {
  return a.name < b.name ? -1 : 1;
}

function byCode(a: NamedCountry, b: NamedCountry): number {
  return (a.code ?? "") < (b.code ?? "") ? -1 : 1;
}
