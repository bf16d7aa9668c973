/**
 * What a compilation says of whole countries, continents, subdivisions and ASNs, and how well each
 * of these serves for those who know no more of a client.
 */

import { CONTINENTS, COUNTRIES, countryByCode } from "../geo/countries.ts";
import { type Coordinates, distanceKm } from "../geo/distance.ts";
import type { Subdivisions } from "../geo/subdivisions.ts";
import type { Inputs } from "../inputs/inputs.ts";
import type { CityPlaces } from "../inputs/place-trees.ts";
import {
  type Aggregate,
  aggregateByAsn,
  type ClassWeights,
  type FamilyShare,
  listChoice,
  sharesByKey,
} from "../routes/aggregate.ts";
import { announcedPlaces } from "../routes/announced-places.ts";
import type { CompiledRoutes } from "../routes/compile.ts";
import { numberedRanges } from "../routes/marks.ts";
import { openLists } from "../routes/open-classes.ts";
import type { OverriddenPlace } from "../routes/overlay.ts";
import type { Sightings } from "../routes/pass.ts";
import { NO_CODE } from "../sources/city.ts";
import { NO_TEXT } from "../sources/city-texts.ts";
import { FIRST_COUNTRY, UNKNOWN_PLACE } from "./compile-inputs.ts";

const WAYS = ["subdivision", "country", "continent"] as const;
type Way = (typeof WAYS)[number];

