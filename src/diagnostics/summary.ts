/** Many diagnostics at a glance: their order, and how many there are of each kind. */
import { type Catalogue, catalogue, type DiagnosticCode } from "./catalogue.ts";
import type { Diagnostic, Severity } from "./diagnostic.ts";
import { painter, type RenderOptions } from "./render.ts";

const SEVERITIES: readonly Severity[] = ["error", "warning", "note"];

export interface CodeCount {
  readonly code: DiagnosticCode;
  readonly severity: Severity;
  readonly title: Catalogue[DiagnosticCode]["title"];
  readonly count: number;
}

/** By file, then by place in it, then by code: the order in which somebody would fix them. */
export function inReadingOrder(diagnostics: readonly Diagnostic[]): readonly Diagnostic[] {
  return [...diagnostics].sort(
    (a, b) =>
      compare(a.file?.path ?? "", b.file?.path ?? "") ||
      (a.range?.start ?? -1) - (b.range?.start ?? -1) ||
      compare(a.code, b.code),
  );
}

/** Errors first, within a severity the most frequent first. */
export function countByCode(diagnostics: readonly Diagnostic[]): readonly CodeCount[] {
  const counts = new Map<DiagnosticCode, number>();
  for (const { code } of diagnostics) counts.set(code, (counts.get(code) ?? 0) + 1);
  return [...counts]
    .map(([code, count]) => {
      const { severity, title } = catalogue[code];
      return { code, severity, title, count };
    })
    .sort(
      (a, b) =>
        SEVERITIES.indexOf(a.severity) - SEVERITIES.indexOf(b.severity) ||
        b.count - a.count ||
        compare(a.code, b.code),
    );
}

export function countBySeverity(
  diagnostics: readonly Diagnostic[],
): Readonly<Record<Severity, number>> {
  const counts = { error: 0, warning: 0, note: 0 };
  for (const { severity } of diagnostics) counts[severity]++;
  return counts;
}

/** A table with a line for each code, such as `error    3  https-holds-http  https: holding http://`. */
export function renderSummary(diagnostics: readonly Diagnostic[], options: RenderOptions): string {
  const paint = painter(options.color);
  const counts = countByCode(diagnostics);
  const codeWidth = Math.max(0, ...counts.map(({ code }) => code.length));
  const countWidth = Math.max(1, ...counts.map(({ count }) => String(count).length));
  return counts
    .map(({ code, severity, title, count }) => {
      const cells = [paint[severity](severity.padEnd(7)), String(count).padStart(countWidth)];
      return [...cells, code.padEnd(codeWidth), title].join("  ");
    })
    .join("\n");
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
