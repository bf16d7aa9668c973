/**
 * Cities of City databases by name. Records are sorted by country once, which touches no text; of a
 * country's names only those are decoded that may be one of those asked for.
 */
import type { Coordinates } from "../geo/distance.ts";
import { foldName } from "../geo/names.ts";
import type { Subdivision, Subdivisions } from "../geo/subdivisions.ts";
import { Addresses } from "./addresses.ts";
import { type CityText, initialsOf, sortCities, TextsByName, textsOf } from "./names.ts";
import { type CountryPart, type Row, type SortedTable, sortTables } from "./sorted.ts";
import type { WeightedPoint } from "./spread.ts";
import type { GazetteerTable } from "./table.ts";
import { nameVariants } from "./variants.ts";

/**
 * How the name that was looked for and the one that was found are alike, best first: equal but for
 * spelling; the part in parentheses of "Midrand (Midridge Park)"; a variant such as "South Jakarta"
 * for "Jakarta Selatan"; or the beginning of a longer one, "Frankfurt" for "Frankfurt am Main".
 */
export const MATCHES = ["same", "district", "variant", "longer"] as const;
export type Match = (typeof MATCHES)[number];

export interface FoundCity {
  readonly match: Match;
  readonly rows: readonly Row[];
}

export type Accept = (row: Row) => boolean;

export interface Gazetteer {
  /** Finds cities by the names given here. Null for a country without a located record. */
  country(code: string, names: readonly string[]): CountryGazetteer | null;
  coordinatesOf(row: Row): Coordinates;
  /**
   * Records with the IPv4 addresses that they stand for, to be called when those are needed: what
   * was weighed by then is counted in one go.
   */
  weigh(rows: readonly Row[]): () => readonly WeightedPoint[];
}

export interface CountryGazetteer {
  /** The located records of the country that pass. */
  rows(accept: Accept): readonly Row[];
  /** The records of a city that pass, of the best kind of match that has some. */
  findCity(name: string, accept: Accept): FoundCity | null;
  /** The names of cities as they are written that start with a letter, with one record of each. */
  namesStarting(initial: string): readonly (readonly [name: string, row: Row])[];
  /** Tells whether a record lies in a subdivision, by its code or by the name itself. */
  inSubdivision(text: string, found: Subdivision | null): Accept;
  /** Whether any record names the subdivision itself. */
  namesSubdivision(text: string): boolean;
}

export function openGazetteer(
  tables: readonly GazetteerTable[],
  subdivisions: Subdivisions,
): Gazetteer {
  const sorted = sortTables(tables);
  const tableOf = (row: Row) => tableOfRow(sorted, row);
  const addresses = new Addresses(sorted);
  const coordinatesOf = (row: Row): Coordinates => {
    const { table, base } = tableOf(row);
    return {
      latitude: table.latitude[row - base] as number,
      longitude: table.longitude[row - base] as number,
    };
  };
  return {
    country(code, names) {
      const parts = sorted.flatMap((each) => {
        const index = each.table.countries.indexOf(code);
        const records = index < 0 ? NO_RECORDS : each.recordsOf(index);
        return records.length > 0 ? { table: each.table, base: each.base, records } : [];
      });
      if (parts.length === 0) return null;
      return openCountry(names, parts, new States(code, sorted, subdivisions));
    },
    coordinatesOf,
    weigh(rows) {
      for (const row of rows) addresses.want(tableOf(row), row);
      return () =>
        rows.map((row) => {
          const { latitude, longitude } = coordinatesOf(row);
          return { latitude, longitude, weight: addresses.of(tableOf(row), row) };
        });
    },
  };
}

const NO_RECORDS = new Int32Array(0);

function tableOfRow(tables: readonly SortedTable[], row: Row): SortedTable {
  let index = tables.length - 1;
  while ((tables[index] as SortedTable).base > row) index -= 1;
  return tables[index] as SortedTable;
}

