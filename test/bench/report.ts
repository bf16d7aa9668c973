/** Figures as a person reads them. */

/** Figures stand to the right; what is said at the start and at the end of a line, to the left. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((title, column) =>
    Math.max(title.length, ...rows.map((row) => (row[column] ?? "").length)),
  );
  const line = (row: readonly string[]) =>
    row
      .map((cell, column) => {
        const width = widths[column] ?? 0;
        const isText = column === 0 || head[column] === "remarks";
        return isText ? cell.padEnd(width) : cell.padStart(width);
      })
      .join("  ")
      .trimEnd();
  const rule = widths.map((width) => "-".repeat(width)).join("  ");
  return `${[line(head), rule, ...rows.map(line)].join("\n")}\n`;
}

export function seconds(ms: number): string {
  if (ms >= 600_000) return `${Math.round(ms / 60_000).toLocaleString("en")} min`;
  if (ms >= 60_000) return `${(ms / 60_000).toFixed(1)} min`;
  return ms < 995 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(2)} s`;
}

export function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(bytes < 1e7 ? 1 : 0)} MB`;
}

export function count(value: number | bigint): string {
  return value.toLocaleString("en");
}
