/**
 * What a compilation says of whole countries, continents, subdivisions and ASNs, and how well each
 * of these serves for those who know no more of a client.
 */
import { FIRST_COUNTRY, UNKNOWN_PLACE } from "./compile-inputs.ts";
import { CONTINENTS, COUNTRIES } from "./geo/countries.ts";
import { type Coordinates, distanceKm } from "./geo/distance.ts";
import type { Inputs } from "./inputs.ts";
import type { ClientPlace } from "./model/place.ts";
import type { CityPlaces } from "./place-trees.ts";
import {
  type Aggregate,
  aggregateByAsn,
  type FamilyShare,
  sharesByKey,
} from "./routes/aggregate.ts";
import type { CompiledRoutes, Sightings } from "./routes/compile.ts";
import { numberedRanges } from "./routes/marks.ts";
import { NO_TEXT } from "./sources/city-texts.ts";

const WAYS = ["subdivision", "country", "continent"] as const;
type Way = (typeof WAYS)[number];

export interface Aggregates {
  readonly subdivisions: readonly Aggregate<string>[];
  readonly countries: readonly Aggregate<string>[];
  readonly continents: readonly Aggregate<string>[];
  readonly asns: readonly Aggregate<number>[];
  /** The class of a country that has no address in the databases. */
  readonly classOfCountry: (country: string) => number;
  /** The exact way is not among them. */
  readonly serving: readonly ServingShare[];
}

/** How well IPv4 addresses are served by a way that knows less of a client than its address. */
export interface ServingShare {
  readonly way: Way | "asn";
  /** Of the addresses that have such a key: those that get exactly their list, 0 to 1. */
  readonly exactShare: number;
  /**
   * The mean extra distance of the first mirror over the others that are not on-net. Absent where
   * places do not tell.
   */
  readonly extraKm?: number;
}

export function aggregateRoutes(inputs: Inputs, compiled: CompiledRoutes): Aggregates {
  const codes = {
    subdivision: COUNTRIES.flatMap(({ code }) =>
      inputs.subdivisions.of(code).map((subdivision) => subdivision.code),
    ),
    country: COUNTRIES.map(({ code }) => code),
    continent: [...CONTINENTS.keys()],
  };
  const keys = {
    subdivision: new KeyNumbers(codes.subdivision),
    country: new KeyNumbers(codes.country),
    continent: new KeyNumbers(codes.continent),
  };
  const ipv4 = locate(inputs.city.ipv4, compiled.sightings.ipv4, keys, inputs);
  const ipv6 = locate(inputs.city.ipv6, compiled.sightings.ipv6, keys, inputs);
  const aggregate = (way: Way): readonly Aggregate<string>[] => {
    const names = keys[way].names;
    const shares = (located: Located) =>
      sharesByKey(located.sightings, located.keys[way], names.length, compiled.classes.length);
    const [shares4, shares6] = [shares(ipv4), shares(ipv6)];
    return names.map((key, number) => ({
      key,
      ipv4: shares4[number] ?? null,
      ipv6: shares6[number] ?? null,
    }));
  };
  const by = {
    subdivision: aggregate("subdivision"),
    country: aggregate("country"),
    continent: aggregate("continent"),
  };
  const asns = aggregateByAsn(
    compiled.table,
    numberedRanges(inputs.asns.ipv4),
    numberedRanges(inputs.asns.ipv6),
  );
  const extraKm = measureExtraKm(by, ipv4, inputs, compiled);
  const countryNumbers = new Map(codes.country.map((code, number) => [code, number]));
  return {
    subdivisions: by.subdivision,
    countries: by.country,
    continents: by.continent,
    asns,
    classOfCountry: (country) => {
      const number = countryNumbers.get(country);
      return compiled.alsoClasses[number === undefined ? UNKNOWN_PLACE : FIRST_COUNTRY + number]!;
    },
    serving: [
      ...WAYS.map((way) => ({ way, exactShare: exactShareOf(by[way]), ...extraKm(way) })),
      { way: "asn", exactShare: exactShareOf(asns) },
    ],
  };
}