function openCountry(
  names: readonly string[],
  parts: readonly CountryPart[],
  states: States,
): CountryGazetteer {
  const initials = initialsOf(names);
  const cities = parts.map(sortCities);
  const wanted = TextsByName.outside(cities, initials);
  let districts: TextsByName | undefined;
  const textsFor = (name: string, match: Match): readonly CityText[] => {
    const key = foldName(name.replace(/\(.*?\)/g, " "));
    if (key === "") return [];
    switch (match) {
      case "same":
        return wanted.get(key);
      case "district":
        districts ??= TextsByName.inside(cities, initials);
        return districts.get(key);
      case "variant":
        return nameVariants(key).flatMap((variant) => wanted.get(variant));
      case "longer":
        return wanted.startingWith(`${key} `);
    }
  };
  return {
    rows(accept) {
      const rows: Row[] = [];
      for (const { base, records } of parts) {
        for (let index = 0; index < records.length; index++) {
          const row = base + (records[index] as number);
          if (accept(row)) rows.push(row);
        }
      }
      return rows;
    },
    findCity(name, accept) {
      for (const match of MATCHES) {
        const rows = textsFor(name, match)
          .flatMap(({ rows }) => rows())
          .filter(accept);
        if (rows.length > 0) return { match, rows };
      }
      return null;
    },
    namesStarting(initial) {
      const first = initial.charCodeAt(0);
      return textsOf(cities, (bytes) => bytes >> 16 === first).flatMap(({ text, rows }) =>
        rows()
          .slice(0, 1)
          .map((row) => [text, row] as const),
      );
    },
    inSubdivision(text, found) {
      const folded = foldName(text);
      return states.verdict((state) => state.folded === folded || areRelated(state.found, found));
    },
    namesSubdivision(text) {
      const folded = foldName(text);
      const accept = states.verdict((state) => state.folded === folded);
      return parts.some(({ base, records }) => records.some((record) => accept(base + record)));
    },
  };
}

/** Whether they are the same or one is a part of the other: a mirror may name either. */
function areRelated(a: Subdivision | null, b: Subdivision | null): boolean {
  if (a === null || b === null) return false;
  return a.code === b.code || a.code === b.parent || a.parent === b.code;
}

interface State {
  readonly folded: string;
  readonly found: Subdivision | null;
}

/** The subdivisions that records of a country name; each distinct text is resolved once. */
class States {
  readonly #country: string;
  readonly #tables: readonly SortedTable[];
  readonly #subdivisions: Subdivisions;
  /** By number of the text and table. */
  readonly #known = new Map<number, State>();

  constructor(country: string, tables: readonly SortedTable[], subdivisions: Subdivisions) {
    this.#country = country;
    this.#tables = tables;
    this.#subdivisions = subdivisions;
  }

  /** Accepts the rows whose state passes, which is asked once for each; none without a state. */
  verdict(passes: (state: State) => boolean): Accept {
    const verdicts = new Map<number, boolean>();
    return (row) => {
      const { index, table, base } = tableOfRow(this.#tables, row);
      const number = table.subdivision[row - base] as number;
      if (number < 0) return false;
      const key = number * this.#tables.length + index;
      let verdict = verdicts.get(key);
      if (verdict === undefined) {
        verdict = passes(this.#stateOf(key, table, row - base));
        verdicts.set(key, verdict);
      }
      return verdict;
    };
  }

  #stateOf(key: number, table: GazetteerTable, record: number): State {
    let state = this.#known.get(key);
    if (state === undefined) {
      const name = table.textAt(table.subdivision[record] as number);
      const isoNumber = table.subdivisionCode[record] as number;
      const iso =
        isoNumber < 0 ? null : this.#subdivisions.find(this.#country, table.textAt(isoNumber));
      const found = iso ?? this.#subdivisions.find(this.#country, name);
      state = { folded: foldName(name), found };
      this.#known.set(key, state);
    }
    return state;
  }
}
