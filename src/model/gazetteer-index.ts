/**
 * Cities of City databases by name. Records are sorted by country and by city once, which touches
 * no text; of a country's names only those are decoded that may be one of those asked for.
 */
import type { Coordinates } from "../geo/distance.ts";
import { foldName } from "../geo/names.ts";
import type { Subdivision, Subdivisions } from "../geo/subdivisions.ts";
import { type CityText, initialsOf, TextsByName, textsOf } from "./gazetteer-names.ts";
import { type CountryPart, type Row, type SortedTable, sortTables } from "./gazetteer-sorted.ts";
import type { GazetteerTable } from "./gazetteer-table.ts";
import { nameVariants } from "./gazetteer-variants.ts";

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
  /** The IPv4 addresses that a record stands for. */
  addressesOf(row: Row): number;
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
  const tableOf = (row: Row): SortedTable => {
    let index = sorted.length - 1;
    while ((sorted[index] as SortedTable).base > row) index -= 1;
    return sorted[index] as SortedTable;
  };
  return {
    country(code, names) {
      const parts = sorted.flatMap((each) => {
        const index = each.table.countries.indexOf(code);
        const records = index < 0 ? [] : each.byCountry.of(index);
        return records.length > 0 ? { ...each, index, records } : [];
      });
      if (parts.length === 0) return null;
      return openCountry(names, parts, stateReader(code, tableOf, subdivisions));
    },
    coordinatesOf(row) {
      const { table, base } = tableOf(row);
      return {
        latitude: table.latitude[row - base] as number,
        longitude: table.longitude[row - base] as number,
      };
    },
    addressesOf(row) {
      const { table, base } = tableOf(row);
      return table.addresses()[row - base] as number;
    },
  };
}

function openCountry(
  names: readonly string[],
  parts: readonly CountryPart[],
  stateOf: (row: Row) => State | null,
): CountryGazetteer {
  const wanted = TextsByName.outside(textsOf(parts, initialsOf(names)));
  let districts: TextsByName | undefined;
  const textsFor = (name: string, match: Match): readonly CityText[] => {
    const key = foldName(name.replace(/\(.*?\)/g, " "));
    if (key === "") return [];
    switch (match) {
      case "same":
        return wanted.get(key);
      case "district":
        districts ??= TextsByName.inside(textsOf(parts, null));
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
        const rows = textsFor(name, match).flatMap(rowsOf).filter(accept);
        if (rows.length > 0) return { match, rows };
      }
      return null;
    },
    namesStarting(initial) {
      const found: [string, Row][] = [];
      for (const text of textsOf(parts, null)) {
        const { table } = text.part;
        if (table.initialsAt(text.number) >> 8 !== initial.charCodeAt(0)) continue;
        const [row] = rowsOf(text);
        if (row !== undefined) found.push([table.textAt(text.number), row]);
      }
      return found;
    },
    inSubdivision(text, found) {
      const folded = foldName(text);
      const verdicts = new Map<State | null, boolean>([[null, false]]);
      return (row) => {
        const state = stateOf(row);
        const known = verdicts.get(state);
        if (known !== undefined || state === null) return known ?? false;
        const verdict = state.folded === folded || areRelated(state.found, found);
        verdicts.set(state, verdict);
        return verdict;
      };
    },
    namesSubdivision(text) {
      const folded = foldName(text);
      return parts.some(({ base, records }) => {
        for (let index = 0; index < records.length; index++) {
          if (stateOf(base + (records[index] as number))?.folded === folded) return true;
        }
        return false;
      });
    },
  };
}

/** Whether they are the same or one is a part of the other: a mirror may name either. */
function areRelated(a: Subdivision | null, b: Subdivision | null): boolean {
  if (a === null || b === null) return false;
  return a.code === b.code || a.code === b.parent || a.parent === b.code;
}

/** The records of a name in its country: one text may serve several. */
function rowsOf({ part, number }: CityText): readonly Row[] {
  const { table, base, index, byCity } = part;
  const rows: Row[] = [];
  for (const record of byCity.of(number)) {
    if (table.country[record] === index) rows.push(base + record);
  }
  return rows;
}

interface State {
  readonly folded: string;
  readonly found: Subdivision | null;
}

/** Reads the state of a row; each distinct one is resolved once. */
function stateReader(
  code: string,
  tableOf: (row: Row) => SortedTable,
  subdivisions: Subdivisions,
): (row: Row) => State | null {
  /** By number of the text, counted on through the tables as rows are. */
  const known = new Map<number, State>();
  return (row) => {
    const { table, base } = tableOf(row);
    const number = table.subdivision[row - base] as number;
    if (number < 0) return null;
    // A record brings three texts at most.
    const key = base * 3 + number;
    let state = known.get(key);
    if (state === undefined) {
      const name = table.textAt(number);
      const isoNumber = table.subdivisionCode[row - base] as number;
      const iso = isoNumber < 0 ? null : subdivisions.find(code, table.textAt(isoNumber));
      state = { folded: foldName(name), found: iso ?? subdivisions.find(code, name) };
      known.set(key, state);
    }
    return state;
  };
}