/** Keys with a number each: those that are always there, then others as they come up. */
class KeyNumbers {
  readonly names: string[] = [];
  readonly #numbers = new Map<string, number>();

  constructor(names: readonly string[]) {
    for (const name of names) this.numberOf(name);
  }

  /** -1 for none. */
  numberOf(name: string | undefined): number {
    if (name === undefined) return -1;
    let number = this.#numbers.get(name);
    if (number === undefined) {
      number = this.names.push(name) - 1;
      this.#numbers.set(name, number);
    }
    return number;
  }
}

/** Sightings with the number of each row's key, by way. */
interface Located {
  readonly sightings: Sightings;
  readonly keys: { readonly [By in Way]: Int32Array };
  placeOf(row: number): ClientPlace | null;
}

function locate(
  city: CityPlaces,
  sightings: Sightings,
  numbers: { readonly [By in Way]: KeyNumbers },
  inputs: Inputs,
): Located {
  const { count, record, overrides } = sightings;
  const subdivisionOf = subdivisionReader(city, inputs);
  const keys = {
    subdivision: new Int32Array(count),
    country: new Int32Array(count),
    continent: new Int32Array(count),
  };
  const placeOf = (row: number) => {
    const override = overrides.get(row);
    if (override !== undefined) return override.place;
    return record[row] === -1 ? null : city.placeOf(record[row]!);
  };
  for (let row = 0; row < count; row++) {
    const place = placeOf(row);
    const override = overrides.get(row);
    const subdivision = override
      ? override.subdivision
      : place && subdivisionOf(record[row]!, place.country);
    keys.subdivision[row] = numbers.subdivision.numberOf(subdivision ?? undefined);
    keys.country[row] = numbers.country.numberOf(place?.country);
    keys.continent[row] = numbers.continent.numberOf(place?.continent);
  }
  return { sightings, keys, placeOf };
}

/** ISO 3166-2 code by record; each spelling of each country is looked up once. */
function subdivisionReader({ table }: CityPlaces, { subdivisions }: Inputs) {
  const known = new Map<string, Map<number, string | undefined>>();
  return (record: number, country: string | undefined): string | undefined => {
    if (table === null || country === undefined) return undefined;
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

function exactShareOf(aggregates: readonly { readonly ipv4: FamilyShare | null }[]): number {
  let addresses = 0;
  let exact = 0;
  for (const { ipv4 } of aggregates) {
    if (ipv4 === null) continue;
    addresses += ipv4.addresses;
    exact += ipv4.addresses * ipv4.exact;
  }
  return addresses === 0 ? 1 : exact / addresses;
}

/** One pass over the rows for all ways: a row's own distance is the same in each. */
function measureExtraKm(
  by: { readonly [By in Way]: readonly Aggregate<string>[] },
  { sightings, keys, placeOf }: Located,
  { mirrors }: Inputs,
  { classes, table }: CompiledRoutes,
): (way: Way) => { readonly extraKm?: number } {
  const { plainCount, classNumber, weight } = sightings;
  const firsts: readonly (Coordinates | undefined)[] = classes.map(
    ({ lists }) => mirrors[table.sets[0]!.lists[lists[0]!]![0]!]?.placed?.at,
  );
  const others = { subdivision: 0, country: 0, continent: 0 };
  const extra = { subdivision: 0, country: 0, continent: 0 };
  for (let row = 0; row < plainCount; row++) {
    const own = firsts[classNumber[row]!];
    const place = own && placeOf(row);
    if (!own || !place) continue;
    let ownKm = -1;
    for (const way of WAYS) {
      const given = by[way][keys[way][row]!]?.ipv4?.classNumber;
      if (given === undefined || given === classNumber[row]) continue;
      const first = firsts[given];
      if (first === undefined) continue;
      others[way] += weight[row]!;
      if (first === own) continue;
      if (ownKm === -1) ownKm = distanceKm(place.coordinates, own);
      extra[way] += weight[row]! * (distanceKm(place.coordinates, first) - ownKm);
    }
  }
  return (way) => (others[way] === 0 ? {} : { extraKm: extra[way] / others[way] });
}
