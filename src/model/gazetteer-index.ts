/**
 * Cities of City databases by name. Records are put in order by country and by city once, which
 * touches no text; a country's names are read when the first mirror there is placed.
 */
import type { Coordinates } from "../geo/distance.ts";
import { foldName } from "../geo/names.ts";
import type { Subdivision, Subdivisions } from "../geo/subdivisions.ts";
import type { GazetteerTable } from "./gazetteer-table.ts";
import { nameVariants } from "./gazetteer-variants.ts";

/** A record of a table. */
export interface Row {
  readonly table: GazetteerTable;
  readonly record: number;
}

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
  /** Null for a country without a located record. */
  country(code: string): CountryGazetteer | null;
}

export interface CountryGazetteer {
  /** Every located record of the country. */
  rows(): readonly Row[];
  /** The records of a city that pass, of the best kind of match that has some. */
  findCity(name: string, accept: Accept): FoundCity | null;
  /** The names of cities as they are written that start with a letter, with one record of each. */
  namesStarting(initial: string): readonly (readonly [name: string, row: Row])[];
  /** Tells whether a record lies in a subdivision, by its code or by the name itself. */
  inSubdivision(text: string, found: Subdivision | null): Accept;
  /** Whether any record names the subdivision itself. */
  namesSubdivision(text: string): boolean;
}

export function coordinatesOf({ table, record }: Row): Coordinates {
  return {
    latitude: table.latitude[record] as number,
    longitude: table.longitude[record] as number,
  };
}

export function openGazetteer(
  tables: readonly GazetteerTable[],
  subdivisions: Subdivisions,
): Gazetteer {
  const sorted = tables.map((table) => ({
    table,
    byCountry: groupRecords(table.country, table.countries.length, table),
    byCity: groupRecords(table.city, table.textCount, table),
  }));
  const known = new Map<string, CountryGazetteer | null>();
  return {
    country(code) {
      let found = known.get(code);
      if (found === undefined) {
        const parts = sorted.flatMap((each) => {
          const index = each.table.countries.indexOf(code);
          const records = index < 0 ? [] : each.byCountry.of(index);
          return records.length > 0 ? { ...each, index, records } : [];
        });
        found = parts.length > 0 ? openCountry(code, parts, subdivisions) : null;
        known.set(code, found);
      }
      return found;
    },
  };
}

interface Groups {
  /** The records of a group, ascending. */
  of(group: number): Int32Array;
}

/** Sorts the located records by a column of numbers below `count`, by counting. */
function groupRecords(
  column: Int32Array | Uint16Array,
  count: number,
  { recordCount, latitude, longitude }: GazetteerTable,
): Groups {
  const ends = new Int32Array(count + 1);
  const isLocated = (record: number) =>
    !Number.isNaN(latitude[record]) && !Number.isNaN(longitude[record]);
  for (let record = 0; record < recordCount; record++) {
    const group = column[record] as number;
    if (group >= 0 && group < count && isLocated(record)) {
      ends[group + 1] = (ends[group + 1] as number) + 1;
    }
  }
  for (let group = 0; group < count; group++) {
    ends[group + 1] = (ends[group + 1] as number) + (ends[group] as number);
  }
  const records = new Int32Array(ends[count] as number);
  // Filled up to where the next group starts, each entry of `ends` is the end of its own group.
  for (let record = 0; record < recordCount; record++) {
    const group = column[record] as number;
    if (group < 0 || group >= count || !isLocated(record)) continue;
    const at = ends[group] as number;
    records[at] = record;
    ends[group] = at + 1;
  }
  return {
    of: (group) => records.subarray(group === 0 ? 0 : ends[group - 1], ends[group]),
  };
}

/** What one table has of a country. */
interface CountryPart {
  readonly table: GazetteerTable;
  /** The country's place in the table's list. */
  readonly index: number;
  readonly records: Int32Array;
  readonly byCity: Groups;
}

/** A city's name in one table: its records there, some perhaps of other countries, are looked up. */
interface CityText {
  readonly part: CountryPart;
  readonly number: number;
}

interface CityNames {
  /** By folded name without spaces and without what stands in parentheses. */
  readonly same: ReadonlyMap<string, readonly CityText[]>;
  /** What stands in parentheses, as written. */
  readonly inner: readonly (readonly [name: string, text: CityText])[];
  /** Folded names without parentheses. */
  readonly folded: ReadonlySet<string>;
}

