/** What is wrong with the YAML of a file, as people who write mirror files would say it. */
import type { YAMLError } from "yaml";
import type { Diagnostic, Report, SourceFile, SourceRange } from "../diagnostics/diagnostic.ts";
import { lineAt } from "../diagnostics/position.ts";
import { problem } from "../diagnostics/problem.ts";

/** At most this many syntax errors of one file: the later ones mostly follow from the first. */
const MAX_SYNTAX_ERRORS = 3;

export interface SyntaxErrors {
  readonly errors: readonly YAMLError[];
  /** Where a quote opens that nothing closes; the parser notices it where the file ends. */
  readonly openQuote: number | undefined;
}

/** Of one line the first error alone: the others follow from it. */
export function reportSyntax(file: SourceFile, found: SyntaxErrors, report: Report): void {
  if (/\r/.test(file.text) && !file.text.includes("\n")) {
    const start = file.text.indexOf("\r");
    const args = { detail: "its lines end with CR alone", remedy: "save it with LF as line end" };
    report(problem("yaml-syntax", { file, range: { start, end: start + 1 } }, args));
    return;
  }
  const byLine = new Map<number, Diagnostic>();
  for (const error of found.errors) {
    const diagnostic = explain(file, error, found.openQuote);
    const line = lineAt(file, diagnostic.range?.start ?? 0).start;
    if (!byLine.has(line)) byLine.set(line, diagnostic);
  }
  for (const diagnostic of [...byLine.values()].slice(0, MAX_SYNTAX_ERRORS)) report(diagnostic);
}

function explain(file: SourceFile, error: YAMLError, openQuote: number | undefined): Diagnostic {
  const { text } = file;
  const start = Math.min(error.pos[0], text.length);
  const line = lineAt(file, start);
  const syntax = (range: SourceRange, detail: string, remedy?: string) =>
    problem("yaml-syntax", { file, range }, { detail, remedy });

  const indent = /^[ \t]*/.exec(line.text)?.[0] ?? "";
  if (error.code === "TAB_AS_INDENT" || indent.includes("\t")) {
    const tab = line.start + Math.max(0, indent.indexOf("\t"));
    const range = { start: tab, end: line.start + Math.max(indent.length, 1) };
    const spaces = indent.length > 0 ? 2 * (indent.match(/\t/g)?.length ?? 1) : undefined;
    return problem("yaml-tab", { file, range }, { spaces });
  }
  if (error.code === "MISSING_CHAR" && openQuote !== undefined) {
    const opened = lineAt(file, openQuote);
    const range = { start: openQuote, end: opened.start + opened.text.length };
    return syntax(range, "the quote that opens here is not closed", "close the quote");
  }

  const range = { start, end: Math.min(Math.max(error.pos[1], start + 1), text.length) };
  const [, key = "", value = ""] = /^[ -]*([\w-]+):[ \t]+(.*)$/.exec(line.text) ?? [];
  const isKeyInKey = error.code === "BLOCK_AS_IMPLICIT_KEY";
  if (isKeyInKey && value.includes(": ")) {
    return syntax(range, 'a value holds ": "', inQuotes(key, value));
  }
  const [, glued, rest] = /^\s*([\w-]+):(\S.*)$/.exec(line.text) ?? [];
  if (glued !== undefined && /^(?:MISSING_CHAR|MULTILINE_IMPLICIT_KEY)$/.test(error.code)) {
    const remedy = `put a space after the colon: ${glued}: ${rest}`;
    return syntax(range, NO_PAIR, remedy);
  }
  if (isKeyInKey || error.code === "MULTILINE_IMPLICIT_KEY") {
    const deeper = value === "" ? undefined : deeperLineAfter(file, line.start, indent.length);
    if (deeper) {
      const detail =
        "this line is indented deeper than the one above it, which has a value already";
      return syntax(deeper, detail, SAME_INDENT);
    }
    if (isKeyInKey) return syntax(range, "the indentation does not fit", SAME_INDENT);
    return syntax(range, NO_PAIR, 'write "key: value" on each line');
  }
  if (error.code === "BAD_SCALAR_START" && value !== "") {
    return syntax(range, lowerFirst(error.message), inQuotes(key, value));
  }
  return syntax(range, lowerFirst(error.message), SYNTAX_REMEDIES[error.code]);
}

/** The beginning of the next line that holds anything, if it is indented by more than `indent`. */
function deeperLineAfter(file: SourceFile, from: number, indent: number): SourceRange | undefined {
  const next = /\n(?:[ \t]*(?:#.*)?\r?\n)*( *)([^ \r\n]+)/y;
  next.lastIndex = file.text.indexOf("\n", from);
  const [whole, spaces = "", word = ""] = next.lastIndex < 0 ? [] : (next.exec(file.text) ?? []);
  if (whole === undefined || spaces.length <= indent) return undefined;
  return { start: next.lastIndex - word.length, end: next.lastIndex };
}

function inQuotes(key: string, value: string): string {
  const isShort = value.length <= 60 && !/["\\]/.test(value);
  return isShort ? `put it in quotes: ${key}: "${value.trimEnd()}"` : "put the value in quotes";
}

const NO_PAIR = 'this line is no "key: value"';
const SAME_INDENT = "give all keys of one level the same indentation";

const SYNTAX_REMEDIES: Readonly<Record<string, string>> = {
  BAD_INDENT: SAME_INDENT,
  BAD_SCALAR_START: "put the value in quotes",
  MISSING_CHAR: "close the quote or bracket, or put a space after the colon",
  UNEXPECTED_TOKEN: "look for a stray character on this line or the one before",
  BLOCK_IN_FLOW: "close the bracket before the next line",
};

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}
