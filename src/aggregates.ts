/**
 * What a compilation says of whole countries, continents, subdivisions and ASNs, and how well each
 * of these serves for those who know no more of a client.
 */
import { FIRST_COUNTRY, UNKNOWN_PLACE } from "./compile-inputs.ts";
import { CONTINENTS, COUNTRIES } from "./geo/countries.ts";
import { distanceKm } from "./geo/distance.ts";
import type { Inputs } from "./inputs.ts";
import type { ClientPlace } from "./model/place.ts";
import type { CityPlaces } from "./place-trees.ts";
import {
  type Aggregate,
  aggregateByAsn,
  aggregateByKey,
  type FamilyShare,
  type KeyedWeight,
} from "./routes/aggregate.ts";
import type { CompiledRoutes, Sighting } from "./routes/compile.ts";
import { numberedRanges } from "./routes/marks.ts";
import { NO_CODE, NO_TEXT } from "./sources/city.ts";

export interface Aggregates {
  readonly countries: readonly Aggregate<string>[];
  readonly continents: readonly Aggregate<string>[];
  readonly subdivisions: readonly Aggregate<string>[];
  readonly asns: readonly Aggregate<number>[];
  /** The class of a country that has no address in the databases. */
  readonly classOfCountry: (country: string) => number;
  /** The exact way is not among them. */
  readonly serving: readonly ServingShare[];
}

/** How well IPv4 addresses are served by a way that knows less of a client than its address. */
export interface ServingShare {
  readonly way: "subdivision" | "country" | "continent" | "asn";
  /** Of the addresses that have such a key: those that get exactly their list, 0 to 1. */
  readonly exactShare: number;
  /** The mean extra distance of the first mirror over the others; absent where places do not tell. */
  readonly extraKm?: number;
}

export function aggregateRoutes(inputs: Inputs, compiled: CompiledRoutes): Aggregates {
  const classCount = compiled.classes.length;
  const located = [
    ...locate(4, inputs.city.ipv4, compiled.sightings.ipv4, inputs),
    ...locate(6, inputs.city.ipv6, compiled.sightings.ipv6, inputs),
  ];
  const by = (keyOf: (at: Located) => string | undefined, every: Iterable<string>) =>
    aggregateByKey(keyed(located, keyOf), every, classCount);
  const subdivisionCodes = COUNTRIES.flatMap(({ code }) =>
    inputs.subdivisions.of(code).map((subdivision) => subdivision.code),
  );
  const countries = by(
    (at) => at.country,
    COUNTRIES.map(({ code }) => code),
  );
  const continents = by((at) => at.continent, CONTINENTS.keys());
  const subdivisions = by((at) => at.subdivision, subdivisionCodes);
  const asns = aggregateByAsn(
    compiled.table,
    numberedRanges(inputs.asns.ipv4),
    numberedRanges(inputs.asns.ipv6),
  );
  const alsoClass = new Map(
    COUNTRIES.map(({ code }, number) => [code, compiled.alsoClasses[FIRST_COUNTRY + number]!]),
  );
  const measure = (way: ServingShare["way"], aggregates: readonly Aggregate<string>[]) =>
    servingShare(way, aggregates, located, inputs, compiled);
  return {
    countries,
    continents,
    subdivisions,
    asns,
    classOfCountry: (country) => alsoClass.get(country) ?? compiled.alsoClasses[UNKNOWN_PLACE]!,
    serving: [
      measure("subdivision", subdivisions),
      measure("country", countries),
      measure("continent", continents),
      { way: "asn", exactShare: exactShareOf(asns.map(({ ipv4 }) => ipv4)) },
    ],
  };
}

/** A sighting with what its place is called. */
interface Located extends Sighting {
  readonly family: 4 | 6;
  readonly place: ClientPlace;
  readonly country: string | undefined;
  readonly continent: string | undefined;
  readonly subdivision: string | undefined;
}

function* locate(
  family: 4 | 6,
  city: CityPlaces,
  sightings: readonly Sighting[],
  inputs: Inputs,
): Generator<Located> {
  const subdivisionOf = subdivisionReader(city, inputs);
  for (const sighting of sightings) {
    const { override, record } = sighting;
    const place =
      override !== undefined ? override.place : record === -1 ? null : city.placeOf(record);
    if (place === null) continue;
    const { country, continent } = place;
    const subdivision =
      override !== undefined ? override.subdivision : subdivisionOf(record, country);
    yield { ...sighting, family, place, country, continent, subdivision };
  }
}

/** ISO 3166-2 code by record; each spelling of each country is looked up once. */
function subdivisionReader({ table }: CityPlaces, { subdivisions }: Inputs) {
  const known = new Map<string, Map<number, string | undefined>>();
  return (record: number, country: string | undefined): string | undefined => {
    if (table === null || country === undefined || table.country[record] === NO_CODE) {
      return undefined;
    }
    const code = table.subdivisionCode[record]!;
    const text = code === NO_TEXT ? table.subdivision[record]! : code;
    if (text === NO_TEXT) return undefined;
    let ofCountry = known.get(country);
    if (ofCountry === undefined) {
      ofCountry = new Map();
      known.set(country, ofCountry);
    }
    if (!ofCountry.has(text)) {
      ofCountry.set(text, subdivisions.find(country, table.textAt(text))?.code);
    }
    return ofCountry.get(text);
  };
}

function* keyed(
  located: readonly Located[],
  keyOf: (at: Located) => string | undefined,
): Generator<KeyedWeight> {
  for (const at of located) {
    const key = keyOf(at);
    if (key === undefined) continue;
    yield { key, family: at.family, classNumber: at.classNumber, weight: at.weight };
  }
}

function exactShareOf(shares: readonly (FamilyShare | null)[]): number {
  let addresses = 0;
  let exact = 0;
  for (const share of shares) {
    if (share === null) continue;
    addresses += share.addresses;
    exact += share.addresses * share.exact;
  }
  return addresses === 0 ? 1 : exact / addresses;
}

function servingShare(
  way: "subdivision" | "country" | "continent",
  aggregates: readonly Aggregate<string>[],
  located: readonly Located[],
  { mirrors }: Inputs,
  { classes, table }: CompiledRoutes,
): ServingShare {
  const firstOf = (classNumber: number) => {
    const list = classes[classNumber]!.lists[0]!;
    return mirrors[table.sets[0]!.lists[list]![0]!]?.placed?.at;
  };
  const classOfKey = new Map(aggregates.map(({ key, ipv4 }) => [key, ipv4?.classNumber]));
  let others = 0;
  let extra = 0;
  for (const at of located) {
    if (at.family !== 4) continue;
    const classNumber = classOfKey.get(at[way] ?? "");
    if (classNumber === undefined || classNumber === at.classNumber) continue;
    const given = firstOf(classNumber);
    const own = firstOf(at.classNumber);
    if (given === undefined || own === undefined) continue;
    others += at.weight;
    if (given === own) continue;
    const { coordinates } = at.place;
    extra += at.weight * (distanceKm(coordinates, given) - distanceKm(coordinates, own));
  }
  return {
    way,
    exactShare: exactShareOf(aggregates.map(({ ipv4 }) => ipv4)),
    ...(others > 0 && { extraKm: extra / others }),
  };
}