function openCountry(
  code: string,
  parts: readonly CountryPart[],
  subdivisions: Subdivisions,
): CountryGazetteer {
  const stateOf = stateReader(code, subdivisions);
  let names: CityNames | undefined;
  let districts: ReadonlyMap<string, readonly CityText[]> | undefined;
  const cityNames = () => {
    names ??= readCityNames(parts);
    return names;
  };
  const textsFor = (name: string, match: Match): readonly CityText[] => {
    const { same, inner, folded } = cityNames();
    const key = foldName(name.replace(/\(.*?\)/g, " "));
    if (key === "") return [];
    switch (match) {
      case "same":
        return same.get(squeeze(key)) ?? [];
      case "district":
        districts ??= keyed(inner.map(([text, city]) => [squeeze(foldName(text)), city]));
        return districts.get(squeeze(key)) ?? [];
      case "variant":
        return nameVariants(key).flatMap((variant) => same.get(squeeze(variant)) ?? []);
      case "longer":
        return [...folded]
          .filter((each) => each.startsWith(`${key} `))
          .flatMap((each) => same.get(squeeze(each)) ?? []);
    }
  };
  return {
    rows: () =>
      parts.flatMap(({ table, records }) => Array.from(records, (record) => ({ table, record }))),
    findCity(name, accept) {
      for (const match of MATCHES) {
        const rows = textsFor(name, match).flatMap(rowsOf).filter(accept);
        if (rows.length > 0) return { match, rows };
      }
      return null;
    },
    namesStarting(initial) {
      const all = [...cityNames().same.values()].flat();
      return all.flatMap((text): (readonly [string, Row])[] => {
        const name = text.part.table.textAt(text.number);
        const [row] = name.startsWith(initial) ? rowsOf(text) : [];
        return row ? [[name, row]] : [];
      });
    },
    inSubdivision(text, found) {
      const folded = foldName(text);
      return (row) => {
        const state = stateOf(row);
        if (state === null) return false;
        if (state.folded === folded) return true;
        if (found === null || state.found === null) return false;
        // A mirror may name a part of what the record names, or the other way round.
        return (
          state.found.code === found.code ||
          state.found.code === found.parent ||
          state.found.parent === found.code
        );
      };
    },
    namesSubdivision(text) {
      const folded = foldName(text);
      return parts.some(({ table, records }) =>
        records.some((record) => stateOf({ table, record })?.folded === folded),
      );
    },
  };
}

function rowsOf({ part, number }: CityText): readonly Row[] {
  const { table, index, byCity } = part;
  const rows: Row[] = [];
  for (const record of byCity.of(number)) {
    if (table.country[record] === index) rows.push({ table, record });
  }
  return rows;
}

function readCityNames(parts: readonly CountryPart[]): CityNames {
  const same: [string, CityText][] = [];
  const inner: [string, CityText][] = [];
  const folded = new Map<string, string>();
  for (const part of parts) {
    const { table } = part;
    const isSeen = new Uint8Array(table.textCount);
    for (const record of part.records) {
      const number = table.city[record] as number;
      if (number < 0 || isSeen[number] === 1) continue;
      isSeen[number] = 1;
      const text = { part, number };
      const name = table.textAt(number);
      const open = name.indexOf("(");
      const plain = open < 0 ? name : name.slice(0, open);
      // Districts of one city come with the city's name again and again.
      let key = folded.get(plain);
      if (key === undefined) {
        key = foldName(plain);
        folded.set(plain, key);
      }
      same.push([squeeze(key), text]);
      if (open >= 0) inner.push([name.slice(open + 1, name.indexOf(")", open)), text]);
    }
  }
  return { same: keyed(same), inner, folded: new Set(folded.values()) };
}

function keyed(entries: readonly (readonly [string, CityText])[]): Map<string, CityText[]> {
  const map = new Map<string, CityText[]>();
  for (const [key, text] of entries) {
    if (key === "") continue;
    const list = map.get(key);
    if (list === undefined) map.set(key, [text]);
    else list.push(text);
  }
  return map;
}

interface State {
  readonly folded: string;
  readonly found: Subdivision | null;
}

/** Reads the state of a row; each distinct one is resolved once. */
function stateReader(code: string, subdivisions: Subdivisions): (row: Row) => State | null {
  const known = new Map<GazetteerTable, Map<number, State>>();
  return ({ table, record }) => {
    const number = table.subdivision[record] as number;
    if (number < 0) return null;
    let states = known.get(table);
    if (states === undefined) {
      states = new Map();
      known.set(table, states);
    }
    let state = states.get(number);
    if (state === undefined) {
      const name = table.textAt(number);
      const isoNumber = table.subdivisionCode[record] as number;
      const iso = isoNumber < 0 ? null : subdivisions.find(code, table.textAt(isoNumber));
      state = { folded: foldName(name), found: iso ?? subdivisions.find(code, name) };
      states.set(number, state);
    }
    return state;
  };
}

function squeeze(folded: string): string {
  return folded.replaceAll(" ", "");
}
