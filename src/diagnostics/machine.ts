/** Diagnostics for other programs: JSON, and the annotations that GitHub shows beside a change. */
import type { Diagnostic, Severity } from "./diagnostic.ts";
import { positionOf } from "./position.ts";
import { type CodeCount, countByCode, countBySeverity } from "./summary.ts";
import { visible, wordingOf } from "./wording.ts";

/**
 * What `--json` prints. Fields may be added to it, none is renamed or removed. Lines and columns
 * are 1-based and count characters; an end is exclusive.
 */
export interface DiagnosticsJson {
  readonly counts: Readonly<Record<Severity, number>>;
  readonly codes: readonly CodeCount[];
  readonly diagnostics: readonly {
    readonly code: string;
    readonly severity: Severity;
    readonly title: string;
    readonly message: string;
    readonly hint?: string;
    readonly file?: string;
    readonly line?: number;
    readonly column?: number;
    readonly endLine?: number;
    readonly endColumn?: number;
    /** What the message was made with, by name. */
    readonly args: Readonly<Record<string, string | number>>;
  }[];
}

export function diagnosticsJson(diagnostics: readonly Diagnostic[]): DiagnosticsJson {
  return {
    counts: countBySeverity(diagnostics),
    codes: countByCode(diagnostics),
    diagnostics: diagnostics.map((diagnostic) => {
      const { code, severity, file, args } = diagnostic;
      return {
        code,
        severity,
        ...wordingOf(diagnostic),
        ...(file && { file: visible(file.path) }),
        ...spanOf(diagnostic),
        args: Object.fromEntries(
          Object.entries(args).map(([name, value]) => [
            name,
            typeof value === "string" ? visible(value) : value,
          ]),
        ),
      };
    }),
  };
}

/**
 * A workflow command of GitHub Actions: `::warning file=a.yml,line=3,col=7::...`. In the message
 * "%", CR and LF are escaped, in properties ":" and "," as well.
 */
export function githubAnnotation(diagnostic: Diagnostic): string {
  const { severity, code, file } = diagnostic;
  const { title, message, hint } = wordingOf(diagnostic);
  const span = spanOf(diagnostic);
  const properties = {
    ...(file && { file: visible(file.path) }),
    ...(span.line !== undefined && { line: span.line, col: span.column, endLine: span.endLine }),
    // A column of the end is meant for the same line only.
    ...(span.line !== undefined && span.line === span.endLine && { endColumn: span.endColumn }),
    title: `${title} [${code}]`,
  };
  const list = Object.entries(properties).map(
    ([name, value]) =>
      `${name}=${escapeData(String(value)).replaceAll(":", "%3A").replaceAll(",", "%2C")}`,
  );
  const level = severity === "note" ? "notice" : severity;
  return `::${level} ${list.join(",")}::${escapeData(hint ? `${message}\n${hint}` : message)}`;
}

function spanOf({ file, range }: Diagnostic) {
  if (!file || !range) return {};
  const start = positionOf(file, range.start);
  const end = positionOf(file, Math.max(range.start, range.end));
  return { line: start.line, column: start.column, endLine: end.line, endColumn: end.column };
}

function escapeData(text: string): string {
  return text.replaceAll("%", "%25").replaceAll("\r", "%0D").replaceAll("\n", "%0A");
}
