/** Small tables: columns aligned, numbers to the right, two spaces between. */
import { stripVTControlCharacters } from "node:util";
import { columnsOf } from "../diagnostics/width.ts";
import { formatCount } from "./format.ts";

/** A number gets thousands separators; undefined leaves the cell empty. */
export type Cell = string | number | undefined;

export interface TableOptions {
  /** Spaces before every line. */
  readonly indent?: number;
  /** Columns (from 0) that go to the right although their cells are text, such as "1.2 s". */
  readonly right?: readonly number[];
}

/** One string a row, without a line end; no spaces at the end of a line. */
export function renderTable(
  rows: readonly (readonly Cell[])[],
  options: TableOptions = {},
): readonly string[] {
  const right = new Set(options.right);
  const widths: number[] = [];
  for (const row of rows) {
    for (const [column, cell] of row.entries()) {
      if (typeof cell === "number") right.add(column);
      widths[column] = Math.max(widths[column] ?? 0, visibleWidth(cellText(cell)));
    }
  }
  const indent = " ".repeat(options.indent ?? 0);
  return rows.map((row) => {
    const cells = row.map((cell, column) => {
      const text = cellText(cell);
      const padding = " ".repeat((widths[column] ?? 0) - visibleWidth(text));
      return right.has(column) ? padding + text : text + padding;
    });
    return (indent + cells.join("  ")).trimEnd();
  });
}

function cellText(cell: Cell): string {
  if (cell === undefined) return "";
  return typeof cell === "number" ? formatCount(cell) : cell.replace(/[\n\t]/g, " ");
}

/** Columns that a text takes; colour takes none. */
export function visibleWidth(text: string): number {
  return columnsOf(stripVTControlCharacters(text));
}
