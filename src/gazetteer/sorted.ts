/** City tables with their records sorted by country, which touches no text. */
import type { GazetteerTable } from "./table.ts";

/** A record of any of the tables: those of the second follow those of the first. */
export type Row = number;

export interface SortedTable {
  /** Its place among the tables. */
  readonly index: number;
  readonly table: GazetteerTable;
  /** The row of its first record. */
  readonly base: number;
  /** The located records of a country, by its place in the table's list; ascending. */
  recordsOf(country: number): Int32Array;
}

/** What one table has of a country. */
export interface CountryPart {
  readonly table: GazetteerTable;
  readonly base: number;
  readonly records: Int32Array;
}

export function sortTables(tables: readonly GazetteerTable[]): readonly SortedTable[] {
  const sorted: SortedTable[] = [];
  for (const table of tables) {
    const before = sorted.at(-1);
    const base = before ? before.base + before.table.recordCount : 0;
    sorted.push({ index: sorted.length, table, base, recordsOf: groupByCountry(table) });
  }
  return sorted;
}

/** Sorts by counting. */
function groupByCountry(table: GazetteerTable): SortedTable["recordsOf"] {
  const { recordCount, country, countries, latitude, longitude } = table;
  const count = countries.length;
  const ends = new Int32Array(count + 1);
  for (let record = 0; record < recordCount; record++) {
    const group = country[record] as number;
    if (group < count) ends[group + 1] = (ends[group + 1] as number) + 1;
  }
  for (let group = 0; group < count; group++) {
    ends[group + 1] = (ends[group + 1] as number) + (ends[group] as number);
  }
  const starts = ends.slice();
  const records = new Int32Array(ends[count] as number);
  // `ends` starts as the starts and moves on; what has no coordinates leaves room unused.
  for (let record = 0; record < recordCount; record++) {
    const group = country[record] as number;
    if (group >= count) continue;
    if (Number.isNaN(latitude[record]) || Number.isNaN(longitude[record])) continue;
    const at = ends[group] as number;
    records[at] = record;
    ends[group] = at + 1;
  }
  return (group) => records.subarray(starts[group], ends[group]);
}
