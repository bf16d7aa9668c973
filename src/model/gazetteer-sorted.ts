/** City tables with their records sorted by country and by city, which touches no text. */
import type { GazetteerTable } from "./gazetteer-table.ts";

/** A record of any of the tables: those of the second follow those of the first. */
export type Row = number;

export interface SortedTable {
  readonly table: GazetteerTable;
  /** The row of its first record. */
  readonly base: number;
  readonly byCountry: Groups;
  readonly byCity: Groups;
}

/** What one table has of a country. */
export interface CountryPart extends SortedTable {
  /** The country's place in the table's list. */
  readonly index: number;
  readonly records: ArrayLike<number>;
}

export function sortTables(tables: readonly GazetteerTable[]): readonly SortedTable[] {
  const sorted: SortedTable[] = [];
  for (const table of tables) {
    const before = sorted.at(-1);
    sorted.push({
      table,
      base: before ? before.base + before.table.recordCount : 0,
      byCountry: groupRecords(table.country, table.countries.length, table),
      byCity: groupRecords(table.city, table.textCount, table),
    });
  }
  return sorted;
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
  for (let record = 0; record < recordCount; record++) {
    const group = column[record] as number;
    if (group >= 0 && group < count) ends[group + 1] = (ends[group + 1] as number) + 1;
  }
  for (let group = 0; group < count; group++) {
    ends[group + 1] = (ends[group + 1] as number) + (ends[group] as number);
  }
  const starts = ends.slice();
  const records = new Int32Array(ends[count] as number);
  // `ends` starts as the starts and moves on; what has no coordinates leaves room unused.
  for (let record = 0; record < recordCount; record++) {
    const group = column[record] as number;
    if (group < 0 || group >= count) continue;
    if (Number.isNaN(latitude[record]) || Number.isNaN(longitude[record])) continue;
    const at = ends[group] as number;
    records[at] = record;
    ends[group] = at + 1;
  }
  return { of: (group) => records.subarray(starts[group], ends[group]) };
}