/** Of the first list set, that of everything. */
export interface Aggregates {
  readonly subdivisions: readonly Aggregate<string>[];
  readonly countries: readonly Aggregate<string>[];
  readonly continents: readonly Aggregate<string>[];
  readonly asns: readonly Aggregate<number>[];
  /** By set, the list that serves a country best; that of its middle where it has no address. */
  readonly listsOfCountry: (country: string) => readonly number[];
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
  const { table, classes, alsoClasses } = compiled;
  const open = table.sets.map((set) => openLists(inputs.mirrors, set));
  const choices = open.map(({ isOpen }, set) =>
    listChoice({ sets: table.sets, classes }, set, isOpen),
  );
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
  const ipv6 = locateIpv6(inputs, compiled, keys);
  /** By set, then by key. */
  const sharesOf = (parts: readonly Located[], way: Way, sets = choices) =>
    sharesByKey(
      parts.map((part) => ({ ...part.rows, keys: part.keys[way] })),
      keys[way].names.length,
      classes.length,
      sets,
    );
  const aggregate = (
    way: Way,
    [shares4]: ReturnType<typeof sharesOf>,
    [shares6]: ReturnType<typeof sharesOf>,
  ): readonly Aggregate<string>[] =>
    keys[way].names.map((key, number) => ({
      key,
      ipv4: shares4?.[number] ?? null,
      ipv6: shares6?.[number] ?? null,
    }));
  const ofEverything = (way: Way) =>
    aggregate(
      way,
      sharesOf(ipv4, way, choices.slice(0, 1)),
      sharesOf(ipv6, way, choices.slice(0, 1)),
    );
  const countries4 = sharesOf(ipv4, "country");
  const countries6 = sharesOf(ipv6, "country");
  const by = {
    subdivision: ofEverything("subdivision"),
    country: aggregate("country", countries4, countries6),
    continent: ofEverything("continent"),
  };
  const asns = aggregateByAsn(
    table,
    numberedRanges(inputs.asns.ipv4),
    numberedRanges(inputs.asns.ipv6),
    (list, asn) => open[0]!.isOpenTo(asn, list),
  );
  const extraKm = measureExtraKm(by, ipv4[0], inputs, compiled);
  const countryNumbers = new Map(codes.country.map((code, number) => [code, number]));
  return {
    subdivisions: by.subdivision,
    countries: by.country,
    continents: by.continent,
    asns,
    listsOfCountry: (country) => {
      const number = countryNumbers.get(country) ?? -1;
      const without = alsoClasses[number === -1 ? UNKNOWN_PLACE : FIRST_COUNTRY + number]!;
      return choices.map(({ listsOf: listsOfClass }, set) => {
        const share = countries4[set]![number] ?? countries6[set]![number];
        return share ? share.list : listsOfClass(without)[0]!;
      });
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

type KeysByWay = { readonly [By in Way]: KeyNumbers };

/** Rows with the number of each one's key, by way. */
interface Located {
  readonly rows: ClassWeights;
  readonly keys: { readonly [By in Way]: Int32Array };
}

/** First those by place alone, then the others. */
function locate(
  city: CityPlaces,
  { plain, others }: Sightings,
  numbers: KeysByWay,
  { subdivisions }: Inputs,
): readonly [Located, Located] {
  const namesOf = placeNames(city, numbers, subdivisions);
  const { record, state, states } = others;
  return [
    locateRows(plain, (row) => (row === plain.count - 1 ? NOWHERE : namesOf(row))),
    locateRows(others, (row) => {
      const override = states[state[row]!]?.override;
      if (override !== undefined) return keysOfOverride(override, numbers);
      return record[row] === -1 ? NOWHERE : namesOf(record[row]!);
    }),
  ];
}

/**
 * The IPv6 networks that are announced, and those located where nothing is known to be: a City
 * database also places what nobody uses.
 */
function locateIpv6(
  inputs: Inputs,
  { table, sightings }: CompiledRoutes,
  numbers: KeysByWay,
): readonly Located[] {
  const { asns, city, overrides, subdivisions } = inputs;
  if (asns.ipv6.count === 0) return locate(city.ipv6, sightings.ipv6, numbers, inputs);
  const ranges = numberedRanges(asns.ipv6);
  const announced = announcedPlaces(table, city.ipv6.openTree(), overrides, ranges);
  const { record, override } = announced;
  const namesOf = placeNames(city.ipv6, numbers, subdivisions);
  return [
    locateRows(announced, (row) => {
      const known = override[row];
      if (known !== undefined) return keysOfOverride(known, numbers);
      return record[row] === -1 ? NOWHERE : namesOf(record[row]!);
    }),
  ];
}

function keysOfOverride({ place, subdivision }: OverriddenPlace, numbers: KeysByWay): KeysOfRow {
  return {
    subdivision: numbers.subdivision.numberOf(subdivision),
    country: numbers.country.numberOf(place?.country),
    continent: numbers.continent.numberOf(place?.continent),
  };
}

type KeysOfRow = { readonly [By in Way]: number };

function locateRows(rows: ClassWeights, keysOf: (row: number) => KeysOfRow): Located {
  const keys = {
    subdivision: new Int32Array(rows.count).fill(-1),
    country: new Int32Array(rows.count).fill(-1),
    continent: new Int32Array(rows.count).fill(-1),
  };
  for (let row = 0; row < rows.count; row++) {
    if (rows.weight[row] === 0) continue;
    const { subdivision, country, continent } = keysOf(row);
    keys.subdivision[row] = subdivision;
    keys.country[row] = country;
    keys.continent[row] = continent;
  }
  return { rows, keys };
}

const NOWHERE: KeysOfRow = { subdivision: -1, country: -1, continent: -1 };

/** What the place of a record is called; each state of each country is looked up once. */
function placeNames(
  { table, placeOf }: CityPlaces,
  numbers: KeysByWay,
  subdivisions: Subdivisions,
): (record: number) => KeysOfRow {
  if (table === null) return () => NOWHERE;
  const { country, subdivision, subdivisionCode } = table;
  /** By country and state, where the record has a country. */
  const known = new Map<number, KeysOfRow>();
  return (record) => {
    const code = subdivisionCode[record]!;
    const state = code === NO_TEXT ? subdivision[record]! : code;
    const key = state * 0x1_0000 + country[record]!;
    const keys = country[record] === NO_CODE ? undefined : known.get(key);
    if (keys !== undefined) return keys;
    const place = placeOf(record);
    const found =
      place?.country === undefined || state === NO_TEXT
        ? undefined
        : subdivisions.find(place.country, table.textAt(state))?.code;
    const fresh = {
      subdivision: numbers.subdivision.numberOf(found),
      country: numbers.country.numberOf(place?.country),
      continent: numbers.continent.numberOf(place?.continent),
    };
    // Of a country that we do not know, each record may have a place or none, on any continent.
    if (place?.country !== undefined && countryByCode(place.country)) known.set(key, fresh);
    return fresh;
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
  { rows, keys }: Located,
  { mirrors, city }: Inputs,
  { classes, table }: CompiledRoutes,
): (way: Way) => { readonly extraKm?: number } {
  const { count, classNumber, weight } = rows;
  const { lists, groups } = table.sets[0]!;
  const firstOfList = lists.map(([first]): Coordinates | undefined => mirrors[first!]?.placed?.at);
  /** In the first rotation. */
  const listOfClass = classes.map(({ groups: [group] }) => groups[group!]![0]!);
  const others = { subdivision: 0, country: 0, continent: 0 };
  const extra = { subdivision: 0, country: 0, continent: 0 };
  // The last row is for addresses without a record, and so without a place.
  for (let row = 0; row < count - 1; row++) {
    if (weight[row] === 0) continue;
    const own = firstOfList[listOfClass[classNumber[row]!]!];
    const place = own && city.ipv4.placeOf(row);
    if (!own || !place) continue;
    let ownKm = -1;
    for (const way of WAYS) {
      const given = by[way][keys[way][row]!]?.ipv4?.list;
      if (given === undefined || given === listOfClass[classNumber[row]!]) continue;
      const first = firstOfList[given];
      if (first === undefined) continue;
      others[way] += weight[row]!;
      if (first === own) continue;
      if (ownKm === -1) ownKm = distanceKm(place.coordinates, own);
      extra[way] += weight[row]! * (distanceKm(place.coordinates, first) - ownKm);
    }
  }
  return (way) => (others[way] === 0 ? {} : { extraKm: extra[way] / others[way] });
}
