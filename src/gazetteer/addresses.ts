/** The IPv4 addresses of records: as counting costs a walk, all that are wanted are counted in one. */
import type { Row, SortedTable } from "./sorted.ts";

export class Addresses {
  readonly #tables: readonly SortedTable[];
  /** By record, for each table: 1 for those wanted. */
  readonly #wanted: readonly Uint8Array[];
  /** Null until they are asked for, and when more came to be wanted since. */
  #counts: readonly Float64Array[] | null = null;

  constructor(tables: readonly SortedTable[]) {
    this.#tables = tables;
    this.#wanted = tables.map(({ table }) => new Uint8Array(table.recordCount));
  }

  want({ index, base }: SortedTable, row: Row): void {
    const wanted = this.#wanted[index] as Uint8Array;
    if (wanted[row - base] === 1) return;
    wanted[row - base] = 1;
    this.#counts = null;
  }

  /** Of a record that was wanted before. */
  of({ index, base }: SortedTable, row: Row): number {
    this.#counts ??= this.#tables.map(({ table }, each) =>
      table.countAddresses(this.#wanted[each] as Uint8Array),
    );
    return (this.#counts[index] as Float64Array)[row - base] as number;
  }
}
